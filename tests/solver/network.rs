//! What is not known is not a way.

use std::collections::BTreeMap;

use purser::domain::{AssetId, Position, Snapshot, Speed, Usd};
use purser::network::{self, Network, OpenRoutes, Terms, Way};

use super::networks::{self, UNIT};

fn build(snapshot: &Snapshot, terms: &Terms, open: &OpenRoutes) -> Network {
    let assets = (0..2).map(networks::asset).collect();
    network::build(snapshot, &assets, terms, open)
}

fn plain() -> (Snapshot, Terms) {
    let (snapshot, goal) = networks::instance(3, 2, 5);
    (snapshot, goal.terms)
}

fn bridges(network: &Network, speed: Speed) -> usize {
    network.edges.iter().filter(|edge| matches!(&edge.way, Way::Bridge(way) if way.speed == speed)).count()
}

fn swaps(network: &Network) -> usize {
    network.edges.iter().filter(|edge| matches!(&edge.way, Way::Swap(_))).count()
}

fn says(network: &Network, route: &str, words: &str) -> bool {
    network.removed.iter().any(|removed| removed.route.contains(route) && removed.reason.contains(words))
}

#[test]
fn a_whole_snapshot_gives_every_way() {
    let (snapshot, terms) = plain();
    let network = build(&snapshot, &terms, &OpenRoutes::default());
    assert_eq!(network.nodes.len(), 6);
    assert_eq!((bridges(&network, Speed::Fast), bridges(&network, Speed::Standard)), (6, 6));
    assert_eq!(swaps(&network), 12);
    assert_eq!(network.removed, []);
    assert_eq!(network.budgets.len(), 1, "the fast allowance is one number");
    for edge in &network.edges {
        assert!(edge.fixed() > Usd::ZERO, "{} is free", edge.route(&network));
    }
}

#[test]
fn a_missing_allowance_fee_limit_gas_price_or_native_coin_removes_the_way() {
    let (good, terms) = plain();
    let open = OpenRoutes::default();

    let mut snapshot = good.clone();
    for view in snapshot.bridges.iter_mut().flatten() {
        view.tiers[0].allowance = None;
    }
    let network = build(&snapshot, &terms, &open);
    assert_eq!((bridges(&network, Speed::Fast), bridges(&network, Speed::Standard)), (0, 6));
    assert!(says(&network, "cctp-fast", "allowance is not known"));

    let mut snapshot = good.clone();
    snapshot.bridges[0] = Err("Iris did not answer".to_owned());
    let network = build(&snapshot, &terms, &open);
    assert_eq!(bridges(&network, Speed::Fast), 5);
    assert!(says(&network, "cctp", "Iris did not answer"));

    let mut snapshot = good.clone();
    snapshot.bridges.iter_mut().flatten().for_each(|view| view.burn_limit = 0);
    let network = build(&snapshot, &terms, &open);
    assert_eq!(bridges(&network, Speed::Standard), 0);

    let mut snapshot = good.clone();
    snapshot.prices.insert(AssetId::new("ETH"), Err("sources disagree".to_owned()));
    let network = build(&snapshot, &terms, &open);
    assert_eq!(network.edges.len(), 0);
    assert!(
        says(&network, "cctp-standard", "sources disagree")
            && says(&network, "uniswap-v3", "sources disagree")
    );

    let mut snapshot = good.clone();
    snapshot.native_assets = BTreeMap::new();
    assert_eq!(build(&snapshot, &terms, &open).edges.len(), 0);

    let mut snapshot = good.clone();
    let view = snapshot.chains.get_mut(&networks::chain(1)).unwrap().as_mut().unwrap();
    let gas = super::gas(view);
    (gas.base_fee, gas.priority_fee) = (0, 0);
    let network = build(&snapshot, &terms, &open);
    assert_eq!((bridges(&network, Speed::Fast), swaps(&network)), (2, 8));
    assert!(says(&network, "chain01", "reads zero"));

    let mut snapshot = good.clone();
    let view = snapshot.chains.get_mut(&networks::chain(1)).unwrap().as_mut().unwrap();
    view.native = view.native.with_units(1_000);
    let network = build(&snapshot, &terms, &open);
    assert_eq!((bridges(&network, Speed::Fast), swaps(&network)), (2, 8));
    assert!(says(&network, "chain01", "not enough native coin"));

    let mut snapshot = good;
    snapshot.prices.insert(networks::asset(1), Err("stale".to_owned()));
    let network = build(&snapshot, &terms, &open);
    assert_eq!((network.nodes.len(), swaps(&network)), (3, 0));
    assert!(says(&network, "USD1 on chain00", "stale"));
}

#[test]
fn open_routes_count_against_the_most_in_flight() {
    let (snapshot, terms) = plain();
    let route = (networks::chain(0), networks::chain(1));
    let pool = snapshot.chains[&networks::chain(0)].as_ref().unwrap().pools[0].address;
    let mut open = OpenRoutes::default();
    open.bridges.insert(route.clone(), terms.max_in_flight - 1);
    open.pools.insert((networks::chain(0), pool.into()));
    let network = build(&snapshot, &terms, &open);
    assert_eq!(swaps(&network), 10);
    let left = network.edges.iter().find_map(|edge| match &edge.way {
        Way::Bridge(way)
            if network.position(edge.from).chain == route.0 && network.position(edge.to).chain == route.1 =>
        {
            Some(way.flights)
        }
        Way::Bridge(_) | Way::Swap(_) | Way::Quoted(_) => None,
    });
    assert_eq!(left, Some(1));
    open.bridges.insert(route, terms.max_in_flight);
    let network = build(&snapshot, &terms, &open);
    assert_eq!(bridges(&network, Speed::Fast), 5);
    assert!(says(&network, "chain00→chain01", "in flight on this route"));
}

#[test]
fn inventory_is_on_chain_plus_in_flight_minus_reserved() {
    let (mut snapshot, terms) = plain();
    let balances = &mut snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap().balances;
    let balance = balances.get_mut(&networks::asset(0)).unwrap();
    balance.on_chain = networks::usd(100 * UNIT, 0);
    balance.reserved = networks::usd(30 * UNIT, 0);
    balance.in_flight = networks::usd(50 * UNIT, 0);
    let network = build(&snapshot, &terms, &OpenRoutes::default());
    let node = network.node_of(&Position::new(networks::chain(0), networks::asset(0))).unwrap();
    assert_eq!(network.nodes[node].inventory, networks::usd(120 * UNIT, 0));
    assert_eq!(network.nodes[node].available, networks::usd(70 * UNIT, 0));
}

#[test]
fn fees_are_rounded_up_and_never_below_the_contracts_minimum() {
    let (mut snapshot, terms) = plain();
    for view in snapshot.bridges.iter_mut().flatten() {
        view.tiers[0].fee_ppm = 130;
        view.min_fee = 5_000;
    }
    let network = build(&snapshot, &terms, &OpenRoutes::default());
    for edge in &network.edges {
        let Way::Bridge(way) = &edge.way else { continue };
        // 5,000 / 10,000,000 is 500 ppm, above both tiers.
        assert_eq!(way.fee(1_000_001), Some(501));
        assert_eq!(edge.arrives(1_000_001), Ok(999_500));
        assert_eq!(way.max_fee(1_000_001, 100_000), Some(501));
        assert_eq!(way.fee(1), Some(1));
        assert_eq!(way.fee(u128::MAX), None);
    }
    let way = purser::network::BridgeWay {
        speed: Speed::Fast,
        fee_ppm: 130,
        min_fee: 0,
        seconds: 8,
        chunk: u128::MAX,
        flights: 1,
        budget: None,
    };
    assert_eq!((way.fee(1_000_000), way.max_fee(1_000_000, 100_000)), (Some(130), Some(143)));
    assert_eq!((way.fee(7_693), way.max_fee(7_693, 100_000)), (Some(2), Some(3)));
}
