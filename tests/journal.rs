//! The journal.

mod accounts;
mod contiguity;
mod crashes;
mod fates;
mod moves;
mod opening;
mod reclaims;
mod records;
mod signing;
mod solana;
pub(crate) mod support;
