//! Rules of Jupiter.

use super::Check;
use crate::config::path::KeyPath;
use crate::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use crate::config::{JupiterConfig, Network, SecretRef, Url, known};

/// Most requests per 60 seconds that make sense: no plan allows more.
const MOST_PER_MINUTE: u32 = 9_000;
/// Longest a quote may be used, in seconds.
const LONGEST: u64 = 120;
/// Longest label of an exchange.
const LONGEST_LABEL: usize = 64;
/// Most accounts that fit into a transaction.
const MOST_ACCOUNTS: u8 = 64;
/// Hosts of retired versions, whose paths and replies are others.
const RETIRED: [&str; 3] = ["quote-api.jup.ag", "lite-api.jup.ag", "ultra-api.jup.ag"];

/// Checks `jupiter` at `path`.
pub(super) fn jupiter(check: &mut Check<'_>, path: &KeyPath, jupiter: &JupiterConfig) {
    let genesis = check.config.solana.as_ref().map(|solana| solana.genesis_hash.to_string());
    let testnet = genesis.as_deref().and_then(known::cluster) == Some(Network::Testnet);
    check.refuse_if(testnet, path, "Jupiter serves no test networks; remove this table");
    let base_url = path.key("base_url");
    check.url(&base_url, &jupiter.base_url);
    if let Url::Plain(text) = &jupiter.base_url
        && let Some(host) = reqwest::Url::parse(text).ok().as_ref().and_then(reqwest::Url::host_str)
    {
        let message = "this host serves retired versions; use https://api.jup.ag/swap/v2";
        check.refuse_if(RETIRED.contains(&host), &base_url, message);
    }
    let key = match &jupiter.key {
        None => true,
        Some(SecretRef::Env(name)) => !name.is_empty(),
        Some(SecretRef::File(file)) => !file.as_os_str().is_empty(),
    };
    check.refuse_if(!key, &path.key("key"), "the reference is empty");
    let known = [
        solana_system_interface::program::ID,
        solana_compute_budget_interface::ID,
        TOKEN_PROGRAM,
        TOKEN_2022_PROGRAM,
    ];
    let message = "this program is no aggregator";
    check.refuse_if(known.contains(&jupiter.program), &path.key("program"), message);
    for (key, rate) in [
        ("requests_per_minute", jupiter.requests_per_minute),
        ("executes_per_minute", jupiter.executes_per_minute),
    ] {
        let sound = rate.is_none_or(|rate| (1..=MOST_PER_MINUTE).contains(&rate));
        check.refuse_if(!sound, &path.key(key), "expected 1 to 9000");
    }
    let slippage = jupiter.slippage.is_none_or(|slippage| slippage <= check.config.execution.slippage);
    let message = "wider than `execution.slippage`, to which policy holds every swap";
    check.refuse_if(!slippage, &path.key("slippage"), message);
    check.refuse_if(jupiter.timeout_seconds == 0, &path.key("timeout_seconds"), "expected at least 1");
    let age = jupiter.quote_seconds <= LONGEST;
    check.refuse_if(!age, &path.key("quote_seconds"), "expected at most 120: an older quote is not used");
    let accounts = jupiter.max_accounts.is_none_or(|most| (1..=MOST_ACCOUNTS).contains(&most));
    check.refuse_if(!accounts, &path.key("max_accounts"), "expected 1 to 64");
    for (index, label) in jupiter.exclude_dexes.iter().enumerate() {
        let sound = !label.trim().is_empty()
            && label.len() <= LONGEST_LABEL
            && label.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b',');
        let path = path.key("exclude_dexes").index(index);
        check.refuse_if(!sound, &path, "expected an exchange's label, without commas");
    }
}
