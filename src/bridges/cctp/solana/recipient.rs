//! Who may be named as the recipient of a mint on Solana.
//!
//! The program pays into the token account whose key the message names. A wallet's own key is no
//! token account: a message minted to it can never be received, and the money stays out of reach. So
//! a recipient is a type of its own that only a check against the cluster can make.

use alloy::primitives::B256;
use solana_address::Address;

use super::preflight::existing;
use super::{SolanaEnd, word};
use crate::chains::solana::Account;
use crate::chains::solana::token::{TokenError, check_account, check_mint};

/// A token account that exists, holds USDC, and belongs to an allow-listed owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MintRecipient {
    account: Address,
    owner: Address,
}

/// Why a key is no recipient. Nothing is burnt for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// The owner is not on the list.
    #[error("{0} is not an allowed recipient on Solana; nothing is burnt; add it to the configuration first")]
    NotAllowed(Address),
    /// The key is a wallet, not a token account.
    #[error(
        "{wallet} is a wallet's own key, and a mint to it could never be received: the money would be lost; \
         nothing is burnt; name its token account {account}"
    )]
    WalletKey {
        /// The key.
        wallet: Address,
        /// What was meant.
        account: Address,
    },
    /// Another account than the derived one.
    #[error("{found} is not the token account {expected} of {owner}; nothing is burnt")]
    NotAssociated {
        /// The key.
        found: Address,
        /// The derived account.
        expected: Address,
        /// Its owner.
        owner: Address,
    },
    /// It does not exist yet.
    #[error("the token account {account} of {owner} does not exist; nothing is burnt; create it first")]
    Missing {
        /// Token account.
        account: Address,
        /// Its owner.
        owner: Address,
    },
    /// It is not as it must be.
    #[error("{0}; nothing is burnt")]
    Token(#[from] TokenError),
}

impl MintRecipient {
    /// Checks `recipient` as the token account of `owner`. `mint` and `account` are the contents of
    /// the mint and of `recipient`, read by quorum.
    ///
    /// # Errors
    /// [`RecipientError`] naming what is wrong; a wallet's key is told apart by name.
    pub fn verify(
        end: &SolanaEnd,
        recipient: Address,
        owner: &Address,
        allowed: &[Address],
        mint: Option<&Account>,
        account: Option<&Account>,
    ) -> Result<Self, RecipientError> {
        // Associated accounts lie off the curve, so that no key can sign for them; wallets lie on it.
        let is_token = account.is_some_and(|account| account.owner == end.token.program);
        let is_wallet = recipient.is_on_curve() && !is_token;
        if is_wallet || recipient == *owner || allowed.contains(&recipient) {
            return Err(RecipientError::WalletKey { wallet: recipient, account: end.account_of(&recipient) });
        }
        if !allowed.contains(owner) {
            return Err(RecipientError::NotAllowed(*owner));
        }
        let expected = end.account_of(owner);
        if recipient != expected {
            return Err(RecipientError::NotAssociated { found: recipient, expected, owner: *owner });
        }
        check_mint(&end.token, mint)?;
        let account =
            existing(account).ok_or(RecipientError::Missing { account: expected, owner: *owner })?;
        check_account(&end.token, owner, expected, account)?;
        Ok(Self { account: expected, owner: *owner })
    }

    /// The token account.
    pub const fn account(&self) -> Address {
        self.account
    }

    /// Whose it is.
    pub const fn owner(&self) -> Address {
        self.owner
    }

    /// What a burn names as its recipient.
    pub fn word(&self) -> B256 {
        word(&self.account)
    }
}
