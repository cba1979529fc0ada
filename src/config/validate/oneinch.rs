//! Rules of 1inch.

use std::collections::BTreeMap;

use super::Check;
use crate::config::oneinch::ROUTER_V6;
use crate::config::path::KeyPath;
use crate::config::{ChainConfig, Network, OneInchConfig, SecretRef, known};

/// Most requests per second that make sense: no plan allows more.
const MOST_PER_SECOND: u32 = 100;
/// Longest a quote may be used, in seconds.
const LONGEST: u64 = 120;
/// Longest protocol name.
const LONGEST_NAME: usize = 64;
/// zkSync Era, whose router has another address.
const ZKSYNC: u64 = 324;

pub(super) fn check(check: &mut Check<'_>) {
    let config = check.config;
    let chains = KeyPath::dotted("chains");
    let mut rates: BTreeMap<(String, String), u32> = BTreeMap::new();
    for (name, chain) in &config.chains {
        let Some(oneinch) = &chain.oneinch else { continue };
        let path = chains.key(name).key("oneinch");
        one(check, &path, chain, oneinch);
        let account = (format!("{:?}", oneinch.base_url), oneinch.key.to_string());
        let rate = *rates.entry(account).or_insert(oneinch.requests_per_second);
        let message = "another chain has another rate for the same URL and key; they share one limit";
        check.refuse_if(rate != oneinch.requests_per_second, &path.key("requests_per_second"), message);
    }
}

fn one(check: &mut Check<'_>, path: &KeyPath, chain: &ChainConfig, oneinch: &OneInchConfig) {
    check.url(&path.key("base_url"), &oneinch.base_url);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let version = oneinch.version.strip_prefix('v').is_some_and(|rest| rest.split('.').all(digits));
    check.refuse_if(!version, &path.key("version"), "expected a version such as `v6.1`");
    let key = match &oneinch.key {
        SecretRef::Env(name) => !name.is_empty(),
        SecretRef::File(file) => !file.as_os_str().is_empty(),
    };
    check.refuse_if(!key, &path.key("key"), "the reference is empty");
    let router = path.key("router");
    check.refuse_if(oneinch.router.is_zero(), &router, "the zero address is no contract");
    let zksync = chain.chain_id == ZKSYNC && oneinch.router == ROUTER_V6;
    check.refuse_if(zksync, &router, "the router has another address on zkSync Era; set it");
    let testnet = known::network(chain.chain_id) == Some(Network::Testnet);
    check.refuse_if(testnet, path, "1inch serves no test networks; remove this table");
    let rate = (1..=MOST_PER_SECOND).contains(&oneinch.requests_per_second);
    check.refuse_if(!rate, &path.key("requests_per_second"), "expected 1 to 100");
    let slippage = oneinch.slippage.is_none_or(|slippage| slippage <= check.config.execution.slippage);
    let message = "wider than `execution.slippage`, to which policy holds every swap";
    check.refuse_if(!slippage, &path.key("slippage"), message);
    check.refuse_if(oneinch.timeout_seconds == 0, &path.key("timeout_seconds"), "expected at least 1");
    let age = oneinch.quote_seconds <= LONGEST;
    check.refuse_if(!age, &path.key("quote_seconds"), "expected at most 120: an older quote is not used");
    for (index, name) in oneinch.excluded_protocols.iter().enumerate() {
        let sound = !name.is_empty()
            && name.len() <= LONGEST_NAME
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let path = path.key("excluded_protocols").index(index);
        check.refuse_if(!sound, &path, "expected a name in letters, digits and underscores");
    }
}
