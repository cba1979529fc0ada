//! Plans: exact integer steps with their limits, named by a hash of their content.

use std::fmt;

use alloy::primitives::keccak256;
use serde::{Deserialize, Serialize};

use crate::domain::{Amount, AnyAddress, ChainName, RouteStep, Timestamp, TradeRole, Usd};

/// How fast a CCTP transfer is attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speed {
    /// Attested at `confirmed` (finality threshold 1000), for a fee.
    Fast,
    /// Attested at `finalized` (finality threshold 2000).
    Standard,
}

impl Speed {
    /// The `minFinalityThreshold` that asks for this speed.
    pub const fn finality_threshold(self) -> u32 {
        match self {
            Self::Fast => 1000,
            Self::Standard => 2000,
        }
    }
}

/// Where a swap is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Venue {
    /// Uniswap V2 pair through SwapRouter02.
    UniswapV2,
    /// Uniswap V3 pool through SwapRouter02.
    UniswapV3,
    /// 1inch Classic Swap through AggregationRouterV6.
    #[serde(rename = "1inch")]
    OneInch,
    /// Jupiter on Solana.
    Jupiter,
}

impl fmt::Display for Venue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UniswapV2 => "uniswap-v2",
            Self::UniswapV3 => "uniswap-v3",
            Self::OneInch => "1inch",
            Self::Jupiter => "jupiter",
        })
    }
}

/// What a step is expected to cost, all in USD and rounded up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Fees of the bridge or pool.
    pub fee: Usd,
    /// Gas on all chains concerned, layer 1 data fee included.
    pub gas: Usd,
    /// Value lost against the reference price beyond the fee; below zero where a leg of arbitrage gains.
    pub slippage: Usd,
    /// Price of the time the value is on its way. An opportunity cost: it is never realised.
    pub time: Usd,
}

impl Cost {
    /// Everything that leaves the wallet: fee, gas and slippage.
    pub fn cash(&self) -> Usd {
        self.fee.saturating_add(self.gas).saturating_add(self.slippage)
    }

    /// Everything, the price of time included.
    pub fn total(&self) -> Usd {
        self.cash().saturating_add(self.time)
    }
}

/// A CCTP V2 transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeStep {
    /// Source chain.
    pub from: ChainName,
    /// Destination chain.
    pub to: ChainName,
    /// What is burnt.
    pub amount: Amount,
    /// Speed asked for.
    pub speed: Speed,
    /// The most the bridge may keep.
    pub max_fee: Amount,
    /// Who receives on the destination: on Solana the owner of the token account.
    pub recipient: AnyAddress,
    /// Expected cost.
    pub cost: Cost,
}

/// A swap of one token for another in one pool, or through an aggregator's router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwapStep {
    /// Chain.
    pub chain: ChainName,
    /// Venue.
    pub venue: Venue,
    /// Pool contract; the router or program where an aggregator chooses the pools.
    pub pool: AnyAddress,
    /// Pool fee in hundredths of a basis point; zero where it is part of the quote.
    pub fee: u32,
    /// What is sold.
    pub amount_in: Amount,
    /// What the pool would give at the snapshot's block, exactly, or an aggregator's quote: what is left of it
    /// after `haircut_ppm`.
    pub quoted_out: Amount,
    /// What was taken off because the venue gave less than was quoted before, in millionths.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub haircut_ppm: u32,
    /// The least we accept. Never widened.
    pub min_out: Amount,
    /// Who receives.
    pub recipient: AnyAddress,
    /// Its part in arbitrage between chains, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade: Option<TradeRole>,
    /// Expected cost.
    pub cost: Cost,
}

/// Steps without a haircut are written, and hashed, without the field.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_zero(ppm: &u32) -> bool {
    *ppm == 0
}

/// One step of a plan: becomes one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// Move USDC between chains.
    Bridge(BridgeStep),
    /// Exchange on one chain.
    Swap(SwapStep),
    /// Exchange through several pools of one chain and back, at once.
    Route(RouteStep),
}

impl Step {
    /// `bridge`, `swap` or `route`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bridge(_) => "bridge",
            Self::Swap(_) => "swap",
            Self::Route(_) => "route",
        }
    }

    /// The way value moves, as the operator reads it: `cctp-fast ethereum→base`, `uniswap-v3 base`,
    /// `atomic base`.
    pub fn route(&self) -> String {
        match self {
            Self::Bridge(step) => {
                let speed = match step.speed {
                    Speed::Fast => "cctp-fast",
                    Speed::Standard => "cctp-standard",
                };
                format!("{speed} {}→{}", step.from, step.to)
            }
            Self::Swap(step) => format!("{} {}", step.venue, step.chain),
            Self::Route(step) => format!("atomic {}", step.chain),
        }
    }

    /// The chain its first transaction is sent on.
    pub const fn source_chain(&self) -> &ChainName {
        match self {
            Self::Bridge(step) => &step.from,
            Self::Swap(step) => &step.chain,
            Self::Route(step) => &step.chain,
        }
    }

    /// What leaves the wallet; of a route what is lent to it, which comes back in the same transaction.
    pub const fn spends(&self) -> &Amount {
        match self {
            Self::Bridge(step) => &step.amount,
            Self::Swap(step) => &step.amount_in,
            Self::Route(step) => &step.loan,
        }
    }

    /// Its part in arbitrage between chains, where it has one.
    pub const fn trade(&self) -> Option<&TradeRole> {
        match self {
            Self::Swap(step) => step.trade.as_ref(),
            Self::Bridge(_) | Self::Route(_) => None,
        }
    }

    /// Expected cost.
    pub const fn cost(&self) -> &Cost {
        match self {
            Self::Bridge(step) => &step.cost,
            Self::Swap(step) => &step.cost,
            Self::Route(step) => &step.cost,
        }
    }
}

/// Keccak-256 of a plan's canonical JSON, as `0x…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanHash(String);

impl PlanHash {
    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The solver's proof of quality, in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Objective of the integer plan: benefit of the moves minus all their costs.
    pub value: Usd,
    /// No plan can be worth more (dual bound of the same network).
    pub bound: Usd,
}

impl Certificate {
    /// `bound − value`, never negative in a sound certificate.
    pub fn gap(&self) -> Usd {
        self.bound.saturating_sub(self.value)
    }
}

/// Steps decided together. What was previewed is what runs, or nothing runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// When it was decided.
    pub decided_at: Timestamp,
    /// After this moment no step of it may be started.
    pub expires_at: Timestamp,
    /// Steps in the order they are started.
    pub steps: Vec<Step>,
    /// Proof of quality.
    pub certificate: Certificate,
}

impl Plan {
    /// The hash that names this content. Field order is fixed by the types, so equal plans hash equally.
    pub fn hash(&self) -> Result<PlanHash, serde_json::Error> {
        let bytes = serde_json::to_vec(self)?;
        Ok(PlanHash(keccak256(bytes).to_string()))
    }

    /// Expected cost of all steps.
    pub fn cost(&self) -> Usd {
        self.steps.iter().fold(Usd::ZERO, |sum, step| sum.saturating_add(step.cost().total()))
    }
}
