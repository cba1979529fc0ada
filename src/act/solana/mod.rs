//! Operations that touch Solana.
//!
//! Three things differ from EVM chains. Nothing is approved: a burn or a swap is one transaction. A
//! transaction has no nonce: it dies with its blockhash, and only then may another be signed. And
//! what receives is a token account that has to exist first.

mod draft;
mod judge;
mod land;
mod legs;
mod order;
mod proof;
mod pursue;
mod reclaim;
mod sign;
mod swap;
mod vouch;

use crate::act::engine::missing;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::solana::SolanaEnd;
use crate::chains::solana::keys::Wallet;
use crate::chains::solana::token::{TokenError, held};
use crate::chains::solana::{Commitment, SolanaChain};
use crate::config::{SolanaConfig, SolanaTokenConfig};
use crate::domain::{AssetId, ChainName, Operation, Step};
use crate::venues::jupiter::Jupiter;

pub(super) use proof::minted_on_solana;

/// Solana as the engine works with it.
pub struct SolanaParts {
    /// The cluster.
    pub chain: SolanaChain,
    /// Its settings.
    pub config: SolanaConfig,
    /// The key.
    pub wallet: Wallet,
    /// Jupiter, where it is configured.
    pub jupiter: Option<Jupiter>,
}

impl Engine {
    /// Whether `name` is the Solana cluster.
    pub(super) fn is_solana(&self, name: &ChainName) -> bool {
        self.parts.solana.as_ref().is_some_and(|solana| solana.chain.name() == name)
    }

    pub(super) fn solana(&self, operation: &Operation) -> Result<&SolanaParts, ActError> {
        let name = || ChainName::new(crate::config::solana::CHAIN);
        self.parts.solana.as_ref().ok_or_else(|| missing(operation, "the chain", &name()))
    }

    /// The pinned mint of `asset`.
    pub(super) fn solana_token(
        &self,
        operation: &Operation,
        asset: &AssetId,
    ) -> Result<&SolanaTokenConfig, ActError> {
        let solana = self.solana(operation)?;
        let token = solana.config.tokens.get(asset.as_str());
        token.ok_or_else(|| missing(operation, "the token", solana.chain.name()))
    }

    /// Base units of what the operation spends that the wallet holds, by quorum.
    pub(super) async fn held_on_solana(&self, operation: &Operation) -> Result<u128, ActError> {
        let solana = self.solana(operation)?;
        let token = self.solana_token(operation, operation.step.spends().asset())?;
        let owner = solana.wallet.address();
        let account =
            crate::chains::solana::associated::associated_account(&owner, &token.mint, &token.program);
        let after = self.last_block(operation, solana.chain.name()).await?;
        let addresses = [token.mint, account];
        let read =
            solana.chain.accounts_alike(&addresses, &[token.mint], Commitment::Confirmed, after).await?;
        let at = |index: usize| read.accounts.get(index).and_then(Option::as_ref);
        Ok(u128::from(held(token, &owner, at(0), at(1))?.units()))
    }

    /// The other end's asset account on Solana of a transfer that arrives there, if it is one.
    pub(super) fn arrives_on_solana(&self, operation: &Operation) -> Result<Option<SolanaEnd>, ActError> {
        match &operation.step {
            Step::Bridge(step) if self.is_solana(&step.to) => {
                Ok(Some(self.solana_end(operation, step.amount.asset())?))
            }
            Step::Bridge(_) | Step::Swap(_) | Step::Route(_) => Ok(None),
        }
    }
}

impl From<TokenError> for ActError {
    fn from(error: TokenError) -> Self {
        Self::SolanaToken(Box::new(error))
    }
}
