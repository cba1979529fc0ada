//! Prices of WETH pushed apart between Base and Arbitrum, and the two legs that bring them together again.

use alloy::primitives::U256;
use serde_json::{Value, json};

use super::scene::DOLLAR;
use crate::chain::{Asset, PoolRef, Trade};
use crate::error::Error;
use crate::operator::Choices;
use crate::{Chain, Devnet};

/// Where it is bought, and where it is sold.
const CHAINS: [&str; 2] = ["base", "arbitrum"];
/// What the wallet has of it on either chain, in whole units.
const HELD: u64 = 30;
/// Dollars that a third party pays for it on Arbitrum.
const PUSH: u64 = 80_000;

/// WETH for the wallet on both chains.
pub(super) async fn fund(devnet: &Devnet) -> Result<(), Error> {
    let amount = U256::from(HELD) * U256::from(10_u64).pow(U256::from(18_u64));
    for chain in CHAINS {
        devnet.chain(chain).mint(Asset::Weth, devnet.wallet(), amount).await?;
    }
    Ok(())
}

/// The operator's choices with arbitrage between the chains.
pub(super) fn choices(choices: Choices) -> Choices {
    let chains = CHAINS.map(str::to_owned).to_vec();
    Choices { cross_chain: Some((chains, String::new())), ..choices }
}

/// The third party buys WETH on Arbitrum. Answers what it paid and got, for people.
pub(super) async fn open(devnet: &Devnet) -> Result<String, Error> {
    let chain = devnet.chain(CHAINS[1]);
    let (pool, zero_for_one) = pool(chain)?;
    let amount = U256::from(PUSH) * U256::from(DOLLAR);
    let traded = chain.trade(Trade { pool: PoolRef::Address(pool), zero_for_one, amount }).await?;
    Ok(format!("{PUSH} USDC for {} wei of WETH on {} at {pool}", traded.amount_out, chain.name()))
}

fn pool(chain: &Chain) -> Result<(alloy::primitives::Address, bool), Error> {
    let info = chain.info();
    let is_meant = |tokens: [_; 2]| tokens.contains(&info.weth) && tokens.contains(&info.usdc);
    let pool = info.pools.iter().find(|pool| is_meant([pool.token0, pool.token1]));
    let pool = pool.ok_or_else(|| Error::Demo { reason: "Arbitrum has no pool of WETH".to_owned() })?;
    Ok((pool.address, pool.token0 == info.usdc))
}

/// The legs of one trade, all settled as planned to the unit.
pub(super) struct Closed<'a> {
    legs: Vec<&'a Value>,
}

impl<'a> Closed<'a> {
    /// The trade among `operations`, if there is one on both chains.
    pub(super) fn of(operations: &'a [Value]) -> Option<Self> {
        let is_leg = |shown: &&Value| shown["swap"]["trade"]["role"] == "leg";
        let first = operations.iter().find(is_leg)?;
        let is_same = |shown: &&Value| shown["operation"]["plan"] == first["operation"]["plan"];
        let legs: Vec<&Value> = operations.iter().filter(is_leg).filter(is_same).collect();
        let is_exact = |shown: &&Value| {
            shown["operation"]["state"] == "settled"
                && shown["swap"]["realised_units"] == shown["swap"]["planned_units"]
        };
        let on = |chain: &str| legs.iter().any(|shown| route(shown).ends_with(chain));
        (CHAINS.iter().all(|chain| on(chain)) && legs.iter().all(is_exact)).then_some(Self { legs })
    }

    /// What sales brought more than purchases took, in base units of USDC.
    fn profit(&self) -> i128 {
        let units = |value: &Value| value.as_str().and_then(|text| text.parse::<i128>().ok()).unwrap_or(0);
        let of = |shown: &&Value| {
            let swap = &shown["swap"];
            let is_purchase = swap["amount_in"].as_str().is_some_and(|text| text.ends_with("USDC"));
            if is_purchase {
                units(&swap["sold_units"]).saturating_neg()
            } else {
                units(&swap["realised_units"])
            }
        };
        self.legs.iter().map(of).fold(0, i128::saturating_add)
    }

    /// Legs and profit, for people.
    pub(super) fn text(&self) -> String {
        let leg = |shown: &&Value| {
            let swap = &shown["swap"];
            let waits = swap["trade"]["after"].as_array().is_some_and(|after| !after.is_empty());
            format!(
                "    {:<20} {} → {}{}",
                route(shown),
                swap["amount_in"].as_str().unwrap_or("–"),
                swap["quoted_out"].as_str().unwrap_or("–"),
                if waits { ", after what pays for it" } else { ", first" },
            )
        };
        let legs: Vec<String> = self.legs.iter().map(leg).collect();
        let profit = self.profit();
        let (sign, units) = (if profit < 0 { "-" } else { "" }, profit.unsigned_abs());
        let (whole, rest) = (units / u128::from(DOLLAR), units % u128::from(DOLLAR));
        format!(
            "legs, each as planned to the unit\n{}\nprofit    {sign}{whole}.{rest:06} USDC before gas",
            legs.join("\n")
        )
    }

    /// The same for programs.
    pub(super) fn summary(&self) -> Value {
        let leg = |shown: &&Value| json!({ "route": route(shown), "swap": shown["swap"], "attempts": shown["attempts"] });
        json!({ "legs": self.legs.iter().map(leg).collect::<Vec<_>>(), "profit_units": self.profit().to_string() })
    }
}

fn route(shown: &Value) -> &str {
    shown["operation"]["route"].as_str().unwrap_or("–")
}
