//! The state of a pool on a line: all of it, or only what moved since the line before.

use std::sync::Arc;

use alloy::primitives::U256;
use serde::{Deserialize, Serialize};

use crate::domain::amount::decimal_string;
use crate::domain::pool::{Pool, PoolState};

/// Base units in decimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Units(#[serde(with = "decimal_string")] pub(super) u128);

/// A pool's state.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// All of the pool.
    Pool(Arc<Pool>),
    /// A pair's reserves; the rest is as it was.
    Reserves([Units; 2]),
    /// Where a concentrated pool's price is; the rest is as it was.
    Price(Moved),
}

/// What moved of a concentrated pool.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Moved {
    sqrt_price: U256,
    tick: i32,
    liquidity: Units,
    /// All initialised ticks, where one of them is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ticks: Option<Vec<(i32, i128)>>,
}

impl State {
    /// `pool` after it was `before`.
    pub(super) fn of(before: Option<&Arc<Pool>>, pool: &Arc<Pool>) -> Self {
        let whole = || Self::Pool(Arc::clone(pool));
        let moved = before.and_then(|before| Self::moved(&before.state, &pool.state));
        match moved {
            // What it leaves out must be as it was.
            Some(moved) if moved.apply(before).is_ok_and(|after| after == *pool) => moved,
            Some(_) | None => whole(),
        }
    }

    fn moved(before: &PoolState, after: &PoolState) -> Option<Self> {
        if let PoolState::V2(after) = after {
            return Some(Self::Reserves(after.reserves.map(Units)));
        }
        let (before, after) = (before.concentrated()?, after.concentrated()?);
        Some(Self::Price(Moved {
            sqrt_price: after.sqrt_price_x96,
            tick: after.tick,
            liquidity: Units(after.liquidity),
            ticks: (before.ticks != after.ticks).then(|| after.ticks.clone()),
        }))
    }

    /// The pool in this state after it was `before`.
    pub(super) fn apply(&self, before: Option<&Arc<Pool>>) -> Result<Arc<Pool>, &'static str> {
        if let Self::Pool(pool) = self {
            return Ok(Arc::clone(pool));
        }
        let before = before.ok_or("it moved, but was not known before")?;
        let mut pool = Pool::clone(before);
        match (self, &mut pool.state) {
            (Self::Reserves(reserves), PoolState::V2(state)) => {
                state.reserves = [reserves[0].0, reserves[1].0];
            }
            (Self::Price(moved), state) => {
                let state = state.concentrated_mut().ok_or("it has no price that could move")?;
                state.sqrt_price_x96 = moved.sqrt_price;
                state.tick = moved.tick;
                state.liquidity = moved.liquidity.0;
                if let Some(ticks) = &moved.ticks {
                    state.ticks.clone_from(ticks);
                }
            }
            (Self::Reserves(_) | Self::Pool(_), _) => return Err("it has no reserves"),
        }
        Ok(Arc::new(pool))
    }
}
