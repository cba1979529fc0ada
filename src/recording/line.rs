//! The line of a block.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::header::Header;
use super::state::{State, Units};
use super::{Block, Known};
use crate::domain::pool::{Pool, PoolKey};
use crate::domain::snapshot::{BlockRef, GasPrice, PriceView};
use crate::domain::{AssetId, Timestamp};

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    block: BlockRef,
    at: Timestamp,
    gas: Gas,
    inventory: Units,
    prices: BTreeMap<AssetId, Quoted>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    busy: BTreeSet<PoolKey>,
    #[serde(default, skip_serializing_if = "is_false")]
    held: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    full: bool,
    pools: Vec<(usize, Option<State>)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gas {
    base_fee: Units,
    priority_fee: Units,
    l1_fee: Units,
}

/// A price, or why there was none.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Quoted {
    Price(PriceView),
    Unusable(String),
}

/// Writes blocks, one after the other.
#[derive(Debug)]
pub struct Encoder {
    known: Vec<Option<Arc<Pool>>>,
}

impl Encoder {
    /// No block was written; there are `pools` pools.
    pub fn new(pools: usize) -> Self {
        Self { known: vec![None; pools] }
    }

    /// The line of `block`, without its end; with `full` all pools are on it, whether they changed or not.
    ///
    /// # Errors
    /// [`serde_json::Error`] when it cannot be written as JSON.
    pub fn encode(&mut self, block: &Block, full: bool) -> Result<Vec<u8>, serde_json::Error> {
        let full = full || block.full;
        let before: Vec<Option<Arc<Pool>>> =
            block.pools.iter().map(|(index, _)| self.known.get(*index).cloned().flatten()).collect();
        if block.full {
            self.known.fill(None);
        }
        for (index, pool) in &block.pools {
            if let Some(known) = self.known.get_mut(*index) {
                known.clone_from(pool);
            }
        }
        let state = |pool: &Option<Arc<Pool>>, before: Option<&Arc<Pool>>| {
            pool.as_ref().map(|pool| State::of(before, pool))
        };
        let pools: Vec<(usize, Option<State>)> = if full {
            // Whoever begins to read here knows nothing.
            self.known.iter().enumerate().map(|(index, pool)| (index, state(pool, None))).collect()
        } else {
            let changed = block.pools.iter().zip(&before);
            changed.map(|((index, pool), before)| (*index, state(pool, before.as_ref()))).collect()
        };
        let quoted = |(asset, price): (&AssetId, &Result<PriceView, String>)| {
            let price = match price {
                Ok(view) => Quoted::Price(view.clone()),
                Err(reason) => Quoted::Unusable(reason.clone()),
            };
            (asset.clone(), price)
        };
        serde_json::to_vec(&Line {
            block: block.block,
            at: block.at,
            gas: Gas {
                base_fee: Units(block.gas.base_fee),
                priority_fee: Units(block.gas.priority_fee),
                l1_fee: Units(block.gas.l1_fee),
            },
            inventory: Units(block.inventory),
            prices: block.prices.iter().map(quoted).collect(),
            busy: block.busy.clone(),
            held: block.held,
            full,
            pools,
        })
    }
}

/// What a pool is, whatever its state.
type Identity = (PoolKey, [AssetId; 2], [u8; 2]);

/// Reads blocks, one after the other.
#[derive(Debug)]
pub struct Decoder {
    known: Vec<Option<Arc<Pool>>>,
    identities: Vec<Option<Identity>>,
    /// Whether a line with all pools was read.
    begun: bool,
}

impl Decoder {
    /// After `header`.
    pub fn new(header: &Header) -> Self {
        let pools = header.pools;
        Self { known: vec![None; pools], identities: vec![None; pools], begun: false }
    }

    /// All pools as of the last block.
    pub fn pools(&self) -> &[Option<Arc<Pool>>] {
        &self.known
    }

    /// The block of a line. After an error nothing more can be read.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn decode(&mut self, line: &[u8]) -> Result<Block, String> {
        let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if line.full && line.pools.len() != self.known.len() {
            let (said, there) = (self.known.len(), line.pools.len());
            return Err(format!("the line is `full`, but has {there} of the {said} pools of the header"));
        }
        if !line.full && !self.begun {
            return Err(
                "the first block has not all pools; cut a recording only before a line that is `full`, \
                        and keep its header"
                    .to_owned(),
            );
        }
        self.begun = true;
        let mut pools: Vec<Known> = Vec::with_capacity(line.pools.len());
        for (index, state) in line.pools {
            if pools.last().is_some_and(|(last, _)| *last >= index) {
                return Err(format!("pool {index} is not in order"));
            }
            let pool = self.change(index, state.as_ref(), line.full);
            pools.push((index, pool.map_err(|reason| format!("pool {index}: {reason}"))?));
        }
        let prices = line.prices.into_iter().map(|(asset, quoted)| {
            let reading = match quoted {
                Quoted::Price(view) => Ok(view),
                Quoted::Unusable(reason) => Err(reason),
            };
            (asset, reading)
        });
        Ok(Block {
            block: line.block,
            at: line.at,
            gas: GasPrice {
                base_fee: line.gas.base_fee.0,
                priority_fee: line.gas.priority_fee.0,
                l1_fee: line.gas.l1_fee.0,
            },
            inventory: line.inventory.0,
            prices: prices.collect(),
            busy: line.busy,
            held: line.held,
            full: line.full,
            pools,
        })
    }

    fn change(
        &mut self,
        index: usize,
        state: Option<&State>,
        full: bool,
    ) -> Result<Option<Arc<Pool>>, String> {
        let (Some(known), Some(identity)) = (self.known.get_mut(index), self.identities.get_mut(index))
        else {
            return Err("the header has fewer".to_owned());
        };
        let before = known.as_ref().filter(|_| !full);
        let pool = state.map(|state| state.apply(before)).transpose()?;
        if let Some(pool) = &pool {
            let is = (pool.key(), pool.assets.clone(), pool.decimals);
            if pool.assets[0] == pool.assets[1] {
                return Err("both its assets are the same".to_owned());
            }
            if identity.get_or_insert_with(|| is.clone()) != &is {
                return Err("it is another pool than before".to_owned());
            }
        }
        known.clone_from(&pool);
        Ok(pool)
    }
}
