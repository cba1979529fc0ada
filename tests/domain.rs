//! The nouns: amounts, dollars, prices, time, the operation table and plan hashes.

mod addresses;
mod amounts;
mod dollars;
mod operations;
mod plans;
mod time;
