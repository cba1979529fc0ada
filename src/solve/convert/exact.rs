//! Whole base units: parts that add up to the amount, each quoted exactly.

use super::search::MOST;
use crate::network::Edge;

/// One way's part.
pub(super) struct Units {
    pub(super) way: usize,
    pub(super) units: u128,
    pub(super) out: u128,
}

/// Why there are no parts.
pub(super) enum Failed {
    /// This way has no exact quote for its part.
    Way(usize),
    /// So much found no place.
    Rest(u128),
}

/// The parts of a real split: rounded down, and the few units that are left where they bring most.
pub(super) fn parts(edges: &[&Edge], sold: &[f64; MOST], amount: u128) -> Result<Vec<Units>, Failed> {
    let mut rest = amount;
    let mut parts = Vec::with_capacity(edges.len());
    for (way, edge) in edges.iter().enumerate() {
        // The cast saturates: what is less than one unit is none.
        let units = (sold[way] as u128).min(edge.capacity).min(rest);
        if units > 0 {
            parts.push(Units { way, units, out: 0 });
            rest = rest.saturating_sub(units);
        }
    }
    if rest > 0 && !whole(edges, &mut parts, rest) {
        rest = spread(edges, &mut parts, rest);
        if rest > 0 {
            return Err(Failed::Rest(rest));
        }
    }
    for part in &mut parts {
        part.out = quote(edges[part.way], part.units).ok_or(Failed::Way(part.way))?;
    }
    Ok(parts)
}

/// Adds all of `rest` to the part to which it brings most; whether one has room for it.
fn whole(edges: &[&Edge], parts: &mut [Units], rest: u128) -> bool {
    let gain = |part: &Units| {
        let more = part.units.checked_add(rest).filter(|more| *more <= edges[part.way].capacity)?;
        quote(edges[part.way], more)?.checked_sub(quote(edges[part.way], part.units).unwrap_or(0))
    };
    let best = parts.iter_mut().filter_map(|part| Some((gain(part)?, part))).max_by_key(|(gain, _)| *gain);
    best.map(|(_, part)| part.units = part.units.saturating_add(rest)).is_some()
}

/// Adds `rest` wherever there is room; what is left then.
fn spread(edges: &[&Edge], parts: &mut [Units], mut rest: u128) -> u128 {
    for part in parts {
        let more = edges[part.way].capacity.saturating_sub(part.units).min(rest);
        part.units = part.units.saturating_add(more);
        rest = rest.saturating_sub(more);
    }
    rest
}

fn quote(edge: &Edge, units: u128) -> Option<u128> {
    edge.arrives(units).ok().filter(|out| *out > 0)
}
