//! What the daemon serves over HTTP: metrics and health.
