//! What was observed, each value with the height or time it was read at.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::domain::pool::Pool;
use crate::domain::price::{PriceError, Rounding};
use crate::domain::{Amount, AssetId, ChainName, Position, Price, QuoteView, Speed, Timestamp, Usd};

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
    pub block: BlockRef,
    /// Native coin, in base units of the native asset.
    pub native: Amount,
    /// Balances of the configured assets.
    pub balances: BTreeMap<AssetId, Balance>,
    /// States of the configured pools. Shared: a pool table is never copied.
    pub pools: Vec<Arc<Pool>>,
    /// What gas costs here.
    pub gas: GasPrice,
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

/// Everything one decision is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When the scan finished.
    pub taken_at: Timestamp,
    /// Our address on every EVM chain.
    pub wallet: Address,
    /// Chains, or why one could not be read.
    pub chains: BTreeMap<ChainName, Reading<ChainView>>,
    /// Prices, or why one cannot be used.
    pub prices: Prices,
    /// Bridges between chains, or why one cannot be used.
    pub bridges: Vec<Reading<BridgeView>>,
    /// Quotes of venues that are asked, or why one cannot be used.
    pub quotes: Vec<Reading<QuoteView>>,
    /// Native asset of each chain, for pricing gas.
    pub native_assets: BTreeMap<ChainName, AssetId>,
}

impl Snapshot {
    /// The usable price of `asset`, or why there is none.
    pub fn price(&self, asset: &AssetId) -> Reading<Price> {
        price_of(&self.prices, asset).map_err(|error| error.to_string())
    }

    /// The value of `amount`, or why it is unknown.
    pub fn worth(&self, amount: &Amount, rounding: Rounding) -> Reading<Usd> {
        self.price(amount.asset())?.worth(amount, rounding).map_err(|error| error.to_string())
    }

    /// The cost of `gas` units on `chain` with its layer 1 part, rounded up; or why it is unknown.
    pub fn gas_cost(&self, chain: &ChainName, gas: u64) -> Reading<Usd> {
        let view = match self.chains.get(chain) {
            Some(Ok(view)) => view,
            Some(Err(reason)) => return Err(reason.clone()),
            None => return Err(format!("chain {chain} is not configured")),
        };
        let native = self
            .native_assets
            .get(chain)
            .ok_or_else(|| format!("chain {chain} has no native asset configured"))?;
        let price = self.price(native)?;
        let wei = view
            .gas
            .base_fee
            .checked_add(view.gas.priority_fee)
            .and_then(|per_gas| per_gas.checked_mul(u128::from(gas)))
            .and_then(|wei| wei.checked_add(view.gas.l1_fee))
            .ok_or_else(|| format!("gas price of {chain} is absurd"))?;
        price
            .value(&view.native.with_units(wei), Rounding::Up)
            .ok_or_else(|| format!("gas cost on {chain} is absurd"))
    }
}
