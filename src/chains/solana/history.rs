//! Which transactions named an account.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;

use crate::chains::rpc::endpoint::Ask;
use crate::chains::rpc::failure::{ChainError, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::wire::{malformed, signature};
use crate::chains::solana::{Commitment, SolanaChain};

/// Signatures of one answer; accounts asked about here have very few.
const LIMIT: usize = 100;

#[derive(Deserialize)]
struct EntryDto {
    signature: Value,
    err: Value,
}

/// Reads `getSignaturesForAddress`: the transactions that succeeded, newest first.
///
/// # Errors
/// [`RpcError::Malformed`] when it is anything else.
pub fn successes(value: &Value) -> Result<Vec<Signature>, RpcError> {
    let entries =
        Vec::<EntryDto>::deserialize(value).map_err(|error| malformed("history", &error.to_string()))?;
    if entries.len() > LIMIT {
        return Err(malformed("history", "it is longer than was asked for"));
    }
    entries.iter().filter(|entry| entry.err.is_null()).map(|entry| signature(&entry.signature)).collect()
}

impl SolanaChain {
    /// Successful transactions that named `account`, newest first, by one endpoint. It only says where
    /// to look: what they did is asked of a quorum.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] when no endpoint answers.
    pub async fn history(&self, account: Address) -> Result<Vec<Signature>, ChainError> {
        let options = json!({"limit": LIMIT, "commitment": Commitment::Confirmed.as_str()});
        let params = json!([account.to_string(), options]);
        self.inner
            .endpoints
            .first("an account's history", |endpoint| {
                let (inner, params) = (Arc::clone(&self.inner), params.clone());
                async move {
                    let ask = Ask::new(Method::GetSignaturesForAddress, params);
                    successes(&inner.ask_one(&endpoint, ask, 0).await?)
                }
            })
            .await
    }
}
