//! Which pairs are worth asking a venue about.

use crate::domain::{Position, QuoteRequest, Snapshot, Usd};
use crate::network::{self, Network};
use crate::solve::rebalance::Band;
use crate::strategies::rebalance::Goal;
use crate::strategies::rebalance::weights::{unready, weigh};

/// Most pairs of one decision: venues allow about one request per second.
const MOST: usize = 4;

/// Pairs on one chain of which one asset is above its band and the other is below it, there or on another
/// chain; those with most to move first; none where nothing would be decided anyway.
pub fn wanted(snapshot: &Snapshot, goal: &Goal) -> Vec<QuoteRequest> {
    if unready(snapshot, goal).is_err() {
        return Vec::new();
    }
    let network = network::build(snapshot, &goal.assets, &goal.terms, &goal.open);
    let Ok(weights) = weigh(&network, goal) else { return Vec::new() };
    if !weights.triggered {
        return Vec::new();
    }
    let mut all = Vec::new();
    for from in 0..network.nodes.len() {
        for to in 0..network.nodes.len() {
            all.extend(pair(&network, &weights.bands, goal, from, to));
        }
    }
    all.sort_by_key(|(value, _)| std::cmp::Reverse(*value));
    all.into_iter().take(MOST).map(|(_, request)| request).collect()
}

fn pair(
    network: &Network,
    bands: &[Band],
    goal: &Goal,
    from: usize,
    to: usize,
) -> Option<(Usd, QuoteRequest)> {
    let (source, target) = (network.nodes.get(from)?, network.nodes.get(to)?);
    let above = bands.get(from)?;
    let Position { chain, asset } = &target.position;
    if from == to || source.position.chain != *chain || source.value <= above.high {
        return None;
    }
    let gives = source.value.checked_sub(above.low)?;
    // What is bought may be missing here, or on another chain to which it goes on from here.
    let missing = network
        .nodes
        .iter()
        .zip(bands)
        .filter(|(node, band)| node.position.asset == *asset && node.value < band.low);
    let takes =
        missing.fold(Usd::ZERO, |sum, (node, band)| sum.saturating_add(band.high.saturating_sub(node.value)));
    let mut value = gives.min(takes);
    if let Some(most) = goal.terms.max_transfer {
        value = value.min(most);
    }
    let units = source.price.units_for(value, source.inventory.decimals())?.min(source.available.units());
    (value >= goal.terms.min_transfer && units > 0).then(|| {
        let most = source.inventory.with_units(units);
        (value, QuoteRequest { chain: chain.clone(), most, to: asset.clone() })
    })
}
