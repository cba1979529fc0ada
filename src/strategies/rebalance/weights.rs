//! Weights, bands and readiness of an inventory, in integers.

use crate::domain::decision::Deviation;
use crate::domain::{Snapshot, Usd};
use crate::network::{Network, Node};
use crate::solve::rebalance::Band;
use crate::strategies::peg::sound_price;
use crate::strategies::rebalance::Goal;
use crate::strategies::rebalance::goal::WHOLE;

/// What stands against deciding at all, if anything.
pub(super) fn unready(snapshot: &Snapshot, goal: &Goal) -> Result<(), String> {
    for (chain, reading) in &snapshot.chains {
        if let Err(reason) = reading {
            return Err(format!("{chain} could not be read, so the inventory is not known: {reason}"));
        }
    }
    for position in goal.targets().keys() {
        match snapshot.chains.get(&position.chain) {
            Some(Ok(view)) if view.balances.contains_key(&position.asset) => {}
            Some(Ok(_)) => return Err(format!("{position} is a target but its balance was not read")),
            Some(Err(reason)) => return Err(reason.clone()),
            None => return Err(format!("{position} is a target but its chain is not configured")),
        }
        sound_price(snapshot, &goal.pegs, &position.asset)?;
    }
    for (chain, view) in &snapshot.chains {
        let Ok(view) = view else { continue };
        for (asset, balance) in &view.balances {
            let empty = balance.on_chain.is_zero() && balance.in_flight.is_zero();
            if goal.assets.contains(asset) && !empty {
                sound_price(snapshot, &goal.pegs, asset)?;
            }
            if balance.reserved.units() > balance.on_chain.units().saturating_add(balance.in_flight.units()) {
                return Err(format!(
                    "more {asset} on {chain} is reserved than is there; reconcile before moving"
                ));
            }
        }
    }
    Ok(())
}

/// The inventory against its targets.
pub(super) struct Weights {
    pub(super) total: Usd,
    pub(super) bands: Vec<Band>,
    pub(super) deviations: Vec<Deviation>,
    /// The node furthest from its target, and how far in millionths.
    pub(super) furthest: Option<(usize, i128)>,
    /// Whether some deviation is above the trigger, exactly.
    pub(super) triggered: bool,
}

/// The range every node of `network` should lie in.
///
/// # Errors
/// When a number does not fit.
pub fn bands(network: &Network, goal: &Goal) -> Result<Vec<Band>, String> {
    weigh(network, goal).map(|weights| weights.bands)
}

/// Weighs every node; `Err` when a number does not fit.
pub(super) fn weigh(network: &Network, goal: &Goal) -> Result<Weights, String> {
    let fits = || "the inventory's value does not fit".to_owned();
    let mut total = Usd::ZERO;
    for node in &network.nodes {
        total = total.checked_add(node.value).ok_or_else(fits)?;
    }
    let mut weights =
        Weights { total, bands: Vec::new(), deviations: Vec::new(), furthest: None, triggered: false };
    for (index, node) in network.nodes.iter().enumerate() {
        weights.add(index, node, goal).ok_or_else(fits)?;
    }
    Ok(weights)
}

impl Weights {
    fn add(&mut self, index: usize, node: &Node, goal: &Goal) -> Option<()> {
        let whole = i128::from(WHOLE);
        let target = i128::from(goal.target(&node.position));
        let total = self.total.micros();
        let (held, wanted) = (node.value.micros().checked_mul(whole)?, total.checked_mul(target)?);
        // In millionths of the total's micro-dollars: exact, nothing is divided.
        let apart = held.checked_sub(wanted)?;
        if apart.checked_abs()? > total.checked_mul(i128::from(goal.trigger_ppm()))? {
            self.triggered = true;
        }
        let weight = held.checked_div(total).unwrap_or(0);
        let off = apart.checked_div(total).unwrap_or(0);
        if self.furthest.is_none_or(|(_, most)| off.unsigned_abs() > most.unsigned_abs()) {
            self.furthest = Some((index, off));
        }
        let band = i128::from(goal.band_ppm());
        let edge = |ppm: i128| Some(total.checked_mul(ppm.max(0))?.div_euclid(whole));
        self.bands.push(Band {
            low: Usd::from_micros(edge(target.checked_sub(band)?)?),
            high: Usd::from_micros(edge(target.checked_add(band)?)?),
        });
        if target != 0 || node.value != Usd::ZERO {
            self.deviations.push(Deviation {
                chain: node.position.chain.clone(),
                asset: node.position.asset.to_string(),
                value: node.value,
                weight_ppm: i64::try_from(weight).ok()?,
                target_ppm: i64::try_from(target).ok()?,
            });
        }
        Some(())
    }
}
