//! Small networks whose optimum is found by trying everything.

use purser::domain::{Position, Snapshot};
use purser::strategies::rebalance::Goal;

use super::bound::{solved, worth};
use super::networks::{self, Random, UNIT};

/// Three chains, one asset, no fees: all corners of the problem are multiples of 1 % of the inventory.
fn gridded(seed: u64) -> (Snapshot, Goal) {
    let mut random = Random(seed);
    let (mut snapshot, _) = networks::instance(3, 1, seed);
    let total = 100_000_u128;
    let mut parts = [0_u128; 3];
    for _ in 0..100 {
        parts[random.below(3) as usize] += total / 100;
    }
    if random.below(2) == 0 {
        let (from, to) = (random.below(3) as usize, random.below(3) as usize);
        parts[to] += std::mem::take(&mut parts[from]);
    }
    if let Some(Ok(price)) = snapshot.prices.get_mut(&networks::asset(0)) {
        price.price = purser::domain::Price::from_pico(1_000_000_000_000).unwrap();
    }
    for (place, part) in parts.into_iter().enumerate() {
        let view = snapshot.chains.get_mut(&networks::chain(place)).unwrap().as_mut().unwrap();
        let balance = view.balances.get_mut(&networks::asset(0)).unwrap();
        balance.on_chain = networks::usd(part * UNIT, 0);
        super::gas(view).base_fee *= 1 + u128::from(random.below(200));
    }
    for tier in snapshot.bridges.iter_mut().flatten().flat_map(|view| &mut view.tiers) {
        tier.fee_ppm = 0;
        tier.expected_seconds = 8 + random.below(2_000);
    }
    let mut weights = [10_000_u32; 3];
    for _ in 0..97 {
        weights[random.below(3) as usize] += 10_000;
    }
    let position = |place: usize| Position::new(networks::chain(place), networks::asset(0));
    let targets = weights.into_iter().enumerate().map(|(place, weight)| (position(place), weight));
    let mut terms = networks::terms();
    terms.max_cost_share_ppm = [500, 2_000, 20_000][random.below(3) as usize];
    (snapshot, Goal::new(targets, 20_000, 10_000, terms).unwrap())
}

#[test]
fn the_optimum_of_three_chains_is_the_one_found_by_trying_everything() {
    for seed in 0..25 {
        let (snapshot, goal) = gridded(seed);
        let (network, bands, flow) = solved(&snapshot, &goal);
        let step = 1_000 * UNIT;
        let stock = |edge: usize| network.nodes[network.edges[edge].from].available.units() / step;
        let mut best = 0.0_f64;
        for one in 0..network.edges.len() {
            for first in 1..=stock(one) {
                best = best.max(worth(&network, &bands, &goal, &[(one, first * step)]));
            }
            for two in one + 1..network.edges.len() {
                let (a, b) = (&network.edges[one], &network.edges[two]);
                // Slower twins of the same pair and relays cannot be better than one of the two alone.
                if (a.from, a.to) == (b.from, b.to) || a.to == b.from || b.to == a.from {
                    continue;
                }
                for first in 1..=stock(one) {
                    let left = if a.from == b.from { stock(two) - first } else { stock(two) };
                    for second in 1..=left {
                        let sent = [(one, first * step), (two, second * step)];
                        best = best.max(worth(&network, &bands, &goal, &sent));
                    }
                }
            }
        }
        let slack = 1e-6 * (1.0 + best) + 1e-5;
        assert!(flow.value >= best - slack, "seed {seed}: {} below {best}", flow.value);
        assert!(
            flow.sent.len() > 2 || flow.value <= best + slack,
            "seed {seed}: {} above {best}",
            flow.value
        );
        assert!(flow.bound >= best - 1e-9, "seed {seed}: bound {} below {best}", flow.bound);
    }
}

/// One chain, two assets: the best swap of one direction, found on a fine grid of exact quotes.
#[test]
fn the_best_swap_is_the_one_found_on_a_fine_grid() {
    let mut moved = 0;
    for seed in 0..20 {
        let (mut snapshot, _) = networks::instance(1, 2, seed);
        let mut random = Random(seed + 77);
        let view = snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
        super::gas(view).base_fee = 1_000_000_000;
        for (index, units) in [(0, 20_000 + u128::from(random.below(900_000))), (1, 1_000)] {
            let balance = view.balances.get_mut(&networks::asset(index)).unwrap();
            balance.on_chain = networks::usd(units * UNIT, index);
        }
        view.pools = vec![match seed % 2 {
            0 => networks::v2_pool(0, 1, &mut random).into(),
            _ => networks::v3_pool(0, 1, &mut random).into(),
        }];
        let position = |index: usize| Position::new(networks::chain(0), networks::asset(index));
        let mut terms = networks::terms();
        terms.max_cost_share_ppm = 8_000;
        terms.pool_share_ppm = 500_000;
        let goal = Goal::new([(position(0), 500_000), (position(1), 500_000)], 20_000, 5_000, terms).unwrap();
        let (network, bands, flow) = solved(&snapshot, &goal);
        let edge =
            network.edges.iter().position(|edge| network.position(edge.from).asset == networks::asset(0));
        let edge = edge.unwrap();
        let most =
            network.nodes[network.edges[edge].from].available.units().min(network.edges[edge].capacity);
        // What the pool cannot take, or gives nothing for, is no flow.
        let quoted = |units: u128| units == 0 || network.edges[edge].arrives(units).is_ok();
        let value = |units: u128| match quoted(units) {
            true => worth(&network, &bands, &goal, &[(edge, units)]),
            false => f64::NEG_INFINITY,
        };
        let coarse =
            (0..=2_000_u128).map(|at| most / 2_000 * at).max_by(|a, b| value(*a).total_cmp(&value(*b)));
        let (mut low, mut high) =
            (coarse.unwrap().saturating_sub(most / 2_000), (coarse.unwrap() + most / 2_000).min(most));
        while high - low > 2 {
            let third = (high - low) / 3;
            if value(low + third) < value(high - third) { low += third } else { high -= third }
        }
        let best = value(low).max(value(high)).max(0.0);
        let slack = 1e-6 * (1.0 + best) + 1e-4;
        assert!((flow.value - best).abs() <= slack, "seed {seed}: {} against {best}", flow.value);
        assert!(
            flow.bound >= best - 1e-6 && flow.gap() <= 1e-3 * (1.0 + best),
            "seed {seed}: gap {}",
            flow.gap()
        );
        moved += usize::from(!flow.sent.is_empty());
    }
    assert!(moved > 5, "only {moved} instances swap at all");
}

#[test]
fn nothing_moves_where_every_way_costs_too_much_and_the_same_moves_when_it_does_not() {
    for cheap in [false, true] {
        let (mut snapshot, mut goal) = gridded(4);
        goal.terms.max_cost_share_ppm = 20_000;
        for tier in snapshot.bridges.iter_mut().flatten().flat_map(|view| &mut view.tiers) {
            tier.fee_ppm = if cheap { 100 } else { 20_000 };
        }
        let (_, _, flow) = solved(&snapshot, &goal);
        assert_eq!(flow.sent.is_empty(), !cheap);
        assert_eq!(flow.bound > 0.0, cheap, "the bound says it too: {}", flow.bound);
    }
}

#[test]
fn money_that_cannot_be_spent_is_not_moved() {
    for (reserved, moves) in [(0, true), (100_000, false)] {
        let (mut snapshot, goal) = gridded(7);
        for place in 0..3 {
            let view = snapshot.chains.get_mut(&networks::chain(place)).unwrap().as_mut().unwrap();
            let balance = view.balances.get_mut(&networks::asset(0)).unwrap();
            let promised = balance.on_chain.units().min(reserved * UNIT);
            balance.reserved = networks::usd(promised, 0);
            // What is promised comes back: the inventory stays the same, only nothing can be spent.
            balance.in_flight = networks::usd(promised, 0);
        }
        let (_, _, flow) = solved(&snapshot, &goal);
        assert_eq!(!flow.sent.is_empty(), moves);
    }
}
