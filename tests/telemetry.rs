//! What operators see: metrics, their documentation, health, events, and how tasks end.

mod events;
pub(crate) mod exposition;
mod health;
mod metrics;
mod server;
mod supervisor;
