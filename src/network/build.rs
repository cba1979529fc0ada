//! From a snapshot to a network.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{AssetId, Position, Snapshot};
use crate::network::{Edge, Node, OpenRoutes, Terms, bridge, quoted, swap};

/// A way that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removed {
    /// The way or position.
    pub route: String,
    /// Why.
    pub reason: String,
}

/// A limit several edges share: the fast allowance of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Of which asset.
    pub asset: AssetId,
    /// Base units all its edges may move together.
    pub units: u128,
}

/// Nodes and edges of one snapshot.
#[derive(Debug, Clone)]
pub struct Network {
    /// Positions, ordered by chain and asset.
    pub nodes: Vec<Node>,
    /// Usable ways: bridges in the snapshot's order, then swaps, then quotes.
    pub edges: Vec<Edge>,
    /// Ways and positions that cannot be used.
    pub removed: Vec<Removed>,
    /// Shared limits.
    pub budgets: Vec<Budget>,
    index: BTreeMap<Position, usize>,
}

impl Network {
    /// The index of a position, or why it is not a node.
    pub fn node_of(&self, position: &Position) -> Result<usize, String> {
        self.index.get(position).copied().ok_or_else(|| format!("{position} has no usable balance and price"))
    }

    /// The position at `index`; indices come from this network's own edges.
    pub fn position(&self, index: usize) -> &Position {
        &self.nodes[index].position
    }
}

/// The network of `assets` (all of them where it is empty) in `snapshot`.
pub fn build(snapshot: &Snapshot, assets: &BTreeSet<AssetId>, terms: &Terms, open: &OpenRoutes) -> Network {
    let mut network = Network {
        nodes: Vec::new(),
        edges: Vec::new(),
        removed: Vec::new(),
        budgets: Vec::new(),
        index: BTreeMap::new(),
    };
    for (chain, reading) in &snapshot.chains {
        let view = match reading {
            Ok(view) => view,
            Err(reason) => {
                network.removed.push(Removed { route: chain.to_string(), reason: reason.clone() });
                continue;
            }
        };
        for (asset, balance) in &view.balances {
            if !assets.is_empty() && !assets.contains(asset) {
                continue;
            }
            let position = Position::new(chain.clone(), asset.clone());
            match snapshot.price(asset).and_then(|price| Node::new(position.clone(), price, balance)) {
                Ok(node) => {
                    network.index.insert(position, network.nodes.len());
                    network.nodes.push(node);
                }
                Err(reason) => network.removed.push(Removed { route: position.to_string(), reason }),
            }
        }
    }
    for reading in &snapshot.bridges {
        match reading {
            Ok(view) if assets.is_empty() || assets.contains(&view.asset) => {
                bridge::add(&mut network, snapshot, view, terms, open);
            }
            Ok(_) => {}
            Err(reason) => {
                network.removed.push(Removed { route: "cctp".to_owned(), reason: reason.clone() });
            }
        }
    }
    for view in snapshot.chains.values().flatten() {
        for pool in &view.pools {
            if assets.is_empty() || pool.assets.iter().all(|asset| assets.contains(asset)) {
                swap::add(&mut network, snapshot, pool, terms, open);
            }
        }
    }
    for reading in &snapshot.quotes {
        match reading {
            Ok(view)
                if assets.is_empty() || [&view.from, &view.to].iter().all(|one| assets.contains(*one)) =>
            {
                quoted::add(&mut network, snapshot, view, terms, open);
            }
            Ok(_) => {}
            Err(reason) => {
                network.removed.push(Removed { route: "quote".to_owned(), reason: reason.clone() });
            }
        }
    }
    network
}
