//! One chain, read whole in one HTTP request: head, finality, gas, nonce, balances, extra calls.
//!
//! Everything but the head comes from one Multicall3 call, so it belongs to one block. Which one is
//! proven inside the same call: the block's own number, parent hash and time (anchors) must be
//! those of the block the request names as newest. A new block between the two is a race; after
//! [`SCAN_RETRIES`] races the call is pinned to the block's hash.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::sol_types::SolCall;
use serde_json::{Value, json};

use crate::chains::evm::contracts::{
    ARB_SYS, ArbSys, GAS_PRICE_ORACLE, Multicall3, NODE_INTERFACE, NodeInterface,
};
use crate::chains::evm::errors::{amount_of, revert_reason};
use crate::chains::evm::failure::{ChainError, RpcError};
use crate::chains::evm::prepare::l1_fee_call;
use crate::chains::evm::read::pinned;
use crate::chains::evm::wire::{self, Header};
use crate::chains::evm::{Call, EvmChain, Inner, erc20};
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::envelope::Reply;
use crate::chains::rpc::stats::Method;
use crate::config::ChainKind;
use crate::domain::AssetId;
use crate::domain::snapshot::{BlockRef, GasPrice, Reading};

/// Races after which the read is pinned by block hash instead of tried again.
pub const SCAN_RETRIES: u32 = 1;

/// Calldata bytes of the largest transaction we send (`receiveMessage` with two attestations),
/// for the expected layer 1 fee.
const TYPICAL_CALLDATA: usize = 676;

/// What to read.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// Whose balances and nonce.
    pub wallet: Address,
    /// Tokens.
    pub tokens: Vec<(AssetId, Address)>,
    /// Further calls at the same block.
    pub calls: Vec<Call>,
}

/// What was read, all of it at `block` except `finalized` and `nonce`, which are as of the request.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The newest block.
    pub block: BlockRef,
    /// Height of the newest final block.
    pub finalized: u64,
    /// Native coin in wei.
    pub native: u128,
    /// One balance per requested token, in order; an unreadable one is an error, never zero.
    pub tokens: Vec<Reading<u128>>,
    /// One result per requested call, in order; a revert or empty data is an error.
    pub results: Vec<Reading<Bytes>>,
    /// Gas price and the expected layer 1 fee of one transaction of ours.
    pub gas: GasPrice,
    /// Transactions of the wallet up to the newest block, as one endpoint says.
    pub nonce: u64,
}

/// Seconds since `timestamp`, zero when it lies ahead.
pub(super) fn age_of(timestamp: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    now.saturating_sub(timestamp)
}

impl EvmChain {
    /// The call that asks for the native coin of `account`.
    pub fn native_balance(&self, account: Address) -> Call {
        Call::new(self.inner.multicall3, Multicall3::getEthBalanceCall { account }.abi_encode())
    }

    /// Reads everything in one HTTP request to one endpoint (two more when blocks race), failing
    /// over to the next endpoint when one fails, lags or is stale.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] with every endpoint's reason; a single token or call that cannot
    /// be read is an error in its own place.
    pub async fn scan(&self, request: &ScanRequest) -> Result<Scan, ChainError> {
        self.inner
            .endpoints
            .first("the scan", |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move { scan(&inner, &endpoint, request).await }
            })
            .await
    }
}

/// What the head part of the batch said.
struct HeadPart {
    latest: Header,
    finalized: u64,
    tip: u128,
}

/// What the state part of the batch said: everything read from one block.
struct StatePart {
    results: Vec<Reading<Bytes>>,
    nonce: u64,
    arbitrum_l1_fee: u128,
}

async fn scan(inner: &Inner, endpoint: &Endpoint, request: &ScanRequest) -> Result<Scan, RpcError> {
    let multicall = inner.multicall(request);
    let mut head = None;
    for _ in 0..=SCAN_RETRIES {
        let mut asks = inner.head_asks();
        asks.push(Ask::new(Method::MaxPriorityFeePerGas, json!([])));
        asks.extend(inner.state_asks(request.wallet, &multicall, &json!("latest")));
        let mut replies = endpoint.ask(asks).await?.into_iter();
        let part = inner.head_part(endpoint, &mut replies)?;
        let state = inner.state_part(&mut replies)?;
        if let Some(scan) = inner.assemble(request, &part, state)? {
            return Ok(scan);
        }
        head = Some(part);
    }
    let Some(head) = head else { return Err(RpcError::Abandoned) };
    let block = head.latest.block.hash;
    let asks = inner.state_asks(request.wallet, &multicall, &pinned(block));
    let mut replies = endpoint.ask(asks).await?.into_iter();
    let state = inner.state_part(&mut replies)?;
    inner.assemble(request, &head, state)?.ok_or(RpcError::Torn { block })
}

impl Inner {
    /// Calls before the caller's: anchors, native balance, layer 1 fee.
    fn leading_calls(&self, wallet: Address) -> Vec<Call> {
        let multicall = |data: Vec<u8>| Call::new(self.multicall3, data);
        let timestamp = multicall(Multicall3::getCurrentBlockTimestampCall {}.abi_encode());
        let native = multicall(Multicall3::getEthBalanceCall { account: wallet }.abi_encode());
        let number = multicall(Multicall3::getBlockNumberCall {}.abi_encode());
        let parent = multicall(Multicall3::getLastBlockHashCall {}.abi_encode());
        match self.kind {
            ChainKind::Ethereum => vec![number, parent, timestamp, native],
            ChainKind::OpStack => {
                let data = l1_fee_call(self.chain_id, wallet, U256::ZERO, typical_calldata());
                vec![number, parent, timestamp, native, Call::new(GAS_PRICE_ORACLE, data)]
            }
            // `block.number` and `blockhash` are about layer 1 there.
            ChainKind::Arbitrum => {
                vec![Call::new(ARB_SYS, ArbSys::arbBlockNumberCall {}.abi_encode()), timestamp, native]
            }
        }
    }

    fn multicall(&self, request: &ScanRequest) -> Bytes {
        let tokens = request.tokens.iter().map(|(_, token)| erc20::balance_of(*token, request.wallet));
        let calls = self
            .leading_calls(request.wallet)
            .into_iter()
            .chain(tokens)
            .chain(request.calls.iter().cloned())
            .map(|call| Multicall3::Call3 { target: call.to, allowFailure: true, callData: call.data })
            .collect();
        Multicall3::aggregate3Call { calls }.abi_encode().into()
    }

    /// Everything that is read from a block's state.
    fn state_asks(&self, wallet: Address, multicall: &Bytes, block: &Value) -> Vec<Ask> {
        let call =
            |to: Address, data: &Bytes| Ask::new(Method::Call, json!([{"to": to, "data": data}, block]));
        let mut asks = vec![
            call(self.multicall3, multicall),
            Ask::new(Method::GetTransactionCount, json!([wallet, block])),
        ];
        if self.kind == ChainKind::Arbitrum {
            let estimate = NodeInterface::gasEstimateComponentsCall {
                to: wallet,
                contractCreation: false,
                data: typical_calldata(),
            };
            asks.push(call(NODE_INTERFACE, &estimate.abi_encode().into()));
        }
        asks
    }

    fn head_part(
        &self,
        endpoint: &Endpoint,
        replies: &mut impl Iterator<Item = Reply>,
    ) -> Result<HeadPart, RpcError> {
        let (latest, finalized) = self.read_head(endpoint, replies)?;
        let age = age_of(latest.block.timestamp);
        if age > self.max_head_age {
            return Err(RpcError::Stale { head: latest.block.number, age });
        }
        let tip = wire::quantity_of("priority fee", &value(replies)?)?;
        Ok(HeadPart { latest, finalized, tip })
    }

    fn state_part(&self, replies: &mut impl Iterator<Item = Reply>) -> Result<StatePart, RpcError> {
        let returned = wire::bytes(&value(replies)?)?;
        if returned.is_empty() {
            let text = format!("Multicall3 {} returned nothing: no contract is there", self.multicall3);
            return Err(RpcError::Malformed(text));
        }
        let results = sub_calls(&returned)?;
        let nonce = wire::small("nonce", wire::quantity_of("nonce", &value(replies)?)?)?;
        let arbitrum_l1_fee = match self.kind {
            ChainKind::Arbitrum => components_fee(&wire::bytes(&value(replies)?)?)?,
            ChainKind::Ethereum | ChainKind::OpStack => 0,
        };
        Ok(StatePart { results, nonce, arbitrum_l1_fee })
    }

    /// The scan, or `None` when the state is not that of the head.
    fn assemble(
        &self,
        request: &ScanRequest,
        head: &HeadPart,
        state: StatePart,
    ) -> Result<Option<Scan>, RpcError> {
        let lead = self.leading_calls(request.wallet).len();
        let expected = lead.saturating_add(request.tokens.len()).saturating_add(request.calls.len());
        if state.results.len() != expected {
            return Err(RpcError::Malformed("Multicall3 returned another number of results".to_owned()));
        }
        let mut results = state.results.into_iter();
        let block = head.latest.block;
        let same_number = number(&mut results)? == u128::from(block.number);
        let same_parent = match self.kind {
            ChainKind::Ethereum | ChainKind::OpStack => hash(&mut results)? == head.latest.parent,
            ChainKind::Arbitrum => true,
        };
        let same_time = number(&mut results)? == u128::from(block.timestamp);
        if !(same_number && same_parent && same_time) {
            return Ok(None);
        }
        let native = number(&mut results)?;
        let l1_fee = match self.kind {
            ChainKind::OpStack => number(&mut results)?,
            ChainKind::Ethereum | ChainKind::Arbitrum => state.arbitrum_l1_fee,
        };
        let quote = self.quote(&head.latest, head.tip)?;
        let tokens = request.tokens.iter().zip(results.by_ref()).map(|((asset, _), data)| {
            data.and_then(|data| erc20::units(&data))
                .map_err(|reason| format!("balance of {asset}: {reason}"))
        });
        let tokens = tokens.collect();
        Ok(Some(Scan {
            block,
            finalized: head.finalized,
            native,
            tokens,
            results: results.collect(),
            gas: GasPrice { base_fee: quote.base_fee, priority_fee: quote.priority_fee, l1_fee },
            nonce: state.nonce,
        }))
    }
}

fn value(replies: &mut impl Iterator<Item = Reply>) -> Result<Value, RpcError> {
    replies.next().unwrap_or(Ok(Value::Null)).map_err(RpcError::Node)
}

/// What Multicall3's `aggregate3` returned, call by call.
///
/// # Errors
/// [`RpcError::Malformed`] when it is not that.
pub fn sub_calls(returned: &[u8]) -> Result<Vec<Reading<Bytes>>, RpcError> {
    let results = Multicall3::aggregate3Call::abi_decode_returns_validate(returned)
        .map_err(|_| RpcError::Malformed("Multicall3 returned something else".to_owned()))?;
    Ok(results.into_iter().map(reading).collect())
}

/// A sub-call's data, or why there is none. A call of an address without code succeeds with
/// nothing, which must not pass for a value.
fn reading(result: Multicall3::CallResult) -> Reading<Bytes> {
    if !result.success {
        Err(revert_reason(&result.returnData))
    } else if result.returnData.is_empty() {
        Err("nothing was returned: there is no contract at this address".to_owned())
    } else {
        Ok(result.returnData)
    }
}

/// A leading sub-call's number: without it the scan means nothing.
fn number(results: &mut impl Iterator<Item = Reading<Bytes>>) -> Result<u128, RpcError> {
    let data = results.next().unwrap_or_else(|| Err("it is missing".to_owned()));
    data.and_then(|data| amount_of(&data))
        .map_err(|reason| RpcError::Malformed(format!("a chain value: {reason}")))
}

fn hash(results: &mut impl Iterator<Item = Reading<Bytes>>) -> Result<B256, RpcError> {
    let data = results.next().unwrap_or_else(|| Err("it is missing".to_owned()));
    data.and_then(|data| B256::try_from(data.as_ref()).map_err(|_| "it is no hash".to_owned()))
        .map_err(|reason| RpcError::Malformed(format!("parent hash: {reason}")))
}

/// Arbitrum's layer 1 part in wei: `gasEstimateForL1 · baseFee`.
///
/// # Errors
/// [`RpcError::Malformed`] when `data` is not what `gasEstimateComponents` returns.
pub fn components_fee(data: &[u8]) -> Result<u128, RpcError> {
    let absurd = || RpcError::Malformed("Arbitrum's gas estimate is unreadable".to_owned());
    let parts =
        NodeInterface::gasEstimateComponentsCall::abi_decode_returns_validate(data).map_err(|_| absurd())?;
    let base_fee = u128::try_from(parts.baseFee).map_err(|_| absurd())?;
    base_fee.checked_mul(u128::from(parts.gasEstimateForL1)).ok_or_else(absurd)
}

/// Calldata that compresses like ours: every other word a hash, the rest small numbers.
fn typical_calldata() -> Bytes {
    let mut data = Vec::with_capacity(TYPICAL_CALLDATA);
    let mut word = keccak256("purser");
    while data.len() < TYPICAL_CALLDATA {
        data.extend_from_slice(word.as_slice());
        data.extend_from_slice(&U256::from(word[0]).to_be_bytes::<32>());
        word = keccak256(word);
    }
    data.truncate(TYPICAL_CALLDATA);
    data.into()
}
