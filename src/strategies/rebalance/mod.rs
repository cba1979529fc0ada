//! The rebalance strategy.
