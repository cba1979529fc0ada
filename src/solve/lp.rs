//! Linear programs in the one form both solvers read.

/// Most entries of a column.
const MOST: usize = 4;

/// A column: its objective coefficient, its bounds `0..=upper`, and at most four entries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Objective coefficient.
    pub gain: f64,
    /// Upper bound; infinite where there is none.
    pub upper: f64,
    /// Rows of the entries; those not used are zeros in row 0, so that sums need no test.
    rows: [u32; MOST],
    values: [f64; MOST],
    used: usize,
}

impl Column {
    /// An empty column.
    pub const fn new(gain: f64, upper: f64) -> Self {
        Self { gain, upper, rows: [0; MOST], values: [0.0; MOST], used: 0 }
    }

    /// With one more entry; a fifth is not kept, and no caller has one.
    pub fn with(mut self, row: usize, value: f64) -> Self {
        if let Some(entry) = self.values.get_mut(self.used) {
            *entry = value;
            self.rows[self.used] = u32::try_from(row).unwrap_or(u32::MAX);
            self.used = self.used.saturating_add(1);
        }
        self
    }

    /// Row and coefficient of every entry.
    pub fn entries(&self) -> impl Iterator<Item = (usize, f64)> {
        self.rows.iter().map(|row| *row as usize).zip(self.values).take(self.used)
    }

    /// The objective coefficient less what the rows charge for it.
    pub fn reduced(&self, duals: &[f64]) -> f64 {
        self.gain - self.times(duals)
    }

    /// The sum of its entries, each times the number of its row.
    #[inline]
    pub(crate) fn times(&self, numbers: &[f64]) -> f64 {
        let term = |place: usize| self.values[place] * numbers[self.rows[place] as usize];
        (term(0) + term(1)) + (term(2) + term(3))
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
            for (row, entry) in column.entries() {
                rows[row] += entry * value;
            }
        }
        rows.iter().fold(0.0, |worst: f64, row| worst.max(row.abs()))
    }

    /// Whether every number is usable.
    pub(crate) fn is_finite(&self) -> bool {
        self.rhs.iter().all(|b| b.is_finite())
            && self.columns.iter().all(|column| {
                column.gain.is_finite()
                    && !column.upper.is_nan()
                    && column.upper >= 0.0
                    && column.entries().all(|(row, value)| row < self.rhs.len() && value.is_finite())
            })
    }
}
