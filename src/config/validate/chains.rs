//! Rules of chains: endpoints, contracts, pools.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::Address;

use super::Check;
use crate::config::path::KeyPath;
use crate::config::{ChainConfig, Finality, PoolConfig, PoolKind, UniswapContracts};
use crate::domain::amount::parse_fixed;

/// Fees a V3 factory has enabled, in hundredths of a basis point.
const V3_FEES: [u32; 4] = [100, 500, 3000, 10_000];
/// The fee of every V2 pair.
const V2_FEE: u32 = 3000;
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
        if let Some(uniswap) = &chain.uniswap {
            pools(check, &path.key("uniswap"), chain, uniswap);
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

fn contracts_present(check: &mut Check<'_>, path: &KeyPath, contracts: &[(&str, Address)]) {
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

fn pools(check: &mut Check<'_>, path: &KeyPath, chain: &ChainConfig, uniswap: &UniswapContracts) {
    let contracts = [
        ("v2_factory", uniswap.v2_factory.unwrap_or(Address::repeat_byte(1))),
        ("v3_factory", uniswap.v3_factory),
        ("quoter_v2", uniswap.quoter_v2),
        ("swap_router02", uniswap.swap_router02),
    ];
    contracts_present(check, path, &contracts);
    let mut seen = BTreeSet::new();
    for (index, pool) in uniswap.pools.iter().enumerate() {
        let path = path.key("pools").index(index);
        let PoolConfig { kind, assets: [left, right], fee } = pool;
        check.refuse_if(left == right, &path.key("assets"), "a pool has two different assets");
        for (side, symbol) in [left, right].into_iter().enumerate() {
            let known = chain.tokens.contains_key(symbol);
            check.refuse_if(!known, &path.key("assets").index(side), "the asset is no token of this chain");
        }
        match kind {
            PoolKind::V2 => {
                check.refuse_if(*fee != V2_FEE, &path.key("fee"), "the fee of every V2 pool is 3000");
                let message = "the chain has no `v2_factory`, so it has no V2 pools";
                check.refuse_if(uniswap.v2_factory.is_none(), &path.key("kind"), message);
            }
            PoolKind::V3 => {
                let known = V3_FEES.contains(fee);
                check.refuse_if(!known, &path.key("fee"), "expected 100, 500, 3000 or 10000");
            }
        }
        let pair = if left < right { (left, right) } else { (right, left) };
        let fresh = seen.insert((*kind == PoolKind::V3, pair, *fee));
        check.refuse_if(!fresh, &path, "the same pool twice");
    }
}
