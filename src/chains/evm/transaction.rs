//! Signed EIP-1559 transactions: made from fields, read back from bytes.
//!
//! Whatever is about to be sent is judged by the fields decoded from the signed bytes, never by
//! the fields somebody meant to sign.

use alloy::consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy::eips::eip2718::{Decodable2718, Encodable2718};
use alloy::eips::eip2930::AccessList;
use alloy::primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;

use crate::chains::evm::fees::Fees;

/// Longest transaction we would make or read, in bytes; nodes stop at 128 KiB.
const MAX_BYTES: usize = 128 * 1024;

/// The fields of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Chain id.
    pub chain_id: u64,
    /// Nonce.
    pub nonce: u64,
    /// Contract called.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// Gas limit.
    pub gas_limit: u64,
    /// Fee fields.
    pub fees: Fees,
}

/// A signed transaction: its bytes and what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The bytes to send.
    pub raw: Bytes,
    /// Transaction hash.
    pub hash: B256,
    /// Who signed, recovered from the signature.
    pub from: Address,
    /// The signed fields.
    pub transaction: Transaction,
}

/// Why a transaction cannot be signed or read. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// The key did not sign.
    #[error("the key did not sign: {0}")]
    Signer(String),
    /// Priority fee above the maximum fee.
    #[error("the priority fee is above the maximum fee")]
    TipAboveMaximum,
    /// Not bytes we could have made.
    #[error("these bytes are not an EIP-1559 call of ours: {0}; they are not sent")]
    NotOurs(&'static str),
}

impl Transaction {
    fn to_consensus(&self) -> TxEip1559 {
        TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: self.fees.max_fee_per_gas,
            max_priority_fee_per_gas: self.fees.max_priority_fee_per_gas,
            to: TxKind::Call(self.to),
            value: self.value,
            access_list: AccessList::default(),
            input: self.data.clone(),
        }
    }

    /// The bytes that are hashed for signing: type byte and RLP without a signature.
    pub fn unsigned_bytes(&self) -> Bytes {
        let mut out = Vec::new();
        self.to_consensus().encode_for_signing(&mut out);
        out.into()
    }

    /// Signs and reads the result back, so that what is returned is what the bytes say.
    ///
    /// # Errors
    /// [`TransactionError`] when the key refuses or the fields make no valid transaction.
    pub fn sign(&self, signer: &PrivateKeySigner) -> Result<Signed, TransactionError> {
        if self.fees.max_priority_fee_per_gas > self.fees.max_fee_per_gas {
            return Err(TransactionError::TipAboveMaximum);
        }
        let tx = self.to_consensus();
        let signature = signer
            .sign_hash_sync(&tx.signature_hash())
            .map_err(|error| TransactionError::Signer(error.to_string()))?;
        let raw = TxEnvelope::from(tx.into_signed(signature)).encoded_2718();
        let signed = Signed::decode(&raw)?;
        if signed.from != signer.address() || &signed.transaction != self {
            return Err(TransactionError::NotOurs("the signed bytes say something else"));
        }
        Ok(signed)
    }
}

impl Signed {
    /// Reads signed bytes. Accepted is only what [`Transaction::sign`] can make: type 2, a call, no
    /// access list, canonical encoding without trailing bytes, low `s`. The signer is recovered;
    /// whoever has an expectation of it must compare.
    ///
    /// # Errors
    /// [`TransactionError::NotOurs`] with what is different.
    pub fn decode(raw: &[u8]) -> Result<Self, TransactionError> {
        const fn not(reason: &'static str) -> TransactionError {
            TransactionError::NotOurs(reason)
        }
        if raw.len() > MAX_BYTES {
            return Err(not("too long"));
        }
        let envelope = TxEnvelope::decode_2718_exact(raw).map_err(|_| not("no valid encoding"))?;
        if envelope.encoded_2718() != raw {
            return Err(not("the encoding is not canonical"));
        }
        let TxEnvelope::Eip1559(signed) = envelope else { return Err(not("another transaction type")) };
        if signed.signature().normalize_s().is_some() {
            return Err(not("the signature's s is high"));
        }
        let from = signed.recover_signer().map_err(|_| not("the signature recovers to nobody"))?;
        let tx = signed.tx();
        let TxKind::Call(to) = tx.to else { return Err(not("it creates a contract")) };
        if !tx.access_list.is_empty() {
            return Err(not("it has an access list"));
        }
        if tx.max_priority_fee_per_gas > tx.max_fee_per_gas {
            return Err(TransactionError::TipAboveMaximum);
        }
        let transaction = Transaction {
            chain_id: tx.chain_id,
            nonce: tx.nonce,
            to,
            value: tx.value,
            data: tx.input.clone(),
            gas_limit: tx.gas_limit,
            fees: Fees {
                max_fee_per_gas: tx.max_fee_per_gas,
                max_priority_fee_per_gas: tx.max_priority_fee_per_gas,
            },
        };
        Ok(Self { raw: Bytes::copy_from_slice(raw), hash: keccak256(raw), from, transaction })
    }
}
