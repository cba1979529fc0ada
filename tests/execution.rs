//! Operations on real nodes.
