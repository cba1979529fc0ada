//! Decided again: the same decisions, counted once, at other gas prices.

use std::collections::BTreeSet;
use std::path::Path;

use purser::backtest::{Backtest, Distribution, GasMultiple, Replay, Report, Settings};
use purser::domain::snapshot::GasPrice;
use purser::domain::{Outcome, Step, Usd};
use purser::network::pool::quote_exact_in;
use purser::recording::{Block, Entry, Limits, Reader};
use purser::strategies::Decision;

use super::scene;

fn blocks_of(folder: &Path) -> Vec<Block> {
    let entries = scene::files(folder).into_iter().flat_map(|file| Reader::open(&file).unwrap());
    let block = |entry| match entry {
        Ok(Entry::Block(block)) => Some(*block),
        Ok(Entry::Header(_)) => None,
        Err(error) => panic!("{error}"),
    };
    entries.filter_map(block).collect()
}

fn report(blocks: &[Block], settings: Settings) -> Report {
    let mut backtest = Backtest::new(settings);
    backtest.header(scene::header()).unwrap();
    blocks.iter().for_each(|block| backtest.block(block));
    backtest.report()
}

#[tokio::test]
async fn the_same_blocks_are_decided_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = scene::blocks(150);
    // Several files, and lines with all pools in between.
    let limits = Limits { file_bytes: 6_000, full_every: 20, ..Limits::default() };
    let live = scene::record(folder.path(), &blocks, limits).await;
    assert!(scene::files(folder.path()).len() > 1);
    let mut replay = Replay::new(scene::goal(), scene::pools().len(), GasMultiple::ONE);
    let again: Vec<_> = blocks_of(folder.path()).iter().map(|block| replay.decide(block)).collect();
    assert_eq!(again.len(), live.len());
    let (mut planned, mut nothing, mut held) = (0, 0, 0);
    for (live, again) in live.iter().zip(&again) {
        let (Some(live), Some(again)) = (live, again) else {
            assert!(live.is_none() && again.is_none());
            held += 1;
            continue;
        };
        // To the unit: the hash is of the whole plan.
        assert_eq!((&live.record, &live.plan), (&again.record, &again.plan));
        match live.record.outcome {
            Outcome::Previewed { .. } => planned += 1,
            _ => nothing += 1,
        }
    }
    assert!(planned > 20 && nothing > 20 && held > 5, "{planned} planned, {nothing} nothing, {held} held");
    let report = report(&blocks_of(folder.path()), Settings::default());
    let tally = &report.recorded;
    assert_eq!((tally.planned, tally.nothing + tally.refused, tally.held), (planned, nothing, held));
}

/// Whatever blocks were passed over, a plan is made from the pools of its own block, and not through one that is busy.
#[test]
fn no_plan_is_made_from_what_was() {
    let blocks = scene::blocks(400);
    let mut replay = Replay::new(scene::goal(), scene::pools().len(), GasMultiple::ONE);
    let mut used = BTreeSet::new();
    for (block, pools) in blocks.iter().zip(scene::states(&blocks)) {
        // Most blocks are passed over in one way or another.
        if block.block.number % 3 == 0 {
            replay.skip(block);
            continue;
        }
        let Some(Decision { plan: Some(plan), .. }) = replay.decide(block) else { continue };
        let Step::Route(route) = &plan.steps[0] else { panic!("a route") };
        for leg in &route.legs {
            let pool = pools.iter().flatten().find(|pool| pool.key() == leg.pool).expect("it is known");
            let zero_for_one = pool.assets[0] == *leg.amount_in.asset();
            let quote = quote_exact_in(pool, zero_for_one, leg.amount_in.units()).unwrap();
            assert_eq!(quote.amount_out, leg.quoted_out.units(), "{:?}", block.block);
            assert!(!block.busy.contains(&leg.pool), "{:?}", block.block);
            used.insert(leg.pool);
        }
    }
    // Also the one that was busy now and then, and those that were not known for a block.
    assert_eq!(used.len(), scene::pools().len());
}

/// The block at `place` again, so often, with nothing changed and so many times its gas price.
fn repeated(place: usize, gas: &[u128]) -> Vec<Block> {
    let blocks = scene::blocks(60);
    let mut out = blocks[..=place].to_vec();
    for (number, times) in (1..).zip(gas) {
        let mut block = Block { pools: Vec::new(), held: false, ..blocks[place].clone() };
        block.block.number += number;
        block.gas.base_fee *= times;
        out.push(block);
    }
    out
}

/// A block with a plan right after one with all pools put back.
fn first_planned() -> usize {
    let mut replay = Replay::new(scene::goal(), scene::pools().len(), GasMultiple::ONE);
    let decided = scene::blocks(60).iter().map(|block| replay.decide(block)).collect::<Vec<_>>();
    decided.iter().position(|decision| decision.as_ref().is_some_and(|one| one.plan.is_some())).unwrap()
}

#[test]
fn what_nobody_takes_counts_once() {
    let place = first_planned();
    let once = report(&repeated(place, &[]), Settings::default());
    assert_eq!(once.recorded.values.count(), 1);
    let value = once.recorded.total();
    assert!(value > Usd::parse("1").unwrap() && value <= once.recorded.bound, "{value}");
    // It stands while gas is too dear for it, and is the same when gas is cheap again.
    let gas = [1, 2, 100_000, 1, 2, 1];
    let again = report(&repeated(place, &gas), Settings::default());
    assert_eq!((again.recorded.values.count(), again.recorded.total()), (1, value));
    assert!(again.recorded.nothing > 0 && again.recorded.planned == 6);
    assert!(again.recorded.lasted.most() == 7);
    // Every block of it has its own proof.
    assert_eq!(again.recorded.gaps.count(), again.recorded.planned);
}

#[test]
fn a_gap_that_opens_again_counts_again() {
    let place = first_planned();
    let blocks = scene::blocks(60);
    let mut out = blocks[..=place].to_vec();
    let put_back: Vec<_> = scene::pools().into_iter().map(Some).enumerate().collect();
    for round in 1..4_u64 {
        for pools in [put_back.clone(), blocks[place].pools.clone()] {
            let mut block = Block { pools, held: false, ..blocks[place].clone() };
            block.block.number += round;
            out.push(block);
        }
    }
    let report = report(&out, Settings::default());
    assert_eq!(report.recorded.values.count(), 4);
    assert_eq!(report.recorded.curve.len(), 4);
}

#[test]
fn dearer_gas_leaves_less() {
    let gas = ["0", "0.5", "1", "2", "5", "100"].map(|text| text.parse().unwrap()).to_vec();
    let blocks = scene::blocks(300);
    let all = report(&blocks, Settings { gas, ..Settings::default() });
    let values: Vec<Usd> = all.gas.iter().map(|row| row.value).collect();
    assert!(values.windows(2).all(|pair| pair[0] > pair[1]), "{values:?}");
    assert!(all.gas.iter().all(|row| row.value <= row.bound), "{:?}", all.gas);
    assert_eq!(all.gas[2].value, all.recorded.total());
    let counts: Vec<u64> = all.gas.iter().map(|row| row.opportunities).collect();
    assert!(counts[0] >= counts[2] && counts[2] > counts[5], "{counts:?}");
}

#[test]
fn settings_are_what_they_say() {
    let blocks = scene::blocks(120);
    let all = report(&blocks, Settings::default());
    let (from, to) = (blocks[40].block.number, blocks[80].block.number);
    let some = report(&blocks, Settings { from: Some(from), to: Some(to), ..Settings::default() });
    let (first, last) = some.recorded.blocks.unwrap();
    assert_eq!((first.number, last.number, some.recorded.count), (from, to, 41));
    assert!(some.recorded.total() < all.recorded.total());
    assert_eq!(some.recorded.seconds(), 80);
    let dear = Settings { min_profit: Usd::parse("300"), ..Settings::default() };
    let dear = report(&blocks, dear);
    assert!(dear.recorded.values.count() < all.recorded.values.count());
    assert!(dear.recorded.values.least() >= 300_000_000);
    let small = report(&blocks, Settings { max_loan: Usd::parse("5000"), ..Settings::default() });
    assert!(small.recorded.values.most() < all.recorded.values.most());
    assert!(small.recorded.planned > 0);
}

#[test]
fn gas_of_nothing_is_a_wei() {
    let gas = GasPrice { base_fee: 7, priority_fee: 1, l1_fee: 3 };
    let times = |text: &str| text.parse::<GasMultiple>().unwrap().of(gas);
    assert_eq!(times("0"), GasPrice { base_fee: 1, priority_fee: 0, l1_fee: 0 });
    assert_eq!(times("1"), gas);
    assert_eq!(times("0.5"), GasPrice { base_fee: 4, priority_fee: 1, l1_fee: 2 });
    assert_eq!("2.50".parse::<GasMultiple>().unwrap().to_string(), "2.5");
    for wrong in ["", "-1", "x", "1e3", "1001", "0.1234567"] {
        assert!(wrong.parse::<GasMultiple>().is_err(), "{wrong}");
    }
}

#[test]
fn quantiles_are_within_their_bounds() {
    let mut distribution = Distribution::default();
    assert_eq!((distribution.quantile(500_000), distribution.most()), (0, 0));
    let mut values: Vec<u64> = (0..2_000_u64).map(|step| step * step * step * 977 + step).collect();
    values.push(u64::MAX);
    values.iter().for_each(|value| distribution.add(*value));
    for ppm in [1, 10_000, 250_000, 500_000, 900_000, 990_000, 1_000_000] {
        let rank = (values.len() * ppm as usize).div_ceil(1_000_000).max(1);
        let (exact, found) = (values[rank - 1], distribution.quantile(ppm));
        assert!(found >= exact && found - exact <= exact / 127, "{ppm}: {found} for {exact}");
    }
    assert_eq!((distribution.least(), distribution.most()), (0, u64::MAX));
    assert_eq!(distribution.count(), 2_001);
    assert_eq!(distribution.between(0, u64::MAX), 2_000);
}
