//! Transactions on Solana: every rule from both sides, every wrong combination, every mutation.

mod combinations;
mod mutations;
mod recipients;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address as EvmAddress, B256};
use purser::chains::solana::Address;
use purser::chains::solana::associated::associated_account;
use purser::config::solana::TOKEN_PROGRAM;
use purser::domain::plan::Cost;
use purser::domain::{AnyAddress, BridgeStep, Domain, Leg, Speed, Spent, Step, SwapStep, Usd, Venue};
use purser::policy::{Rules, SolanaEffect, SolanaProposal, SolanaRules, SolanaToken, Verdict, judge_solana};

use crate::policy::world::{self, BURNT, MAX_FEE, MIN_OUT, SOLD, amount, chain, dollars};

const OURS: Address = Address::new_from_array([1; 32]);
const FRIEND: Address = Address::new_from_array([2; 32]);
const STRANGER: Address = Address::new_from_array([0x99; 32]);
const EVENT: Address = Address::new_from_array([7; 32]);
const AGGREGATOR: Address = Address::new_from_array([8; 32]);
const USDC: Address = Address::new_from_array([0xc0; 32]);
const USDT: Address = Address::new_from_array([0xd0; 32]);
const MAX_PRIORITY: u64 = 50_000;

fn token(mint: Address) -> SolanaToken {
    SolanaToken { mint, program: TOKEN_PROGRAM, account: account(&OURS, &mint) }
}

fn account(owner: &Address, mint: &Address) -> Address {
    associated_account(owner, mint, &TOKEN_PROGRAM)
}

/// The rules of the two EVM chains with Solana beside them.
fn rules() -> Rules {
    let solana = SolanaRules {
        chain: chain("solana"),
        wallet: OURS,
        recipients: BTreeSet::from([FRIEND]),
        tokens: BTreeMap::from([
            (amount("USDC", 0).asset().clone(), token(USDC)),
            (amount("USDT", 0).asset().clone(), token(USDT)),
        ]),
        domain: Some(Domain(5)),
        aggregator: Some(AGGREGATOR),
        max_priority: MAX_PRIORITY,
        max_gas: dollars(2),
    };
    Rules { solana: Some(solana), ..world::rules() }
}

fn leaving() -> BridgeStep {
    BridgeStep {
        from: chain("solana"),
        to: chain("beta"),
        amount: amount("USDC", BURNT),
        speed: Speed::Fast,
        max_fee: amount("USDC", MAX_FEE),
        recipient: AnyAddress::Evm(world::WALLET),
        cost: Cost::default(),
    }
}

fn arriving() -> BridgeStep {
    BridgeStep { from: chain("beta"), to: chain("solana"), recipient: AnyAddress::Solana(OURS), ..leaving() }
}

fn swapping() -> SwapStep {
    SwapStep {
        chain: chain("solana"),
        venue: Venue::Jupiter,
        pool: AnyAddress::Solana(AGGREGATOR),
        fee: 0,
        amount_in: amount("USDT", SOLD),
        quoted_out: amount("USDC", MIN_OUT + 500_000),
        haircut_ppm: 0,
        min_out: amount("USDC", MIN_OUT),
        recipient: AnyAddress::Solana(OURS),
        trade: None,
        cost: Cost::default(),
    }
}

fn units(units: u128) -> u64 {
    u64::try_from(units).unwrap()
}

fn limit() -> SolanaEffect {
    SolanaEffect::ComputeLimit { units: 200_000 }
}

fn price() -> SolanaEffect {
    SolanaEffect::ComputePrice { micro_lamports: 100_000 }
}

fn creation(mint: Address) -> SolanaEffect {
    SolanaEffect::CreateAccount { payer: OURS, owner: OURS, mint }
}

fn burn() -> SolanaEffect {
    SolanaEffect::Burn {
        owner: OURS,
        rent_payer: OURS,
        event: EVENT,
        amount: units(BURNT),
        destination: Domain(6),
        mint_recipient: world::WALLET.into_word(),
        max_fee: units(MAX_FEE),
        min_finality_threshold: 1000,
    }
}

fn mint() -> SolanaEffect {
    SolanaEffect::Mint {
        payer: OURS,
        source: Domain(6),
        recipient: account(&OURS, &USDC),
        amount: BURNT,
        fee_executed: MAX_FEE,
    }
}

fn swap() -> SolanaEffect {
    SolanaEffect::Swap {
        program: AGGREGATOR,
        source: account(&OURS, &USDT),
        destination: account(&OURS, &USDC),
        amount_in: units(SOLD),
        min_out: units(MIN_OUT),
    }
}

/// A proposal that owns its parts.
#[derive(Debug, Clone)]
struct Case {
    payer: Address,
    signers: Vec<Address>,
    effects: Vec<SolanaEffect>,
    step: Step,
    leg: Leg,
    gas: Usd,
    cosigners: bool,
}

impl Case {
    fn new(step: Step, leg: Leg, acting: Vec<SolanaEffect>) -> Self {
        let signers = if leg == Leg::Burn { vec![OURS, EVENT] } else { vec![OURS] };
        let effects = [vec![limit(), price()], acting].concat();
        Self { payer: OURS, signers, effects, step, leg, gas: Usd::from_micros(250_000), cosigners: false }
    }

    fn judge(&self) -> Verdict {
        self.judge_by(&rules(), Spent::default())
    }

    fn judge_by(&self, rules: &Rules, spent: Spent) -> Verdict {
        let proposal = SolanaProposal {
            payer: self.payer,
            signers: self.signers.clone(),
            effects: self.effects.clone(),
            step: &self.step,
            leg: self.leg,
            gas: self.gas,
            cosigners: self.cosigners,
        };
        judge_solana(rules, &proposal, spent)
    }

    /// The same with one thing changed.
    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// The effect it is for.
    fn main(&mut self) -> &mut SolanaEffect {
        self.effects.last_mut().unwrap()
    }
}

/// Every transaction our three steps need.
fn needed() -> Vec<Case> {
    vec![
        Case::new(Step::Bridge(leaving()), Leg::Burn, vec![burn()]),
        Case::new(Step::Bridge(arriving()), Leg::Open, vec![creation(USDC)]),
        Case::new(Step::Bridge(arriving()), Leg::Mint, vec![mint()]),
        Case::new(Step::Bridge(leaving()), Leg::Reclaim, vec![SolanaEffect::Reclaim { payee: OURS }]),
        Case::new(Step::Swap(swapping()), Leg::Swap, vec![swap()]),
        Case::new(Step::Swap(swapping()), Leg::Swap, vec![creation(USDC), swap()]),
    ]
}

fn word(address: EvmAddress) -> B256 {
    address.into_word()
}
