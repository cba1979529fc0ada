//! The journal.

mod accounts;
mod opening;
mod support;
