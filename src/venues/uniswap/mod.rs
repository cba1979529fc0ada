//! Uniswap V2 and V3.
