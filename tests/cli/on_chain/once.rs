//! `purser run --once`, and a daemon that cannot start.

use alloy::primitives::U256;
use devnet::Asset;
use devnet::misbehave::Fault;

use super::{edit, ended, log_lines, rig, sent};
use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn once_settles_what_one_tick_wants_and_ends() {
    let rig = rig(Setup::bridge()).await;
    let first = ended(&rig, &["run", "--once"]);
    assert_eq!(first.code, 0, "{}", first.all());
    assert!(first.out.is_empty(), "results go to standard output, the log does not: {}", first.out);
    let done = rig.operations();
    assert!(!done.is_empty() && done.iter().all(|one| one["state"] == "settled"), "{done:#?}");
    rig.assert_conserved();

    let before = sent(&rig);
    let again = ended(&rig, &["run", "--once"]);
    assert_eq!(again.code, 0, "{}", again.all());
    assert_eq!((rig.operations().len(), sent(&rig)), (done.len(), before), "there was nothing left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_with_a_journal_of_earlier_runs_still_finishes_what_it_begins() {
    let rig = rig(Setup::with(
        vec![("ethereum", Asset::Usdc, 500), ("base", Asset::Usdc, 500)],
        vec![("ethereum", "USDC", 50), ("base", "USDC", 50)],
    ))
    .await;
    let first = ended(&rig, &["run", "--once"]);
    assert_eq!((first.code, rig.operations().len()), (0, 0), "{}", first.all());
    let wallet = rig.devnet.wallet();
    rig.devnet.chain("ethereum").mint(Asset::Usdc, wallet, U256::from(1_000_000_000_u64)).await.unwrap();
    let second = ended(&rig, &["run", "--once"]);
    assert_eq!(second.code, 0, "{}", second.all());
    let done = rig.operations();
    assert!(!done.is_empty() && done.iter().all(|one| one["state"] == "settled"), "{done:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_does_not_wait_for_chains_that_are_away() {
    let rig = rig(Setup::bridge()).await;
    for proxy in &rig.devnet.proxies["base"] {
        proxy.handle().set(|settings| settings.fault = Fault::Refuse);
    }
    let away = ended(&rig, &["run", "--once"]);
    assert_eq!(away.code, 1, "{}", away.all());
    assert!(away.err.contains("base") && away.err.contains("nothing was sent"), "{}", away.err);
    assert_eq!(sent(&rig), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_cannot_start_says_why_and_sends_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let rig = rig(Setup::bridge()).await;
    edit(&rig, "listen = \"127.0.0.1:0\"", &format!("listen = \"{address}\""));
    let refused = ended(&rig, &["run"]);
    assert_eq!(refused.code, 1, "{}", refused.all());
    assert!(refused.err.contains(&address.to_string()), "{}", refused.err);
    assert!(refused.err.contains("Choose a free address"), "{}", refused.err);
    let last = log_lines(&refused.err).pop().unwrap();
    assert_eq!(last["level"], "ERROR", "a log of objects ends with an object: {last}");
    drop(taken);

    let listen = format!("listen = \"{address}\"");
    edit(&rig, &listen, "listen = \"127.0.0.1:0\"");
    for proxy in &rig.devnet.proxies["base"] {
        proxy.handle().set(|settings| settings.chain_id = Some(777));
    }
    let refused = ended(&rig, &["--json", "run"]);
    assert_eq!(refused.code, 1, "{}", refused.all());
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("777") && message.contains("chains.base"), "{message}");
    assert_eq!(sent(&rig), 0);
}
