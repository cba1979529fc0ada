//! What a transaction would do, decoded from its bytes.

use alloy::primitives::{Address, B256, U256};

use crate::domain::{ChainName, Leg, Step, Timestamp, Usd, Venue};
use crate::policy::RouteEffect;

/// The effect of one call. There is no "other": bytes that decode to none of these are not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// ERC-20 `approve`.
    Approve {
        /// Who may spend.
        spender: Address,
        /// How much.
        amount: U256,
    },
    /// CCTP `depositForBurn`.
    Burn {
        /// Amount burnt.
        amount: U256,
        /// CCTP domain of the destination.
        destination_domain: u32,
        /// Recipient as 32 bytes.
        mint_recipient: B256,
        /// Token burnt.
        burn_token: Address,
        /// Who may mint; zero is anyone.
        destination_caller: B256,
        /// The most the bridge may keep.
        max_fee: U256,
        /// Finality asked for.
        min_finality_threshold: u32,
    },
    /// CCTP `receiveMessage`: what the message inside would mint.
    Mint {
        /// CCTP domain of the source.
        source_domain: u32,
        /// CCTP domain of this chain.
        destination_domain: u32,
        /// Recipient as 32 bytes.
        mint_recipient: B256,
        /// Amount burnt on the source.
        amount: U256,
        /// What the bridge keeps.
        fee_executed: U256,
    },
    /// A swap through SwapRouter02.
    Swap {
        /// Kind of pool it goes through.
        venue: Venue,
        /// Token sold.
        token_in: Address,
        /// Token bought.
        token_out: Address,
        /// Pool fee in hundredths of a basis point.
        fee: u32,
        /// Amount sold.
        amount_in: U256,
        /// The least received.
        min_out: U256,
        /// Who receives.
        recipient: Address,
        /// Seconds since the epoch after which it reverts.
        deadline: U256,
    },
    /// A swap through 1inch's AggregationRouterV6, by a route that is not judged. It has no deadline: what
    /// ends it is its nonce.
    Aggregate {
        /// Token sold.
        token_in: Address,
        /// Token bought.
        token_out: Address,
        /// Amount sold.
        amount_in: U256,
        /// The least received.
        min_out: U256,
        /// Who receives.
        recipient: Address,
    },
    /// An atomic route.
    Route(RouteEffect),
    /// Nothing: a transaction without calldata to an account, which only uses up its nonce.
    Cancel {
        /// The account.
        account: Address,
    },
}

impl Effect {
    /// The function's name.
    pub const fn function(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Burn { .. } => "depositForBurn",
            Self::Mint { .. } => "receiveMessage",
            Self::Swap { .. } => "swap",
            Self::Aggregate { .. } => "aggregator swap",
            Self::Route(_) => "execute",
            Self::Cancel { .. } => "no call",
        }
    }
}

/// A transaction about to be signed, with the step it claims to serve.
#[derive(Debug, Clone)]
pub struct Proposal<'a> {
    /// Chain it is for, by name.
    pub chain: &'a ChainName,
    /// Chain id inside the bytes.
    pub chain_id: u64,
    /// Contract called.
    pub to: Address,
    /// Native coin sent along, in wei.
    pub value: U256,
    /// What the calldata does.
    pub effect: Effect,
    /// The step.
    pub step: &'a Step,
    /// The leg of it.
    pub leg: Leg,
    /// Worst case gas cost: gas limit × maximum fee, plus the layer 1 part.
    pub gas: Usd,
    /// Now.
    pub at: Timestamp,
}
