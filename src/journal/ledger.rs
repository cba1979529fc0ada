//! Ledger entries: what moved, why, and what proves it.

use std::fmt;
use std::str::FromStr;

use crate::domain::operation::UnknownWord;
use crate::domain::{OperationId, Position};
use crate::journal::AttemptId;

/// Why units moved. The cause fixes the direction: an entry's units have no sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Burnt on the source: out of the position, into transit.
    Burn,
    /// Received by a mint on the destination, the fee already gone: out of transit, into the position.
    Mint,
    /// Kept by the bridge: out of transit, touching no position. Booked at the destination.
    BridgeFee,
    /// Given to a pool.
    SwapIn,
    /// Received from a pool.
    SwapOut,
    /// What a route took out of the wallet.
    RouteIn,
    /// What a route brought back.
    RouteOut,
    /// Paid for gas in the native coin.
    Gas,
    /// Put into accounts in the native coin. Some of it comes back when they are closed.
    Rent,
    /// Came back from an account that was closed.
    RentBack,
    /// Came from outside.
    Deposit,
    /// Went outside.
    Withdrawal,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 12] = [
        Self::Burn,
        Self::Mint,
        Self::BridgeFee,
        Self::SwapIn,
        Self::SwapOut,
        Self::RouteIn,
        Self::RouteOut,
        Self::Gas,
        Self::Rent,
        Self::RentBack,
        Self::Deposit,
        Self::Withdrawal,
    ];

    /// The word used in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Burn => "burn",
            Self::Mint => "mint",
            Self::BridgeFee => "bridge-fee",
            Self::SwapIn => "swap-in",
            Self::SwapOut => "swap-out",
            Self::RouteIn => "route-in",
            Self::RouteOut => "route-out",
            Self::Gas => "gas",
            Self::Rent => "rent",
            Self::RentBack => "rent-back",
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Cause {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What an entry is proven by. Together with the cause it names the entry: the same source and
/// cause is recorded once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntrySource {
    /// An operation, and the transaction that did it; no transaction when somebody else's did it.
    Operation {
        /// The operation.
        operation: OperationId,
        /// Its transaction.
        attempt: Option<AttemptId>,
    },
    /// Something outside the daemon, such as the hash of a deposit or the words of an operator.
    External {
        /// Names it; recorded once.
        reference: String,
    },
}

/// One movement of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What proves it.
    pub source: EntrySource,
    /// Why.
    pub cause: Cause,
    /// Where.
    pub position: Position,
    /// How many base units, without sign.
    pub units: u128,
}

impl Entry {
    /// An entry of an operation.
    pub fn of(
        operation: &OperationId,
        attempt: Option<AttemptId>,
        cause: Cause,
        position: Position,
        units: u128,
    ) -> Self {
        let source = EntrySource::Operation { operation: operation.clone(), attempt };
        Self { source, cause, position, units }
    }

    /// An entry of something outside the daemon.
    pub fn external(reference: impl Into<String>, cause: Cause, position: Position, units: u128) -> Self {
        Self { source: EntrySource::External { reference: reference.into() }, cause, position, units }
    }

    /// The name under which it is recorded once.
    pub(super) fn key(&self) -> String {
        match &self.source {
            // A route may move several assets at once.
            EntrySource::Operation { operation, attempt: Some(attempt) }
                if matches!(self.cause, Cause::RouteIn | Cause::RouteOut) =>
            {
                format!("{operation}/{}/{attempt}/{}", self.cause, self.position.asset)
            }
            EntrySource::Operation { operation, attempt: Some(attempt) } => {
                format!("{operation}/{}/{attempt}", self.cause)
            }
            EntrySource::Operation { operation, attempt: None } => format!("{operation}/{}", self.cause),
            EntrySource::External { reference } => format!("external/{}/{reference}", self.cause),
        }
    }
}
