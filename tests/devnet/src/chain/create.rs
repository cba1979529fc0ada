//! Contracts that a test brings along.

use alloy::primitives::{Address, Bytes};
use serde_json::json;

use super::Chain;
use crate::error::Error;

impl Chain {
    /// Creates a contract as any account, without its key: `code` is the creation code with the
    /// encoded constructor arguments behind it, as of [`crate::artifacts::creation_in`].
    ///
    /// # Errors
    /// [`Error::Rpc`] with the revert reason if the constructor would revert or the account cannot pay.
    pub async fn deploy(&self, from: Address, code: &Bytes) -> Result<Address, Error> {
        let what = format!("a contract creation of {from}");
        let (_, receipt) = self.carry_out(from, json!({"data": code}), &what).await?;
        serde_json::from_value(receipt["contractAddress"].clone())
            .map_err(|error| self.undecodable("the new contract's address", &error.to_string()))
    }
}
