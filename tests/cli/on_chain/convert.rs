//! `purser convert` beside a running daemon, and without one.

use std::path::PathBuf;

use alloy::primitives::U256;
use devnet::Asset;
use devnet::misbehave::RateLimit;
use purser::config::{Config, Mode};
use purser::cycle::Cycle;
use purser::domain::{Amount, AssetId, ChainName, Step, Usd, Venue};
use purser::journal::{Journal, JournalError};
use purser::run::House;
use purser::run::goal::goal;
use purser::run::rules::rules;
use purser::strategies::convert::Request;
use serde_json::Value;

use super::{answers, config_path, edit, ended, log_lines, sent, served};
use crate::support::{Rig, Setup};

/// What is sold in these tests: enough that the pools and 1inch together are cheaper than either.
const SOLD: u64 = 150_000;

/// USDT on Base that belongs where it is; after its first look the daemon does not look again by itself.
async fn rig() -> Rig {
    let setup = Setup::with(vec![("base", Asset::Usdt, SOLD)], vec![("base", "USDT", 100)]);
    let rig = Rig::new(setup.choose(|choices| {
        choices.oneinch = Some(String::new());
        choices.schedule = "0 0 0 1 1 *".to_owned();
    }))
    .await;
    rig.devnet.chain("base").set_oneinch_edge(100).await.unwrap();
    for source in ["coingecko", "kraken", "binance"] {
        rig.devnet.price(source).set_usd("USDT", 1.0002);
    }
    rig
}

fn sale() -> String {
    format!("{SOLD} USDT")
}

fn journal_path(rig: &Rig) -> PathBuf {
    rig.dir().join("journal.sqlite")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_split_that_is_accepted_is_carried_out_by_the_running_daemon() {
    let mut rig = rig().await;
    rig.start();
    let url = served(&rig).await;
    answers(&format!("{url}/readyz"), 200).await;
    let sell = sale();
    let arguments = ["convert", "--chain", "base", "--sell", &sell, "--for", "USDC"];

    let shown = ended(&rig, &arguments);
    assert_eq!(shown.code, 0, "{}", shown.all());
    for words in [
        "convert 150000 USDT to USDC on base",
        "quotes",
        "1inch base USDT→USDC",
        "uniswap-v3 base USDT→USDC",
        "uniswap-v2 base USDT→USDC",
        "taken for",
        "refused: ",
        "plan 0x",
        "gives at least",
        "certificate: worth",
        "policy: ",
        "alone for 150000 USDT it gives",
        "nothing was sent",
    ] {
        assert!(shown.out.contains(words), "`{words}` is missing in\n{}", shown.out);
    }
    assert_eq!((sent(&rig), rig.operations().len()), (0, 0), "it is only looked at");

    let accepted = rig.json(&[&arguments[..], &["--accept"]].concat());
    assert_eq!(accepted["daemon_runs"], true, "{accepted:#}");
    assert_eq!(accepted["decision"]["outcome"]["outcome"], "accepted", "{accepted:#}");
    let ids = accepted["operations"].as_array().unwrap();
    let settled = rig.all_ended().await;
    assert_eq!(settled.iter().map(|one| &one["id"]).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
    assert!(settled.iter().all(|one| one["state"] == "settled"), "{settled:#?}\n{}", rig.log());
    assert!(settled.len() > 1, "{accepted:#}");

    let journal = Journal::open_read_only(&journal_path(&rig)).await.unwrap();
    let operations = journal.operations(&purser::journal::OperationFilter::default()).await.unwrap();
    let (mut sold, mut bought, mut least) = (0, 0, 0);
    for operation in &operations {
        let Step::Swap(step) = &operation.step else { panic!("not a swap: {operation:#?}") };
        sold += step.amount_in.units();
        least += step.min_out.units();
        bought += journal.swapped_out(&operation.id).await.unwrap().unwrap();
    }
    let venue =
        |wanted| operations.iter().any(|one| matches!(&one.step, Step::Swap(step) if step.venue == wanted));
    assert!(venue(Venue::OneInch) && venue(Venue::UniswapV3), "{operations:#?}");
    assert_eq!(sold, u128::from(SOLD) * 1_000_000, "every unit is sold once");
    assert!(bought >= least);
    let record = journal.last_decision().await.unwrap().unwrap().record;
    assert_eq!(record.quotes.iter().filter(|quote| quote.verdict == "taken").count(), operations.len());
    journal.close().await;

    let (wallet, base) = (rig.devnet.wallet(), rig.devnet.chain("base"));
    assert_eq!(base.balance_of(Asset::Usdt, wallet).await.unwrap(), U256::ZERO);
    assert_eq!(base.balance_of(Asset::Usdc, wallet).await.unwrap(), U256::from(bought));
    let shown = ended(&rig, &["decisions", "show"]);
    assert!(shown.out.contains("asked for\n  convert 150000 USDT"), "{}", shown.out);
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    rig.assert_conserved();

    // There is nothing left to sell.
    let again = ended(&rig, &[&arguments[..], &["--accept"]].concat());
    assert_eq!(again.code, 3, "{}", again.all());
    assert!(again.out.contains("refused: 0 USDT can be spent on base"), "{}", again.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_daemon_it_is_accepted_and_waits() {
    let mut rig = rig().await;
    let accept = ["convert", "--chain", "base", "--sell", "1000 USDT", "--for", "USDC", "--accept"];

    assert_eq!(ended(&rig, &["halt", "--reason", "an audit"]).code, 0);
    let halted = ended(&rig, &accept);
    assert_eq!(halted.code, 3, "{}", halted.all());
    assert!(halted.out.contains("refused: halted: an audit"), "{}", halted.out);
    assert_eq!(ended(&rig, &["resume"]).code, 0);

    edit(&rig, "mode = \"live\"", "mode = \"dry-run\"");
    let dry = ended(&rig, &accept);
    assert_eq!(dry.code, 3, "{}", dry.all());
    assert!(dry.out.contains("refused: dry run"), "{}", dry.out);
    edit(&rig, "mode = \"dry-run\"", "mode = \"live\"");
    assert!(rig.operations().is_empty());

    let accepted = ended(&rig, &accept);
    assert_eq!(accepted.code, 0, "{}", accepted.all());
    assert!(accepted.out.contains("no daemon runs: start `purser run`"), "{}", accepted.out);
    let operations = rig.operations();
    assert!(!operations.is_empty() && operations.iter().all(|one| one["state"] == "planned"));
    assert!(accepted.out.contains(operations[0]["id"].as_str().unwrap()), "{}", accepted.out);

    rig.start();
    let settled = rig.all_ended().await;
    assert!(settled.iter().all(|one| one["state"] == "settled"), "{settled:#?}");
    assert_eq!(settled.len(), operations.len());
    let url = served(&rig).await;
    answers(&format!("{url}/readyz"), 200).await;
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    rig.assert_conserved();
    assert!(!log_lines(&rig.log()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_plan_is_accepted_once() {
    let rig = rig().await;
    let house = House::build(Config::load(&config_path(&rig)).unwrap().config).unwrap();
    let wallet = house.wallet().unwrap();
    let cycle = Cycle {
        observer: house.observer(wallet).unwrap(),
        goal: goal(&house.config).unwrap(),
        rules: rules(&house.config, wallet, house.solana_owner().unwrap().unwrap_or_default()),
        metrics: house.metrics.clone(),
        live: house.config.mode == Mode::Live,
    };
    let request = Request {
        chain: ChainName::new("base"),
        amount: Amount::new(AssetId::new("USDT"), 6, u128::from(SOLD) * 1_000_000),
        to: AssetId::new("USDC"),
        slippage_ppm: None,
    };
    let journal = Journal::open(&journal_path(&rig)).await.unwrap();
    let mut preview = cycle.preview_convert(&request, Some(&journal)).await.unwrap();
    let (mut again, plan) = (preview.clone(), preview.plan.clone().unwrap());
    let operations = cycle.accept_convert(&mut preview, &journal).await.unwrap();
    assert_eq!((operations.len(), preview.accepted), (plan.steps.len(), plan.steps.len()));
    assert!(operations.iter().all(|one| one.quoted_cost > Usd::ZERO));
    let refused = cycle.accept_convert(&mut again, &journal).await.unwrap_err();
    let known = JournalError::PlanKnown(plan.hash().unwrap());
    assert_eq!(refused.to_string(), known.to_string());
    assert_eq!(journal.open_operations().await.unwrap().len(), operations.len());
    assert_eq!(journal.decisions(10).await.unwrap().len(), 1);

    // What is promised is not offered again, and its pools are left alone.
    let second = cycle.preview_convert(&request, Some(&journal)).await.unwrap();
    assert_eq!(second.plan, None);
    journal.close().await;
}

/// What the venue's limit leaves unasked is said, and what was answered is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fewer_sizes_do_where_the_rate_is_limited() {
    let rig = rig().await;
    let limit = RateLimit { per_second: 4, block_ms: 60_000 };
    rig.devnet.oneinch.handle().set(|settings| settings.rate_limit = Some(limit));
    let sell = sale();
    let shown = rig.json(&["convert", "--chain", "base", "--sell", &sell, "--for", "USDC"]);
    let quotes = shown["decision"]["quotes"].as_array().unwrap();
    let of_venue =
        |one: &&Value| one["route"].as_str().unwrap().starts_with("1inch") && one["verdict"] != "taken";
    let asked: Vec<&Value> = quotes.iter().filter(of_venue).collect();
    assert_eq!(asked.len(), 10, "every size is told of: {shown:#}");
    let (answered, silent): (Vec<&Value>, Vec<&Value>) =
        asked.iter().partition(|one| one["bought"].is_object());
    assert!(answered.len() >= 4 && !silent.is_empty(), "{shown:#}");
    let says = |words: &str| silent.iter().any(|one| one["verdict"].as_str().unwrap().contains(words));
    assert!(says("limits our rate") && (silent.len() == 1 || says("not asked")), "{shown:#}");
    assert_eq!(shown["decision"]["outcome"]["outcome"], "previewed", "{shown:#}");
}

/// Too much for what policy allows: the plan is shown as refused, and none is accepted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn policy_has_the_last_word() {
    let rig = rig().await;
    edit(&rig, "max_day_usd = 5000000", "max_day_usd = 100");
    edit(&rig, "max_operation_usd = 500000", "max_operation_usd = 100");
    let accept = ["convert", "--chain", "base", "--sell", "250 USDT", "--for", "USDC", "--accept"];
    let denied = ended(&rig, &accept);
    assert_eq!(denied.code, 3, "{}", denied.all());
    assert!(denied.out.contains("refused: "), "{}", denied.out);
    assert!(rig.operations().is_empty() && sent(&rig) == 0);
}
