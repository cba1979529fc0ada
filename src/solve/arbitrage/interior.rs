//! A primal–dual interior point method on directed edges: slower per step than Newton's method and hardly
//! impressed by kinks.
//!
//! Over the inputs d of every direction of every pool, with gains G, and the surplus ψ of every token:
//! maximise c·ψ where ψ_j = Σ_into G(d) − Σ_from d, d ≥ 0, d ≤ the direction's end, ψ ≥ 0. What a step
//! changes of d and ψ is eliminated, so that each step factors one matrix with a row per token. Predictor and
//! corrector after Mehrotra.

use super::linear::Factors;
use super::market::{Form, Market};
use super::newton::NOTHING;

/// Most steps.
const STEPS: u32 = 80;
/// Inputs begin at this part of their reserves.
const BEGIN: f64 = 1e-2;
/// Slacks and surpluses begin here, in units of value.
const SLACK: f64 = 1e-2;
/// The part of the way to the boundary that is gone.
const NEAR: f64 = 0.99;
/// A direction that ends closer than this part of its reserves is closed; one that ends later than the
/// inverse never does.
const CLOSED: f64 = 1e-12;
const OPEN: f64 = 1e3;
/// Where it ends: what complementarity and balances may miss, relative to the value.
const COMPLEMENTARY: f64 = 1e-9;
const BALANCED: f64 = 1e-7;

/// One direction of a pool.
#[derive(Debug, Clone)]
struct Way {
    pool: usize,
    from: usize,
    to: usize,
    /// What the pool holds of either, its weight of the output.
    input: f64,
    output: f64,
    weight: f64,
    /// The most that goes in; infinite where there is no end.
    end: f64,
    amount: f64,
    slack: f64,
    end_slack: f64,
    gain: Gain,
    bend: f64,
    side: f64,
    step: Step,
}

/// What a step changes of a way.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    amount: f64,
    slack: f64,
    end_slack: f64,
}

/// What comes out, and its first two derivatives.
#[derive(Debug, Clone, Copy, Default)]
struct Gain {
    out: f64,
    slope: f64,
    bend: f64,
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
}

/// How far a step may go before something turns negative.
struct Reach {
    primal: f64,
    dual: f64,
}

impl Reach {
    fn primal(&mut self, value: f64, step: f64) {
        if step < 0.0 {
            self.primal = self.primal.min(-value / step);
        }
    }

    fn dual(&mut self, value: f64, step: f64) {
        if step < 0.0 {
            self.dual = self.dual.min(-value / step);
        }
    }
}

impl Way {
    fn room(&self) -> f64 {
        self.end - self.amount
    }

    /// Of the constant product R·x/(R' + x) with x = γ·d; of a weighted pool R·(1 − (R'/(R' + x))^k), k being
    /// the weights' ratio.
    fn look(&mut self, form: Form, keeps: f64) {
        let kept = keeps * self.amount;
        let total = self.input + kept;
        self.gain = match form {
            Form::Product => {
                let slope = self.output * self.input * keeps / (total * total);
                Gain { out: self.output * kept / total, slope, bend: -2.0 * slope * keeps / total }
            }
            Form::Weighted => {
                let ratio = (1.0 - self.weight) / self.weight;
                let log = -ratio * (kept / self.input).ln_1p();
                let slope = self.output * ratio * log.exp() * keeps / total;
                Gain { out: -self.output * log.exp_m1(), slope, bend: -(ratio + 1.0) * slope * keeps / total }
            }
        };
    }
}

/// The method's vectors.
pub(super) struct Interior {
    ways: Vec<Way>,
    tokens: Vec<Token>,
    side: Vec<f64>,
}

impl Interior {
    pub(super) fn new(market: &Market) -> Self {
        let mut ways = Vec::with_capacity(market.pools().saturating_mul(2));
        for (pool, ends) in market.ends.iter().enumerate() {
            let [first, second] = ends.map(|token| token as usize);
            let [reserve0, reserve1] = market.reserves[pool];
            let weight = market.weights[pool];
            for (from, to, input, output, weight, most) in [
                (second, first, reserve1, reserve0, weight, market.most[pool][0]),
                (first, second, reserve0, reserve1, 1.0 - weight, market.most[pool][1]),
            ] {
                if most < CLOSED {
                    continue;
                }
                let end = if most < OPEN { input * most / market.keeps[pool] } else { f64::INFINITY };
                let amount = (BEGIN * input).min(0.1 * end);
                let (slack, end_slack) = (SLACK, if end.is_finite() { SLACK } else { 0.0 });
                let (gain, step) = (Gain::default(), Step::default());
                let (bend, side) = (0.0, 0.0);
                ways.push(Way {
                    pool,
                    from,
                    to,
                    input,
                    output,
                    weight,
                    end,
                    amount,
                    slack,
                    end_slack,
                    gain,
                    bend,
                    side,
                    step,
                });
            }
        }
        let tokens = vec![Token::default(); market.tokens()];
        Self { ways, tokens, side: vec![0.0; market.tokens()] }
    }

    /// Puts the logarithms of the best prices it finds into `logs`, which is where it begins. Answers after how
    /// many steps.
    pub(super) fn run(&mut self, market: &Market, factors: &mut Factors, logs: &mut [f64]) -> u32 {
        for ((token, low), log) in self.tokens.iter_mut().zip(&market.low).zip(logs.iter()) {
            let least = low.exp();
            let price = log.exp().max(1.01 * least);
            *token = Token { least, price, slack: price - least, surplus: SLACK, ..Token::default() };
        }
        for way in &mut self.ways {
            way.look(market.forms[way.pool], market.keeps[way.pool]);
        }
        let of_ways = self.ways.iter().map(|way| if way.end.is_finite() { 2.0 } else { 1.0 });
        let pairs = of_ways.sum::<f64>() + self.tokens.len() as f64;
        let mut count = 0_u32;
        while count < STEPS {
            let complementarity = self.complementarity(&Reach { primal: 0.0, dual: 0.0 });
            let value: f64 = self.tokens.iter().map(|token| token.least * token.surplus).sum();
            let missing = self.balance();
            if !complementarity.is_finite() {
                break;
            }
            let is_near = complementarity <= COMPLEMENTARY * value && missing <= BALANCED * value;
            for ((log, token), low) in logs.iter_mut().zip(&self.tokens).zip(&market.low) {
                // Of a pair whose product is next to nothing the smaller one is zero.
                *log = if is_near && token.slack < token.surplus { *low } else { token.price.ln() };
            }
            if is_near || complementarity.max(value) <= NOTHING * market.depth || !self.factor(factors) {
                break;
            }
            let reach = self.direction(factors, 0.0, false);
            let left = (self.complementarity(&reach) / complementarity).clamp(0.0, 1.0);
            let reach = self.direction(factors, complementarity / pairs * left * left * left, true);
            self.walk(market, &reach);
            count = count.saturating_add(1);
        }
        count
    }

    /// Σ of the products of all complementary pairs after a step that far.
    fn complementarity(&self, reach: &Reach) -> f64 {
        let Reach { primal, dual } = reach;
        let of_way = |way: &Way| {
            let at_zero = (way.slack + dual * way.step.slack) * (way.amount + primal * way.step.amount);
            if way.end.is_finite() {
                let room = way.room() - primal * way.step.amount;
                at_zero + (way.end_slack + dual * way.step.end_slack) * room
            } else {
                at_zero
            }
        };
        let of_token =
            |token: &Token| (token.slack + dual * token.step) * (token.surplus + primal * token.surplus_step);
        self.ways.iter().map(of_way).sum::<f64>() + self.tokens.iter().map(of_token).sum::<f64>()
    }

    /// What the surplus of each token is above its balance; answers the sum of what is missing.
    fn balance(&mut self) -> f64 {
        for token in &mut self.tokens {
            token.missing = token.surplus;
        }
        for way in &self.ways {
            self.tokens[way.to].missing -= way.gain.out;
            self.tokens[way.from].missing += way.amount;
        }
        self.tokens.iter().map(|token| token.missing.abs()).sum()
    }

    fn factor(&mut self, factors: &mut Factors) -> bool {
        factors.clear();
        for way in &mut self.ways {
            let at_end = if way.end.is_finite() { way.end_slack / way.room() } else { 0.0 };
            way.bend = way.slack / way.amount + at_end - self.tokens[way.to].price * way.gain.bend;
            let slope = way.gain.slope;
            factors.add_diagonal(way.from, 1.0 / way.bend);
            factors.add_diagonal(way.to, slope * slope / way.bend);
            factors.add(way.pool, -slope / way.bend);
        }
        for (index, token) in self.tokens.iter().enumerate() {
            factors.add_diagonal(index, token.surplus / token.slack);
        }
        factors.factor()
    }

    /// The step towards pairs whose products are `target`; `corrected` by what the step before would leave.
    fn direction(&mut self, factors: &mut Factors, target: f64, corrected: bool) -> Reach {
        let corrects = if corrected { 1.0 } else { 0.0 };
        for (side, token) in self.side.iter_mut().zip(&self.tokens) {
            let aim = target - corrects * token.step * token.surplus_step;
            *side = token.missing + aim / token.slack - token.surplus;
        }
        for way in &mut self.ways {
            let slope = way.gain.slope;
            let aim = target - corrects * way.step.slack * way.step.amount;
            way.side = aim / way.amount - self.tokens[way.from].price + self.tokens[way.to].price * slope;
            if way.end.is_finite() {
                let aim = target + corrects * way.step.end_slack * way.step.amount;
                way.side -= aim / way.room();
            }
            self.side[way.to] -= slope * way.side / way.bend;
            self.side[way.from] += way.side / way.bend;
        }
        factors.solve(&mut self.side);
        let mut reach = Reach { primal: 1.0, dual: 1.0 };
        for (token, change) in self.tokens.iter_mut().zip(&self.side) {
            let aim = target - corrects * token.step * token.surplus_step;
            token.step = *change;
            token.surplus_step = (aim - token.surplus * change) / token.slack - token.surplus;
            reach.primal(token.surplus, token.surplus_step);
            reach.dual(token.slack, token.step);
        }
        for way in &mut self.ways {
            let before = way.step;
            let amount = (way.side - self.side[way.from] + way.gain.slope * self.side[way.to]) / way.bend;
            let aim = target - corrects * before.slack * before.amount;
            let slack = (aim - way.slack * amount) / way.amount - way.slack;
            reach.primal(way.amount, amount);
            reach.dual(way.slack, slack);
            let mut end_slack = 0.0;
            if way.end.is_finite() {
                let aim = target + corrects * before.end_slack * before.amount;
                end_slack = (aim + way.end_slack * amount) / way.room() - way.end_slack;
                reach.primal(way.room(), -amount);
                reach.dual(way.end_slack, end_slack);
            }
            way.step = Step { amount, slack, end_slack };
        }
        reach
    }

    fn walk(&mut self, market: &Market, reach: &Reach) {
        let (primal, dual) = ((NEAR * reach.primal).min(1.0), (NEAR * reach.dual).min(1.0));
        for way in &mut self.ways {
            way.amount += primal * way.step.amount;
            way.slack += dual * way.step.slack;
            way.end_slack += dual * way.step.end_slack;
            way.look(market.forms[way.pool], market.keeps[way.pool]);
        }
        for token in &mut self.tokens {
            token.surplus += primal * token.surplus_step;
            token.price += dual * token.step;
            token.slack += dual * token.step;
        }
    }
}
