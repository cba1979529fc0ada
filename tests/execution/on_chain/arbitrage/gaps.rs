//! Gaps at each kind of pool, and at all of them at once: closed in the next block by one transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use alloy::primitives::{B256, U256};
use devnet::{Chain, Mining, Place};
use purser::domain::pool::PoolKey;

use super::{BASE, FORK, HOLDING, Scene, V2, V3, V4};
use super::{balance, block_of, booked, dollars, mined, open, push, ready, route, sale};
use crate::support::Setup;

/// Seconds between blocks: enough to decide, sign and send on a busy machine.
const BLOCK: f64 = 3.0;

/// A route is good for the next block only.
fn next_block(lines: &str) -> Setup {
    let mut setup = Setup { block_time: Some(BLOCK), slots_in_an_epoch: 1, ..super::setup(lines) };
    setup.choices.schedule = "0 0 0 1 1 *".to_owned();
    setup
}

/// The gap that a trade opened is closed in the next block, by one transaction, as planned to the unit.
async fn closed_at_once(scene: &Scene, trade: B256) -> Vec<PoolKey> {
    let opened = block_of(scene.chain(BASE), trade).await;
    let settled = scene.settled(1).await.remove(0);
    let step = route(&settled);
    assert_eq!((step.block, step.last_block), (opened, opened + 1), "decided at once: {settled:#?}");
    let ours = mined(scene, opened).await;
    let [only] = ours.as_slice() else { panic!("one transaction closes it: {ours:#?}") };
    assert_eq!((only.block, only.to, only.success), (opened + 1, Some(step.contract), true));
    let profit = step.profit.units();
    assert_eq!(booked(scene, &settled).await, profit, "as planned to the unit: {settled:#?}");
    assert_eq!(balance(scene).await, dollars(HOLDING) + U256::from(profit), "on the chain too");
    assert_eq!(scene.operations().await.len(), 1, "nothing is left to close");
    scene.rig.assert_conserved();
    step.pools().collect()
}

fn key(chain: &Chain, pool: usize) -> PoolKey {
    let market = &chain.arbitrage().unwrap().pools[pool];
    market.id.map_or(PoolKey::Contract(market.address), |id| PoolKey::Managed { manager: market.address, id })
}

async fn pushed((pool, usdc): (usize, u64)) {
    let scene = Scene::start(next_block("public = true")).await;
    ready(&scene).await;
    let trade = push(scene.chain(BASE), pool, usdc).await;
    let pools = closed_at_once(&scene, trade.tx_hash).await;
    assert!(pools.contains(&key(scene.chain(BASE), pool)), "{pools:?}");
}

super::super::cases! { pushed;
    a_gap_at_v2: (V2, 20_000),
    a_gap_at_a_fork_of_v2: (FORK, 20_000),
    a_gap_at_v3: (V3, 400_000),
    a_gap_at_v4: (V4, 100_000),
}

/// Three pools, one of each kind, pushed up and down in the same block: one route closes all three gaps.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn gaps_at_v2_v3_and_v4_in_one_block() {
    let scene = Scene::start(next_block("public = true")).await;
    ready(&scene).await;
    let chain = scene.chain(BASE);
    chain.set_mining(Mining::Manual).await.unwrap();
    let ether = U256::from(10_u64).pow(U256::from(18_u64));
    // Enough, and not so much that gas looks dear after it.
    let fee = Place::Fee(100_000_000);
    let mut trades = Vec::new();
    for trade in [
        sale(chain, V2, true, dollars(20_000)),
        sale(chain, V3, false, U256::from(70) * ether),
        sale(chain, V4, true, dollars(60_000)),
    ] {
        trades.push(chain.queue_trade(trade, fee).await.unwrap());
    }
    chain.mine(1).await.unwrap();
    // Whatever waits for it is in the next block.
    super::waiting(&scene).await;
    chain.mine(1).await.unwrap();
    chain.set_mining(Mining::Every(Duration::from_secs_f64(BLOCK))).await.unwrap();
    let mut blocks = BTreeSet::new();
    for trade in &trades {
        blocks.insert(block_of(chain, *trade).await);
    }
    assert_eq!(blocks.len(), 1, "all in one block");
    let pools = closed_at_once(&scene, trades[0]).await;
    for pool in [V2, V3, V4] {
        assert!(pools.contains(&key(chain, pool)), "{pool} of {pools:?}");
    }
}

/// Lent by the wallet: an exact approval first, and nothing may be taken afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_gap_is_closed_from_inventory() {
    let mut setup = open(20);
    setup.arbitrage = vec![(BASE, "funding = \"inventory\"\npublic = true\nblocks = 20".to_owned())];
    let scene = Scene::start(setup).await;
    ready(&scene).await;
    push(scene.chain(BASE), FORK, 20_000).await;
    let settled = scene.settled(1).await.remove(0);
    let step = route(&settled);
    assert_eq!(booked(&scene, &settled).await, step.profit.units(), "{settled:#?}");
    let owner = scene.rig.devnet.wallet();
    let call = devnet::abi::IToken::allowanceCall { owner, spender: step.contract };
    let usdc = scene.chain(BASE).info().usdc;
    assert_eq!(scene.chain(BASE).read(usdc, &call).await.unwrap(), U256::ZERO);
    scene.rig.assert_conserved();
}
