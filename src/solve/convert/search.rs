//! One price splits an amount over a set of ways; a search over sets finds the best one.
//!
//! For a price λ per unit sold no split is worth more than λ·amount + Σ (what a way earns at λ − its fixed
//! cost), where a way that may stay unused counts only when that is positive. The least such sum over λ
//! bounds every split from above; where it is attained by a split, that split is the best.

use super::curve::Gain;

/// Most ways of one problem.
pub(super) const MOST: usize = 16;
/// Sets looked at before the search ends with what is proven by then.
const BUDGET: u32 = 4_096;
/// Halvings of a price range: after those its ends are neighbours.
const HALVINGS: u32 = 80;

/// A set of ways, one bit each.
type Set = u16;

/// An amount to sell over several ways.
pub(super) struct Problem {
    pub(super) gains: Vec<Gain>,
    /// Cost of using a way at all, in bought base units.
    pub(super) fixed: Vec<f64>,
    /// Most base units each way takes.
    pub(super) capacity: Vec<u128>,
    pub(super) amount: u128,
}

/// A split in real numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    /// What it brings after fixed costs.
    pub(super) value: f64,
    pub(super) sold: [f64; MOST],
    /// What one more unit sold would bring.
    pub(super) price: f64,
}

/// The two neighbouring prices between which the amount is sold: `low` sells at least it, `high` at most.
#[derive(Clone, Copy)]
struct Prices {
    low: f64,
    high: f64,
}

struct Search<'a> {
    problem: &'a Problem,
    best: Option<Choice>,
    /// The highest bound of the sets that were not looked into.
    proven: f64,
    left: u32,
}

/// The best split and what no split can be worth more than; `None` when the ways do not take the amount.
/// Ways of `must` are paid for whether they are used or not.
pub(super) fn best(problem: &Problem, must: Option<usize>) -> Option<(Choice, f64)> {
    let mut search = Search { problem, best: None, proven: f64::NEG_INFINITY, left: BUDGET };
    let all = (0..problem.gains.len().min(MOST)).fold(0, |set, way| set | bit(way));
    let must = must.map_or(0, bit);
    // Where the amount takes ways that do not pay, the search may end before it meets them.
    search.offer(all);
    search.branch(must, all & !must);
    let proven = search.proven;
    search.best.map(|best| (best, proven.max(best.value)))
}

impl Search<'_> {
    /// Looks for better splits that use all of `must` and any of `may`.
    fn branch(&mut self, must: Set, may: Set) {
        let problem = self.problem;
        if !problem.takes(must | may) {
            return;
        }
        let prices = problem.prices(must, may);
        let bound = problem.bound(must, may, prices.low).min(problem.bound(must, may, prices.high));
        let mut worth_a_look = !self.is_beaten(bound);
        let (low, high) = (problem.active(may, prices.low), problem.active(may, prices.high));
        if worth_a_look {
            self.offer(must | low);
            if high != low {
                self.offer(must | high);
            }
            worth_a_look = !self.is_beaten(bound);
        }
        // First a way of which it depends on a hair whether it is used.
        let open = if low != high { may & (low ^ high) } else { may };
        if !worth_a_look || open == 0 || self.left == 0 {
            self.proven = self.proven.max(bound);
            return;
        }
        self.left = self.left.saturating_sub(1);
        let way = 1 << open.trailing_zeros();
        self.branch(must | way, may & !way);
        self.branch(must, may & !way);
    }

    /// Whether nothing worth mentioning can be above the best split.
    fn is_beaten(&self, bound: f64) -> bool {
        self.best.is_some_and(|best| bound <= best.value + 1e-12 * best.value.abs() + 0.25)
    }

    fn offer(&mut self, set: Set) {
        let Some(choice) = self.problem.split(set) else { return };
        if self.best.is_none_or(|best| choice.value > best.value) {
            self.best = Some(choice);
        }
    }
}

impl Problem {
    /// Whether the ways of `set` take the amount together.
    fn takes(&self, set: Set) -> bool {
        ways(set).fold(0_u128, |sum, way| sum.saturating_add(self.capacity[way])) >= self.amount
    }

    /// Ways of `may` that earn their fixed cost at `price`.
    fn active(&self, may: Set, price: f64) -> Set {
        let pays = |way: &usize| self.gains[*way].earns(price) > self.fixed[*way];
        ways(may).filter(pays).fold(0, |set, way| set | bit(way))
    }

    fn prices(&self, must: Set, may: Set) -> Prices {
        let steepest = ways(must | may).map(|way| self.gains[way].first_price()).fold(0.0, f64::max);
        let amount = self.amount as f64;
        let sold = |price: f64| -> f64 {
            let set = must | self.active(may, price);
            ways(set).map(|way| self.gains[way].taken(price)).sum()
        };
        let mut prices = Prices { low: 0.0, high: steepest * (1.0 + 1e-9) };
        for _ in 0..HALVINGS {
            let middle = 0.5 * (prices.low + prices.high);
            if middle <= prices.low || middle >= prices.high {
                break;
            }
            if sold(middle) >= amount {
                prices.low = middle;
            } else {
                prices.high = middle;
            }
        }
        prices
    }

    /// No split that uses all of `must` and any of `may` is worth more.
    fn bound(&self, must: Set, may: Set, price: f64) -> f64 {
        let earns = |way: usize| self.gains[way].earns(price) - self.fixed[way];
        let paid: f64 = ways(must).map(earns).sum();
        let free: f64 = ways(may).map(|way| earns(way).max(0.0)).sum();
        price * self.amount as f64 + paid + free
    }

    /// The best split over the ways of `set`; those that get nothing are not paid for.
    fn split(&self, set: Set) -> Option<Choice> {
        if !self.takes(set) {
            return None;
        }
        let prices = self.prices(set, 0);
        let mut sold = [0.0; MOST];
        let mut rest = self.amount as f64;
        for way in ways(set) {
            sold[way] = self.gains[way].taken(prices.high);
            rest -= sold[way];
        }
        // What lies between the two prices is worth the same wherever it is sold.
        for way in ways(set) {
            let more = (self.gains[way].taken(prices.low) - sold[way]).min(rest).max(0.0);
            sold[way] += more;
            rest -= more;
        }
        let used = |way: &usize| sold[*way] >= 1.0;
        let value = ways(set).filter(used).map(|way| self.gains[way].given(sold[way]) - self.fixed[way]);
        Some(Choice { value: value.sum(), sold, price: prices.low })
    }
}

const fn bit(way: usize) -> Set {
    1 << way
}

fn ways(set: Set) -> impl Iterator<Item = usize> {
    (0..MOST).filter(move |way| set & bit(*way) != 0)
}
