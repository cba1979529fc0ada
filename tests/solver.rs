//! The rebalance solver.
