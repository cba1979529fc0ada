//! Judging a transaction when it is signed, on its decoded effect.

use alloy::primitives::{Address, B256, U256};

use crate::domain::{AnyAddress, BridgeStep, Leg, Spent, Step, SwapStep, Usd, Venue};
use crate::policy::rules::CctpRules;
use crate::policy::step::{chain_domain, chain_rules, over_day, token};
use crate::policy::{ChainRules, Denial, Effect, Proposal, Rule, Rules, Verdict, require, route};

/// Judges the decoded bytes of one transaction against the step and leg it claims to serve.
pub fn judge_transaction(rules: &Rules, proposal: &Proposal<'_>, spent: Spent) -> Verdict {
    match check(rules, proposal, spent) {
        Ok(()) => Verdict::Allow,
        Err(denial) => Verdict::Deny(denial),
    }
}

fn check(rules: &Rules, proposal: &Proposal<'_>, spent: Spent) -> Result<(), Denial> {
    let of_chain = chain_rules(rules, proposal.chain)?;
    require(proposal.chain_id == of_chain.chain_id, Rule::Chain, || {
        format!(
            "the bytes are for chain id {}, {} is {}",
            proposal.chain_id, proposal.chain, of_chain.chain_id
        )
    })?;
    require(proposal.value.is_zero(), Rule::NativeValue, || {
        format!("{} wei would be sent along", proposal.value)
    })?;
    require(proposal.gas >= Usd::ZERO && proposal.gas <= of_chain.max_gas, Rule::GasCap, || {
        format!("gas could cost {}, {} allows {}", proposal.gas, proposal.chain, of_chain.max_gas)
    })?;
    let day = over_day(spent.gas, proposal.gas);
    require(day.is_some_and(|day| day <= rules.max_gas_day), Rule::GasPerDay, || {
        format!(
            "gas of {} after {} in 24 hours is more than the allowed {}",
            proposal.gas, spent.gas, rules.max_gas_day
        )
    })?;
    match proposal.step {
        Step::Bridge(step) => bridge(rules, of_chain, proposal, step),
        Step::Swap(step) => swap(rules, of_chain, proposal, step),
        Step::Route(step) => route::transaction(rules, of_chain, proposal, step),
    }
}

fn bridge(rules: &Rules, of_chain: &ChainRules, at: &Proposal<'_>, step: &BridgeStep) -> Result<(), Denial> {
    let cctp = of_chain.cctp.ok_or_else(|| Denial {
        rule: Rule::Contract,
        reason: format!("{} has no CCTP contracts configured", at.chain),
    })?;
    require(step.from != step.to, Rule::Chain, || {
        format!("a transfer from {} to itself moves nothing", step.from)
    })?;
    let expected_chain = if at.leg == Leg::Mint { &step.to } else { &step.from };
    require(at.chain == expected_chain, Rule::Chain, || {
        format!("the {} of this transfer belongs on {expected_chain}", at.leg)
    })?;
    match at.leg {
        Leg::Approve | Leg::Revoke => {
            let token = token(of_chain, at.chain, &step.amount)?;
            approval(at, token, cctp.token_messenger, U256::from(step.amount.units()))
        }
        Leg::Burn => burn(rules, of_chain, &cctp, at, step),
        Leg::Mint => mint(rules, &cctp, at, step),
        Leg::Open | Leg::Swap | Leg::Reclaim => Err(function(at)),
    }
}

fn burn(
    rules: &Rules,
    of_chain: &ChainRules,
    cctp: &CctpRules,
    at: &Proposal<'_>,
    step: &BridgeStep,
) -> Result<(), Denial> {
    let Effect::Burn {
        amount,
        destination_domain,
        mint_recipient,
        burn_token,
        destination_caller,
        max_fee,
        min_finality_threshold,
    } = &at.effect
    else {
        return Err(function(at));
    };
    contract(at, cctp.token_messenger)?;
    let token = token(of_chain, at.chain, &step.amount)?;
    require(*burn_token == token, Rule::Token, || format!("{burn_token} would be burnt, not {token}"))?;
    exact(*amount, step.amount.units())?;
    let destination = chain_domain(rules, &step.to)?;
    require(*destination_domain == destination.0, Rule::Recipient, || {
        format!("domain {destination_domain} is not {}", step.to)
    })?;
    burn_recipient(rules, *mint_recipient, step)?;
    require(*destination_caller == B256::ZERO, Rule::Recipient, || {
        format!("only {destination_caller} could mint")
    })?;
    require(*max_fee <= U256::from(step.max_fee.units()), Rule::Fee, || {
        format!("a fee of up to {max_fee} is more than the planned {}", step.max_fee.units())
    })?;
    require(*min_finality_threshold == step.speed.finality_threshold(), Rule::Function, || {
        format!("finality {min_finality_threshold} is not the planned speed")
    })
}

/// On an EVM chain the recipient itself; on Solana its token account, as no message to an owner can be received.
fn burn_recipient(rules: &Rules, found: B256, step: &BridgeStep) -> Result<(), Denial> {
    let AnyAddress::Solana(owner) = step.recipient else {
        return recipient(rules, address_of(found), step.recipient);
    };
    let solana = rules.solana.as_ref().filter(|solana| solana.chain == step.to);
    let token = solana.and_then(|solana| Some((solana, solana.tokens.get(step.amount.asset())?)));
    let fits = token.is_some_and(|(solana, token)| {
        solana.may_receive(owner) && found == B256::from(token.account_of(&owner).to_bytes())
    });
    require(fits, Rule::Recipient, || format!("{found} would receive, planned is {owner} on {}", step.to))
}

fn mint(rules: &Rules, cctp: &CctpRules, at: &Proposal<'_>, step: &BridgeStep) -> Result<(), Denial> {
    let Effect::Mint { source_domain, destination_domain, mint_recipient, amount, fee_executed } = &at.effect
    else {
        return Err(function(at));
    };
    contract(at, cctp.message_transmitter)?;
    let source = chain_domain(rules, &step.from)?;
    require(*source_domain == source.0 && *destination_domain == cctp.domain.0, Rule::Chain, || {
        format!(
            "the message goes from domain {source_domain} to {destination_domain}, not {} to {}",
            step.from, step.to
        )
    })?;
    recipient(rules, address_of(*mint_recipient), step.recipient)?;
    exact(*amount, step.amount.units())?;
    require(*fee_executed <= U256::from(step.max_fee.units()), Rule::Fee, || {
        format!("the message keeps {fee_executed}, planned was at most {}", step.max_fee.units())
    })
}

fn swap(rules: &Rules, of_chain: &ChainRules, at: &Proposal<'_>, step: &SwapStep) -> Result<(), Denial> {
    require(*at.chain == step.chain, Rule::Chain, || format!("this swap belongs on {}", step.chain))?;
    let router = of_chain.router_of(step.venue).ok_or_else(|| Denial {
        rule: Rule::Contract,
        reason: format!("{} has no router of {} configured", at.chain, step.venue),
    })?;
    let sold = token(of_chain, at.chain, &step.amount_in)?;
    let bought = token(of_chain, at.chain, &step.min_out)?;
    match at.leg {
        Leg::Approve | Leg::Revoke => approval(at, sold, router, U256::from(step.amount_in.units())),
        Leg::Swap => {
            contract_of_swap(at, router)?;
            match (step.venue, &at.effect) {
                (
                    Venue::UniswapV2 | Venue::UniswapV3,
                    Effect::Swap { venue, token_in, token_out, fee, amount_in, min_out, recipient, deadline },
                ) => {
                    require(*venue == step.venue, Rule::Contract, || {
                        format!("a pool of {venue} is not the planned one of {}", step.venue)
                    })?;
                    require(*fee == step.fee, Rule::Fee, || {
                        format!("pool fee {fee} is not the planned {}", step.fee)
                    })?;
                    lifetime(rules, at, *deadline)?;
                    let found = Exchanged { token_in, token_out, amount_in, min_out, recipient };
                    exchange(rules, step, &found, sold, bought)
                }
                (
                    Venue::OneInch,
                    Effect::Aggregate { token_in, token_out, amount_in, min_out, recipient },
                ) => {
                    require(step.fee == 0, Rule::Fee, || {
                        format!("a pool fee of {} is not part of a quote", step.fee)
                    })?;
                    let found = Exchanged { token_in, token_out, amount_in, min_out, recipient };
                    exchange(rules, step, &found, sold, bought)
                }
                (
                    Venue::UniswapV2 | Venue::UniswapV3 | Venue::OneInch | Venue::Jupiter,
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
        Leg::Open | Leg::Burn | Leg::Mint | Leg::Reclaim => Err(function(at)),
    }
}

/// A call that swaps nothing is refused as such, whatever it calls.
fn contract_of_swap(at: &Proposal<'_>, router: Address) -> Result<(), Denial> {
    match &at.effect {
        Effect::Swap { .. } | Effect::Aggregate { .. } => contract(at, router),
        Effect::Approve { .. }
        | Effect::Burn { .. }
        | Effect::Mint { .. }
        | Effect::Route(_)
        | Effect::Cancel { .. } => Err(function(at)),
    }
}

/// What the decoded bytes of a swap exchange.
struct Exchanged<'a> {
    token_in: &'a Address,
    token_out: &'a Address,
    amount_in: &'a U256,
    min_out: &'a U256,
    recipient: &'a Address,
}

fn exchange(
    rules: &Rules,
    step: &SwapStep,
    found: &Exchanged<'_>,
    sold: Address,
    bought: Address,
) -> Result<(), Denial> {
    let Exchanged { token_in, token_out, amount_in, min_out, recipient: to } = found;
    require(**token_in == sold && **token_out == bought, Rule::Token, || {
        format!("{token_in} for {token_out} is not the planned {sold} for {bought}")
    })?;
    exact(**amount_in, step.amount_in.units())?;
    require(!min_out.is_zero() && **min_out >= U256::from(step.min_out.units()), Rule::MinimumOut, || {
        format!("at least {min_out} is less than the planned {}", step.min_out.units())
    })?;
    recipient(rules, Some(**to), step.recipient)
}

pub(super) fn lifetime(rules: &Rules, at: &Proposal<'_>, deadline: U256) -> Result<(), Denial> {
    let now = U256::from(u64::try_from(at.at.seconds()).unwrap_or(0));
    let latest = now.saturating_add(U256::from(rules.max_deadline_seconds));
    require(deadline > now && deadline <= latest, Rule::Deadline, || {
        format!("deadline {deadline} is not within {} seconds of {now}", rules.max_deadline_seconds)
    })
}

/// The exact amount for an approval, zero for a revocation; never more.
pub(super) fn approval(
    at: &Proposal<'_>,
    token: Address,
    spender: Address,
    planned: U256,
) -> Result<(), Denial> {
    let Effect::Approve { spender: found, amount } = &at.effect else {
        return Err(function(at));
    };
    contract(at, token)?;
    require(*found == spender, Rule::Contract, || format!("{found} may not spend, only {spender}"))?;
    let wanted = if at.leg == Leg::Revoke { U256::ZERO } else { planned };
    require(*amount == wanted, Rule::Amount, || format!("an approval of {amount} is not the exact {wanted}"))
}

pub(super) fn contract(at: &Proposal<'_>, expected: Address) -> Result<(), Denial> {
    require(at.to == expected, Rule::Contract, || {
        format!("{} may not be called for {}, only {expected}", at.to, at.effect.function())
    })
}

pub(super) fn exact(found: U256, planned: u128) -> Result<(), Denial> {
    require(found == U256::from(planned), Rule::Amount, || format!("{found} is not the planned {planned}"))
}

fn recipient(rules: &Rules, found: Option<Address>, planned: AnyAddress) -> Result<(), Denial> {
    require(
        found.map(AnyAddress::Evm) == Some(planned) && rules.may_receive(planned),
        Rule::Recipient,
        || match found {
            Some(other) => format!("{other} would receive, planned is {planned}"),
            None => "the recipient is not an EVM address".to_owned(),
        },
    )
}

pub(super) fn function(at: &Proposal<'_>) -> Denial {
    Denial {
        rule: Rule::Function,
        reason: format!("`{}` is not what the {} of {} needs", at.effect.function(), at.leg, at.step.route()),
    }
}

/// The address in 32 bytes, if the twelve leading ones are zero.
fn address_of(word: B256) -> Option<Address> {
    let (head, tail) = word.split_at(12);
    head.iter().all(|byte| *byte == 0).then(|| Address::from_slice(tail))
}
