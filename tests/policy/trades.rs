//! Legs of arbitrage between chains: judged as swaps, and within what is configured for trades.

use std::collections::BTreeSet;

use purser::domain::{AssetId, PlanHash, Spent, Step, SwapStep, TradeRole, Usd};
use purser::policy::{Rule, Rules, TradeRules, Verdict, judge_step};

use super::world::{ONE_MICRO, amount, chain, dollars, rules, swap};

const MOST: i128 = 1_600;

fn trading() -> Rules {
    let trades = TradeRules {
        base: AssetId::new("USDC"),
        assets: BTreeSet::from([AssetId::new("USDT")]),
        chains: BTreeSet::from([chain("alpha")]),
        max_exposure: dollars(MOST),
    };
    Rules { trades: Some(trades), ..rules() }
}

fn roles() -> [TradeRole; 3] {
    let plan: PlanHash = serde_json::from_str("\"0xab\"").unwrap();
    [
        TradeRole::Leg { after: Vec::new() },
        TradeRole::Leg { after: vec![0, 1] },
        TradeRole::Unwind { of: plan },
    ]
}

fn judge(rules: &Rules, step: SwapStep, value: Usd) -> Option<Rule> {
    match judge_step(rules, &Step::Swap(step), value, Spent::default()) {
        Verdict::Allow => None,
        Verdict::Deny(denial) => Some(denial.rule),
    }
}

#[test]
fn what_is_configured_is_allowed_and_nothing_besides() {
    for role in roles() {
        let leg = SwapStep { trade: Some(role), ..swap() };
        assert_eq!(judge(&trading(), leg.clone(), dollars(1_000)), None);
        assert_eq!(
            judge(&rules(), leg.clone(), dollars(1_000)),
            Some(Rule::Function),
            "nothing is configured"
        );
        // The other way round as well.
        let back = SwapStep {
            amount_in: leg.min_out.clone(),
            quoted_out: amount("USDT", 1_000_000),
            min_out: amount("USDT", 999_500),
            ..leg.clone()
        };
        assert_eq!(judge(&trading(), back, dollars(1_000)), None);
        let mut elsewhere = trading();
        elsewhere.trades.as_mut().unwrap().chains = BTreeSet::from([chain("beta")]);
        assert_eq!(judge(&elsewhere, leg.clone(), dollars(1_000)), Some(Rule::Chain));
        let mut other = trading();
        other.trades.as_mut().unwrap().assets = BTreeSet::from([AssetId::new("WETH")]);
        assert_eq!(judge(&other, leg.clone(), dollars(1_000)), Some(Rule::Token));
        other.trades.as_mut().unwrap().base = AssetId::new("DAI");
        other.trades.as_mut().unwrap().assets = BTreeSet::from([AssetId::new("USDC"), AssetId::new("USDT")]);
        assert_eq!(judge(&other, leg, dollars(1_000)), Some(Rule::Token), "neither end is the base asset");
    }
}

/// An eighth more than planned, since prices move while a leg waits.
#[test]
fn no_leg_is_worth_more_than_may_be_at_stake() {
    let most = dollars(MOST + MOST / 8);
    for role in roles() {
        let leg = SwapStep { trade: Some(role), ..swap() };
        assert_eq!(judge(&trading(), leg.clone(), most), None);
        assert_eq!(judge(&trading(), leg, most.saturating_add(ONE_MICRO)), Some(Rule::PerOperation));
    }
    assert_eq!(judge(&trading(), swap(), most.saturating_add(ONE_MICRO)), None, "an ordinary swap is no leg");
}
