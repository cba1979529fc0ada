//! What is to be sold for what, on what terms.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::{Amount, AssetId, ChainName, QuoteRequest, Snapshot, snapshot::ChainView};
use crate::network::{OpenRoutes, Terms};
use crate::strategies::Peg;
use crate::strategies::peg::sound_price;

/// What an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Chain.
    pub chain: ChainName,
    /// What is sold, exactly.
    pub amount: Amount,
    /// What is bought.
    pub to: AssetId,
    /// How far below its quote a swap may end, in millionths; at most what the terms allow, which is the
    /// default.
    pub slippage_ppm: Option<u32>,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "convert {} to {} on {}", self.amount, self.to, self.chain)
    }
}

/// A request with the terms it is carried out on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// What is asked for.
    pub request: Request,
    /// Stablecoins that must be near their peg.
    pub pegs: BTreeMap<AssetId, Peg>,
    /// Prices and limits of every step; the slippage is the request's where that is narrower.
    pub terms: Terms,
    /// Most that a step's quote may be below the reference prices, in millionths.
    pub max_loss_ppm: u32,
    /// Routes that already carry something.
    pub open: OpenRoutes,
}

impl Goal {
    /// A goal for `request` where a step may lose `max_fee_ppm` besides its slippage.
    pub fn new(
        request: Request,
        pegs: BTreeMap<AssetId, Peg>,
        mut terms: Terms,
        max_fee_ppm: u32,
        open: OpenRoutes,
    ) -> Self {
        let widest = terms.slippage_ppm;
        terms.slippage_ppm = request.slippage_ppm.map_or(widest, |asked| asked.min(widest));
        let max_loss_ppm = max_fee_ppm.saturating_add(terms.slippage_ppm);
        Self { request, pegs, terms, max_loss_ppm, open }
    }
}

/// What venues are to be asked; nothing where the request would be refused anyway.
pub fn wanted(snapshot: &Snapshot, goal: &Goal) -> Vec<QuoteRequest> {
    let Request { chain, amount, to, .. } = &goal.request;
    match ready(snapshot, goal) {
        Ok(_) => vec![QuoteRequest::tenths(chain.clone(), amount.clone(), to.clone())],
        Err(_) => Vec::new(),
    }
}

/// The chain's view, or what stands against converting at all.
pub(super) fn ready<'a>(snapshot: &'a Snapshot, goal: &Goal) -> Result<&'a ChainView, String> {
    let Request { chain, amount, to, .. } = &goal.request;
    if amount.is_zero() {
        return Err("nothing is to be sold; name an amount".to_owned());
    }
    if amount.asset() == to {
        return Err(format!("{to} would be converted to itself; name another asset"));
    }
    let view = match snapshot.chains.get(chain) {
        Some(Ok(view)) => view,
        Some(Err(reason)) => return Err(format!("{chain} could not be read: {reason}")),
        None => return Err(format!("{chain} is not configured")),
    };
    for asset in [amount.asset(), to] {
        if !view.balances.contains_key(asset) {
            return Err(format!("{asset} is not configured on {chain}"));
        }
        sound_price(snapshot, &goal.pegs, asset)?;
    }
    if let Some(balance) = view.balances.get(amount.asset()) {
        if balance.on_chain.decimals() != amount.decimals() {
            return Err(format!("{amount} has other decimals than the balance on {chain}"));
        }
        let free = balance.on_chain.units().saturating_sub(balance.reserved.units());
        if free < amount.units() {
            return Err(format!(
                "{} can be spent on {chain} ({} less {} reserved), which is less than {amount}",
                balance.on_chain.with_units(free),
                balance.on_chain,
                balance.reserved
            ));
        }
    }
    Ok(view)
}
