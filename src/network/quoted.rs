//! Edges of quotes: between the sizes that were asked, nothing is promised that was not quoted.

use std::time::Duration;

use alloy::primitives::U256;

use crate::domain::{AnyAddress, Position, QuoteView, Snapshot, Usd, Venue};
use crate::network::{Edge, Network, OpenRoutes, Removed, Terms, Transaction, Way, gas};

/// An older quote is not used: the pools behind it have moved.
const MAX_AGE: Duration = Duration::from_secs(120);
/// One, in millionths.
const WHOLE: u128 = 1_000_000;

/// A swap by a venue's quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedWay {
    /// Who quoted.
    pub venue: Venue,
    /// The contract or program a swap would call.
    pub router: AnyAddress,
    /// Sold and bought base units after the haircut, from (0, 0) on: concave, and nowhere above a quote.
    pub corners: Vec<(u128, u128)>,
    /// What was taken off every quote, in millionths.
    pub haircut_ppm: u32,
    /// How far below the quote a swap may end, in millionths.
    pub slippage_ppm: u32,
    /// Seconds between the quote and the snapshot.
    pub age_seconds: u64,
}

impl QuotedWay {
    /// Base units that arrive for `units`: on the chord between two corners, rounded down.
    ///
    /// # Errors
    /// When more is asked than was quoted.
    pub fn arrives(&self, units: u128) -> Result<u128, String> {
        for pair in self.corners.windows(2) {
            let &[(sold, bought), (more, most)] = pair else { continue };
            if units <= more {
                return chord(
                    units.saturating_sub(sold),
                    more.saturating_sub(sold),
                    most.saturating_sub(bought),
                )
                .and_then(|rise| bought.checked_add(rise))
                .ok_or_else(|| "the quote does not fit".to_owned());
            }
        }
        Err(format!("only up to {} base units were quoted", self.most()))
    }

    /// The most that was quoted.
    pub fn most(&self) -> u128 {
        self.corners.last().map_or(0, |(sold, _)| *sold)
    }
}

/// `rise·run/width`, rounded down.
fn chord(run: u128, width: u128, rise: u128) -> Option<u128> {
    let product = U256::from(run).checked_mul(U256::from(rise))?;
    u128::try_from(product.checked_div(U256::from(width))?).ok()
}

/// What a haircut leaves of `quoted`, rounded down.
pub(super) fn after_haircut(quoted: u128, haircut_ppm: u32) -> Option<u128> {
    chord(quoted, WHOLE, WHOLE.checked_sub(u128::from(haircut_ppm))?)
}

/// The corners of the quotes after a haircut. Where a larger size was quoted a better rate than a smaller
/// one, the rate of the smaller one is kept: a concave line below every quote.
fn corners(samples: &[(u128, u128)], haircut_ppm: u32) -> Vec<(u128, u128)> {
    let mut corners = vec![(0_u128, 0_u128)];
    let mut steepest: Option<(u128, u128)> = None;
    for &(sold, quoted) in samples {
        let Some(&(before, gave)) = corners.last() else { break };
        let (Some(run), Some(bought)) = (sold.checked_sub(before), after_haircut(quoted, haircut_ppm)) else {
            break;
        };
        if run == 0 {
            continue;
        }
        let mut rise = bought.saturating_sub(gave);
        if let Some((width, height)) = steepest
            && let Some(most) = chord(run, width, height)
        {
            rise = rise.min(most);
        }
        let Some(reached) = gave.checked_add(rise).filter(|_| rise > 0) else { break };
        steepest = Some((run, rise));
        corners.push((sold, reached));
    }
    corners
}

/// Adds the edge of one quote.
pub(super) fn add(
    network: &mut Network,
    snapshot: &Snapshot,
    quote: &QuoteView,
    terms: &Terms,
    open: &OpenRoutes,
) {
    match edge(network, snapshot, quote, terms, open) {
        Ok(edge) => network.edges.push(edge),
        Err(reason) => {
            let route = format!("{} {} {}→{}", quote.venue, quote.chain, quote.from, quote.to);
            network.removed.push(Removed { route, reason });
        }
    }
}

fn edge(
    network: &Network,
    snapshot: &Snapshot,
    quote: &QuoteView,
    terms: &Terms,
    open: &OpenRoutes,
) -> Result<Edge, String> {
    let from = network.node_of(&Position::new(quote.chain.clone(), quote.from.clone()))?;
    let to = network.node_of(&Position::new(quote.chain.clone(), quote.to.clone()))?;
    if from == to {
        return Err("the quote is of an asset against itself".to_owned());
    }
    if open.pools.contains(&(quote.chain.clone(), quote.router)) {
        return Err("a swap of ours is open there; its quotes are about to change".to_owned());
    }
    let age = snapshot.taken_at.since(quote.taken_at);
    if age > MAX_AGE {
        return Err(format!("the quote is {} s old", age.as_secs()));
    }
    let haircut_ppm = snapshot.haircut_ppm(quote.venue);
    let way = QuotedWay {
        venue: quote.venue,
        router: quote.router,
        corners: corners(&quote.samples, haircut_ppm),
        haircut_ppm,
        slippage_ppm: quote.slippage_ppm.min(terms.slippage_ppm),
        age_seconds: age.as_secs(),
    };
    let source = network.nodes.get(from).ok_or("an end of the quote is missing")?;
    let mut capacity = way.most();
    if let Some(most) = terms.max_transfer {
        let units = source.price.units_for(most, source.inventory.decimals());
        capacity = capacity.min(units.ok_or("the largest transfer does not fit")?);
    }
    if capacity == 0 {
        return Err("nothing was quoted".to_owned());
    }
    let spent = gas::of(snapshot, &quote.chain, &terms.gas, &[Transaction::Approve, Transaction::Aggregate])?;
    Ok(Edge {
        from,
        to,
        way: Way::Quoted(way),
        gas: spent.usd,
        source_native: spent.native,
        destination_native: 0,
        delay: Usd::ZERO,
        capital_atto: 0,
        capacity,
    })
}
