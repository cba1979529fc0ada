//! What turning a circulation into whole units costs: every swap computed anew with the pools' integer mathematics.

use std::sync::Arc;

use alloy::primitives::{Address, U256};
use purser::domain::pool::{Pool as Exact, PoolState, V2State};
use purser::domain::{AssetId, ChainName};
use purser::solve::arbitrage::{Instance, Market, Share, Solver, route};

/// Base units of one: eighteen decimals are usual, and reserves have to fit 112 bits.
const UNIT: f64 = 1e12;
/// Reserves of a pair have no more bits.
const MOST: f64 = 5e33;

/// What a base unit is worth that nobody wants, relative to its price.
const UNWANTED: f64 = 1e-3;

/// By how much whole units leave less than the circulation, relative to it, where only the first token is wanted; `None`
/// where a pool has no integer mathematics here: weighted ones and those that end.
pub fn loss(instance: &Instance) -> Option<f64> {
    let mut pools = Vec::with_capacity(instance.pools.len());
    for (index, pool) in instance.pools.iter().enumerate() {
        let fee = (1.0 - pool.keeps) * 1e6;
        let is_whole = (fee - fee.round()).abs() < 1e-6;
        let is_pair = pool.weight == 0.5 && pool.available.iter().all(|available| available.is_infinite());
        let reserves = pool.reserves.map(|reserve| reserve * UNIT);
        if !is_whole || !is_pair || reserves.iter().any(|reserve| *reserve > MOST) {
            return None;
        }
        pools.push(Some(Arc::new(Exact {
            chain: ChainName::new("instance"),
            address: Address::from_word(U256::from(index + 1).into()),
            assets: pool.tokens.map(|token| AssetId::new(&token.to_string())),
            decimals: [12; 2],
            state: PoolState::V2(V2State {
                reserves: reserves.map(|reserve| reserve as u128),
                fee: fee.round() as u32,
            }),
        })));
    }
    let price = |(token, value): (usize, &f64)| if token == 0 { *value } else { UNWANTED * value };
    let values: Vec<f64> = instance.values.iter().enumerate().map(price).collect();
    let market = Market::new(&values, &instance.pools).ok()?;
    let mut solver = Solver::new(&market);
    let objective = solver.solve(&market).objective;
    let (flows, prices) = (solver.flows(&market), solver.prices(&market));
    let tokens: Vec<[usize; 2]> = instance.pools.iter().map(|pool| pool.tokens).collect();
    let mut shares = Vec::new();
    for (pool, (out, tokens)) in flows.iter().zip(&tokens).enumerate() {
        let sold = usize::from(out[1] < 0.0);
        if out[sold] < 0.0 {
            let worth = -out[sold] * prices[tokens[sold]];
            let profit = out[0] * prices[tokens[0]] + out[1] * prices[tokens[1]];
            shares.push(Share { pool, zero_for_one: sold == 0, amount_in: -out[sold] * UNIT, worth, profit });
        }
    }
    // Circles without the first token run as well.
    let route = route(&shares, &pools, &tokens, 0, |_| true).ok()?;
    let mut value = 0.0;
    for swap in &route.swaps {
        let [first, second] = tokens[swap.pool];
        let (sold, bought) = if swap.zero_for_one { (first, second) } else { (second, first) };
        value += swap.amount_out as f64 * values[bought] - swap.amount_in as f64 * values[sold];
    }
    Some((objective - value / UNIT) / objective)
}
