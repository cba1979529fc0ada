//! Solana: endpoints that lag, lie or fail; accounts that are not what they seem; transactions and
//! the proof of their death; CCTP's programs.

mod agreement;
mod bridge_checks;
mod bridge_effects;
mod bridge_vectors;
mod budgets;
mod death;
mod effects;
mod endpoints;
mod fake;
mod landing;
mod recipients;
mod replies;
mod scanning;
mod sending;
mod simulating;
mod support;
mod tokens;
mod transactions;
