//! From a circulation in floats to swaps in base units, each recomputed with its pool's exact mathematics.
//!
//! Of the circulation only the directions and sizes are kept. It is cut open at tokens that are lent: the one that
//! profit is taken in, and others where a circle runs without it. From there every token is visited after all that
//! bring it. What came in is handed on to the unit; what rounding takes or leaves goes along the shortest way to
//! the profit. So nothing is ever short. Left over besides the profit is only what the last pool of a token has no
//! room for, or what a loan brings more than it took.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::domain::pool::Pool;
use crate::network::pool::{QuoteError, quote_exact_in};

/// A pool may have room for less than it should by a part of 2⁻¹⁶.
const NEARLY: u32 = 16;

/// What one pool does in a circulation, in base units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The pool, by index.
    pub pool: usize,
    /// Whether token0 is sold.
    pub zero_for_one: bool,
    /// What goes in.
    pub amount_in: f64,
    /// What goes in is worth so much at the circulation's prices.
    pub worth: f64,
    /// What the trade earns at those prices.
    pub profit: f64,
}

/// One swap, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swap {
    /// The pool, by index.
    pub pool: usize,
    /// Whether token0 is sold.
    pub zero_for_one: bool,
    /// Base units that go in.
    pub amount_in: u128,
    /// Base units that come out, by the pool's exact mathematics.
    pub amount_out: u128,
    /// Whether that is all there is of the token that is sold, which is not lent.
    pub takes_rest: bool,
}

/// A token that is lent before the first swap and paid back after the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    /// The token, by index.
    pub token: usize,
    /// Base units lent.
    pub lent: u128,
    /// Base units that come back, at least as many.
    pub returned: u128,
}

/// Swaps in an order in which each is paid from loans and those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What is lent: first the token of the profit, perhaps none of it.
    pub loans: Vec<Loan>,
    /// What is left of the first token when it is paid back, in base units.
    pub profit: u128,
    /// The swaps.
    pub swaps: Vec<Swap>,
}

/// Why a circulation makes no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unroutable {
    /// There is nothing of it in base units.
    #[error("nothing of it is left in base units")]
    Nothing,
    /// Some of it turns in a circle of tokens that nobody lends; this pool is the least of those left over.
    #[error("pool {pool} is part of a circle of tokens that cannot be lent")]
    Circle {
        /// Index.
        pool: usize,
    },
    /// This pool cannot take its part.
    #[error("pool {pool} cannot take {amount_in} base units: {reason}")]
    Pool {
        /// Index.
        pool: usize,
        /// What would go in.
        amount_in: u128,
        /// What the pool says.
        reason: QuoteError,
    },
}

impl Unroutable {
    /// Without this pool there may be a route.
    pub const fn pool(&self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Circle { pool } | Self::Pool { pool, .. } => Some(*pool),
        }
    }
}

/// One share with its tokens.
#[derive(Debug, Clone, Copy)]
struct Flow {
    share: Share,
    from: usize,
    to: usize,
    /// Base units wanted.
    wanted: u128,
}

/// The route of `shares` through `pools`, whose tokens are `tokens[pool]` in the contract's order. Profit is taken
/// in `base`; `lends` says which other tokens can be lent.
///
/// # Errors
/// [`Unroutable`] names the pool to leave out before solving again.
pub fn route(
    shares: &[Share],
    pools: &[Option<Arc<Pool>>],
    tokens: &[[usize; 2]],
    base: usize,
    lends: impl Fn(usize) -> bool,
) -> Result<Route, Unroutable> {
    let flow = |share: &Share| {
        let [first, second] = tokens[share.pool];
        let (from, to) = if share.zero_for_one { (first, second) } else { (second, first) };
        // The cast saturates.
        Flow { share: *share, from, to, wanted: share.amount_in as u128 }
    };
    let mut flows: Vec<Flow> = shares.iter().map(flow).filter(|flow| flow.wanted > 0).collect();
    if flows.is_empty() {
        return Err(Unroutable::Nothing);
    }
    let (order, lent) = order(&flows, base, lends)?;
    let distance = distances(&flows, base);
    let place = |token: usize| order.iter().position(|at| *at == token);
    // Of one token's swaps the one that takes the rest is last: the next on the shortest way to the profit.
    flows.sort_by_key(|flow| (place(flow.from), std::cmp::Reverse(distance.get(&flow.to).copied())));
    let mut less: BTreeMap<usize, u128> = BTreeMap::new();
    // A loan that comes back short shortens the way to the profit, which may lead over another loan.
    for _ in 0..=lent.len() {
        let done = walk(&flows, pools, base, &lent, &less)?;
        let mut is_whole = true;
        for loan in done.loans.iter().filter(|loan| loan.token != base && loan.returned < loan.lent) {
            let missing = loan.lent.saturating_sub(loan.returned);
            let short = less.entry(loan.token).or_default();
            *short = short.saturating_add(missing);
            is_whole = false;
        }
        if is_whole {
            return Ok(done);
        }
    }
    Err(least(flows.iter().filter(|flow| lent.contains(&flow.to))))
}

/// Carries the flows out in their order; `less` of a lent token is handed on than is wanted.
fn walk(
    flows: &[Flow],
    pools: &[Option<Arc<Pool>>],
    base: usize,
    lent: &BTreeSet<usize>,
    less: &BTreeMap<usize, u128>,
) -> Result<Route, Unroutable> {
    let mut held: BTreeMap<usize, u128> = BTreeMap::new();
    let mut out: BTreeMap<usize, u128> = BTreeMap::new();
    let mut swaps = Vec::with_capacity(flows.len());
    for (at, flow) in flows.iter().enumerate() {
        let is_last = flows.get(at.saturating_add(1)).is_none_or(|next| next.from != flow.from);
        let is_lent = lent.contains(&flow.from);
        let amount_in = if is_lent {
            let short = if is_last { less.get(&flow.from).copied().unwrap_or(0) } else { 0 };
            flow.wanted.saturating_sub(short)
        } else {
            let have = held.get(&flow.from).copied().unwrap_or(0);
            if is_last { have } else { flow.wanted.min(have) }
        };
        if amount_in == 0 {
            continue;
        }
        let mut swap = swap(pools[flow.share.pool].as_deref(), &flow.share, amount_in)?;
        swap.takes_rest = is_last && !is_lent && swap.amount_in == amount_in;
        let failed = Unroutable::Pool { pool: swap.pool, amount_in, reason: QuoteError::Inconsistent };
        let taken = if is_lent { &mut out } else { &mut held }.entry(flow.from).or_default();
        let after =
            if is_lent { taken.checked_add(swap.amount_in) } else { taken.checked_sub(swap.amount_in) };
        *taken = after.ok_or(failed)?;
        let brought = held.entry(flow.to).or_default();
        *brought = brought.checked_add(swap.amount_out).ok_or(failed)?;
        swaps.push(swap);
    }
    let loan = |token: usize| Loan {
        token,
        lent: out.get(&token).copied().unwrap_or(0),
        returned: held.get(&token).copied().unwrap_or(0),
    };
    let first = loan(base);
    let others = lent.iter().filter(|token| **token != base).map(|token| loan(*token));
    let loans: Vec<Loan> = std::iter::once(first).chain(others).collect();
    match first.returned.checked_sub(first.lent) {
        Some(profit) if profit > 0 => Ok(Route { loans, profit, swaps }),
        Some(_) | None => Err(Unroutable::Nothing),
    }
}

/// The swap of `amount_in`, or of a little less where the pool has no room for all of it: floats know the end of a
/// pool's liquidity only so well.
fn swap(pool: Option<&Pool>, share: &Share, amount_in: u128) -> Result<Swap, Unroutable> {
    let of = |amount_in: u128| {
        // A pool that is not known has no share; were there one, it could not be quoted.
        let pool = pool.ok_or(QuoteError::Inconsistent)?;
        let quote = quote_exact_in(pool, share.zero_for_one, amount_in)?;
        let (pool, zero_for_one) = (share.pool, share.zero_for_one);
        Ok(Swap { pool, zero_for_one, amount_in, amount_out: quote.amount_out, takes_rest: false })
    };
    let swapped = match of(amount_in) {
        Err(QuoteError::PartialFill { absorbed } | QuoteError::BeyondKnownTicks { absorbed, .. })
            if absorbed >= amount_in.saturating_sub(amount_in >> NEARLY) =>
        {
            // The very end is not known to be reached.
            of(absorbed.saturating_sub(absorbed >> 40).saturating_sub(1))
        }
        swapped => swapped,
    };
    swapped.map_err(|reason| Unroutable::Pool { pool: share.pool, amount_in, reason })
}

/// Tokens that are sold, each after all that bring it, and those among them that are lent.
fn order(
    flows: &[Flow],
    base: usize,
    lends: impl Fn(usize) -> bool,
) -> Result<(Vec<usize>, BTreeSet<usize>), Unroutable> {
    let mut lent = BTreeSet::from([base]);
    loop {
        let mut order: Vec<usize> = lent.iter().copied().collect();
        let mut next = 0;
        while let Some(&token) = order.get(next) {
            next = next.saturating_add(1);
            for flow in flows.iter().filter(|flow| flow.from == token) {
                let mut bringing = flows.iter().filter(|other| other.to == flow.to);
                if !order.contains(&flow.to) && bringing.all(|other| order.contains(&other.from)) {
                    order.push(flow.to);
                }
            }
        }
        let left: Vec<&Flow> = flows.iter().filter(|flow| !order.contains(&flow.from)).collect();
        if left.is_empty() {
            return Ok((order, lent));
        }
        // Of the circles that are left, the token that most is worth of passes through.
        let mut passing: BTreeMap<usize, f64> = BTreeMap::new();
        for flow in left.iter().filter(|flow| lends(flow.from)) {
            *passing.entry(flow.from).or_default() += flow.share.worth;
        }
        match passing.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((token, _)) => lent.insert(token),
            None => return Err(least(left)),
        };
    }
}

/// How many swaps each token is away from `base`.
fn distances(flows: &[Flow], base: usize) -> BTreeMap<usize, usize> {
    let mut distances = BTreeMap::from([(base, 0_usize)]);
    let mut open = VecDeque::from([(base, 0_usize)]);
    while let Some((token, distance)) = open.pop_front() {
        let further = distance.saturating_add(1);
        for flow in flows.iter().filter(|flow| flow.to == token) {
            if let std::collections::btree_map::Entry::Vacant(entry) = distances.entry(flow.from) {
                entry.insert(further);
                open.push_back((flow.from, further));
            }
        }
    }
    distances
}

/// The flow that earns least.
fn least<'a>(flows: impl IntoIterator<Item = &'a Flow>) -> Unroutable {
    let least = flows.into_iter().min_by(|a, b| a.share.profit.total_cmp(&b.share.profit));
    least.map_or(Unroutable::Nothing, |flow| Unroutable::Circle { pool: flow.share.pool })
}
