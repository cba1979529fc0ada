//! Fees: priority price by percentile under a cap in lamports, compute limit with a margin.

use std::sync::Arc;

use serde_json::json;
use solana_address::Address;

use crate::chains::rpc::endpoint::Ask;
use crate::chains::rpc::failure::ChainError;
use crate::chains::rpc::stats::Method;
use crate::chains::solana::{SolanaChain, wire};
use crate::config::SolanaFeeConfig;

/// Lamports per signature.
pub const SIGNATURE_FEE: u64 = 5000;
/// Most compute units a transaction may ask for.
pub const MAX_COMPUTE_UNITS: u32 = 1_400_000;
/// Micro-lamports in a lamport.
const MICRO: u128 = 1_000_000;
/// Accounts `getRecentPrioritizationFees` takes.
const MAX_FEE_ACCOUNTS: usize = 128;

/// What a transaction asks of the scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComputeBudget {
    /// Compute units it may use.
    pub limit: u32,
    /// Micro-lamports per unit of the limit.
    pub price: u64,
}

impl ComputeBudget {
    /// Room for anything, at no price; what is simulated.
    pub const WIDEST: Self = Self { limit: MAX_COMPUTE_UNITS, price: 0 };

    /// Lamports of the priority fee: `⌈limit · price / 10⁶⌉`.
    pub fn priority_lamports(self) -> u64 {
        let micro = u128::from(self.limit).saturating_mul(u128::from(self.price));
        u64::try_from(micro.div_ceil(MICRO)).unwrap_or(u64::MAX)
    }
}

/// Lamports a transaction costs: signatures and priority. `None` on overflow.
pub fn fee_lamports(signatures: u8, budget: ComputeBudget) -> Option<u64> {
    SIGNATURE_FEE.checked_mul(u64::from(signatures))?.checked_add(budget.priority_lamports())
}

/// The compute limit for `used` units: `⌈used · (100 + margin) / 100⌉`, at most what there is.
pub fn compute_limit(used: u64, margin_percent: u8) -> u32 {
    let percent = u64::from(margin_percent).saturating_add(100);
    let with_margin = used.saturating_mul(percent).div_ceil(100).max(1);
    u32::try_from(with_margin).unwrap_or(MAX_COMPUTE_UNITS).min(MAX_COMPUTE_UNITS)
}

/// The value at `percentile` of `fees` (nearest rank); zero of none.
pub fn percentile(fees: &[u64], percentile: u8) -> u64 {
    let mut sorted = fees.to_vec();
    sorted.sort_unstable();
    let count = sorted.len();
    let rank = count.saturating_mul(usize::from(percentile.min(100))).div_ceil(100).max(1);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// The budget for `used` units at `price`, the price lowered so that the priority fee stays within
/// the configured lamports.
pub fn budget(used: u64, price: u64, config: &SolanaFeeConfig) -> ComputeBudget {
    let limit = compute_limit(used, config.compute_margin_percent);
    let cap = u128::from(config.max_priority_lamports).saturating_mul(MICRO);
    let highest = cap.checked_div(u128::from(limit)).unwrap_or(0);
    ComputeBudget { limit, price: price.min(u64::try_from(highest).unwrap_or(u64::MAX)) }
}

impl SolanaChain {
    /// Micro-lamports per compute unit that landed recently at `percentile` of the slots, for
    /// transactions writing to `writable`. It only informs; [`budget`] caps it.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] when no endpoint answers.
    pub async fn priority_price(&self, writable: &[Address], percentile: u8) -> Result<u64, ChainError> {
        let accounts: Vec<Address> = writable.iter().take(MAX_FEE_ACCOUNTS).copied().collect();
        self.inner
            .endpoints
            .first("priority fees", |endpoint| {
                let inner = Arc::clone(&self.inner);
                let params = json!([wire::texts(&accounts)]);
                async move {
                    let ask = Ask::new(Method::GetRecentPrioritizationFees, params);
                    let fees = wire::priority_fees(&inner.ask_one(&endpoint, ask, 0).await?)?;
                    Ok(self::percentile(&fees, percentile))
                }
            })
            .await
    }
}
