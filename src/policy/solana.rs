//! Judging a transaction on Solana when it is signed: every instruction has to be one the leg needs.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{B256, U256};
use solana_address::Address;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;

use crate::domain::{AnyAddress, AssetId, BridgeStep, ChainName, Domain, Leg, Spent, Step, SwapStep, Usd};
use crate::policy::step::{chain_domain, over_day};
use crate::policy::transaction::exact;
use crate::policy::{Denial, Rule, Rules, Verdict, require};

/// What is allowed on Solana.
#[derive(Debug, Clone)]
pub struct SolanaRules {
    /// The chain's name.
    pub chain: ChainName,
    /// Our own address.
    pub wallet: Address,
    /// Owners besides the wallet that may receive.
    pub recipients: BTreeSet<Address>,
    /// Token accounts by asset.
    pub tokens: BTreeMap<AssetId, SolanaToken>,
    /// CCTP's domain, where it is configured.
    pub domain: Option<Domain>,
    /// The aggregator's program, where it is asked.
    pub aggregator: Option<Address>,
    /// Most lamports one transaction may offer as priority fee.
    pub max_priority: u64,
    /// Most one transaction may cost.
    pub max_gas: Usd,
}

/// A token with the accounts that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SolanaToken {
    /// Mint.
    pub mint: Address,
    /// Token program that owns the mint.
    pub program: Address,
    /// The wallet's account of it.
    pub account: Address,
}

impl SolanaToken {
    /// The account of `owner`.
    pub(super) fn account_of(&self, owner: &Address) -> Address {
        get_associated_token_address_with_program_id(owner, &self.mint, &self.program)
    }
}

impl SolanaRules {
    /// Whether value may be sent to `owner`.
    pub fn may_receive(&self, owner: Address) -> bool {
        owner == self.wallet || self.recipients.contains(&owner)
    }
}

/// What one instruction does, as far as policy allows any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SolanaEffect {
    /// Limits the compute units.
    ComputeLimit {
        /// Units.
        units: u32,
    },
    /// Offers a priority fee.
    ComputePrice {
        /// Millionths of a lamport per compute unit.
        micro_lamports: u64,
    },
    /// Asks for another bound of the runtime; costs nothing.
    RuntimeBound {
        /// Bytes.
        bytes: u32,
    },
    /// Creates a token account where there is none.
    CreateAccount {
        /// Who pays the rent.
        payer: Address,
        /// Whose it is.
        owner: Address,
        /// Mint.
        mint: Address,
    },
    /// Burns for a mint elsewhere.
    Burn {
        /// Whose tokens.
        owner: Address,
        /// Who pays the rent of the message, and may have it back.
        rent_payer: Address,
        /// The account the message is written to.
        event: Address,
        /// Base units.
        amount: u64,
        /// CCTP domain of the mint.
        destination: Domain,
        /// Who receives there, as messages carry it.
        mint_recipient: B256,
        /// Most the bridge may keep.
        max_fee: u64,
        /// Finality asked for.
        min_finality_threshold: u32,
    },
    /// Pays out what was burnt elsewhere.
    Mint {
        /// Who pays fee and rent.
        payer: Address,
        /// CCTP domain of the burn.
        source: Domain,
        /// Token account paid.
        recipient: Address,
        /// Base units burnt.
        amount: u128,
        /// Base units the bridge keeps.
        fee_executed: u128,
    },
    /// Closes the account of a burn's message and takes its rent back.
    Reclaim {
        /// Who gets the rent.
        payee: Address,
    },
    /// A swap through the aggregator, by a route that is not judged.
    Swap {
        /// Program called.
        program: Address,
        /// Token account sold from.
        source: Address,
        /// Token account bought into.
        destination: Address,
        /// Base units sold.
        amount_in: u64,
        /// Fewest base units accepted.
        min_out: u64,
    },
    /// Anything else, in words.
    Other(String),
}

/// A transaction about to be signed, with the step it claims to serve.
#[derive(Debug, Clone)]
pub struct SolanaProposal<'a> {
    /// Who pays for it.
    pub payer: Address,
    /// Whose signatures it needs.
    pub signers: Vec<Address>,
    /// What its instructions do, in order.
    pub effects: Vec<SolanaEffect>,
    /// The step.
    pub step: &'a Step,
    /// The leg of it.
    pub leg: Leg,
    /// Worst case cost: fee, priority fee and rent.
    pub gas: Usd,
    /// Whether others may have to sign as well: a market maker of a swap that the aggregator lands. Nothing but a
    /// swap may ever need them.
    pub cosigners: bool,
}

/// Judges the decoded bytes of one transaction on Solana.
pub fn judge_solana(rules: &Rules, proposal: &SolanaProposal<'_>, spent: Spent) -> Verdict {
    match check(rules, proposal, spent) {
        Ok(()) => Verdict::Allow,
        Err(denial) => Verdict::Deny(denial),
    }
}

fn check(rules: &Rules, at: &SolanaProposal<'_>, spent: Spent) -> Result<(), Denial> {
    let own = rules
        .solana
        .as_ref()
        .ok_or_else(|| Denial { rule: Rule::Chain, reason: "Solana has no rules".to_owned() })?;
    require(at.payer == own.wallet, Rule::Contract, || format!("{} would pay, not the wallet", at.payer))?;
    require(at.gas >= Usd::ZERO && at.gas <= own.max_gas, Rule::GasCap, || {
        format!("it could cost {}, {} allows {}", at.gas, own.chain, own.max_gas)
    })?;
    let day = over_day(spent.gas, at.gas);
    require(day.is_some_and(|day| day <= rules.max_gas_day), Rule::GasPerDay, || {
        format!("gas of {} after {} in 24 hours is above {}", at.gas, spent.gas, rules.max_gas_day)
    })?;
    let acting = acting(own, at)?;
    let belongs = match (at.step, at.leg) {
        (Step::Bridge(step), Leg::Open | Leg::Mint) => &step.to,
        (step, _) => step.source_chain(),
    };
    require(*belongs == own.chain, Rule::Chain, || {
        format!("the {} of {} belongs on {belongs}", at.leg, at.step.route())
    })?;
    match (at.step, at.leg, acting.as_slice()) {
        (Step::Bridge(step), Leg::Open, [effect]) => opening(own, at, effect, step),
        (Step::Bridge(step), Leg::Burn, [effect]) => burn(rules, own, at, effect, step),
        (Step::Bridge(step), Leg::Mint, [effect]) => mint(rules, own, at, effect, step),
        (Step::Bridge(step), Leg::Mint, [created, effect]) => {
            recipients_account(own, at, created, step)?;
            mint(rules, own, at, effect, step)
        }
        (Step::Bridge(_), Leg::Reclaim, [effect]) => reclaim(own, at, effect),
        (Step::Swap(step), Leg::Swap, [before @ .., effect]) => {
            for created in before {
                own_account(own, created, step)?;
            }
            swap(own, at, effect, step)
        }
        _ => Err(function(at, acting.last().copied())),
    }
}

/// The effects without those of the compute budget, which are judged here.
fn acting<'a>(own: &SolanaRules, at: &'a SolanaProposal<'_>) -> Result<Vec<&'a SolanaEffect>, Denial> {
    let (mut limit, mut price, mut bound) = (None, None, None);
    let mut acting = Vec::new();
    for effect in &at.effects {
        let first = match effect {
            SolanaEffect::ComputeLimit { units } => limit.replace(*units).is_none(),
            SolanaEffect::ComputePrice { micro_lamports } => price.replace(*micro_lamports).is_none(),
            SolanaEffect::RuntimeBound { bytes } => bound.replace(*bytes).is_none(),
            SolanaEffect::Other(what) => {
                return Err(Denial { rule: Rule::Function, reason: format!("{what} is not allowed") });
            }
            other => {
                acting.push(other);
                true
            }
        };
        require(first, Rule::Function, || "the compute budget is set twice".to_owned())?;
    }
    let units = limit.ok_or_else(|| Denial {
        rule: Rule::GasCap,
        reason: "it does not limit its compute units, so its fee has no bound".to_owned(),
    })?;
    let micro = u128::from(units).saturating_mul(u128::from(price.unwrap_or(0)));
    let priority = micro.div_ceil(1_000_000);
    require(priority <= u128::from(own.max_priority), Rule::GasCap, || {
        format!("a priority fee of {priority} lamports is above the allowed {}", own.max_priority)
    })?;
    Ok(acting)
}

fn signers(at: &SolanaProposal<'_>, expected: &[Address]) -> Result<(), Denial> {
    require(at.signers == expected, Rule::Contract, || {
        let found: Vec<String> = at.signers.iter().map(Address::to_string).collect();
        format!("it needs the signatures of {}, not only ours", found.join(", "))
    })
}

fn token(own: &SolanaRules, asset: &AssetId) -> Result<SolanaToken, Denial> {
    own.tokens.get(asset).copied().ok_or_else(|| Denial {
        rule: Rule::Token,
        reason: format!("{asset} is not configured on {}", own.chain),
    })
}

fn opening(
    own: &SolanaRules,
    at: &SolanaProposal<'_>,
    effect: &SolanaEffect,
    step: &BridgeStep,
) -> Result<(), Denial> {
    signers(at, &[own.wallet])?;
    let (payer, owner) = created(own, at, effect, step)?;
    require(payer == own.wallet && owner == own.wallet, Rule::Recipient, || {
        format!("an account of {owner} would be created, not the wallet's")
    })
}

/// Payer and owner of the account that is created, which is one of the transfer's token.
fn created(
    own: &SolanaRules,
    at: &SolanaProposal<'_>,
    effect: &SolanaEffect,
    step: &BridgeStep,
) -> Result<(Address, Address), Denial> {
    let SolanaEffect::CreateAccount { payer, owner, mint } = effect else {
        return Err(function(at, Some(effect)));
    };
    let token = token(own, step.amount.asset())?;
    require(*mint == token.mint, Rule::Token, || format!("{mint} is not the planned mint"))?;
    Ok((*payer, *owner))
}

fn burn(
    rules: &Rules,
    own: &SolanaRules,
    at: &SolanaProposal<'_>,
    effect: &SolanaEffect,
    step: &BridgeStep,
) -> Result<(), Denial> {
    let SolanaEffect::Burn {
        owner,
        rent_payer,
        event,
        amount,
        destination,
        mint_recipient,
        max_fee,
        min_finality_threshold,
    } = effect
    else {
        return Err(function(at, Some(effect)));
    };
    signers(at, &[own.wallet, *event])?;
    token(own, step.amount.asset())?;
    require(*owner == own.wallet && *rent_payer == own.wallet, Rule::Contract, || {
        format!("{owner} would burn and {rent_payer} pay the rent, not the wallet")
    })?;
    exact(U256::from(*amount), step.amount.units())?;
    let planned = chain_domain(rules, &step.to)?;
    require(*destination == planned, Rule::Recipient, || format!("domain {destination} is not {}", step.to))?;
    let recipient = step.recipient.evm().map(|address| address.into_word());
    let allowed = recipient == Some(*mint_recipient) && rules.may_receive(step.recipient);
    require(allowed, Rule::Recipient, || {
        format!("{mint_recipient} would receive, planned is {}", step.recipient)
    })?;
    require(u128::from(*max_fee) <= step.max_fee.units(), Rule::Fee, || {
        format!("a fee of up to {max_fee} is more than the planned {}", step.max_fee.units())
    })?;
    require(*min_finality_threshold == step.speed.finality_threshold(), Rule::Function, || {
        format!("finality {min_finality_threshold} is not the planned speed")
    })
}

/// The account that a mint may create: the planned recipient's, of the planned token.
fn recipients_account(
    own: &SolanaRules,
    at: &SolanaProposal<'_>,
    effect: &SolanaEffect,
    step: &BridgeStep,
) -> Result<(), Denial> {
    let (payer, owner) = created(own, at, effect, step)?;
    require(payer == own.wallet, Rule::Contract, || format!("{payer} would pay, not the wallet"))?;
    require(step.recipient == AnyAddress::Solana(owner), Rule::Recipient, || {
        format!("an account of {owner} would be created, planned is {}", step.recipient)
    })
}

fn mint(
    rules: &Rules,
    own: &SolanaRules,
    at: &SolanaProposal<'_>,
    effect: &SolanaEffect,
    step: &BridgeStep,
) -> Result<(), Denial> {
    let SolanaEffect::Mint { payer, source, recipient, amount, fee_executed } = effect else {
        return Err(function(at, Some(effect)));
    };
    signers(at, &[own.wallet])?;
    require(*payer == own.wallet, Rule::Contract, || format!("{payer} would pay, not the wallet"))?;
    let planned = chain_domain(rules, &step.from)?;
    require(*source == planned, Rule::Chain, || format!("domain {source} is not {}", step.from))?;
    let token = token(own, step.amount.asset())?;
    let account = step.recipient.solana().map(|owner| token.account_of(&owner));
    let allowed = rules.may_receive(step.recipient) && account == Some(*recipient);
    require(allowed, Rule::Recipient, || {
        format!("{recipient} would receive, planned is {}", step.recipient)
    })?;
    exact(U256::from(*amount), step.amount.units())?;
    require(*fee_executed <= step.max_fee.units(), Rule::Fee, || {
        format!("the message keeps {fee_executed}, planned was at most {}", step.max_fee.units())
    })
}

/// Whichever message's account is closed: the program lets nobody close another's, and only the wallet is paid.
fn reclaim(own: &SolanaRules, at: &SolanaProposal<'_>, effect: &SolanaEffect) -> Result<(), Denial> {
    let SolanaEffect::Reclaim { payee } = effect else {
        return Err(function(at, Some(effect)));
    };
    signers(at, &[own.wallet])?;
    require(*payee == own.wallet, Rule::Recipient, || format!("the rent would go to {payee}, not the wallet"))
}

/// Accounts a swap may create: the wallet's own, of the two tokens.
fn own_account(own: &SolanaRules, effect: &SolanaEffect, step: &SwapStep) -> Result<(), Denial> {
    let tokens = [token(own, step.amount_in.asset())?, token(own, step.min_out.asset())?];
    let fits = match effect {
        SolanaEffect::CreateAccount { payer, owner, mint } => {
            *payer == own.wallet && *owner == own.wallet && tokens.iter().any(|token| token.mint == *mint)
        }
        _ => false,
    };
    require(fits, Rule::Function, || format!("{effect:?} is not part of a swap"))
}

fn swap(
    own: &SolanaRules,
    at: &SolanaProposal<'_>,
    effect: &SolanaEffect,
    step: &SwapStep,
) -> Result<(), Denial> {
    let SolanaEffect::Swap { program, source, destination, amount_in, min_out } = effect else {
        return Err(function(at, Some(effect)));
    };
    // The payer, who is the wallet, always signs first.
    match at.signers.as_slice() {
        [first, ..] if at.cosigners && *first == own.wallet => {}
        _ => signers(at, &[own.wallet])?,
    }
    let pinned = own.aggregator.filter(|pinned| step.pool == AnyAddress::Solana(*pinned));
    require(pinned == Some(*program), Rule::Contract, || format!("{program} may not be called for a swap"))?;
    let (sold, bought) = (token(own, step.amount_in.asset())?, token(own, step.min_out.asset())?);
    require(*source == sold.account, Rule::Token, || format!("{source} would be sold from"))?;
    let recipient = *destination == bought.account && step.recipient == AnyAddress::Solana(own.wallet);
    require(recipient, Rule::Recipient, || format!("{destination} would receive, not the wallet's account"))?;
    exact(U256::from(*amount_in), step.amount_in.units())?;
    require(*min_out > 0 && u128::from(*min_out) >= step.min_out.units(), Rule::MinimumOut, || {
        format!("at least {min_out} is less than the planned {}", step.min_out.units())
    })
}

fn function(at: &SolanaProposal<'_>, found: Option<&SolanaEffect>) -> Denial {
    let found = found.map_or_else(|| "nothing".to_owned(), |effect| format!("{effect:?}"));
    Denial {
        rule: Rule::Function,
        reason: format!("{found} is not what the {} of {} needs", at.leg, at.step.route()),
    }
}
