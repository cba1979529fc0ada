//! What happened on a chain since the network started.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolEvent;
use serde::Deserialize;
use serde_json::json;

use super::Chain;
use crate::abi::{IAggregationRouterV6, ITokenMessengerV2, IUniswapV2, IUniswapV3};
use crate::error::Error;
use crate::manifest::PoolKind;

/// A CCTP burn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burned {
    /// The transaction.
    pub tx_hash: B256,
    /// The block's number.
    pub block: u64,
    /// Who burned.
    pub depositor: Address,
    /// The amount, in USDC's smallest unit.
    pub amount: U256,
    /// Where it goes.
    pub destination_domain: u32,
    /// Who receives it there.
    pub mint_recipient: B256,
    /// The most the attester may take.
    pub max_fee: U256,
    /// 1000 for fast, 2000 for standard.
    pub min_finality_threshold: u32,
}

/// A CCTP mint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// The transaction.
    pub tx_hash: B256,
    /// The block's number.
    pub block: u64,
    /// Who received.
    pub recipient: Address,
    /// What was received, without the fee.
    pub amount: U256,
    /// The fee.
    pub fee: U256,
}

/// A swap in one of the pools, or through the router of 1inch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// The transaction.
    pub tx_hash: B256,
    /// The block's number.
    pub block: u64,
    /// The pool, pair or router.
    pub pool: Address,
}

/// A log as the node reports it; the fields that are not used are left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    block_number: U256,
    transaction_hash: B256,
}

impl Chain {
    /// Every `DepositForBurn` since the start, in order.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer or an event cannot be decoded.
    pub async fn burns(&self) -> Result<Vec<Burned>, Error> {
        let found = self.events::<ITokenMessengerV2::DepositForBurn>(&[self.info.token_messenger]).await?;
        let burned = |(log, event): (Log, ITokenMessengerV2::DepositForBurn)| Burned {
            tx_hash: log.transaction_hash,
            block: log.block_number.to(),
            depositor: event.depositor,
            amount: event.amount,
            destination_domain: event.destinationDomain,
            mint_recipient: event.mintRecipient,
            max_fee: event.maxFee,
            min_finality_threshold: event.minFinalityThreshold,
        };
        Ok(found.into_iter().map(burned).collect())
    }

    /// Every `MintAndWithdraw` since the start, in order.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer or an event cannot be decoded.
    pub async fn mints(&self) -> Result<Vec<Minted>, Error> {
        let found = self.events::<ITokenMessengerV2::MintAndWithdraw>(&[self.info.token_messenger]).await?;
        let minted = |(log, event): (Log, ITokenMessengerV2::MintAndWithdraw)| Minted {
            tx_hash: log.transaction_hash,
            block: log.block_number.to(),
            recipient: event.mintRecipient,
            amount: event.amount,
            fee: event.feeCollected,
        };
        Ok(found.into_iter().map(minted).collect())
    }

    /// Every swap since the start: of V2 pairs, of V3 pools, then of 1inch's router.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer or an event cannot be decoded.
    pub async fn swaps(&self) -> Result<Vec<Swapped>, Error> {
        let of_kind = |kind| {
            let pools = self.info.pools.iter().filter(move |pool| pool.kind == kind);
            pools.map(|pool| pool.address).collect::<Vec<_>>()
        };
        let v2 = self.events::<IUniswapV2::Swap>(&of_kind(PoolKind::V2)).await?;
        let v3 = self.events::<IUniswapV3::Swap>(&of_kind(PoolKind::V3)).await?;
        let one = self.events::<IAggregationRouterV6::Swapped>(&[self.info.aggregation_router]).await?;
        let logs = v2.into_iter().map(|(log, _)| log).chain(v3.into_iter().map(|(log, _)| log));
        let logs = logs.chain(one.into_iter().map(|(log, _)| log));
        Ok(logs
            .map(|log| Swapped {
                tx_hash: log.transaction_hash,
                block: log.block_number.to(),
                pool: log.address,
            })
            .collect())
    }

    async fn events<E: SolEvent>(&self, addresses: &[Address]) -> Result<Vec<(Log, E)>, Error> {
        // The node refuses a range that begins beyond its head.
        if self.latest().await? <= self.first_block {
            return Ok(Vec::new());
        }
        let filter = json!({
            "fromBlock": format!("0x{:x}", self.first_block + 1),
            "toBlock": "latest",
            "address": addresses,
            "topics": [E::SIGNATURE_HASH],
        });
        let reply = self.rpc.call("eth_getLogs", json!([filter])).await?;
        let logs: Vec<Log> = serde_json::from_value(reply)
            .map_err(|error| self.undecodable("the logs", &error.to_string()))?;
        logs.into_iter()
            .map(|log| {
                let event = E::decode_raw_log(&log.topics, &log.data)
                    .map_err(|error| self.undecodable(E::SIGNATURE, &error.to_string()))?;
                Ok((log, event))
            })
            .collect()
    }
}
