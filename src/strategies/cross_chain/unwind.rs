//! Closing what a trade left open because one of its legs failed.

use crate::domain::plan::Certificate;
use crate::domain::price::Rounding;
use crate::domain::{Amount, AssetId, ChainName, Left, Snapshot, Step, Trade, TradeRole, Usd};
use crate::network::{Edge, Network, Way};
use crate::strategies::cross_chain::Goal;
use crate::strategies::cross_chain::decide::plan;
use crate::strategies::cross_chain::legs::{Priced, priced};
use crate::strategies::decision::Considered;

/// Halvings of the range that a purchase lies in: any 128-bit number is found.
const HALVINGS: u32 = 128;

/// The plan that closes the oldest open rest, or why it cannot be closed now; `None` where nothing is open.
pub(super) fn consider(
    network: &Network,
    snapshot: &Snapshot,
    goal: &Goal,
) -> Result<Option<Considered>, String> {
    for trade in &goal.trades {
        for asset in trade.assets().filter(|asset| **asset != goal.base) {
            let decimals = |chain: &ChainName| decimals(snapshot, chain, asset);
            let left = trade.left(asset, decimals).ok_or_else(|| {
                format!(
                    "what plan {} left of {asset} cannot be told, so nothing is traded on top of it",
                    trade.plan
                )
            })?;
            if !left.is_dust {
                return close(network, snapshot, goal, trade, asset, left).map(Some);
            }
        }
    }
    Ok(None)
}

fn decimals(snapshot: &Snapshot, chain: &ChainName, asset: &AssetId) -> Option<u8> {
    let view = snapshot.chains.get(chain)?.as_ref().ok()?;
    view.balances.get(asset).map(|balance| balance.on_chain.decimals())
}

/// The way out that loses least.
fn close(
    network: &Network,
    snapshot: &Snapshot,
    goal: &Goal,
    trade: &Trade,
    asset: &AssetId,
    left: Left,
) -> Result<Considered, String> {
    let role = TradeRole::Unwind { of: trade.plan.clone() };
    let mut best: Option<Priced> = None;
    for (index, edge) in network.edges.iter().enumerate() {
        let Some(units) = amount(network, goal, edge, asset, left) else { continue };
        let Ok(one) = priced(network, snapshot, goal, (index, units), role.clone()) else { continue };
        if best.as_ref().is_none_or(|best| one.gain > best.gain) {
            best = Some(one);
        }
    }
    let rest = Amount::new(asset.clone(), left.decimals, left.units);
    let (done, undone) = if left.is_long { ("bought", "sold") } else { ("sold", "bought") };
    let what = format!("plan {} left {rest} {done} and not {undone}", trade.plan);
    let Some(Priced { step, gain, .. }) = best else {
        return Ok(Considered::Nothing(format!(
            "{what}; no pool takes it now, so it is tried again at every block"
        )));
    };
    let worth =
        snapshot.price(asset)?.value(&rest, Rounding::Down).ok_or("the value of the rest does not fit")?;
    let most = worth.micros().saturating_mul(i128::from(goal.unwind_ppm)).checked_div(1_000_000);
    let most = Usd::from_micros(most.unwrap_or(0));
    let loss = Usd::ZERO.saturating_sub(gain);
    if loss > most {
        return Ok(Considered::Nothing(format!(
            "{what}; unwinding it would lose {loss}, more than {most}, so it is tried again at every block; a day \
             after its plan it counts as inventory"
        )));
    }
    let certificate = Certificate { value: gain, bound: gain };
    Ok(Considered::Plan(plan(snapshot, goal, vec![Step::Swap(step)], certificate)))
}

/// What goes into `edge` to close the rest; `None` where it does not lead there or cannot take it.
fn amount(network: &Network, goal: &Goal, edge: &Edge, asset: &AssetId, left: Left) -> Option<u128> {
    let Way::Swap(_) = edge.way else { return None };
    let (from, to) = (network.nodes.get(edge.from)?, network.nodes.get(edge.to)?);
    let (sold, bought) = if left.is_long { (asset, &goal.base) } else { (&goal.base, asset) };
    let leads = from.position.asset == *sold && to.position.asset == *bought;
    if !leads || !goal.chains.contains(&from.position.chain) {
        return None;
    }
    let here = if left.is_long { from } else { to };
    let coarser = left.decimals.checked_sub(here.inventory.decimals())?;
    let rest = left.units.checked_div(10_u128.checked_pow(u32::from(coarser))?)?;
    let most = edge.capacity.min(from.available.units());
    if left.is_long {
        return (rest > 0 && rest <= most).then_some(rest);
    }
    // The least that brings it.
    let brings = |units: u128| edge.arrives(units).is_ok_and(|out| out >= rest);
    if rest == 0 || !brings(most) {
        return None;
    }
    let (mut low, mut high) = (0_u128, most);
    for _ in 0..HALVINGS {
        let middle = low.checked_add(high.checked_sub(low)?.checked_div(2)?)?;
        if middle == low {
            break;
        }
        if brings(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
