//! Uniswap mathematics and execution.
