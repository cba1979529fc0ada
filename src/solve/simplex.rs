//! A revised simplex method with bounded columns and an explicit inverse.
//!
//! Networks of positions have few rows and columns of at most four entries, so a pivot costs about a
//! microsecond, and a vertex answer (few ways used) is what fixed costs want. It starts from the idle
//! basis, which is feasible, and goes on from its last basis when columns are closed or opened.
//! Clarabel checks the final answer independently.

use std::rc::Rc;

use crate::solve::lp::{Column, Lp, Solution};

/// Reduced costs below this are no improvement; columns are scaled to about one.
const IMPROVES: f64 = 1e-10;
/// Pivots below this are not taken.
const PIVOT: f64 = 1e-9;
/// Pivots without progress after which the lowest index is taken (Bland), which cannot cycle.
const STALLED: u32 = 60;
/// Violations of a row above this make an answer unusable.
const RESIDUAL: f64 = 1e-7;
/// What a closed column is charged: more than anything could earn.
const CLOSED: f64 = 1e4;
/// Columns remembered from one full look at all of them.
const SHORTLIST: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Lower,
    Upper,
    Basic,
}

/// The optimal vertex of `lp`; `None` when the pivot limit is reached or rounding spoilt the answer.
pub fn maximise(lp: &Rc<Lp>) -> Option<Solution> {
    let mut simplex = Simplex::new(lp)?;
    simplex.optimise()?;
    simplex.solution()
}

/// A program with its current basis.
#[derive(Debug, Clone)]
pub struct Simplex {
    lp: Rc<Lp>,
    /// Row by row.
    inverse: Vec<f64>,
    basis: Vec<usize>,
    place: Vec<Place>,
    closed: Vec<bool>,
    gains: Vec<f64>,
    values: Vec<f64>,
    duals: Vec<f64>,
    shortlist: Vec<usize>,
    direction: Vec<f64>,
    pivot_row: Vec<f64>,
    pivots: u64,
}

impl Simplex {
    /// The idle basis; `None` where the program has none or a number is not finite.
    pub fn new(lp: &Rc<Lp>) -> Option<Self> {
        if !lp.is_finite() || lp.basis.len() != lp.rhs.len() {
            return None;
        }
        let rows = lp.rhs.len();
        let mut simplex = Self {
            lp: Rc::clone(lp),
            inverse: vec![0.0; rows.checked_mul(rows)?],
            basis: lp.basis.clone(),
            place: vec![Place::Lower; lp.columns.len()],
            closed: vec![false; lp.columns.len()],
            gains: lp.columns.iter().map(|column| column.gain).collect(),
            values: lp.rhs.clone(),
            duals: vec![0.0; rows],
            shortlist: Vec::new(),
            direction: vec![0.0; rows],
            pivot_row: vec![0.0; rows],
            pivots: 0,
        };
        for (row, inverse) in simplex.inverse.chunks_exact_mut(rows.max(1)).enumerate() {
            let column = lp.basis[row];
            let &[(at, sign)] = lp.columns.get(column)?.entries() else { return None };
            if at != row || sign.abs() != 1.0 {
                return None;
            }
            inverse[row] = sign;
            simplex.values[row] *= sign;
            simplex.place[column] = Place::Basic;
        }
        if simplex.values.iter().any(|value| *value < 0.0) {
            return None;
        }
        Some(simplex)
    }

    /// Closes a column: the next answer has none of it.
    pub fn close(&mut self, column: usize) {
        self.closed[column] = true;
    }

    /// Opens a column with `more` on top of its objective coefficient.
    pub fn open(&mut self, column: usize, more: f64) {
        self.closed[column] = false;
        self.gains[column] = self.lp.columns[column].gain + more;
    }

    /// Pivots made since it was made: the work done, the same on every machine.
    pub fn pivots(&self) -> u64 {
        self.pivots
    }

    /// Pivots to the optimum; `None` when the limit is reached or nothing binds.
    pub fn optimise(&mut self) -> Option<()> {
        let size = self.lp.columns.len().saturating_add(self.lp.rhs.len());
        let mut stalled = 0_u32;
        self.shortlist.clear();
        self.reprice();
        for _ in 0..size.saturating_mul(20).saturating_add(200) {
            let Some((entering, up)) = self.price(stalled >= STALLED) else { return Some(()) };
            let moved = self.pivot(entering, up)?;
            self.pivots = self.pivots.saturating_add(1);
            stalled = if moved > 1e-12 { 0 } else { stalled.saturating_add(1) };
        }
        None
    }

    fn gain(&self, column: usize) -> f64 {
        self.gains[column] - if self.closed[column] { CLOSED } else { 0.0 }
    }

    fn reduced(&self, column: usize) -> f64 {
        self.lp.columns[column].charged(self.gain(column), &self.duals)
    }

    fn reprice(&mut self) {
        self.duals.fill(0.0);
        let rows = self.duals.len().max(1);
        for (row, &column) in self.inverse.chunks_exact(rows).zip(&self.basis) {
            let gain = self.gains[column] - if self.closed[column] { CLOSED } else { 0.0 };
            if gain != 0.0 {
                for (dual, entry) in self.duals.iter_mut().zip(row) {
                    *dual += gain * entry;
                }
            }
        }
    }

    /// The column that improves most per unit, and whether it rises: from the shortlist while that
    /// improves, then from all.
    fn price(&mut self, lowest: bool) -> Option<(usize, bool)> {
        if !lowest && let Some(found) = self.best_listed() {
            return Some(found);
        }
        if let Some(found) = self.scan(lowest) {
            return Some(found);
        }
        self.reprice();
        self.scan(lowest)
    }

    /// How much `column` improves per unit, and whether by rising.
    fn improves(&self, column: usize) -> Option<(bool, f64)> {
        let up = match self.place[column] {
            Place::Basic => return None,
            Place::Lower if self.closed[column] => return None,
            Place::Lower => true,
            Place::Upper => false,
        };
        if self.lp.columns[column].upper == 0.0 {
            return None;
        }
        let reduced = self.reduced(column);
        let gain = if up { reduced } else { -reduced };
        (gain > IMPROVES).then_some((up, gain))
    }

    fn best_listed(&self) -> Option<(usize, bool)> {
        let mut best: Option<(usize, bool, f64)> = None;
        for &column in &self.shortlist {
            if let Some((up, gain)) = self.improves(column)
                && best.is_none_or(|(_, _, most)| gain > most)
            {
                best = Some((column, up, gain));
            }
        }
        best.map(|(column, up, _)| (column, up))
    }

    fn scan(&mut self, lowest: bool) -> Option<(usize, bool)> {
        let mut found: Vec<(usize, bool, f64)> = Vec::new();
        for column in 0..self.lp.columns.len() {
            if let Some((up, gain)) = self.improves(column) {
                if lowest {
                    return Some((column, up));
                }
                found.push((column, up, gain));
            }
        }
        // Equal gains keep their order of index, so equal inputs pivot equally.
        if found.len() > SHORTLIST {
            found.select_nth_unstable_by(SHORTLIST, |a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
            found.truncate(SHORTLIST);
        }
        found.sort_unstable_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        self.shortlist.clear();
        self.shortlist.extend(found.iter().map(|(column, _, _)| *column));
        found.first().map(|&(column, up, _)| (column, up))
    }

    /// Moves `entering` until something binds; returns how far. `None` when nothing binds.
    fn pivot(&mut self, entering: usize, up: bool) -> Option<f64> {
        let column: Column = self.lp.columns[entering];
        let rows = self.duals.len().max(1);
        for (slope, row) in self.direction.iter_mut().zip(self.inverse.chunks_exact(rows)) {
            *slope = column.entries().iter().map(|&(at, value)| row[at] * value).sum();
        }
        let sign = if up { 1.0 } else { -1.0 };
        let mut step = column.upper;
        let mut leaving: Option<(usize, bool, f64)> = None;
        for (row, (&slope, &value)) in self.direction.iter().zip(&self.values).enumerate() {
            let fall = sign * slope;
            let (limit, to_upper) = if fall > PIVOT {
                (value.max(0.0) / fall, false)
            } else if fall < -PIVOT {
                ((self.lp.columns[self.basis[row]].upper - value).max(0.0) / -fall, true)
            } else {
                continue;
            };
            let wins = match leaving {
                None => limit <= step,
                Some((_, _, size)) => limit < step || (limit == step && slope.abs() > size),
            };
            if wins {
                step = limit.min(step);
                leaving = Some((row, to_upper, slope.abs()));
            }
        }
        if !step.is_finite() {
            return None;
        }
        if step > 0.0 {
            for (value, slope) in self.values.iter_mut().zip(&self.direction) {
                *value -= sign * slope * step;
            }
        }
        let Some((row, to_upper, _)) = leaving else {
            self.place[entering] = if up { Place::Upper } else { Place::Lower };
            return Some(step);
        };
        let reduced = self.reduced(entering);
        let out = self.basis[row];
        self.place[out] = if to_upper { Place::Upper } else { Place::Lower };
        self.place[entering] = Place::Basic;
        self.basis[row] = entering;
        self.values[row] = if up { step } else { column.upper - step };
        self.exchange(row, rows, reduced);
        Some(step)
    }

    /// Replaces `row` of the basis by the column whose direction was just computed.
    fn exchange(&mut self, row: usize, rows: usize, reduced: f64) {
        let scale = 1.0 / self.direction[row];
        if let Some(source) = self.inverse.chunks_exact(rows).nth(row) {
            for (entry, old) in self.pivot_row.iter_mut().zip(source) {
                *entry = old * scale;
            }
        }
        for (place, (inverse, slope)) in self.inverse.chunks_exact_mut(rows).zip(&self.direction).enumerate()
        {
            if place == row {
                inverse.copy_from_slice(&self.pivot_row);
            } else if *slope != 0.0 {
                for (entry, pivot) in inverse.iter_mut().zip(&self.pivot_row) {
                    *entry -= slope * pivot;
                }
            }
        }
        for (dual, pivot) in self.duals.iter_mut().zip(&self.pivot_row) {
            *dual += reduced * pivot;
        }
    }

    /// The current vertex; `None` when a closed column is still used or rounding spoilt it.
    pub fn solution(&self) -> Option<Solution> {
        let mut x: Vec<f64> = self
            .lp
            .columns
            .iter()
            .zip(&self.place)
            .map(|(column, place)| if *place == Place::Upper { column.upper } else { 0.0 })
            .collect();
        for (&column, &value) in self.basis.iter().zip(&self.values) {
            x[column] = value.clamp(0.0, self.lp.columns[column].upper);
        }
        for (value, closed) in x.iter_mut().zip(&self.closed) {
            if *closed {
                if *value > 1e-9 {
                    return None;
                }
                *value = 0.0;
            }
        }
        let value: f64 = self.gains.iter().zip(&x).map(|(gain, value)| gain * value).sum();
        let sound = value.is_finite() && self.lp.residual(&x) <= RESIDUAL;
        sound.then(|| Solution { x, duals: self.duals.clone(), value })
    }
}
