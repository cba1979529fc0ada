//! Before signing: what gas costs, and what a transaction would do.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use serde_json::{Value, json};

use crate::chains::evm::contracts::{GAS_PRICE_ORACLE, GasPriceOracle};
use crate::chains::evm::errors::{amount_of, is_insufficient_funds, is_revert, node_revert_reason};
use crate::chains::evm::failure::{CallError, ChainError, NodeError, RpcError};
use crate::chains::evm::fees::{FeeQuote, Fees, next_base_fee};
use crate::chains::evm::transaction::Transaction;
use crate::chains::evm::wire::{self, Header};
use crate::chains::evm::{Call, EvmChain, Inner};
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::stats::Method;
use crate::config::ChainKind;
use crate::domain::snapshot::GasPrice;

/// Gas limit above the estimate, in percent. State may change until inclusion; unused gas is not charged.
pub const GAS_MARGIN_PERCENT: u64 = 20;

/// A transaction to simulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRequest {
    /// Sender.
    pub from: Address,
    /// Contract.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
    /// Wei sent along.
    pub value: U256,
    /// Height of a block whose effects it builds on, such as its approval; zero when there is none.
    /// An endpoint that has not reached it is not asked for a verdict.
    pub after: u64,
}

/// A transaction that passed its simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Gas limit to sign: the estimate and [`GAS_MARGIN_PERCENT`].
    pub gas_limit: u64,
    /// The node's estimate. On Arbitrum it holds the layer 1 part.
    pub gas_estimate: u64,
    /// Layer 1 data fee in wei charged on top (OP stack); zero elsewhere.
    pub l1_fee: u128,
    /// What gas costs now.
    pub quote: FeeQuote,
    /// What the call returned.
    pub output: Bytes,
}

/// Outcome of a simulation: a verdict of the contract is no endpoint's failure.
enum Simulated {
    Passed(Prepared),
    Reverted { reason: String, data: Bytes },
    Unaffordable(String),
}

impl Inner {
    /// The fee quote of a block: on layer 1 the next base fee follows from the block (EIP-1559);
    /// layer 2 chains have parameters of their own and move by 2 % or less per block.
    pub(super) fn quote(&self, latest: &Header, priority_fee: u128) -> Result<FeeQuote, RpcError> {
        let base_fee = match self.kind {
            ChainKind::Ethereum => next_base_fee(latest.base_fee, latest.gas_used, latest.gas_limit)
                .ok_or_else(|| RpcError::Malformed("its base fee is absurd".to_owned()))?,
            ChainKind::OpStack | ChainKind::Arbitrum => latest.base_fee,
        };
        Ok(FeeQuote { base_fee, priority_fee })
    }
}

impl EvmChain {
    /// What gas costs now.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] when nobody answers.
    pub async fn fees(&self) -> Result<FeeQuote, ChainError> {
        self.inner
            .endpoints
            .first("the gas price", |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move {
                    let asks =
                        vec![wire::block_at("latest"), Ask::new(Method::MaxPriorityFeePerGas, json!([]))];
                    let values = endpoint.ask_all(asks).await?;
                    let mut values = values.iter();
                    let latest = wire::header("latest block", values.next().unwrap_or(&Value::Null))?;
                    inner.endpoints.note_head(&endpoint, latest.block.number)?;
                    let tip = wire::quantity_of("priority fee", values.next().unwrap_or(&Value::Null))?;
                    inner.quote(&latest, tip)
                }
            })
            .await
    }

    /// What gas costs now, and what the data of a transaction like `sample` costs on layer 1; in one request.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] when nobody answers.
    pub async fn gas_price(&self, sample: &Call) -> Result<GasPrice, ChainError> {
        self.inner
            .endpoints
            .first("the gas price", |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move {
                    let mut asks =
                        vec![wire::block_at("latest"), Ask::new(Method::MaxPriorityFeePerGas, json!([]))];
                    if inner.kind == ChainKind::OpStack {
                        let data = l1_fee_call(inner.chain_id, sample.to, U256::ZERO, sample.data.clone());
                        let call = json!([{"to": GAS_PRICE_ORACLE, "data": data}, "latest"]);
                        asks.push(Ask::new(Method::Call, call));
                    }
                    let values = endpoint.ask_all(asks).await?;
                    let mut values = values.iter();
                    let latest = wire::header("latest block", values.next().unwrap_or(&Value::Null))?;
                    inner.endpoints.note_head(&endpoint, latest.block.number)?;
                    let tip = wire::quantity_of("priority fee", values.next().unwrap_or(&Value::Null))?;
                    let FeeQuote { base_fee, priority_fee } = inner.quote(&latest, tip)?;
                    let l1_fee = match values.next() {
                        Some(value) => amount_of(&wire::bytes(value)?)
                            .map_err(|reason| RpcError::Malformed(format!("layer 1 fee: {reason}")))?,
                        None => 0,
                    };
                    Ok(GasPrice { base_fee, priority_fee, l1_fee })
                }
            })
            .await
    }

    /// Simulates at the newest block (`eth_call` and `eth_estimateGas` in one request) and reads
    /// what sending would cost.
    ///
    /// # Errors
    /// [`CallError::Reverted`] when it would fail, [`CallError::InsufficientFunds`] when the wallet
    /// cannot pay, [`CallError::Chain`] when nobody answers.
    pub async fn prepare(&self, request: &TransactionRequest) -> Result<Prepared, CallError> {
        let simulated = self
            .inner
            .endpoints
            .first("a simulation", |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move { simulate(&inner, &endpoint, request).await }
            })
            .await?;
        match simulated {
            Simulated::Passed(prepared) => Ok(prepared),
            Simulated::Reverted { reason, data } => Err(CallError::Reverted { reason, data }),
            Simulated::Unaffordable(text) => Err(CallError::InsufficientFunds(text)),
        }
    }
}

/// The call of the OP stack's oracle for a transaction of ours. Size matters, not the values: the
/// fields we do not know yet are filled with large ones.
pub(super) fn l1_fee_call(chain_id: u64, to: Address, value: U256, data: Bytes) -> Bytes {
    let fees = Fees { max_fee_per_gas: 0xffff_ffff_ffff, max_priority_fee_per_gas: 0xffff_ffff };
    let transaction = Transaction { chain_id, nonce: 0xff_ffff, to, value, data, gas_limit: 0xff_ffff, fees };
    GasPriceOracle::getL1FeeCall { transaction: transaction.unsigned_bytes() }.abi_encode().into()
}

/// `estimate · 1.2`, rounded up.
fn with_margin(estimate: u64) -> Option<u64> {
    let margin = estimate.checked_mul(GAS_MARGIN_PERCENT)?.div_ceil(100);
    estimate.checked_add(margin)
}

async fn simulate(
    inner: &Inner,
    endpoint: &Endpoint,
    request: &TransactionRequest,
) -> Result<Simulated, RpcError> {
    let tx = json!({
        "from": request.from, "to": request.to, "data": request.data, "value": request.value,
    });
    let mut asks = vec![
        wire::block_at("latest"),
        Ask::new(Method::MaxPriorityFeePerGas, json!([])),
        Ask::new(Method::Call, json!([tx, "latest"])),
        Ask::new(Method::EstimateGas, json!([tx])),
    ];
    if inner.kind == ChainKind::OpStack {
        let data = l1_fee_call(inner.chain_id, request.to, request.value, request.data.clone());
        asks.push(Ask::new(Method::Call, json!([{"to": GAS_PRICE_ORACLE, "data": data}, "latest"])));
    }
    let mut replies = endpoint.ask(asks).await?.into_iter();
    let mut next = || replies.next().unwrap_or(Ok(Value::Null));

    let latest = wire::header("latest block", &next().map_err(RpcError::Node)?)?;
    inner.endpoints.note_head(endpoint, latest.block.number)?;
    let head = latest.block.number;
    if head < request.after {
        return Err(RpcError::Behind { head, lag: request.after.saturating_sub(head) });
    }
    let tip = wire::quantity_of("priority fee", &next().map_err(RpcError::Node)?)?;
    let output = match next() {
        Ok(value) => wire::bytes(&value)?,
        Err(error) => return verdict(error),
    };
    let gas_estimate = match next() {
        Ok(value) => wire::small("gas estimate", wire::quantity_of("gas estimate", &value)?)?,
        Err(error) => return verdict(error),
    };
    let gas_limit = with_margin(gas_estimate)
        .ok_or_else(|| RpcError::Malformed("its gas estimate is absurd".to_owned()))?;
    let l1_fee = match inner.kind {
        ChainKind::OpStack => {
            let data = wire::bytes(&next().map_err(RpcError::Node)?)?;
            amount_of(&data).map_err(|reason| RpcError::Malformed(format!("layer 1 fee: {reason}")))?
        }
        ChainKind::Ethereum | ChainKind::Arbitrum => 0,
    };
    let quote = inner.quote(&latest, tip)?;
    Ok(Simulated::Passed(Prepared { gas_limit, gas_estimate, l1_fee, quote, output }))
}

/// What a refused simulation means; anything but a verdict is the endpoint's failure.
fn verdict(error: NodeError) -> Result<Simulated, RpcError> {
    // Reverts first: a contract may say "insufficient funds" in its own words.
    if is_revert(&error) {
        let reason = node_revert_reason(&error);
        Ok(Simulated::Reverted { reason, data: error.data.unwrap_or_default() })
    } else if is_insufficient_funds(&error) {
        Ok(Simulated::Unaffordable(error.message))
    } else {
        Err(RpcError::Node(error))
    }
}
