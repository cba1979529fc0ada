//! Signing what Jupiter wrote: our slot only, and not a byte of the message.

use solana_address::Address;
use solana_signature::Signature;

use super::build::Built;
use super::reply::Order;
use crate::chains::solana::keys::Wallet;
use crate::chains::solana::table::Table;
use crate::chains::solana::transaction::{Draft, TransactionError, decode, encode};

/// Why a transaction is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartialError {
    /// The bytes are none, or signing failed.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Its first signature, by which it goes, would not be ours.
    #[error("{0} pays for the transaction and not the wallet; nothing was signed")]
    Payer(Address),
}

/// A transaction with our signature in its place. Others may still be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartiallySigned {
    /// Our signature, by which the cluster will know the transaction.
    pub signature: Signature,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether every signature is there, so that it can be sent by anybody.
    pub complete: bool,
}

impl PartiallySigned {
    /// Signs `bytes`, which were judged before, with `wallet`.
    ///
    /// # Errors
    /// [`PartialError`] when they are no transaction that the wallet pays for.
    pub fn sign(bytes: &[u8], wallet: &Wallet) -> Result<Self, PartialError> {
        let mut transaction = decode(bytes)?;
        let payer = transaction.message.static_account_keys().first().copied().unwrap_or_default();
        if payer != wallet.address() {
            return Err(PartialError::Payer(payer));
        }
        let signature = wallet
            .signer()
            .try_sign_message(&transaction.message.serialize())
            .map_err(|error| TransactionError::Signing(error.to_string()))?;
        let place = transaction.signatures.first_mut().ok_or(TransactionError::Malformed("unsigned"))?;
        *place = signature;
        let complete = transaction.verify_with_results().iter().all(|valid| *valid);
        Ok(Self { signature, bytes: encode(&transaction)?, complete })
    }
}

impl Order {
    /// The lookup tables its transaction uses. They are read from the cluster before it is judged.
    ///
    /// # Errors
    /// [`TransactionError`] when it is none.
    pub fn tables(&self) -> Result<Vec<Address>, TransactionError> {
        let transaction = decode(&self.transaction)?;
        let lookups = transaction.message.address_table_lookups().unwrap_or_default();
        Ok(lookups.iter().map(|lookup| lookup.account_key).collect())
    }
}

impl Built {
    /// The transaction to compile, paid by `wallet`, with `tables` as read from the cluster.
    pub fn draft(&self, wallet: Address, tables: Vec<Table>) -> Draft {
        Draft { payer: wallet, instructions: self.instructions(), tables }
    }
}
