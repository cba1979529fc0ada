//! Rules of chains: endpoints, contracts, tokens.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use super::{Check, arbitrage, uniswap};
use crate::config::path::KeyPath;
use crate::config::{ChainConfig, Finality};
use crate::domain::amount::parse_fixed;

/// Decimals of a native coin.
const NATIVE_DECIMALS: u32 = 18;

pub(super) fn check(check: &mut Check<'_>) {
    let chains = KeyPath::dotted("chains");
    check.refuse_if(check.config.chains.is_empty(), &chains, "at least one chain is needed");
    let mut ids: BTreeMap<u64, &str> = BTreeMap::new();
    let mut domains: BTreeMap<u32, &str> = BTreeMap::new();
    for (name, chain) in &check.config.chains {
        let path = chains.key(name);
        if let Some(other) = ids.insert(chain.chain_id, name) {
            let message = format!("the same chain id as `{other}`; one chain has one table");
            check.refuse(&path.key("chain_id"), message);
        }
        if let Some(cctp) = &chain.cctp {
            let path = path.key("cctp");
            if let Some(other) = domains.insert(cctp.domain, name) {
                let message =
                    format!("the same CCTP domain as `{other}`; a domain is one chain (and no chain id)");
                check.refuse(&path.key("domain"), message);
            }
            let contracts = [
                ("token_messenger", cctp.token_messenger),
                ("message_transmitter", cctp.message_transmitter),
                ("token_minter", cctp.token_minter),
            ];
            contracts_present(check, &path, &contracts);
        }
        endpoints(check, &path, chain);
        tokens(check, &path, chain);
        if let Some(contracts) = &chain.uniswap {
            uniswap::check(check, &path.key("uniswap"), chain, contracts);
        }
        if let Some(settings) = &chain.arbitrage {
            arbitrage::check(check, &path.key("arbitrage"), chain, settings);
        }
    }
}

fn endpoints(check: &mut Check<'_>, path: &KeyPath, chain: &ChainConfig) {
    check.refuse_if(chain.chain_id == 0, &path.key("chain_id"), "no chain has the id 0");
    check.refuse_if(chain.rpc.is_empty(), &path.key("rpc"), "at least one endpoint is needed");
    let wrong = chain.quorum == 0 || chain.quorum > chain.rpc.len().max(1);
    check.refuse_if(wrong, &path.key("quorum"), "expected at least 1 and at most the number of endpoints");
    for (index, url) in chain.rpc.iter().enumerate() {
        let path = path.key("rpc").index(index);
        check.url(&path, url);
        // One provider asked twice would agree with itself.
        let earlier = chain.rpc.get(..index).unwrap_or_default();
        check.refuse_if(earlier.contains(url), &path, "the same endpoint twice");
    }
    if let Some(url) = &chain.ws {
        check.socket_url(&path.key("ws"), url);
    }
    check.refuse_if(chain.timeout_ms == 0, &path.key("timeout_ms"), "expected at least 1");
    check.refuse_if(
        chain.max_head_age_seconds == 0,
        &path.key("max_head_age_seconds"),
        "expected at least 1",
    );
    check.refuse_if(
        chain.finality == Finality::Confirmations(0),
        &path.key("finality"),
        "0 confirmations are no finality; expected at least 1",
    );
    let readable =
        chain.min_native.as_deref().is_none_or(|text| parse_fixed(text, NATIVE_DECIMALS).is_some());
    check.refuse_if(
        !readable,
        &path.key("min_native"),
        "expected a decimal number in quotes, such as \"0.05\"",
    );
    contracts_present(check, path, &[("multicall3", chain.multicall3)]);
}

pub(super) fn contracts_present(check: &mut Check<'_>, path: &KeyPath, contracts: &[(&str, Address)]) {
    for (key, address) in contracts {
        check.refuse_if(address.is_zero(), &path.key(key), "the zero address is no contract");
    }
}

fn tokens(check: &mut Check<'_>, path: &KeyPath, chain: &ChainConfig) {
    let mut seen: BTreeMap<Address, &str> = BTreeMap::new();
    for (symbol, token) in &chain.tokens {
        let path = path.key("tokens").key(symbol);
        contracts_present(check, &path, &[("address", token.address)]);
        if let Some(other) = seen.insert(token.address, symbol) {
            check.refuse(
                &path.key("address"),
                format!("the same contract as `{other}`; a contract is one asset"),
            );
        }
        let known = check.config.assets.contains_key(symbol);
        check.refuse_if(!known, &path, "the asset has no table under [assets], so it has no price");
        check.refuse_if(token.decimals > 36, &path.key("decimals"), "expected at most 36");
    }
    let priced = check.config.assets.contains_key(&chain.native);
    check.refuse_if(
        !priced,
        &path.key("native"),
        "the native coin has no table under [assets]; gas needs its price",
    );
    let token = chain.tokens.contains_key(&chain.native);
    check.refuse_if(token, &path.key("native"), "the native coin must not also be a token of the chain");
}
