//! `purser doctor`: contracts that are not there or are others, and Circle's switches.

use alloy::primitives::{Bytes, FixedBytes, U256};
use devnet::proxy::ProxySettings;

use super::doctor::{found, has, only};
use super::{config_path, edit, rig};
use crate::support::Setup;

/// An address where nothing is.
const NOWHERE: &str = "0x00000000000000000000000000000000deadbeef";

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_are_not_there_are_named() {
    let rig = rig(Setup::bridge()).await;
    let info = rig.devnet.chain("base").info().clone();
    let original = std::fs::read_to_string(config_path(&rig)).unwrap();
    // The same address may stand for a contract of several chains; only Base's table is changed.
    let (before, base) = original.split_once("[chains.base]").unwrap();
    let with = |from: &str| {
        assert!(base.contains(from), "{from}");
        let changed = format!("{before}[chains.base]{}", base.replacen(from, NOWHERE, 1));
        std::fs::write(config_path(&rig), changed).unwrap();
        found(&rig)
    };
    let bad = with(&info.usdt.to_string());
    has(&bad, "error", "base USDT", "does not answer as a token", "chains.base.tokens.USDT.address");
    let bad = with(&info.quoter_v2.to_string());
    has(&bad, "error", "base quoter_v2", "does not answer", "chains.base.uniswap.quoter_v2");
    let bad = with(&info.swap_router02.to_string());
    has(&bad, "error", "base swap_router02", "does not answer", "chains.base.uniswap.swap_router02");
    let bad = with(&info.token_minter.to_string());
    has(&bad, "error", "base CCTP", "", "chains.base.cctp");
    let bad = with(&info.message_transmitter.to_string());
    has(&bad, "error", "base CCTP", "", "chains.base.cctp");
    let bad = with(&info.multicall3.to_string());
    has(&bad, "error", "base", "", "multicall3");
    std::fs::write(config_path(&rig), &original).unwrap();

    edit(&rig, "assets = [\"USDC\", \"USDT\"], fee = 100 }", "assets = [\"USDC\", \"USDT\"], fee = 10000 }");
    let bad = found(&rig);
    has(&bad, "warning", "pools", "could be read", "uniswap.pools");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_decimals_and_closed_routes_are_named() {
    let rig = rig(Setup::bridge()).await;
    for proxy in &rig.devnet.proxies["base"] {
        proxy.handle().set(|settings| {
            let eighteen = Bytes::from(U256::from(18).to_be_bytes_vec());
            settings.call_overrides.insert(FixedBytes::from([0x31, 0x3c, 0xe5, 0x67]), eighteen);
        });
    }
    let bad = found(&rig);
    has(&bad, "error", "base USDC", "18 decimals on chain, 6 configured", "powers of ten");
    assert!(bad.iter().all(|one| one["subject"].as_str().unwrap().starts_with("base")), "{bad:#?}");
    for proxy in &rig.devnet.proxies["base"] {
        proxy.handle().set(|settings| *settings = ProxySettings::default());
    }

    let base = rig.devnet.chain("base");
    base.set_cctp_paused(true).await.unwrap();
    only(&rig, "error", "base CCTP", "paused by Circle", "wait");
    base.set_cctp_paused(false).await.unwrap();
    base.set_burn_limit(0).await.unwrap();
    only(&rig, "error", "base CCTP", "cannot be burnt", "chains.base.tokens.USDC");
}
