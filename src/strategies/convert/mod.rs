//! Convert: one sale, executed as well as the venues of one chain allow.
//!
//! Every venue that can serve the pair is asked. Where several together bring more after gas than any of
//! them alone the sale is split. Every quote is kept in the record, taken or refused. A sale that fails is
//! not tried again on wider terms: whoever still wants it asks again, and new quotes decide.

mod decide;
mod explain;
mod goal;

pub use decide::decide;
pub use goal::{Goal, Request, wanted};
