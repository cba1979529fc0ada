//! Operations carried out: prepare, simulate, submit, confirm, recover.
//!
//! [`Engine::pass`] looks at every open operation once and does at most one thing for each: one
//! state move of the table in `domain::operation`. Everything it knows it reads from the journal
//! and the chains, so a restart continues where the last run was cut off.

mod admit;
mod adopt;
mod aggregate;
mod bridge;
mod decode;
mod engine;
mod error;
mod legs;
mod mint;
mod proof;
mod pursue;
mod recover;
mod resolve;
mod route;
mod settle;
mod sign;
mod solana;
mod solana_decode;
mod source;
mod trade;
mod watch;

pub use adopt::{AdoptError, Adoption, adopt};
pub use decode::{Undecodable, effect_of};
pub use engine::{Engine, Parts, Pass};
pub use error::ActError;
pub use recover::Recovery;
pub use resolve::Resolution;
pub use solana::SolanaParts;
pub use solana_decode::{rule_of, solana_effects};
