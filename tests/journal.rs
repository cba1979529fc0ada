//! The journal.

#[path = "journal/support.rs"]
pub mod support;

#[path = "journal/opening.rs"]
mod opening;
