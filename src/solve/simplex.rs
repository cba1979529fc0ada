//! A revised simplex method with bounded columns and an explicit inverse.
//!
//! Networks of positions have few rows and columns of at most four entries, so a pivot costs about a
//! microsecond, and a vertex answer (few ways used) is what fixed costs want. It starts from the idle
//! basis, which is feasible, and goes on from its last basis when columns are closed or opened.
//! Clarabel checks the final answer independently.

use std::rc::Rc;

use crate::solve::inverse::inverse_of;
use crate::solve::lp::{Lp, Solution};

/// Reduced costs below this are no improvement; columns are scaled to about one.
const IMPROVES: f64 = 1e-10;
/// The same once pivots stopped making progress: prices are known no better where columns are almost
/// parallel.
const IMPROVES_STALLED: f64 = 1e-8;
/// Pivots below this are not taken.
const PIVOT: f64 = 1e-9;
/// By how much a bound may be missed for the sake of a larger pivot.
const SLACK: f64 = 1e-10;
/// Objective gained by a pivot below this is no progress.
const PROGRESS: f64 = 1e-10;
/// Pivots without progress after which the basis is inverted anew and the lowest index is taken
/// (Bland): degeneracy must not make it cycle.
const STALLED: u32 = 60;
/// Pivots after which the basis is inverted anew, and how many more per row. Where rounding made it
/// cycle, the objective then is what it was, and the vertex is as good as can be told.
const FRESH: (usize, usize) = (100, 4);
/// Violations of a row above this make an answer unusable.
const RESIDUAL: f64 = 1e-7;
/// What a closed column is charged: more than anything could earn.
const CLOSED: f64 = 1e4;
/// Columns remembered from one look.
const SHORTLIST: usize = 24;
/// Columns looked at together.
const BLOCK: usize = 256;
/// Improving columns after which a look ends.
const ENOUGH: usize = 12;

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
    /// Column by column.
    inverse: Vec<f64>,
    basis: Vec<usize>,
    place: Vec<Place>,
    closed: Vec<bool>,
    /// Objective coefficients, what closed columns are charged included.
    gains: Vec<f64>,
    /// Which way a column may go: 1 up, −1 down, 0 neither.
    ways: Vec<f64>,
    values: Vec<f64>,
    duals: Vec<f64>,
    shortlist: Vec<usize>,
    /// Columns taken from it.
    used: usize,
    /// Where the next look begins.
    cursor: usize,
    /// Kept for its memory only.
    found: Vec<(f64, usize)>,
    direction: Vec<f64>,
    /// Rows where the direction is not zero: few.
    moving: Vec<usize>,
    /// Least reduced cost that is an improvement.
    least: f64,
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
            ways: vec![0.0; lp.columns.len()],
            values: lp.rhs.clone(),
            duals: vec![0.0; rows],
            shortlist: Vec::new(),
            used: 0,
            cursor: 0,
            found: Vec::new(),
            direction: vec![0.0; rows],
            moving: Vec::with_capacity(rows),
            least: IMPROVES,
            pivots: 0,
        };
        for (row, inverse) in simplex.inverse.chunks_exact_mut(rows.max(1)).enumerate() {
            let column = lp.basis[row];
            let mut entries = lp.columns.get(column)?.entries();
            let (at, sign) = entries.next()?;
            if entries.next().is_some() || at != row || sign.abs() != 1.0 {
                return None;
            }
            inverse[row] = sign;
            simplex.values[row] *= sign;
            simplex.place[column] = Place::Basic;
        }
        if simplex.values.iter().any(|value| *value < 0.0) {
            return None;
        }
        for column in 0..lp.columns.len() {
            simplex.turn(column);
        }
        Some(simplex)
    }

    /// Closes a column: the next answer has none of it.
    pub fn close(&mut self, column: usize) {
        self.closed[column] = true;
        self.gains[column] = self.lp.columns[column].gain - CLOSED;
        self.turn(column);
    }

    /// Opens a column with `more` on top of its objective coefficient.
    pub fn open(&mut self, column: usize, more: f64) {
        self.closed[column] = false;
        self.gains[column] = self.lp.columns[column].gain + more;
        self.turn(column);
    }

    /// Says again which way a column may go.
    fn turn(&mut self, column: usize) {
        self.ways[column] = match self.place[column] {
            Place::Lower if self.closed[column] || self.lp.columns[column].upper == 0.0 => 0.0,
            Place::Lower => 1.0,
            Place::Upper => -1.0,
            Place::Basic => 0.0,
        };
    }

    fn put(&mut self, column: usize, place: Place) {
        self.place[column] = place;
        self.turn(column);
    }

    /// Pivots made since it was made: the work done, the same on every machine.
    pub fn pivots(&self) -> u64 {
        self.pivots
    }

    /// Pivots to the optimum; `None` when the limit is reached or nothing binds.
    pub fn optimise(&mut self) -> Option<()> {
        let size = self.lp.columns.len().saturating_add(self.lp.rhs.len());
        let fresh = self.lp.rhs.len().saturating_mul(FRESH.1).saturating_add(FRESH.0);
        let (mut stalled, mut aged) = (0_u32, 0_usize);
        let (mut reached, mut promised) = (f64::NEG_INFINITY, 0.0);
        self.shortlist.clear();
        self.cursor = 0;
        self.least = IMPROVES;
        self.reprice();
        for _ in 0..size.saturating_mul(20).saturating_add(200) {
            if stalled == STALLED || aged >= fresh {
                self.invert()?;
                let value = self.value();
                // Gains that did not come are rounding; without any it was degenerate, and goes on.
                if value <= reached + PROGRESS && promised > PROGRESS {
                    if self.least == IMPROVES_STALLED {
                        return Some(());
                    }
                    self.least = IMPROVES_STALLED;
                }
                (reached, promised) = (value, 0.0);
                aged = 0;
                self.shortlist.clear();
            }
            let Some((entering, up)) = self.price(stalled >= STALLED) else { return Some(()) };
            let gained = self.pivot(entering, up)?;
            promised += gained;
            self.pivots = self.pivots.saturating_add(1);
            aged = aged.saturating_add(1);
            stalled = if gained > PROGRESS { 0 } else { stalled.saturating_add(1) };
        }
        None
    }

    /// The objective at the current vertex.
    fn value(&self) -> f64 {
        let basic: f64 = self.basis.iter().zip(&self.values).map(|(&at, value)| self.gains[at] * value).sum();
        let upper = self.lp.columns.iter().zip(&self.place).zip(&self.gains);
        let upper = upper.filter(|((_, place), _)| **place == Place::Upper);
        basic + upper.map(|((column, _), gain)| gain * column.upper).sum::<f64>()
    }

    fn reduced(&self, column: usize) -> f64 {
        self.gains[column] - self.lp.columns[column].times(&self.duals)
    }

    fn reprice(&mut self) {
        let rows = self.duals.len().max(1);
        for (dual, column) in self.duals.iter_mut().zip(self.inverse.chunks_exact(rows)) {
            *dual = self.basis.iter().zip(column).map(|(&at, entry)| self.gains[at] * entry).sum();
        }
    }

    /// The column that improves most per unit, and whether it rises: from the shortlist while that
    /// improves, then from all.
    fn price(&mut self, lowest: bool) -> Option<(usize, bool)> {
        // Columns that only rounding improves must not keep the others from being looked at.
        if !lowest && self.used < SHORTLIST {
            self.used = self.used.saturating_add(1);
            if let Some(found) = self.best_listed() {
                return Some(found);
            }
        }
        self.used = 0;
        if let Some(found) = self.scan(lowest) {
            return Some(found);
        }
        self.reprice();
        self.scan(lowest)
    }

    /// How much `column` improves per unit it goes; not positive where it must not.
    fn improves(&self, column: usize) -> f64 {
        self.ways[column] * self.reduced(column)
    }

    fn best_listed(&self) -> Option<(usize, bool)> {
        let mut best = (self.least, None);
        for &column in &self.shortlist {
            let gain = self.improves(column);
            if gain > best.0 {
                best = (gain, Some(column));
            }
        }
        best.1.map(|column| (column, self.ways[column] > 0.0))
    }

    /// Looks at all columns, a block at a time from where the last look ended, until enough improve.
    fn scan(&mut self, lowest: bool) -> Option<(usize, bool)> {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        let columns = self.lp.columns.len();
        if lowest {
            self.cursor = 0;
        }
        let mut left = columns;
        while left > 0 && found.len() < ENOUGH {
            let end = self.cursor.saturating_add(BLOCK.min(left)).min(columns);
            let block = self.cursor..end;
            let tables = self.lp.columns[block.clone()].iter().zip(&self.gains[block.clone()]);
            for ((column, (entries, gain)), way) in block.clone().zip(tables).zip(&self.ways[block]) {
                if *way == 0.0 {
                    continue;
                }
                let improves = way * (gain - entries.times(&self.duals));
                if improves > self.least {
                    found.push((improves, column));
                    if lowest {
                        break;
                    }
                }
            }
            left = left.saturating_sub(end.saturating_sub(self.cursor));
            self.cursor = if end == columns { 0 } else { end };
            if lowest && !found.is_empty() {
                break;
            }
        }
        // Equal gains keep their order of index, so equal inputs pivot equally.
        let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if found.len() > SHORTLIST {
            found.select_nth_unstable_by(SHORTLIST, order);
            found.truncate(SHORTLIST);
        }
        found.sort_unstable_by(order);
        self.shortlist.clear();
        self.shortlist.extend(found.iter().map(|(_, column)| *column));
        self.found = found;
        self.shortlist.first().map(|&column| (column, self.ways[column] > 0.0))
    }

    /// Moves `entering` until something binds; returns what is gained. `None` when nothing binds.
    fn pivot(&mut self, entering: usize, up: bool) -> Option<f64> {
        let column = self.lp.columns[entering];
        let rows = self.duals.len().max(1);
        self.direction.fill(0.0);
        for (row, value) in column.entries() {
            let start = row.saturating_mul(rows);
            let source = &self.inverse[start..start.saturating_add(rows)];
            for (slope, entry) in self.direction.iter_mut().zip(source) {
                *slope += value * entry;
            }
        }
        self.moving.clear();
        self.moving.extend((0..rows).filter(|&row| self.direction[row] != 0.0));
        let sign = if up { 1.0 } else { -1.0 };
        // How far a row lets it go, and whether its column then leaves at the upper bound.
        let limit = |row: usize, slope: f64| {
            let (value, fall) = (self.values[row], sign * slope);
            if fall > PIVOT {
                Some((value.max(0.0), false))
            } else if fall < -PIVOT {
                Some(((self.lp.columns[self.basis[row]].upper - value).max(0.0), true))
            } else {
                None
            }
        };
        // Harris: of all rows that bind first, give or take what is below rounding, the one with the
        // largest pivot leaves. A small pivot makes a basis that is almost singular.
        let mut most = column.upper;
        for &row in &self.moving {
            let slope = self.direction[row];
            if let Some((room, _)) = limit(row, slope) {
                most = most.min((room + SLACK) / slope.abs());
            }
        }
        let mut leaving: Option<(usize, bool, f64)> = None;
        for &row in &self.moving {
            let slope = self.direction[row];
            if let Some((room, to_upper)) = limit(row, slope)
                && room <= most * slope.abs()
                && leaving.is_none_or(|(_, _, size)| slope.abs() > size)
            {
                leaving = Some((row, to_upper, slope.abs()));
            }
        }
        let step = match leaving {
            Some((row, _, size)) => limit(row, self.direction[row]).map_or(0.0, |(room, _)| room / size),
            None => column.upper,
        };
        if !step.is_finite() {
            return None;
        }
        if step > 0.0 {
            for &row in &self.moving {
                self.values[row] -= sign * self.direction[row] * step;
            }
        }
        let reduced = self.reduced(entering);
        let gained = step * reduced.abs();
        let Some((row, to_upper, _)) = leaving else {
            self.put(entering, if up { Place::Upper } else { Place::Lower });
            return Some(gained);
        };
        let out = self.basis[row];
        self.put(out, if to_upper { Place::Upper } else { Place::Lower });
        self.put(entering, Place::Basic);
        self.basis[row] = entering;
        self.values[row] = if up { step } else { column.upper - step };
        self.exchange(row, rows, reduced);
        Some(gained)
    }

    /// Replaces `row` of the basis by the column whose direction was just computed.
    fn exchange(&mut self, row: usize, rows: usize, reduced: f64) {
        let scale = 1.0 / self.direction[row];
        for (column, dual) in self.inverse.chunks_exact_mut(rows).zip(&mut self.duals) {
            let pivot = column[row] * scale;
            if pivot != 0.0 {
                for &place in &self.moving {
                    column[place] -= self.direction[place] * pivot;
                }
                column[row] = pivot;
                *dual += reduced * pivot;
            }
        }
    }

    /// Inverts the basis anew, and computes its values and prices from that: rounding of the pivots
    /// before is forgotten. `None` when the basis is singular.
    fn invert(&mut self) -> Option<()> {
        let inverse = inverse_of(&self.lp, &self.basis)?;
        let mut rest = self.lp.rhs.clone();
        for (column, place) in self.lp.columns.iter().zip(&self.place) {
            if *place == Place::Upper {
                column.entries().for_each(|(row, value)| rest[row] -= value * column.upper);
            }
        }
        let rows = self.duals.len().max(1);
        for ((row, source), value) in inverse.iter().enumerate().zip(&mut self.values) {
            for (column, entry) in self.inverse.chunks_exact_mut(rows).zip(source) {
                column[row] = *entry;
            }
            *value = source.iter().zip(&rest).map(|(entry, right)| entry * right).sum();
        }
        self.reprice();
        Some(())
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
