//! A gap between two chains: bought on one, sold on the other, to the unit; and what happens when a leg does not come.

use std::time::Duration;

use alloy::primitives::{Address, U256};
use devnet::chain::Traded;
use devnet::{Asset, Chain, Mining, PoolRef, Trade};
use purser::domain::{Leg, Operation, OperationState, Outcome, Step, SwapStep, TradeRole};
use purser::journal::Attempt;

use super::scene::Scene;
use crate::support::{Rig, Setup};

const BASE: &str = "base";
const ARBITRUM: &str = "arbitrum";
/// Dollars and WETH on either chain.
const DOLLARS: u64 = 100_000;
const WETH: u64 = 30;
/// Dollars that open a gap which one trade closes.
const PUSH: u64 = 80_000;

fn setup(lines: &str) -> Setup {
    let holdings = [BASE, ARBITRUM].map(|chain| (chain, Asset::Usdc, DOLLARS)).to_vec();
    let mut setup = Setup::with(holdings, vec![(BASE, "USDC", 50), (ARBITRUM, "USDC", 50)]);
    // What moves is arbitrage alone.
    setup.choices.rebalance = "trigger = 90".to_owned();
    setup.choices.cross_chain = Some((vec![BASE.to_owned(), ARBITRUM.to_owned()], lines.to_owned()));
    setup.is_traded = true;
    setup
}

/// The daemon with WETH on either chain, its books open, looking at the gaps.
async fn start(lines: &str) -> Scene {
    on(setup(lines)).await
}

async fn on(setup: Setup) -> Scene {
    let rig = Rig::new(setup).await;
    for chain in [BASE, ARBITRUM] {
        rig.devnet.chain(chain).mint(Asset::Weth, rig.devnet.wallet(), units(WETH, 18)).await.unwrap();
    }
    let scene = Scene::on(rig).await;
    scene.logged("arbitrage between chains follows").await;
    let is_open = || async { (scene.journal().ledger().await.unwrap().positions.len() >= 6).then_some(()) };
    scene.until("open books", is_open).await;
    scene
}

/// The pool of WETH that is configured on a chain.
fn pool(chain: &Chain) -> (Address, bool) {
    let info = chain.info();
    let is_meant = |tokens: [Address; 2]| tokens.contains(&info.weth) && tokens.contains(&info.usdc);
    let pool = info.pools.iter().find(|pool| is_meant([pool.token0, pool.token1])).unwrap();
    (pool.address, pool.token0 == info.usdc)
}

/// A third party buys WETH for so many dollars.
async fn push(chain: &Chain, whole: u64) -> Traded {
    let (pool, zero_for_one) = pool(chain);
    let amount = U256::from(whole) * U256::from(1_000_000);
    chain.trade(Trade { pool: PoolRef::Address(pool), zero_for_one, amount }).await.unwrap()
}

fn swap(operation: &Operation) -> &SwapStep {
    match &operation.step {
        Step::Swap(step) => step,
        Step::Bridge(_) | Step::Route(_) => panic!("not a leg: {operation:#?}"),
    }
}

async fn held(scene: &Scene, asset: Asset) -> U256 {
    let wallet = scene.rig.devnet.wallet();
    let on = |chain| async move { scene.chain(chain).balance_of(asset, wallet).await.unwrap() };
    on(BASE).await + on(ARBITRUM).await
}

fn units(whole: u64, decimals: u64) -> U256 {
    U256::from(whole) * U256::from(10_u64).pow(U256::from(decimals))
}

/// The swap of an operation that succeeded.
async fn swapped(scene: &Scene, operation: &Operation) -> Attempt {
    let attempts = scene.attempts(operation).await;
    attempts.into_iter().find(|one| one.leg == Leg::Swap && one.success == Some(true)).unwrap()
}

/// Both legs as planned to the unit: as much WETH as before, and the profit in dollars.
async fn assert_closed(scene: &Scene, legs: &[Operation]) {
    let [first, second] = legs else { panic!("two legs: {legs:#?}") };
    let (sale, purchase) = (swap(first), swap(second));
    assert_eq!((sale.chain.as_str(), purchase.chain.as_str()), (ARBITRUM, BASE));
    assert_eq!(sale.trade, Some(TradeRole::Leg { after: Vec::new() }));
    assert_eq!(purchase.trade, Some(TradeRole::Leg { after: vec![0] }), "it loses by itself");
    assert_eq!(sale.amount_in, purchase.quoted_out, "as much is bought as sold");
    for leg in legs {
        let out = scene.journal().swapped_out(&leg.id).await.unwrap();
        assert_eq!(out, Some(swap(leg).quoted_out.units()), "as planned to the unit: {leg:#?}");
    }
    let profit = sale.quoted_out.units().checked_sub(purchase.amount_in.units()).unwrap();
    assert!(profit > 5_000_000, "{profit}");
    assert_eq!(held(scene, Asset::Usdc).await, units(2 * DOLLARS, 6) + U256::from(profit));
    assert_eq!(held(scene, Asset::Weth).await, units(2 * WETH, 18));
    scene.rig.assert_conserved();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_gap_between_two_chains_is_closed_on_both() {
    let scene = start("").await;
    push(scene.chain(ARBITRUM), PUSH).await;
    let legs = scene.settled(2).await;
    assert_closed(&scene, &legs).await;
    let (first, second) = (swapped(&scene, &legs[0]).await, swapped(&scene, &legs[1]).await);
    assert!(first.created_at < second.created_at, "what pays for it goes first");
    let costs: i128 = legs.iter().map(|leg| leg.realised_cost.unwrap().micros()).sum();
    assert!(costs < 0, "the trade's cost is its profit, less gas: {costs}");
    assert!(scene.rig.log().contains("\"outcome\":\"profit\""), "the result is counted");
    // What is left of the gap pays for no further leg.
    let record = scene.accepted().await;
    assert!(matches!(record.outcome, Outcome::Accepted { .. }));
    assert!(record.alternatives.iter().any(|one| one.route.contains("arbitrum→base")), "{record:#?}");
    assert_eq!(scene.operations().await.len(), 2);
}

/// What a trade took of the dollars on one chain comes back from the other one by CCTP, as the targets say.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_rebalance_brings_back_what_a_trade_moved() {
    let mut setup = setup("");
    setup.choices.rebalance = "trigger = 5".to_owned();
    let scene = on(setup).await;
    push(scene.chain(ARBITRUM), PUSH).await;
    let operations = scene.settled(3).await;
    let Step::Bridge(back) = &operations[2].step else { panic!("a transfer: {operations:#?}") };
    assert_eq!((back.from.as_str(), back.to.as_str()), (ARBITRUM, BASE));
    assert_eq!(operations.iter().filter(|one| one.step.trade().is_some()).count(), 2, "{operations:#?}");
    assert_eq!(held(&scene, Asset::Weth).await, units(2 * WETH, 18));
    scene.rig.assert_conserved();
}

/// Killed while the second leg waits for its chain: it is carried on, and nothing is done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_between_the_legs_loses_neither() {
    let mut scene = start("").await;
    scene.chain(BASE).set_mining(Mining::Manual).await.unwrap();
    push(scene.chain(ARBITRUM), PUSH).await;
    scene.reaches(OperationState::Settled).await;
    scene.rig.kill();
    assert_eq!(scene.operations().await.len(), 2);
    scene.rig.start();
    scene.chain(BASE).set_mining(Mining::Every(Duration::from_millis(250))).await.unwrap();
    let legs = scene.settled(2).await;
    assert_closed(&scene, &legs).await;
    assert_eq!(scene.moves().await.swaps, 3, "the third party's and one on each chain");
}

/// The price runs away before the second leg: it is not done, and what the first one left is closed where that loses
/// least. Nothing is left open but what slippage leaves of any trade.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_leg_that_does_not_come_is_unwound() {
    let scene = start("max_unwind_loss = 5").await;
    let base = scene.chain(BASE);
    base.set_mining(Mining::Manual).await.unwrap();
    push(scene.chain(ARBITRUM), PUSH).await;
    let leader = scene.reaches(OperationState::Settled).await;
    assert_eq!(swap(&leader).chain.as_str(), ARBITRUM);
    push(base, 150_000).await;
    base.set_mining(Mining::Every(Duration::from_millis(250))).await.unwrap();
    let operations = scene.ended(3).await;
    let states: Vec<_> = operations.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [OperationState::Settled, OperationState::Failed, OperationState::Settled],
        "{operations:#?}"
    );
    let [first, failed, unwound] = operations.as_slice() else { panic!("{operations:#?}") };
    assert!(failed.reason.as_deref().unwrap_or_default().contains("would fail"), "{failed:#?}");
    assert_eq!(swap(unwound).trade, Some(TradeRole::Unwind { of: first.plan.clone() }));
    let sold = swap(first).amount_in.units();
    assert!(swap(unwound).quoted_out.units() >= sold, "all of it is bought back");
    let (weth, before) = (held(&scene, Asset::Weth).await, units(2 * WETH, 18));
    assert!(weth.abs_diff(before) <= U256::from(sold / 100), "{weth} of {before}");
    assert!(scene.rig.log().contains("arbitrage between chains: "), "it is said what the trade came to");
    scene.rig.assert_conserved();
}

/// The price goes back before the leg that pays for the other one is sent: neither is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_what_pays_for_it_fails_the_other_leg_is_not_done() {
    let scene = start("").await;
    let arbitrum = scene.chain(ARBITRUM);
    arbitrum.set_mining(Mining::Manual).await.unwrap();
    let bought = push(arbitrum, PUSH).await.amount_out;
    let wallet = scene.rig.devnet.wallet();
    let waits =
        || async { arbitrum.waiting().await.unwrap().iter().any(|one| one.from == wallet).then_some(()) };
    scene.until("the approval of the first leg", waits).await;
    let (pool, of_dollars) = pool(arbitrum);
    let back = Trade { pool: PoolRef::Address(pool), zero_for_one: !of_dollars, amount: bought };
    arbitrum.trade(back).await.unwrap();
    arbitrum.set_mining(Mining::Every(Duration::from_millis(250))).await.unwrap();
    let legs = scene.ended(2).await;
    let [first, second] = legs.as_slice() else { panic!("two legs: {legs:#?}") };
    assert_eq!([first.state, second.state], [OperationState::Failed; 2], "{legs:#?}");
    assert!(first.reason.as_deref().unwrap_or_default().contains("would fail"), "{first:#?}");
    let reason = format!("operation {}, which pays for it, failed", first.id);
    assert!(second.reason.as_deref().unwrap_or_default().contains(&reason), "{second:#?}");
    assert_eq!(scene.attempts(second).await, [], "nothing of it was signed");
    assert_eq!(held(&scene, Asset::Usdc).await, units(2 * DOLLARS, 6));
    assert_eq!(held(&scene, Asset::Weth).await, units(2 * WETH, 18));
    scene.rig.assert_conserved();
}
