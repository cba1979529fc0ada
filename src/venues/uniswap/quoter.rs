//! QuoterV2: the chain's own answer, for a last check before money moves.

use alloy::primitives::aliases::{U24, U160};
use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;

use super::contracts::IQuoterV2::{QuoteExactInputSingleParams, quoteExactInputSingleCall};
use super::swap::SwapError;
use crate::chains::evm::Call;
use crate::network::pool::Quote;

/// The call that asks `quoter` what the V3 pool of this fee gives for `amount_in`. It simulates a
/// swap and reverts inside, so it is only ever called, never sent.
pub fn call(
    quoter: Address,
    token_in: Address,
    token_out: Address,
    fee: u32,
    amount_in: u128,
) -> Result<Call, SwapError> {
    let params = QuoteExactInputSingleParams {
        tokenIn: token_in,
        tokenOut: token_out,
        amountIn: U256::from(amount_in),
        fee: U24::try_from(fee).map_err(|_| SwapError::Fee { fee: fee.into() })?,
        sqrtPriceLimitX96: U160::ZERO,
    };
    Ok(Call { to: quoter, data: quoteExactInputSingleCall { params }.abi_encode().into() })
}

/// Reads the quoter's answer. `None` unless it is exactly the four words it must be.
pub fn decode(data: &Bytes) -> Option<Quote> {
    if data.len() != 128 {
        return None;
    }
    let answer = quoteExactInputSingleCall::abi_decode_returns_validate(data).ok()?;
    Some(Quote {
        amount_out: u128::try_from(answer.amountOut).ok()?,
        sqrt_price_after: Some(U256::from(answer.sqrtPriceX96After)),
        ticks_crossed: answer.initializedTicksCrossed,
    })
}
