//! Interruption at every instant.
