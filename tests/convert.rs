//! Best execution of one sale: the split, its proof, and what a decision says about it.

mod best;
mod haircut;
mod monotone;
mod refusals;
mod strategy;

use alloy::primitives::Address;
use purser::domain::pool::{Pool, PoolState};
use purser::domain::price::Rounding;
use purser::domain::snapshot::GasPrice;
use purser::domain::{Amount, QuoteView, Snapshot, Venue};
use purser::network::{self, Network, OpenRoutes, Way};
use purser::solve::convert::{ConvertError, Split, solve};
use purser::strategies::convert::{Goal, Request};
use std::sync::Arc;

use crate::solver::networks::{self, Random, UNIT};

/// One chain where USD1 is sold for USDC: a pair and a concentrated pool, `pools` more of either kind, and
/// `quotes` venues that were asked about ten sizes of `amount`.
struct Market {
    snapshot: Snapshot,
    amount: Amount,
}

impl Market {
    fn new(seed: u64, pools: usize, quotes: usize, dollars: u128) -> Self {
        let mut random = Random(seed);
        let (mut snapshot, _) = networks::instance(1, 2, seed);
        let amount = networks::usd(dollars * UNIT, 1);
        let view = snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
        view.balances.get_mut(&networks::asset(1)).unwrap().on_chain = amount.clone();
        for extra in 0..pools {
            let pool = match extra % 2 {
                0 => networks::v3_pool(0, 1, &mut random),
                _ => networks::v2_pool(0, 1, &mut random),
            };
            view.pools.push(Arc::new(Pool { address: Address::repeat_byte(0x60 + extra as u8), ..pool }));
        }
        let mut market = Self { snapshot, amount };
        for extra in 0..quotes {
            let rate = 1_000_000 - u128::from(random.below(1_500));
            let depth = dollars * UNIT * (100 + u128::from(random.below(3_000)));
            market.quoted(0x40 + extra as u8, rate, depth);
        }
        market
    }

    /// Adds a venue that gives `rate` millionths for little and less by the part of `depth` that is sold.
    fn quoted(&mut self, router: u8, rate: u128, depth: u128) {
        let most = self.amount.units();
        let out = |sold: u128| sold * rate / 1_000_000 - sold * sold / depth;
        let samples = (1..=10).map(|tenth| most * tenth / 10).map(|sold| (sold, out(sold))).collect();
        self.snapshot.quotes.push(Ok(QuoteView {
            chain: networks::chain(0),
            venue: Venue::OneInch,
            router: Address::repeat_byte(router).into(),
            from: networks::asset(1),
            to: networks::asset(0),
            taken_at: self.snapshot.taken_at,
            samples,
            refused: Vec::new(),
            slippage_ppm: 1_000,
        }));
    }

    /// Sets what gas costs, in wei.
    fn gas(&mut self, wei: u128) {
        let view = self.snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
        view.gas = GasPrice { base_fee: wei, priority_fee: 0, l1_fee: 0 }.into();
    }

    fn goal(&self) -> Goal {
        let request = Request {
            chain: networks::chain(0),
            amount: self.amount.clone(),
            to: networks::asset(0),
            slippage_ppm: None,
        };
        Goal::new(request, Default::default(), networks::terms(), 10_000, OpenRoutes::default())
    }

    fn network(&self) -> Network {
        let assets = [networks::asset(0), networks::asset(1)].into();
        network::build(&self.snapshot, &assets, &networks::terms(), &OpenRoutes::default())
    }

    fn solved(&self) -> Result<Split, ConvertError> {
        let network = self.network();
        solve(&network, &ways(&network), self.amount.units())
    }
}

/// Edges that sell USD1 for USDC.
fn ways(network: &Network) -> Vec<usize> {
    let sells = |index: &usize| {
        let edge = &network.edges[*index];
        network.position(edge.from).asset == networks::asset(1)
            && matches!(edge.way, Way::Swap(_) | Way::Quoted(_))
    };
    (0..network.edges.len()).filter(sells).collect()
}

/// What exactly these parts are worth after gas, in micro-dollars; `None` where one has no quote.
fn worth(network: &Network, parts: &[(usize, u128)]) -> Option<i128> {
    let mut out = 0;
    let mut gas = 0;
    for &(index, units) in parts.iter().filter(|(_, units)| *units > 0) {
        let edge = &network.edges[index];
        out += edge.arrives(units).ok().filter(|_| units <= edge.capacity)?;
        gas += edge.fixed().micros();
    }
    let to = network.edges[parts[0].0].to;
    Some(network.nodes[to].value_of(out, Rounding::Down)?.micros() - gas)
}

/// Changes the fee of a concentrated pool.
fn with_fee(pool: &Pool, fee: u32) -> Pool {
    let mut pool = pool.clone();
    if let PoolState::V3(state) = &mut pool.state {
        state.fee = fee;
    }
    pool
}
