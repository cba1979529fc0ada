//! A whole chain followed: memory against what real pools are, and plans replayed against what they do.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use alloy::primitives::aliases::I24;
use alloy::primitives::{Address, B256, U256, address};
use alloy::sol_types::SolCall;
use devnet::artifacts::Artifacts;
use devnet::{Asset, Chain, Devnet, Options};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use purser::chains::evm::announce::is_announcement;
use purser::chains::evm::{Announcements, EvmChain, Woken};
use purser::config::ChainConfig;
use purser::domain::ChainName;
use purser::domain::pool::{Pool, PoolState};
use purser::network::pool::{capacity, quote_exact_in, swap_exact_in};
use purser::observe::pools::{CHECK_EVERY, KEPT_BLOCKS, MAX_BEHIND, PoolTable, Update};
use purser::telemetry::Metrics;
use purser::venues::uniswap::PoolReader;
use serde_json::json;

use crate::uniswap::on_chain::{draw, noise, random_pool, read, size};

alloy::sol! {
    enum Kind { SwapV2, SwapV3, Mint, Burn, Flash, Sync }

    struct Step {
        Kind kind; address pool; bool zeroForOne; uint256 amount; uint256 out; int24 lower; int24 upper;
    }

    function run(Step[] steps) external returns (uint256[] bought);
}

const ACTOR: Address = address!("00000000000000000000000000000000000Ac708");

/// A position of the actor: pool, ticks, liquidity.
type Held = (usize, i32, i32, u128);

/// One chain of a local network with more pools, somebody who uses them, and the table that follows.
struct Scene {
    network: Devnet,
    config: ChainConfig,
    table: PoolTable,
    metrics: Metrics,
    runner: TestRunner,
    held: Vec<Held>,
}

impl Scene {
    async fn new(seed: u8) -> Self {
        let options = Options::default();
        let code = Artifacts::new(&options.npm_dir).deployed("PoolActor").unwrap();
        let network = Devnet::start(options).await.unwrap();
        let chain = network.chain("base");
        chain.rpc().call("anvil_setCode", json!([ACTOR, code])).await.unwrap();
        chain.set_native(chain.admin(), U256::ONE << 100).await.unwrap();
        for asset in [Asset::Usdc, Asset::Usdt, Asset::Weth] {
            chain.mint(asset, ACTOR, U256::ONE << if asset == Asset::Weth { 84 } else { 110 }).await.unwrap();
        }
        let mut runner = noise(seed);
        let info = chain.info().clone();
        let mut pools: Vec<_> = info
            .pools
            .iter()
            .map(|pool| (pool.kind == devnet::manifest::PoolKind::V2, pool.token0, pool.token1, pool.fee))
            .collect();
        for (tokens, fee) in [([info.usdc, info.usdt], (3_000, 60)), ([info.usdt, info.weth], (10_000, 200))]
        {
            let tokens = purser::venues::uniswap::address::ordered(tokens[0], tokens[1]);
            random_pool(chain, &mut runner, tokens, fee).await;
            pools.push((false, tokens[0], tokens[1], fee.0));
        }
        let symbol = |token: Address| match token {
            token if token == info.usdc => "USDC",
            token if token == info.usdt => "USDT",
            _ => "WETH",
        };
        let pools: Vec<_> = pools
            .into_iter()
            .map(|(is_pair, a, b, fee)| {
                json!({ "kind": if is_pair { "v2" } else { "v3" }, "assets": [symbol(b), symbol(a)], "fee": fee })
            })
            .collect();
        let config: ChainConfig = serde_json::from_value(json!({
            "chain_id": info.chain_id, "kind": info.kind, "rpc": info.rpc, "quorum": 2, "max_gas_usd": 5,
            "multicall3": info.multicall3,
            "tokens": {
                "USDC": { "address": info.usdc, "decimals": 6 },
                "USDT": { "address": info.usdt, "decimals": 6 },
                "WETH": { "address": info.weth, "decimals": 18 },
            },
            "uniswap": {
                "v2_factory": info.uniswap_v2_factory, "v3_factory": info.uniswap_v3_factory,
                "quoter_v2": info.quoter_v2, "swap_router02": info.swap_router02, "pools": pools,
            },
        }))
        .unwrap();
        let evm = EvmChain::new(ChainName::new("base"), &config).unwrap();
        let metrics = Metrics::new().unwrap();
        let table = PoolTable::new(evm, &config, metrics.clone()).unwrap();
        Self { network, config, table, metrics, runner, held: Vec::new() }
    }

    fn chain(&self) -> &Chain {
        self.network.chain("base")
    }

    fn count(&self) -> usize {
        self.table.pools().len()
    }

    fn pool(&self, index: usize) -> &Pool {
        self.table.pools()[index].as_deref().unwrap_or_else(|| panic!("{:?}", self.table.reason(index)))
    }

    /// A random thing to do to a pool as it is in memory; `None` where it makes no sense.
    fn random_step(&mut self, index: usize) -> Option<Step> {
        let pool = self.table.pools()[index].clone()?;
        let address = pool.address;
        let zero_for_one = draw(&mut self.runner, any::<bool>());
        let none = I24::ZERO;
        let blank = |kind, amount: u128| Step {
            kind,
            pool: address,
            zeroForOne: zero_for_one,
            amount: U256::from(amount),
            out: U256::ZERO,
            lower: none,
            upper: none,
        };
        let choice = draw(&mut self.runner, 0..10_u8);
        let Some(state) = pool.state.concentrated() else {
            if choice == 0 {
                return Some(blank(Kind::Sync, draw(&mut self.runner, 0..1_000_000_u128)));
            }
            let amount = size(&mut self.runner, 42);
            let out = quote_exact_in(&pool, zero_for_one, amount).ok()?.amount_out;
            return Some(Step { out: U256::from(out), ..blank(Kind::SwapV2, amount) });
        };
        let ticks = |lower: i32, upper: i32| (I24::try_from(lower).unwrap(), I24::try_from(upper).unwrap());
        match choice {
            0..=4 => {
                let amount = size(&mut self.runner, 75);
                quote_exact_in(&pool, zero_for_one, amount).ok()?;
                Some(blank(Kind::SwapV3, amount))
            }
            5..=7 => {
                let at = state.tick.div_euclid(state.tick_spacing);
                let reach = if choice == 5 { 400 } else { 12 };
                let from = at + draw(&mut self.runner, -reach..reach);
                let to = from + draw(&mut self.runner, 1..reach);
                let (from, to) = (from * state.tick_spacing, to * state.tick_spacing);
                let liquidity = size(&mut self.runner, 60);
                self.held.push((index, from, to, liquidity));
                let (lower, upper) = ticks(from, to);
                Some(Step { lower, upper, ..blank(Kind::Mint, liquidity) })
            }
            8 => {
                let place = self.held.iter().position(|(pool, ..)| *pool == index)?;
                let (_, from, to, liquidity) = self.held.swap_remove(place);
                // All of it, some of it, or only its fees.
                let gone = match draw(&mut self.runner, 0..3_u8) {
                    0 => liquidity,
                    1 => draw(&mut self.runner, 0..=liquidity),
                    _ => 0,
                };
                if gone < liquidity {
                    self.held.push((index, from, to, liquidity - gone));
                }
                let (lower, upper) = ticks(from, to);
                Some(Step { lower, upper, ..blank(Kind::Burn, gone) })
            }
            _ => (state.liquidity > 1 << 40).then(|| blank(Kind::Flash, 1_000_u128)),
        }
    }

    async fn act(&self, steps: Vec<Step>) {
        let chain = self.chain();
        chain.send(chain.admin(), ACTOR, &runCall { steps }).await.unwrap();
    }

    /// One block in which one thing happens to each of a few different pools; which pools.
    async fn random_block(&mut self) -> BTreeSet<usize> {
        let mut touched = BTreeSet::new();
        let mut steps = Vec::new();
        for _ in 0..draw(&mut self.runner, 1..6_usize) {
            let count = self.count();
            let index = draw(&mut self.runner, 0..count);
            if !touched.contains(&index)
                && let Some(step) = self.random_step(index)
            {
                touched.insert(index);
                steps.push(step);
            }
        }
        self.act(steps).await;
        touched
    }

    async fn follow(&mut self) -> Update {
        let update = self.table.follow().await.unwrap();
        self.table.usable().unwrap();
        assert_eq!(self.table.block(), Some(update.block));
        update
    }

    /// Every pool in memory is what the chain says, read anew by a reader that remembers nothing.
    async fn require_exact(&self) {
        let readers = PoolReader::all(&ChainName::new("base"), &self.config).unwrap();
        for (index, mut reader) in readers.into_iter().enumerate() {
            let (_, chain) = read(self.chain(), &mut reader).await;
            require_same(self.pool(index), &chain);
        }
    }
}

fn require_same(memory: &Pool, chain: &Pool) {
    let (Some(a), Some(b)) = (memory.state.concentrated(), chain.state.concentrated()) else {
        assert_eq!(memory, chain);
        return;
    };
    assert_eq!(memory.key(), chain.key());
    assert_eq!((a.sqrt_price_x96, a.tick, a.liquidity), (b.sqrt_price_x96, b.tick, b.liquidity));
    assert_eq!((a.fee, a.tick_spacing), (b.fee, b.tick_spacing));
    let known = a.known.0.max(b.known.0)..=a.known.1.min(b.known.1);
    assert!(known.contains(&a.tick) && known.clone().count() > 500, "{known:?}");
    let within = |ticks: &[(i32, i128)]| -> Vec<_> {
        ticks.iter().copied().filter(|(tick, _)| known.contains(tick)).collect()
    };
    assert_eq!(within(&a.ticks), within(&b.ticks), "{:?}", memory.key());
}

fn indices(update: &Update) -> BTreeSet<usize> {
    update.changed.iter().copied().collect()
}

#[tokio::test]
async fn memory_is_what_the_chain_is_after_every_block() {
    let mut scene = Scene::new(11).await;
    let first = scene.follow().await;
    assert!(first.resnapshot && first.changed.len() == scene.count());
    scene.require_exact().await;
    let mut moved = 0;
    for round in 0..60 {
        let touched = scene.random_block().await;
        let update = scene.follow().await;
        assert!(!update.resnapshot && update.taken_back == 0);
        let changed = indices(&update);
        // Whatever else changed is a pool of which other ticks were read.
        moved += changed.len();
        assert!(changed.iter().all(|index| touched.contains(index)), "{changed:?} of {touched:?}");
        if round % 3 == 0 {
            scene.require_exact().await;
        }
    }
    // Several blocks at once.
    let mut touched = BTreeSet::new();
    for _ in 0..4 {
        let block = scene.random_block().await;
        let fresh = block.iter().all(|index| !touched.contains(index));
        touched.extend(block);
        if !fresh {
            // What is in memory is behind, so the next step would be made from an old state.
            scene.follow().await;
            touched.clear();
        }
    }
    scene.follow().await;
    scene.require_exact().await;
    assert!(moved > 80, "{moved}");
    assert_eq!(scene.metrics.pool_mismatches.with_label_values(&["base"]).get(), 0);
    assert_eq!(scene.metrics.pool_snapshots.with_label_values(&["base"]).get(), 1);
    assert_eq!(scene.follow().await.changed, [0; 0], "nothing new");
}

#[tokio::test]
async fn reorganisations_are_taken_back() {
    let mut scene = Scene::new(12).await;
    scene.follow().await;
    for depth in [1_u64, 2, 5, 9] {
        for _ in 0..depth + 1 {
            scene.random_block().await;
            scene.follow().await;
        }
        let before = scene.table.block().unwrap();
        let keeps = depth == 2;
        scene.chain().reorg(depth, keeps).await.unwrap();
        if depth == 5 {
            // The other branch grows before it is seen.
            scene.chain().mine(3).await.unwrap();
        }
        scene.held.clear();
        let update = scene.follow().await;
        assert_eq!((update.taken_back, update.resnapshot), (depth, false));
        assert_ne!(update.block.hash, before.hash);
        scene.require_exact().await;
        scene.random_block().await;
        scene.follow().await;
        scene.require_exact().await;
    }
    let taken_back = scene.metrics.pool_blocks_taken_back.with_label_values(&["base"]).get();
    assert_eq!(taken_back, 1 + 2 + 5 + 9);
    assert_eq!(scene.metrics.pool_snapshots.with_label_values(&["base"]).get(), 1);

    // Deeper than what is kept: everything is read again. The deepest of the blocks has to be one that is
    // not the same without its transactions.
    scene.random_block().await;
    scene.follow().await;
    let times = (KEPT_BLOCKS as u64).div_ceil(MAX_BEHIND) + 1;
    for _ in 0..times {
        scene.chain().mine(MAX_BEHIND).await.unwrap();
        assert!(!scene.follow().await.resnapshot);
    }
    scene.chain().reorg(times * MAX_BEHIND + 1, false).await.unwrap();
    let update = scene.follow().await;
    assert!(update.resnapshot && update.changed.len() == scene.count());
    scene.require_exact().await;
}

#[tokio::test]
async fn new_blocks_are_announced_or_polled_for() {
    let mut scene = Scene::new(18).await;
    let name = ChainName::new("base");
    let long = Duration::from_secs(20);
    let url = scene.chain().rpc().url().replace("http://", "ws://");
    scene.config.ws = Some(serde_json::from_value(json!(url)).unwrap());
    let mut announced = Announcements::new(&name, &scene.config, long).unwrap();
    // Connecting takes a moment, and a block before it is not announced.
    let first = async {
        loop {
            scene.chain().mine(1).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let started = Instant::now();
    tokio::select! {
        woken = announced.next() => assert_eq!(woken, Woken::Announced),
        () = first => {}
    }
    for _ in 0..3 {
        scene.chain().mine(1).await.unwrap();
        assert_eq!(announced.next().await, Woken::Announced);
        scene.follow().await;
    }
    assert!(started.elapsed() < long);

    // Nobody there, and none configured: polled for.
    let short = Duration::from_millis(60);
    scene.config.ws = Some(serde_json::from_value(json!("ws://127.0.0.1:1")).unwrap());
    for _ in 0..2 {
        let mut polled = Announcements::new(&name, &scene.config, short).unwrap();
        let started = Instant::now();
        for _ in 0..2 {
            assert_eq!(polled.next().await, Woken::Polled);
        }
        assert!(started.elapsed() >= short * 2);
        scene.config.ws = None;
    }
    assert!(is_announcement(r#"{"jsonrpc":"2.0","method":"eth_subscription","params":{}}"#));
    assert!(!is_announcement(r#"{"jsonrpc":"2.0","id":1,"result":"0x1"}"#) && !is_announcement("x"));
}

/// The price runs to the end of the ticks that were read, and then past it in one block: others are read, and
/// the pool is there again in the same block.
#[tokio::test]
async fn a_price_that_runs_away_takes_the_ticks_along() {
    let mut scene = Scene::new(17).await;
    scene.follow().await;
    let index = (0..scene.count())
        .find(|index| scene.pool(*index).state.concentrated().is_some_and(|state| state.tick_spacing == 1))
        .unwrap();
    let swap = |pool: &Pool, amount: u128| Step {
        kind: Kind::SwapV3,
        pool: pool.address,
        zeroForOne: true,
        amount: U256::from(amount),
        out: U256::ZERO,
        lower: I24::ZERO,
        upper: I24::ZERO,
    };
    let known = |pool: &Pool| pool.state.concentrated().unwrap().known;
    let before = known(scene.pool(index));
    let most = capacity(scene.pool(index), true, u128::MAX >> 1);
    let step = swap(scene.pool(index), most);
    scene.act(vec![step]).await;
    let update = scene.follow().await;
    assert_eq!((update.changed.as_slice(), update.resnapshot), ([index].as_slice(), false));
    let after = known(scene.pool(index));
    assert!(after.1 < before.1 && after.0 < before.0, "{before:?} {after:?}");
    scene.require_exact().await;

    // Back to the middle, then beyond what is known within one block.
    let back = Step { zeroForOne: false, ..swap(scene.pool(index), most) };
    scene.act(vec![back]).await;
    scene.follow().await;
    scene.require_exact().await;
    let edge = capacity(scene.pool(index), true, u128::MAX >> 1);
    let (first, second) = (swap(scene.pool(index), edge), swap(scene.pool(index), edge / 50));
    scene.act(vec![first, second]).await;
    let tick = known(scene.pool(index)).0;
    let update = scene.follow().await;
    assert_eq!(update.changed, [index]);
    assert!(scene.pool(index).state.concentrated().unwrap().tick < tick);
    scene.require_exact().await;
    // Taken back, it is not what it was, but known: read again at the block before.
    scene.chain().reorg(1, false).await.unwrap();
    let update = scene.follow().await;
    assert_eq!((update.taken_back, update.resnapshot), (1, false));
    scene.require_exact().await;
    assert_eq!(scene.metrics.pool_mismatches.with_label_values(&["base"]).get(), 0);
}

#[tokio::test]
async fn a_gap_means_reading_everything_again() {
    let mut scene = Scene::new(13).await;
    scene.follow().await;
    scene.random_block().await;
    scene.chain().mine(MAX_BEHIND + 1).await.unwrap();
    let update = scene.follow().await;
    assert!(update.resnapshot && update.changed.len() == scene.count());
    scene.require_exact().await;
}

/// A pair whose reserves change without an event, which no pair does: the comparison finds it, the pool is
/// left out, and comes back as the chain has it.
#[tokio::test]
async fn what_memory_cannot_know_is_found_and_left_out() {
    let mut scene = Scene::new(14).await;
    scene.follow().await;
    let pair = (0..scene.count()).find(|index| scene.pool(*index).state.concentrated().is_none()).unwrap();
    let address = scene.pool(pair).address;
    let slot = B256::from(U256::from(8));
    let stored =
        scene.chain().rpc().call("eth_getStorageAt", json!([address, slot, "latest"])).await.unwrap();
    let stored: U256 = serde_json::from_value(stored).unwrap();
    let forged = B256::from(stored + U256::from(1_000));
    scene.chain().rpc().call("anvil_setStorageAt", json!([address, slot, forged])).await.unwrap();
    let mut left_out = 0;
    let rounds = u64::try_from(scene.count()).unwrap().div_ceil(4) + 1;
    for _ in 0..rounds * CHECK_EVERY {
        scene.chain().mine(1).await.unwrap();
        let update = scene.follow().await;
        if scene.table.pools()[pair].is_none() {
            left_out += 1;
            assert_eq!(update.changed, [pair]);
            assert!(scene.table.reason(pair).unwrap().contains("not what the chain has"));
        }
    }
    assert_eq!(left_out, 1, "left out of one block");
    assert_eq!(scene.metrics.pool_mismatches.with_label_values(&["base"]).get(), 1);
    scene.require_exact().await;
}

#[tokio::test]
async fn a_chain_that_cannot_be_read_is_not_usable_until_it_can() {
    let mut scene = Scene::new(15).await;
    assert!(scene.table.usable().is_err() && scene.table.block().is_none());
    assert!(scene.table.pools().iter().all(Option::is_none));
    scene.follow().await;
    let mut config = scene.config.clone();
    config.max_head_age_seconds = 0;
    let evm = EvmChain::new(ChainName::new("base"), &config).unwrap();
    let mut stale = PoolTable::new(evm, &config, scene.metrics.clone()).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let error = stale.follow().await.unwrap_err();
    assert!(stale.usable().unwrap_err().contains("s old"), "{error}");
    let mut nowhere = scene.config.clone();
    nowhere.rpc = serde_json::from_value(json!(["http://127.0.0.1:1", "http://127.0.0.1:2"])).unwrap();
    let evm = EvmChain::new(ChainName::new("base"), &nowhere).unwrap();
    let mut deaf = PoolTable::new(evm, &nowhere, scene.metrics.clone()).unwrap();
    deaf.follow().await.unwrap_err();
    assert!(deaf.usable().is_err());
    scene.table.usable().unwrap();
}

/// Plans of swaps over random pools, executed by the pools themselves: every amount, and every state after.
/// `PURSER_REPLAYED_SWAPS` sets how many.
#[tokio::test]
async fn plans_are_replayed_to_the_unit() {
    const AT_ONCE: usize = 400;
    let wanted = std::env::var("PURSER_REPLAYED_SWAPS").ok().map_or(100_000, |text| text.parse().unwrap());
    let mut scene = Scene::new(16).await;
    scene.follow().await;
    let (mut replayed, mut crossed, started) = (0, 0, Instant::now());
    for round in 0.. {
        if replayed >= wanted {
            break;
        }
        let mut states: Vec<PoolState> =
            (0..scene.count()).map(|index| scene.pool(index).state.clone()).collect();
        let mut steps = Vec::new();
        let mut expected = Vec::new();
        while steps.len() < AT_ONCE {
            let index = draw(&mut scene.runner, 0..states.len());
            let zero_for_one = draw(&mut scene.runner, any::<bool>());
            let pool = scene.pool(index).address;
            let is_pair = states[index].concentrated().is_none();
            let amount = size(&mut scene.runner, if is_pair { 42 } else { 66 });
            let Ok(quote) = swap_exact_in(&mut states[index], zero_for_one, amount) else { continue };
            crossed += u64::from(quote.ticks_crossed);
            expected.push(U256::from(quote.amount_out));
            steps.push(Step {
                kind: if is_pair { Kind::SwapV2 } else { Kind::SwapV3 },
                pool,
                zeroForOne: zero_for_one,
                amount: U256::from(amount),
                out: U256::from(quote.amount_out),
                lower: I24::ZERO,
                upper: I24::ZERO,
            });
        }
        replayed += steps.len();
        let call = runCall { steps };
        let chain = scene.chain();
        let data = chain.call_from(Some(chain.admin()), ACTOR, call.abi_encode().into()).await.unwrap();
        assert_eq!(runCall::abi_decode_returns(&data).unwrap(), expected);
        if round % 8 == 0 {
            chain.send(chain.admin(), ACTOR, &call).await.unwrap();
            scene.follow().await;
            for (index, state) in states.iter().enumerate() {
                let after = scene.pool(index);
                require_same(after, &Pool { state: state.clone(), ..after.clone() });
            }
        }
        // Prices and ticks that are not those of the start.
        if round % 3 == 0 {
            scene.random_block().await;
            scene.follow().await;
        }
    }
    println!("{replayed} swaps over {crossed} ticks in {:?}", started.elapsed());
    assert!(crossed > 300, "{crossed}");
}
