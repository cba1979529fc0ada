//! What one pool does at given prices, in closed form and without cancellation.

use super::market::{Form, Market};

/// The best trade with one pool.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Term {
    /// What it is worth.
    pub(super) profit: f64,
    /// What comes out of each token, at its price; negative where it goes in.
    pub(super) out: [f64; 2],
    /// How fast that changes with the logarithm of the ratio of the prices.
    pub(super) curvature: f64,
}

/// Below this x the series of eˣ − 1 is exact to the last bit or two.
const SERIES: f64 = 0.125;
/// Reciprocals of the factorials from 11 down to 1.
const FACTORIALS: [f64; 11] = [
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    1.0 / 2.0,
    1.0,
];

impl Market {
    /// The best trade with pool `index` at the prices `prices`, whose logarithms are `logs`.
    #[inline]
    pub(super) fn term(&self, index: usize, logs: &[f64], prices: &[f64]) -> Term {
        let [first, second] = self.ends[index].map(|token| token as usize);
        let rise = logs[first] - logs[second] + self.skew[index];
        let kept = self.log_keeps[index];
        // Right where it begins to trade its curvature counts already.
        let side = if rise + kept >= 0.0 {
            0
        } else if kept - rise >= 0.0 {
            1
        } else {
            return Term::default();
        };
        let [reserve0, reserve1] = self.reserves[index];
        let values = [prices[first] * reserve0, prices[second] * reserve1];
        let ([out, input], weight, rise) = match side {
            0 => (values, self.weights[index], rise + kept),
            _ => ([values[1], values[0]], 1.0 - self.weights[index], kept - rise),
        };
        let trade = match self.forms[index] {
            Form::Product => product(out, input, self.keeps[index], rise, self.most[index][side]),
            Form::Weighted => weighted(out, input, self.keeps[index], weight, rise),
        };
        match side {
            0 => trade,
            _ => Term { out: [trade.out[1], trade.out[0]], ..trade },
        }
    }
}

/// eˣ − 1 for x ≥ 0.
#[inline]
fn exp_m1(x: f64) -> f64 {
    if x < SERIES { FACTORIALS.iter().fold(0.0, |sum, factor| sum * x + factor) * x } else { x.exp_m1() }
}

/// Of the constant product, when the price of the output is e^`rise` of the pool's, fee counted: with
/// s = e^(rise/2), R·(1 − 1/s) comes out for R'·(s − 1)/γ, as long as s − 1 is below `most`.
#[inline]
fn product(out: f64, input: f64, keeps: f64, rise: f64, most: f64) -> Term {
    let more = exp_m1(0.5 * rise);
    if more < most {
        let root = 1.0 + more;
        let part = more / root;
        Term {
            profit: out * part * part,
            out: [out * part, -input * more / keeps],
            curvature: 0.5 * out / root,
        }
    } else {
        let (gained, spent) = (out * most / (1.0 + most), input * most / keeps);
        Term { profit: gained - spent, out: [gained, -spent], curvature: 0.0 }
    }
}

/// e⁻ˣ − 1 + x for x ≥ 0, which is about x²/2.
fn rest(x: f64) -> f64 {
    if x < SERIES {
        // Reciprocals of the factorials with their signs: 1/2 − x/6 + x²/24 …
        let (_, factorials) = FACTORIALS.split_last().unwrap_or((&0.0, &[]));
        factorials.iter().fold(0.0, |sum, factor| factor - sum * x) * x * x
    } else {
        (-x).exp_m1() + x
    }
}

/// Of a weighted pool, the output's weight being `weight`. Its profit, R·((1 − w)·(e⁻ᵗ − 1) − (e^(−(1−w)·t) − 1))/w,
/// is written without the first order, which cancels.
fn weighted(out: f64, input: f64, keeps: f64, weight: f64, rise: f64) -> Term {
    let other = 1.0 - weight;
    let shrinks = (-other * rise).exp_m1();
    Term {
        profit: out * (other * rest(rise) - rest(other * rise)) / weight,
        out: [-out * shrinks, -input * (weight * rise).exp_m1() / keeps],
        curvature: out * other * (1.0 + shrinks),
    }
}
