//! Two or more chains with pools of one stablecoin against another, and a goal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use purser::domain::pool::{Pool, PoolState, V2State};
use purser::domain::snapshot::ChainView;
use purser::domain::{Outcome, Plan, Snapshot, Step, SwapStep, TradeRole, Usd};
use purser::network::{OpenRoutes, Terms};
use purser::strategies::Decision;
use purser::strategies::cross_chain::Goal;

use crate::solver::networks::{self, UNIT};

pub(super) fn dollars(whole: i128) -> Usd {
    Usd::from_micros(whole * 1_000_000)
}

/// Everything may be traded, within generous bounds.
pub(super) fn goal(chains: usize, assets: usize) -> Goal {
    Goal {
        base: networks::asset(0),
        assets: (1..assets).map(networks::asset).collect::<BTreeSet<_>>(),
        chains: (0..chains).map(networks::chain).collect(),
        max_exposure: dollars(50_000),
        min_profit: dollars(1),
        max_profit: dollars(5_000),
        risk_ppm: 0,
        unwind_ppm: 20_000,
        pegs: BTreeMap::new(),
        terms: Terms { pool_share_ppm: 1_000_000, ..networks::terms() },
        open: OpenRoutes::default(),
        trades: Vec::new(),
    }
}

pub(super) fn view(snapshot: &mut Snapshot, chain: usize) -> &mut ChainView {
    snapshot.chains.get_mut(&networks::chain(chain)).unwrap().as_mut().unwrap()
}

/// Sets what the wallet has of an asset on a chain, in whole units.
pub(super) fn hold(snapshot: &mut Snapshot, chain: usize, asset: usize, whole: u128) {
    let balance = view(snapshot, chain).balances.get_mut(&networks::asset(asset)).unwrap();
    balance.on_chain = networks::usd(whole * UNIT, asset);
}

/// The only pool of the second asset on a chain: a pair of a million on either side at about `ppm` above par.
pub(super) fn pair(snapshot: &mut Snapshot, chain: usize, ppm: u128) {
    let view = view(snapshot, chain);
    let known = view.pools.iter().find(|pool| matches!(pool.state, PoolState::V2(_))).unwrap();
    let reserves = [1_000_000 * UNIT + ppm * UNIT, 1_000_000 * UNIT];
    let state = PoolState::V2(V2State { reserves, fee: 3_000 });
    view.pools = vec![Arc::new(Pool { state, ..Pool::clone(known) })];
}

/// Two chains: the second asset is at par on the first, and `ppm` dearer on the other. Everything is held on both.
pub(super) fn gap(ppm: u128) -> (Snapshot, Goal) {
    let (mut snapshot, _) = networks::instance(2, 2, 1);
    for (chain, ppm) in [(0, 0), (1, ppm)] {
        pair(&mut snapshot, chain, ppm);
        hold(&mut snapshot, chain, 0, 100_000);
        hold(&mut snapshot, chain, 1, 100_000);
    }
    let mut price = |asset: usize| {
        let view = snapshot.prices.get_mut(&networks::asset(asset)).unwrap().as_mut().unwrap();
        view.price = purser::domain::Price::ONE_DOLLAR;
    };
    price(0);
    price(1);
    (snapshot, goal(2, 2))
}

pub(super) fn swaps(plan: &Plan) -> Vec<&SwapStep> {
    fn swap(step: &Step) -> &SwapStep {
        match step {
            Step::Swap(swap) => swap,
            Step::Bridge(_) | Step::Route(_) => panic!("legs are swaps: {step:?}"),
        }
    }
    plan.steps.iter().map(swap).collect()
}

/// The steps a leg waits for.
pub(super) fn after(step: &SwapStep) -> &[u32] {
    match &step.trade {
        Some(TradeRole::Leg { after }) => after,
        other => panic!("not a leg: {other:?}"),
    }
}

/// Why there is no plan.
pub(super) fn reason(decision: &Decision) -> &str {
    assert_eq!(decision.plan, None);
    match &decision.record.outcome {
        Outcome::Nothing { reason } | Outcome::Refused { reason } => reason,
        other => panic!("something was decided: {other:?}"),
    }
}
