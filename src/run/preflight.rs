//! Before anything is decided: every chain answers, and is what the configuration says.

use crate::chains::evm::{At, CallError, ChainError, erc20};
use crate::chains::solana::Commitment;
use crate::chains::solana::token::{TokenError, check_mint};
use crate::domain::ChainName;
use crate::run::House;
use crate::run::identity::{self, Difference};

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
    /// An endpoint serves another Solana cluster.
    #[error(
        "{endpoint} of solana serves the cluster {found}, not {configured}; nothing was sent. Correct solana.rpc or \
         solana.genesis_hash"
    )]
    Cluster {
        /// Endpoint.
        endpoint: String,
        /// What it answered.
        found: String,
        /// What is configured.
        configured: String,
    },
    /// A mint on Solana is not as it is pinned.
    #[error("{asset} on solana: {error}; nothing was sent. Correct solana.tokens.{asset}")]
    Mint {
        /// Asset.
        asset: String,
        /// What differs.
        error: Box<TokenError>,
    },
    /// The contract for routes is not the configured one.
    #[error(
        "{chain}: {difference}; nothing was sent. Correct chains.{chain}.arbitrage, or deploy the contract anew"
    )]
    Arbitrage {
        /// Chain.
        chain: ChainName,
        /// What differs.
        difference: String,
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
    solana(house, &mut unreachable).await?;
    for (chain, found) in identity::check(house).await {
        match found {
            Ok(()) => {}
            Err(Difference::Unread(reason)) => unreachable.push(reason),
            Err(Difference::Found(difference)) => {
                return Err(PreflightError::Arbitrage { chain, difference });
            }
        }
    }
    Ok(if unreachable.is_empty() { Preflight::Passed } else { Preflight::Unreachable(unreachable) })
}

async fn solana(house: &House, unreachable: &mut Vec<String>) -> Result<(), PreflightError> {
    let Some((chain, config)) = house.solana.as_ref().zip(house.config.solana.as_ref()) else {
        return Ok(());
    };
    for report in chain.verify().await {
        if let Some(found) = report.genesis
            && found != config.genesis_hash
        {
            let (endpoint, configured) = (report.endpoint, config.genesis_hash.to_string());
            return Err(PreflightError::Cluster { endpoint, found: found.to_string(), configured });
        }
    }
    let mints: Vec<_> = config.tokens.values().map(|token| token.mint).collect();
    let read = match chain.accounts_alike(&mints, &mints, Commitment::Confirmed, 0).await {
        Ok(read) => read,
        Err(error) => {
            unreachable.push(error.to_string());
            return Ok(());
        }
    };
    for ((asset, token), account) in config.tokens.iter().zip(&read.accounts) {
        if let Err(error) = check_mint(token, account.as_ref()) {
            return Err(PreflightError::Mint { asset: asset.clone(), error: Box::new(error) });
        }
    }
    Ok(())
}

fn reason(error: CallError) -> String {
    if let CallError::Chain(ChainError::Unavailable { .. }) = error {
        return "no endpoint answered".to_owned();
    }
    error.to_string()
}
