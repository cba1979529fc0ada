//! Before anything is decided: every chain answers, and is what the configuration says.

use crate::chains::evm::{At, CallError, ChainError, erc20};
use crate::domain::ChainName;
use crate::run::House;

/// What the preflight found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preflight {
    /// Everything is as configured.
    Passed,
    /// Some chains cannot be asked now; why.
    Unreachable(Vec<String>),
}

/// What no waiting repairs.
#[derive(Debug, thiserror::Error)]
pub enum PreflightError {
    /// An endpoint serves another chain.
    #[error(
        "{endpoint} of {chain} serves chain id {found}, not {configured}; nothing was sent. Correct \
         chains.{chain}.rpc or chain_id"
    )]
    ChainId {
        /// Chain.
        chain: ChainName,
        /// Endpoint.
        endpoint: String,
        /// What it answered.
        found: u64,
        /// What is configured.
        configured: u64,
    },
    /// A token has other decimals.
    #[error(
        "{asset} on {chain} has {found} decimals, not {configured}; nothing was sent. Correct \
         chains.{chain}.tokens.{asset}"
    )]
    Decimals {
        /// Chain.
        chain: ChainName,
        /// Asset.
        asset: String,
        /// What the contract says.
        found: u8,
        /// What is configured.
        configured: u8,
    },
}

/// Asks every chain.
///
/// # Errors
/// [`PreflightError`] for what contradicts the configuration.
pub async fn preflight(house: &House) -> Result<Preflight, PreflightError> {
    let mut unreachable = Vec::new();
    for (name, chain) in &house.chains {
        let Some(settings) = house.settings.get(name) else { continue };
        for report in chain.verify().await {
            if let Some(found) = report.chain_id
                && found != settings.chain_id
            {
                let (chain, endpoint, configured) = (name.clone(), report.endpoint, settings.chain_id);
                return Err(PreflightError::ChainId { chain, endpoint, found, configured });
            }
        }
        if let Err(error) = chain.head().await {
            unreachable.push(error.to_string());
            continue;
        }
        for (asset, token) in &settings.tokens {
            let answer = chain.call_agreed(&erc20::decimals(token.address), At::Latest).await;
            match answer.map_err(reason).and_then(|data| erc20::decimals_of(&data)) {
                Ok(found) if found == token.decimals => {}
                Ok(found) => {
                    let (chain, asset, configured) = (name.clone(), asset.clone(), token.decimals);
                    return Err(PreflightError::Decimals { chain, asset, found, configured });
                }
                Err(error) => unreachable.push(format!("{asset} on {name}: {error}")),
            }
        }
    }
    Ok(if unreachable.is_empty() { Preflight::Passed } else { Preflight::Unreachable(unreachable) })
}

fn reason(error: CallError) -> String {
    if let CallError::Chain(ChainError::Unavailable { .. }) = error {
        return "no endpoint answered".to_owned();
    }
    error.to_string()
}
