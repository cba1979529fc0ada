//! Solving again after a block changed some pools.

use purser::solve::arbitrage::{Market, MarketError, Solver, Status};

use super::{instance, solved};

/// What is found from the prices of before is what is found from nothing.
#[test]
fn warm_is_as_good_as_cold() {
    for name in ["product_1000", "mixed_100", "neareq_1000"] {
        let mut instance = instance(name);
        let mut market = Market::new(&instance.values, &instance.pools).unwrap();
        let mut solver = Solver::new(&market);
        solver.solve(&market);
        for block in 0..5 {
            for index in (block..instance.pools.len()).step_by(50) {
                let pool = &mut instance.pools[index];
                let factor = 1.0 + 0.004 * ((index * 7919 + block * 104_729) % 100) as f64 / 100.0;
                pool.reserves = [pool.reserves[0] * factor, pool.reserves[1] / factor];
                market.update(index, pool).unwrap();
            }
            let warm = solver.solve(&market);
            let (_, _, cold) = solved(&instance.values, &instance.pools);
            assert_eq!((warm.status, cold.status), (Status::Solved, Status::Solved), "{warm:?} {cold:?}");
            let apart = (warm.objective - cold.objective).abs();
            assert!(apart <= 1e-9 * cold.bound, "{name}: {warm:?} is not {cold:?}");
        }
    }
}

#[test]
fn a_pool_that_cannot_be_changes_nothing() {
    let instance = instance("product_10");
    let mut market = Market::new(&instance.values, &instance.pools).unwrap();
    let mut solver = Solver::new(&market);
    let before = solver.solve(&market);
    let mut pool = instance.pools[3];
    for reserve in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        pool.reserves[0] = reserve;
        let error = market.update(3, &pool).unwrap_err();
        assert!(matches!(error, MarketError::Number { pool: 3, what: "a reserve of", .. }), "{error}");
    }
    assert_eq!(solver.solve(&market).objective, before.objective);
}
