//! Linear systems with one row per token and one entry per pair of tokens that share a pool.

use clarabel::algebra::CscMatrix;
use clarabel::qdldl::{QDLDLFactorisation, QDLDLSettingsBuilder};

use super::market::{Curve, Market};

/// A symmetric matrix with the pattern of the market, and its factors. The order of elimination is found
/// once; after that nothing is allocated.
pub(super) struct Factors {
    factors: QDLDLFactorisation<f64>,
    /// Where each pool's pair stands.
    pairs: Vec<u32>,
    /// Where each token's diagonal stands.
    diagonal: Vec<u32>,
    every: Vec<usize>,
    values: Vec<f64>,
}

impl Factors {
    /// With the pattern of `market`; `None` when it has no tokens.
    pub(super) fn new(market: &Market) -> Option<Self> {
        let tokens = market.tokens() as u32;
        let of_pool = |curve: &Curve| (curve.ends[0].max(curve.ends[1]), curve.ends[0].min(curve.ends[1]));
        let mut places: Vec<(u32, u32)> = market.curves.iter().map(of_pool).collect();
        places.extend((0..tokens).map(|token| (token, token)));
        places.sort_unstable();
        places.dedup();
        let place = |wanted: (u32, u32)| places.binary_search(&wanted).map(|place| place as u32).ok();
        let pairs = market.curves.iter().map(|curve| place(of_pool(curve))).collect::<Option<Vec<_>>>()?;
        let diagonal = (0..tokens).map(|token| place((token, token))).collect::<Option<Vec<_>>>()?;
        let columns: Vec<usize> =
            (0..=tokens).map(|token| places.partition_point(|(column, _)| *column < token)).collect();
        let rows = places.iter().map(|(_, row)| *row as usize).collect();
        let mut values = vec![0.0; places.len()];
        for &place in &diagonal {
            values[place as usize] = 1.0;
        }
        let (size, every) = (market.tokens(), (0..values.len()).collect());
        let matrix = CscMatrix::new(size, size, columns, rows, values.clone());
        let settings = QDLDLSettingsBuilder::default().regularize_enable(false).build().ok()?;
        let factors = QDLDLFactorisation::new(&matrix, Some(settings)).ok()?;
        Some(Self { factors, pairs, diagonal, every, values })
    }

    /// Those in `place`, or new ones.
    pub(super) fn of<'a>(market: &Market, place: &'a mut Option<Self>) -> Option<&'a mut Self> {
        if place.is_none() {
            *place = Self::new(market);
        }
        place.as_mut()
    }

    /// All zeros.
    pub(super) fn clear(&mut self) {
        self.values.fill(0.0);
    }

    /// Adds to the entry of the two tokens of `pool`.
    pub(super) fn add(&mut self, pool: usize, value: f64) {
        self.values[self.pairs[pool] as usize] += value;
    }

    /// Adds to the diagonal of `token`.
    pub(super) fn add_diagonal(&mut self, token: usize, value: f64) {
        self.values[self.diagonal[token] as usize] += value;
    }

    /// Factors what was added; `false` when a pivot is zero.
    pub(super) fn factor(&mut self) -> bool {
        self.factors.update_values(&self.every, &self.values);
        self.factors.refactor().is_ok()
    }

    /// Puts the solution in the place of the right side.
    pub(super) fn solve(&mut self, side: &mut [f64]) {
        self.factors.solve(side);
    }
}

/// Two tokens and the curvature of the pool between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) ends: [u32; 2],
    pub(super) pool: u32,
    pub(super) weight: f64,
}

/// Vectors of the conjugate gradients.
#[derive(Debug, Clone)]
pub(super) struct Gradients {
    rest: Vec<f64>,
    scaled: Vec<f64>,
    along: Vec<f64>,
    image: Vec<f64>,
}

/// Most steps of the conjugate gradients.
const MOST: usize = 200;

impl Gradients {
    pub(super) fn new(tokens: usize) -> Self {
        let zeros = || vec![0.0; tokens];
        Self { rest: zeros(), scaled: zeros(), along: zeros(), image: zeros() }
    }

    /// Solves (D − Σ w·(e_i e_jᵀ + e_j e_iᵀ))·x = `side` over the rows that are `free`, which are those of the
    /// pairs, to the relative `accuracy`. In a network that is dense its diagonal alone is a good guide, and this is faster than
    /// factors.
    pub(super) fn solve(
        &mut self,
        pairs: &[Pair],
        diagonal: &[f64],
        free: &[bool],
        accuracy: f64,
        side: &mut [f64],
    ) {
        for token in 0..side.len() {
            self.rest[token] = if free[token] { side[token] } else { 0.0 };
            self.scaled[token] = self.rest[token] / diagonal[token];
            self.along[token] = self.scaled[token];
            side[token] = 0.0;
        }
        let mut size = dot(&self.rest, &self.scaled);
        let enough = accuracy * accuracy * size;
        for _ in 0..MOST {
            if size <= enough || size <= 0.0 {
                break;
            }
            for ((image, entry), along) in self.image.iter_mut().zip(diagonal).zip(&self.along) {
                *image = entry * along;
            }
            for pair in pairs {
                let [first, second] = pair.ends.map(|token| token as usize);
                self.image[first] -= pair.weight * self.along[second];
                self.image[second] -= pair.weight * self.along[first];
            }
            let bend = dot(&self.along, &self.image);
            if bend <= 0.0 {
                break;
            }
            let step = size / bend;
            for token in 0..side.len() {
                side[token] += step * self.along[token];
                self.rest[token] -= step * self.image[token];
                self.scaled[token] = self.rest[token] / diagonal[token];
            }
            let next = dot(&self.rest, &self.scaled);
            for token in 0..side.len() {
                self.along[token] = self.scaled[token] + next / size * self.along[token];
            }
            size = next;
        }
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
