//! The pools of one chain as a market that is kept from block to block.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ways::Ways;
use super::{MarketError, Pool as Curve};
use crate::domain::AssetId;
use crate::domain::pool::Pool;
use crate::network::pool::fee_ppm;
use crate::network::pool::stretch::{Stretch, stretches};

/// The index of the token that is lent.
pub(super) const BASE: usize = 0;
/// How far prices may move from a pool's own, as a logarithm: liquidity further away is left out.
const REACH: f64 = 0.1;
/// What a base unit is worth that nobody wants, relative to its price. Next to nothing would do, but then what rounding
/// leaves missing of it would count as next to nothing too.
pub(super) const UNWANTED: f64 = 1e-3;
/// Columns a concentrated pool gets beyond those it needs, so that few blocks change the market's shape.
const SPARE: usize = 4;

/// Base units of an asset, and how many of the profit's token they are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// Base units of the asset.
    pub units: u128,
    /// Base units of the profit's token.
    pub base: u128,
}

impl Worth {
    /// Base units of the profit's token per base unit, where that is a price.
    fn rate(self) -> Option<f64> {
        Some(self.base as f64 / self.units as f64).filter(|rate| rate.is_normal())
    }
}

/// The pools of one chain with a solver that begins where the last block ended.
pub struct ChainMarket {
    /// Tokens by index.
    pub(super) assets: Vec<AssetId>,
    /// The pools.
    pub(super) ways: Ways,
    scratch: Vec<Stretch>,
}

impl ChainMarket {
    /// The market of `pools`, in which only `base` is wanted. `worth` says about how many base units of it an
    /// asset is worth.
    ///
    /// # Errors
    /// [`MarketError`] when a pool's numbers are out of range.
    pub fn new(
        pools: &[Option<Arc<Pool>>],
        base: &AssetId,
        worth: impl Fn(&AssetId) -> Option<Worth>,
    ) -> Result<Self, MarketError> {
        let mut known = BTreeMap::from([(base.clone(), BASE)]);
        let (mut assets, mut values) = (vec![base.clone()], vec![1.0]);
        let mut tokens = Vec::with_capacity(pools.len());
        for pool in pools {
            // Tokens of a pool that is not known do not matter: it has no columns.
            let Some(pool) = pool else {
                tokens.push([BASE; 2]);
                continue;
            };
            tokens.push([0, 1].map(|side: usize| {
                let asset = &pool.assets[side];
                *known.entry(asset.clone()).or_insert_with(|| {
                    assets.push(asset.clone());
                    values.push(UNWANTED * worth(asset).and_then(Worth::rate).unwrap_or(1.0));
                    values.len().saturating_sub(1)
                })
            }));
        }
        let (mut curves, mut columns, mut scratch) =
            (Vec::new(), Vec::with_capacity(pools.len()), Vec::new());
        for (pool, tokens) in pools.iter().zip(&tokens) {
            let begin = curves.len();
            if let Some(pool) = pool {
                scratch.clear();
                stretches(pool, REACH, &mut scratch);
                let spare = if scratch.len() > 1 { SPARE } else { 0 };
                let count = scratch.len().saturating_add(spare).max(1);
                curves.extend((0..count).map(|at| curve(pool, *tokens, &scratch, at)));
            }
            columns.push(begin..curves.len());
        }
        let ways = Ways::new(&values, tokens, columns, &curves)?;
        Ok(Self { assets, ways, scratch })
    }

    /// How many pools there are, and how many columns they have.
    pub fn size(&self) -> (usize, usize) {
        (self.ways.tokens.len(), self.ways.market.pools())
    }

    /// The tokens, as indices of routes name them; the first is the one of the profit.
    pub fn assets(&self) -> &[AssetId] {
        &self.assets
    }

    /// Takes over the state of `changed` from `pools`, which are those of [`ChainMarket::new`]. `false` when one
    /// needs more columns than it has: then the market has to be made anew.
    ///
    /// # Errors
    /// [`MarketError`] when a pool's numbers are out of range; it stays as it was.
    pub fn update(&mut self, pools: &[Option<Arc<Pool>>], changed: &[usize]) -> Result<bool, MarketError> {
        for &index in changed {
            let (Some(pool), Some(columns)) = (pools.get(index), self.ways.columns.get(index).cloned())
            else {
                return Ok(false);
            };
            let Some(pool) = pool else {
                self.ways.shut(index);
                continue;
            };
            self.scratch.clear();
            stretches(pool, REACH, &mut self.scratch);
            if self.scratch.len() > columns.len() {
                return Ok(false);
            }
            for (at, column) in columns.enumerate() {
                let curve = curve(pool, self.ways.tokens[index], &self.scratch, at);
                self.ways.market.update(column, &curve)?;
            }
            self.ways.note(index);
        }
        Ok(true)
    }
}

/// The columns of a pool between `tokens`, none to spare.
pub(super) fn columns_of(pool: &Pool, tokens: [usize; 2]) -> Vec<Curve> {
    let mut parts = Vec::new();
    stretches(pool, REACH, &mut parts);
    (0..parts.len()).map(|at| curve(pool, tokens, &parts, at)).collect()
}

/// The curve of column `at` of a pool; beyond its stretches one that gives nothing.
fn curve(pool: &Pool, tokens: [usize; 2], stretches: &[Stretch], at: usize) -> Curve {
    // In V4 the protocol may take more of one side than of the other. The cheaper one counts for both, so that the
    // bound is one; base units are computed with each side's own.
    let fee = fee_ppm(pool, true).min(fee_ppm(pool, false));
    let keeps = 1.0 - f64::from(fee) / 1e6;
    let shut = Stretch { reserves: [1.0; 2], available: [0.0; 2] };
    let stretch = stretches.get(at).copied().unwrap_or_else(|| Stretch {
        available: [0.0; 2],
        // Of the pool's own price, and too small to count.
        reserves: stretches
            .first()
            .map_or(shut.reserves, |first| first.reserves.map(|reserve| reserve * 1e-6)),
    });
    Curve { tokens, reserves: stretch.reserves, available: stretch.available, keeps, weight: 0.5 }
}
