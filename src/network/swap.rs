//! Swap edges of a snapshot.

use std::sync::Arc;

use alloy::primitives::U256;

use crate::domain::pool::{Pool, PoolState, V2_FEE, V4State};
use crate::domain::{Position, Snapshot, Usd, Venue};
use crate::network::pool::QuoteError;
use crate::network::{Edge, Network, OpenRoutes, Removed, SwapWay, Terms, Transaction, Way, gas, pool};

/// Adds both directions of `pool`.
pub(super) fn add(
    network: &mut Network,
    snapshot: &Snapshot,
    pool: &Arc<Pool>,
    terms: &Terms,
    open: &OpenRoutes,
) {
    for zero_for_one in [true, false] {
        match edge(network, snapshot, pool, zero_for_one, terms, open) {
            Ok(edge) => network.edges.push(edge),
            Err(reason) => {
                let [token0, token1] = &pool.assets;
                let (sold, bought) = if zero_for_one { (token0, token1) } else { (token1, token0) };
                let route = match venue(pool) {
                    Some(venue) => format!("{venue} {} {sold}→{bought}", pool.chain),
                    None => format!("{} {} {sold}→{bought}", pool.key(), pool.chain),
                };
                network.removed.push(Removed { route, reason });
            }
        }
    }
}

/// Where the pool is traded in one swap; `None` where SwapRouter02 does not know it.
fn venue(pool: &Pool) -> Option<Venue> {
    match &pool.state {
        PoolState::V2(state) => (state.fee == V2_FEE).then_some(Venue::UniswapV2),
        PoolState::V3(_) => Some(Venue::UniswapV3),
        PoolState::V4(_) => None,
    }
}

fn edge(
    network: &Network,
    snapshot: &Snapshot,
    pool: &Arc<Pool>,
    zero_for_one: bool,
    terms: &Terms,
    open: &OpenRoutes,
) -> Result<Edge, String> {
    let venue = venue(pool).ok_or("SwapRouter02 does not trade in this pool")?;
    let [token0, token1] = &pool.assets;
    let [decimals0, decimals1] = pool.decimals;
    let ends = [(token0, decimals0), (token1, decimals1)];
    let [first, second] = ends.map(|(asset, decimals)| {
        let index = network.node_of(&Position::new(pool.chain.clone(), asset.clone()))?;
        match network.nodes.get(index) {
            Some(node) if node.inventory.decimals() == decimals => Ok(index),
            Some(_) | None => Err(format!("the pool's decimals of {asset} are not the token's")),
        }
    });
    let (first, second) = (first?, second?);
    if first == second {
        return Err("the pool trades an asset against itself".to_owned());
    }
    if open.pools.contains(&(pool.chain.clone(), pool.address.into())) {
        return Err("a swap of ours is open in this pool; its state is about to change".to_owned());
    }
    let depth = depth(pool, zero_for_one).ok_or("the pool's depth cannot be told")?;
    let share = U256::from(depth)
        .checked_mul(U256::from(terms.pool_share_ppm.min(1_000_000)))
        .and_then(|product| product.checked_div(U256::from(1_000_000_u32)))
        .and_then(|units| u128::try_from(units).ok())
        .ok_or("the pool's depth cannot be told")?;
    let (from, to) = if zero_for_one { (first, second) } else { (second, first) };
    let source = network.nodes.get(from).ok_or("an end of the pool is missing")?;
    let mut capacity = share;
    if let Some(most) = terms.max_transfer {
        let units = source.price.units_for(most, source.inventory.decimals());
        capacity = capacity.min(units.ok_or("the largest transfer does not fit")?);
    }
    let capacity = quotable(pool, zero_for_one, capacity)?;
    let swap = if venue == Venue::UniswapV2 { Transaction::SwapV2 } else { Transaction::SwapV3 };
    let spent = gas::of(snapshot, &pool.chain, &terms.gas, &[Transaction::Approve, swap])?;
    let way = SwapWay {
        pool: Arc::clone(pool),
        zero_for_one,
        venue,
        fee: pool::fee_ppm(pool, zero_for_one),
        haircut_ppm: snapshot.haircut_ppm(venue),
    };
    Ok(Edge {
        from,
        to,
        way: Way::Swap(way),
        gas: spent.usd,
        source_native: spent.native,
        destination_native: 0,
        delay: Usd::ZERO,
        capital_atto: 0,
        capacity,
    })
}

/// The part of `most` the known state of the pool can quote, give or take a sixty-fourth.
fn quotable(pool: &Pool, zero_for_one: bool, most: u128) -> Result<u128, String> {
    // Almost always the answer is far from what only exact arithmetic can tell.
    if let Some(absorbed) = pool::curve::absorbs(pool, zero_for_one).filter(|_| most > 0) {
        let near = absorbed.saturating_sub(absorbed >> 6);
        return Ok(if most < absorbed.saturating_sub(absorbed >> 30) { most } else { near });
    }
    let absorbed = match pool::quote_exact_in(pool, zero_for_one, most) {
        Ok(_) => return Ok(most),
        Err(QuoteError::BeyondKnownTicks { absorbed, .. } | QuoteError::PartialFill { absorbed }) => absorbed,
        Err(
            error @ (QuoteError::ZeroInput
            | QuoteError::NoLiquidity
            | QuoteError::NothingOut
            | QuoteError::Inconsistent),
        ) => return Err(error.to_string()),
    };
    let near = absorbed.saturating_sub(absorbed >> 6);
    if pool::quote_exact_in(pool, zero_for_one, near).is_ok() {
        return Ok(near);
    }
    match pool::capacity(pool, zero_for_one, near) {
        0 => Err("the pool absorbs nothing".to_owned()),
        units => Ok(units),
    }
}

/// Reserve of the sold token: the real one of a pair, the virtual one of a concentrated pool
/// (L·2⁹⁶/√P of token0, L·√P/2⁹⁶ of token1), which its range then limits further.
fn depth(pool: &Pool, zero_for_one: bool) -> Option<u128> {
    match &pool.state {
        PoolState::V2(state) => {
            let [reserve0, reserve1] = state.reserves;
            Some(if zero_for_one { reserve0 } else { reserve1 })
        }
        PoolState::V3(state) | PoolState::V4(V4State { concentrated: state, .. }) => {
            let liquidity = U256::from(state.liquidity);
            let unit = U256::from(1_u8).checked_shl(96)?;
            let depth = if zero_for_one {
                liquidity.checked_mul(unit)?.checked_div(state.sqrt_price_x96)?
            } else {
                // Divided first: a √price has up to 160 bits.
                let root = state.sqrt_price_x96;
                match liquidity.checked_mul(root) {
                    Some(product) => product.checked_div(unit)?,
                    None => liquidity.checked_mul(root.checked_div(unit)?)?,
                }
            };
            Some(u128::try_from(depth).unwrap_or(u128::MAX))
        }
    }
}
