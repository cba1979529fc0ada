//! What an operator of this network would have: a configuration, a keystore and its password.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use alloy::primitives::Address;
use alloy::signers::local::LocalSigner;

use crate::deploy::FACTORIES;
use crate::error::Error;
use crate::manifest::{Arbitrage, ChainInfo, ChainKind, Manifest, MarketKind, PoolKind};
use crate::solana::{NAME as SOLANA, SolanaManifest};

/// Password of the keystore, worth as little as the key in it.
const PASSWORD: &str = "local network";

/// File of the key on Solana.
const SOLANA_KEY: &str = "solana-key";

/// Choices of the operator that tests and the demonstration vary.
#[derive(Debug, Clone)]
pub struct Choices {
    /// `live` or `dry-run`.
    pub mode: String,
    /// Address of metrics and health; port 0 lets the system choose.
    pub listen: String,
    /// Cron expression with seconds.
    pub schedule: String,
    /// Endpoints that must agree.
    pub quorum: usize,
    /// Targets as (chain, asset, percent).
    pub targets: Vec<(String, String, u32)>,
    /// Milliseconds between looks at open operations and at Iris.
    pub poll_ms: u64,
    /// Price of an hour of delay per transfer, dollars.
    pub time_usd_per_hour: u32,
    /// Most gas one transaction may cost, dollars.
    pub max_gas_usd: u32,
    /// Lines appended to the `[execution]` table.
    pub execution: String,
    /// Lines appended to the `[cctp]` table.
    pub cctp: String,
    /// Lines appended to the `[prices]` table.
    pub prices: String,
    /// Lines appended to the `[rebalance]` table, before its targets.
    pub rebalance: String,
    /// Lines of the `[policy]` table.
    pub policy: String,
    /// Lines appended to every chain's `[oneinch]` table; without them there is none.
    pub oneinch: Option<String>,
    /// Chains on which arbitrage is done, with the contract for it and lines appended to the `[arbitrage]` table.
    pub arbitrage: BTreeMap<String, Routes>,
    /// Arbitrage of WETH between chains: the chains, and lines appended to the `[cross_chain]` table.
    pub cross_chain: Option<(Vec<String>, String)>,
    /// Lines appended to the `[solana]` table.
    pub solana: String,
    /// Lines appended to the `[solana.jupiter]` table; without them there is none.
    pub jupiter: Option<String>,
}

/// Arbitrage on one chain.
#[derive(Debug, Clone)]
pub struct Routes {
    /// AtomicRoute.
    pub contract: Address,
    /// Lines appended to the table.
    pub lines: String,
    /// Whether the chain's last provider is a private one: routes are sent to it, and nothing else is asked of it.
    pub is_private: bool,
}

impl Default for Choices {
    fn default() -> Self {
        let target = |chain: &str, weight| (chain.to_owned(), "USDC".to_owned(), weight);
        Self {
            mode: "live".to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            schedule: "*/5 * * * * *".to_owned(),
            quorum: 2,
            targets: vec![target("ethereum", 40), target("base", 35), target("arbitrum", 25)],
            poll_ms: 100,
            time_usd_per_hour: 60,
            max_gas_usd: 50,
            execution: String::new(),
            cctp: String::new(),
            prices: String::new(),
            rebalance: String::new(),
            policy:
                "max_operation_usd = 500000\nmax_day_usd = 5000000\nmax_gas_day_usd = 1000\nmax_fee = 1\n"
                    .to_owned(),
            oneinch: None,
            arbitrage: BTreeMap::new(),
            cross_chain: None,
            solana: String::new(),
            jupiter: None,
        }
    }
}

/// The configuration file's text.
pub fn config(manifest: &Manifest, dir: &Path, choices: &Choices) -> String {
    let mut text = format!(
        "mode = \"{mode}\"\ndata_dir = \"{dir}\"\n\n\
         [log]\nformat = \"json\"\nlevel = \"purser=debug,info\"\n\n\
         [server]\nlisten = \"{listen}\"\n\n\
         [execution]\npoll_ms = {poll}\nbump_seconds = 5\ndrain_seconds = 10\n{execution}\n\
         [wallet]\nkeystore = \"{dir}/keystore.json\"\npassword = {{ file = \"{dir}/password\" }}\n\n\
         [prices]\ncoingecko_url = \"{gecko}\"\nkraken_url = \"{kraken}\"\nbinance_url = \"{binance}\"\n{prices}\n\
         [cctp]\niris_url = \"{iris}\"\npoll_ms = {poll}\n{cctp}\n",
        mode = choices.mode,
        dir = dir.display(),
        listen = choices.listen,
        poll = choices.poll_ms,
        execution = choices.execution,
        gecko = manifest.prices.coingecko,
        kraken = manifest.prices.kraken,
        binance = manifest.prices.binance,
        prices = choices.prices,
        iris = manifest.iris_url,
        cctp = choices.cctp,
    );
    text.push_str(
        "[assets.USDC]\ncoingecko = \"usd-coin\"\nkraken = \"USDCUSD\"\nbinance = \"USDCUSDT\"\ndepeg_band = 2\n\n\
         [assets.USDT]\ncoingecko = \"tether\"\nkraken = \"USDTUSD\"\ndepeg_band = 2\n\n\
         [assets.ETH]\ncoingecko = \"ethereum\"\nkraken = \"ETHUSD\"\nbinance = \"ETHUSDT\"\n\n",
    );
    if !choices.arbitrage.is_empty() || choices.cross_chain.is_some() {
        text.push_str(
            "[assets.WETH]\ncoingecko = \"ethereum\"\nkraken = \"ETHUSD\"\nbinance = \"ETHUSDT\"\n\n",
        );
    }
    for (name, chain) in &manifest.chains {
        push_chain(&mut text, name, chain, choices);
        if let Some(lines) = &choices.oneinch {
            let _ = write!(
                text,
                "[chains.{name}.oneinch]\nbase_url = \"{}\"\nkey = {{ file = \"{}/oneinch-key\" }}\n\
                 requests_per_second = 50\ntimeout_seconds = 5\n{lines}\n\n",
                manifest.oneinch.url,
                dir.display(),
            );
        }
    }
    if let Some(solana) = &manifest.solana {
        push_solana(&mut text, solana, dir, choices);
    }
    let _ = write!(
        text,
        "[rebalance]\nschedule = \"{}\"\ntime_usd_per_hour = {}\n{}\n",
        choices.schedule, choices.time_usd_per_hour, choices.rebalance
    );
    for (chain, asset, weight) in &choices.targets {
        let _ = write!(
            text,
            "[[rebalance.targets]]\nchain = \"{chain}\"\nasset = \"{asset}\"\nweight = {weight}\n\n"
        );
    }
    if let Some((chains, lines)) = &choices.cross_chain {
        let _ = write!(
            text,
            "[cross_chain]\nassets = [\"WETH\"]\nchains = {chains:?}\nmax_exposure_usd = 50000\n\
             min_profit_usd = 5\nmax_profit_usd = 20000\npause_ms = 100\n{lines}\n\n"
        );
    }
    let _ = write!(text, "[policy]\n{}", choices.policy);
    text
}

fn push_chain(text: &mut String, name: &str, chain: &ChainInfo, choices: &Choices) {
    let kind = match chain.kind {
        ChainKind::Ethereum => "ethereum",
        ChainKind::OpStack => "op-stack",
        ChainKind::Arbitrum => "arbitrum",
    };
    let routes = choices.arbitrage.get(name).zip(chain.arbitrage.as_ref());
    let private = usize::from(routes.is_some_and(|(routes, _)| routes.is_private));
    let rpc = chain.rpc.iter().take(chain.rpc.len().saturating_sub(private));
    let urls: Vec<String> = rpc.map(|url| format!("\"{url}\"")).collect();
    let announced = routes.zip(chain.ws.first()).map(|(_, url)| format!("ws = \"{url}\"\n"));
    let is_traded =
        choices.cross_chain.as_ref().is_some_and(|(chains, _)| chains.iter().any(|one| one == name));
    let weth = (routes.is_some() || is_traded)
        .then(|| format!("WETH = {{ address = \"{}\", decimals = 18 }}\n", chain.weth));
    let _ = write!(
        text,
        "[chains.{name}]\nchain_id = {}\nkind = \"{kind}\"\nrpc = [{}]\nquorum = {}\ntimeout_ms = 2000\n\
         max_gas_usd = {}\nmulticall3 = \"{}\"\n{}\n\
         [chains.{name}.tokens]\nUSDC = {{ address = \"{}\", decimals = 6 }}\nUSDT = {{ address = \"{}\", decimals = 6 }}\n{}\n\
         [chains.{name}.cctp]\ndomain = {}\ntoken_messenger = \"{}\"\nmessage_transmitter = \"{}\"\ntoken_minter = \"{}\"\n\n\
         [chains.{name}.uniswap]\nv2_factory = \"{}\"\nv3_factory = \"{}\"\nquoter_v2 = \"{}\"\nswap_router02 = \"{}\"\npools = [\n",
        chain.chain_id,
        urls.join(", "),
        choices.quorum,
        choices.max_gas_usd,
        chain.multicall3,
        announced.unwrap_or_default(),
        chain.usdc,
        chain.usdt,
        weth.unwrap_or_default(),
        chain.domain,
        chain.token_messenger,
        chain.message_transmitter,
        chain.token_minter,
        chain.uniswap_v2_factory,
        chain.uniswap_v3_factory,
        chain.quoter_v2,
        chain.swap_router02,
    );
    for pool in &chain.pools {
        let both = [pool.token0, pool.token1];
        let kind = match pool.kind {
            PoolKind::V2 => "v2",
            PoolKind::V3 => "v3",
        };
        if both.contains(&chain.usdc) && both.contains(&chain.usdt) {
            let _ = writeln!(
                text,
                "  {{ kind = \"{kind}\", assets = [\"USDC\", \"USDT\"], fee = {} }},",
                pool.fee
            );
        } else if routes.is_some() || is_traded {
            let assets = both.map(|token| symbol(chain, token));
            let _ = writeln!(text, "  {{ kind = \"{kind}\", assets = {assets:?}, fee = {} }},", pool.fee);
        }
    }
    match routes {
        Some((routes, market)) => push_market(text, name, chain, market, routes),
        None => text.push_str("]\n\n"),
    }
}

/// The rest of the pools, the contracts they need, and the table for arbitrage.
fn push_market(text: &mut String, name: &str, chain: &ChainInfo, market: &Arbitrage, routes: &Routes) {
    for pool in &market.pools {
        let assets = [pool.token0, pool.token1].map(|token| symbol(chain, token));
        let fork = market.forks.iter().find(|fork| pool.factory == Some(fork.factory));
        let more = match (pool.kind, fork) {
            (MarketKind::V4, _) => format!(", tick_spacing = {}", pool.tick_spacing.unwrap_or_default()),
            (MarketKind::V2 | MarketKind::V3, Some(fork)) => format!(", factory = \"{}\"", fork.name),
            (MarketKind::V2 | MarketKind::V3, None) => String::new(),
        };
        let kind = match pool.kind {
            MarketKind::V2 => "v2",
            MarketKind::V3 => "v3",
            MarketKind::V4 => "v4",
        };
        let _ = writeln!(text, "  {{ kind = \"{kind}\", assets = {assets:?}, fee = {}{more} }},", pool.fee);
    }
    let _ = write!(
        text,
        "]\npool_manager = \"{}\"\nstate_view = \"{}\"\n\n",
        market.pool_manager, market.state_view
    );
    for fork in &market.forks {
        let _ = write!(
            text,
            "[[chains.{name}.uniswap.forks]]\nname = \"{}\"\nkind = \"v2\"\nfactory = \"{}\"\n\
             init_code_hash = \"{}\"\nfee = {}\n\n",
            fork.name, fork.factory, fork.init_code_hash, fork.fee
        );
    }
    let private = chain.rpc.last().filter(|_| routes.is_private);
    let private = private.map(|url| format!("private_rpc = [\"{url}\"]\n"));
    let _ = write!(
        text,
        "[chains.{name}.arbitrage]\ncontract = \"{}\"\nfactories = {FACTORIES:?}\nbase = \"USDC\"\n\
         max_loan_usd = 200000\nmin_profit_usd = 1\nmax_profit_usd = 20000\n{}{}\n\n",
        routes.contract,
        private.unwrap_or_default(),
        routes.lines
    );
}

fn symbol(chain: &ChainInfo, token: Address) -> &'static str {
    match token {
        token if token == chain.usdc => "USDC",
        token if token == chain.usdt => "USDT",
        _ => "WETH",
    }
}

fn push_solana(text: &mut String, solana: &SolanaManifest, dir: &Path, choices: &Choices) {
    let urls: Vec<String> = solana.rpc.iter().map(|url| format!("\"{url}\"")).collect();
    let _ = write!(
        text,
        "[assets.SOL]\ncoingecko = \"solana\"\nkraken = \"SOLUSD\"\nbinance = \"SOLUSDT\"\n\n\
         [{SOLANA}]\ngenesis_hash = \"{}\"\nrpc = [{}]\nquorum = {}\ntimeout_ms = 2000\n\
         keypair = {{ file = \"{}/{SOLANA_KEY}\" }}\nmax_gas_usd = {}\n{}\n",
        solana.genesis_hash,
        urls.join(", "),
        choices.quorum,
        dir.display(),
        choices.max_gas_usd,
        choices.solana,
    );
    for (asset, name) in [("USDC", "usdc"), ("USDT", "usdt")] {
        if let Some(mint) = solana.mints.get(name) {
            let _ = write!(
                text,
                "[{SOLANA}.tokens.{asset}]\nmint = \"{}\"\nprogram = \"{}\"\ndecimals = {}\n\n",
                mint.address, mint.program, mint.decimals
            );
        }
    }
    let cctp = &solana.cctp;
    let _ = write!(
        text,
        "[{SOLANA}.cctp]\ndomain = {}\nmessage_transmitter = \"{}\"\ntoken_messenger_minter = \"{}\"\n\
         lookup_table = \"{}\"\n\n",
        cctp.domain, cctp.message_transmitter, cctp.token_messenger_minter, cctp.lookup_table
    );
    if let Some(lines) = &choices.jupiter {
        let _ = write!(
            text,
            "[{SOLANA}.jupiter]\nbase_url = \"{}/swap/v2\"\nrequests_per_minute = 6000\n{lines}\n\n",
            solana.jupiter_url
        );
    }
}

/// Writes `purser.toml`, `keystore.json`, the keys and `password` into `dir` and returns the path of the first.
///
/// # Errors
/// [`Error::File`] if the directory or a file cannot be written.
pub fn write(manifest: &Manifest, dir: &Path, choices: &Choices) -> Result<PathBuf, Error> {
    let file = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::File { path, source }
    };
    std::fs::create_dir_all(dir).map_err(file(dir))?;
    let dir = dir.canonicalize().map_err(file(dir))?;
    let password = dir.join("password");
    private(&password, PASSWORD.as_bytes()).map_err(file(&password))?;
    let key = dir.join("oneinch-key");
    private(&key, manifest.oneinch.key.as_bytes()).map_err(file(&key))?;
    if let Some(solana) = &manifest.solana {
        let key = dir.join(SOLANA_KEY);
        private(&key, solana.wallet.secret_key.as_bytes()).map_err(file(&key))?;
    }
    let keystore = dir.join("keystore.json");
    if !keystore.exists() {
        let key = manifest.wallet.private_key;
        LocalSigner::encrypt_keystore(&dir, &mut rand::thread_rng(), key, PASSWORD, Some("keystore.json"))
            .map_err(std::io::Error::other)
            .map_err(file(&keystore))?;
    }
    let path = dir.join("purser.toml");
    std::fs::write(&path, config(manifest, &dir, choices)).map_err(file(&path))?;
    Ok(path)
}

fn private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?
        .write_all(bytes)
}
