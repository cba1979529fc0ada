//! Two chains with everything, one with a token only, and the transactions they need.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, U256};
use purser::domain::plan::Cost;
use purser::domain::{
    Amount, AssetId, BridgeStep, ChainName, Domain, Leg, Speed, Spent, Step, SwapStep, Timestamp, Usd, Venue,
};
use purser::policy::rules::CctpRules;
use purser::policy::{ChainRules, Effect, Proposal, Rules, Verdict, judge_transaction};

use crate::policy::routes;

pub(super) const WALLET: Address = Address::repeat_byte(0x01);
pub(super) const FRIEND: Address = Address::repeat_byte(0x02);
pub(super) const STRANGER: Address = Address::repeat_byte(0x99);
pub(super) const NOW: u64 = 1_700_000_000;
pub(super) const BURNT: u128 = 5_000_000_000;
pub(super) const MAX_FEE: u128 = 650_000;
pub(super) const SOLD: u128 = 1_000_000_000;
pub(super) const MIN_OUT: u128 = 999_000_000;

/// The contracts of one chain: each address differs from all others of both chains.
pub(super) struct Contracts {
    pub(super) usdc: Address,
    pub(super) usdt: Address,
    pub(super) messenger: Address,
    pub(super) transmitter: Address,
    pub(super) router: Address,
    pub(super) aggregator: Address,
    pub(super) routes: Address,
}

const fn contracts(prefix: u8) -> Contracts {
    Contracts {
        usdc: Address::repeat_byte(prefix + 1),
        usdt: Address::repeat_byte(prefix + 2),
        messenger: Address::repeat_byte(prefix + 3),
        transmitter: Address::repeat_byte(prefix + 4),
        router: Address::repeat_byte(prefix + 5),
        aggregator: Address::repeat_byte(prefix + 6),
        routes: Address::repeat_byte(prefix + 7),
    }
}

pub(super) const ALPHA: Contracts = contracts(0xa0);
pub(super) const BETA: Contracts = contracts(0xb0);

pub(super) fn chain(name: &str) -> ChainName {
    ChainName::new(name)
}

pub(super) fn amount(asset: &str, units: u128) -> Amount {
    Amount::new(AssetId::new(asset), 6, units)
}

pub(super) const fn dollars(whole: i128) -> Usd {
    Usd::from_micros(whole * 1_000_000)
}

pub(super) const ONE_MICRO: Usd = Usd::from_micros(1);

pub(super) fn rules() -> Rules {
    let full = |chain_id, domain, of: &Contracts, routes, max_gas| ChainRules {
        chain_id,
        tokens: BTreeMap::from([(AssetId::new("USDC"), of.usdc), (AssetId::new("USDT"), of.usdt)]),
        cctp: Some(CctpRules {
            domain: Domain(domain),
            token_messenger: of.messenger,
            message_transmitter: of.transmitter,
        }),
        router: Some(of.router),
        aggregator: Some(of.aggregator),
        routes: Some(routes),
        max_gas,
    };
    let bare = ChainRules {
        chain_id: 3,
        tokens: BTreeMap::from([(AssetId::new("USDC"), Address::repeat_byte(0xc1))]),
        cctp: None,
        router: None,
        aggregator: None,
        routes: None,
        max_gas: dollars(1),
    };
    Rules {
        wallet: WALLET,
        chains: BTreeMap::from([
            (chain("alpha"), full(1, 0, &ALPHA, routes::alpha_rules(), dollars(5))),
            (chain("beta"), full(2, 6, &BETA, routes::beta_rules(), dollars(1))),
            (chain("gamma"), bare),
        ]),
        solana: None,
        recipients: BTreeSet::from([FRIEND]),
        max_operation: dollars(10_000),
        max_day: dollars(50_000),
        max_gas_day: dollars(20),
        max_fee_ppm: 3000,
        max_slippage_ppm: 1_000,
        trades: None,
        max_deadline_seconds: 600,
    }
}

pub(super) fn bridge() -> BridgeStep {
    BridgeStep {
        from: chain("alpha"),
        to: chain("beta"),
        amount: amount("USDC", BURNT),
        speed: Speed::Fast,
        max_fee: amount("USDC", MAX_FEE),
        recipient: WALLET.into(),
        cost: Cost::default(),
    }
}

pub(super) fn swap() -> SwapStep {
    SwapStep {
        chain: chain("alpha"),
        venue: Venue::UniswapV3,
        pool: Address::repeat_byte(0x77).into(),
        fee: 100,
        amount_in: amount("USDT", SOLD),
        quoted_out: amount("USDC", MIN_OUT + 500_000),
        haircut_ppm: 0,
        min_out: amount("USDC", MIN_OUT),
        recipient: WALLET.into(),
        trade: None,
        cost: Cost::default(),
    }
}

/// A proposal that owns its parts.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) chain: ChainName,
    pub(super) chain_id: u64,
    pub(super) to: Address,
    pub(super) value: U256,
    pub(super) effect: Effect,
    pub(super) step: Step,
    pub(super) leg: Leg,
    pub(super) gas: Usd,
    pub(super) at: Timestamp,
}

impl Case {
    pub(super) fn new(on: &str, to: Address, effect: Effect, step: Step, leg: Leg) -> Self {
        Self {
            chain: chain(on),
            chain_id: if on == "alpha" { 1 } else { 2 },
            to,
            value: U256::ZERO,
            effect,
            step,
            leg,
            gas: Usd::from_micros(250_000),
            at: Timestamp::from_millis(i64::try_from(NOW).unwrap() * 1000),
        }
    }

    pub(super) fn judge(&self) -> Verdict {
        self.judge_after(Spent::default())
    }

    pub(super) fn judge_after(&self, spent: Spent) -> Verdict {
        self.judge_by(&rules(), spent)
    }

    pub(super) fn judge_by(&self, rules: &Rules, spent: Spent) -> Verdict {
        let proposal = Proposal {
            chain: &self.chain,
            chain_id: self.chain_id,
            to: self.to,
            value: self.value,
            effect: self.effect.clone(),
            step: &self.step,
            leg: self.leg,
            gas: self.gas,
            at: self.at,
        };
        judge_transaction(rules, &proposal, spent)
    }

    /// The same with one thing changed.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }
}

pub(super) fn word(address: Address) -> B256 {
    address.into_word()
}

pub(super) fn approve(spender: Address, units: u128) -> Effect {
    Effect::Approve { spender, amount: U256::from(units) }
}

pub(super) fn burn_effect() -> Effect {
    Effect::Burn {
        amount: U256::from(BURNT),
        destination_domain: 6,
        mint_recipient: word(WALLET),
        burn_token: ALPHA.usdc,
        destination_caller: B256::ZERO,
        max_fee: U256::from(MAX_FEE),
        min_finality_threshold: 1000,
    }
}

pub(super) fn mint_effect() -> Effect {
    Effect::Mint {
        source_domain: 0,
        destination_domain: 6,
        mint_recipient: word(WALLET),
        amount: U256::from(BURNT),
        fee_executed: U256::from(MAX_FEE),
    }
}

pub(super) fn swap_effect() -> Effect {
    Effect::Swap {
        venue: Venue::UniswapV3,
        token_in: ALPHA.usdt,
        token_out: ALPHA.usdc,
        fee: 100,
        amount_in: U256::from(SOLD),
        min_out: U256::from(MIN_OUT),
        recipient: WALLET,
        deadline: U256::from(NOW + 300),
    }
}

/// The same exchange through the aggregator.
pub(super) fn aggregated() -> SwapStep {
    SwapStep { venue: Venue::OneInch, pool: ALPHA.aggregator.into(), fee: 0, ..swap() }
}

pub(super) fn aggregate_effect() -> Effect {
    Effect::Aggregate {
        token_in: ALPHA.usdt,
        token_out: ALPHA.usdc,
        amount_in: U256::from(SOLD),
        min_out: U256::from(MIN_OUT),
        recipient: WALLET,
    }
}

pub(super) fn aggregating() -> Case {
    Case::new("alpha", ALPHA.aggregator, aggregate_effect(), Step::Swap(aggregated()), Leg::Swap)
}

pub(super) fn burn() -> Case {
    Case::new("alpha", ALPHA.messenger, burn_effect(), Step::Bridge(bridge()), Leg::Burn)
}

pub(super) fn mint() -> Case {
    Case::new("beta", BETA.transmitter, mint_effect(), Step::Bridge(bridge()), Leg::Mint)
}

pub(super) fn swapping() -> Case {
    Case::new("alpha", ALPHA.router, swap_effect(), Step::Swap(swap()), Leg::Swap)
}

pub(super) fn bridge_approval() -> Case {
    Case::new("alpha", ALPHA.usdc, approve(ALPHA.messenger, BURNT), Step::Bridge(bridge()), Leg::Approve)
}

/// Every transaction our three steps and the two routes need.
pub(super) fn needed() -> Vec<Case> {
    let (bridge, swap) = (Step::Bridge(bridge()), Step::Swap(swap()));
    let aggregated = Step::Swap(aggregated());
    let mut needed = vec![
        bridge_approval(),
        burn(),
        mint(),
        Case::new("alpha", ALPHA.usdc, approve(ALPHA.messenger, 0), bridge, Leg::Revoke),
        Case::new("alpha", ALPHA.usdt, approve(ALPHA.router, SOLD), swap.clone(), Leg::Approve),
        swapping(),
        Case::new("alpha", ALPHA.usdt, approve(ALPHA.router, 0), swap, Leg::Revoke),
        Case::new("alpha", ALPHA.usdt, approve(ALPHA.aggregator, SOLD), aggregated.clone(), Leg::Approve),
        aggregating(),
        Case::new("alpha", ALPHA.usdt, approve(ALPHA.aggregator, 0), aggregated, Leg::Revoke),
    ];
    needed.extend(routes::needed());
    needed
}
