//! Getting the rent of a burn's message back, five days later.

use solana_address::Address;
use solana_instruction::Instruction;

use super::{MessageSent, SolanaEnd};
use crate::bridges::cctp::message::{Message, MessageError};

/// Seconds an event account stays (`EVENT_ACCOUNT_WINDOW_SECONDS`).
pub const EVENT_ACCOUNT_WINDOW: i64 = 432_000;

/// Why the rent is not reclaimed. No money is at stake but the rent, which stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReclaimError {
    /// Too early.
    #[error(
        "the event account can be closed from {from} (seconds since the epoch), it is {now}; try again then"
    )]
    TooEarly {
        /// When it can be.
        from: i64,
        /// The cluster's time.
        now: i64,
    },
    /// Somebody else paid.
    #[error("the rent was paid by {rent_payer} and is paid back only to it")]
    OtherPayer {
        /// Who paid.
        rent_payer: Address,
    },
    /// The attested message is of another burn.
    #[error(transparent)]
    Message(#[from] MessageError),
}

impl MessageSent {
    /// From when its rent can be had back, seconds since the epoch.
    pub const fn reclaimable_from(&self) -> i64 {
        self.created_at.saturating_add(EVENT_ACCOUNT_WINDOW)
    }
}

impl SolanaEnd {
    /// The instruction that closes `event` and pays its rent to `payee`.
    ///
    /// # Errors
    /// [`ReclaimError`] when the program would refuse it at `now`, the cluster's time.
    pub fn reclaim_when_due(
        &self,
        payee: &Address,
        event: &Address,
        content: &MessageSent,
        attested: &[u8],
        attestation: &[u8],
        now: i64,
    ) -> Result<Instruction, ReclaimError> {
        if content.rent_payer != *payee {
            return Err(ReclaimError::OtherPayer { rent_payer: content.rent_payer });
        }
        let from = content.reclaimable_from();
        if now < from {
            return Err(ReclaimError::TooEarly { from, now });
        }
        // The program compares less than this.
        Message::decode(attested)?.same_burn(&content.message)?;
        Ok(self.reclaim(payee, event, attested, attestation))
    }
}
