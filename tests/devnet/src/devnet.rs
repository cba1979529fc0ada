//! The whole network: chains, servers and proxies, wired together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy::primitives::{Address, B256, U256, b256};
use alloy::signers::local::PrivateKeySigner;
use serde_json::json;

use crate::artifacts::Artifacts;
use crate::chain::{Asset, Chain};
use crate::control::{Control, ControlConfig};
use crate::deploy::{Balance, CHAINS, Plan, Spec, deploy};
use crate::error::Error;
use crate::iris::{Iris, IrisConfig, SourceChain, attesters};
use crate::manifest::{self, Manifest, Wallet};
use crate::node::{Node, NodeConfig};
use crate::oneinch::{KEY, OneInch};
use crate::prices::{PriceHandle, PriceSettings, Prices, Source};
use crate::proxy::{Proxy, ProxyHandle, ProxySettings};
use crate::rpc::Rpc;
use crate::solana::{self, Process, Solana, SolanaChain};

/// The key of the wallet that holds the starting balances. It is public, and
/// worth nothing outside the local network.
pub const WALLET_KEY: B256 = b256!("70757273657270757273657270757273657270757273657270757273657270aa");

/// Blocks before anything happens, so that a `finalized` block with all the
/// contracts exists from the start.
const FIRST_BLOCKS: u64 = 24;

/// How to start the network.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seconds between blocks; `None` makes one block per transaction.
    pub block_time: Option<f64>,
    /// `finalized` is twice this many blocks behind the head.
    pub slots_in_an_epoch: u64,
    /// RPC proxies per chain.
    pub providers_per_chain: usize,
    /// Where `node_modules` and `artifacts` are.
    pub npm_dir: PathBuf,
    /// What every holder starts with, and the wallet of a Solana chain that is spawned.
    pub balances: Vec<Balance>,
    /// The wallet's private key.
    pub wallet_key: B256,
    /// Further accounts that get the same balances.
    pub also_fund: Vec<Address>,
    /// The Solana chain; where there is one, CCTP leads there too.
    pub solana: Solana,
    /// Uniswap V4, a fork of V2, more pools, and somebody who trades in them. Not by default: it
    /// makes the start and every block slower.
    pub arbitrage: bool,
}

impl Default for Options {
    fn default() -> Self {
        let dollars = |whole: u64| U256::from(whole) * U256::from(1_000_000u64);
        let balance = |chain: &str, asset, amount| Balance { chain: chain.to_owned(), asset, amount };
        let mut balances = vec![
            balance("ethereum", Asset::Usdc, dollars(1_000_000)),
            balance("base", Asset::Usdc, dollars(200_000)),
            balance("base", Asset::Usdt, dollars(150_000)),
            balance("arbitrum", Asset::Usdc, dollars(50_000)),
        ];
        for spec in CHAINS {
            balances.push(balance(spec.name, Asset::Native, U256::from(10_000_000_000_000_000_000u64)));
        }
        for (asset, amount) in [
            (Asset::Usdc, dollars(100_000)),
            (Asset::Usdt, dollars(50_000)),
            (Asset::Native, U256::from(100_000_000_000u64)),
        ] {
            balances.push(balance(solana::NAME, asset, amount));
        }
        Self {
            block_time: None,
            slots_in_an_epoch: 2,
            providers_per_chain: 2,
            npm_dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            balances,
            wallet_key: WALLET_KEY,
            also_fund: Vec::new(),
            solana: Solana::None,
            arbitrage: false,
        }
    }
}

/// A running network. Everything in it ends when it is dropped.
pub struct Devnet {
    /// Where everything is.
    pub manifest: Manifest,
    /// Iris.
    pub iris: Iris,
    /// 1inch.
    pub oneinch: OneInch,
    /// The price servers.
    pub prices: BTreeMap<&'static str, Prices>,
    /// The RPC proxies by chain, in the order of the manifest's `rpc`.
    pub proxies: BTreeMap<String, Vec<Proxy>>,
    chains: BTreeMap<String, Chain>,
    solana: Option<SolanaChain>,
    solana_process: Option<Process>,
    /// Only held so that it lives as long as the network.
    _control: Control,
    nodes: Vec<Node>,
}

impl Devnet {
    /// Starts the network. Several may run at the same time.
    ///
    /// # Errors
    /// [`Error`] if the set-up is incomplete, an option is wrong, or something does not start.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let wallet = wallet(&options)?;
        check(&options)?;
        let artifacts = Artifacts::new(&options.npm_dir);
        let holders: Vec<Address> =
            [wallet.address].into_iter().chain(options.also_fund.iter().copied()).collect();
        let [a, b, c] = &CHAINS;
        let (a, b, c, (solana, solana_process)) = tokio::try_join!(
            start_chain(a, &options, &artifacts, &holders),
            start_chain(b, &options, &artifacts, &holders),
            start_chain(c, &options, &artifacts, &holders),
            start_solana(&options),
        )?;
        let mut nodes = Vec::new();
        let mut chains = BTreeMap::new();
        let mut proxies = BTreeMap::new();
        for started in [a, b, c] {
            proxies.insert(started.chain.name().to_owned(), started.proxies);
            chains.insert(started.chain.name().to_owned(), started.chain);
            nodes.push(started.node);
        }
        let iris = start_iris(&chains, solana.as_ref()).await?;
        let oneinch = OneInch::start(chains.values()).await;
        let oneinch = oneinch.map_err(|source| Error::Server { server: "1inch".into(), source })?;
        let prices = start_prices().await?;
        let handles = |proxies: &Vec<Proxy>| proxies.iter().map(Proxy::handle).collect();
        let control = Control::start(ControlConfig {
            chains: chains.clone(),
            iris: iris.handle(),
            oneinch: oneinch.handle(),
            prices: prices.values().map(|server| (server.source(), server.handle())).collect(),
            proxies: proxies.iter().map(|(name, proxies)| (name.clone(), handles(proxies))).collect(),
        })
        .await
        .map_err(|source| Error::Server { server: "control".into(), source })?;
        let url = |source: Source| prices.get(source.name()).map(Prices::url).unwrap_or_default();
        let manifest = Manifest {
            wallet,
            iris_url: iris.url(),
            control_url: control.url(),
            oneinch: manifest::OneInch { url: oneinch.url(), key: KEY.to_owned() },
            prices: manifest::Prices {
                coingecko: url(Source::Coingecko),
                kraken: url(Source::Kraken),
                binance: url(Source::Binance),
            },
            chains: chains.iter().map(|(name, chain)| (name.clone(), chain.info().clone())).collect(),
            solana: solana.as_ref().map(|solana| solana.manifest().clone()),
        };
        Ok(Self {
            manifest,
            iris,
            oneinch,
            prices,
            proxies,
            chains,
            solana,
            solana_process,
            _control: control,
            nodes,
        })
    }

    /// A chain by its name: `ethereum`, `base` or `arbitrum`.
    ///
    /// # Panics
    /// If there is no chain of that name.
    pub fn chain(&self, name: &str) -> &Chain {
        self.chains.get(name).unwrap_or_else(|| panic!("the local network has no chain {name}"))
    }

    /// The chains by name.
    pub fn chains(&self) -> &BTreeMap<String, Chain> {
        &self.chains
    }

    /// The Solana chain.
    ///
    /// # Panics
    /// If the network has none.
    pub fn solana(&self) -> &SolanaChain {
        self.solana.as_ref().expect("the local network has a Solana chain")
    }

    /// A proxy of a chain, counted from 0.
    ///
    /// # Panics
    /// If there is no such proxy.
    pub fn proxy(&self, chain: &str, provider: usize) -> ProxyHandle {
        let proxy = self.proxies.get(chain).and_then(|proxies| proxies.get(provider));
        proxy
            .unwrap_or_else(|| panic!("the local network has no provider {provider} of chain {chain}"))
            .handle()
    }

    /// The control handle of a price server: `coingecko`, `kraken` or `binance`.
    ///
    /// # Panics
    /// If there is no such source.
    pub fn price(&self, source: &str) -> PriceHandle {
        let server = self.prices.get(source);
        server.unwrap_or_else(|| panic!("the local network has no price source {source}")).handle()
    }

    /// The wallet with the starting balances.
    pub fn wallet(&self) -> Address {
        self.manifest.wallet.address
    }

    /// Whether every node is still running.
    pub fn is_running(&mut self) -> bool {
        self.nodes.iter_mut().all(Node::is_running)
            && self.solana_process.as_mut().is_none_or(Process::is_running)
    }

    /// Stops the nodes and waits until they are gone.
    pub async fn stop(mut self) {
        for node in &mut self.nodes {
            node.stop().await;
        }
        if let Some(process) = &mut self.solana_process {
            process.stop().await;
        }
    }
}

/// A chain with everything in front of it.
struct Started {
    chain: Chain,
    node: Node,
    proxies: Vec<Proxy>,
}

async fn start_chain(
    spec: &Spec,
    options: &Options,
    artifacts: &Artifacts,
    holders: &[Address],
) -> Result<Started, Error> {
    let now = unix_seconds();
    let config = NodeConfig {
        chain: spec.name.to_owned(),
        chain_id: spec.chain_id,
        slots_in_an_epoch: options.slots_in_an_epoch,
        // Room for the first blocks, which are a second apart.
        genesis_timestamp: now - 2 * FIRST_BLOCKS,
    };
    let node = Node::start(&artifacts.anvil()?, &config).await?;
    let rpc = Rpc::new(node.url());
    let balances: Vec<Balance> =
        options.balances.iter().filter(|balance| balance.chain == spec.name).cloned().collect();
    let plan = Plan {
        artifacts,
        attesters: &attesters(),
        holders,
        balances: &balances,
        solana: options.solana != Solana::None,
        arbitrage: options.arbitrage,
    };
    let mut info = deploy(&rpc, spec, plan).await?;
    rpc.sequence(&[
        ("anvil_mine", json!([format!("0x{FIRST_BLOCKS:x}"), "0x1"])),
        ("evm_setTime", json!([unix_seconds()])),
        ("evm_setBlockGasLimit", json!(["0x3938700"])),
        ("anvil_setNextBlockBaseFeePerGas", json!([format!("0x{:x}", spec.base_fee)])),
        ("evm_mine", json!([])),
    ])
    .await?;
    info.block_time = options.block_time;
    let mut proxies = Vec::new();
    for _ in 0..options.providers_per_chain {
        let proxy = Proxy::start(node.url(), ProxySettings::default()).await;
        let proxy = proxy.map_err(|source| Error::Server { server: format!("{} RPC", spec.name), source })?;
        info.rpc.push(proxy.url());
        info.ws.push(proxy.ws_url());
        proxies.push(proxy);
    }
    let first_block = rpc.quantity("eth_blockNumber", json!([])).await?;
    let chain = Chain::new(spec.name, rpc, info, spec.admin, first_block);
    if let Some(seconds) = options.block_time {
        chain.set_interval(seconds).await?;
    }
    Ok(Started { chain, node, proxies })
}

async fn start_solana(options: &Options) -> Result<(Option<SolanaChain>, Option<Process>), Error> {
    match &options.solana {
        Solana::None => Ok((None, None)),
        Solana::Attach(url) => Ok((Some(SolanaChain::attach(url).await?), None)),
        Solana::Spawn(spawn) => {
            let balances = solana_balances(&options.balances)?;
            let (process, manifest) = Process::start(spawn, options.providers_per_chain, balances).await?;
            Ok((Some(SolanaChain::new(manifest)), Some(process)))
        }
    }
}

async fn start_iris(chains: &BTreeMap<String, Chain>, solana: Option<&SolanaChain>) -> Result<Iris, Error> {
    let solana = solana.map(|solana| solana.manifest().control_url.clone());
    let sources = chains.values().map(|chain| SourceChain {
        domain: chain.info().domain,
        node_url: chain.info().node_url.clone(),
        message_transmitter: chain.info().message_transmitter,
    });
    let iris = Iris::start(IrisConfig { solana, ..IrisConfig::new(sources.collect()) }).await;
    iris.map_err(|source| Error::Server { server: "Iris".into(), source })
}

async fn start_prices() -> Result<BTreeMap<&'static str, Prices>, Error> {
    let mut prices = BTreeMap::new();
    for source in Source::ALL {
        let server = Prices::start(source, PriceSettings::default()).await;
        let server = server.map_err(|error| Error::Server { server: source.name().into(), source: error })?;
        prices.insert(source.name(), server);
    }
    Ok(prices)
}

fn wallet(options: &Options) -> Result<Wallet, Error> {
    let signer = PrivateKeySigner::from_bytes(&options.wallet_key)
        .map_err(|error| Error::Option { option: "wallet key".into(), reason: error.to_string() })?;
    Ok(Wallet { address: signer.address(), private_key: options.wallet_key })
}

/// What the wallet on Solana starts with; balances that are named twice add up.
fn solana_balances(balances: &[Balance]) -> Result<solana::Balances, Error> {
    let mut sum = solana::Balances::default();
    for balance in balances.iter().filter(|balance| balance.chain == solana::NAME) {
        let held = match balance.asset {
            Asset::Native => &mut sum.lamports,
            Asset::Usdc => &mut sum.usdc,
            Asset::Usdt => &mut sum.usdt,
            // Refused before.
            Asset::Weth => continue,
        };
        let more = u64::try_from(balance.amount).ok().and_then(|amount| held.checked_add(amount));
        *held = more.ok_or_else(|| Error::Option {
            option: "balances".into(),
            reason: format!("{} do not fit an account on Solana", balance.amount),
        })?;
    }
    Ok(sum)
}

fn check(options: &Options) -> Result<(), Error> {
    for balance in &options.balances {
        if balance.chain != solana::NAME && !CHAINS.iter().any(|spec| spec.name == balance.chain) {
            let reason = format!("there is no chain {}", balance.chain);
            return Err(Error::Option { option: "balances".into(), reason });
        }
        if balance.asset == Asset::Weth {
            let reason = "WETH is wrapped by whoever wants it, give native currency".into();
            return Err(Error::Option { option: "balances".into(), reason });
        }
    }
    Ok(())
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
