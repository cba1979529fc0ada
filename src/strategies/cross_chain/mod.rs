//! Arbitrage between chains: the same asset bought on one and sold on another.

mod decide;
mod goal;
mod legs;
mod unwind;

pub use decide::decide;
pub use goal::Goal;
