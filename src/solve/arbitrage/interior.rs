//! A primal–dual interior point method on directed edges: slower per step than Newton's method and hardly
//! impressed by kinks.
//!
//! Over the inputs d of every direction of every pool, with gains G, and the surplus ψ of every token:
//! maximise c·ψ where ψ_j = Σ_into G(d) − Σ_from d, d ≥ 0, d ≤ the direction's end, ψ ≥ 0. What a step
//! changes of d and ψ is eliminated, so that each step factors one matrix with a row per token. Predictor and
//! corrector after Mehrotra. It goes only as near as Newton's method needs, and can go on from there.

use super::linear::Factors;
use super::market::{Curve, Form, Market};
use super::newton::{NOTHING, Point};

/// Most steps in all.
const STEPS: u32 = 90;
/// The part of the way to the boundary that is gone.
const NEAR: f64 = 0.99;
/// A direction that ends closer than this part of its reserves is closed; one that ends later than the
/// inverse never does.
const CLOSED: f64 = 1e-12;
const OPEN: f64 = 1e3;
/// At first an input is this part of its reserves, and a price this part above its least one.
const BEGIN: f64 = 1e-2;
/// What balances may miss, relative to what complementarity may.
const BALANCED: f64 = 100.0;

/// One direction of a pool.
#[derive(Debug, Clone)]
struct Way {
    pool: u32,
    from: u32,
    to: u32,
    form: Form,
    /// What the pool holds of the input, over what it keeps of one.
    input: f64,
    output: f64,
    /// The ratio of the input's weight to the output's.
    ratio: f64,
    /// The most that goes in; infinite where there is no end.
    end: f64,
    amount: f64,
    slack: f64,
    end_slack: f64,
    /// Reciprocals of the amount, of the room up to the end, and of the curvature.
    per_amount: f64,
    per_room: f64,
    per_bend: f64,
    slope: f64,
    side: f64,
    /// What a step changes.
    amount_step: f64,
    slack_step: f64,
    end_slack_step: f64,
}

/// A token's surplus and price.
#[derive(Debug, Clone, Copy, Default)]
struct Token {
    least: f64,
    price: f64,
    slack: f64,
    surplus: f64,
    missing: f64,
    step: f64,
    surplus_step: f64,
    /// Slack and surplus before the last step.
    before: [f64; 2],
}

impl Token {
    /// Whether the price is on its way to its least one: of a pair one goes to zero, and the other stays.
    fn is_at_least(&self) -> bool {
        self.slack * self.before[1] < self.surplus * self.before[0]
    }
}

/// What comes out, and its first two derivatives.
struct Gain {
    out: f64,
    slope: f64,
    bend: f64,
}

impl Way {
    fn new(pool: usize, curve: &Curve, side: usize, keeps: f64) -> Self {
        let away = 1_usize.saturating_sub(side);
        let (input, output) = (curve.reserves[away] / keeps, curve.reserves[side]);
        let weight = if side == 0 { curve.weight } else { 1.0 - curve.weight };
        let most = curve.most[side];
        Self {
            pool: pool as u32,
            from: curve.ends[away],
            to: curve.ends[side],
            form: curve.form(),
            input,
            output,
            ratio: (1.0 - weight) / weight,
            end: if most < OPEN { input * most } else { f64::INFINITY },
            amount: 0.0,
            slack: 0.0,
            end_slack: 0.0,
            per_amount: 0.0,
            per_room: 0.0,
            per_bend: 0.0,
            slope: 0.0,
            side: 0.0,
            amount_step: 0.0,
            slack_step: 0.0,
            end_slack_step: 0.0,
        }
    }

    /// Of the constant product R·d/(R′/γ + d), of a weighted pool R·(1 − (1 + γd/R′)^(−k)), k being the ratio of
    /// the weights.
    #[inline]
    fn gain(&self, amount: f64) -> Gain {
        let per_total = 1.0 / (self.input + amount);
        match self.form {
            Form::Product => {
                let slope = self.output * self.input * per_total * per_total;
                Gain { out: self.output * amount * per_total, slope, bend: -2.0 * slope * per_total }
            }
            Form::Weighted => {
                let log = -self.ratio * (amount / self.input).ln_1p();
                let slope = self.output * self.ratio * log.exp() * per_total;
                Gain {
                    out: -self.output * log.exp_m1(),
                    slope,
                    bend: -(self.ratio + 1.0) * slope * per_total,
                }
            }
        }
    }

    /// Begins where amount and slack are about `target` to one another, at the prices of both tokens.
    fn begin(&mut self, from: f64, to: f64, target: f64) {
        // With a gain whose slope falls as at its begin, 0 = loss + bend·d − target/d.
        let gain = self.gain(0.0);
        let (loss, bend) = (from - to * gain.slope, -to * gain.bend);
        let root = (loss * loss + 4.0 * bend * target).sqrt();
        let amount = if loss > 0.0 { 2.0 * target / (loss + root) } else { (root - loss) / (2.0 * bend) };
        self.amount = amount.min(0.5 * self.end);
        let room = self.end - self.amount;
        self.end_slack = target / room;
        let slack = target / self.amount;
        // What makes its row right, as far as the pair stays near its target.
        let right = from - to * self.gain(self.amount).slope + self.end_slack;
        self.slack = right.clamp(0.1 * slack, 10.0 * slack);
        (self.amount_step, self.slack_step, self.end_slack_step) = (0.0, 0.0, 0.0);
    }
}

/// How much of a step leads to the boundary, inverted, and the products of all pairs as a function of how much
/// of it is gone.
#[derive(Debug, Clone, Copy, Default)]
struct Reach {
    primal: f64,
    dual: f64,
    /// Products now, with the primal's, the dual's, and both their steps.
    products: [f64; 4],
}

impl Reach {
    #[inline]
    fn pair(&mut self, value: f64, step: f64, slack: f64, slack_step: f64) {
        self.products[1] += step * slack;
        self.products[2] += value * slack_step;
        self.products[3] += step * slack_step;
    }

    fn parts(&self) -> (f64, f64) {
        let part = |reach: f64| if reach > NEAR { NEAR / reach } else { 1.0 };
        (part(self.primal), part(self.dual))
    }

    /// The products after such parts of the step.
    fn after(&self, (primal, dual): (f64, f64)) -> f64 {
        let [now, with_primal, with_dual, with_both] = self.products;
        now + primal * with_primal + dual * with_dual + primal * dual * with_both
    }
}

/// The method's vectors.
pub(super) struct Interior {
    ways: Vec<Way>,
    tokens: Vec<Token>,
    side: Vec<f64>,
    pairs: f64,
    steps: u32,
}

impl Interior {
    pub(super) fn new(market: &Market) -> Self {
        Self {
            ways: Vec::with_capacity(market.pools().saturating_mul(2)),
            tokens: vec![Token::default(); market.tokens()],
            side: vec![0.0; market.tokens()],
            pairs: 0.0,
            steps: 0,
        }
    }

    /// Begins with nothing known but the scale of each pool.
    pub(super) fn begin(&mut self, market: &Market, point: &Point) {
        self.reset(market);
        let mut total = 0.0;
        for way in &mut self.ways {
            way.amount = (BEGIN * way.input).min(0.1 * way.end);
            way.slack = BEGIN;
            way.end_slack = if way.end.is_finite() { BEGIN } else { 0.0 };
            total += way.amount;
        }
        let surplus = total / self.ways.len().max(1) as f64;
        for ((token, low), log) in self.tokens.iter_mut().zip(&market.low).zip(&point.logs) {
            let least = low.exp();
            let price = log.exp().max((1.0 + BEGIN) * least);
            *token = Token { least, price, slack: price - least, surplus, ..Token::default() };
        }
    }

    /// Begins at the prices of `point`, with pairs whose products in all are about `total`.
    pub(super) fn begin_near(&mut self, market: &Market, point: &Point, total: f64) {
        self.reset(market);
        let target = total / self.pairs;
        for (index, (token, low)) in self.tokens.iter_mut().zip(&market.low).enumerate() {
            let (least, known) = (low.exp(), point.logs[index].exp());
            // What is left over of a token says how near to its least price it is.
            let above = (target / point.paid[index].max(0.0)).min(BEGIN * least);
            let slack = (known - least).max(above);
            *token =
                Token { least, price: least + slack, slack, surplus: target / slack, ..Token::default() };
        }
        for way in &mut self.ways {
            let [from, to] = [way.from, way.to].map(|token| self.tokens[token as usize].price);
            way.begin(from, to, target);
        }
    }

    fn reset(&mut self, market: &Market) {
        self.ways.clear();
        for (pool, curve) in market.curves.iter().enumerate() {
            for side in [0, 1] {
                if curve.most[side] >= CLOSED {
                    self.ways.push(Way::new(pool, curve, side, market.keeps[pool]));
                }
            }
        }
        let ends = self.ways.iter().filter(|way| way.end.is_finite()).count();
        self.pairs = (ends.saturating_add(self.ways.len()).saturating_add(self.tokens.len())) as f64;
        self.steps = 0;
    }

    /// Goes on until complementarity is `accuracy` of the value, and puts the logarithms of the prices there into
    /// `logs`. Answers after how many steps; `false` when it does not get there.
    pub(super) fn run(
        &mut self,
        market: &Market,
        factors: &mut Factors,
        logs: &mut [f64],
        accuracy: f64,
    ) -> (bool, u32) {
        let before = self.steps;
        let reached = loop {
            let products = self.look(factors);
            let value: f64 = self.tokens.iter().map(|token| token.least * token.surplus).sum();
            let missing: f64 = self.tokens.iter().map(|token| token.missing.abs()).sum();
            if !products.is_finite() || !value.is_finite() {
                break false;
            }
            let is_near = products <= accuracy * value && missing <= BALANCED * accuracy * value;
            let is_nothing = products.max(value) <= NOTHING * market.depth;
            if is_near || is_nothing || self.steps >= STEPS || !factors.factor() {
                break is_near || is_nothing;
            }
            let predicted = self.direction(factors, products, 0.0, false);
            let left = (predicted.after(predicted.parts()) / products).clamp(0.0, 1.0);
            let target = products / self.pairs * left * left * left;
            let reach = self.direction(factors, products, target, true);
            self.walk(reach.parts());
            self.steps = self.steps.saturating_add(1);
        };
        for ((log, token), low) in logs.iter_mut().zip(&self.tokens).zip(&market.low) {
            *log = if token.is_at_least() { *low } else { token.price.ln() };
        }
        (reached, self.steps.saturating_sub(before))
    }

    /// Everything at the point: the matrix, what each token misses, and the predictor's right side. Answers the
    /// sum of the products of all complementary pairs.
    fn look(&mut self, factors: &mut Factors) -> f64 {
        factors.clear();
        let mut products = 0.0;
        for (index, (token, side)) in self.tokens.iter_mut().zip(&mut self.side).enumerate() {
            token.missing = token.surplus;
            *side = 0.0;
            products += token.slack * token.surplus;
            factors.add_diagonal(index, token.surplus / token.slack);
        }
        for way in &mut self.ways {
            let (from, to) = (way.from as usize, way.to as usize);
            let gain = way.gain(way.amount);
            way.slope = gain.slope;
            way.per_amount = 1.0 / way.amount;
            way.per_room = 1.0 / (way.end - way.amount);
            self.tokens[to].missing -= gain.out;
            self.tokens[from].missing += way.amount;
            let at_zero = way.slack * way.per_amount;
            products += way.slack * way.amount;
            let mut at_end = 0.0;
            if way.end.is_finite() {
                at_end = way.end_slack * way.per_room;
                products += way.end_slack * (way.end - way.amount);
            }
            way.per_bend = 1.0 / (at_zero + at_end - self.tokens[to].price * gain.bend);
            factors.add_diagonal(from, way.per_bend);
            factors.add_diagonal(to, gain.slope * gain.slope * way.per_bend);
            factors.add(way.pool as usize, -gain.slope * way.per_bend);
        }
        products
    }

    /// The step towards pairs whose products are `target`; `corrected` by what the step before would leave.
    fn direction(&mut self, factors: &mut Factors, products: f64, target: f64, corrected: bool) -> Reach {
        let corrects = if corrected { 1.0 } else { 0.0 };
        for (side, token) in self.side.iter_mut().zip(&self.tokens) {
            let aim = target - corrects * token.step * token.surplus_step;
            *side = token.missing + aim / token.slack - token.surplus;
        }
        for way in &mut self.ways {
            let (from, to) = (way.from as usize, way.to as usize);
            let at_zero = target - corrects * way.slack_step * way.amount_step;
            let at_end = target + corrects * way.end_slack_step * way.amount_step;
            way.side = at_zero * way.per_amount - at_end * way.per_room - self.tokens[from].price
                + self.tokens[to].price * way.slope;
            let change = way.side * way.per_bend;
            self.side[to] -= way.slope * change;
            self.side[from] += change;
        }
        factors.solve(&mut self.side);
        let mut reach = Reach { products: [products, 0.0, 0.0, 0.0], ..Reach::default() };
        for (token, change) in self.tokens.iter_mut().zip(&self.side) {
            let aim = target - corrects * token.step * token.surplus_step;
            token.step = *change;
            token.surplus_step = (aim - token.surplus * change) / token.slack - token.surplus;
            reach.primal = reach.primal.max(-token.surplus_step / token.surplus);
            reach.dual = reach.dual.max(-token.step / token.slack);
            reach.pair(token.surplus, token.surplus_step, token.slack, token.step);
        }
        for way in &mut self.ways {
            let (from, to) = (way.from as usize, way.to as usize);
            let amount = (way.side - self.side[from] + way.slope * self.side[to]) * way.per_bend;
            let at_zero = target - corrects * way.slack_step * way.amount_step;
            let at_end = target + corrects * way.end_slack_step * way.amount_step;
            let slack = (at_zero - way.slack * amount) * way.per_amount - way.slack;
            reach.primal = reach.primal.max(-amount * way.per_amount);
            reach.dual = reach.dual.max(-slack / way.slack);
            reach.pair(way.amount, amount, way.slack, slack);
            if way.end.is_finite() {
                let end_slack = (at_end + way.end_slack * amount) * way.per_room - way.end_slack;
                reach.primal = reach.primal.max(amount * way.per_room);
                reach.dual = reach.dual.max(-end_slack / way.end_slack);
                reach.pair(way.end - way.amount, -amount, way.end_slack, end_slack);
                way.end_slack_step = end_slack;
            }
            way.amount_step = amount;
            way.slack_step = slack;
        }
        reach
    }

    fn walk(&mut self, (primal, dual): (f64, f64)) {
        for way in &mut self.ways {
            way.amount += primal * way.amount_step;
            way.slack += dual * way.slack_step;
            way.end_slack += dual * way.end_slack_step;
        }
        for token in &mut self.tokens {
            token.before = [token.slack, token.surplus];
            token.surplus += primal * token.surplus_step;
            token.price += dual * token.step;
            token.slack += dual * token.step;
        }
    }
}
