//! Whether a transaction is in a block, by quorum.

use std::sync::Arc;

use alloy::primitives::{B256, Log};
use serde_json::{Value, json};

use crate::chains::evm::failure::{ChainError, RpcError};
use crate::chains::evm::wire::{self, RawReceipt};
use crate::chains::evm::{EvmChain, Inner};
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::stats::Method;
use crate::domain::snapshot::BlockRef;

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inclusion {
    /// A quorum has no receipt. This is no proof of death: only its nonce, used up by another
    /// transaction in a final block, is.
    Absent,
    /// A quorum has the same receipt, in the canonical block at its height.
    Included(Receipt),
}

/// An agreed receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The block it is in.
    pub block: BlockRef,
    /// Whether it had its effect; a reverted one only cost gas.
    pub success: bool,
    /// Gas used.
    pub gas_used: u64,
    /// Wei per gas charged.
    pub effective_gas_price: u128,
    /// Layer 1 data fee in wei, charged on top (OP stack); zero elsewhere.
    pub l1_fee: u128,
    /// Events, in order.
    pub logs: Vec<Log>,
    /// Whether every endpoint of the quorum calls the block final.
    pub is_final: bool,
}

impl Receipt {
    /// Everything it cost in wei: `gas_used · effective_gas_price + l1_fee`; `None` on overflow.
    pub fn fee_wei(&self) -> Option<u128> {
        self.effective_gas_price.checked_mul(u128::from(self.gas_used))?.checked_add(self.l1_fee)
    }
}

/// What one endpoint knows.
#[derive(Clone)]
enum Seen {
    Absent,
    Included { receipt: RawReceipt, block: BlockRef, is_final: bool },
}

fn same(a: &Seen, b: &Seen) -> bool {
    match (a, b) {
        (Seen::Absent, Seen::Absent) => true,
        (Seen::Included { receipt: a, block: x, .. }, Seen::Included { receipt: b, block: y, .. }) => {
            a == b && x == y
        }
        (Seen::Absent, Seen::Included { .. }) | (Seen::Included { .. }, Seen::Absent) => false,
    }
}

impl EvmChain {
    /// Looks for `hash` at a quorum of endpoints.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when too few answer; [`ChainError::Undecided`] when some endpoints
    /// have not seen the block yet, or a reorganisation is under way;
    /// [`ChainError::Disagreement`] when receipts of the same block differ.
    pub async fn inclusion(&self, hash: B256) -> Result<Inclusion, ChainError> {
        const WHAT: &str = "a receipt";
        let endpoints = &self.inner.endpoints;
        let votes = endpoints
            .votes(
                |endpoint| {
                    let inner = Arc::clone(&self.inner);
                    async move { look(&inner, &endpoint, hash).await }
                },
                same,
            )
            .await;
        let group = endpoints.decide(WHAT, votes, contradicts, is_passing)?;
        let all_final = group.iter().all(|seen| matches!(seen, Seen::Included { is_final: true, .. }));
        Ok(match group.into_iter().next() {
            Some(Seen::Included { receipt, block, .. }) => Inclusion::Included(Receipt {
                block,
                success: receipt.success,
                gas_used: receipt.gas_used,
                effective_gas_price: receipt.effective_gas_price,
                l1_fee: receipt.l1_fee,
                logs: receipt.logs,
                is_final: all_final,
            }),
            Some(Seen::Absent) | None => Inclusion::Absent,
        })
    }
}

/// Two receipts of one block cannot differ. One endpoint being later than another can.
fn contradicts(a: &Seen, b: &Seen) -> bool {
    match (a, b) {
        (Seen::Included { receipt: a, .. }, Seen::Included { receipt: b, .. }) => {
            a.block_hash == b.block_hash && a != b
        }
        (Seen::Absent, _) | (_, Seen::Absent) => false,
    }
}

/// Failures that a moment heals.
const fn is_passing(error: &RpcError) -> bool {
    matches!(error, RpcError::NotCanonical(_) | RpcError::Behind { .. })
}

async fn look(inner: &Inner, endpoint: &Endpoint, hash: B256) -> Result<Seen, RpcError> {
    let mut asks = vec![Ask::new(Method::GetTransactionReceipt, json!([hash]))];
    asks.extend(inner.head_asks());
    let mut replies = endpoint.ask(asks).await?.into_iter();
    let value = replies.next().unwrap_or(Ok(Value::Null)).map_err(RpcError::Node)?;
    let receipt = wire::receipt(hash, &value)?;
    // An endpoint that is behind proves nothing by not having it.
    let (_, finalized) = inner.read_head(endpoint, &mut replies)?;
    let Some(receipt) = receipt else { return Ok(Seen::Absent) };
    // Nodes keep receipts of abandoned blocks for a while; only the block at the height counts.
    let block =
        wire::header("receipt's block", &endpoint.ask_one(wire::block_number(receipt.number)).await?)?;
    if block.block.hash != receipt.block_hash || block.block.number != receipt.number {
        return Err(RpcError::NotCanonical(receipt.block_hash));
    }
    let is_final = receipt.number <= finalized;
    Ok(Seen::Included { receipt, block: block.block, is_final })
}
