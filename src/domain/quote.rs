//! Quotes of outside venues: what an aggregator says it would give for some sizes.

use serde::{Deserialize, Serialize};

use crate::domain::{Amount, AnyAddress, AssetId, ChainName, Timestamp, Venue};

/// Divisors of the sizes at which a rebalance asks.
const HALVINGS: [u128; 4] = [1, 2, 4, 8];
/// Tenths of the amount at which a conversion asks: wherever the asking ends, what is known is spread out.
const TENTHS: [u128; 10] = [10, 5, 2, 8, 1, 3, 7, 4, 9, 6];

/// A pair worth asking venues about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRequest {
    /// Chain.
    pub chain: ChainName,
    /// The most that could usefully be sold.
    pub most: Amount,
    /// The asset bought.
    pub to: AssetId,
    /// Base units to ask about, the most important first; none is zero or above [`Self::most`].
    pub sizes: Vec<u128>,
}

impl QuoteRequest {
    /// At the most that could be sold, and at a half, a quarter and an eighth of it.
    pub fn halving(chain: ChainName, most: Amount, to: AssetId) -> Self {
        let sizes = HALVINGS.iter().filter_map(|divisor| most.units().checked_div(*divisor)).collect();
        Self { chain, most, to, sizes }.sound()
    }

    /// At every tenth of exactly this amount.
    pub fn tenths(chain: ChainName, most: Amount, to: AssetId) -> Self {
        let (ten, rest) = (most.units().div_euclid(10), most.units().rem_euclid(10));
        let tenth = |parts: &u128| Some(ten.checked_mul(*parts)?.saturating_add(rest));
        let sizes = TENTHS.iter().filter_map(tenth).collect();
        Self { chain, most, to, sizes }.sound()
    }

    /// Without sizes of nothing and without one twice.
    fn sound(mut self) -> Self {
        let mut seen = std::collections::BTreeSet::new();
        self.sizes.retain(|size| *size > 0 && seen.insert(*size));
        self
    }
}

/// What a venue quoted for one pair, in base units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteView {
    /// Chain.
    pub chain: ChainName,
    /// Who quoted.
    pub venue: Venue,
    /// The contract or program a swap would call; on EVM chains also the spender of its approval.
    pub router: AnyAddress,
    /// What is sold.
    pub from: AssetId,
    /// What is bought.
    pub to: AssetId,
    /// When the first size was asked.
    pub taken_at: Timestamp,
    /// Sold and bought base units, ascending by what is sold.
    pub samples: Vec<(u128, u128)>,
    /// Base units that were to be asked about and have no quote, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<(u128, String)>,
    /// How far below the quote a swap may end, in millionths.
    pub slippage_ppm: u32,
}
