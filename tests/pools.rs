//! Pools in memory: events, what they make of a state, and a whole chain followed block by block.

mod applied;
mod decoding;
mod on_chain;
mod reading;

mod v4;
