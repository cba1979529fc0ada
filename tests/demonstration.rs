//! The demonstration, as `scripts/demo` runs it.

mod on_solana;
