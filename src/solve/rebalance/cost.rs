//! One step with its exact cost, in integers.

use crate::domain::plan::Cost;
use crate::domain::price::Rounding;
use crate::domain::{AnyAddress, BridgeStep, RouteStep, Step, SwapStep, Usd, Venue, Wallets};
use crate::network::{BridgeWay, Edge, Network, Node, Terms, Way};

/// A step with what it does to both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The step with its limits and cost.
    pub step: Step,
    /// Base units that arrive.
    pub arrives: u128,
    /// Value that leaves, rounded up.
    pub sent: Usd,
}

/// The step that moves `units` over `edge`, or why there is none. Every cost is rounded up.
///
/// # Errors
/// When the amount is too large for the edge, has no quote, or a number does not fit.
pub fn price_step(
    network: &Network,
    edge: &Edge,
    units: u128,
    terms: &Terms,
    wallets: &Wallets,
) -> Result<Priced, String> {
    let (from, to) = match (network.nodes.get(edge.from), network.nodes.get(edge.to)) {
        (Some(from), Some(to)) => (from, to),
        (None, _) | (_, None) => return Err("an end of the route is missing".to_owned()),
    };
    if units == 0 {
        return Err("nothing to move".to_owned());
    }
    let arrives = edge.arrives(units)?;
    if arrives == 0 {
        return Err("nothing would arrive".to_owned());
    }
    let fits = "a value does not fit";
    let sent = from.value_of(units, Rounding::Up).ok_or(fits)?;
    let arrived = to.value_of(arrives, Rounding::Down).ok_or(fits)?;
    let lost = sent.checked_sub(arrived).ok_or(fits)?.max(Usd::ZERO);
    let wallet = wallets.on(&to.position.chain);
    let time = time(edge, sent).ok_or(fits)?;
    let step = match &edge.way {
        Way::Bridge(way) => bridge(from, to, way, units, lost, terms, wallet)?,
        Way::Swap(way) => {
            let at = Place {
                venue: way.venue,
                pool: way.pool.address.into(),
                fee: way.fee,
                haircut_ppm: way.haircut_ppm,
                slippage_ppm: terms.slippage_ppm,
            };
            swap(from, to, &at, units, arrives, lost, wallet)?
        }
        Way::Quoted(way) => {
            let at = Place {
                venue: way.venue,
                pool: way.router,
                fee: 0,
                haircut_ppm: way.haircut_ppm,
                slippage_ppm: way.slippage_ppm,
            };
            swap(from, to, &at, units, arrives, lost, wallet)?
        }
    };
    let step = with_cost(step, |cost| Cost { gas: edge.gas, time, ..cost });
    Ok(Priced { step, arrives, sent })
}

/// Delay of the transfer and capital on its way.
fn time(edge: &Edge, sent: Usd) -> Option<Usd> {
    // micro-dollars · 10⁻¹⁸
    let micros = u128::try_from(sent.micros()).ok()?;
    let capital = alloy::primitives::U256::from(micros)
        .checked_mul(alloy::primitives::U256::from(edge.capital_atto))?
        .div_ceil(alloy::primitives::U256::from(1_000_000_000_000_000_000_u64));
    let capital = i128::try_from(u128::try_from(capital).ok()?).ok()?;
    edge.delay.checked_add(Usd::from_micros(capital))
}

fn bridge(
    from: &Node,
    to: &Node,
    way: &BridgeWay,
    units: u128,
    lost: Usd,
    terms: &Terms,
    recipient: AnyAddress,
) -> Result<Step, String> {
    if units > way.chunk {
        return Err("the amount is above the largest single transfer".to_owned());
    }
    let max_fee = way.max_fee(units, terms.fee_buffer_ppm).ok_or("the fee does not fit")?;
    if max_fee >= units {
        return Err("the fee with its buffer is the whole amount".to_owned());
    }
    Ok(Step::Bridge(BridgeStep {
        from: from.position.chain.clone(),
        to: to.position.chain.clone(),
        amount: from.inventory.with_units(units),
        speed: way.speed,
        max_fee: from.inventory.with_units(max_fee),
        recipient,
        cost: Cost { fee: lost, ..Cost::default() },
    }))
}

/// Where a swap is done, and on what terms.
struct Place {
    venue: Venue,
    pool: AnyAddress,
    fee: u32,
    haircut_ppm: u32,
    slippage_ppm: u32,
}

fn swap(
    from: &Node,
    to: &Node,
    at: &Place,
    units: u128,
    quoted: u128,
    lost: Usd,
    recipient: AnyAddress,
) -> Result<Step, String> {
    let fits = "a value does not fit";
    let fee_units = units.checked_mul(u128::from(at.fee)).ok_or(fits)?.div_ceil(1_000_000);
    // Where the pool pays above the reference price the fee is partly paid by that.
    let fee = from.value_of(fee_units, Rounding::Up).ok_or(fits)?.min(lost);
    let least = least(quoted, at).ok_or(fits)?;
    if least == 0 {
        return Err("the least accepted output would be zero".to_owned());
    }
    Ok(Step::Swap(SwapStep {
        chain: from.position.chain.clone(),
        venue: at.venue,
        pool: at.pool,
        fee: at.fee,
        amount_in: from.inventory.with_units(units),
        quoted_out: to.inventory.with_units(quoted),
        haircut_ppm: at.haircut_ppm,
        min_out: to.inventory.with_units(least),
        recipient,
        trade: None,
        cost: Cost { fee, slippage: lost.saturating_sub(fee), ..Cost::default() },
    }))
}

/// The least that is accepted: the slippage is counted from the venue's own quote, so that a haircut, which is
/// only expected, does not widen it.
fn least(after_haircut: u128, at: &Place) -> Option<u128> {
    let accepted = 1_000_000_u128.checked_sub(u128::from(at.slippage_ppm))?;
    let kept = 1_000_000_u128.checked_sub(u128::from(at.haircut_ppm)).filter(|kept| *kept > 0)?;
    Some(after_haircut.checked_mul(accepted)?.div_ceil(kept).min(after_haircut))
}

fn with_cost(step: Step, change: impl FnOnce(Cost) -> Cost) -> Step {
    match step {
        Step::Bridge(step) => Step::Bridge(BridgeStep { cost: change(step.cost), ..step }),
        Step::Swap(step) => Step::Swap(SwapStep { cost: change(step.cost), ..step }),
        Step::Route(step) => Step::Route(RouteStep { cost: change(step.cost), ..step }),
    }
}
