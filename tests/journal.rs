//! The journal.

mod accounts;
mod contiguity;
mod crashes;
mod fates;
mod locks;
mod moves;
mod opening;
mod reclaims;
mod records;
mod routes;
mod signing;
mod solana;
pub(crate) mod support;
