//! Linear programs in the one form both solvers read.

/// A column: its objective coefficient, its bounds `0..=upper`, and at most four entries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Objective coefficient.
    pub gain: f64,
    /// Upper bound; infinite where there is none.
    pub upper: f64,
    entries: [(usize, f64); 4],
    used: usize,
}

impl Column {
    /// An empty column.
    pub const fn new(gain: f64, upper: f64) -> Self {
        Self { gain, upper, entries: [(0, 0.0); 4], used: 0 }
    }

    /// With one more entry; a fifth is not kept, and no caller has one.
    pub fn with(mut self, row: usize, value: f64) -> Self {
        if let Some(entry) = self.entries.get_mut(self.used) {
            *entry = (row, value);
            self.used = self.used.saturating_add(1);
        }
        self
    }

    /// Row and coefficient of every entry.
    pub fn entries(&self) -> &[(usize, f64)] {
        &self.entries[..self.used]
    }

    /// The objective coefficient less what the rows charge for it.
    pub fn reduced(&self, duals: &[f64]) -> f64 {
        self.charged(self.gain, duals)
    }

    /// `gain` less what the rows charge for it.
    pub(crate) fn charged(&self, gain: f64, duals: &[f64]) -> f64 {
        self.entries().iter().fold(gain, |rest, &(row, value)| rest - value * duals[row])
    }
}

/// maximise gain·x subject to A·x = rhs, 0 ≤ x ≤ upper.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lp {
    /// Right-hand sides, none negative.
    pub rhs: Vec<f64>,
    /// Columns.
    pub columns: Vec<Column>,
    /// One column per row whose only entry is ±1 in that row: together they are the first basis.
    /// Where the entry is −1 the right-hand side is zero.
    pub basis: Vec<usize>,
}

/// An answer to a linear program.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// One value per column.
    pub x: Vec<f64>,
    /// One price per row: what one more unit of its right-hand side is worth.
    pub duals: Vec<f64>,
    /// gain·x.
    pub value: f64,
}

impl Lp {
    /// Largest violation of a row by `x`.
    pub(crate) fn residual(&self, x: &[f64]) -> f64 {
        let mut rows: Vec<f64> = self.rhs.iter().map(|b| -b).collect();
        for (column, value) in self.columns.iter().zip(x) {
            for &(row, entry) in column.entries() {
                rows[row] += entry * value;
            }
        }
        rows.iter().fold(0.0, |worst: f64, row| worst.max(row.abs()))
    }

    /// The objective at `x`.
    pub(crate) fn objective(&self, x: &[f64]) -> f64 {
        self.columns.iter().zip(x).map(|(column, value)| column.gain * value).sum()
    }

    /// Whether every number is usable.
    pub(crate) fn is_finite(&self) -> bool {
        self.rhs.iter().all(|b| b.is_finite())
            && self.columns.iter().all(|column| {
                column.gain.is_finite()
                    && !column.upper.is_nan()
                    && column.upper >= 0.0
                    && column.entries().iter().all(|(row, value)| *row < self.rhs.len() && value.is_finite())
            })
    }
}
