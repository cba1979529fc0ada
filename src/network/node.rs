//! Nodes: positions with what they hold.

use crate::domain::price::Rounding;
use crate::domain::snapshot::Balance;
use crate::domain::{Amount, Position, Price, Usd};

/// A position that can be valued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub position: Position,
    /// Reference price.
    pub price: Price,
    /// On chain, plus in flight, minus reserved.
    pub inventory: Amount,
    /// On chain minus reserved: what can be spent now.
    pub available: Amount,
    /// Value of the inventory, rounded down.
    pub value: Usd,
}

impl Node {
    /// Values a balance, or says why it cannot be.
    pub(super) fn new(position: Position, price: Price, balance: &Balance) -> Result<Self, String> {
        let all = balance.on_chain.checked_add(&balance.in_flight).map_err(|error| error.to_string())?;
        let inventory = all
            .checked_sub(&balance.reserved)
            .map_err(|_| format!("more {position} is reserved than is there; reconcile before moving"))?;
        let available =
            balance.on_chain.with_units(balance.on_chain.units().saturating_sub(balance.reserved.units()));
        let value = price
            .value(&inventory, Rounding::Down)
            .ok_or_else(|| format!("the value of {position} does not fit"))?;
        Ok(Self { position, price, inventory, available, value })
    }

    /// The value of `units` of this node's asset; `None` when it does not fit.
    pub fn value_of(&self, units: u128, rounding: Rounding) -> Option<Usd> {
        self.price.value(&self.inventory.with_units(units), rounding)
    }

    /// Dollars per base unit.
    pub(crate) fn unit_price(&self) -> f64 {
        let exponent = i32::from(self.inventory.decimals()).saturating_add(12);
        self.price.pico() as f64 / 10_f64.powi(exponent)
    }

    /// Base units worth `dollars`, rounded down and never above what the type holds.
    pub(crate) fn units_for(&self, dollars: f64) -> u128 {
        // The cast saturates: negative and not-a-number become zero.
        (dollars / self.unit_price()) as u128
    }

    /// Dollars of `units`.
    pub(crate) fn dollars(&self, units: u128) -> f64 {
        units as f64 * self.unit_price()
    }
}

/// Dollars as a float, for the solver only.
pub(crate) fn dollars(value: Usd) -> f64 {
    value.micros() as f64 / 1e6
}
