//! Pools read from the chain at one block.

use std::sync::Arc;

use alloy::primitives::{B256, Bytes};
use tokio::task::JoinSet;

use crate::chains::evm::{At, Call, CallError, EvmChain};
use crate::domain::pool::{Pool, PoolState, V3State};
use crate::domain::snapshot::Reading;
use crate::observe::pools::history::Slot;
use crate::venues::uniswap::reader::MAX_ROUNDS;
use crate::venues::uniswap::{Decoded, PoolReader};

/// Calls in one `eth_call`: far below what nodes let one use in gas.
const CALLS_AT_ONCE: usize = 1_000;
/// `eth_call`s that are waited for at the same time.
const REQUESTS_AT_ONCE: usize = 4;

/// Reads the pools with these indices at the block with hash `block`: of each its state, or why it cannot be
/// read.
pub(super) async fn pools(
    chain: &EvmChain,
    readers: &mut [PoolReader],
    wanted: &[usize],
    block: B256,
) -> Result<Vec<(usize, Result<Slot, String>)>, CallError> {
    let mut read = Vec::with_capacity(wanted.len());
    let mut missing = wanted.to_vec();
    for _ in 0..MAX_ROUNDS {
        let asked: Vec<Vec<Call>> = missing
            .iter()
            .map(|index| readers.get(*index).map(PoolReader::calls).unwrap_or_default())
            .collect();
        let mut results = answers(chain, asked.iter().flatten().cloned().collect(), block).await?.into_iter();
        let mut more = Vec::new();
        for (index, calls) in missing.into_iter().zip(asked) {
            let results: Vec<Reading<Bytes>> = results.by_ref().take(calls.len()).collect();
            let Some(reader) = readers.get_mut(index) else { continue };
            match reader.decode(&results) {
                Ok(Decoded::Ready(pool)) => {
                    let gross = Arc::new(reader.gross().to_vec());
                    read.push((index, Ok(Slot { pool: Some(pool), gross })));
                }
                Ok(Decoded::NeedsMore(_)) => more.push(index),
                Err(error) => read.push((index, Err(error.to_string()))),
            }
        }
        missing = more;
        if missing.is_empty() {
            break;
        }
    }
    let reason = || Err("its state at one block contradicts itself".to_owned());
    read.extend(missing.into_iter().map(|index| (index, reason())));
    Ok(read)
}

/// Answers to `calls`, in order, all at one block.
async fn answers(chain: &EvmChain, calls: Vec<Call>, block: B256) -> Result<Vec<Reading<Bytes>>, CallError> {
    let mut batches = calls.chunks(CALLS_AT_ONCE).map(<[Call]>::to_vec).enumerate();
    let (mut running, mut parts) = (JoinSet::new(), Vec::new());
    loop {
        while running.len() < REQUESTS_AT_ONCE {
            let Some((place, batch)) = batches.next() else { break };
            let chain = chain.clone();
            running.spawn(async move { (place, chain.calls_agreed(&batch, At::Block(block)).await) });
        }
        match running.join_next().await {
            Some(Ok((place, answer))) => parts.push((place, answer?)),
            Some(Err(error)) => {
                return Err(CallError::Reverted { reason: error.to_string(), data: Bytes::new() });
            }
            None => break,
        }
    }
    parts.sort_unstable_by_key(|(place, _)| *place);
    Ok(parts.into_iter().flat_map(|(_, answers)| answers).collect())
}

/// Whether memory and chain say the same of a pool, as far as both know it.
pub(super) fn agree(memory: &Slot, chain: &Slot) -> bool {
    let (Some(ours), Some(theirs)) = (&memory.pool, &chain.pool) else { return false };
    let (Some(a), Some(b)) = (ours.state.concentrated(), theirs.state.concentrated()) else {
        return ours.state == theirs.state;
    };
    let fees = |state: &PoolState| match state {
        PoolState::V4(state) => state.protocol_fees,
        PoolState::V2(_) | PoolState::V3(_) => [0; 2],
    };
    let known = (a.known.0.max(b.known.0), a.known.1.min(b.known.1));
    (a.sqrt_price_x96, a.tick, a.liquidity) == (b.sqrt_price_x96, b.tick, b.liquidity)
        && fees(&ours.state) == fees(&theirs.state)
        && within(a, &memory.gross, known).eq(within(b, &chain.gross, known))
}

/// Ticks with net and gross liquidity between two ticks.
fn within<'a>(
    state: &'a V3State,
    gross: &'a [u128],
    (low, high): (i32, i32),
) -> impl Iterator<Item = (&'a (i32, i128), &'a u128)> {
    state.ticks.iter().zip(gross).filter(move |((tick, _), _)| (low..=high).contains(tick))
}

/// Whether the price has come so close to the end of the ticks that were read that others should be.
pub(super) fn is_leaving(pool: &Pool) -> bool {
    use crate::network::pool::tick::{MAX_TICK, MIN_TICK};
    let Some(state) = pool.state.concentrated() else { return false };
    let (low, high) = state.known;
    let quarter = high.abs_diff(low) / 4;
    (low > MIN_TICK && state.tick.abs_diff(low) < quarter)
        || (high < MAX_TICK && state.tick.abs_diff(high) < quarter)
}
