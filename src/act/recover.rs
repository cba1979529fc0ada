//! After a restart: everything that was under way is looked at before anything new is decided.

use crate::act::{ActError, Engine};
use crate::chains::evm::At;
use crate::journal::AttemptState;

/// Passes until nothing moves any more. Operations that wait for the outside stay open.
const MAX_PASSES: usize = 32;

/// What recovery found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Operations that were open.
    pub open: usize,
    /// Signed transactions whose fate was undecided.
    pub undecided: usize,
    /// Moves made.
    pub moved: usize,
}

impl Engine {
    /// Before anything is planned, the journal learns at which nonce the key begins on every chain
    /// where it has none yet. Were it told only by the first signature, a copy made before that would
    /// take the nonces spent since for its own beginning and carry its operations out once more.
    ///
    /// The chains that could not be asked, each with its reason; the others are done.
    pub async fn begin_nonces(&self) -> Result<Vec<String>, ActError> {
        let mut unread = Vec::new();
        if !self.parts.live {
            return Ok(unread);
        }
        let (journal, wallet) = (&self.parts.journal, self.wallet());
        for (name, chain) in &self.parts.chains {
            if journal.next_nonce(name, wallet).await?.is_some() {
                continue;
            }
            match chain.nonce(wallet, At::Latest).await {
                Ok(first) => journal.begin_nonces(name, wallet, first, self.now()).await?,
                Err(error) => unread.push(error.to_string()),
            }
        }
        Ok(unread)
    }

    /// Follows every open operation until none moves by itself: signed bytes that may never have
    /// been sent are sent again, included transactions are found, reorgs are seen.
    pub async fn recover(&self) -> Result<Recovery, ActError> {
        let mut recovery = Recovery::default();
        for chain in self.parts.chains.keys() {
            let live = self.parts.journal.live_attempts(chain).await?;
            let undecided = live.iter().filter(|attempt| attempt.state != AttemptState::Included).count();
            recovery.undecided = recovery.undecided.saturating_add(undecided);
        }
        for pass in 0..MAX_PASSES {
            let done = self.pass().await?;
            if pass == 0 {
                recovery.open = done.open;
            }
            recovery.moved = recovery.moved.saturating_add(done.moved);
            if done.moved == 0 {
                break;
            }
        }
        Ok(recovery)
    }
}
