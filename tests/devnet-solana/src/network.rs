//! The chain and everything in front of it, wired together.

use devnet::Rpc;
use devnet::deploy::peers;
use devnet::iris::{ATTESTERS, SIGNATURE_THRESHOLD};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_program_runtime::solana_sbpf::program::BuiltinFunctionDefinition;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::cctp::Remote;
use crate::cctp::genesis::add as add_cctp;
use crate::cctp::ledger::{Ledger, Log};
use crate::cctp::messenger::Messenger;
use crate::cctp::transmitter::Transmitter;
use crate::client::Client;
use crate::control::{Control, ControlConfig};
use crate::error::Error;
use crate::genesis::{Genesis, SOL, USDC_MINT, USDT_MINT, WHOLE, fee_mint, mints, purse};
use crate::ids::{FOREIGN_PROGRAM, JUPITER, MESSAGE_TRANSMITTER, POOL_PROGRAM, TOKEN_MESSENGER_MINTER};
use crate::jupiter::{JupiterServer, JupiterSettings};
use crate::manifest::{self, Manifest, MintInfo, Wallet};
use crate::node::{ChainState, Node, NodeConfig};
use crate::pool::aggregator::{Aggregator, Foreign};
use crate::pool::program::Pools;
use crate::proxy::{Proxy, ProxySettings};

/// The seed of the wallet's key. It is public, and worth nothing outside the
/// local network.
pub const WALLET_SEED: [u8; 32] = *b"purse of the local Solana chain.";

/// How to start the chain.
#[derive(Debug, Clone)]
pub struct Options {
    /// Milliseconds between slots. A blockhash lives 150 slots, and a slot is
    /// final after 31 more.
    pub slot_ms: u64,
    /// The seed of the wallet's key.
    pub wallet_seed: [u8; 32],
    /// Further wallets that get the same balances.
    pub also_fund: Vec<Pubkey>,
    /// Minor units of USDC, USDT and the fee token that every wallet starts with.
    pub balances: [u64; 3],
    /// Lamports that every wallet starts with.
    pub lamports: u64,
    /// The domains that CCTP knows here. The default are the chains of
    /// `devnet`, whether they run or not.
    pub remotes: Vec<Remote>,
    /// How Jupiter starts.
    pub jupiter: JupiterSettings,
    /// RPC proxies in front of the node.
    pub providers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            slot_ms: 200,
            wallet_seed: WALLET_SEED,
            also_fund: Vec::new(),
            balances: [100_000 * WHOLE, 50_000 * WHOLE, 1_000 * WHOLE],
            lamports: 100 * SOL,
            remotes: peers()
                .map(|peer| Remote {
                    domain: peer.domain,
                    messenger: peer.token_messenger.into_word().0,
                    token: peer.usdc.into_word().0,
                })
                .into(),
            jupiter: JupiterSettings::default(),
            providers: 2,
        }
    }
}

/// A running chain. Everything in it ends when it is dropped.
pub struct Network {
    /// Where everything is.
    pub manifest: Manifest,
    /// Jupiter.
    pub jupiter: JupiterServer,
    /// The RPC proxies, in the order of the manifest's `rpc`.
    pub proxies: Vec<Proxy>,
    ledger: Ledger,
    wallet: Keypair,
    /// Only held so that it lives as long as the network.
    _control: Control,
    node: Node,
}

impl Network {
    /// Starts the chain. Several may run at the same time.
    ///
    /// # Errors
    /// [`Error`] if something does not start.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let wallet = Keypair::new_from_array(options.wallet_seed);
        let config = NodeConfig {
            slot_ms: options.slot_ms,
            port: None,
            programs: vec![
                (MESSAGE_TRANSMITTER, Transmitter::register),
                (TOKEN_MESSENGER_MINTER, Messenger::register),
                (POOL_PROGRAM, Pools::register),
                (JUPITER, Aggregator::register),
                (FOREIGN_PROGRAM, Foreign::register),
            ],
            accounts: accounts(&wallet.pubkey(), &options),
        };
        let node = tokio::task::spawn_blocking(move || Node::start(&config)).await;
        let node = node.map_err(|error| Error::Node { reason: error.to_string() })??;
        let jupiter = JupiterServer::start(node.url(), options.jupiter.clone()).await?;
        let mut proxies = Vec::new();
        for _ in 0..options.providers {
            proxies.push(Proxy::start(node.url(), ProxySettings::default()).await?);
        }
        let ledger = Ledger::start(Client::new(node.url()));
        let control = Control::start(ControlConfig {
            chain: node.state(),
            log: ledger.log(),
            jupiter: jupiter.handle(),
            proxies: proxies.iter().map(|proxy| (proxy.handle(), proxy.releaser())).collect(),
        })
        .await?;
        let manifest = Manifest {
            cluster: "mainnet-beta".into(),
            genesis_hash: Client::new(node.url()).genesis_hash().await?,
            rpc: proxies.iter().map(Proxy::url).collect(),
            node_url: node.url().into(),
            ws_url: node.ws_url().into(),
            control_url: control.url(),
            jupiter_url: jupiter.url(),
            slot_ms: options.slot_ms,
            wallet: Wallet {
                address: wallet.pubkey().to_string(),
                secret_key: wallet.to_base58_string(),
                seed: hex::encode(options.wallet_seed),
            },
            mints: mints()
                .map(|(name, mint)| {
                    let info = MintInfo {
                        address: mint.address.to_string(),
                        program: mint.program.to_string(),
                        decimals: mint.decimals,
                        fee_bps: mint.fee_bps,
                        wallet_account: mint.ata(&wallet.pubkey()).to_string(),
                    };
                    (name.to_owned(), info)
                })
                .into(),
            cctp: manifest::cctp(&options.remotes),
            pool_program: POOL_PROGRAM.to_string(),
            pools: manifest::pools(),
        };
        control.publish(&manifest);
        Ok(Self { manifest, jupiter, proxies, ledger, wallet, _control: control, node })
    }

    /// The wallet with the starting balances.
    pub fn wallet(&self) -> &Keypair {
        &self.wallet
    }

    /// The node itself, past every proxy.
    pub fn rpc(&self) -> Rpc {
        Rpc::new(self.node.url())
    }

    /// The messages that left the chain.
    pub fn departures(&self) -> Log {
        self.ledger.log()
    }

    /// A client of the node itself.
    pub fn client(&self) -> Client {
        Client::new(self.node.url())
    }

    /// The state of the chain, past all programs.
    pub fn state(&self) -> ChainState {
        self.node.state()
    }

    /// Whether the node is still running.
    pub fn is_running(&self) -> bool {
        self.node.is_running()
    }
}

fn accounts(wallet: &Pubkey, options: &Options) -> Vec<(Pubkey, Account)> {
    let mut genesis = Genesis::default();
    for owner in [wallet].into_iter().chain(&options.also_fund) {
        genesis.account(*owner, purse(options.lamports));
        for (mint, amount) in [USDC_MINT, USDT_MINT, fee_mint()].into_iter().zip(options.balances) {
            genesis.fund(mint, owner, amount);
        }
    }
    let attesters = ATTESTERS.map(|attester| attester.into_array());
    add_cctp(&mut genesis, &attesters, SIGNATURE_THRESHOLD, &options.remotes);
    crate::pool::add(&mut genesis);
    genesis.finish()
}
