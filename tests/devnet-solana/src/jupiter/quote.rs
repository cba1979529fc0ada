//! Quotes: what the pools would pay now.

use serde_json::{Value, json};
use solana_pubkey::Pubkey;

use crate::client::Client;
use crate::error::Error;
use crate::pool::math::{output, threshold};
use crate::pool::{POOLS, Pool, pooled_mint};

/// Basis points of slippage when nobody asks for any.
pub const DEFAULT_SLIPPAGE_BPS: u16 = 50;

/// What is to be swapped.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The mint of the input.
    pub input: Pubkey,
    /// The mint of the output.
    pub output: Pubkey,
    /// Minor units that go in.
    pub amount: u64,
    /// How much less than quoted is taken.
    pub slippage_bps: u16,
    /// Labels of the only pools to use; empty for all.
    pub only: Vec<String>,
    /// Labels of pools not to use.
    pub except: Vec<String>,
}

/// The best that a pool pays.
#[derive(Debug, Clone)]
pub struct Quote {
    /// What is to be swapped.
    pub wish: Wish,
    /// The pool's address.
    pub address: Pubkey,
    /// The pool.
    pub pool: Pool,
    /// Minor units that come out.
    pub paid: u64,
    /// What would come out at the pool's price before the swap.
    pub at_spot: u64,
}

/// The better of the pools that the wish allows; `None` if there is none.
///
/// # Errors
/// [`Error`] if the node does not answer.
pub async fn quote(client: &Client, wish: &Wish) -> Result<Option<Quote>, Error> {
    let mut best: Option<Quote> = None;
    for spec in POOLS {
        let (address, pool) = spec.pool();
        let named = |list: &[String]| list.iter().any(|label| label == spec.name);
        let allowed = (wish.only.is_empty() || named(&wish.only)) && !named(&wish.except);
        let Some((vault_in, vault_out)) = pool.vaults(&wish.input).filter(|_| allowed) else { continue };
        let Some((_, to)) = pool.vaults(&wish.output).filter(|_| wish.input != wish.output) else { continue };
        debug_assert_eq!(to, vault_in, "the output's vault is the other one");
        let reserves = (client.tokens(&vault_in).await?, client.tokens(&vault_out).await?);
        let (Some(inside), Some(outside)) = reserves else { continue };
        let Some(paid) = output(inside, outside, wish.amount, pool.fee_bps) else { continue };
        let spot = u128::from(wish.amount) * u128::from(outside) / u128::from(inside.max(1));
        if paid > best.as_ref().map_or(0, |quote| quote.paid) {
            let at_spot = u64::try_from(spot).unwrap_or(u64::MAX);
            best = Some(Quote { wish: wish.clone(), address, pool, paid, at_spot });
        }
    }
    Ok(best)
}

/// Dollars of an amount: every token of the pools is worth one.
fn dollars(mint: &Pubkey, amount: u64) -> f64 {
    let decimals = pooled_mint(mint).map_or(0, |mint| mint.decimals);
    amount as f64 / 10_f64.powi(decimals.into())
}

impl Quote {
    /// The least that the swap may pay if `promised` was quoted.
    pub fn least(&self, promised: u64) -> u64 {
        threshold(promised, self.wish.slippage_bps)
    }

    /// The members that orders and builds share, with `promised` as the output.
    pub fn json(&self, promised: u64) -> Value {
        let wish = &self.wish;
        let impact = (self.paid as f64 - self.at_spot as f64) / (self.at_spot.max(1) as f64);
        let worth = dollars(&wish.input, wish.amount);
        json!({
            "inputMint": wish.input.to_string(),
            "outputMint": wish.output.to_string(),
            "inAmount": wish.amount.to_string(),
            "outAmount": promised.to_string(),
            "otherAmountThreshold": self.least(promised).to_string(),
            "swapMode": "ExactIn",
            "slippageBps": wish.slippage_bps,
            "inUsdValue": worth,
            "outUsdValue": dollars(&wish.output, promised),
            "swapUsdValue": worth,
            "priceImpact": impact * 100.0,
            "priceImpactPct": impact.to_string(),
            "routePlan": [{
                "swapInfo": {
                    "ammKey": self.address.to_string(),
                    "label": self.pool.name,
                    "inputMint": wish.input.to_string(),
                    "outputMint": wish.output.to_string(),
                    "inAmount": wish.amount.to_string(),
                    "outAmount": promised.to_string(),
                },
                "percent": 100,
                "bps": 10_000,
                "usdValue": worth,
            }],
        })
    }
}
