//! A chain of the local network, and everything a test does to one.

mod bait;
mod conditions;
mod create;
mod events;
mod many;
mod market;
mod mining;
mod trade;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::abi::IToken;
use crate::deploy::CHAINS;
use crate::error::{Error, RpcError};
use crate::manifest::ChainInfo;
use crate::rpc::{Rpc, quantity};

pub use events::{Burned, Minted, Swapped};
pub use many::ManyPools;
pub use market::PoolRef;
pub use mining::Mining;
pub use trade::{Place, TRADER, Trade, Traded, Waiting};

/// How long a sent transaction may take to be mined.
const MINED_SECONDS: u64 = 20;

/// What the wallet can hold on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asset {
    /// The chain's own currency, 18 decimals.
    Native,
    /// The wrapped native currency, 18 decimals.
    Weth,
    /// USDC, 6 decimals.
    Usdc,
    /// USDT, 6 decimals.
    Usdt,
}

/// A handle on one chain; clones share it.
#[derive(Debug, Clone)]
pub struct Chain {
    name: String,
    rpc: Rpc,
    info: ChainInfo,
    admin: Address,
    first_block: u64,
    mining: Arc<Mutex<mining::State>>,
}

impl Chain {
    /// A handle on a deployed chain. Events are counted after `first_block`.
    pub fn new(name: &str, rpc: Rpc, info: ChainInfo, admin: Address, first_block: u64) -> Self {
        // A chain of the network has its own base fee.
        let spec = CHAINS.iter().find(|spec| spec.name == name);
        let base_fee = spec.map_or(1_000_000_000, |spec| u128::from(spec.base_fee));
        let mining = Arc::new(Mutex::new(mining::State::new(base_fee)));
        Self { name: name.to_owned(), rpc, info, admin, first_block, mining }
    }

    /// The chain's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the contracts are.
    pub fn info(&self) -> &ChainInfo {
        &self.info
    }

    /// A direct connection to the node, past the proxies.
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// The owner of every contract, for [`Chain::send`].
    pub fn admin(&self) -> Address {
        self.admin
    }

    /// The last block before anything a test did.
    pub fn first_block(&self) -> u64 {
        self.first_block
    }

    /// The token contract of an asset; `None` for the native currency.
    pub fn token(&self, asset: Asset) -> Option<Address> {
        match asset {
            Asset::Native => None,
            Asset::Weth => Some(self.info.weth),
            Asset::Usdc => Some(self.info.usdc),
            Asset::Usdt => Some(self.info.usdt),
        }
    }

    /// The newest block's number.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node does not answer.
    pub async fn latest(&self) -> Result<u64, Error> {
        Ok(self.rpc.quantity("eth_blockNumber", json!([])).await?)
    }

    /// The number of the newest finalized block.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node does not answer.
    pub async fn finalized(&self) -> Result<u64, Error> {
        let block = self.rpc.call("eth_getBlockByNumber", json!(["finalized", false])).await?;
        quantity(&block["number"]).ok_or_else(|| self.undecodable("the finalized block", "it has no number"))
    }

    /// A balance in the smallest unit.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node does not answer.
    pub async fn balance_of(&self, asset: Asset, account: Address) -> Result<U256, Error> {
        match self.token(asset) {
            Some(token) => self.read(token, &IToken::balanceOfCall { account }).await,
            None => {
                let value = self.rpc.call("eth_getBalance", json!([account, "latest"])).await?;
                serde_json::from_value(value)
                    .map_err(|error| self.undecodable("a balance", &error.to_string()))
            }
        }
    }

    /// Adds to a balance out of nothing: native currency at once, a token by a transaction.
    ///
    /// # Errors
    /// [`Error`] if the node refuses or the transaction fails.
    pub async fn mint(&self, asset: Asset, to: Address, amount: U256) -> Result<(), Error> {
        match asset {
            Asset::Native => {
                let balance = self.balance_of(asset, to).await? + amount;
                self.rpc.call("anvil_setBalance", json!([to, balance])).await?;
            }
            Asset::Weth => {
                let deposit = IToken::depositCall {}.abi_encode().into();
                self.transact(self.admin, self.info.weth, deposit, amount).await?;
                self.send(self.admin, self.info.weth, &IToken::transferCall { to, value: amount }).await?;
            }
            Asset::Usdc | Asset::Usdt => {
                let token = if asset == Asset::Usdc { self.info.usdc } else { self.info.usdt };
                self.send(self.admin, token, &IToken::mintCall { to, amount }).await?;
            }
        }
        Ok(())
    }

    /// `eth_call` of raw data at the newest block.
    ///
    /// # Errors
    /// [`Error::Rpc`] with the revert reason if the call reverts.
    pub async fn call(&self, to: Address, data: Bytes) -> Result<Bytes, Error> {
        self.call_from(None, to, data).await
    }

    /// [`Chain::call`] with a sender.
    ///
    /// # Errors
    /// [`Error::Rpc`] with the revert reason if the call reverts.
    pub async fn call_from(&self, from: Option<Address>, to: Address, data: Bytes) -> Result<Bytes, Error> {
        let mut request = json!({"to": to, "data": data});
        if let Some(from) = from {
            request["from"] = json!(from);
        }
        let reply = self.rpc.call("eth_call", json!([request, "latest"])).await?;
        serde_json::from_value(reply).map_err(|error| self.undecodable("a call", &error.to_string()))
    }

    /// `eth_call` of a typed function.
    ///
    /// # Errors
    /// [`Error::Rpc`] if it reverts, [`Error::Decode`] if the reply does not fit.
    pub async fn read<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Error> {
        let data = self.call(to, call.abi_encode().into()).await?;
        C::abi_decode_returns(&data).map_err(|error| self.undecodable(C::SIGNATURE, &error.to_string()))
    }

    /// Sends a call as any account, without its key, and waits until it is mined.
    /// When mining is manual, one block is mined for it.
    ///
    /// # Errors
    /// [`Error::Rpc`] with the revert reason if it would revert, [`Error::Timeout`] if it is not mined.
    pub async fn send(&self, from: Address, to: Address, call: &impl SolCall) -> Result<B256, Error> {
        self.transact(from, to, call.abi_encode().into(), U256::ZERO).await
    }

    /// [`Chain::send`] with raw data and a value.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn transact(
        &self,
        from: Address,
        to: Address,
        data: Bytes,
        value: U256,
    ) -> Result<B256, Error> {
        let what = format!("a transaction of {from} to {to}");
        let request = json!({"to": to, "data": data, "value": value});
        Ok(self.carry_out(from, request, &what).await?.0)
    }

    /// Sends a transaction as any account and waits until it is mined; answers hash and receipt.
    async fn carry_out(&self, from: Address, mut request: Value, what: &str) -> Result<(B256, Value), Error> {
        request["from"] = json!(from);
        if request.get("gas").is_none() {
            // The estimate is what refuses a transaction that would revert, with the reason.
            let gas = self.rpc.quantity("eth_estimateGas", json!([request])).await?;
            request["gas"] = json!(format!("0x{:x}", gas + gas / 2));
        }
        let hash = self.hand_over(from, &request).await?;
        if self.mining() == Mining::Manual {
            self.mine(1).await?;
        }
        let receipt = self.receipt(hash, Duration::from_secs(MINED_SECONDS)).await?;
        self.succeeded(&receipt, what, hash)?;
        Ok((hash, receipt))
    }

    /// Gives a transaction to the node as any account.
    async fn hand_over(&self, from: Address, request: &Value) -> Result<B256, Error> {
        self.rpc.call("anvil_impersonateAccount", json!([from])).await?;
        let reply = self.rpc.call("eth_sendTransaction", json!([request])).await;
        self.rpc.call("anvil_stopImpersonatingAccount", json!([from])).await?;
        serde_json::from_value(reply?).map_err(|error| self.undecodable("a hash", &error.to_string()))
    }

    fn succeeded(&self, receipt: &Value, what: &str, hash: B256) -> Result<(), Error> {
        if receipt["status"] == json!("0x1") {
            return Ok(());
        }
        Err(Error::Reverted { chain: self.name.clone(), what: what.to_owned(), hash: hash.to_string() })
    }

    /// Waits for a receipt.
    ///
    /// # Errors
    /// [`Error::Timeout`] if there is none in time.
    pub async fn receipt(&self, hash: B256, within: Duration) -> Result<Value, Error> {
        let start = Instant::now();
        loop {
            let receipt = self.rpc.call("eth_getTransactionReceipt", json!([hash])).await?;
            if !receipt.is_null() {
                return Ok(receipt);
            }
            if start.elapsed() > within {
                let what = format!("the receipt of {hash} on {}", self.name);
                return Err(Error::Timeout { what, seconds: within.as_secs() });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn undecodable(&self, what: &str, reason: &str) -> Error {
        Error::Decode { chain: self.name.clone(), what: what.to_owned(), reason: reason.to_owned() }
    }
}

/// The words of a refusal, for assertions on revert reasons.
pub fn refusal(error: &Error) -> Option<&str> {
    match error {
        Error::Rpc(RpcError::Node { message, .. }) => Some(message),
        Error::Rpc(RpcError::Transport { .. } | RpcError::Reply { .. })
        | Error::NotSetUp { .. }
        | Error::NotBuilt { .. }
        | Error::Solana { .. }
        | Error::Demo { .. }
        | Error::File { .. }
        | Error::Artifact { .. }
        | Error::Node { .. }
        | Error::Server { .. }
        | Error::Reverted { .. }
        | Error::Decode { .. }
        | Error::Timeout { .. }
        | Error::Option { .. } => None,
    }
}
