//! What a rebalance should reach and what it may cost.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{AssetId, ChainName, Position};
use crate::network::{OpenRoutes, Terms};
use crate::solve::rebalance::Effort;
use crate::strategies::Peg;

/// The whole, in millionths.
pub(super) const WHOLE: u32 = 1_000_000;

/// Why targets make no goal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoalError {
    /// Weights do not add up.
    #[error("target weights add up to {sum} millionths; they have to add up to 1000000")]
    Sum {
        /// Their sum.
        sum: u64,
    },
    /// A profile spreads over another number of chains.
    #[error("the profile has {weights} weights and {chains} chains are named; give one chain per weight")]
    Chains {
        /// Weights of the profile.
        weights: usize,
        /// Chains named.
        chains: usize,
    },
    /// One position has two targets.
    #[error("{0} has two targets; keep one")]
    Twice(Position),
    /// The band leaves no hysteresis.
    #[error("the band ({band_ppm} ppm) must be smaller than the trigger ({trigger_ppm} ppm)")]
    Band {
        /// Deviation a rebalance may leave.
        band_ppm: u32,
        /// Deviation that starts one.
        trigger_ppm: u32,
    },
}

/// A rebalance goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// Share of the whole inventory's value wanted at each position, in millionths; others have zero.
    targets: BTreeMap<Position, u32>,
    trigger_ppm: u32,
    band_ppm: u32,
    /// Assets that are managed; others are left alone. Those with a target always are.
    pub assets: BTreeSet<AssetId>,
    /// Stablecoins that must be near their peg.
    pub pegs: BTreeMap<AssetId, Peg>,
    /// Prices and limits of every move.
    pub terms: Terms,
    /// Routes that already carry something.
    pub open: OpenRoutes,
    /// How much work the solver may take.
    pub effort: Effort,
}

impl Goal {
    /// A goal of explicit targets; the assets named in them are managed.
    ///
    /// # Errors
    /// When weights do not add up to a million, a position comes twice, or the band is no smaller than
    /// the trigger.
    pub fn new(
        targets: impl IntoIterator<Item = (Position, u32)>,
        trigger_ppm: u32,
        band_ppm: u32,
        terms: Terms,
    ) -> Result<Self, GoalError> {
        let mut map = BTreeMap::new();
        for (position, weight) in targets {
            if map.insert(position.clone(), weight).is_some() {
                return Err(GoalError::Twice(position));
            }
        }
        let sum = map.values().fold(0_u64, |sum, weight| sum.saturating_add(u64::from(*weight)));
        if sum != u64::from(WHOLE) {
            return Err(GoalError::Sum { sum });
        }
        if band_ppm >= trigger_ppm {
            return Err(GoalError::Band { band_ppm, trigger_ppm });
        }
        let assets = map.keys().map(|position| position.asset.clone()).collect();
        Ok(Self {
            targets: map,
            trigger_ppm,
            band_ppm,
            assets,
            pegs: BTreeMap::new(),
            terms,
            open: OpenRoutes::default(),
            effort: Effort::default(),
        })
    }

    /// The targets of a profile: its weights over `chains`, in order, of one asset.
    ///
    /// # Errors
    /// When there are not as many chains as weights.
    pub fn spread(
        weights: &[u32],
        chains: &[ChainName],
        asset: &AssetId,
    ) -> Result<Vec<(Position, u32)>, GoalError> {
        if weights.len() != chains.len() {
            return Err(GoalError::Chains { weights: weights.len(), chains: chains.len() });
        }
        let position = |chain: &ChainName| Position::new(chain.clone(), asset.clone());
        Ok(chains.iter().zip(weights).map(|(chain, weight)| (position(chain), *weight)).collect())
    }

    /// Targets in millionths.
    pub fn targets(&self) -> &BTreeMap<Position, u32> {
        &self.targets
    }

    /// Deviation that starts a rebalance, in millionths.
    pub fn trigger_ppm(&self) -> u32 {
        self.trigger_ppm
    }

    /// Deviation a rebalance may leave behind, in millionths.
    pub fn band_ppm(&self) -> u32 {
        self.band_ppm
    }

    /// The weight wanted at `position`.
    pub fn target(&self, position: &Position) -> u32 {
        self.targets.get(position).copied().unwrap_or(0)
    }
}
