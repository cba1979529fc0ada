//! What was observed, each value with the height or time it was read at.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::domain::pool::Pool;
use crate::domain::price::{PriceError, Rounding};
use crate::domain::{
    Amount, AnyAddress, AssetId, ChainName, Position, Price, QuoteView, Speed, Timestamp, Usd, Venue,
};

/// A block a value was read at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRef {
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// The block's own time, seconds since the epoch.
    pub timestamp: u64,
}

/// Where the reading of a chain stands: a block of an EVM chain, a slot of Solana.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Height {
    /// Block number or slot.
    pub number: u64,
    /// The block's hash. A slot of Solana is read without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<B256>,
    /// The chain's own time then, seconds since the epoch.
    pub timestamp: u64,
}

impl From<BlockRef> for Height {
    fn from(block: BlockRef) -> Self {
        Self { number: block.number, hash: Some(block.hash), timestamp: block.timestamp }
    }
}

impl std::fmt::Display for Height {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.hash {
            Some(hash) => write!(f, "block {} ({hash})", self.number),
            None => write!(f, "slot {}", self.number),
        }
    }
}

/// A value, or why there is none. Absence is never zero.
pub type Reading<T> = Result<T, String>;

/// One asset's balance on one chain, as a range: what is there, what is promised, what is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// On chain at the snapshot's block.
    pub on_chain: Amount,
    /// Promised to operations that have not spent it yet.
    pub reserved: Amount,
    /// Sent and not yet arrived.
    pub in_flight: Amount,
}

/// One chain at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainView {
    /// The block every balance and pool of this view was read at.
    pub block: Height,
    /// Native coin, in base units of the native asset.
    pub native: Amount,
    /// Balances of the configured assets.
    pub balances: BTreeMap<AssetId, Balance>,
    /// States of the configured pools. Shared: a pool table is never copied.
    pub pools: Vec<Arc<Pool>>,
    /// What transactions cost here.
    pub gas: Gas,
}

/// What transactions cost on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gas {
    /// On an EVM chain.
    Evm(GasPrice),
    /// On Solana.
    Solana(LamportFees),
}

impl From<GasPrice> for Gas {
    fn from(price: GasPrice) -> Self {
        Self::Evm(price)
    }
}

/// What transactions cost on Solana, in lamports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LamportFees {
    /// Per signature.
    pub signature: u64,
    /// Priority fee in millionths of a lamport per compute unit.
    pub compute_price: u64,
    /// Most priority fee one transaction pays.
    pub max_priority: u64,
    /// Rent of the account a burn keeps its message in; it comes back after days.
    pub event_rent: u64,
    /// Rent of the account that marks a message as received; it does not come back.
    pub nonce_rent: u64,
    /// Rent of a token account.
    pub account_rent: u64,
}

/// Gas price of a chain, in wei per gas, and the expected cost of a typical transaction's data on layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasPrice {
    /// Base fee of the next block.
    pub base_fee: u128,
    /// Priority fee offered.
    pub priority_fee: u128,
    /// Layer 1 data fee of one transaction of ours in wei; zero where the chain has none.
    pub l1_fee: u128,
}

/// A price with its age and origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceView {
    /// US dollars per whole unit.
    pub price: Price,
    /// When the source says it was true.
    pub as_of: Timestamp,
    /// Which source won.
    pub source: String,
    /// How many sources agreed with it, itself included.
    pub agreeing: u8,
}

/// Prices of assets, or why one cannot be used.
pub type Prices = BTreeMap<AssetId, Reading<PriceView>>;

/// The usable price of `asset` among `prices`.
///
/// # Errors
/// Why there is none.
pub fn price_of(prices: &Prices, asset: &AssetId) -> Result<Price, PriceError> {
    match prices.get(asset) {
        Some(Ok(view)) => Ok(view.price),
        Some(Err(reason)) => Err(PriceError::Unusable(reason.clone())),
        None => Err(PriceError::NoSource(asset.clone())),
    }
}

/// What CCTP would charge and allow between two chains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeView {
    /// Source chain.
    pub from: ChainName,
    /// Destination chain.
    pub to: ChainName,
    /// Asset moved.
    pub asset: AssetId,
    /// Offered speeds.
    pub tiers: Vec<BridgeTier>,
    /// Largest single burn in base units (`burnLimitsPerMessage`).
    pub burn_limit: u128,
    /// Contract's minimum fee in units of 1/10,000,000 of the amount (`minFee`).
    pub min_fee: u64,
}

/// One speed of a bridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeTier {
    /// Speed.
    pub speed: Speed,
    /// Fee in millionths of the amount, rounded up (1.3 basis points = 130).
    pub fee_ppm: u32,
    /// Base units that may still move at this speed; `None` where there is no allowance.
    pub allowance: Option<u128>,
    /// Expected seconds from burn to mint.
    pub expected_seconds: u64,
}

/// A transfer that has left its source and not arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    /// Where it will arrive.
    pub to: Position,
    /// How much will arrive at least.
    pub amount: Amount,
}

/// Our address on every chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallets {
    /// On every EVM chain.
    pub evm: Address,
    /// On Solana, with the name of that chain, where it is configured.
    pub solana: Option<(ChainName, AnyAddress)>,
}

impl Wallets {
    /// One address on every chain, all of them EVM chains.
    pub const fn evm(address: Address) -> Self {
        Self { evm: address, solana: None }
    }

    /// Our address on `chain`.
    pub fn on(&self, chain: &ChainName) -> AnyAddress {
        match &self.solana {
            Some((name, address)) if name == chain => *address,
            Some(_) | None => AnyAddress::Evm(self.evm),
        }
    }
}

/// Everything one decision is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When the scan finished.
    pub taken_at: Timestamp,
    /// Our addresses.
    pub wallets: Wallets,
    /// Chains, or why one could not be read.
    pub chains: BTreeMap<ChainName, Reading<ChainView>>,
    /// Prices, or why one cannot be used.
    pub prices: Prices,
    /// Bridges between chains, or why one cannot be used.
    pub bridges: Vec<Reading<BridgeView>>,
    /// Quotes of venues that are asked, or why one cannot be used.
    pub quotes: Vec<Reading<QuoteView>>,
    /// What is taken off what a venue would give because it gave less than it quoted before, in millionths.
    pub haircuts: BTreeMap<Venue, u32>,
    /// Native asset of each chain, for pricing gas.
    pub native_assets: BTreeMap<ChainName, AssetId>,
}

impl Snapshot {
    /// What is taken off what `venue` would give, in millionths.
    pub fn haircut_ppm(&self, venue: Venue) -> u32 {
        self.haircuts.get(&venue).copied().unwrap_or(0)
    }

    /// The usable price of `asset`, or why there is none.
    pub fn price(&self, asset: &AssetId) -> Reading<Price> {
        price_of(&self.prices, asset).map_err(|error| error.to_string())
    }

    /// The value of `amount`, or why it is unknown.
    pub fn worth(&self, amount: &Amount, rounding: Rounding) -> Reading<Usd> {
        self.price(amount.asset())?.worth(amount, rounding).map_err(|error| error.to_string())
    }
}
