//! Certificates and properties of flows on random networks.

use proptest::prelude::*;
use purser::domain::{Snapshot, Step, Usd};
use purser::network::{self, Network, Way};
use purser::solve::rebalance::{self as solver, Band, Flow};
use purser::strategies::rebalance::{Goal, bands, decide};

use super::networks::{self, Random};

pub(super) fn solved(snapshot: &Snapshot, goal: &Goal) -> (Network, Vec<Band>, Flow) {
    let network = network::build(snapshot, &goal.assets, &goal.terms, &goal.open);
    let bands = bands(&network, goal).unwrap();
    let flow = solver::solve(&network, &bands, &goal.terms, &goal.effort).unwrap();
    (network, bands, flow)
}

/// The objective of `sent` from scratch: λ·(z₀ − z₁) − costs, gains quoted exactly.
pub(super) fn worth(network: &Network, bands: &[Band], goal: &Goal, sent: &[(usize, u128)]) -> f64 {
    let dollars = |usd: Usd| usd.micros() as f64 / 1e6;
    let value = |node: usize, units: u128| {
        let node = &network.nodes[node];
        units as f64 * node.price.pico() as f64 / 10_f64.powi(12 + i32::from(node.inventory.decimals()))
    };
    let mut held: Vec<f64> = network.nodes.iter().map(|node| dollars(node.value)).collect();
    let misallocated = |held: &[f64]| {
        let sums = held.iter().zip(bands).fold((0.0, 0.0), |(excess, short), (held, band)| {
            (excess + (held - dollars(band.high)).max(0.0), short + (dollars(band.low) - held).max(0.0))
        });
        f64::max(sums.0, sums.1)
    };
    let before = misallocated(&held);
    let mut cost = 0.0;
    for &(index, units) in sent.iter().filter(|(_, units)| *units > 0) {
        let edge = &network.edges[index];
        let out = value(edge.from, units);
        let arrives = value(edge.to, edge.arrives(units).unwrap()).min(out);
        let transfers = match &edge.way {
            Way::Bridge(way) => units.div_ceil(way.chunk) as f64,
            Way::Swap(_) | Way::Quoted(_) => 1.0,
        };
        cost += dollars(edge.fixed()) * transfers + edge.capital_atto as f64 / 1e18 * out + (out - arrives);
        held[edge.from] -= out;
        held[edge.to] += arrives;
    }
    let share = f64::from(goal.terms.cost_share_ppm()) / 1e6;
    share * (before - misallocated(&held)) - cost
}

pub(super) fn units(network: &Network, flow: &Flow) -> Vec<(usize, u128)> {
    let units = |&(edge, sent): &(usize, f64)| {
        let node = &network.nodes[network.edges[edge].from];
        let price = node.price.pico() as f64 / 10_f64.powi(12 + i32::from(node.inventory.decimals()));
        (edge, (sent / price) as u128)
    };
    flow.sent.iter().map(units).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_bound_is_above_the_value_and_above_any_other_flow(seed in any::<u32>(), assets in 1_usize..4) {
        let (mut snapshot, goal) = networks::instance(3, assets, u64::from(seed));
        snapshot.haircuts = crate::solver::haircuts(&mut Random(u64::from(seed)));
        let (network, bands, flow) = solved(&snapshot, &goal);
        prop_assert!(flow.value >= 0.0);
        prop_assert!(flow.bound >= flow.value - 1e-9 * (1.0 + flow.value));
        let exact = worth(&network, &bands, &goal, &units(&network, &flow));
        // Chords promise no more than exact quotes give, up to base units; the bound stands above both.
        prop_assert!(exact >= flow.value - 1e-6 * (1.0 + flow.value), "{exact} {}", flow.value);
        prop_assert!(exact <= flow.bound + 1e-6 * (1.0 + flow.bound), "{exact} {}", flow.bound);
        // Random flows, feasible or clipped to be: none may beat the bound.
        let mut random = Random(u64::from(seed) ^ 0xabcd);
        for _ in 0..200 {
            let mut sent = units(&network, &flow);
            for _ in 0..1 + random.below(4) {
                let edge = random.below(network.edges.len() as u64) as usize;
                sent.retain(|(other, _)| *other != edge);
                let most = network.nodes[network.edges[edge].from].available.units();
                sent.push((edge, u128::from(random.next()) % (most + 1)));
            }
            if random.below(2) == 0 && !sent.is_empty() {
                sent.swap_remove(random.below(sent.len() as u64) as usize);
            }
            if feasible(&network, &sent) {
                let value = worth(&network, &bands, &goal, &sent);
                prop_assert!(value <= flow.bound + 1e-6 * (1.0 + flow.bound), "{value} {}", flow.bound);
            }
        }
    }

    #[test]
    fn plans_conserve_value_stay_in_their_means_and_cost_at_most_their_share(
        seed in any::<u32>(), chains in 2_usize..6, assets in 1_usize..4,
    ) {
        let (snapshot, goal) = networks::instance(chains, assets, u64::from(seed));
        let decision = decide(&snapshot, &goal);
        prop_assert_eq!(&decision, &decide(&snapshot, &goal));
        let Some(plan) = decision.plan else { return Ok(()) };
        prop_assert!(plan.certificate.value > Usd::ZERO);
        prop_assert!(plan.certificate.bound >= plan.certificate.value);
        let mut spent = std::collections::BTreeMap::new();
        for step in &plan.steps {
            let amount = step.spends();
            *spent.entry((step.source_chain().clone(), amount.asset().clone())).or_insert(0) += amount.units();
            let price = snapshot.price(amount.asset()).unwrap();
            let value = price.value(amount, purser::domain::price::Rounding::Up).unwrap();
            prop_assert!(value >= goal.terms.min_transfer);
            let cost = step.cost();
            for part in [cost.fee, cost.gas, cost.slippage, cost.time] {
                prop_assert!(part >= Usd::ZERO);
            }
            prop_assert!(cost.total().micros() * 1_000_000 <= value.micros() * i128::from(goal.terms.cost_share_ppm()));
            match step {
                Step::Bridge(step) => prop_assert!(step.max_fee.units() < step.amount.units()),
                Step::Swap(step) => {
                    let least = step.quoted_out.units() * (1_000_000 - u128::from(goal.terms.slippage_ppm));
                    prop_assert!(step.min_out.units() * 1_000_000 >= least);
                    prop_assert!(step.min_out.units() <= step.quoted_out.units());
                }
                Step::Route(step) => prop_assert!(false, "a rebalance has no routes: {:?}", step),
            }
        }
        for ((chain, asset), units) in spent {
            let balance = &snapshot.chains[&chain].as_ref().unwrap().balances[&asset];
            prop_assert!(units <= balance.on_chain.units() - balance.reserved.units());
        }
    }

    #[test]
    fn a_dearer_way_is_never_used_more(seed in any::<u32>(), raise in 1_u32..5_000) {
        let (mut snapshot, goal) = networks::instance(3, 1, u64::from(seed));
        let (network, _, before) = solved(&snapshot, &goal);
        let Some(&(used, sent)) = before.sent.first() else { return Ok(()) };
        let Way::Bridge(way) = &network.edges[used].way else { return Ok(()) };
        let (from, to) = (network.position(network.edges[used].from), network.position(network.edges[used].to));
        for view in snapshot.bridges.iter_mut().flatten() {
            if view.from == from.chain && view.to == to.chain {
                for tier in view.tiers.iter_mut().filter(|tier| tier.speed == way.speed) {
                    tier.fee_ppm += raise;
                }
            }
        }
        let (_, _, after) = solved(&snapshot, &goal);
        let now = after.sent.iter().find(|(edge, _)| *edge == used).map_or(0.0, |(_, sent)| *sent);
        // Each answer may be worth less than the best one by its gap, and no more.
        let spare = (before.gap() + after.gap()) / (f64::from(raise) / 1e6);
        let most = sent * (1.0 + 1e-6 + f64::from(raise) / 1e6) + spare;
        prop_assert!(now <= most, "{sent} became {now}, more than {most}");
        prop_assert!(after.value <= before.bound + 1e-6 * (1.0 + before.value));
    }
}

/// Whether every node can pay what leaves it, bridges not out of what bridges bring.
fn feasible(network: &Network, sent: &[(usize, u128)]) -> bool {
    let nodes = network.nodes.len();
    let (mut left, mut bridged) = (vec![0_u128; nodes], vec![0_u128; nodes]);
    let (mut came, mut swapped) = (vec![0_u128; nodes], vec![0_u128; nodes]);
    for &(index, units) in sent.iter().filter(|(_, units)| *units > 0) {
        let edge = &network.edges[index];
        let Ok(arrives) = edge.arrives(units) else { return false };
        if units > edge.capacity {
            return false;
        }
        left[edge.from] += units;
        came[edge.to] += arrives;
        match edge.way {
            Way::Bridge(_) => bridged[edge.from] += units,
            Way::Swap(_) | Way::Quoted(_) => swapped[edge.to] += arrives,
        }
    }
    (0..nodes).all(|node| {
        let here = network.nodes[node].available.units();
        left[node] <= here + came[node] && bridged[node] <= here + swapped[node]
    })
}
