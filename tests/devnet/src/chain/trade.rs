//! A third party that trades: at once, or beside somebody else's transaction.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy::sol_types::{SolCall, SolEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Asset, Chain, MINED_SECONDS, PoolRef};
use crate::abi::ITrader;
use crate::error::Error;
use crate::manifest::MarketKind;
use crate::rpc::quantity;

/// Who trades, and receives what was bought.
pub const TRADER: Address = address!("0000000000000000000000000000000000074ade");

/// Gas of a trade that waits, which cannot be estimated: more than any pool here needs.
const GAS: u64 = 3_000_000;

/// A swap of an exact input in one pool, at any price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    /// The pool.
    pub pool: PoolRef,
    /// Whether token 0 is paid in.
    pub zero_for_one: bool,
    /// What is paid in, in the smallest unit.
    pub amount: U256,
}

/// Where a waiting trade stands in the block: the node orders by the most a transaction pays per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Right before this waiting transaction.
    Before(B256),
    /// Right after this waiting transaction.
    After(B256),
    /// Where so many wei per gas bring it.
    Fee(u128),
}

/// What a trade came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traded {
    /// The transaction.
    pub tx_hash: B256,
    /// What was paid in; less than asked where the pool ran dry.
    pub amount_in: U256,
    /// What was paid out.
    pub amount_out: U256,
}

/// A transaction that waits for a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Its hash.
    pub hash: B256,
    /// The sender.
    pub from: Address,
    /// The contract that is called.
    pub to: Option<Address>,
    /// The most it pays per gas, in wei.
    pub max_fee: u128,
}

impl Chain {
    /// Trades now, with tokens made for it. When mining is manual, one block is mined for it.
    ///
    /// # Errors
    /// [`Error::Option`] if there is no such pool, [`Error::Rpc`] if the pool refuses.
    pub async fn trade(&self, trade: Trade) -> Result<Traded, Error> {
        let data = self.prepare(trade, TRADER).await?;
        let hash = self.transact(TRADER, self.arbitrage()?.trader, data, U256::ZERO).await?;
        self.traded(hash).await
    }

    /// Puts a trade among the waiting transactions and answers its hash. It is mined with the
    /// next block, so mining has to be off for it to wait: [`Chain::set_automine`]. Every
    /// waiting trade is of an account of its own, so that no nonce binds their order.
    ///
    /// # Errors
    /// [`Error::Option`] if there is no such pool or no such waiting transaction.
    pub async fn queue_trade(&self, trade: Trade, place: Place) -> Result<B256, Error> {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(0);
        let number = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
        let from = Address::from_word(keccak256(format!("trader {number}")));
        let (max_fee, tip) = match place {
            Place::Fee(wei) => (wei, wei),
            Place::Before(hash) => {
                let more = self.waiting_for(hash).await?.max_fee + 1;
                (more, more)
            }
            Place::After(hash) => (self.waiting_for(hash).await?.max_fee.saturating_sub(1), 0),
        };
        let data = self.prepare(trade, from).await?;
        let request = json!({
            "from": from, "to": self.arbitrage()?.trader, "data": data, "gas": format!("0x{GAS:x}"),
            "maxFeePerGas": format!("0x{max_fee:x}"), "maxPriorityFeePerGas": format!("0x{tip:x}"),
        });
        self.hand_over(from, &request).await
    }

    /// What a mined trade came to.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it is not mined in time, [`Error::Reverted`] if the pool refused it,
    /// [`Error::Decode`] if the transaction is no trade.
    pub async fn traded(&self, tx_hash: B256) -> Result<Traded, Error> {
        let receipt = self.receipt(tx_hash, Duration::from_secs(MINED_SECONDS)).await?;
        self.succeeded(&receipt, "a trade", tx_hash)?;
        let no_trade = || self.undecodable("a trade", "the transaction has no such event");
        let logs = receipt["logs"].as_array().ok_or_else(no_trade)?;
        let topic = json!(ITrader::Traded::SIGNATURE_HASH);
        let log = logs.iter().find(|log| log["topics"][0] == topic).ok_or_else(no_trade)?;
        let data: Bytes = serde_json::from_value(log["data"].clone()).map_err(|_| no_trade())?;
        let (_, amount_in, amount_out) = ITrader::Traded::abi_decode_data(&data).map_err(|_| no_trade())?;
        Ok(Traded { tx_hash, amount_in, amount_out })
    }

    /// The transactions that the next block may take.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node does not answer.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, Error> {
        let pool = self.rpc.call("txpool_content", json!([])).await?;
        let senders = pool["pending"].as_object().into_iter().flat_map(|senders| senders.values());
        let transactions = senders.filter_map(Value::as_object).flat_map(|by_nonce| by_nonce.values());
        transactions.map(|transaction| self.waiting_of(transaction)).collect()
    }

    fn waiting_of(&self, transaction: &Value) -> Result<Waiting, Error> {
        let unreadable = |reason: &str| self.undecodable("a waiting transaction", reason);
        let address = |member: &str| serde_json::from_value(transaction[member].clone());
        let fee = [&transaction["maxFeePerGas"], &transaction["gasPrice"]].into_iter().find_map(quantity);
        Ok(Waiting {
            hash: serde_json::from_value(transaction["hash"].clone())
                .map_err(|error| unreadable(&error.to_string()))?,
            from: address("from").map_err(|error| unreadable(&error.to_string()))?,
            to: serde_json::from_value(transaction["to"].clone())
                .map_err(|error| unreadable(&error.to_string()))?,
            max_fee: u128::from(fee.ok_or_else(|| unreadable("it has no fee"))?),
        })
    }

    async fn waiting_for(&self, hash: B256) -> Result<Waiting, Error> {
        let waiting = self.waiting().await?.into_iter().find(|waiting| waiting.hash == hash);
        waiting.ok_or_else(|| Error::Option {
            option: "place".into(),
            reason: format!("no transaction {hash} waits on {}", self.name),
        })
    }

    /// The call, and what its sender and the trading contract need for it.
    async fn prepare(&self, trade: Trade, from: Address) -> Result<Bytes, Error> {
        let pool = self.market(trade.pool)?;
        let paid = if trade.zero_for_one { pool.token0 } else { pool.token1 };
        if paid == self.info.weth {
            self.mint(Asset::Native, self.arbitrage()?.trader, trade.amount).await?;
        }
        self.set_native(from, U256::from(10u64).pow(U256::from(21u64))).await?;
        let (zero, amount) = (trade.zero_for_one, trade.amount);
        let data = match pool.kind {
            MarketKind::V2 => {
                let (pair, fee) = (pool.address, U256::from(pool.fee));
                ITrader::tradeV2Call { pair, zeroForOne: zero, amountIn: amount, fee }.abi_encode()
            }
            MarketKind::V3 => {
                ITrader::tradeV3Call { pool: pool.address, zeroForOne: zero, amountIn: amount }.abi_encode()
            }
            MarketKind::V4 => {
                ITrader::tradeV4Call { key: pool.key(), zeroForOne: zero, amountIn: amount }.abi_encode()
            }
        };
        Ok(data.into())
    }
}
