//! Arbitrage on a live chain: a third party pushes prices apart, the daemon closes the gap, and whatever else
//! happens to the route costs gas at most.

mod beside;
mod gaps;
mod outside;
mod private;
mod rivals;
mod stopped;
mod traps;
mod unmade;

use std::time::Duration;

use alloy::primitives::{Address, B256, U256};
use devnet::chain::Traded;
use devnet::{Asset, Chain, Mining, PoolRef, Trade};
use purser::domain::{Operation, OperationState, Outcome, RouteStep, Step, Usd};
use purser::journal::{Attempt, AttemptState, StoredDecision};
use serde_json::{Value, json};

use super::scene::Scene;
use crate::support::Setup;
use crate::support::rig::PATIENCE;

/// The chain it happens on.
const BASE: &str = "base";
/// Dollars in the wallet.
const HOLDING: u64 = 100_000;
/// Places in the manifest's list of pools for arbitrage.
const V2: usize = 0;
const FORK: usize = 1;
const V3: usize = 3;
const V4: usize = 5;

/// Arbitrage on Base with loans of the PoolManager; nothing to rebalance.
fn setup(lines: &str) -> Setup {
    let mut setup = Setup::with(vec![(BASE, Asset::Usdc, HOLDING)], vec![(BASE, "USDC", 100)]);
    setup.arbitrage = vec![(BASE, format!("funding = \"pool-manager\"\n{lines}"))];
    setup
}

/// Sent in the open, with `blocks` to be included in.
fn open(blocks: u64) -> Setup {
    setup(&format!("public = true\nblocks = {blocks}"))
}

fn dollars(whole: u64) -> U256 {
    U256::from(whole) * U256::from(1_000_000)
}

fn route(operation: &Operation) -> &RouteStep {
    match &operation.step {
        Step::Route(step) => step,
        Step::Bridge(_) | Step::Swap(_) => panic!("not a route: {operation:#?}"),
    }
}

/// A sale of that many base units of the pool's dollar token for WETH, or back.
fn sale(chain: &Chain, pool: usize, of_dollars: bool, amount: U256) -> Trade {
    let market = chain.arbitrage().unwrap().pools[pool].clone();
    let zero_for_one = (market.token0 != chain.info().weth) == of_dollars;
    Trade { pool: PoolRef::Index(pool), zero_for_one, amount }
}

/// A third party buys WETH for so many dollars in one of the pools for arbitrage.
async fn push(chain: &Chain, pool: usize, whole: u64) -> Traded {
    chain.trade(sale(chain, pool, true, dollars(whole))).await.unwrap()
}

/// Waits until the pools are read and the books are open.
async fn ready(scene: &Scene) {
    scene.logged("arbitrage follows").await;
    scene
        .until("the first decision", || async { scene.journal().last_decision().await.unwrap().map(|_| ()) })
        .await;
}

async fn balance(scene: &Scene) -> U256 {
    scene.chain(BASE).balance_of(Asset::Usdc, scene.rig.devnet.wallet()).await.unwrap()
}

/// What the operation left in the wallet, by its books.
async fn booked(scene: &Scene, operation: &Operation) -> u128 {
    let moved = scene.journal().route_moved(&operation.id).await.unwrap();
    let (out, back) = moved[route(operation).loan.asset()];
    back.checked_sub(out).unwrap()
}

/// A transaction of the wallet in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mined {
    block: u64,
    to: Option<Address>,
    hash: B256,
    success: bool,
}

/// Every transaction of the wallet in the blocks after `block`.
async fn mined(scene: &Scene, block: u64) -> Vec<Mined> {
    let (chain, wallet) = (scene.chain(BASE), json!(scene.rig.devnet.wallet()));
    let mut found = Vec::new();
    for number in block + 1..=chain.latest().await.unwrap() {
        let full = json!([format!("0x{number:x}"), true]);
        let page: Value = chain.rpc().call("eth_getBlockByNumber", full).await.unwrap();
        for transaction in page["transactions"].as_array().unwrap() {
            if transaction["from"] != wallet {
                continue;
            }
            let hash: B256 = serde_json::from_value(transaction["hash"].clone()).unwrap();
            let receipt = chain.receipt(hash, PATIENCE).await.unwrap();
            let to = serde_json::from_value(transaction["to"].clone()).unwrap();
            found.push(Mined { block: number, to, hash, success: receipt["status"] == "0x1" });
        }
    }
    found
}

/// The block a third party's trade is in.
async fn block_of(chain: &Chain, trade: B256) -> u64 {
    let receipt = chain.receipt(trade, PATIENCE).await.unwrap();
    let number: U256 = serde_json::from_value(receipt["blockNumber"].clone()).unwrap();
    number.to()
}

/// Waits until a transaction of the wallet waits for a block.
async fn waiting(scene: &Scene) -> B256 {
    let wallet = scene.rig.devnet.wallet();
    scene
        .until("a waiting route", || async {
            let waiting = scene.chain(BASE).waiting().await.unwrap();
            waiting.into_iter().find(|one| one.from == wallet).map(|one| one.hash)
        })
        .await
}

/// Waits for the first operation to fail, and returns it.
async fn failed(scene: &Scene) -> Operation {
    scene.reaches(OperationState::Failed).await;
    let first = scene.operations().await.remove(0);
    assert_eq!(first.state, OperationState::Failed, "{first:#?}");
    first
}

/// The operation came to nothing on the chain: one reverted transaction, paid for within the cap, and said so.
async fn assert_only_gas(scene: &Scene, failed: &Operation) -> Attempt {
    let reason = failed.reason.clone().unwrap_or_default();
    assert!(reason.contains("its prices were gone"), "{failed:#?}");
    let attempts = scene.attempts(failed).await;
    let [attempt] = attempts.as_slice() else { panic!("one transaction: {attempts:#?}") };
    assert_eq!((attempt.state, attempt.success), (AttemptState::Final, Some(false)), "{attempt:#?}");
    assert!(scene.journal().route_moved(&failed.id).await.unwrap().is_empty(), "nothing but gas moved");
    let gas = attempt.fee_usd.unwrap();
    assert!(gas > Usd::ZERO && gas < Usd::from_micros(50_000_000), "within `max_gas_usd`: {gas}");
    assert_eq!(failed.realised_cost, Some(gas), "the gas is the whole cost: {failed:#?}");
    attempt.clone()
}

/// Waits for a decision of the kind that `is_it` tells.
async fn decided(scene: &Scene, what: &str, is_it: impl Fn(&Outcome) -> bool) -> StoredDecision {
    scene
        .until(what, || async {
            let decisions = scene.journal().decisions(200).await.unwrap();
            decisions.into_iter().find(|one| is_it(&one.record.outcome))
        })
        .await
}

async fn blocks_come(scene: &Scene) {
    let every = Mining::Every(Duration::from_millis(250));
    scene.chain(BASE).set_mining(every).await.unwrap();
}
