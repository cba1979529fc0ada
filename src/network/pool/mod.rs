//! Exact integer mathematics of pools, equal to the chain to the unit.
