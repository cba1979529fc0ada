//! Inventory into its bands at least cost.
