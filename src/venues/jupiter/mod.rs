//! Jupiter: an HTTP API that quotes, and that writes the instructions or the transaction of a swap.
//!
//! Nothing it answers is believed. Whatever it writes is compiled or decoded into a transaction, its
//! lookup tables are read from the cluster, and every instruction of it must be one that a swap of
//! exactly the step's mints, amount and least output needs ([`Intent::judge`]); policy judges the same
//! bytes again; and what the swap does to the wallet's accounts is simulated before it is signed
//! ([`Intent::accept_simulation`]). What the route does in between is opaque, and bounded by all three.

mod body;
pub mod build;
pub mod client;
pub mod error;
pub mod execute;
pub mod intent;
pub mod partial;
pub mod rate;
pub mod refusal;
pub mod reply;
pub mod route;
pub mod simulated;

pub use build::Built;
pub use client::{Exchange, Jupiter};
pub use error::JupiterError;
pub use execute::{Code, Executed};
pub use intent::{Accepted, Intent, Terms};
pub use partial::{PartialError, PartiallySigned};
pub use refusal::Refusal;
pub use reply::{Order, Quoted};
pub use route::{Form, Route, RouteError};
