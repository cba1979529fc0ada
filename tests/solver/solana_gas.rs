//! What transactions of Solana cost the network: fees and rents, those that come back and those that do not.

use purser::domain::snapshot::{ChainView, Gas, LamportFees, PriceView};
use purser::domain::{Amount, AssetId, ChainName, Price, Snapshot, Speed, Usd};
use purser::network::{self, Edge, Network, OpenRoutes, Way};

use super::networks;

const FEES: LamportFees = LamportFees {
    signature: 5_000,
    compute_price: 100_000,
    max_priority: 1_000_000,
    event_rent: 3_000_000,
    nonce_rent: 1_000_000,
    account_rent: 2_000_000,
};
const LAMPORTS: u128 = 1_000_000_000;

fn view(snapshot: &mut Snapshot) -> &mut ChainView {
    snapshot.chains.get_mut(&networks::chain(1)).unwrap().as_mut().unwrap()
}

/// Two chains, of which the second one is Solana: a SOL costs 100 dollars, ten lamports a millionth.
fn snapshot(fees: LamportFees) -> Snapshot {
    let (mut snapshot, _) = networks::instance(2, 2, 5);
    let sol = AssetId::new("SOL");
    let mut price: PriceView = snapshot.prices[&AssetId::new("ETH")].clone().unwrap();
    price.price = Price::from_pico(100_000_000_000_000).unwrap();
    snapshot.prices.insert(sol.clone(), Ok(price));
    snapshot.native_assets.insert(networks::chain(1), sol.clone());
    let view = view(&mut snapshot);
    view.native = Amount::new(sol, 9, LAMPORTS);
    view.gas = Gas::Solana(fees);
    snapshot
}

fn build(snapshot: &Snapshot) -> Network {
    let assets = (0..2).map(networks::asset).collect();
    network::build(snapshot, &assets, &networks::terms(), &OpenRoutes::default())
}

fn bridge<'a>(network: &'a Network, from: &ChainName) -> &'a Edge {
    let is = |edge: &&Edge| {
        network.position(edge.from).chain == *from
            && matches!(&edge.way, Way::Bridge(way) if way.speed == Speed::Standard)
    };
    network.edges.iter().find(is).unwrap()
}

fn out(snapshot: &Snapshot) -> Edge {
    bridge(&build(snapshot), &networks::chain(1)).clone()
}

fn back(snapshot: &Snapshot) -> Edge {
    bridge(&build(snapshot), &networks::chain(0)).clone()
}

fn micros(value: i128) -> Usd {
    Usd::from_micros(value)
}

#[test]
fn a_burn_needs_the_rent_of_its_event_but_does_not_cost_it() {
    let edge = out(&snapshot(FEES));
    // Two signatures, 150,000 compute units at a tenth of a lamport, and the rent. Nothing is approved.
    assert_eq!(edge.source_native, 10_000 + 15_000 + 3_000_000);
    let without = out(&snapshot(LamportFees { event_rent: 0, ..FEES }));
    assert_eq!((without.source_native, without.gas), (25_000, edge.gas));
    let free = out(&snapshot(LamportFees { signature: 0, compute_price: 0, ..FEES }));
    assert_eq!(edge.gas.checked_sub(free.gas), Some(micros(2_500)));
    assert_eq!(edge.destination_native, free.destination_native, "the other chain knows nothing of it");
}

#[test]
fn a_mint_costs_the_rent_of_its_nonce() {
    let edge = back(&snapshot(FEES));
    assert_eq!(edge.destination_native, 5_000 + 30_000 + 1_000_000);
    let without = back(&snapshot(LamportFees { nonce_rent: 0, ..FEES }));
    assert_eq!(without.destination_native, 35_000);
    assert_eq!(edge.gas.checked_sub(without.gas), Some(micros(100_000)));
}

#[test]
fn a_swap_is_one_transaction_without_rent() {
    let network = build(&snapshot(FEES));
    let here = |edge: &&Edge| {
        network.position(edge.from).chain == networks::chain(1) && matches!(&edge.way, Way::Swap(_))
    };
    let swaps: Vec<&Edge> = network.edges.iter().filter(here).collect();
    assert!(!swaps.is_empty());
    for edge in swaps {
        assert_eq!((edge.source_native, edge.destination_native), (5_000 + 40_000, 0));
        assert_eq!(edge.gas, micros(4_500));
    }
}

#[test]
fn the_priority_fee_is_capped_and_rounded_up() {
    let capped = out(&snapshot(LamportFees { compute_price: u64::MAX, ..FEES }));
    assert_eq!(capped.source_native, 10_000 + 1_000_000 + 3_000_000);
    let least = out(&snapshot(LamportFees { compute_price: 1, ..FEES }));
    assert_eq!(least.source_native, 10_000 + 1 + 3_000_000);
}

#[test]
fn coins_that_do_not_cover_the_rent_remove_the_way() {
    let mut poor = snapshot(FEES);
    let native = &mut view(&mut poor).native;
    *native = native.with_units(3_024_999);
    let network = build(&poor);
    let leaves = |edge: &Edge| {
        network.position(edge.from).chain == networks::chain(1) && matches!(&edge.way, Way::Bridge(_))
    };
    assert!(!network.edges.iter().any(leaves));
    assert!(network.removed.iter().any(|removed| removed.reason.contains("not enough native coin")));
    let native = &mut view(&mut poor).native;
    *native = native.with_units(3_025_000);
    assert_eq!(out(&poor).source_native, 3_025_000);
    // Without a price of the coin nothing there has a price.
    poor.prices.insert(AssetId::new("SOL"), Err("stale".to_owned()));
    assert!(!build(&poor).edges.iter().any(|edge| matches!(&edge.way, Way::Bridge(_))));
}
