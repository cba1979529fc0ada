//! Each token's own balance: its price moves alone until nothing of it is missing or left over.
//!
//! Where a few pools have changed, this crosses the kinks around them, one by one and for next to nothing, so
//! that Newton's method finds a network in which prices only have to shift together.

use super::market::Market;
use super::newton::Point;
use super::sorted::Sorted;
use super::term::Price;

/// Tokens of more pools than this are left to Newton's method.
const MANY: usize = 64;
/// Most looks at one token.
const LOOKS: u32 = 12;
/// What a token may miss, relative to what it missed.
const REST: f64 = 0.05;
/// The most a price moves at once.
const FARTHEST: f64 = 0.5;

/// What there is of each token.
#[derive(Debug, Clone)]
pub(super) struct Relaxation {
    /// The pools of each token.
    pools: Sorted,
}

impl Relaxation {
    pub(super) fn new(market: &Market) -> Self {
        let curves = &market.curves;
        Self { pools: Sorted::by(market.tokens(), curves.len(), |pool| curves[pool].ends) }
    }

    /// Moves every price by itself whose token misses, or has left over, more than `least`.
    pub(super) fn sweep(&self, market: &Market, point: &mut Point, least: f64) {
        for token in 0..market.tokens() {
            let paid = point.paid[token];
            let is_settled = paid.abs() <= least || (paid > 0.0 && point.logs[token] <= market.low[token]);
            let pools = self.pools.of(token);
            if is_settled || pools.len() > MANY {
                continue;
            }
            settle(market, point, token, pools);
        }
    }
}

/// Moves the price of `token` until its own balance is even, and brings the rest of `point` up to it.
fn settle(market: &Market, point: &mut Point, token: usize, pools: &[u32]) {
    let begin = point.paid[token];
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let (mut paid, mut bend) = (begin, point.bends[token]);
    for _ in 0..LOOKS {
        let log = point.logs[token];
        if paid > 0.0 {
            high = log;
        } else {
            low = log;
        }
        let newton = if bend > 0.0 { -paid / bend } else { -paid.signum() * FARTHEST };
        let mut next = log + newton.clamp(-FARTHEST, FARTHEST);
        if next <= low || next >= high {
            next = 0.5 * (low + high);
        }
        if !next.is_finite() {
            break;
        }
        next = next.max(market.low[token]);
        if (next - log).abs() <= f64::EPSILON * log.abs() {
            break;
        }
        point.logs[token] = next;
        point.prices[token] = Price::of(next);
        (paid, bend) = (0.0, 0.0);
        for &pool in pools {
            let curve = &market.curves[pool as usize];
            let term = curve.term(&point.prices);
            paid += term.out[usize::from(curve.ends[1] as usize == token)];
            bend += term.curvature;
        }
        if paid.abs() <= REST * begin.abs() || (paid > 0.0 && next <= market.low[token]) {
            break;
        }
    }
    for &pool in pools {
        let curve = &market.curves[pool as usize];
        let (term, known) = (curve.term(&point.prices), point.terms[pool as usize]);
        for (side, end) in curve.tokens().into_iter().enumerate() {
            point.paid[end] += term.out[side] - known.out[side];
            point.bends[end] += term.curvature - known.curvature;
        }
        point.value += term.profit - known.profit;
        point.terms[pool as usize] = term;
    }
}
