//! How many writes per second the journal takes, each of them durable when it returns.

use std::path::Path;
use std::time::Instant;

use alloy::primitives::Address;
use purser::domain::{AssetId, ChainName};
use purser::domain::{Leg, OperationId, OperationState, Position, Timestamp};
use purser::journal::Journal;

use crate::lifecycle::{Keeper, swap};
use crate::report::Report;

/// Operations per measurement.
const OPERATIONS: i64 = 100;
/// Writes of a settled transfer and of a settled swap.
const WRITES: (f64, f64) = (19.0, 11.0);

pub async fn measure(folder: &Path, report: &mut Report) {
    eprintln!("Journal");
    let journal = Journal::open(&folder.join("writes.sqlite")).await.unwrap();
    let wallet = Address::repeat_byte(0xaa);
    let keeper = Keeper { journal: &journal, wallet };
    let at = |millis: i64| Timestamp::from_millis(1_700_000_000_000 + millis);
    for (chain, asset) in
        [("ethereum", "USDC"), ("ethereum", "ETH"), ("base", "USDC"), ("base", "USDT"), ("base", "ETH")]
    {
        let position = Position::new(ChainName::new(chain), AssetId::new(asset));
        journal.open_position(&position, u128::from(u64::MAX), at(0)).await.unwrap();
    }

    let start = Instant::now();
    for turn in 0..OPERATIONS / 2 {
        keeper.bridge("ethereum", "base", at(2 * turn)).await;
        keeper.swap("USDC", "USDT", at(2 * turn + 1)).await;
    }
    let (seconds, half) = (start.elapsed().as_secs_f64(), OPERATIONS as f64 / 2.0);
    report.add("journal: whole operations, planned to settled", 2.0 * half / seconds, "/s");
    report.add("journal: their writes", half * (WRITES.0 + WRITES.1) / seconds, "/s");

    let start = Instant::now();
    let mut reserved: Vec<OperationId> = Vec::new();
    for turn in 0..OPERATIONS {
        reserved.push(keeper.accept(swap(wallet, "USDC", "USDT"), at(1000 + turn)).await);
    }
    let seconds = start.elapsed().as_secs_f64();
    report.add("journal: accepting and advancing, writes", 3.0 * OPERATIONS as f64 / seconds, "/s");

    let start = Instant::now();
    for (id, turn) in reserved.iter().zip(0..) {
        let (from, to) = (OperationState::Reserved, OperationState::Signed);
        keeper.sign(id, Leg::Swap, "base", from, to, at(1000 + turn)).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    report.add("journal: signed transactions", OPERATIONS as f64 / seconds, "/s");
    journal.integrity_check().await.unwrap();
    journal.close().await;
}
