//! Prices pushed apart at three pools on Base, and the atomic route that brings them together again.

use std::time::{Duration, Instant};

use alloy::primitives::U256;
use serde_json::{Value, json};

use super::scene::DOLLAR;
use crate::chain::{Mining, Place, PoolRef, Trade};
use crate::deploy::atomic_route;
use crate::error::Error;
use crate::operator::{Choices, Routes};
use crate::{Chain, Devnet};

/// Where it happens.
const CHAIN: &str = "base";
/// Wei per gas that a trade of the third party pays: more would make gas dear for everybody.
const FEE: u128 = 100_000_000;
/// Blocks after that of the decision in which the route may be included.
const BLOCKS: u64 = 5;
/// How long the next block takes at most.
const ANSWER: Duration = Duration::from_secs(4);
/// How often it is looked whether the daemon has answered.
const LOOK: Duration = Duration::from_millis(50);
/// How long the third party's trades may take to be included.
const MINED: Duration = Duration::from_secs(10);

/// A trade of the third party: a pool by its place in the manifest, and the dollars that are paid in, or the WETH.
struct Push {
    name: &'static str,
    pool: usize,
    dollars: u64,
    ether: u64,
}

/// One pool of each kind, not all in the same direction.
const PUSHES: [Push; 3] = [
    Push { name: "V2 WETH/USDC", pool: 0, dollars: 20_000, ether: 0 },
    Push { name: "V3 WETH/USDT", pool: 3, dollars: 0, ether: 70 },
    Push { name: "V4 WETH/USDC", pool: 5, dollars: 60_000, ether: 0 },
];

/// What the third party did.
pub(super) struct Gap {
    /// The block of its trades.
    pub(super) block: u64,
    /// The pools it pushed, as the daemon calls them.
    pools: Vec<(&'static str, String)>,
}

/// Creates the contract, and lets the daemon use it: loans come from V4's PoolManager.
pub(super) async fn contract(devnet: &Devnet) -> Result<Routes, Error> {
    let contract = atomic_route(devnet.chain(CHAIN), devnet.wallet()).await?;
    let lines = format!("funding = \"pool-manager\"\npublic = true\nblocks = {BLOCKS}");
    Ok(Routes { contract, lines, is_private: false })
}

/// The operator's choices with arbitrage.
pub(super) fn choices(choices: Choices, routes: Routes) -> Choices {
    Choices { arbitrage: [(CHAIN.to_owned(), routes)].into(), ..choices }
}

/// All three trades, in one block.
pub(super) async fn open(devnet: &Devnet) -> Result<Gap, Error> {
    let chain = devnet.chain(CHAIN);
    let mining = chain.mining();
    chain.set_mining(Mining::Manual).await?;
    let mut last = None;
    let mut pools = Vec::new();
    for push in &PUSHES {
        let (trade, pool) = trade(chain, push)?;
        last = Some(chain.queue_trade(trade, Place::Fee(FEE)).await?);
        pools.push((push.name, pool));
    }
    chain.mine(1).await?;
    // The clock makes a block as soon as it runs again: it waits as long as a block takes, or until the answer is there.
    let deadline = Instant::now() + ANSWER;
    while Instant::now() < deadline && chain.waiting().await?.iter().all(|one| one.from != devnet.wallet()) {
        tokio::time::sleep(LOOK).await;
    }
    chain.set_mining(mining).await?;
    let missing = || Error::Demo { reason: "the third party did not trade".to_owned() };
    let receipt = chain.receipt(last.ok_or_else(missing)?, MINED).await?;
    let block: U256 = serde_json::from_value(receipt["blockNumber"].clone()).map_err(|_| missing())?;
    Ok(Gap { block: block.saturating_to(), pools })
}

fn trade(chain: &Chain, push: &Push) -> Result<(Trade, String), Error> {
    let pool = PoolRef::Index(push.pool);
    let market = chain.market(pool)?;
    let is_weth_first = market.token0 == chain.info().weth;
    let ether = U256::from(push.ether) * U256::from(10_u64).pow(U256::from(18_u64));
    let trade = if push.ether > 0 {
        Trade { pool, zero_for_one: is_weth_first, amount: ether }
    } else {
        let amount = U256::from(push.dollars) * U256::from(DOLLAR);
        Trade { pool, zero_for_one: !is_weth_first, amount }
    };
    let name = market.id.map_or_else(|| market.address.to_string(), |id| id.to_string());
    Ok((trade, name))
}

impl Gap {
    /// What the third party did, for people.
    pub(super) fn text(&self) -> String {
        let pools = self.pools.iter().map(|(name, pool)| format!("    {name}  {pool}"));
        format!("block {}\n{}", self.block, pools.collect::<Vec<_>>().join("\n"))
    }

    /// The settled route that closed it, if one did as it had planned, in one transaction.
    pub(super) fn closed<'a>(&self, operations: &'a [Value]) -> Option<Closed<'a>> {
        let closed = operations.iter().filter_map(Closed::of);
        closed.into_iter().find(|closed| {
            let goes_through = |pool: &str| closed.pools().any(|one| one.starts_with(pool));
            closed.block > self.block
                && closed.block <= self.block + 1 + BLOCKS
                && self.pools.iter().all(|(_, pool)| goes_through(pool))
        })
    }
}

/// A settled route whose one transaction left exactly what was planned.
pub(super) struct Closed<'a> {
    operation: &'a Value,
    attempt: &'a Value,
    /// The block it is in.
    pub(super) block: u64,
}

impl<'a> Closed<'a> {
    fn of(operation: &'a Value) -> Option<Self> {
        let route = &operation["arbitrage"];
        let planned = route["planned_units"].as_str()?;
        let is_exact = route["realised_units"].as_str() == Some(planned) && planned != "0";
        let [attempt] = operation["attempts"].as_array()?.as_slice() else { return None };
        let is_done = operation["operation"]["state"] == "settled" && attempt["success"] == true;
        let block = attempt["block"].as_u64()?;
        (is_exact && is_done).then_some(Self { operation, attempt, block })
    }

    fn legs(&self) -> impl Iterator<Item = &'a Value> {
        self.operation["arbitrage"]["legs"].as_array().into_iter().flatten()
    }

    fn pools(&self) -> impl Iterator<Item = &'a str> {
        self.legs().filter_map(|leg| leg["pool"].as_str())
    }

    /// Planned and realised profit, the way and the gas, for people.
    pub(super) fn text(&self, gap: &Gap) -> String {
        let route = &self.operation["arbitrage"];
        let text = |value: &'a Value| value.as_str().unwrap_or("–");
        let dollars = |units: &'a Value| {
            let units = text(units).parse::<u64>().unwrap_or(0);
            format!("{}.{:06} USDC", units / DOLLAR, units % DOLLAR)
        };
        let legs = self.legs().map(|leg| {
            format!(
                "    {} → {} at {}",
                text(&leg["amount_in"]),
                text(&leg["quoted_out"]),
                text(&leg["pool"])
            )
        });
        format!(
            "opened in block {}, closed in block {} by {}\n\
             lent      {} by the {}, paid back in the same transaction\n\
             way\n{}\n\
             planned   {}\n\
             realised  {}\n\
             gas       {} units, {} wei, ${}",
            gap.block,
            self.block,
            text(&self.attempt["hash"]),
            dollars(&route["loan_units"]),
            text(&route["funding"]),
            legs.collect::<Vec<_>>().join("\n"),
            dollars(&route["planned_units"]),
            dollars(&route["realised_units"]),
            self.attempt["gas_used"],
            text(&self.attempt["fee_units"]),
            self.attempt["fee_usd"],
        )
    }

    /// The same for programs.
    pub(super) fn summary(&self, gap: &Gap) -> Value {
        let route = &self.operation["arbitrage"];
        json!({
            "chain": CHAIN,
            "opened_in_block": gap.block,
            "closed_in_block": self.block,
            "transaction": self.attempt["hash"],
            "funding": route["funding"],
            "loan_units": route["loan_units"],
            "pools": self.pools().collect::<Vec<_>>(),
            "planned_units": route["planned_units"],
            "realised_units": route["realised_units"],
            "gas_used": self.attempt["gas_used"],
            "fee_units": self.attempt["fee_units"],
            "fee_usd": self.attempt["fee_usd"],
        })
    }
}
