//! Arbitrage between chains: what is decided, what is left open, and what belongs to a trade.

mod decisions;
mod random;
mod trades;
mod unwinding;
mod world;
