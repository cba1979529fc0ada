//! What `/build` answers: the instructions of a swap.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};

use super::body::{Few, address, bytes, read, unexpected};
use super::client::Exchange;
use super::error::JupiterError;
use super::reply::{QuoteBody, Quoted};
use crate::chains::solana::transaction::MAX_TRANSACTION_BYTES;

/// Most instructions of one kind.
const MAX_INSTRUCTIONS: usize = 16;
/// Most accounts of one instruction.
const MAX_ACCOUNTS: usize = 128;
/// Most lookup tables.
const MAX_TABLES: usize = 16;

/// What `/build` answers: a quote, and instructions for it. Its compute budget and blockhash are left
/// out: we ask the cluster and pay what the configuration allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The quote.
    pub quoted: Quoted,
    /// What must exist first.
    pub setup: Vec<Instruction>,
    /// The swap.
    pub swap: Instruction,
    /// What is undone afterwards.
    pub cleanup: Option<Instruction>,
    /// Whatever else.
    pub other: Vec<Instruction>,
    /// A payment for landing it; none was asked for.
    pub tip: Option<Instruction>,
    /// Lookup tables it uses. What they hold is read from the cluster, not from the reply: the cluster
    /// resolves the transaction by its own content.
    pub tables: Vec<Address>,
}

impl Built {
    /// Every instruction in the order they belong in. None is left out: one that has no place in a swap is
    /// refused when the transaction is judged.
    pub fn instructions(&self) -> Vec<Instruction> {
        let mut all = self.setup.clone();
        all.push(self.swap.clone());
        all.extend(self.cleanup.clone());
        all.extend(self.other.iter().cloned());
        all.extend(self.tip.clone());
        all
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildBody {
    setup_instructions: Few<InstructionBody, MAX_INSTRUCTIONS>,
    swap_instruction: InstructionBody,
    cleanup_instruction: Option<InstructionBody>,
    #[serde(default)]
    other_instructions: Few<InstructionBody, MAX_INSTRUCTIONS>,
    tip_instruction: Option<InstructionBody>,
    addresses_by_lookup_table_address: Option<BTreeMap<String, IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstructionBody {
    program_id: String,
    accounts: Few<AccountBody, MAX_ACCOUNTS>,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountBody {
    pubkey: String,
    is_signer: bool,
    is_writable: bool,
}

impl InstructionBody {
    fn instruction(&self) -> Result<Instruction, JupiterError> {
        let mut accounts = Vec::with_capacity(self.accounts.0.len());
        for meta in &self.accounts.0 {
            accounts.push(AccountMeta {
                pubkey: address("account", &meta.pubkey)?,
                is_signer: meta.is_signer,
                is_writable: meta.is_writable,
            });
        }
        Ok(Instruction {
            program_id: address("programId", &self.program_id)?,
            accounts,
            data: bytes("data", &self.data, MAX_TRANSACTION_BYTES)?,
        })
    }
}

/// Reads the body of `/build`. What the instructions do is judged elsewhere.
///
/// # Errors
/// [`JupiterError::Unexpected`] when it is none, quotes nothing, or something else than `exchange`.
pub fn built(body: &[u8], exchange: &Exchange) -> Result<Built, JupiterError> {
    let quoted = read::<QuoteBody>(body)?.of(exchange)?;
    let build: BuildBody = read(body)?;
    let all = |list: &[InstructionBody]| -> Result<Vec<Instruction>, JupiterError> {
        list.iter().map(InstructionBody::instruction).collect()
    };
    let one = |one: &Option<InstructionBody>| one.as_ref().map(InstructionBody::instruction).transpose();
    let tables = build.addresses_by_lookup_table_address.unwrap_or_default();
    if tables.len() > MAX_TABLES {
        return Err(unexpected("it uses more lookup tables than fit into a transaction"));
    }
    Ok(Built {
        quoted,
        setup: all(&build.setup_instructions.0)?,
        swap: build.swap_instruction.instruction()?,
        cleanup: one(&build.cleanup_instruction)?,
        other: all(&build.other_instructions.0)?,
        tip: one(&build.tip_instruction)?,
        tables: tables.keys().map(|table| address("lookup table", table)).collect::<Result<_, _>>()?,
    })
}
