//! The inverse of a basis, by elimination with the largest pivot of each column.

use crate::solve::lp::Lp;

/// Pivots below this make a basis singular.
const SINGULAR: f64 = 1e-9;

/// The inverse of the columns `basis` of `lp`, row by row; `None` when they are singular.
pub(crate) fn inverse_of(lp: &Lp, basis: &[usize]) -> Option<Vec<Vec<f64>>> {
    let size = basis.len();
    let mut rest = vec![vec![0.0; size]; size];
    let mut inverse = rest.clone();
    for (place, &column) in basis.iter().enumerate() {
        for (row, value) in lp.columns[column].entries() {
            rest[row][place] = value;
        }
        inverse[place][place] = 1.0;
    }
    for place in 0..size {
        let largest = (place..size).max_by(|&a, &b| rest[a][place].abs().total_cmp(&rest[b][place].abs()))?;
        rest.swap(largest, place);
        inverse.swap(largest, place);
        let scale = rest[place][place];
        if scale.abs() < SINGULAR {
            return None;
        }
        let (pivot, solved) = (scaled(&mut rest[place], scale), scaled(&mut inverse[place], scale));
        for row in (0..size).filter(|row| *row != place) {
            let factor = rest[row][place];
            if factor != 0.0 {
                subtract(&mut rest[row], factor, &pivot);
                subtract(&mut inverse[row], factor, &solved);
            }
        }
    }
    Some(inverse)
}

/// Divides a row; returns a copy of it.
fn scaled(row: &mut [f64], scale: f64) -> Vec<f64> {
    row.iter_mut().for_each(|entry| *entry /= scale);
    row.to_vec()
}

fn subtract(row: &mut [f64], factor: f64, pivot: &[f64]) {
    for (entry, pivot) in row.iter_mut().zip(pivot) {
        *entry -= factor * pivot;
    }
}
