//! Operations on real nodes.

mod on_chain;
