//! A transaction with its lookup tables resolved: which program is called with which accounts.

use solana_address::Address;
use solana_hash::Hash;
use solana_instruction::{AccountMeta, Instruction};
use solana_message::VersionedMessage;

use crate::chains::solana::table::Table;
use crate::chains::solana::transaction::{TransactionError, decode};

/// Why a transaction cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The bytes are no transaction.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// It names a table that was not read.
    #[error("the transaction uses the lookup table {0}, which is not one of ours; it is not signed")]
    UnknownTable(Address),
    /// It names an entry the table does not have.
    #[error(
        "the transaction uses entry {index} of the lookup table {table}, which does not exist; it is not signed"
    )]
    NoEntry {
        /// Table.
        table: Address,
        /// Entry.
        index: u8,
    },
    /// An index leads nowhere.
    #[error("the transaction names an account that it does not have; it is not signed")]
    NoAccount,
}

/// What a transaction says, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Who pays the fee.
    pub payer: Address,
    /// Whose signatures it needs, the payer's first.
    pub signers: Vec<Address>,
    /// Blockhash, or the value of a durable nonce.
    pub blockhash: Hash,
    /// Every instruction, in order.
    pub instructions: Vec<Instruction>,
    /// Lookup tables it uses.
    pub tables: Vec<Address>,
}

impl Resolved {
    /// Resolves `bytes` with `tables`, as read from the cluster.
    ///
    /// # Errors
    /// [`ResolveError`] when the bytes are no transaction, or use a table or entry that is not there.
    pub fn decode(bytes: &[u8], tables: &[Table]) -> Result<Self, ResolveError> {
        let message = decode(bytes)?.message;
        let header = *message.header();
        let keys = message.static_account_keys();
        let signers = usize::from(header.num_required_signatures);
        let signed_writable = signers.saturating_sub(usize::from(header.num_readonly_signed_accounts));
        let unsigned_writable = keys.len().saturating_sub(usize::from(header.num_readonly_unsigned_accounts));
        let mut metas: Vec<AccountMeta> = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let is_signer = index < signers;
            let is_writable = if is_signer { index < signed_writable } else { index < unsigned_writable };
            metas.push(AccountMeta { pubkey: *key, is_signer, is_writable });
        }
        let lookups = message.address_table_lookups().unwrap_or_default();
        // First the writable entries of every table, then the read-only ones of every table.
        for is_writable in [true, false] {
            for lookup in lookups {
                let table = tables.iter().find(|table| table.address == lookup.account_key);
                let table = table.ok_or(ResolveError::UnknownTable(lookup.account_key))?;
                let indexes = if is_writable { &lookup.writable_indexes } else { &lookup.readonly_indexes };
                for index in indexes {
                    let entry = table.addresses.get(usize::from(*index));
                    let no_entry = ResolveError::NoEntry { table: table.address, index: *index };
                    let pubkey = *entry.ok_or(no_entry)?;
                    metas.push(AccountMeta { pubkey, is_signer: false, is_writable });
                }
            }
        }
        Ok(Self {
            payer: *keys.first().ok_or(ResolveError::NoAccount)?,
            signers: keys.iter().take(signers).copied().collect(),
            blockhash: *message.recent_blockhash(),
            instructions: instructions(&message, &metas)?,
            tables: lookups.iter().map(|lookup| lookup.account_key).collect(),
        })
    }
}

fn instructions(message: &VersionedMessage, metas: &[AccountMeta]) -> Result<Vec<Instruction>, ResolveError> {
    let meta = |index: u8| metas.get(usize::from(index)).cloned().ok_or(ResolveError::NoAccount);
    let mut instructions = Vec::with_capacity(message.instructions().len());
    for compiled in message.instructions() {
        instructions.push(Instruction {
            program_id: meta(compiled.program_id_index)?.pubkey,
            accounts: compiled.accounts.iter().copied().map(meta).collect::<Result<_, _>>()?,
            data: compiled.data.clone(),
        });
    }
    Ok(instructions)
}
