//! Convert: the best split of one sale over parallel ways, with a certificate.
//!
//! Every way has a concave gain ([`curve`]) and a fixed cost, its gas. A search over sets of ways, each split
//! by one price ([`search`]), finds the best split and proves it; then it is recovered in whole base units
//! that add up to the amount, each part quoted again exactly.

mod curve;
mod exact;
mod search;

use crate::domain::Usd;
use crate::domain::price::Rounding;
use crate::network::node::dollars;
use crate::network::{Edge, Network};

use curve::Gain;
use search::{MOST, Problem, best};

/// Why an amount is not converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// No usable way leads there.
    #[error("no usable way leads there; nothing was decided")]
    NoWay,
    /// All ways together do not take the amount.
    #[error(
        "all usable ways together take {most} base units, {amount} are to be sold; nothing was decided, sell less"
    )]
    TooMuch {
        /// To be sold.
        amount: u128,
        /// What they take.
        most: u128,
    },
    /// More ways than are compared.
    #[error(
        "{found} ways lead there, at most {MOST} are compared; nothing was decided, configure fewer pools"
    )]
    TooMany {
        /// Ways found.
        found: usize,
    },
    /// The figures contradict each other.
    #[error("the split contradicts itself ({0}); nothing was decided. This is a defect")]
    Contradiction(String),
}

/// One way's part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Index of the edge.
    pub edge: usize,
    /// Base units sold there.
    pub units: u128,
    /// Base units they bring, exactly.
    pub out: u128,
}

/// Why a way has no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unused {
    /// Its first unit brings less than the last one of the split.
    Price {
        /// By how much, in millionths.
        worse_ppm: u64,
    },
    /// What it would bring above the split's price is less than its gas.
    Gas {
        /// What it would bring.
        earns: Usd,
        /// Its gas.
        costs: Usd,
    },
    /// It would pay if others did not pay already: with it the best split is worth less.
    Beside {
        /// By so much.
        less: Usd,
    },
    /// It gives no exact quote for the part it would get, or takes no amount at all.
    Unquotable,
}

/// The best split of an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Parts in the order of the edges; what they sell adds up to the amount.
    pub parts: Vec<Part>,
    /// Base units bought.
    pub out: u128,
    /// Gas of all parts.
    pub gas: Usd,
    /// Value of what is bought, rounded down, less gas.
    pub value: Usd,
    /// No split is worth more.
    pub bound: Usd,
    /// What one more dollar sold would bring, in micro-dollars.
    pub marginal: i64,
    /// Ways without a part.
    pub unused: Vec<(usize, Unused)>,
}

/// Splits `amount` base units over `edges`, which all lead from one node to one other.
///
/// # Errors
/// [`ConvertError`]; nothing is to be sold then.
pub fn solve(network: &Network, edges: &[usize], amount: u128) -> Result<Split, ConvertError> {
    if edges.len() > MOST {
        return Err(ConvertError::TooMany { found: edges.len() });
    }
    let mut unused = Vec::new();
    let mut usable = Vec::new();
    for &index in edges {
        match network.edges.get(index).map(|edge| (edge, Gain::of(edge))) {
            Some((edge, Ok(gain))) => usable.push(Usable { index, edge, gain }),
            Some((_, Err(_))) | None => unused.push((index, Unused::Unquotable)),
        }
    }
    // Every round leaves out one way, so there are no more rounds than ways.
    loop {
        match attempt(network, &usable, amount)? {
            Attempt::Split(mut split) => {
                split.unused.append(&mut unused);
                split.unused.sort_by_key(|(edge, _)| *edge);
                return Ok(split);
            }
            Attempt::Without(index) => {
                usable.retain(|way| way.index != index);
                unused.push((index, Unused::Unquotable));
            }
        }
    }
}

/// A way with its gain.
struct Usable<'a> {
    index: usize,
    edge: &'a Edge,
    gain: Gain,
}

enum Attempt {
    Split(Split),
    /// This edge cannot be quoted exactly where it would be used.
    Without(usize),
}

fn attempt(network: &Network, usable: &[Usable<'_>], amount: u128) -> Result<Attempt, ConvertError> {
    let ends = usable
        .first()
        .and_then(|way| Some((network.nodes.get(way.edge.from)?, network.nodes.get(way.edge.to)?)));
    let Some((from, to)) = ends.filter(|_| amount > 0) else { return Err(ConvertError::NoWay) };
    let unit = to.unit_price();
    let problem = Problem {
        gains: usable.iter().map(|way| way.gain.clone()).collect(),
        fixed: usable.iter().map(|way| dollars(way.edge.fixed()) / unit).collect(),
        capacity: usable.iter().map(|way| way.edge.capacity).collect(),
        amount,
    };
    let Some((choice, proven)) = best(&problem, None) else {
        let most = usable.iter().fold(0_u128, |sum, way| sum.saturating_add(way.edge.capacity));
        return Err(ConvertError::TooMuch { amount, most });
    };
    let ways: Vec<&Edge> = usable.iter().map(|way| way.edge).collect();
    let parts = match exact::parts(&ways, &choice.sold, amount) {
        Ok(parts) => parts,
        Err(exact::Failed::Way(way)) => return Ok(Attempt::Without(usable[way].index)),
        Err(exact::Failed::Rest(rest)) => {
            return Err(ConvertError::Contradiction(format!("{rest} base units have no place")));
        }
    };
    let fits = || ConvertError::Contradiction("a value does not fit".to_owned());
    let out = parts.iter().try_fold(0_u128, |sum, part| sum.checked_add(part.out)).ok_or_else(fits)?;
    let gas = parts.iter().fold(Usd::ZERO, |sum, part| sum.saturating_add(usable[part.way].edge.fixed()));
    let worth = to.value_of(out, Rounding::Down).ok_or_else(fits)?;
    let value = worth.checked_sub(gas).ok_or_else(fits)?;
    let bound = bound_usd(proven, unit);
    if value > bound {
        return Err(ConvertError::Contradiction(format!("{value} is above its bound {bound}")));
    }
    let unused = (0..usable.len())
        .filter(|way| parts.iter().all(|part| part.way != *way))
        .map(|way| (usable[way].index, reason(&problem, way, &choice, usable[way].edge.fixed(), unit)));
    Ok(Attempt::Split(Split {
        unused: unused.collect(),
        parts: parts
            .iter()
            .map(|part| Part { edge: usable[part.way].index, units: part.units, out: part.out })
            .collect(),
        out,
        gas,
        value,
        bound,
        marginal: (choice.price * unit / from.unit_price() * 1e6).round() as i64,
    }))
}

/// Why a way is not used beside the best split.
fn reason(problem: &Problem, way: usize, choice: &search::Choice, gas: Usd, unit: f64) -> Unused {
    let (gain, price) = (&problem.gains[way], choice.price);
    let first = gain.first_price();
    if first <= price {
        return Unused::Price { worse_ppm: ((price - first) / price * 1e6).ceil() as u64 };
    }
    let earns = gain.earns(price);
    if earns <= problem.fixed[way] {
        return Unused::Gas { earns: micros((earns * unit * 1e6).floor()), costs: gas };
    }
    match best(problem, Some(way)) {
        Some((with, _)) => {
            Unused::Beside { less: micros(((choice.value - with.value) * unit * 1e6).ceil().max(0.0)) }
        }
        None => Unused::Unquotable,
    }
}

/// A bound in bought base units as dollars, rounded up; a little more than what floats can lose.
fn bound_usd(units: f64, unit: f64) -> Usd {
    micros((units * unit * 1e6 + units.abs() * unit * 1e6 * 1e-11).ceil() + 1.0)
}

/// The cast saturates.
fn micros(micros: f64) -> Usd {
    Usd::from_micros(micros as i128)
}
