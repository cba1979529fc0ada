//! The AtomicRoute contract: routes written as its calldata and read back, and what it says of itself.

mod abi;
mod call;
mod identity;

pub use call::{RouteCall, RouteError, refusal};
pub use identity::{Identity, identity_calls, read_identity};
