//! Whether the contracts for routes are what the configuration says: a route must reach the pools it was planned
//! through, and bring its profit to us.

use alloy::primitives::{Address, B256};

use crate::chains::evm::{At, EvmChain};
use crate::config::arbitrage::{ArbitrageConfig, UNISWAP_V2, UNISWAP_V3};
use crate::config::{ChainConfig, PoolKind, UniswapContracts};
use crate::domain::ChainName;
use crate::domain::pool::V2_FEE;
use crate::run::House;
use crate::venues::atomic::{Identity, identity_calls, read_identity};
use crate::venues::uniswap::address::{V2_INIT_CODE_HASH, V3_INIT_CODE_HASH};

/// What is wrong with a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It could not be asked.
    Unread(String),
    /// It is another one.
    Found(String),
}

/// Every chain with arbitrage, and what its contract is found to be.
pub async fn check(house: &House) -> Vec<(ChainName, Result<(), Difference>)> {
    let mut found = Vec::new();
    for (name, settings) in &house.settings {
        let (Some(arbitrage), Some(chain)) = (&settings.arbitrage, house.chains.get(name)) else { continue };
        let result = match house.wallet() {
            Ok(wallet) => one(chain, settings, arbitrage, wallet).await,
            Err(error) => Err(Difference::Unread(error.to_string())),
        };
        found.push((name.clone(), result));
    }
    found
}

async fn one(
    chain: &EvmChain,
    settings: &ChainConfig,
    arbitrage: &ArbitrageConfig,
    wallet: Address,
) -> Result<(), Difference> {
    let mut answers = Vec::new();
    for call in identity_calls(arbitrage.contract) {
        let answer = chain.call_agreed(&call, At::Latest).await;
        answers.push(answer.map_err(|error| Difference::Unread(format!("{}: {error}", arbitrage.contract)))?);
    }
    let contract = arbitrage.contract;
    let answers = <[_; 3]>::try_from(answers).ok();
    let identity = answers.and_then(|answers| read_identity(&answers));
    let identity = identity
        .ok_or_else(|| Difference::Found(format!("{contract} does not answer as AtomicRoute does")))?;
    compare(&identity, settings, arbitrage, wallet).map_err(Difference::Found)
}

/// What differs between a contract and the configuration.
///
/// # Errors
/// The difference.
pub fn compare(
    identity: &Identity,
    settings: &ChainConfig,
    arbitrage: &ArbitrageConfig,
    wallet: Address,
) -> Result<(), String> {
    let contract = arbitrage.contract;
    if identity.owner != wallet {
        return Err(format!("{contract} belongs to {}, not to the wallet {wallet}", identity.owner));
    }
    let Some(uniswap) = &settings.uniswap else { return Err("the chain has no `uniswap`".to_owned()) };
    let manager = uniswap.pool_manager.unwrap_or_default();
    if !manager.is_zero() && identity.pool_manager != manager {
        return Err(format!("{contract} has the PoolManager {}, not {manager}", identity.pool_manager));
    }
    if identity.factories.len() != arbitrage.factories.len() {
        let (there, here) = (identity.factories.len(), arbitrage.factories.len());
        return Err(format!("{contract} has {there} factories, `factories` names {here}"));
    }
    for (index, (found, name)) in identity.factories.iter().zip(&arbitrage.factories).enumerate() {
        let expected =
            factory(uniswap, name).ok_or_else(|| format!("`{name}` is no factory of this chain"))?;
        if *found != expected {
            return Err(format!("factory {index} of {contract} is {found:?}, `{name}` is {expected:?}"));
        }
    }
    Ok(())
}

/// What the contract's list should say of a factory.
fn factory(uniswap: &UniswapContracts, name: &str) -> Option<(Address, PoolKind, u32, B256)> {
    match name {
        UNISWAP_V2 => Some((uniswap.v2_factory?, PoolKind::V2, V2_FEE, V2_INIT_CODE_HASH)),
        UNISWAP_V3 => Some((uniswap.v3_factory, PoolKind::V3, 0, V3_INIT_CODE_HASH)),
        name => {
            let fork = uniswap.forks.iter().find(|fork| fork.name == name)?;
            let fee = if fork.kind == PoolKind::V2 { fork.fee } else { 0 };
            Some((fork.factory, fork.kind, fee, fork.init_code_hash))
        }
    }
}
