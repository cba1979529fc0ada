//! The servers of the local network, against a node of a few lines.

mod control;
mod iris;
mod misbehaviour;
mod prices;
mod proxy;
mod stub;
