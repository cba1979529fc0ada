//! What is dearer is used no more, what is added makes nothing worse, and more brings more.

use std::sync::Arc;

use proptest::prelude::*;
use purser::network::{Network, Way};
use purser::solve::convert::{Split, solve};

use super::{Market, ways, with_fee};
use crate::solver::networks;

/// Base units that rounding may move.
const UNITS: u128 = 16;

fn sold(split: &Split, edge: usize) -> u128 {
    split.parts.iter().find(|part| part.edge == edge).map_or(0, |part| part.units)
}

fn out(split: &Split, edge: usize) -> u128 {
    split.parts.iter().find(|part| part.edge == edge).map_or(0, |part| part.out)
}

fn solved(network: &Network, amount: u128) -> Split {
    solve(network, &ways(network), amount).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// As long as the ways in use have room: beyond that one more unit takes the gas of one more way.
    #[test]
    fn more_brings_more(seed in any::<u64>(), pools in 0_usize..4, quotes in 1_usize..4, more in 1_u128..1_000_000) {
        let mut market = Market::new(seed, pools, quotes, 400_000);
        let quoted = market.amount.clone();
        market.amount = quoted.with_units(quoted.units() - 1_000_000 * 100_000);
        let network = market.network();
        let amount = market.amount.units();
        let (less, more) = (solved(&network, amount), solved(&network, amount + more));
        let room = less.parts.iter().all(|part| part.units + 2_000_000 < network.edges[part.edge].capacity);
        prop_assume!(room);
        prop_assert!(more.value.micros() + UNITS as i128 >= less.value.micros(), "{:?} {:?}", less, more);
    }

    #[test]
    fn dearer_gas_of_a_way_uses_it_no_more(
        seed in any::<u64>(), pools in 0_usize..4, quotes in 1_usize..4, which in any::<prop::sample::Index>(),
        dollars in 1_i128..20
    ) {
        let market = Market::new(seed, pools, quotes, 300_000);
        let mut network = market.network();
        let edges = ways(&network);
        let edge = edges[which.index(edges.len())];
        let amount = market.amount.units();
        let before = solved(&network, amount);
        let gas = network.edges[edge].gas;
        network.edges[edge].gas = purser::domain::Usd::from_micros(gas.micros() + dollars * 1_000_000);
        let after = solved(&network, amount);
        prop_assert!(
            sold(&after, edge) <= sold(&before, edge) + UNITS,
            "{} before, {} after", sold(&before, edge), sold(&after, edge)
        );
        prop_assert!(after.value <= before.value.saturating_add(purser::domain::Usd::from_micros(UNITS as i128)));
    }

    /// Less comes out of it; of what goes in more may be needed for that.
    #[test]
    fn a_dearer_pool_is_used_no_more(seed in any::<u64>(), quotes in 1_usize..4, more in 1_u32..3_000) {
        let mut market = Market::new(seed, 2, quotes, 300_000);
        // Gas is next to nothing: where it is not, dearer pools may change which others are worth theirs.
        market.gas(1);
        let before = solved(&market.network(), market.amount.units());
        let network = market.network();
        let is_v3 = |edge: &usize| matches!(&network.edges[*edge].way, Way::Swap(way) if way.fee < 3_000);
        let edge = ways(&network).into_iter().find(is_v3).unwrap();
        let Way::Swap(way) = &network.edges[edge].way else { unreachable!() };
        let (address, fee) = (way.pool.address, way.fee);
        let view = market.snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
        for pool in &mut view.pools {
            if pool.address == address {
                *pool = Arc::new(with_fee(pool, fee + more));
            }
        }
        let after = solved(&market.network(), market.amount.units());
        prop_assert!(
            out(&after, edge) <= out(&before, edge) + UNITS,
            "{} before, {} after", out(&before, edge), out(&after, edge)
        );
        prop_assert!(after.value.micros() <= before.value.micros() + UNITS as i128);
    }

    #[test]
    fn one_more_venue_makes_nothing_worse(
        seed in any::<u64>(), pools in 0_usize..5, quotes in 1_usize..4, rate in 990_000_u128..1_000_000
    ) {
        let mut market = Market::new(seed, pools, quotes, 300_000);
        let before = market.solved().unwrap();
        market.quoted(0x55, rate, 300_000_000_000_000);
        let after = market.solved().unwrap();
        prop_assert!(after.value.micros() + UNITS as i128 >= before.value.micros(), "{:?} {:?}", before, after);
    }
}
