//! A revised simplex method with bounded columns and an explicit inverse.
//!
//! Networks of positions have few rows and columns of at most four entries, so a pivot costs about a
//! microsecond and a vertex answer (few ways used) is what fixed costs want. It starts from the idle
//! basis, which is feasible. Clarabel checks the final answer independently.

use crate::solve::lp::{Lp, Solution};

/// Reduced costs below this are no improvement; columns are scaled to about one.
const IMPROVES: f64 = 1e-10;
/// Pivots below this are not taken.
const PIVOT: f64 = 1e-9;
/// Pivots without progress after which the lowest index is taken (Bland), which cannot cycle.
const STALLED: u32 = 60;
/// Violations of a row above this make an answer unusable.
const RESIDUAL: f64 = 1e-7;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Lower,
    Upper,
    Basic,
}

struct Simplex<'a> {
    lp: &'a Lp,
    inverse: Vec<Vec<f64>>,
    basis: Vec<usize>,
    place: Vec<Place>,
    values: Vec<f64>,
    duals: Vec<f64>,
}

/// The optimal vertex; `None` when the pivot limit is reached or rounding spoilt the answer.
pub fn maximise(lp: &Lp) -> Option<Solution> {
    if !lp.is_finite() || lp.basis.len() != lp.rhs.len() {
        return None;
    }
    let mut simplex = Simplex::start(lp)?;
    let most = lp.columns.len().saturating_add(lp.rhs.len()).saturating_mul(20).saturating_add(200);
    let mut stalled = 0_u32;
    for _ in 0..most {
        let Some((entering, up)) = simplex.price(stalled >= STALLED) else {
            return simplex.finish();
        };
        let moved = simplex.pivot(entering, up)?;
        stalled = if moved > 1e-12 { 0 } else { stalled.saturating_add(1) };
    }
    None
}

impl<'a> Simplex<'a> {
    fn start(lp: &'a Lp) -> Option<Self> {
        let rows = lp.rhs.len();
        let mut inverse = vec![vec![0.0; rows]; rows];
        let mut values = lp.rhs.clone();
        let mut place = vec![Place::Lower; lp.columns.len()];
        for (row, &column) in lp.basis.iter().enumerate() {
            let &[(at, sign)] = lp.columns.get(column)?.entries() else { return None };
            if at != row || sign.abs() != 1.0 {
                return None;
            }
            inverse[row][row] = sign;
            values[row] *= sign;
            place[column] = Place::Basic;
        }
        if values.iter().any(|value| *value < 0.0) {
            return None;
        }
        let mut simplex =
            Self { lp, inverse, basis: lp.basis.clone(), place, values, duals: vec![0.0; rows] };
        simplex.reprice();
        Some(simplex)
    }

    fn reprice(&mut self) {
        self.duals.fill(0.0);
        for (row, &column) in self.inverse.iter().zip(&self.basis) {
            let gain = self.lp.columns[column].gain;
            if gain != 0.0 {
                for (dual, entry) in self.duals.iter_mut().zip(row) {
                    *dual += gain * entry;
                }
            }
        }
    }

    /// The column that improves most per unit, and whether it rises.
    fn price(&mut self, lowest: bool) -> Option<(usize, bool)> {
        if let Some(found) = self.scan(lowest) {
            return Some(found);
        }
        self.reprice();
        self.scan(lowest)
    }

    fn scan(&self, lowest: bool) -> Option<(usize, bool)> {
        let mut best: Option<(usize, bool, f64)> = None;
        for (index, (column, place)) in self.lp.columns.iter().zip(&self.place).enumerate() {
            let up = match place {
                Place::Basic => continue,
                Place::Lower => true,
                Place::Upper => false,
            };
            if column.upper == 0.0 {
                continue;
            }
            let reduced = column.reduced(&self.duals);
            let gain = if up { reduced } else { -reduced };
            if gain > IMPROVES && best.is_none_or(|(_, _, most)| gain > most) {
                best = Some((index, up, gain));
                if lowest {
                    break;
                }
            }
        }
        best.map(|(index, up, _)| (index, up))
    }

    /// Moves `entering` until something binds; returns how far. `None` when nothing binds.
    fn pivot(&mut self, entering: usize, up: bool) -> Option<f64> {
        let column = &self.lp.columns[entering];
        let direction: Vec<f64> = self
            .inverse
            .iter()
            .map(|row| column.entries().iter().map(|&(at, value)| row[at] * value).sum())
            .collect();
        let sign = if up { 1.0 } else { -1.0 };
        let mut step = column.upper;
        let mut leaving: Option<(usize, bool, f64)> = None;
        for (row, (&slope, &value)) in direction.iter().zip(&self.values).enumerate() {
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
        for (value, slope) in self.values.iter_mut().zip(&direction) {
            *value -= sign * slope * step;
        }
        let Some((row, to_upper, _)) = leaving else {
            self.place[entering] = if up { Place::Upper } else { Place::Lower };
            return Some(step);
        };
        let reduced = column.reduced(&self.duals);
        let out = self.basis[row];
        self.place[out] = if to_upper { Place::Upper } else { Place::Lower };
        self.place[entering] = Place::Basic;
        self.basis[row] = entering;
        self.values[row] = if up { step } else { column.upper - step };
        let scale = 1.0 / direction[row];
        let mut pivot_row = std::mem::take(&mut self.inverse[row]);
        for entry in &mut pivot_row {
            *entry *= scale;
        }
        for (other, slope) in self.inverse.iter_mut().zip(&direction) {
            if *slope != 0.0 {
                for (entry, pivot) in other.iter_mut().zip(&pivot_row) {
                    *entry -= slope * pivot;
                }
            }
        }
        for (dual, pivot) in self.duals.iter_mut().zip(&pivot_row) {
            *dual += reduced * pivot;
        }
        self.inverse[row] = pivot_row;
        Some(step)
    }

    fn finish(self) -> Option<Solution> {
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
        let value = self.lp.objective(&x);
        (value.is_finite() && self.lp.residual(&x) <= RESIDUAL).then_some(Solution {
            x,
            duals: self.duals,
            value,
        })
    }
}
