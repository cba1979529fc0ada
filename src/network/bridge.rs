//! Bridge edges of a snapshot.

use crate::domain::price::Rounding;
use crate::domain::snapshot::{BridgeTier, BridgeView};
use crate::domain::{Position, Snapshot, Speed, Usd};
use crate::network::{BridgeWay, Budget, Edge, Network, OpenRoutes, Removed, Terms, Transaction, Way, gas};

/// Seconds of a year of 365 days.
const YEAR: u128 = 31_536_000;

/// A route never carries more transfers than this, whatever the terms say.
const MOST_FLIGHTS: u32 = 64;

/// Adds one edge per usable speed of `view`.
pub(super) fn add(
    network: &mut Network,
    snapshot: &Snapshot,
    view: &BridgeView,
    terms: &Terms,
    open: &OpenRoutes,
) {
    let route = |tier: &BridgeTier| {
        let speed = match tier.speed {
            Speed::Fast => "cctp-fast",
            Speed::Standard => "cctp-standard",
        };
        format!("{speed} {}→{}", view.from, view.to)
    };
    for tier in &view.tiers {
        match edge(network, snapshot, view, tier, terms, open) {
            Ok(edge) => network.edges.push(edge),
            Err(reason) => network.removed.push(Removed { route: route(tier), reason }),
        }
    }
}

fn edge(
    network: &mut Network,
    snapshot: &Snapshot,
    view: &BridgeView,
    tier: &BridgeTier,
    terms: &Terms,
    open: &OpenRoutes,
) -> Result<Edge, String> {
    if view.from == view.to {
        return Err("source and destination are the same chain".to_owned());
    }
    let from = network.node_of(&Position::new(view.from.clone(), view.asset.clone()))?;
    let to = network.node_of(&Position::new(view.to.clone(), view.asset.clone()))?;
    let (source, destination) = match (network.nodes.get(from), network.nodes.get(to)) {
        (Some(source), Some(destination)) => (source, destination),
        (None, _) | (_, None) => return Err("an end of the route is missing".to_owned()),
    };
    if source.inventory.decimals() != destination.inventory.decimals() {
        return Err(format!("{} has different decimals at both ends", view.asset));
    }
    let used = open.bridges.get(&(view.from.clone(), view.to.clone())).copied().unwrap_or(0);
    let flights = terms.max_in_flight.min(MOST_FLIGHTS).saturating_sub(used);
    if flights == 0 {
        return Err(format!("{used} transfers are in flight on this route already, the most allowed"));
    }
    if tier.fee_ppm >= 1_000_000 || view.min_fee >= 10_000_000 {
        return Err("the fee is the whole amount".to_owned());
    }
    let chunk = chunk(view, source, terms)?;
    let (allowance, shared) = match (tier.speed, tier.allowance) {
        (Speed::Fast, None) => return Err("the fast allowance is not known".to_owned()),
        (Speed::Fast, Some(units)) => (units, true),
        (Speed::Standard, limit) => (limit.unwrap_or(u128::MAX), false),
    };
    if allowance == 0 {
        return Err("the allowance is used up".to_owned());
    }
    let capacity = chunk.saturating_mul(u128::from(flights)).min(allowance);
    let spent = gas::of(snapshot, &view.from, &terms.gas, &[Transaction::Approve, Transaction::Burn])?;
    let minted = gas::of(snapshot, &view.to, &terms.gas, &[Transaction::Mint])?;
    let delay = delay(terms.time_usd_per_hour, tier.expected_seconds).ok_or("the delay is absurd")?;
    let capital_atto = u128::from(terms.capital_rate_ppm)
        .checked_mul(1_000_000_000_000)
        .and_then(|rate| rate.checked_mul(u128::from(tier.expected_seconds)))
        .map(|product| product.div_ceil(YEAR))
        .filter(|atto| *atto < 1_000_000_000_000_000_000)
        .ok_or("the delay is absurd")?;
    let gas = spent.usd.checked_add(minted.usd).ok_or("gas is absurd")?;
    let budget = shared.then(|| share(network, from, allowance));
    Ok(Edge {
        from,
        to,
        way: Way::Bridge(BridgeWay {
            speed: tier.speed,
            fee_ppm: tier.fee_ppm,
            min_fee: view.min_fee,
            seconds: tier.expected_seconds,
            chunk,
            flights,
            budget,
        }),
        gas,
        source_native: spent.native,
        destination_native: minted.native,
        delay,
        capital_atto,
        capacity,
    })
}

/// Largest single transfer: the burn limit, and the largest transfer the terms allow.
fn chunk(view: &BridgeView, source: &crate::network::Node, terms: &Terms) -> Result<u128, String> {
    let mut chunk = view.burn_limit;
    if let Some(most) = terms.max_transfer {
        let units = source
            .price
            .units_for(most, source.inventory.decimals())
            .ok_or("the largest transfer does not fit")?;
        chunk = chunk.min(units);
    }
    let value = source.value_of(chunk, Rounding::Down).unwrap_or(Usd::MAX);
    if chunk == 0 || value < terms.min_transfer {
        return Err("the largest single transfer is below the smallest allowed".to_owned());
    }
    Ok(chunk)
}

/// Price of `seconds` at `per_hour`, rounded up.
fn delay(per_hour: Usd, seconds: u64) -> Option<Usd> {
    let micros = u128::try_from(per_hour.micros()).ok()?.checked_mul(u128::from(seconds))?.div_ceil(3_600);
    Some(Usd::from_micros(i128::try_from(micros).ok()?))
}

/// The fast allowance is one number for all routes of an asset: the least that was read counts.
fn share(network: &mut Network, from: usize, allowance: u128) -> usize {
    let asset = network.position(from).asset.clone();
    if let Some(index) = network.budgets.iter().position(|budget| budget.asset == asset) {
        if let Some(budget) = network.budgets.get_mut(index) {
            budget.units = budget.units.min(allowance);
        }
        return index;
    }
    network.budgets.push(Budget { asset, units: allowance });
    network.budgets.len().saturating_sub(1)
}
