//! `swap(executor, description, data)` of AggregationRouterV6, read strictly and written canonically.

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;

use super::abi::IAggregationRouterV6::{SwapDescription, swapCall};
use crate::chains::evm::Call;

/// Longest data for the executor: routes over dozens of pools stay far below it.
const MAX_DATA: usize = 32 * 1024;
/// Most bytes behind the arguments: padding, and the tag that 1inch appends. The router reads none of them.
const MAX_TAIL: usize = 64;
/// Selector, executor, seven words of the description, and the offset of `data`.
const HEAD: usize = 292;
/// Where `data` begins, counted from behind the selector: ten words later.
const DATA_OFFSET: u64 = 288;

/// Why calldata is not a swap that can be judged. It must not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calldata is not a 1inch swap that can be judged ({0}); it must not be signed")]
pub struct AggregatorSwapError(pub &'static str);

/// One swap through the aggregator's router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregatorSwap {
    /// Contract called.
    pub router: Address,
    /// Who carries the route out with `data`. Anything may stand here.
    pub executor: Address,
    /// Token sold.
    pub token_in: Address,
    /// Token bought.
    pub token_out: Address,
    /// Where the router sends what is sold: the executor, or the first pool of the route.
    pub source_receiver: Address,
    /// Who receives what is bought.
    pub recipient: Address,
    /// Base units sold.
    pub amount_in: u128,
    /// Fewest base units accepted.
    pub min_out: u128,
    /// For the executor.
    pub data: Bytes,
}

impl AggregatorSwap {
    /// Reads calldata: this one function, without flags (no partial fill, no permit, no native coin), each
    /// word in its one canonical form. At most 64 bytes may follow the arguments; nobody reads them.
    ///
    /// # Errors
    /// [`AggregatorSwapError`] for anything else.
    pub fn decode(call: &Call) -> Result<Self, AggregatorSwapError> {
        let refuse = |reason| AggregatorSwapError(reason);
        let bytes = call.data.as_ref();
        if bytes.get(..4) != Some(&swapCall::SELECTOR) {
            return Err(refuse("not swap(executor, description, data)"));
        }
        let word = |index: usize| {
            let start = index.checked_mul(32)?.checked_add(4)?;
            Some(U256::from_be_slice(bytes.get(start..start.checked_add(32)?)?))
        };
        let word = |index| word(index).ok_or(refuse("it ends too early"));
        let account = |index| {
            let word: U256 = word(index)?;
            if word.bit_len() > 160 {
                return Err(refuse("a word is not an address"));
            }
            Ok(Address::from_word(word.into()))
        };
        let units = |index| {
            let word: U256 = word(index)?;
            u128::try_from(word).map_err(|_| refuse("an amount is beyond any token"))
        };
        if !word(7)?.is_zero() {
            return Err(refuse("its flags allow a partial fill, a permit or native coin"));
        }
        if word(8)? != U256::from(DATA_OFFSET) {
            return Err(refuse("its data is not where it belongs"));
        }
        let length = usize::try_from(word(9)?).ok().filter(|length| *length <= MAX_DATA);
        let length = length.ok_or(refuse("the executor's data is too long"))?;
        let rest = bytes.get(HEAD.saturating_add(32)..).unwrap_or_default();
        let data = rest.get(..length).ok_or(refuse("the executor's data ends too early"))?;
        if rest.len().saturating_sub(length) > MAX_TAIL {
            return Err(refuse("too much follows the arguments"));
        }
        let swap = Self {
            router: call.to,
            executor: account(0)?,
            token_in: account(1)?,
            token_out: account(2)?,
            source_receiver: account(3)?,
            recipient: account(4)?,
            amount_in: units(5)?,
            min_out: units(6)?,
            data: Bytes::copy_from_slice(data),
        };
        if swap.amount_in == 0 || swap.min_out == 0 {
            return Err(refuse("an amount is zero"));
        }
        if swap.token_in == swap.token_out {
            return Err(refuse("a token is swapped for itself"));
        }
        // The router sends to the caller when this is zero: what is meant has to be said.
        if swap.recipient.is_zero() {
            return Err(refuse("nobody is named to receive"));
        }
        Ok(swap)
    }

    /// The call, without a tail.
    pub fn call(&self) -> Call {
        let call = swapCall {
            executor: self.executor,
            desc: SwapDescription {
                srcToken: self.token_in,
                dstToken: self.token_out,
                srcReceiver: self.source_receiver,
                dstReceiver: self.recipient,
                amount: U256::from(self.amount_in),
                minReturnAmount: U256::from(self.min_out),
                flags: U256::ZERO,
            },
            data: self.data.clone(),
        };
        Call::new(self.router, call.abi_encode())
    }
}
