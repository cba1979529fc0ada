//! Instances in files: JSON, plain or compressed with gzip.
//!
//! An object with `n` tokens, their values `c`, and `pools` as rows. Without `columns` a row is [token, token,
//! reserve, reserve, kept of an input, weight of the first token]; `columns` names them in another order.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::market::Pool;

/// Most bytes that a compressed file is unpacked to.
const MOST_BYTES: u64 = 1 << 30;
/// The first bytes of what gzip wrote.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What rows are without `columns`.
const COLUMNS: [&str; 6] = ["token_i", "token_j", "reserve_i", "reserve_j", "gamma", "weight_i"];

/// Tokens' values and pools.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// What a base unit of each token is worth.
    pub values: Vec<f64>,
    /// The pools.
    pub pools: Vec<Pool>,
}

/// Why a file is no instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// It cannot be decompressed, or is too large.
    #[error("it cannot be decompressed: {0}")]
    Gzip(#[from] std::io::Error),
    /// It is no JSON, or not of an instance.
    #[error("it is no instance: {0}")]
    Json(#[from] serde_json::Error),
    /// The number of tokens contradicts their values.
    #[error("`n` says {n} tokens, `c` has the values of {values}")]
    Tokens {
        /// Said.
        n: usize,
        /// There.
        values: usize,
    },
    /// A column is missing.
    #[error("`columns` lacks {0}")]
    Column(&'static str),
    /// A row is too short or too long.
    #[error("pool {pool} has {found} numbers where {expected} are due")]
    Row {
        /// Index.
        pool: usize,
        /// There.
        found: usize,
        /// Due.
        expected: usize,
    },
    /// A token is no index.
    #[error("pool {pool} names the token {token}, which is no index")]
    Index {
        /// Index of the pool.
        pool: usize,
        /// What stands there.
        token: f64,
    },
}

#[derive(Deserialize)]
struct File {
    n: usize,
    c: Vec<f64>,
    pools: Vec<Vec<f64>>,
    #[serde(default)]
    columns: Vec<String>,
}

/// Where each number of a row stands.
struct Places {
    tokens: [usize; 2],
    reserves: [usize; 2],
    available: Option<[usize; 2]>,
    keeps: usize,
    weight: Option<usize>,
    count: usize,
}

impl Places {
    fn of(columns: &[String]) -> Result<Self, InstanceError> {
        let known = COLUMNS.map(str::to_owned);
        let columns = if columns.is_empty() { &known[..] } else { columns };
        let find = |name: &str| columns.iter().position(|column| column == name);
        let due = |name: &'static str| find(name).ok_or(InstanceError::Column(name));
        let available = find("real_reserve_i").zip(find("real_reserve_j"));
        // Where a curve ends its reserves are virtual ones.
        let reserves = match available {
            Some(_) => [due("virtual_reserve_i")?, due("virtual_reserve_j")?],
            None => [due("reserve_i")?, due("reserve_j")?],
        };
        Ok(Self {
            tokens: [due("token_i")?, due("token_j")?],
            reserves,
            available: available.map(|(first, second)| [first, second]),
            keeps: due("gamma")?,
            weight: find("weight_i"),
            count: columns.len(),
        })
    }

    fn pool(&self, pool: usize, row: &[f64]) -> Result<Pool, InstanceError> {
        if row.len() != self.count {
            return Err(InstanceError::Row { pool, found: row.len(), expected: self.count });
        }
        let index = |place: usize| {
            let token = row[place];
            let is_index =
                token >= 0.0 && token.fract().total_cmp(&0.0).is_eq() && token < f64::from(u32::MAX);
            if is_index { Ok(token as usize) } else { Err(InstanceError::Index { pool, token }) }
        };
        Ok(Pool {
            tokens: [index(self.tokens[0])?, index(self.tokens[1])?],
            reserves: self.reserves.map(|place| row[place]),
            available: self.available.map_or([f64::INFINITY; 2], |places| places.map(|place| row[place])),
            keeps: row[self.keeps],
            weight: self.weight.map_or(0.5, |place| row[place]),
        })
    }
}

impl Instance {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`InstanceError`] saying what it is not; of JSON with line and column.
    pub fn read(bytes: &[u8]) -> Result<Self, InstanceError> {
        let file: File = if bytes.starts_with(&GZIP) {
            let mut text = Vec::new();
            GzDecoder::new(bytes).take(MOST_BYTES).read_to_end(&mut text)?;
            serde_json::from_slice(&text)?
        } else {
            serde_json::from_slice(bytes)?
        };
        if file.n != file.c.len() {
            return Err(InstanceError::Tokens { n: file.n, values: file.c.len() });
        }
        let places = Places::of(&file.columns)?;
        let rows = file.pools.iter().enumerate();
        let pools = rows.map(|(index, row)| places.pool(index, row)).collect::<Result<_, _>>()?;
        Ok(Self { values: file.c, pools })
    }
}
