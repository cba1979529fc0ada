//! Operations: one step's durable life, and the table of moves it may make.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{PlanHash, Step, Timestamp, Usd};

/// Names an operation: a UUID of version 7, so ids sort by creation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(String);

impl OperationId {
    /// Wraps an id as stored or typed.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an operation stands. Each variant names its successors; [`OperationState::can_become`]
/// is the table the journal enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationState {
    /// Decided; failed when policy denies it or the plan expires. Next: approved, failed.
    Planned,
    /// Policy allowed it. Next: reserved, failed.
    Approved,
    /// Its amount is set aside. Next: signed, failed, needs-operator.
    Reserved,
    /// A transaction of its current leg is signed and journalled.
    /// Next: broadcast, included, unknown, failed, needs-operator.
    Signed,
    /// Sent to at least one node; signed again for a replacement.
    /// Next: included, signed, unknown, failed, needs-operator.
    Broadcast,
    /// In a block that is not final yet; signed for the next leg, broadcast after a reorg.
    /// Next: final, signed, attesting, broadcast, settled, failed, needs-operator.
    Included,
    /// Neither proven alive nor dead. Next: broadcast, included, signed, failed, needs-operator.
    Unknown,
    /// The source transaction is final; signed for the next leg.
    /// Next: attesting, signed, settled, failed, needs-operator.
    Final,
    /// Burnt, waiting for the attestation; broadcast when the burn was reorged away, settled when
    /// somebody minted for us. Next: attested, broadcast, settled, needs-operator.
    Attesting,
    /// The attestation is here and checks out; attesting again when it expired.
    /// Next: minting, attesting, broadcast, settled, needs-operator.
    Attested,
    /// The mint is signed, sent or included; attested when it is proven dead, attesting when the
    /// attestation expired. Next: settled, attested, attesting, needs-operator.
    Minting,
    /// Done and final on the destination. End.
    Settled,
    /// Proven dead with its value accounted for. End.
    Failed,
    /// Cannot go on by itself; `operations resolve` moves it to what it proves true.
    /// Next: attesting, attested, minting, broadcast, reserved, final, settled, failed.
    NeedsOperator,
}

impl OperationState {
    /// Every state.
    pub const ALL: [Self; 14] = [
        Self::Planned,
        Self::Approved,
        Self::Reserved,
        Self::Signed,
        Self::Broadcast,
        Self::Included,
        Self::Unknown,
        Self::Final,
        Self::Attesting,
        Self::Attested,
        Self::Minting,
        Self::Settled,
        Self::Failed,
        Self::NeedsOperator,
    ];

    /// The states that may follow this one.
    pub const fn successors(self) -> &'static [Self] {
        use OperationState::{
            Approved, Attested, Attesting, Broadcast, Failed, Final, Included, Minting, NeedsOperator,
            Reserved, Settled, Signed, Unknown,
        };
        match self {
            Self::Planned => &[Approved, Failed],
            Self::Approved => &[Reserved, Failed],
            Self::Reserved => &[Signed, Failed, NeedsOperator],
            Self::Signed => &[Broadcast, Included, Unknown, Failed, NeedsOperator],
            Self::Broadcast => &[Included, Signed, Unknown, Failed, NeedsOperator],
            Self::Included => &[Final, Signed, Attesting, Broadcast, Settled, Failed, NeedsOperator],
            Self::Unknown => &[Broadcast, Included, Signed, Failed, NeedsOperator],
            Self::Final => &[Attesting, Signed, Settled, Failed, NeedsOperator],
            Self::Attesting => &[Attested, Broadcast, Settled, NeedsOperator],
            Self::Attested => &[Minting, Attesting, Broadcast, Settled, NeedsOperator],
            Self::Minting => &[Settled, Attested, Attesting, NeedsOperator],
            Self::Settled | Self::Failed => &[],
            Self::NeedsOperator => {
                &[Attesting, Attested, Minting, Broadcast, Reserved, Final, Settled, Failed]
            }
        }
    }

    /// Whether the table allows this move.
    pub fn can_become(self, next: Self) -> bool {
        self.successors().contains(&next)
    }

    /// Whether nothing follows.
    pub const fn is_end(self) -> bool {
        self.successors().is_empty()
    }

    /// The word used in the database, the API and the logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Approved => "approved",
            Self::Reserved => "reserved",
            Self::Signed => "signed",
            Self::Broadcast => "broadcast",
            Self::Included => "included",
            Self::Unknown => "unknown",
            Self::Final => "final",
            Self::Attesting => "attesting",
            Self::Attested => "attested",
            Self::Minting => "minting",
            Self::Settled => "settled",
            Self::Failed => "failed",
            Self::NeedsOperator => "needs-operator",
        }
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stored word that names no state, leg or the like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known word here")]
pub struct UnknownWord(pub String);

impl FromStr for OperationState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// One transaction an operation needs. Legs of one operation run in the order written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leg {
    /// Creation of the token account on Solana that will receive.
    Open,
    /// ERC-20 approval of the exact amount.
    Approve,
    /// `depositForBurn` on the source chain.
    Burn,
    /// `receiveMessage` on the destination chain.
    Mint,
    /// The swap itself.
    Swap,
    /// Approval of zero, when an allowance is left behind.
    Revoke,
    /// Closing of the account of a burn's message on Solana, days after the transfer settled: its rent comes
    /// back. The operation stays settled.
    Reclaim,
}

impl Leg {
    /// Every leg.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Approve, Self::Burn, Self::Mint, Self::Swap, Self::Revoke, Self::Reclaim];

    /// The word used in the database, the API and the logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approve => "approve",
            Self::Burn => "burn",
            Self::Mint => "mint",
            Self::Swap => "swap",
            Self::Revoke => "revoke",
            Self::Reclaim => "reclaim",
        }
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Leg {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|leg| leg.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// One step's durable life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Id.
    pub id: OperationId,
    /// The plan it belongs to.
    pub plan: PlanHash,
    /// What it does.
    pub step: Step,
    /// Where it stands.
    pub state: OperationState,
    /// The transaction it is at.
    pub leg: Leg,
    /// Why it is where it is, when that needs saying.
    pub reason: Option<String>,
    /// After this moment it is not started any more.
    pub expires_at: Timestamp,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// Expected cash cost.
    pub quoted_cost: Usd,
    /// Cash cost as it turned out, once settled.
    pub realised_cost: Option<Usd>,
}

impl Operation {
    /// Whether the transaction that swaps is in a block, or will never be.
    pub fn has_swapped(&self) -> bool {
        match self.state {
            OperationState::Included => self.leg == Leg::Swap,
            OperationState::Final | OperationState::Settled | OperationState::Failed => true,
            OperationState::Planned
            | OperationState::Approved
            | OperationState::Reserved
            | OperationState::Signed
            | OperationState::Broadcast
            | OperationState::Unknown
            | OperationState::Attesting
            | OperationState::Attested
            | OperationState::Minting
            | OperationState::NeedsOperator => false,
        }
    }
}
