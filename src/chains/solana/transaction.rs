//! Transactions: compiled with lookup tables, measured, signed, and decoded again.

use bincode::Options;
use solana_address::Address;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_message::{VersionedMessage, v0};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use crate::chains::solana::Blockhash;
use crate::chains::solana::fees::ComputeBudget;
use crate::chains::solana::table::Table;

/// Bytes a transaction may have: what fits into one packet.
pub const MAX_TRANSACTION_BYTES: usize = 1232;
/// Signatures whose number is one byte. More than fit into a packet anyway.
const MAX_SIGNATURES: usize = 19;

/// Why bytes are no transaction that we send or accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// It cannot be put together.
    #[error("the transaction cannot be put together: {0}; nothing was sent")]
    Compile(String),
    /// It does not fit.
    #[error(
        "the transaction has {bytes} bytes where {MAX_TRANSACTION_BYTES} fit; nothing was sent; use a lookup \
         table that holds more of its accounts"
    )]
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// A signature is missing.
    #[error("the transaction needs the signature of {0}, whose key is not at hand; nothing was sent")]
    NoKey(Address),
    /// A key refused.
    #[error("signing failed: {0}; nothing was sent")]
    Signing(String),
    /// The bytes are none.
    #[error("the bytes are no transaction ({0}); they are not signed and not sent")]
    Malformed(&'static str),
    /// A signature is not valid.
    #[error("signature {index} is not valid; the bytes are not sent")]
    BadSignature {
        /// Which, from 0.
        index: usize,
    },
}

/// What a transaction will do, before it has a blockhash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Who pays the fee.
    pub payer: Address,
    /// Instructions without those of the compute budget.
    pub instructions: Vec<Instruction>,
    /// Lookup tables it may use.
    pub tables: Vec<Table>,
}

impl Draft {
    /// The message with its compute budget in front, at its blockhash.
    ///
    /// # Errors
    /// [`TransactionError::TooLarge`] with the exact size once signed, or why it does not compile.
    pub fn compile(
        &self,
        budget: ComputeBudget,
        blockhash: &Blockhash,
    ) -> Result<Unsigned, TransactionError> {
        let mut instructions = vec![ComputeBudgetInstruction::set_compute_unit_limit(budget.limit)];
        if budget.price > 0 {
            instructions.push(ComputeBudgetInstruction::set_compute_unit_price(budget.price));
        }
        instructions.extend(self.instructions.iter().cloned());
        let tables: Vec<_> = self.tables.iter().map(Table::for_message).collect();
        let message = v0::Message::try_compile(&self.payer, &instructions, &tables, blockhash.hash)
            .map_err(|error| TransactionError::Compile(error.to_string()))?;
        let unsigned = Unsigned { message, blockhash: *blockhash };
        let bytes = unsigned.size();
        if bytes > MAX_TRANSACTION_BYTES {
            return Err(TransactionError::TooLarge { bytes });
        }
        Ok(unsigned)
    }

    /// Accounts it may write to, for the priority fee.
    pub fn writable(&self) -> Vec<Address> {
        let mut writable = vec![self.payer];
        for meta in self.instructions.iter().flat_map(|instruction| &instruction.accounts) {
            if meta.is_writable && !writable.contains(&meta.pubkey) {
                writable.push(meta.pubkey);
            }
        }
        writable
    }
}

/// A message that nobody signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    message: v0::Message,
    blockhash: Blockhash,
}

impl Unsigned {
    /// Signatures it needs; the first is the payer's.
    pub const fn signatures(&self) -> u8 {
        self.message.header.num_required_signatures
    }

    /// Exact size once signed: the number of signatures, the signatures, the message.
    pub fn size(&self) -> usize {
        let signatures = usize::from(self.signatures()).saturating_mul(64);
        self.message.serialize().len().saturating_add(signatures).saturating_add(1)
    }

    /// The bytes with empty signatures, for a simulation and for whoever judges the effects.
    ///
    /// # Errors
    /// [`TransactionError::TooLarge`], which compiling has ruled out.
    pub fn bytes(&self) -> Result<Vec<u8>, TransactionError> {
        encode(&self.transaction(vec![Signature::default(); usize::from(self.signatures())]))
    }

    fn transaction(&self, signatures: Vec<Signature>) -> VersionedTransaction {
        VersionedTransaction { signatures, message: VersionedMessage::V0(self.message.clone()) }
    }

    /// Signs with every key the message asks for. Keys it does not ask for are left out.
    ///
    /// # Errors
    /// [`TransactionError::NoKey`] naming a missing one.
    pub fn sign(&self, keys: &[&dyn Signer]) -> Result<Signed, TransactionError> {
        let message = self.message.serialize();
        let mut signatures = Vec::new();
        for address in self.message.account_keys.iter().take(usize::from(self.signatures())) {
            let key = keys.iter().find(|key| key.pubkey() == *address);
            let key = key.ok_or(TransactionError::NoKey(*address))?;
            let signature = key
                .try_sign_message(&message)
                .map_err(|error| TransactionError::Signing(error.to_string()))?;
            signatures.push(signature);
        }
        let bytes = encode(&self.transaction(signatures))?;
        Signed::decode(&bytes, self.blockhash.slot, self.blockhash.last_valid_block_height)
    }
}

/// Signed bytes, and what is needed to follow them to their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The payer's signature, by which the cluster knows the transaction.
    pub signature: Signature,
    /// Exactly what is sent, every time.
    pub bytes: Vec<u8>,
    /// How many signatures it has.
    pub signatures: u8,
    /// Whether every signature is there, so that anybody can send it.
    pub complete: bool,
    /// The accounts it names itself, not through a table; the payer first, then the other signers.
    pub static_keys: Vec<Address>,
    /// Its blockhash.
    pub blockhash: Hash,
    /// Slot the blockhash was read at.
    pub slot: u64,
    /// Last block height at which it can land.
    pub last_valid_block_height: u64,
}

impl Signed {
    /// Reads journalled bytes back; every signature is verified.
    ///
    /// # Errors
    /// [`TransactionError`] when the bytes are not a transaction with valid signatures.
    pub fn decode(bytes: &[u8], slot: u64, last_valid_block_height: u64) -> Result<Self, TransactionError> {
        Self::read(bytes, slot, last_valid_block_height, |_, _| false)
    }

    /// As [`Signed::decode`], but signatures of others than the payer may still be missing: whoever lands the
    /// transaction adds them.
    ///
    /// # Errors
    /// [`TransactionError`] when the payer's signature is not valid, or one that is there is not.
    pub fn decode_partly(
        bytes: &[u8],
        slot: u64,
        last_valid_block_height: u64,
    ) -> Result<Self, TransactionError> {
        let missing = |index: usize, signature: &Signature| index > 0 && *signature == Signature::default();
        Self::read(bytes, slot, last_valid_block_height, missing)
    }

    fn read(
        bytes: &[u8],
        slot: u64,
        last_valid_block_height: u64,
        missing: impl Fn(usize, &Signature) -> bool,
    ) -> Result<Self, TransactionError> {
        let transaction = decode(bytes)?;
        let results = transaction.verify_with_results();
        for (index, (valid, signature)) in results.iter().zip(&transaction.signatures).enumerate() {
            if !valid && !missing(index, signature) {
                return Err(TransactionError::BadSignature { index });
            }
        }
        let signature = transaction.signatures.first().ok_or(TransactionError::Malformed("unsigned"))?;
        Ok(Self {
            signature: *signature,
            signatures: transaction.message.header().num_required_signatures,
            complete: results.iter().all(|valid| *valid),
            bytes: bytes.to_vec(),
            static_keys: transaction.message.static_account_keys().to_vec(),
            blockhash: *transaction.message.recent_blockhash(),
            slot,
            last_valid_block_height,
        })
    }
}

/// Reads a transaction, valid signatures or not. Only the one encoding of each transaction is
/// accepted, and only the legacy and v0 formats.
///
/// # Errors
/// [`TransactionError`] when the bytes are anything else.
pub fn decode(bytes: &[u8]) -> Result<VersionedTransaction, TransactionError> {
    if bytes.len() > MAX_TRANSACTION_BYTES {
        return Err(TransactionError::TooLarge { bytes: bytes.len() });
    }
    let transaction: VersionedTransaction = options()
        .reject_trailing_bytes()
        .deserialize(bytes)
        .map_err(|_| TransactionError::Malformed("they do not decode"))?;
    match &transaction.message {
        VersionedMessage::Legacy(_) | VersionedMessage::V0(_) => {}
        _ => return Err(TransactionError::Malformed("a message format that is not used here")),
    }
    transaction.sanitize().map_err(|_| TransactionError::Malformed("its indexes or counts are wrong"))?;
    if transaction.signatures.len() > MAX_SIGNATURES {
        return Err(TransactionError::Malformed("it has too many signatures"));
    }
    if encode(&transaction)? != bytes {
        return Err(TransactionError::Malformed("another encoding of the same content"));
    }
    Ok(transaction)
}

pub(crate) fn encode(transaction: &VersionedTransaction) -> Result<Vec<u8>, TransactionError> {
    let bytes =
        bincode::serialize(transaction).map_err(|_| TransactionError::Malformed("it cannot be written"))?;
    if bytes.len() > MAX_TRANSACTION_BYTES {
        return Err(TransactionError::TooLarge { bytes: bytes.len() });
    }
    Ok(bytes)
}

fn options() -> impl Options {
    bincode::options().with_fixint_encoding().with_limit(MAX_TRANSACTION_BYTES as u64)
}
