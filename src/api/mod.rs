//! What the daemon serves over HTTP: metrics and health.
//!
//! `/livez` answers without looking at anything outside the process, `/readyz` says check by
//! check whether the daemon can do its work, `/metrics` is for Prometheus. The status code is the
//! contract; bodies are for people.

pub mod health;
pub mod server;

pub use health::{Health, HealthReport};
pub use server::{ServeError, serve};
