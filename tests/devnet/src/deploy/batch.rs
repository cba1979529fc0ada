//! Many transactions of one sender in one block.

use std::time::Duration;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use serde_json::{Value, json};

use crate::error::Error;
use crate::rpc::Rpc;

/// Enough for the largest of the transactions, a pool with its positions.
const GAS: u64 = 12_000_000;

/// Transactions collected in order, sent together by [`Batch::run`].
pub(super) struct Batch {
    chain: &'static str,
    sender: Address,
    transactions: Vec<(String, Value)>,
}

impl Batch {
    pub(super) fn new(chain: &'static str, sender: Address) -> Self {
        Self { chain, sender, transactions: Vec::new() }
    }

    /// Adds a contract creation and returns the address it will have.
    pub(super) fn create(&mut self, what: &str, code: Bytes, value: U256) -> Address {
        let address = self.sender.create(self.transactions.len() as u64);
        self.push(what, json!({"data": code, "value": value}));
        address
    }

    /// Adds a call.
    pub(super) fn call(&mut self, what: &str, to: Address, call: &impl SolCall) {
        self.push(what, json!({"to": to, "data": Bytes::from(call.abi_encode())}));
    }

    fn push(&mut self, what: &str, mut transaction: Value) {
        transaction["from"] = json!(self.sender);
        transaction["nonce"] = json!(format!("0x{:x}", self.transactions.len()));
        transaction["gas"] = json!(format!("0x{GAS:x}"));
        self.transactions.push((what.to_owned(), transaction));
    }

    /// Sends everything, mines, and checks every receipt.
    pub(super) async fn run(self, rpc: &Rpc) -> Result<(), Error> {
        let rich = U256::from(10u64).pow(U256::from(24u64));
        rpc.sequence(&[
            ("evm_setAutomine", json!([false])),
            ("anvil_impersonateAccount", json!([self.sender])),
            ("anvil_setBalance", json!([self.sender, rich])),
        ])
        .await?;
        // The nonces are explicit, so the order of arrival does not matter.
        let calls: Vec<_> = self
            .transactions
            .iter()
            .map(|(_, transaction)| ("eth_sendTransaction", json!([transaction])))
            .collect();
        let hashes = rpc.batch_all(&calls).await?;
        rpc.sequence(&[
            ("evm_mine", json!([])),
            ("anvil_stopImpersonatingAccount", json!([self.sender])),
            ("evm_setAutomine", json!([true])),
        ])
        .await?;
        let calls: Vec<_> = hashes.iter().map(|hash| ("eth_getTransactionReceipt", json!([hash]))).collect();
        for attempt in 0.. {
            let receipts = rpc.batch_all(&calls).await?;
            if receipts.iter().all(|receipt| !receipt.is_null()) {
                return self.check(&receipts);
            }
            if attempt == 100 {
                let what = format!("the deployment on {}", self.chain);
                return Err(Error::Timeout { what, seconds: 5 });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    fn check(&self, receipts: &[Value]) -> Result<(), Error> {
        for ((what, _), receipt) in self.transactions.iter().zip(receipts) {
            if receipt["status"] != json!("0x1") {
                let hash = receipt["transactionHash"].as_str().unwrap_or_default().to_owned();
                return Err(Error::Reverted { chain: self.chain.into(), what: what.clone(), hash });
            }
        }
        Ok(())
    }
}
