//! The nouns of the house: values without I/O, without async and without a clock.

pub mod address;
pub mod amount;
pub mod asset;
pub mod chain;
pub mod decision;
pub mod operation;
pub mod plan;
pub mod pool;
pub mod price;
pub mod quote;
pub mod route;
pub mod snapshot;
pub mod spent;
pub mod time;
pub mod trade;
pub mod usd;

pub use address::{AnyAddress, TransactionId};
pub use amount::{Amount, AmountError};
pub use asset::AssetId;
pub use chain::{ChainName, Domain, Position};
pub use decision::{Alternative, DecisionRecord, Outcome, Quoted};
pub use operation::{Leg, Operation, OperationId, OperationState};
pub use plan::{BridgeStep, Plan, PlanHash, Speed, Step, SwapStep, Venue};
pub use price::Price;
pub use quote::{QuoteRequest, QuoteView};
pub use route::{Funding, RouteLeg, RouteStep};
pub use snapshot::{Snapshot, Wallets};
pub use spent::Spent;
pub use time::Timestamp;
pub use trade::{Left, Moved, Trade, TradeRole};
pub use usd::Usd;
