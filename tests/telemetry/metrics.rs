//! A linter over every metric, and the page that explains them.

use std::collections::{BTreeMap, BTreeSet};

use purser::domain::{Amount, AssetId, Price, Timestamp, Usd};
use purser::telemetry::Metrics;
use purser::telemetry::metrics::{count_up_to, dollars, price, ratio, set, whole};

use crate::telemetry::exposition::{Family, parse};

/// Labels with few possible values. Anything unbounded (hashes, addresses, texts) is not here.
const LABELS: [&str; 15] = [
    "asset",
    "chain",
    "decision",
    "destination",
    "kind",
    "method",
    "mode",
    "outcome",
    "provider",
    "rule",
    "source",
    "state",
    "task",
    "venue",
    "version",
];

/// Endings and parts that are no base unit.
const FOREIGN_UNITS: [&str; 12] = [
    "_ms",
    "_millis",
    "_micros",
    "_minutes",
    "_hours",
    "_days",
    "_percent",
    "_percentage",
    "_bps",
    "_ppm",
    "_gwei",
    "_cents",
];

/// Everything once, so that every family shows.
fn touched() -> BTreeMap<String, Family> {
    let m = Metrics::new().unwrap();
    m.mode.with_label_values(&["live"]).set(1);
    m.halted.set(0);
    m.succeeded("scan", Timestamp::from_millis(1_999));
    for family in [&m.head_block, &m.finalized_block, &m.head_age] {
        family.with_label_values(&["base"]).set(1);
    }
    count_up_to(&m.rpc_requests, &["base", "node", "eth_call", "ok"], 3);
    for family in [&m.balance_units, &m.balance_usd, &m.in_flight_usd, &m.ledger_imbalance, &m.deviation] {
        set(family, &["base", "USDC"], 1.0);
    }
    set(&m.gas_balance, &["base"], 1.0);
    m.operations.with_label_values(&["bridge", "settled"]).inc();
    for family in [&m.operations_open, &m.operation_oldest_age] {
        family.with_label_values(&["bridge", "signed"]).set(1);
    }
    for family in [&m.submissions, &m.replacements, &m.reorgs] {
        family.with_label_values(&["base"]).inc();
    }
    m.gas_usd.with_label_values(&["base"]).inc_by(0.25);
    for family in [&m.price_usable, &m.price_age] {
        family.with_label_values(&["USDC"]).set(1);
    }
    set(&m.price_usd, &["USDC"], 1.0);
    m.tick_duration.observe(0.2);
    m.solver_duration.observe(0.1);
    m.decisions.with_label_values(&["nothing"]).inc();
    m.policy_decisions.with_label_values(&["all", "allow"]).inc();
    m.reattestations.with_label_values(&["base", "ethereum"]).inc();
    m.quotes.with_label_values(&["1inch", "base", "ok"]).inc();
    set(&m.quote_haircut, &["1inch"], 0.0);
    m.arbitrage_blocks.with_label_values(&["base", "nothing"]).inc();
    set(&m.arbitrage_bound, &["base"], 1.5);
    m.arbitrage_profit.with_label_values(&["base"]).inc_by(0.25);
    m.cross_chain_decisions.with_label_values(&["nothing"]).inc();
    set(&m.cross_chain_exposure, &["WETH"], -2.5);
    m.cross_chain_result.with_label_values(&["profit"]).inc_by(0.5);
    m.pools.with_label_values(&["base", "known"]).set(2);
    for outcome in ["written", "dropped"] {
        m.recorded_blocks.with_label_values(&["base", outcome]).inc();
    }
    m.pools_usable.with_label_values(&["base"]).set(1);
    for family in [&m.pool_snapshots, &m.pool_blocks_taken_back, &m.pool_mismatches] {
        family.with_label_values(&["base"]).inc();
    }
    parse(&m.render().unwrap())
}

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Names between quotes in the one file that declares metrics.
fn declared() -> Vec<String> {
    let source = file("src/telemetry/metrics.rs");
    let mut names: Vec<_> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with("purser_"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

#[test]
fn every_declared_metric_is_rendered_and_linted() {
    let rendered: Vec<_> = touched().into_keys().collect();
    assert_eq!(rendered, declared());
    assert!(rendered.len() > 25);
}

#[test]
fn names_follow_the_conventions() {
    for (name, family) in touched() {
        assert!(name.starts_with("purser_"), "{name}");
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{name}");
        assert_eq!(name.ends_with("_total"), family.kind == "counter", "{name} is a {}", family.kind);
        for unit in FOREIGN_UNITS {
            assert!(!name.ends_with(unit) && !name.contains(&format!("{unit}_")), "{name}: {unit}");
        }
        for (word, ending) in [("age", "_seconds"), ("duration", "_seconds"), ("timestamp", "_seconds")] {
            let is_about = name.split('_').any(|part| part == word);
            assert!(!is_about || name.ends_with(ending), "{name} must end in {ending}");
        }
        for ending in ["_count", "_sum", "_bucket"] {
            assert!(!name.ends_with(ending), "{name}: {ending} belongs to histograms' own series");
        }
    }
}

#[test]
fn every_metric_has_help_and_only_bounded_labels() {
    for (name, family) in touched() {
        assert!(family.help.len() > 10 && family.help.ends_with('.'), "{name}: {:?}", family.help);
        for label in &family.labels {
            assert!(LABELS.contains(&label.as_str()), "{name}: label {label}");
        }
    }
}

/// `name → (type, labels)` of the rows of the page.
fn documented() -> Vec<(String, String, BTreeSet<String>)> {
    let page = file("docs/metrics.md");
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| `purser_")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        let labels = match cells[2] {
            "none" => BTreeSet::new(),
            list => list.split(", ").map(|label| label.trim_matches('`').to_owned()).collect(),
        };
        for text in [cells[3], cells[4]] {
            assert!(text.len() > 10 && text.ends_with('.'), "{line}");
        }
        rows.push((cells[0].trim_matches('`').to_owned(), cells[1].to_owned(), labels));
    }
    rows
}

#[test]
fn the_page_lists_every_metric_once_with_its_type_and_labels() {
    let mut documented = documented();
    documented.sort();
    let rendered: Vec<_> =
        touched().into_iter().map(|(name, family)| (name, family.kind, family.labels)).collect();
    assert_eq!(documented, rendered);
}

#[test]
fn the_page_mentions_no_metric_or_setting_that_does_not_exist() {
    let page = file("docs/metrics.md");
    let names = declared();
    let quoted = page.split('`').skip(1).step_by(2);
    for word in quoted {
        if word.starts_with("purser_") {
            assert!(names.iter().any(|name| name == word), "{word}");
        }
        for (section, source) in [("policy.", "src/config/policy.rs"), ("prices.", "src/config/prices.rs")] {
            if let Some(setting) = word.strip_prefix(section) {
                assert!(file(source).contains(&format!("pub {setting}:")), "{word}");
            }
        }
    }
}

#[test]
fn a_counter_follows_a_growing_count_and_never_goes_back() {
    let metrics = Metrics::new().unwrap();
    let labels = ["base", "node", "eth_call", "ok"];
    let read = || metrics.rpc_requests.with_label_values(&labels).get();
    for (total, shown) in [(3, 3), (3, 3), (10, 10), (4, 10), (12, 12), (u64::MAX, u64::MAX)] {
        count_up_to(&metrics.rpc_requests, &labels, total);
        assert_eq!(read(), shown);
    }
}

#[test]
fn values_are_turned_into_base_units() {
    assert_eq!(dollars(Usd::from_micros(-1_500_000)), -1.5);
    assert_eq!(whole(&Amount::new(AssetId::new("ETH"), 18, 2_500_000_000_000_000_000)), 2.5);
    assert_eq!(ratio(-250_000), -0.25);
    assert_eq!(price(Price::parse("0.9998").unwrap()), 0.9998);
    let metrics = Metrics::new().unwrap();
    metrics.succeeded("scan", Timestamp::from_millis(1_999));
    let shown = parse(&metrics.render().unwrap());
    let success = &shown["purser_task_last_success_timestamp_seconds"].samples;
    assert_eq!(success["task=\"scan\""], 1.0);
}

#[test]
fn two_registries_do_not_share_values() {
    let (one, other) = (Metrics::new().unwrap(), Metrics::new().unwrap());
    one.decisions.with_label_values(&["nothing"]).inc();
    assert_eq!(other.decisions.with_label_values(&["nothing"]).get(), 0);
    let shared = one.clone();
    shared.decisions.with_label_values(&["nothing"]).inc();
    assert_eq!(one.decisions.with_label_values(&["nothing"]).get(), 2);
}
