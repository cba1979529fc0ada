//! The price book against doubles of its three sources. The time is handed in: nothing sleeps.

mod agreement;
mod cache;
mod faults;
mod market;
