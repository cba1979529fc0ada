//! Judging a step before anything is reserved for it.

use alloy::primitives::{Address, U256};

use crate::domain::{Amount, AnyAddress, ChainName, Domain, Spent, Step, Usd, Venue};
use crate::policy::SolanaRules;
use crate::policy::{ChainRules, Denial, Rule, Rules, Verdict, require, route, trade};

/// Judges a step that moves `value`, when `spent` was used up in the last 24 hours.
pub fn judge_step(rules: &Rules, step: &Step, value: Usd, spent: Spent) -> Verdict {
    match check(rules, step, value, spent) {
        Ok(()) => Verdict::Allow,
        Err(denial) => Verdict::Deny(denial),
    }
}

fn check(rules: &Rules, step: &Step, value: Usd, spent: Spent) -> Result<(), Denial> {
    match step {
        Step::Bridge(bridge) => {
            require(bridge.from != bridge.to, Rule::Chain, || {
                format!("a transfer from {} to itself moves nothing", bridge.from)
            })?;
            for chain in [&bridge.from, &bridge.to] {
                is_token(rules, chain, &bridge.amount)?;
                chain_domain(rules, chain)?;
            }
            recipient(rules, bridge.recipient)?;
            require(
                bridge.max_fee.asset() == bridge.amount.asset()
                    && bridge.max_fee.units() < bridge.amount.units(),
                Rule::Fee,
                || format!("the maximum fee {} is not below the amount {}", bridge.max_fee, bridge.amount),
            )?;
            fee(rules, bridge.max_fee.units(), bridge.amount.units())?;
        }
        Step::Swap(swap) => {
            is_token(rules, &swap.chain, &swap.amount_in)?;
            is_token(rules, &swap.chain, &swap.min_out)?;
            require(router(rules, &swap.chain, swap.venue).is_some(), Rule::Contract, || {
                format!("{} has no router of {} configured", swap.chain, swap.venue)
            })?;
            require(swap.amount_in.asset() != swap.min_out.asset(), Rule::Token, || {
                format!("{} would be swapped for itself", swap.amount_in.asset())
            })?;
            recipient(rules, swap.recipient)?;
            require(!swap.amount_in.is_zero(), Rule::Amount, || "the amount sold is zero".to_owned())?;
            require(!swap.min_out.is_zero(), Rule::MinimumOut, || "the least to receive is zero".to_owned())?;
            require(
                swap.quoted_out.asset() == swap.min_out.asset()
                    && swap.quoted_out.units() >= swap.min_out.units(),
                Rule::MinimumOut,
                || {
                    format!(
                        "the least to receive {} is not within the quote {}",
                        swap.min_out, swap.quoted_out
                    )
                },
            )?;
            slippage(rules, swap.min_out.units(), swap.quoted_out.units())?;
            fee(rules, u128::from(swap.fee), 1_000_000)?;
            trade::step(rules, swap, value)?;
        }
        Step::Route(step) => {
            route::step(rules, step)?;
            route::lent(rules, step, value)?;
        }
    }
    limits(rules, value, spent)
}

fn limits(rules: &Rules, value: Usd, spent: Spent) -> Result<(), Denial> {
    require(value > Usd::ZERO, Rule::PerOperation, || format!("a value of {value} cannot be judged"))?;
    require(value <= rules.max_operation, Rule::PerOperation, || {
        format!("{value} is more than the {} one operation may move", rules.max_operation)
    })?;
    let day = over_day(spent.moved, value);
    require(day.is_some_and(|day| day <= rules.max_day), Rule::PerDay, || {
        format!("{value} after {} in 24 hours would be more than the allowed {}", spent.moved, rules.max_day)
    })
}

fn recipient(rules: &Rules, address: AnyAddress) -> Result<(), Denial> {
    require(rules.may_receive(address), Rule::Recipient, || {
        format!("{address} is neither the wallet nor an allowed recipient")
    })
}

/// `used` and `more` together; `None` when that does not fit. What was used up never frees a limit.
pub(super) fn over_day(used: Usd, more: Usd) -> Option<Usd> {
    used.max(Usd::ZERO).checked_add(more)
}

/// Compared as products: a quotient rounded down would let a fee just above the limit pass.
fn fee(rules: &Rules, fee: u128, of: u128) -> Result<(), Denial> {
    let scaled = U256::from(fee).checked_mul(U256::from(1_000_000_u32));
    let allowed = U256::from(of).checked_mul(U256::from(rules.max_fee_ppm));
    let within = matches!((scaled, allowed), (Some(scaled), Some(allowed)) if scaled <= allowed);
    require(within, Rule::Fee, || format!("a fee of {fee} on {of} is more than {} ppm", rules.max_fee_ppm))
}

/// A limit far below the quote is no protection: whoever moves the pool first takes the difference.
fn slippage(rules: &Rules, least: u128, quoted: u128) -> Result<(), Denial> {
    let keeps = 1_000_000_u32.saturating_sub(rules.max_slippage_ppm);
    let scaled = U256::from(least).checked_mul(U256::from(1_000_000_u32));
    let needed = U256::from(quoted).checked_mul(U256::from(keeps));
    let within = matches!((scaled, needed), (Some(scaled), Some(needed)) if scaled >= needed);
    require(within, Rule::MinimumOut, || {
        format!("at least {least} of {quoted} quoted is more than {} ppm below", rules.max_slippage_ppm)
    })
}

/// The CCTP domain of a chain of either kind.
pub(super) fn chain_domain(rules: &Rules, chain: &ChainName) -> Result<Domain, Denial> {
    let domain = match on_solana(rules, chain) {
        Some(solana) => solana.domain,
        None => chain_rules(rules, chain)?.cctp.map(|cctp| cctp.domain),
    };
    domain.ok_or_else(|| Denial {
        rule: Rule::Contract,
        reason: format!("{chain} has no CCTP contracts configured"),
    })
}

fn on_solana<'a>(rules: &'a Rules, chain: &ChainName) -> Option<&'a SolanaRules> {
    rules.solana.as_ref().filter(|solana| solana.chain == *chain)
}

/// What swaps of `venue` on `chain` call.
fn router(rules: &Rules, chain: &ChainName, venue: Venue) -> Option<AnyAddress> {
    match on_solana(rules, chain) {
        Some(solana) if venue == Venue::Jupiter => solana.aggregator.map(AnyAddress::Solana),
        Some(_) => None,
        None => rules.chains.get(chain)?.router_of(venue).map(AnyAddress::Evm),
    }
}

/// Whether the amount's asset is configured on a chain of either kind.
fn is_token(rules: &Rules, chain: &ChainName, amount: &Amount) -> Result<(), Denial> {
    match on_solana(rules, chain) {
        Some(solana) => require(solana.tokens.contains_key(amount.asset()), Rule::Token, || {
            format!("{} is not configured on {chain}", amount.asset())
        }),
        None => token(chain_rules(rules, chain)?, chain, amount).map(|_| ()),
    }
}

pub(super) fn chain_rules<'a>(rules: &'a Rules, chain: &ChainName) -> Result<&'a ChainRules, Denial> {
    rules
        .chains
        .get(chain)
        .ok_or_else(|| Denial { rule: Rule::Chain, reason: format!("{chain} has no rules") })
}

pub(super) fn token(rules: &ChainRules, chain: &ChainName, amount: &Amount) -> Result<Address, Denial> {
    rules.tokens.get(amount.asset()).copied().ok_or_else(|| Denial {
        rule: Rule::Token,
        reason: format!("{} is not configured on {chain}", amount.asset()),
    })
}
