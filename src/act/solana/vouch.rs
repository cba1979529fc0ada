//! Whether this journal is the newest one. On an EVM chain the nonce tells; Solana has none.
//!
//! A copy of the journal that was put back does not know what was signed since, and would do it again.
//! Whatever was signed since took something from the wallet, if only fees: so before the first signature
//! after a start no less may be there than the ledger expects. More may be: anybody can pay in. What came in
//! meanwhile, the rent of a burn's message among it, can hide a fee: then the plan's expiry is what is left.

use alloy::primitives::I256;

use crate::act::{ActError, Engine};
use crate::chains::solana::associated::associated_account;
use crate::chains::solana::token::held;
use crate::chains::solana::{Address, Commitment};
use crate::domain::{AssetId, Operation};
use crate::journal::AttemptState;

impl Engine {
    /// Why nothing may be signed on Solana yet, if so.
    pub(super) async fn unvouched(&self, operation: &Operation) -> Result<Option<String>, ActError> {
        let mut vouched = self.locks.vouched.lock().await;
        if *vouched {
            return Ok(None);
        }
        let solana = self.solana(operation)?;
        let name = solana.chain.name();
        let live = self.parts.journal.live_attempts(name).await?;
        if live.iter().any(|attempt| attempt.state != AttemptState::Included) {
            return Ok(Some("transactions on solana from before the start are followed first".to_owned()));
        }
        let ledger = self.parts.journal.ledger().await?;
        for (asset, units) in self.on_solana(operation).await? {
            let known = ledger
                .positions
                .iter()
                .find(|one| one.position.chain == *name && one.position.asset == asset);
            let Some(known) = known else { continue };
            let expected = known.expected();
            if I256::try_from(units).is_ok_and(|units| units < expected) {
                return Ok(Some(format!(
                    "the wallet holds {units} base units of {asset} on {name} and the ledger expects {expected}: \
                     something left that this journal does not know. If it is an old copy that was put back, put the \
                     newest one back; if you moved it, `purser halt --reason …`, `purser ledger book --chain {name} \
                     --asset {asset} --reason …` when nothing is open any more, and `purser resume`. Nothing is signed \
                     there until then"
                )));
            }
        }
        *vouched = true;
        Ok(None)
    }

    /// What the wallet holds there, by quorum, the native coin first.
    async fn on_solana(&self, operation: &Operation) -> Result<Vec<(AssetId, u128)>, ActError> {
        let solana = self.solana(operation)?;
        let owner = solana.wallet.address();
        let tokens = &solana.config.tokens;
        let mut addresses: Vec<Address> = vec![owner];
        for token in tokens.values() {
            addresses.push(token.mint);
            addresses.push(associated_account(&owner, &token.mint, &token.program));
        }
        let mints: Vec<Address> = tokens.values().map(|token| token.mint).collect();
        let read = solana.chain.accounts_alike(&addresses, &mints, Commitment::Confirmed, 0).await?;
        let mut accounts = read.accounts.iter().map(Option::as_ref);
        let lamports = accounts.next().flatten().map_or(0, |account| u128::from(account.lamports));
        let mut all = vec![(AssetId::new(&solana.config.native), lamports)];
        for (asset, token) in tokens {
            let (mint, account) = (accounts.next().flatten(), accounts.next().flatten());
            all.push((AssetId::new(asset), u128::from(held(token, &owner, mint, account)?.units())));
        }
        Ok(all)
    }
}
