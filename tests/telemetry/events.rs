//! An event counts what it says.

use alloy::primitives::Address;
use purser::domain::plan::{Certificate, Cost};
use purser::domain::{
    Amount, AssetId, BridgeStep, ChainName, DecisionRecord, Leg, Operation, OperationId, OperationState,
    Outcome, Plan, Speed, Step, Timestamp, Usd,
};
use purser::policy::{Denial, Rule, Verdict};
use purser::telemetry::{Metrics, events};

fn step() -> Step {
    let amount = |units| Amount::new(AssetId::new("USDC"), 6, units);
    Step::Bridge(BridgeStep {
        from: ChainName::new("ethereum"),
        to: ChainName::new("base"),
        amount: amount(1_000_000),
        speed: Speed::Fast,
        max_fee: amount(100),
        recipient: Address::repeat_byte(1).into(),
        cost: Cost::default(),
    })
}

fn plan() -> Plan {
    let moment = Timestamp::from_millis(0);
    let certificate = Certificate { value: Usd::ZERO, bound: Usd::ZERO };
    Plan { decided_at: moment, expires_at: moment, steps: vec![step()], certificate }
}

fn operation() -> Operation {
    let moment = Timestamp::from_millis(0);
    Operation {
        id: OperationId::new("op"),
        plan: plan().hash().unwrap(),
        step: step(),
        state: OperationState::Minting,
        leg: Leg::Mint,
        reason: None,
        expires_at: moment,
        created_at: moment,
        updated_at: moment,
        quoted_cost: Usd::ZERO,
        realised_cost: None,
    }
}

#[test]
fn decisions_are_counted_by_outcome() {
    let metrics = Metrics::new().unwrap();
    let hash = plan().hash().unwrap();
    let outcomes = [
        ("nothing", Outcome::Nothing { reason: "in its bands".to_owned() }),
        ("refused", Outcome::Refused { reason: "no price".to_owned() }),
        ("previewed", Outcome::Previewed { plan: hash.clone() }),
        ("accepted", Outcome::Accepted { plan: hash }),
    ];
    for (word, outcome) in outcomes {
        let record = DecisionRecord {
            at: Timestamp::from_millis(0),
            asked: None,
            blocks: Vec::new(),
            deviations: Vec::new(),
            outcome,
            certificate: None,
            shadow_prices: Vec::new(),
            quotes: Vec::new(),
            alternatives: Vec::new(),
            policy: Vec::new(),
        };
        events::decided(&metrics, &record);
        assert_eq!(metrics.decisions.with_label_values(&[word]).get(), 1, "{word}");
    }
}

#[test]
fn every_denial_is_counted_under_its_rule() {
    let metrics = Metrics::new().unwrap();
    events::judged(&metrics, "a step", &Verdict::Allow);
    assert_eq!(metrics.policy_decisions.with_label_values(&["all", "allow"]).get(), 1);
    for rule in Rule::ALL {
        let denial = Denial { rule, reason: "because".to_owned() };
        events::judged(&metrics, "a step", &Verdict::Deny(denial));
        assert_eq!(metrics.policy_decisions.with_label_values(&[rule.as_str(), "deny"]).get(), 1, "{rule}");
    }
}

#[test]
fn only_ends_count_as_ended_operations() {
    for state in OperationState::ALL {
        let metrics = Metrics::new().unwrap();
        events::moved(&metrics, &operation(), state, Leg::Mint, None);
        let counted = metrics.operations.with_label_values(&["bridge", state.as_str()]).get();
        assert_eq!(counted, u64::from(state.is_end()), "{state}");
    }
}

#[test]
fn transactions_replacements_and_reorgs_are_counted_on_their_chain() {
    let metrics = Metrics::new().unwrap();
    let (operation, base) = (operation(), ChainName::new("base"));
    events::broadcast(&metrics, &operation, &base, Leg::Mint, "0x01", "accepted");
    events::replaced(&metrics, &operation, &base, "0x02");
    events::reorged(&metrics, &operation, &base, Leg::Mint);
    events::waiting(&operation, "for the attestation");
    for family in [&metrics.submissions, &metrics.replacements, &metrics.reorgs] {
        assert_eq!(family.with_label_values(&["base"]).get(), 1);
        assert_eq!(family.with_label_values(&["ethereum"]).get(), 0);
    }
}

#[test]
fn a_log_filter_that_cannot_be_read_is_told_with_an_example() {
    let config = purser::config::LogConfig { level: "purser=loud".to_owned(), ..Default::default() };
    let told = purser::telemetry::logging::init(&config).unwrap_err().to_string();
    assert!(told.contains("`purser=loud`") && told.contains("purser=debug,info"), "{told}");
}
