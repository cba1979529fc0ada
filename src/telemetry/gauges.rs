//! From what was observed to the gauges.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::I256;

use crate::domain::price::Rounding;
use crate::domain::{
    Amount, AssetId, ChainName, DecisionRecord, Operation, Position, Snapshot, Timestamp, Trade, Usd,
};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::{base_units, dollars, price, ratio, set, signed, whole};

/// Balances, blocks and prices of a snapshot.
pub fn show_snapshot(metrics: &Metrics, snapshot: &Snapshot) {
    for (name, view) in &snapshot.chains {
        let Ok(view) = view else { continue };
        let chain = name.as_str();
        let seconds = u64::try_from(snapshot.taken_at.seconds()).unwrap_or(0);
        metrics.head_block.with_label_values(&[chain]).set(small(view.block.number));
        metrics.head_age.with_label_values(&[chain]).set(small(seconds.saturating_sub(view.block.timestamp)));
        set(&metrics.gas_balance, &[chain], whole(&view.native));
        for (asset, balance) in &view.balances {
            let labels = [chain, asset.as_str()];
            set(&metrics.balance_units, &labels, base_units(&balance.on_chain));
            if let Ok(found) = snapshot.price(asset) {
                let value = found.value(&balance.on_chain, Rounding::Down);
                set(&metrics.balance_usd, &labels, value.map_or(0.0, dollars));
                let value = found.value(&balance.in_flight, Rounding::Down);
                set(&metrics.in_flight_usd, &labels, value.map_or(0.0, dollars));
            }
        }
    }
    for (asset, reading) in &snapshot.prices {
        let labels = [asset.as_str()];
        metrics.price_usable.with_label_values(&labels).set(i64::from(reading.is_ok()));
        if let Ok(view) = reading {
            let age = snapshot.taken_at.since(view.as_of).as_secs();
            metrics.price_age.with_label_values(&labels).set(small(age));
            set(&metrics.price_usd, &labels, price(view.price));
        }
    }
}

/// Weights against targets.
pub fn show_deviations(metrics: &Metrics, record: &DecisionRecord) {
    for deviation in &record.deviations {
        let labels = [deviation.chain.as_str(), deviation.asset.as_str()];
        set(&metrics.deviation, &labels, ratio(deviation.weight_ppm.saturating_sub(deviation.target_ppm)));
    }
}

/// What conservation cannot explain at one position.
pub fn show_imbalance(metrics: &Metrics, position: &Position, units: I256) {
    let labels = [position.chain.as_str(), position.asset.as_str()];
    set(&metrics.ledger_imbalance, &labels, signed(i128::try_from(units).unwrap_or(i128::MAX)));
}

/// What trades between chains left of each of `assets`, a leg that is still to come included.
pub fn show_exposure(metrics: &Metrics, assets: &BTreeSet<AssetId>, trades: &[Trade], snapshot: &Snapshot) {
    for asset in assets {
        let decimals = |chain: &ChainName| {
            let view = snapshot.chains.get(chain)?.as_ref().ok()?;
            Some(view.balances.get(asset)?.on_chain.decimals())
        };
        let mut exposure = Usd::ZERO;
        for left in trades.iter().filter_map(|trade| trade.left(asset, decimals)) {
            let amount = Amount::new(asset.clone(), left.decimals, left.units);
            let Ok(worth) = snapshot.worth(&amount, Rounding::Down) else { continue };
            exposure =
                if left.is_long { exposure.saturating_add(worth) } else { exposure.saturating_sub(worth) };
        }
        set(&metrics.cross_chain_exposure, &[asset.as_str()], dollars(exposure));
    }
}

/// How many operations are open, and how old the oldest is.
pub fn show_operations(metrics: &Metrics, open: &[Operation], now: Timestamp) {
    metrics.operations_open.reset();
    metrics.operation_oldest_age.reset();
    let mut groups: BTreeMap<(&str, &str), (i64, u64)> = BTreeMap::new();
    for operation in open {
        let group = groups.entry((operation.step.kind(), operation.state.as_str())).or_default();
        group.0 = group.0.saturating_add(1);
        group.1 = group.1.max(now.since(operation.created_at).as_secs());
    }
    for ((kind, state), (count, age)) in groups {
        metrics.operations_open.with_label_values(&[kind, state]).set(count);
        metrics.operation_oldest_age.with_label_values(&[kind, state]).set(small(age));
    }
}

fn small(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
