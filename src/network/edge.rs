//! Edges: ways to move value from one node to another.

use std::sync::Arc;

use crate::domain::pool::Pool;
use crate::domain::{Speed, Usd, Venue};
use crate::network::quoted::after_haircut;
use crate::network::{Network, QuotedWay, pool};

/// A CCTP transfer at one speed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeWay {
    /// Speed.
    pub speed: Speed,
    /// Quoted fee in millionths of the amount.
    pub fee_ppm: u32,
    /// Contract's minimum fee in units of 1/10,000,000 of the amount.
    pub min_fee: u64,
    /// Expected seconds from burn to mint.
    pub seconds: u64,
    /// Largest single transfer in base units.
    pub chunk: u128,
    /// Transfers that may still be started on this route.
    pub flights: u32,
    /// Which shared budget it draws on.
    pub budget: Option<usize>,
}

/// A swap in one pool in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwapWay {
    /// Pool with its state.
    pub pool: Arc<Pool>,
    /// Whether token0 is sold.
    pub zero_for_one: bool,
    /// Venue.
    pub venue: Venue,
    /// Pool fee in hundredths of a basis point, which are millionths.
    pub fee: u32,
    /// What is taken off the exact quote, in millionths.
    pub haircut_ppm: u32,
}

impl SwapWay {
    /// The part of the exact quote that is left after the haircut.
    pub fn kept(&self) -> f64 {
        1.0 - f64::from(self.haircut_ppm) / 1e6
    }

    /// Base units that arrive for `units`: the exact quote after the haircut, rounded down.
    ///
    /// # Errors
    /// When the known state of the pool cannot fill it.
    pub fn arrives(&self, units: u128) -> Result<u128, String> {
        let quote = pool::quote_exact_in(&self.pool, self.zero_for_one, units);
        let quoted = quote.map_err(|error| error.to_string())?.amount_out;
        after_haircut(quoted, self.haircut_ppm).ok_or_else(|| "the quote does not fit".to_owned())
    }
}

/// How an edge moves value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Between chains.
    Bridge(BridgeWay),
    /// Between assets of one chain.
    Swap(SwapWay),
    /// The same, by what a venue quoted for some sizes.
    Quoted(QuotedWay),
}

/// One way from one node to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Index of the source node.
    pub from: usize,
    /// Index of the destination node.
    pub to: usize,
    /// How.
    pub way: Way,
    /// Gas of all transactions of one transfer, on both chains, layer 1 part included.
    pub gas: Usd,
    /// Base units of the native coin that one transfer needs on the source chain.
    pub source_native: u128,
    /// Base units of the native coin that one transfer needs on the destination chain; zero for swaps.
    pub destination_native: u128,
    /// Price of the delay of one transfer.
    pub delay: Usd,
    /// Price of the capital on its way, in 10⁻¹⁸ of the amount.
    pub capital_atto: u128,
    /// Most base units of the source asset this way can take in all.
    pub capacity: u128,
}

impl Edge {
    /// Fixed cost of one transfer: gas and delay.
    pub fn fixed(&self) -> Usd {
        self.gas.saturating_add(self.delay)
    }

    /// The way as the operator reads it: `cctp-fast ethereum→base`, `uniswap-v3 base USDC→USDT`, `1inch base …`.
    pub fn route(&self, network: &Network) -> String {
        let (from, to) = (network.position(self.from), network.position(self.to));
        match &self.way {
            Way::Bridge(way) => {
                let speed = match way.speed {
                    Speed::Fast => "cctp-fast",
                    Speed::Standard => "cctp-standard",
                };
                format!("{speed} {}→{}", from.chain, to.chain)
            }
            Way::Swap(way) => {
                format!(
                    "{} {} {}→{} ({} ppm, {})",
                    way.venue, from.chain, from.asset, to.asset, way.fee, way.pool.address
                )
            }
            Way::Quoted(way) => {
                format!(
                    "{} {} {}→{} (quoted {} s before)",
                    way.venue, from.chain, from.asset, to.asset, way.age_seconds
                )
            }
        }
    }

    /// Base units that arrive for `units` sent, exactly; or why that cannot be said.
    pub fn arrives(&self, units: u128) -> Result<u128, String> {
        match &self.way {
            Way::Bridge(way) => {
                let fee = way.fee(units).ok_or("the fee does not fit")?;
                units.checked_sub(fee).ok_or_else(|| "the fee is larger than the amount".to_owned())
            }
            Way::Swap(way) => way.arrives(units),
            Way::Quoted(way) => way.arrives(units),
        }
    }
}

impl BridgeWay {
    /// The fee of a transfer of `units`, rounded up: the quoted share, at least the contract's minimum.
    pub fn fee(&self, units: u128) -> Option<u128> {
        let quoted = units.checked_mul(u128::from(self.fee_ppm))?.div_ceil(1_000_000);
        Some(quoted.max(self.minimum(units)?))
    }

    /// The most the bridge may keep: the quoted fee with its buffer, at least the contract's minimum.
    pub fn max_fee(&self, units: u128, buffer_ppm: u32) -> Option<u128> {
        let quoted = units.checked_mul(u128::from(self.fee_ppm))?.div_ceil(1_000_000);
        let buffer = quoted.checked_mul(u128::from(buffer_ppm))?.div_ceil(1_000_000);
        Some(quoted.checked_add(buffer)?.max(self.minimum(units)?))
    }

    /// `minFee` of the contract: rounded up here, at least one unit when there is one at all.
    fn minimum(&self, units: u128) -> Option<u128> {
        Some(units.checked_mul(u128::from(self.min_fee))?.div_ceil(10_000_000))
    }
}
