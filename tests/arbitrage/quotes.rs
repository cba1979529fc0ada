//! What an amount brings through all pools at once: as much as the closed form says where there is one, no less than any
//! single way, and no more than the bound.

use purser::solve::arbitrage::{Market, Pool, Quoter, Solver, Status};

use super::networks::network;

fn pair(tokens: [usize; 2], reserves: [f64; 2]) -> Pool {
    Pool { tokens, reserves, available: [f64::INFINITY; 2], keeps: 0.997, weight: 0.5 }
}

/// What one pool gives for `amount` of one of its tokens.
fn through(pool: &Pool, sold: usize, amount: f64) -> f64 {
    let side = usize::from(pool.tokens[1] == sold);
    let (held, other) = (pool.reserves[side], pool.reserves[1 - side]);
    let (mine, theirs) =
        if side == 0 { (pool.weight, 1.0 - pool.weight) } else { (1.0 - pool.weight, pool.weight) };
    let kept = held / (held + pool.keeps * amount);
    (other * (1.0 - kept.powf(mine / theirs))).min(pool.available[1 - side])
}

#[test]
fn one_pool_gives_what_its_curve_says() {
    let pool = pair([0, 1], [1_000_000.0, 2_000_000.0]);
    let mut quoter = Quoter::new(&[1.0, 1.0], &[pool], 0, 1).unwrap();
    for amount in [1.0, 500.0, 20_000.0, 300_000.0] {
        let quote = quoter.quote(amount).unwrap();
        let exact = through(&pool, 0, amount);
        assert_eq!(quote.answer.status, Status::Solved);
        assert!((quote.out - exact).abs() <= 1e-7 * exact, "{amount}: {quote:?}, {exact}");
        assert!(
            quote.bound >= exact * (1.0 - 1e-9) && quote.bound <= exact * (1.0 + 1e-5),
            "{amount}: {quote:?}"
        );
        assert!((quote.sold - amount).abs() <= 1e-9 * amount);
    }
    // The last of it would go for less than a quarter of the price.
    let quote = quoter.quote(50_000_000.0).unwrap();
    assert!(quote.sold < 1_100_000.0 && quote.sold > 900_000.0, "{quote:?}");
}

/// Two equal pools give what one of twice the depth gives; so do two ways over a third token.
#[test]
fn it_is_split_over_equal_ways() {
    let pools = [pair([0, 1], [1e6, 1e6]), pair([0, 1], [1e6, 1e6])];
    let twice = pair([0, 1], [2e6, 2e6]);
    let quote = Quoter::new(&[1.0; 2], &pools, 0, 1).unwrap().quote(100_000.0).unwrap();
    let exact = through(&twice, 0, 100_000.0);
    assert!((quote.out - exact).abs() <= 1e-7 * exact, "{quote:?} {exact}");
    let hops = [
        pair([0, 2], [1e6, 1e6]),
        pair([2, 1], [1e6, 1e6]),
        pair([0, 3], [1e6, 1e6]),
        pair([3, 1], [1e6, 1e6]),
    ];
    let quote = Quoter::new(&[1.0; 4], &hops, 0, 1).unwrap().quote(100_000.0).unwrap();
    let exact = 2.0 * through(&hops[1], 2, through(&hops[0], 0, 50_000.0));
    assert!((quote.out - exact).abs() <= 1e-6 * exact, "{quote:?} {exact}");
}

#[test]
fn what_is_no_amount_or_no_token_is_refused() {
    let pools = [pair([0, 1], [1e6, 1e6])];
    assert!(Quoter::new(&[1.0; 2], &pools, 0, 2).is_err());
    assert!(Quoter::new(&[1.0; 2], &pools, 0, 0).is_err());
    let mut quoter = Quoter::new(&[1.0; 2], &pools, 0, 1).unwrap();
    for amount in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(quoter.quote(amount).is_err(), "{amount}");
    }
    assert!(quoter.update(1, &pools[0]).is_err(), "the way is no pool");
    assert!(quoter.quote(1.0).is_ok());
}

/// On random networks of every kind: never less than the best single pool or the same amount split by hand, more for
/// more, and within the bound, from nothing as one after another.
#[test]
fn random_networks_are_quoted_within_their_bounds() {
    let (mut quoted, mut unproven) = (0, 0);
    for seed in 0..1_500 {
        let (values, pools) = network(seed);
        if pools.is_empty() {
            continue;
        }
        let [sold, bought] = pools[seed as usize % pools.len()].tokens;
        let market = Market::new(&values, &pools).unwrap();
        let prices = {
            let mut solver = Solver::new(&market);
            solver.solve(&market);
            solver.prices(&market)
        };
        let depth: f64 = pools
            .iter()
            .filter(|pool| pool.tokens.contains(&sold))
            .map(|pool| pool.reserves[usize::from(pool.tokens[1] == sold)])
            .fold(0.0, f64::max);
        let mut quoter = Quoter::new(&prices, &pools, sold, bought).unwrap();
        let mut before = 0.0;
        for part in [1e-4, 1e-3, 1e-2] {
            let amount = part * depth;
            let quote = quoter.quote(amount).unwrap();
            if quote.answer.status != Status::Solved {
                unproven += 1;
                continue;
            }
            quoted += 1;
            let ways =
                pools.iter().filter(|pool| pool.tokens.contains(&sold) && pool.tokens.contains(&bought));
            let best = ways.map(|pool| through(pool, sold, quote.sold)).fold(0.0, f64::max);
            let scale = quote.bound.max(best);
            assert!(quote.out >= best - 1e-6 * scale, "{seed}: {quote:?} {best}");
            assert!(quote.out <= quote.bound * (1.0 + 1e-9), "{seed}: {quote:?}");
            assert!(quote.out >= before - 1e-7 * scale, "{seed}: {quote:?} after {before}");
            before = quote.out;
        }
    }
    assert!(unproven <= quoted / 500, "{unproven} of {quoted}");
}
