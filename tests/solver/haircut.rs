//! What a venue gave less than was quoted is taken off what its pools would give.

use alloy::primitives::Address;
use proptest::prelude::*;
use purser::domain::{Step, Venue, Wallets};
use purser::network::{self, Edge, Network, OpenRoutes, Way, pool};
use purser::solve::rebalance::price_step;

use super::networks::{self, UNIT};

/// A network whose concentrated pools have given `ppm` millionths less.
fn network(ppm: u32) -> (Network, network::Terms) {
    let (mut snapshot, goal) = networks::instance(2, 2, 7);
    snapshot.haircuts.insert(Venue::UniswapV3, ppm);
    (network::build(&snapshot, &goal.assets, &goal.terms, &OpenRoutes::default()), goal.terms)
}

fn swap_of(network: &Network, venue: Venue) -> (&Edge, u128) {
    let of = |edge: &&Edge| matches!(&edge.way, Way::Swap(way) if way.venue == venue);
    let edge = network.edges.iter().find(of).unwrap();
    let Way::Swap(way) = &edge.way else { unreachable!() };
    let exact = pool::quote_exact_in(&way.pool, way.zero_for_one, 100 * UNIT).unwrap();
    (edge, exact.amount_out)
}

/// Of its own venue alone, and rounded down.
#[test]
fn it_is_taken_off_the_exact_quote() {
    let (network, _) = network(2_500);
    let (edge, exact) = swap_of(&network, Venue::UniswapV3);
    assert_eq!(edge.arrives(100 * UNIT), Ok(exact * 997_500 / 1_000_000));
    let (edge, exact) = swap_of(&network, Venue::UniswapV2);
    assert_eq!(edge.arrives(100 * UNIT), Ok(exact));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The least that is accepted is counted from the quote itself: a haircut never lowers it.
    #[test]
    fn it_does_not_widen_the_slippage(haircut in 0_u32..=5_000, slippage in 0_u32..=10_000) {
        let (network, terms) = network(haircut);
        let terms = network::Terms { slippage_ppm: slippage, ..terms };
        let (edge, exact) = swap_of(&network, Venue::UniswapV3);
        let wallets = Wallets::evm(Address::repeat_byte(0x11));
        let priced = price_step(&network, edge, 100 * UNIT, &terms, &wallets).unwrap();
        let Step::Swap(step) = priced.step else { panic!("no swap") };
        prop_assert_eq!(step.haircut_ppm, haircut);
        let least = (exact * u128::from(1_000_000 - slippage)).div_ceil(1_000_000);
        // The haircut rounds the quote down to a whole unit first.
        prop_assert!(step.min_out.units() + 1 >= least.min(step.quoted_out.units()), "{step:?} of {exact}");
        prop_assert!(step.min_out.units() <= step.quoted_out.units());
        prop_assert!(step.min_out.units() <= least, "{step:?} of {exact}");
    }
}
