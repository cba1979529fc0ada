//! Metrics and events.
//!
//! Every metric is declared once in [`metrics`]; `docs/metrics.md` explains each, and a test
//! holds the two together. An event is a function in [`events`]: it logs and counts.

pub mod clock;
pub mod events;
pub mod gauges;
pub mod logging;
pub mod metrics;

pub use metrics::Metrics;
