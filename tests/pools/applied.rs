//! What events make of a state, and which of them it refuses.

use std::sync::Arc;

use alloy::primitives::U256;
use proptest::prelude::*;
use purser::domain::pool::{PoolState, V2State, V3State};
use purser::network::pool::event::{Contradiction, PoolEvent, apply};
use purser::network::pool::tick::sqrt_ratio_at_tick;
use purser::network::pool::{QuoteError, quote_exact_in, swap_exact_in};

use crate::uniswap::model::{Range, price_at, state, v2, v3};

const RANGES: [Range; 3] = [(-100, 100, 5 << 60), (-10, 30, 1 << 62), (-400, 400, 1 << 40)];

/// A pool in memory: its state, and the gross liquidity of its ticks.
fn pool(ranges: &[Range], tick: i32) -> (PoolState, Arc<Vec<u128>>) {
    let pool = v3(500, 10, price_at(tick, 9), ranges);
    let gross = state(&pool).ticks.iter().map(|(at, _)| {
        ranges.iter().filter(|(lower, upper, _)| lower == at || upper == at).map(|(_, _, all)| all).sum()
    });
    let gross = Arc::new(gross.collect());
    (pool.state, gross)
}

fn provided(range: &Range, sign: i128) -> PoolEvent {
    let (lower, upper, liquidity) = *range;
    PoolEvent::Provided { lower, upper, delta: sign * i128::try_from(liquidity).unwrap() }
}

proptest! {
    /// Positions that come one by one, in any order, and some that go again, are the pool they make.
    #[test]
    fn positions_add_up(
        ranges in prop::collection::vec((-60_i32..60, 1_i32..40, 1_u128..1 << 90), 1..12),
        gone in prop::collection::vec((-60_i32..60, 1_i32..40, 1_u128..1 << 90), 0..6),
        tick in -700_i32..700,
    ) {
        let ticks = |(from, width, liquidity): &(i32, i32, u128)| (from * 10, (from + width) * 10, *liquidity);
        let ranges: Vec<Range> = ranges.iter().map(ticks).collect();
        let gone: Vec<Range> = gone.iter().map(ticks).collect();
        let (mut made, mut gross) = pool(&[], tick);
        for range in gone.iter().chain(&ranges) {
            apply(&mut made, &mut gross, &provided(range, 1)).unwrap();
        }
        for range in &gone {
            apply(&mut made, &mut gross, &provided(range, -1)).unwrap();
        }
        prop_assert_eq!((made, gross), pool(&ranges, tick));
    }

    /// A swap's event is what a swap in memory does, wherever it ends.
    #[test]
    fn a_swap_and_its_event_agree(size in 1_u128..1 << 66, zero_for_one: bool) {
        let (before, mut gross) = pool(&RANGES, 3);
        let mut after = before.clone();
        match swap_exact_in(&mut after, zero_for_one, size) {
            Ok(_) => {
                let end = after.concentrated().unwrap();
                let event = PoolEvent::Swapped {
                    sqrt_price_x96: end.sqrt_price_x96, tick: end.tick, liquidity: end.liquidity,
                };
                let mut told = before.clone();
                apply(&mut told, &mut gross, &event).unwrap();
                prop_assert_eq!(told, after);
            }
            Err(error) => {
                let is_partial = matches!(error, QuoteError::PartialFill { .. });
                prop_assert!(is_partial, "{}", error);
                prop_assert_eq!(after, before);
            }
        }
    }

    /// A fork's fee is taken out of what a pair gets, and the pair keeps all of it.
    #[test]
    fn pairs_of_forks_take_their_fee(
        reserves in prop::array::uniform2(1_000_u128..1 << 100), fee in 1_u32..999_999,
        size in 1_u128..1 << 100, zero_for_one: bool,
    ) {
        let mut pool = v2(reserves[0], reserves[1]);
        pool.state = PoolState::V2(V2State { reserves, fee });
        let Ok(quote) = quote_exact_in(&pool, zero_for_one, size) else { return Ok(()) };
        let (sold, bought) = if zero_for_one { (0, 1) } else { (1, 0) };
        // The pair's own condition, in its own units: x·y does not shrink after the fee, and would with one more.
        let holds = |out: u128| {
            let million = U256::from(1_000_000);
            let paid = (U256::from(reserves[sold]) + U256::from(size)) * million - U256::from(size) * U256::from(fee);
            let left = U256::from(reserves[bought] - out);
            paid.checked_mul(left).unwrap() >= U256::from(reserves[0]) * U256::from(reserves[1]) * million
        };
        prop_assert!(holds(quote.amount_out));
        prop_assert!(quote.amount_out + 1 > reserves[bought] || !holds(quote.amount_out + 1));
        prop_assert_eq!(swap_exact_in(&mut pool.state, zero_for_one, size), Ok(quote));
        let mut expected = reserves;
        expected[sold] += size;
        expected[bought] -= quote.amount_out;
        prop_assert_eq!(pool.state, PoolState::V2(V2State { reserves: expected, fee }));
    }
}

/// A tick where as much begins as ends is still one: swaps stop there.
#[test]
fn a_tick_without_net_liquidity_stays_while_it_has_any() {
    let (mut made, mut gross) = pool(&[(-20, 20, 100)], 0);
    apply(&mut made, &mut gross, &provided(&(20, 40, 100), 1)).unwrap();
    assert_eq!(made.concentrated().unwrap().ticks, [(-20, 100), (20, 0), (40, -100)]);
    assert_eq!(*gross, [100, 200, 100]);
    apply(&mut made, &mut gross, &provided(&(20, 40, 100), -1)).unwrap();
    apply(&mut made, &mut gross, &provided(&(-20, 20, 100), -1)).unwrap();
    assert_eq!((made.concentrated().unwrap().ticks.len(), gross.len()), (0, 0));
    assert_eq!(made.concentrated().unwrap().liquidity, 0);
}

#[test]
fn ticks_that_were_not_read_stay_unknown() {
    let (mut made, mut gross) = pool(&RANGES, 3);
    made.concentrated_mut().unwrap().known = (-200, 200);
    let state = made.concentrated_mut().unwrap();
    state.ticks.retain(|(tick, _)| (-200..=200).contains(tick));
    let all = Arc::make_mut(&mut gross);
    all.remove(0);
    all.pop();
    let liquidity = state.liquidity;
    apply(&mut made, &mut gross, &provided(&(-300, 50, 11), 1)).unwrap();
    let state = made.concentrated().unwrap();
    assert_eq!(state.liquidity, liquidity + 11);
    assert_eq!(state.ticks.iter().find(|(tick, _)| *tick == 50), Some(&(50, -11)));
    assert!(state.ticks.iter().all(|(tick, _)| *tick != -300));
    let price = sqrt_ratio_at_tick(250).unwrap();
    let gone = PoolEvent::Swapped { sqrt_price_x96: price, tick: 250, liquidity: 5 };
    assert_eq!(apply(&mut made, &mut gross, &gone), Err(Contradiction::BeyondKnownTicks));
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |event: PoolEvent| {
        let (mut made, mut gross) = pool(&RANGES, 3);
        apply(&mut made, &mut gross, &event).unwrap_err()
    };
    let swapped = |change: fn(&mut V3State)| {
        let (mut made, _) = pool(&RANGES, 3);
        change(made.concentrated_mut().unwrap());
        let V3State { sqrt_price_x96, tick, liquidity, .. } = *made.concentrated().unwrap();
        PoolEvent::Swapped { sqrt_price_x96, tick, liquidity }
    };
    assert_eq!(refused(swapped(|state| state.liquidity += 1)), Contradiction::Memory);
    assert_eq!(refused(swapped(|state| state.tick = 100)), Contradiction::Memory);
    assert_eq!(refused(swapped(|state| state.tick = 900_000)), Contradiction::Range);
    assert_eq!(refused(swapped(|state| state.sqrt_price_x96 = U256::ONE)), Contradiction::Range);
    assert_eq!(refused(provided(&(10, 10, 1), 1)), Contradiction::Range);
    assert_eq!(refused(provided(&(5, 20, 1), 1)), Contradiction::Range);
    assert_eq!(refused(provided(&(-900_000, 20, 1), 1)), Contradiction::Range);
    assert_eq!(refused(provided(&(40, 50, 1), -1)), Contradiction::Memory);
    assert_eq!(refused(provided(&(-100, 100, 6 << 60), -1)), Contradiction::Memory);
    assert_eq!(refused(PoolEvent::Initialised), Contradiction::Foreign);
    assert_eq!(refused(PoolEvent::Reserves([1, 1])), Contradiction::Foreign);
    assert_eq!(refused(PoolEvent::ProtocolFees([1, 1])), Contradiction::Foreign);

    let (mut pair, mut gross) = (v2(5, 7).state, Arc::default());
    assert_eq!(apply(&mut pair, &mut gross, &swapped(|_| ())), Err(Contradiction::Foreign));
    assert_eq!(apply(&mut pair, &mut gross, &PoolEvent::Reserves([1 << 112, 1])), Err(Contradiction::Range));
    apply(&mut pair, &mut gross, &PoolEvent::Reserves([8, 0])).unwrap();
    assert_eq!(pair, PoolState::V2(V2State { reserves: [8, 0], fee: 3_000 }));
}
