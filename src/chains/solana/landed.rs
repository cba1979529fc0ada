//! What a landed transaction did: fee, lamports, tokens, and the calls programs made.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_signature::Signature;

use crate::chains::rpc::endpoint::Ask;
use crate::chains::rpc::failure::{ChainError, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::transaction::Signed;
use crate::chains::solana::wire::{TransactionFailure, failure, malformed};
use crate::chains::solana::{Commitment, SolanaChain};

/// Calls programs made within one transaction that are read.
const MAX_INNER: usize = 512;
/// Longest data of one call, in base58; nothing longer fits into a call.
const MAX_DATA_TEXT: usize = 16 * 1024;

/// A transaction in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// Its slot.
    pub slot: u64,
    /// Lamports paid for inclusion.
    pub fee: u64,
    /// Compute units used; zero where the node does not say.
    pub compute_units: u64,
    /// Why it had no effect but the fee.
    pub failure: Option<TransactionFailure>,
    /// Lamports of every account before and after, the payer first.
    pub lamports: Vec<(Address, u64, u64)>,
    /// Units of every token account it touched.
    pub tokens: Vec<TokenChange>,
    /// Calls that programs made, in order. They carry no rights: those are not recorded.
    pub inner: Vec<Instruction>,
}

/// A token account before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenChange {
    /// Token account.
    pub account: Address,
    /// Mint.
    pub mint: Address,
    /// Base units before; none when it did not exist.
    pub before: u64,
    /// Base units after; none when it does not exist any more.
    pub after: u64,
}

impl Landed {
    /// Base units that `account` gained; lost when negative.
    pub fn units(&self, account: &Address) -> i128 {
        let changes = self.tokens.iter().filter(|change| change.account == *account);
        changes.fold(0_i128, |sum, change| {
            sum.saturating_add(i128::from(change.after)).saturating_sub(i128::from(change.before))
        })
    }
}

#[derive(Deserialize)]
struct TransactionDto {
    slot: u64,
    transaction: (String, String),
    meta: MetaDto,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetaDto {
    err: Value,
    fee: u64,
    #[serde(default)]
    compute_units_consumed: Option<u64>,
    pre_balances: Vec<u64>,
    post_balances: Vec<u64>,
    #[serde(default)]
    pre_token_balances: Option<Vec<TokenDto>>,
    #[serde(default)]
    post_token_balances: Option<Vec<TokenDto>>,
    #[serde(default)]
    inner_instructions: Option<Vec<InnerDto>>,
    #[serde(default)]
    loaded_addresses: Option<LoadedDto>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenDto {
    account_index: usize,
    mint: String,
    ui_token_amount: AmountDto,
}

#[derive(Deserialize)]
struct AmountDto {
    amount: String,
}

#[derive(Deserialize)]
struct InnerDto {
    instructions: Vec<CallDto>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallDto {
    program_id_index: usize,
    accounts: Vec<usize>,
    data: String,
}

#[derive(Deserialize)]
struct LoadedDto {
    writable: Vec<String>,
    readonly: Vec<String>,
}

const WHAT: &str = "transaction";

fn address(text: &str) -> Result<Address, RpcError> {
    text.parse().map_err(|_| malformed(WHAT, "an address is not base58"))
}

/// A `getTransaction` with encoding `base64`; `None` for `null`. The bytes must carry `signature`,
/// validly.
///
/// # Errors
/// [`RpcError::Malformed`] when it is anything else.
pub fn landed(signature: Signature, value: &Value) -> Result<Option<Landed>, RpcError> {
    if value.is_null() {
        return Ok(None);
    }
    let dto = TransactionDto::deserialize(value).map_err(|error| malformed(WHAT, &error.to_string()))?;
    let bytes = STANDARD.decode(&dto.transaction.0).map_err(|_| malformed(WHAT, "it is not base64"))?;
    let signed = Signed::decode(&bytes, 0, 0).map_err(|error| malformed(WHAT, &error.to_string()))?;
    if signed.signature != signature || dto.transaction.1 != "base64" {
        return Err(malformed(WHAT, "it is another transaction"));
    }
    let mut keys = signed.static_keys;
    for text in
        dto.meta.loaded_addresses.iter().flat_map(|loaded| loaded.writable.iter().chain(&loaded.readonly))
    {
        keys.push(address(text)?);
    }
    let key =
        |index: usize| keys.get(index).copied().ok_or_else(|| malformed(WHAT, "an index leads nowhere"));
    let meta = dto.meta;
    if meta.pre_balances.len() != keys.len() || meta.post_balances.len() != keys.len() {
        return Err(malformed(WHAT, "it has not one balance per account"));
    }
    let balances = meta.pre_balances.iter().zip(&meta.post_balances);
    let lamports = keys.iter().zip(balances).map(|(key, (before, after))| (*key, *before, *after)).collect();
    let mut tokens: Vec<TokenChange> = Vec::new();
    for (list, is_after) in [(meta.pre_token_balances, false), (meta.post_token_balances, true)] {
        for token in list.unwrap_or_default() {
            let units = token.ui_token_amount.amount.parse();
            let units: u64 = units.map_err(|_| malformed(WHAT, "a token amount is no number"))?;
            let (account, mint) = (key(token.account_index)?, address(&token.mint)?);
            let known = tokens.iter_mut().find(|change| change.account == account && change.mint == mint);
            match (known, is_after) {
                (Some(change), true) => change.after = units,
                (None, true) => tokens.push(TokenChange { account, mint, before: 0, after: units }),
                (None, false) => tokens.push(TokenChange { account, mint, before: units, after: 0 }),
                (Some(_), false) => return Err(malformed(WHAT, "a token balance is there twice")),
            }
        }
    }
    let calls = meta.inner_instructions.unwrap_or_default();
    let mut inner = Vec::new();
    for call in calls.into_iter().flat_map(|part| part.instructions) {
        if inner.len() >= MAX_INNER || call.data.len() > MAX_DATA_TEXT {
            return Err(malformed(WHAT, "its calls are too many or too long"));
        }
        let metas = call.accounts.into_iter().map(|index| Ok(AccountMeta::new_readonly(key(index)?, false)));
        inner.push(Instruction {
            program_id: key(call.program_id_index)?,
            accounts: metas.collect::<Result<_, RpcError>>()?,
            data: bs58::decode(&call.data).into_vec().map_err(|_| malformed(WHAT, "a call is not base58"))?,
        });
    }
    let failure = failure(&meta.err);
    let compute_units = meta.compute_units_consumed.unwrap_or(0);
    Ok(Some(Landed { slot: dto.slot, fee: meta.fee, compute_units, failure, lamports, tokens, inner }))
}

impl SolanaChain {
    /// What `signature` did, as a quorum of endpoints tells it; `None` when a quorum does not have
    /// it at `commitment`.
    ///
    /// # Errors
    /// [`ChainError::Undecided`] when some have not got it yet; [`ChainError::Disagreement`] when
    /// they tell different things of it; [`ChainError::QuorumLost`] when too few answer.
    pub async fn landed(
        &self,
        signature: Signature,
        commitment: Commitment,
    ) -> Result<Option<Landed>, ChainError> {
        const WHAT: &str = "a transaction";
        let endpoints = &self.inner.endpoints;
        let votes = endpoints
            .votes(
                |endpoint| {
                    let inner = Arc::clone(&self.inner);
                    let options = json!({
                        "encoding": "base64",
                        "commitment": commitment.as_str(),
                        "maxSupportedTransactionVersion": 0,
                    });
                    let ask = Ask::new(Method::GetTransaction, json!([signature.to_string(), options]));
                    async move { landed(signature, &inner.ask_one(&endpoint, ask, 0).await?) }
                },
                |a, b| a == b,
            )
            .await;
        let differ = |a: &Option<Landed>, b: &Option<Landed>| a.is_some() && b.is_some() && a != b;
        let group = endpoints.decide(WHAT, votes, differ, |_| false)?;
        Ok(group.into_iter().next().flatten())
    }
}
