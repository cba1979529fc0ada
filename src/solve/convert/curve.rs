//! Gains as real functions: bought base units for sold base units, concave, nowhere below the exact ones.

use alloy::primitives::U256;

use crate::domain::pool::{PoolState, V2State, V3State, V4State};
use crate::network::pool::{self, tick::sqrt_ratio_at_tick};
use crate::network::{Edge, QuotedWay, SwapWay, Way};

/// 2⁹⁶, the unit of a pool's square root price.
const Q96: f64 = 79_228_162_514_264_337_593_543_950_336.0;

/// The gain of one way.
#[derive(Debug, Clone)]
pub(super) struct Gain {
    curve: Curve,
    /// The part of the curve that is left after the haircut.
    kept: f64,
    /// The most it takes in.
    most: f64,
}

#[derive(Debug, Clone)]
enum Curve {
    /// Chords between quoted sizes, steepest first.
    Chords(Vec<Chord>),
    /// Stretches of constant liquidity, dearest first, of a pool that keeps the rest of every unit sold.
    Pool { keeps: f64, ranges: Vec<Range> },
}

#[derive(Debug, Clone, Copy)]
struct Chord {
    sold: f64,
    bought: f64,
    slope: f64,
}

/// Within a range the root of the rate falls from `from` as `from/(1 + sold·from/liquidity)`: the
/// constant product, for either direction.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: f64,
    to: f64,
    liquidity: f64,
    sold: f64,
    bought: f64,
}

impl Gain {
    /// The gain of `edge`, or why it has none.
    pub(super) fn of(edge: &Edge) -> Result<Self, String> {
        let most = edge.capacity as f64;
        let (curve, kept) = match &edge.way {
            // Its corners are after the haircut already.
            Way::Quoted(way) => (chords(way), 1.0),
            Way::Swap(way) => (pool(way, most)?, way.kept()),
            Way::Bridge(_) => return Err("a transfer between chains converts nothing".to_owned()),
        };
        let gain = Self { curve, kept, most };
        let first = gain.first_price();
        if first.is_finite() && first > 0.0 { Ok(gain) } else { Err("it gives nothing".to_owned()) }
    }

    /// What the first unit brings.
    pub(super) fn first_price(&self) -> f64 {
        let first = match &self.curve {
            Curve::Chords(chords) => chords.first().map_or(0.0, |chord| chord.slope),
            Curve::Pool { keeps, ranges } => {
                ranges.first().map_or(0.0, |range| keeps * range.from * range.from)
            }
        };
        first * self.kept
    }

    /// The most that can be sold while every unit brings at least `price`.
    pub(super) fn taken(&self, price: f64) -> f64 {
        let price = price / self.kept;
        let sold = match &self.curve {
            Curve::Chords(chords) => {
                chords.iter().find(|chord| chord.slope < price).map_or(self.most, |chord| chord.sold)
            }
            Curve::Pool { keeps, ranges } => {
                let root = (price / keeps).sqrt();
                let place = ranges.partition_point(|range| range.to >= root);
                match ranges.get(place) {
                    Some(range) if range.from <= root => range.sold,
                    Some(range) => {
                        range.sold + range.liquidity * (range.from - root) / (root * range.from * keeps)
                    }
                    None => self.most,
                }
            }
        };
        // Nothing divided by nothing is where the price is zero.
        if sold < self.most { sold } else { self.most }
    }

    /// What `sold` brings.
    pub(super) fn given(&self, sold: f64) -> f64 {
        let given = match &self.curve {
            Curve::Chords(chords) => {
                let place = chords.partition_point(|chord| chord.sold <= sold).saturating_sub(1);
                chords.get(place).map_or(0.0, |chord| chord.bought + chord.slope * (sold - chord.sold))
            }
            Curve::Pool { keeps, ranges } => {
                let place = ranges.partition_point(|range| range.sold <= sold).saturating_sub(1);
                ranges.get(place).map_or(0.0, |range| {
                    let relative = (sold - range.sold) * keeps * range.from / range.liquidity;
                    range.bought + range.liquidity * range.from * relative / (1.0 + relative)
                })
            }
        };
        given * self.kept
    }

    /// What is left at `price` per unit sold when as much is sold as pays: the conjugate.
    pub(super) fn earns(&self, price: f64) -> f64 {
        let sold = self.taken(price);
        self.given(sold) - price * sold
    }
}

fn chords(way: &QuotedWay) -> Curve {
    let mut chords = Vec::with_capacity(way.corners.len());
    for pair in way.corners.windows(2) {
        let &[(sold, bought), (more, most)] = pair else { continue };
        let (run, rise) = (more.saturating_sub(sold) as f64, most.saturating_sub(bought) as f64);
        chords.push(Chord { sold: sold as f64, bought: bought as f64, slope: rise / run });
    }
    Curve::Chords(chords)
}

fn pool(way: &SwapWay, most: f64) -> Result<Curve, String> {
    let keeps = 1.0 - f64::from(pool::fee_ppm(&way.pool, way.zero_for_one)) / 1e6;
    let ranges = match &way.pool.state {
        PoolState::V2(state) => vec![whole(state, way.zero_for_one)],
        PoolState::V3(state) | PoolState::V4(V4State { concentrated: state, .. }) => {
            ranges(state, way.zero_for_one, keeps, most).ok_or("the pool state contradicts itself")?
        }
    };
    Ok(Curve::Pool { keeps, ranges })
}

/// A pair is one range that ends nowhere.
fn whole(state: &V2State, zero_for_one: bool) -> Range {
    let [reserve0, reserve1] = state.reserves.map(|reserve| reserve as f64);
    let (sold, bought) = if zero_for_one { (reserve0, reserve1) } else { (reserve1, reserve0) };
    Range { from: (bought / sold).sqrt(), to: 0.0, liquidity: (bought * sold).sqrt(), sold: 0.0, bought: 0.0 }
}

/// Ranges between initialised ticks until `most` is sold; the last one ends nowhere.
fn ranges(state: &V3State, zero_for_one: bool, keeps: f64, most: f64) -> Option<Vec<Range>> {
    let root = |sqrt_price: U256| {
        let price = f64::from(sqrt_price) / Q96;
        if zero_for_one { price } else { price.recip() }
    };
    let at = state.ticks.partition_point(|(tick, _)| *tick <= state.tick);
    let (below, above) = state.ticks.split_at(at);
    let (mut down, mut up) = (below.iter().rev(), above.iter());
    let mut ranges = Vec::new();
    let mut from = root(state.sqrt_price_x96);
    let mut liquidity = state.liquidity;
    let (mut sold, mut bought) = (0.0, 0.0);
    loop {
        let next = if zero_for_one { down.next() } else { up.next() };
        let depth = liquidity as f64;
        let to = match next {
            Some((tick, _)) => root(sqrt_ratio_at_tick(*tick)?),
            None => 0.0,
        };
        if liquidity > 0 && to < from {
            ranges.push(Range { from, to, liquidity: depth, sold, bought });
            sold += depth * (from - to) / (to * from * keeps);
            bought += depth * (from - to);
        }
        // The end of what was read is not where a range ends: nothing is sold beyond it.
        let Some((_, net)) = next.filter(|_| sold < most) else { break };
        from = from.min(to);
        liquidity = match (*net < 0) == zero_for_one {
            true => liquidity.checked_add(net.unsigned_abs())?,
            false => liquidity.checked_sub(net.unsigned_abs())?,
        };
    }
    if let Some(last) = ranges.last_mut() {
        last.to = 0.0;
    }
    Some(ranges)
}
