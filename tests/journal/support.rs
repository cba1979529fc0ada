//! Real journals in real files, and the plans that fill them.

use std::path::PathBuf;

use alloy::primitives::{Address, B256, Bytes, keccak256};
use purser::domain::plan::{Certificate, Cost};
use purser::domain::pool::PoolKey;
use purser::domain::{
    Amount, AssetId, BridgeStep, ChainName, Funding, Leg, Operation, OperationId, OperationState, Plan,
    Position, RouteLeg, RouteStep, Speed, Step, SwapStep, Timestamp, Usd, Venue,
};
use purser::journal::{AttemptId, AttemptState, Inclusion, Journal, JournalError, NewAttempt};
use tempfile::TempDir;

/// A journal in a folder of its own, which lives as long as this value.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) journal: Journal,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let journal = Journal::open(&folder.path().join("journal.db")).await.unwrap();
        Self { folder, journal }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    /// Gives the journal up and opens it again, as a restarted daemon would.
    pub(crate) async fn reopen(self) -> Self {
        let path = self.path();
        let Self { folder, journal } = self;
        journal.close().await;
        drop(journal);
        Self { folder, journal: Journal::open(&path).await.unwrap() }
    }
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

pub(crate) fn usd(dollars: i128) -> Usd {
    Usd::from_micros(dollars * 1_000_000)
}

pub(crate) fn base() -> ChainName {
    ChainName::new("base")
}

pub(crate) fn ethereum() -> ChainName {
    ChainName::new("ethereum")
}

pub(crate) fn wallet() -> Address {
    Address::repeat_byte(0xaa)
}

pub(crate) fn usdc(units: u128) -> Amount {
    Amount::new(AssetId::new("USDC"), 6, units)
}

pub(crate) fn position(chain: &ChainName, asset: &str) -> Position {
    Position::new(chain.clone(), AssetId::new(asset))
}

fn cost(gas: i128) -> Cost {
    Cost { fee: usd(1), gas: usd(gas), slippage: Usd::ZERO, time: usd(5) }
}

pub(crate) fn bridge(units: u128) -> Step {
    Step::Bridge(BridgeStep {
        from: ethereum(),
        to: base(),
        amount: usdc(units),
        speed: Speed::Fast,
        max_fee: usdc(10),
        recipient: wallet().into(),
        cost: cost(2),
    })
}

pub(crate) fn swap(units: u128) -> Step {
    Step::Swap(SwapStep {
        chain: base(),
        venue: Venue::UniswapV3,
        pool: Address::repeat_byte(7).into(),
        fee: 100,
        amount_in: usdc(units),
        quoted_out: Amount::new(AssetId::new("USDT"), 6, units),
        haircut_ppm: 0,
        min_out: Amount::new(AssetId::new("USDT"), 6, units - 1),
        recipient: wallet().into(),
        trade: None,
        cost: cost(3),
    })
}

/// A route of `units` USDC through two pools and back.
pub(crate) fn route(units: u128) -> Step {
    let leg = |sold: Amount, bought: Amount| RouteLeg {
        pool: PoolKey::Contract(Address::repeat_byte(8)),
        factory: 0,
        fee: 100,
        tick_spacing: 0,
        amount_in: sold,
        takes_rest: false,
        quoted_out: bought.clone(),
        min_out: bought,
    };
    let usdt = Amount::new(AssetId::new("USDT"), 6, units + 5);
    Step::Route(RouteStep {
        chain: base(),
        contract: Address::repeat_byte(9),
        block: 3,
        last_block: 4,
        funding: Funding::Inventory,
        loan: usdc(units),
        legs: vec![leg(usdc(units), usdt.clone()), leg(usdt, usdc(units + 7))],
        profit: usdc(7),
        min_profit: usdc(6),
        profit_usd: usd(7),
        loan_usd: usd(100),
        cost: cost(1),
    })
}

/// A plan decided at `millis` whose steps may be started within a minute.
pub(crate) fn plan(millis: i64, steps: Vec<Step>) -> Plan {
    Plan {
        decided_at: at(millis),
        expires_at: at(millis + 60_000),
        steps,
        certificate: Certificate { value: usd(10), bound: usd(11) },
    }
}

/// Records a plan of one step worth $100; `salt` makes it unlike every other.
pub(crate) async fn planned(journal: &Journal, salt: i64, step: Step) -> Operation {
    let mut accepted = journal.accept_plan(&plan(salt, vec![step]), &[usd(100)], at(salt)).await.unwrap();
    accepted.remove(0)
}

/// An operation whose amount is set aside.
pub(crate) async fn reserved(journal: &Journal, salt: i64, step: Step) -> OperationId {
    let id = planned(journal, salt, step).await.id;
    use OperationState::{Approved, Planned, Reserved};
    journal.advance(&id, Planned, Approved, Leg::Approve, None, at(salt)).await.unwrap();
    journal.advance(&id, Approved, Reserved, Leg::Approve, None, at(salt)).await.unwrap();
    id
}

/// Signed bytes that are unlike all others of another operation, leg, nonce or fee.
pub(crate) fn signed(
    operation: &OperationId,
    leg: Leg,
    chain: &ChainName,
    nonce: u64,
    fee: u128,
) -> NewAttempt {
    let raw = format!("{operation} {leg} {chain} {nonce} {fee}").into_bytes();
    NewAttempt {
        cancels: false,
        operation: operation.clone(),
        leg,
        chain: chain.clone(),
        wallet: wallet().into(),
        nonce,
        hash: keccak256(&raw).into(),
        raw: Bytes::from(raw),
        gas_limit: 90_000,
        max_fee_per_gas: fee,
        max_priority_fee_per_gas: fee,
        replaces: None,
        lifetime: None,
        landing_request: None,
    }
}

/// Signs the leg of a reserved operation at the next nonce of the key.
pub(crate) async fn sign(journal: &Journal, id: &OperationId, leg: Leg, chain: &ChainName) -> AttemptId {
    let nonce = journal.next_nonce(chain, wallet()).await.unwrap().unwrap_or(0);
    try_sign(journal, &signed(id, leg, chain, nonce, 100)).await.unwrap()
}

/// Records signed bytes from wherever the operation stands.
pub(crate) async fn try_sign(journal: &Journal, new: &NewAttempt) -> Result<AttemptId, JournalError> {
    let operation = journal.operation(&new.operation).await.unwrap().unwrap();
    let to = if new.leg == Leg::Mint { OperationState::Minting } else { OperationState::Signed };
    journal.record_signed(new, operation.state, to, operation.created_at).await
}

pub(crate) fn mined(block: u64, success: bool) -> Inclusion {
    Inclusion {
        block_number: block,
        block_hash: Some(B256::with_last_byte(u8::try_from(block % 256).unwrap())),
        gas_used: 50_000,
        fee_units: 5_000_000,
        fee_usd: Some(usd(4)),
        success,
    }
}

pub(crate) async fn finalise(journal: &Journal, id: AttemptId, success: bool) {
    journal.set_attempt(id, AttemptState::Final, Some(&mined(9, success)), at(9)).await.unwrap();
}

/// A second way into the file, for what the journal's own surface does not do.
pub(crate) async fn raw(path: &std::path::Path) -> sqlx::SqlitePool {
    sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(path)).await.unwrap()
}
