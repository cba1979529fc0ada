//! What belongs to a trade, by the journal.

use std::collections::BTreeMap;

use purser::domain::plan::Certificate;
use purser::domain::{
    AssetId, ChainName, Moved, OperationId, OperationState, Plan, PlanHash, Position, Step, SwapStep, Trade,
    TradeRole, Usd,
};
use purser::journal::{Cause, Entry, Journal};

use crate::journal::support::{Bench, at, base, position, swap, usd};

fn with(role: Option<TradeRole>) -> Step {
    match swap(1_000) {
        Step::Swap(step) => Step::Swap(SwapStep { trade: role, ..step }),
        Step::Bridge(_) | Step::Route(_) => unreachable!("a swap"),
    }
}

async fn accept(journal: &Journal, salt: i64, roles: &[Option<TradeRole>]) -> (PlanHash, Vec<OperationId>) {
    let plan = Plan {
        decided_at: at(salt),
        expires_at: at(salt + 1_000),
        steps: roles.iter().cloned().map(with).collect(),
        certificate: Certificate { value: Usd::ZERO, bound: Usd::ZERO },
    };
    let values = vec![usd(1); roles.len()];
    let accepted = journal.accept_plan(&plan, &values, at(salt)).await.unwrap();
    (plan.hash().unwrap(), accepted.into_iter().map(|one| one.id).collect())
}

async fn book(journal: &Journal, id: &OperationId, cause: Cause, asset: &str, units: u128) {
    let entry = Entry::of(id, None, cause, position(&base(), asset), units);
    journal.add_entries(&[entry], at(5)).await.unwrap();
}

async fn fail(journal: &Journal, id: &OperationId) {
    journal.fail(id, OperationState::Planned, "test", usd(0), &[], at(6)).await.unwrap();
}

#[tokio::test]
async fn legs_and_what_unwinds_them_are_one_trade() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    for asset in ["USDC", "USDT"] {
        journal.open_position(&position(&base(), asset), 5_000, at(0)).await.unwrap();
    }
    let leg = |after: &[u32]| Some(TradeRole::Leg { after: after.to_vec() });
    let (plan, legs) = accept(&journal, 1, &[leg(&[]), leg(&[0])]).await;
    let (_, others) = accept(&journal, 2, &[None]).await;
    book(&journal, &legs[0], Cause::SwapIn, "USDC", 400).await;
    book(&journal, &legs[0], Cause::SwapOut, "USDT", 390).await;
    book(&journal, &others[0], Cause::SwapIn, "USDC", 77).await;
    let moved = |usdc: Moved, usdt: Moved| {
        BTreeMap::from([(position(&base(), "USDC"), usdc), (position(&base(), "USDT"), usdt)])
    };
    let first = moved(Moved { sold: 400, bought: 0 }, Moved { sold: 0, bought: 390 });
    let expected = |is_open, moved| vec![Trade { plan: plan.clone(), is_open, moved }];
    assert_eq!(journal.trades(at(0)).await.unwrap(), expected(true, first.clone()));
    fail(&journal, &legs[0]).await;
    assert_eq!(journal.trades(at(0)).await.unwrap(), expected(true, first.clone()), "one leg has not ended");
    fail(&journal, &legs[1]).await;
    assert_eq!(journal.trades(at(0)).await.unwrap(), expected(false, first));
    let (_, unwinds) = accept(&journal, 3, &[Some(TradeRole::Unwind { of: plan.clone() })]).await;
    book(&journal, &unwinds[0], Cause::SwapIn, "USDT", 390).await;
    book(&journal, &unwinds[0], Cause::SwapOut, "USDC", 395).await;
    let both = moved(Moved { sold: 400, bought: 395 }, Moved { sold: 390, bought: 390 });
    assert_eq!(journal.trades(at(0)).await.unwrap(), expected(true, both));
    assert_eq!(journal.trades(at(2)).await.unwrap(), [], "the plan is older, and so all of it is");
}

#[test]
fn what_is_left_counts_in_the_finest_decimals() {
    let at = |chain: &str, sold, bought| {
        let position = Position::new(ChainName::new(chain), AssetId::new("USDT"));
        (position, Moved { sold, bought })
    };
    let moved = BTreeMap::from([at("base", 0, 2_000_000), at("bsc", 1_999_999_999_999_999_999, 0)]);
    let (snapshot, goal) = super::world::gap(40_000);
    let plan = purser::strategies::cross_chain::decide(&snapshot, &goal).plan.unwrap().hash().unwrap();
    let trade = Trade { plan, is_open: false, moved };
    let decimals = |chain: &ChainName| match chain.as_str() {
        "base" => Some(6),
        "bsc" => Some(18),
        _ => None,
    };
    let left = trade.left(&AssetId::new("USDT"), decimals).unwrap();
    assert_eq!((left.is_long, left.units, left.decimals, left.is_dust), (true, 1, 18, true));
    assert_eq!(trade.left(&AssetId::new("USDT"), |_| None), None, "nothing is guessed");
    let left = trade.left(&AssetId::new("DAI"), decimals).unwrap();
    assert_eq!((left.units, left.is_dust), (0, true));
}
