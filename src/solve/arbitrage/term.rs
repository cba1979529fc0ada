//! What one pool does at given prices, in closed form and without cancellation.

use super::exponential::{SMALL, exp_m1, rest};
use super::market::{Curve, Form};

/// A token's price ν as its root, so that no pool needs a root or a power of its own. What differs from one
/// is kept beside it: near the optimum the roots of two prices differ by less than their last digits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Price {
    /// ln ν
    log: f64,
    /// √ν and √ν − 1
    pub(super) root: f64,
    more: f64,
    /// 1/√ν and 1/√ν − 1
    inverse: f64,
    less: f64,
}

impl Price {
    #[inline]
    pub(super) fn of(log: f64) -> Self {
        let more = exp_m1(0.5 * log);
        let root = 1.0 + more;
        let inverse = 1.0 / root;
        Self { log, root, more, inverse, less: -more * inverse }
    }

    /// √(ν/ν′), and what it is above one.
    #[inline]
    fn over(&self, other: &Self) -> (f64, f64) {
        // Of two differences that are the same the one of small numbers for large factors.
        let above = if other.more >= 0.0 {
            (self.more - other.more) * other.inverse
        } else {
            (other.less - self.less) * self.root
        };
        (self.root * other.inverse, above)
    }
}

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

impl std::iter::Sum for Term {
    /// Several trades between the same tokens. Their profit is not the difference of what goes in and out, which
    /// cancels.
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::default(), |sum, term| Self {
            profit: sum.profit + term.profit,
            out: [sum.out[0] + term.out[0], sum.out[1] + term.out[1]],
            curvature: sum.curvature + term.curvature,
        })
    }
}

impl Curve {
    /// The best trade at the prices of all tokens.
    #[inline]
    pub(super) fn term(&self, prices: &[Price]) -> Term {
        let [first, second] = [prices[self.ends[0] as usize], prices[self.ends[1] as usize]];
        match self.form() {
            Form::Product => self.product(&first, &second),
            Form::Weighted => self.weighted(&first, &second),
        }
    }

    /// Of the constant product, when the root of the price of the output has risen to s of the pool's, fee
    /// counted: R·(1 − 1/s) comes out for R′·(s − 1)/γ, where R′/γ = R/s² in value, as long as s − 1 is below
    /// `most`.
    #[inline]
    fn product(&self, first: &Price, second: &Price) -> Term {
        let (up, above) = first.over(second);
        let (down, below) = second.over(first);
        let rises = [above + self.shift[0] * up, below + self.shift[1] * down];
        let second_out = rises[1] > rises[0];
        let pick = |[one, other]: [f64; 2]| if second_out { other } else { one };
        let (most, price) = (pick(self.most), pick([first.root, second.root]));
        let best = pick(rises);
        let trades = best >= 0.0;
        let rise = if trades { best } else { 0.0 };
        let out = price * price * pick(self.reserves);
        let until = rise.min(most);
        let (shrinks, part) = (1.0 / (1.0 + rise), 1.0 / (1.0 + until));
        let gained = out * until * part;
        let spent = out * until * shrinks * shrinks;
        Term {
            profit: gained * (rise * shrinks * (1.0 + shrinks) - until * shrinks * shrinks),
            out: [pick([gained, -spent]), pick([-spent, gained])],
            // Right where it begins to trade its curvature counts already.
            curvature: if trades && rise < most { 0.5 * out * shrinks } else { 0.0 },
        }
    }

    /// Of a weighted pool, the output's weight being w, when the logarithm of the price has risen by t. Its
    /// profit, R·((1 − w)·(e⁻ᵗ − 1) − (e^(−(1−w)·t) − 1))/w, is written without the first order, which
    /// cancels, where t is small.
    fn weighted(&self, first: &Price, second: &Price) -> Term {
        let apart = first.log - second.log;
        let rises = [self.shift[0] + apart, self.shift[1] - apart];
        let side = usize::from(rises[1] > rises[0]);
        let rise = rises[side];
        if rise < 0.0 {
            return Term::default();
        }
        let price = if side == 0 { first.root } else { second.root };
        let out = price * price * self.reserves[side];
        let weight = if side == 0 { self.weight } else { 1.0 - self.weight };
        let (other, per_weight) = (1.0 - weight, 1.0 / weight);
        // e^(wt) − 1, e^(−(1−w)t) − 1, e⁻ᵗ, and the profit without its factor R/w.
        let (grows, shrinks, left, profit);
        if rise < SMALL {
            let (whole, part) = (rest(-rise), rest(-other * rise));
            grows = weight * rise + rest(weight * rise);
            shrinks = part - other * rise;
            left = 1.0 - rise + whole;
            profit = other * whole - part;
        } else {
            grows = exp_m1(weight * rise);
            shrinks = exp_m1(-other * rise);
            left = (1.0 + shrinks) / (1.0 + grows);
            profit = other * (left - 1.0) - shrinks;
        }
        let gained = -out * shrinks;
        // In the same value R·(1 − w)/w·e⁻ᵗ is R′/γ.
        let spent = out * other * per_weight * left * grows;
        Term {
            profit: out * profit * per_weight,
            out: if side == 0 { [gained, -spent] } else { [-spent, gained] },
            curvature: out * other * (1.0 + shrinks),
        }
    }
}
