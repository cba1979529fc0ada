//! Quotes of outside venues: what an aggregator says it would give for some sizes.

use serde::{Deserialize, Serialize};

use crate::domain::{Amount, AnyAddress, AssetId, ChainName, Timestamp, Venue};

/// A pair worth asking a venue about: one asset is above its band, the other below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRequest {
    /// Chain.
    pub chain: ChainName,
    /// The most that could usefully be sold.
    pub most: Amount,
    /// The asset bought.
    pub to: AssetId,
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
    /// What is taken off because the venue gave less than it quoted before, in millionths.
    pub haircut_ppm: u32,
    /// How far below the quote a swap may end, in millionths.
    pub slippage_ppm: u32,
}
