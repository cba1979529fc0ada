//! Conservation of every asset.
