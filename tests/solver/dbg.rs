use super::networks;
use purser::network;
use purser::solve::rebalance as solver;
use purser::strategies::rebalance::{bands, decide};
#[test]
fn dbg() {
    let c: usize = std::env::var("C").unwrap().parse().unwrap();
    let a: usize = std::env::var("A").unwrap().parse().unwrap();
    let seed: u64 = std::env::var("S").unwrap().parse().unwrap();
    let (snapshot, goal) = networks::instance(c, a, seed);
    let net = network::build(&snapshot, &goal.assets, &goal.terms, &goal.open);
    let b = bands(&net, &goal).unwrap();
    for (n, b) in net.nodes.iter().zip(&b) {
        println!("{:>14} value {:>14} band {} .. {}", n.position.to_string(), n.value.to_string(), b.low, b.high);
    }
    let flow = solver::solve(&net, &b, &goal.terms, &goal.effort).unwrap();
    println!("value {} bound {} gap {}", flow.value, flow.bound, flow.gap());
    for (e, x) in &flow.sent {
        println!("  {} {x} fixed {}", net.edges[*e].route(&net), net.edges[*e].fixed());
    }
    let d = decide(&snapshot, &goal);
    println!("{:#?}", d.record.outcome);
    println!("{:?}", d.record.certificate);
    println!("{:?}", d.record.shadow_prices);
    for x in &d.record.alternatives { println!("   alt {} : {}", x.route, x.reason); }
    if let Some(p) = d.plan { for s in p.steps { println!("{} {} {:?}", s.route(), s.spends(), s.cost()); } }
}
