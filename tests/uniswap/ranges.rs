//! V3 against closed forms and invariants.

use alloy::primitives::{U256, Uint};
use proptest::prelude::*;
use purser::domain::pool::Pool;
use purser::network::pool::tick::{MAX_TICK, MIN_SQRT_RATIO, MIN_TICK};
use purser::network::pool::{Quote, QuoteError, capacity, quote_exact_in, sample, spot_rate};

use super::model::{Range, price_at, state, state_mut, v3};

type Wide = Uint<1024, 16>;

/// A stablecoin-like pool: prices near one, positions of several widths around it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    fee: u32,
    spacing: i32,
    tick: i32,
    part: u32,
    ranges: Vec<Range>,
}

impl Case {
    pub(super) fn pool(&self) -> Pool {
        v3(self.fee, self.spacing, price_at(self.tick, self.part), &self.ranges)
    }

    /// The pool after its price moved, its liquidity counted anew from the positions.
    fn moved(&self, quote: &Quote) -> Pool {
        v3(self.fee, self.spacing, quote.sqrt_price_after.unwrap(), &self.ranges)
    }
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let tier = prop::sample::select(vec![(100, 1), (500, 10), (3_000, 60), (10_000, 200)]);
    (tier, -2_000..2_000_i32, any::<u32>()).prop_flat_map(|((fee, spacing), tick, part)| {
        let at = tick.div_euclid(spacing);
        let range = (-40..40_i32, 1..300_i32, 20..70_u32).prop_map(move |(from, width, bits)| {
            ((at + from) * spacing, (at + from + width) * spacing, (1_u128 << bits) + 12_345)
        });
        // One wide position everywhere, so that there is always something to trade with.
        let base = ((at - 2_000) * spacing, (at + 2_000) * spacing, 1_u128 << 45);
        prop::collection::vec(range, 0..8).prop_map(move |mut ranges| {
            ranges.push((
                base.0.max(MIN_TICK / spacing * spacing),
                base.1.min(MAX_TICK / spacing * spacing),
                base.2,
            ));
            Case { fee, spacing, tick, part, ranges }
        })
    })
}

pub(super) fn size() -> impl Strategy<Value = u128> {
    (1..62_u32, any::<u128>()).prop_map(|(bits, noise)| (noise >> (128 - bits)).max(1))
}

fn out(pool: &Pool, zero_for_one: bool, size: u128) -> Option<Quote> {
    quote_exact_in(pool, zero_for_one, size).ok()
}

/// Room for the rounding of every stop of a swap: two units in each of two quotes.
const SLACK: u128 = 2_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Within one position the curve is (x + L/√p)(y + L√p) = L²; the quote is never above it and
    /// below it only by rounding.
    #[test]
    fn one_range_follows_the_hyperbola(
        fee in prop::sample::select(vec![100_u32, 500, 3_000, 10_000]),
        tick in -200_000..200_000_i32, part: u32, bits in 60..100_u32, zero_for_one: bool, share in 1..1_000_u64,
    ) {
        let liquidity = (1_u128 << bits) + 987_654_321;
        let spacing = 60;
        let at = tick.div_euclid(spacing) * spacing;
        let pool = v3(fee, spacing, price_at(tick, part), &[(at - 60_000, at + 60_000, liquidity)]);
        let price = Wide::from(state(&pool).sqrt_price_x96);
        let (unit, l) = (Wide::ONE << 96, Wide::from(liquidity));
        // Up to a tenth of the virtual reserve of the token sold.
        let reserve = if zero_for_one { l * unit / price } else { l * price / unit };
        let size = u128::try_from(reserve * Wide::from(share) / Wide::from(10_000)).unwrap();
        prop_assume!(size > 1_000);
        let kept = Wide::from(size) * Wide::from(1_000_000 - fee) / Wide::from(1_000_000);
        // What is bought is virtual_out·kept/(virtual_in + kept).
        let exact = if zero_for_one {
            l * price * price * kept / (unit * (l * unit + kept * price))
        } else {
            l * unit * unit * kept / (price * (l * price + kept * unit))
        };
        let exact = u128::try_from(exact).unwrap();
        let quote = quote_exact_in(&pool, zero_for_one, size).unwrap();
        prop_assert!(quote.amount_out <= exact);
        // At every stop less than one unit is lost of the price (Q64.96), the output, and twice of the
        // input; a unit of input is worth the price in output. A stop is every 256 usable ticks.
        let (price_grain, rate) = if zero_for_one {
            (l / unit, price * price / (unit * unit))
        } else {
            (l * unit / (price * price), unit * unit / (price * price))
        };
        let per_stop = price_grain + Wide::from(2) * rate + Wide::from(6);
        prop_assert!(Wide::from(exact - quote.amount_out) <= per_stop * Wide::from(3));
        prop_assert_eq!(quote.ticks_crossed, 0);
    }

    #[test]
    fn more_in_gives_more_out_at_a_falling_rate(case in case(), size in size(), zero_for_one: bool) {
        let pool = case.pool();
        let quotes = [size, 2 * size, 3 * size].map(|size| out(&pool, zero_for_one, size));
        let [Some(once), Some(twice), Some(thrice)] = quotes.map(|quote| quote.map(|quote| quote.amount_out)) else {
            return Err(TestCaseError::reject("larger than the pool"));
        };
        prop_assert!(once <= twice && twice <= thrice);
        prop_assert!(twice - once + SLACK >= thrice - twice);
        let (numerator, denominator) = spot_rate(&pool, zero_for_one).unwrap();
        prop_assert!(Wide::from(thrice) * Wide::from(denominator) <= Wide::from(3 * size) * Wide::from(numerator));
    }

    #[test]
    fn there_and_back_never_profits(case in case(), size in size(), zero_for_one: bool) {
        let Some(quote) = out(&case.pool(), zero_for_one, size) else {
            return Err(TestCaseError::reject("larger than the pool"));
        };
        prop_assume!(quote.amount_out > 0);
        let back = out(&case.moved(&quote), !zero_for_one, quote.amount_out);
        prop_assert!(back.is_none_or(|back| back.amount_out <= size));
    }

    /// Swapping in two transactions costs at most rounding and never gains.
    #[test]
    fn two_parts_equal_one(case in case(), size in size(), zero_for_one: bool) {
        let pool = case.pool();
        prop_assume!(size > 1);
        let (Some(whole), Some(first)) = (out(&pool, zero_for_one, size), out(&pool, zero_for_one, size / 2)) else {
            return Err(TestCaseError::reject("larger than the pool"));
        };
        let second = out(&case.moved(&first), zero_for_one, size - size / 2);
        let parts = first.amount_out + second.map_or(0, |quote| quote.amount_out);
        prop_assert!(parts <= whole.amount_out + 2);
    }

    /// Knowing less of the pool gives the same answer or none.
    #[test]
    fn a_narrow_view_never_answers_differently(
        case in case(), size in size(), zero_for_one: bool, below in 0..600_i32, above in 0..600_i32,
    ) {
        let full = case.pool();
        let mut narrow = full.clone();
        let state = state_mut(&mut narrow);
        state.known = (state.tick - below, state.tick + above);
        let known = state.known;
        state.ticks.retain(|(tick, _)| (known.0..=known.1).contains(tick));
        match quote_exact_in(&narrow, zero_for_one, size) {
            Ok(quote) => prop_assert_eq!(Ok(quote), quote_exact_in(&full, zero_for_one, size)),
            Err(QuoteError::BeyondKnownTicks { low, high, absorbed }) => {
                prop_assert_eq!((low, high), known);
                prop_assert!(absorbed <= size);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn capacity_is_the_last_size_that_quotes(case in case(), zero_for_one: bool, below in 1..600_i32) {
        let mut pool = case.pool();
        let state = state_mut(&mut pool);
        let known = (state.tick - below, state.tick + below);
        state.known = known;
        state.ticks.retain(|(tick, _)| (known.0..=known.1).contains(tick));
        let most = capacity(&pool, zero_for_one, u128::MAX >> 1);
        prop_assert!(most == 0 || quote_exact_in(&pool, zero_for_one, most).is_ok());
        let more = quote_exact_in(&pool, zero_for_one, most + 1);
        prop_assert!(matches!(more, Err(QuoteError::BeyondKnownTicks { .. })), "{:?}", more);
        let samples = sample(&pool, zero_for_one, u128::MAX >> 1, 7);
        prop_assert!(samples.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
        for (size, bought) in samples {
            prop_assert_eq!(quote_exact_in(&pool, zero_for_one, size).unwrap().amount_out, bought);
        }
    }
}

#[test]
fn the_rate_at_extreme_prices_is_never_understated() {
    for tick in [MIN_TICK + 10, -600_000, -250_000, 0, 250_000, 600_000, MAX_TICK - 10] {
        let pool = v3(500, 1, price_at(tick, 77), &[(MIN_TICK, MAX_TICK, 1 << 80)]);
        let price = Wide::from(state(&pool).sqrt_price_x96);
        let (kept, million) = (Wide::from(999_500), Wide::from(1_000_000));
        for (zero_for_one, exact) in [
            (true, (price * price * kept, (Wide::ONE << 192) * million)),
            (false, ((Wide::ONE << 192) * kept, price * price * million)),
        ] {
            let (numerator, denominator) = spot_rate(&pool, zero_for_one).unwrap();
            let (given, true_rate) = (Wide::from(numerator) * exact.1, exact.0 * Wide::from(denominator));
            assert!(given >= true_rate, "{tick}");
            // By no more than 2⁻¹⁰⁰ of itself.
            assert!((given - true_rate) << 100 <= true_rate, "{tick}");
        }
    }
}

#[test]
fn ends_of_the_pool() {
    let price = price_at(0, 0);
    let pool = v3(3_000, 60, price, &[(-600, 600, 1 << 60)]);
    // Beyond the last position nothing is left to buy: the price runs to the end of all prices.
    let Err(QuoteError::PartialFill { absorbed }) = quote_exact_in(&pool, true, u128::MAX >> 1) else {
        panic!()
    };
    let quote = quote_exact_in(&pool, true, absorbed).unwrap();
    assert_eq!(quote.ticks_crossed, 1);
    assert!(matches!(quote_exact_in(&pool, true, absorbed + 1), Err(QuoteError::PartialFill { .. })));
    assert!(matches!(quote_exact_in(&pool, false, u128::MAX >> 1), Err(QuoteError::PartialFill { .. })));
    assert_eq!(capacity(&pool, true, u128::MAX), absorbed);
    assert_eq!(quote_exact_in(&pool, true, 0), Err(QuoteError::ZeroInput));
    let empty = v3(3_000, 60, price, &[(600, 1_200, 1 << 60)]);
    assert_eq!(spot_rate(&empty, true), Err(QuoteError::NoLiquidity));
    // A gap is walked through to the liquidity behind it.
    assert!(quote_exact_in(&empty, false, 1_000_000).unwrap().amount_out > 0);
}

#[test]
fn contradictory_states_are_refused() {
    let sound = v3(3_000, 60, price_at(0, 5), &[(-600, 600, 1 << 60)]);
    let break_with = |change: fn(&mut purser::domain::pool::V3State)| {
        let mut pool = sound.clone();
        change(state_mut(&mut pool));
        assert_eq!(quote_exact_in(&pool, true, 1 << 70).unwrap_err(), QuoteError::Inconsistent);
    };
    break_with(|state| state.sqrt_price_x96 = MIN_SQRT_RATIO - U256::ONE);
    break_with(|state| state.sqrt_price_x96 = U256::MAX);
    break_with(|state| state.tick = MIN_TICK - 1);
    break_with(|state| state.fee = 1_000_000);
    break_with(|state| state.tick_spacing = 0);
    // Liquidity would become negative at the lower tick.
    break_with(|state| state.liquidity -= 1);
    // The tick is not near the price.
    break_with(|state| state.tick = 900);
}
