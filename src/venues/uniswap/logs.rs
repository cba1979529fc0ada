//! What a receipt says was exchanged. Only the token's own `Transfer` events count as money; the
//! pool's `Swap` event says what the pool believes.

use alloy::primitives::{Address, Log, U256};
use alloy::sol_types::SolEvent;

use super::contracts::{IV2Pair, IV3Pool};
use crate::chains::evm::erc20::Erc20;
use crate::domain::Venue;

/// What a pool exchanged in one swap, from its `Swap` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swapped {
    /// Token0 went in and token1 came out.
    pub zero_for_one: bool,
    /// Base units that went in.
    pub amount_in: u128,
    /// Base units that came out.
    pub amount_out: u128,
}

/// Base units of `token` that `recipient` received in a transaction; saturates at `u128::MAX`.
pub fn received<'a>(logs: impl IntoIterator<Item = &'a Log>, token: Address, recipient: Address) -> u128 {
    transferred(logs, token, |transfer| transfer.to == recipient && transfer.from != recipient)
}

/// Base units of `token` that left `owner` in a transaction; saturates at `u128::MAX`.
pub fn sent<'a>(logs: impl IntoIterator<Item = &'a Log>, token: Address, owner: Address) -> u128 {
    transferred(logs, token, |transfer| transfer.from == owner && transfer.to != owner)
}

/// The swaps that `pool` did in a transaction. Events of other contracts are not looked at.
pub fn swaps<'a>(
    logs: impl IntoIterator<Item = &'a Log>,
    venue: Venue,
    pool: Address,
) -> impl Iterator<Item = Swapped> {
    logs.into_iter().filter(move |log| log.address == pool).filter_map(move |log| match venue {
        Venue::UniswapV2 => v2_swap(&IV2Pair::Swap::decode_log(log).ok()?.data),
        Venue::UniswapV3 => v3_swap(&IV3Pool::Swap::decode_log(log).ok()?.data),
        // 1inch's router says nothing: the tokens' own events tell what moved.
        Venue::OneInch | Venue::Jupiter => None,
    })
}

fn transferred<'a>(
    logs: impl IntoIterator<Item = &'a Log>,
    token: Address,
    counts: impl Fn(&Erc20::Transfer) -> bool,
) -> u128 {
    logs.into_iter()
        .filter(|log| log.address == token)
        .filter_map(|log| Erc20::Transfer::decode_log(log).ok())
        .filter(|transfer| counts(&transfer.data))
        .fold(U256::ZERO, |sum, transfer| sum.saturating_add(transfer.data.value))
        .saturating_to()
}

/// A pair may be paid in both tokens at once; what comes back of the input is not output.
fn v2_swap(event: &IV2Pair::Swap) -> Option<Swapped> {
    let zero_for_one = event.amount0In > event.amount0Out;
    let (paid, back, out, paid_too) = if zero_for_one {
        (event.amount0In, event.amount0Out, event.amount1Out, event.amount1In)
    } else {
        (event.amount1In, event.amount1Out, event.amount0Out, event.amount0In)
    };
    Some(Swapped {
        zero_for_one,
        amount_in: u128::try_from(paid.checked_sub(back)?).ok()?,
        amount_out: u128::try_from(out.checked_sub(paid_too)?).ok()?,
    })
}

/// Amounts are the pool's balance changes: positive went in, negative came out.
fn v3_swap(event: &IV3Pool::Swap) -> Option<Swapped> {
    let zero_for_one = event.amount1.is_negative() || event.amount0.is_positive();
    let (paid, out) =
        if zero_for_one { (event.amount0, event.amount1) } else { (event.amount1, event.amount0) };
    if paid.is_negative() || out.is_positive() {
        return None;
    }
    Some(Swapped {
        zero_for_one,
        amount_in: u128::try_from(paid.unsigned_abs()).ok()?,
        amount_out: u128::try_from(out.unsigned_abs()).ok()?,
    })
}
