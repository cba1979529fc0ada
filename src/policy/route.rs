//! Judging atomic routes, as steps and as decoded bytes.

use alloy::primitives::{Address, U256};

use crate::domain::{Amount, AssetId, Funding, Leg, RouteLeg, RouteStep, Usd};
use crate::policy::step::{chain_rules, token};
use crate::policy::transaction::{approval, contract, exact, function, lifetime};
use crate::policy::{ChainRules, Denial, Effect, Proposal, Rule, Rules, require};

/// What routes on a chain may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRules {
    /// The AtomicRoute contract: the only one that is called and approved for routes.
    pub contract: Address,
    /// Asset of loans and profit.
    pub base: AssetId,
    /// Where loans come from; nothing else lends.
    pub funding: Funding,
    /// Most that one route may begin with.
    pub max_loan: Usd,
    /// More profit than this is taken for a trap.
    pub max_profit: Usd,
}

/// One swap of a route in decoded bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegEffect {
    /// Place of the factory in the contract's list; 255 for V4.
    pub factory: u8,
    /// Token sold.
    pub token_in: Address,
    /// Token bought.
    pub token_out: Address,
    /// The pool's fee, where it is part of its identity.
    pub fee: u32,
    /// The pool's tick spacing, where it is part of its identity.
    pub tick_spacing: i32,
    /// Base units that go in; `None` for all there is.
    pub amount_in: Option<u128>,
    /// The least that must come out.
    pub min_out: u128,
}

/// A call of AtomicRoute's `execute`. Everything that comes out goes to the contract's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEffect {
    /// Token of the loan and the profit.
    pub base: Address,
    /// Base units lent.
    pub loan: u128,
    /// The least that must be left.
    pub min_profit: u128,
    /// Unix seconds after which it reverts.
    pub deadline: u64,
    /// Block after which it reverts; zero for any.
    pub last_block: u64,
    /// Where the loan comes from.
    pub funding: Funding,
    /// The swaps.
    pub legs: Vec<LegEffect>,
}

/// The rules for routes on the step's chain.
fn route_rules<'a>(of_chain: &'a ChainRules, step: &RouteStep) -> Result<&'a RouteRules, Denial> {
    let rules = of_chain.routes.as_ref().ok_or_else(|| Denial {
        rule: Rule::Contract,
        reason: format!("{} has no contract for routes configured", step.chain),
    })?;
    require(step.contract == rules.contract, Rule::Contract, || {
        format!("{} is not the configured contract {}", step.contract, rules.contract)
    })?;
    Ok(rules)
}

/// Judges a route before anything is reserved for it.
pub(super) fn step(rules: &Rules, step: &RouteStep) -> Result<(), Denial> {
    let of_chain = chain_rules(rules, &step.chain)?;
    let of_routes = route_rules(of_chain, step)?;
    require(step.funding == of_routes.funding, Rule::Function, || {
        format!("the loan comes from {}, configured is {}", step.funding, of_routes.funding)
    })?;
    let is_base = |amount: &Amount| *amount.asset() == of_routes.base;
    require(is_base(&step.loan) && is_base(&step.profit) && is_base(&step.min_profit), Rule::Token, || {
        format!("loan and profit are in {}, allowed is {}", step.loan.asset(), of_routes.base)
    })?;
    token(of_chain, &step.chain, &step.loan)?;
    require(
        !step.min_profit.is_zero() && step.min_profit.units() <= step.profit.units(),
        Rule::MinimumOut,
        || format!("the least profit {} is not within the planned {}", step.min_profit, step.profit),
    )?;
    require(step.profit_usd > Usd::ZERO && step.profit_usd <= of_routes.max_profit, Rule::Profit, || {
        format!(
            "a profit of {} is more than {}, which is taken for a trap: look at its pools and tokens",
            step.profit_usd, of_routes.max_profit
        )
    })?;
    require(step.loan_usd >= Usd::ZERO && step.loan_usd <= of_routes.max_loan, Rule::PerOperation, || {
        format!(
            "a loan of {} is more than the {} one route may begin with",
            step.loan_usd, of_routes.max_loan
        )
    })?;
    require(step.legs.len() >= 2, Rule::Amount, || "a route of one swap leads nowhere".to_owned())?;
    for leg in &step.legs {
        token(of_chain, &step.chain, &leg.amount_in)?;
        token(of_chain, &step.chain, &leg.quoted_out)?;
        require(leg.amount_in.asset() != leg.min_out.asset(), Rule::Token, || {
            format!("{} would be swapped for itself", leg.amount_in.asset())
        })?;
        let is_within =
            leg.quoted_out.asset() == leg.min_out.asset() && leg.quoted_out.units() >= leg.min_out.units();
        require(is_within && !leg.amount_in.is_zero() && !leg.min_out.is_zero(), Rule::MinimumOut, || {
            format!("the least to receive {} is not within the quote {}", leg.min_out, leg.quoted_out)
        })?;
    }
    Ok(())
}

/// Judges what the wallet lends at the price of now: the step's own word for it is only the planner's.
pub(super) fn lent(rules: &Rules, step: &RouteStep, value: Usd) -> Result<(), Denial> {
    let of_routes = route_rules(chain_rules(rules, &step.chain)?, step)?;
    require(!step.is_lent_by_wallet() || value <= of_routes.max_loan, Rule::PerOperation, || {
        format!("a loan worth {value} is more than the {} one route may begin with", of_routes.max_loan)
    })
}

/// Judges the decoded bytes of one of a route's transactions. What gives nothing away, a cancellation and a
/// revocation, stays possible whatever the rules for routes are by now; everything else is judged as a step again.
pub(super) fn transaction(
    rules: &Rules,
    of_chain: &ChainRules,
    at: &Proposal<'_>,
    planned: &RouteStep,
) -> Result<(), Denial> {
    require(*at.chain == planned.chain, Rule::Chain, || format!("this route belongs on {}", planned.chain))?;
    let base = token(of_chain, at.chain, &planned.loan)?;
    match (at.leg, &at.effect) {
        (Leg::Swap, Effect::Cancel { account }) => contract(at, rules.wallet).and_then(|()| {
            require(*account == rules.wallet, Rule::Recipient, || format!("{account} is not the wallet"))
        }),
        (Leg::Revoke, _) => approval(at, base, planned.contract, U256::ZERO),
        (Leg::Approve, _) => {
            step(rules, planned)?;
            require(planned.is_lent_by_wallet(), Rule::Function, || {
                "nothing is approved for a route that borrows".to_owned()
            })?;
            approval(at, base, planned.contract, U256::from(planned.loan.units()))
        }
        (Leg::Swap, Effect::Route(route)) => {
            step(rules, planned)?;
            contract(at, planned.contract)?;
            same(rules, of_chain, at, planned, route, base)
        }
        (
            Leg::Swap | Leg::Open | Leg::Burn | Leg::Mint | Leg::Reclaim,
            Effect::Approve { .. }
            | Effect::Burn { .. }
            | Effect::Mint { .. }
            | Effect::Swap { .. }
            | Effect::Aggregate { .. }
            | Effect::Route(_)
            | Effect::Cancel { .. },
        ) => Err(function(at)),
    }
}

/// The bytes are the step, to the unit.
fn same(
    rules: &Rules,
    of_chain: &ChainRules,
    at: &Proposal<'_>,
    step: &RouteStep,
    route: &RouteEffect,
    base: Address,
) -> Result<(), Denial> {
    require(route.base == base, Rule::Token, || format!("{} is not the planned {base}", route.base))?;
    exact(U256::from(route.loan), step.loan.units())?;
    require(route.funding == step.funding, Rule::Function, || {
        format!("the loan comes from {}, planned was {}", route.funding, step.funding)
    })?;
    require(route.min_profit >= step.min_profit.units(), Rule::MinimumOut, || {
        format!("a profit of {} is less than the planned {}", route.min_profit, step.min_profit.units())
    })?;
    require(route.last_block == step.last_block, Rule::Deadline, || {
        format!("block {} is not the planned last one {}", route.last_block, step.last_block)
    })?;
    lifetime(rules, at, U256::from(route.deadline))?;
    require(route.legs.len() == step.legs.len(), Rule::Function, || {
        format!("{} swaps are not the planned {}", route.legs.len(), step.legs.len())
    })?;
    for (found, planned) in route.legs.iter().zip(&step.legs) {
        leg(of_chain, at, found, planned)?;
    }
    Ok(())
}

fn leg(
    of_chain: &ChainRules,
    at: &Proposal<'_>,
    found: &LegEffect,
    planned: &RouteLeg,
) -> Result<(), Denial> {
    let sold = token(of_chain, at.chain, &planned.amount_in)?;
    let bought = token(of_chain, at.chain, &planned.min_out)?;
    require(found.token_in == sold && found.token_out == bought, Rule::Token, || {
        format!("{} for {} is not the planned {sold} for {bought}", found.token_in, found.token_out)
    })?;
    let is_pool = found.factory == planned.factory
        && found.fee == planned.fee
        && found.tick_spacing == planned.tick_spacing;
    require(is_pool, Rule::Contract, || format!("a swap is not at the planned pool {}", planned.pool))?;
    let amount_in = (!planned.takes_rest).then_some(planned.amount_in.units());
    require(found.amount_in == amount_in, Rule::Amount, || {
        format!("{:?} goes in, planned is {amount_in:?}", found.amount_in)
    })?;
    require(found.min_out >= planned.min_out.units(), Rule::MinimumOut, || {
        format!("at least {} is less than the planned {}", found.min_out, planned.min_out.units())
    })
}
