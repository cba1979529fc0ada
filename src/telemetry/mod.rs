//! Metrics and events.
