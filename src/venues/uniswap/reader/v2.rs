//! State of a V2 pair.

use alloy::sol_types::SolCall;

use super::ReadError;
use super::words::Answers;
use crate::domain::pool::V2State;
use crate::venues::uniswap::contracts::IV2Pair::getReservesCall;

pub(super) fn calls() -> Vec<Vec<u8>> {
    vec![getReservesCall {}.abi_encode()]
}

/// Reserves, with the `fee` that the configuration knows: the pair does not tell it.
pub(super) fn decode(fee: u32, answers: &mut Answers<'_>) -> Result<V2State, ReadError> {
    let reserves = answers.next::<getReservesCall>("getReserves()", 3)?;
    let reserves = [reserves.reserve0.to::<u128>(), reserves.reserve1.to::<u128>()];
    if reserves.contains(&0) {
        return Err(ReadError::NotInitialised { pool: answers.pool() });
    }
    Ok(V2State { reserves, fee })
}
