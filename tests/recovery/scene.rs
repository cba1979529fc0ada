//! One operation to be made, and the way into the state it is to be interrupted in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use alloy::primitives::{B256, U256};
use devnet::abi::IToken;
use devnet::solana::provider::Fate;
use devnet::solana::{Command, Mint};
use devnet::{Asset, Mining, PoolRef, Trade};
use purser::domain::{Leg, Operation, OperationState};
use purser::journal::{Attempt, Journal, OperationFilter};

use super::hold::{self, Hold, REFUSAL};
use crate::support::{Rig, Setup, until};

/// Seconds between blocks.
pub(super) const BLOCK_TIME: f64 = 0.25;
/// How long anything may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Place of the fork's pool in the manifest's list of pools for arbitrage.
const FORK: usize = 1;

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// A transfer from Ethereum to Base.
    Bridge,
    /// A swap on Base.
    Swap,
    /// An atomic route on Base with a borrowed loan: its prices are apart before the daemon starts.
    Route,
    /// The same with a loan of the wallet.
    LentRoute,
    /// A transfer from Solana to Base.
    FromSolana,
    /// A transfer from Ethereum to Solana.
    ToSolana,
    /// A swap on Solana.
    SwapOnSolana,
    /// A swap on Solana that Jupiter lands.
    OrderOnSolana,
}

/// Where to interrupt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// State.
    pub state: OperationState,
    /// Leg.
    pub leg: Leg,
    /// What holds from the start.
    pub holds: &'static [Hold],
    /// What holds from the moment the first transaction waits for its block.
    pub later: &'static [Hold],
}

/// A rig with one operation to be made.
pub(super) struct Scene {
    /// The rig.
    pub rig: Rig,
    flow: Flow,
}

impl Scene {
    /// Network and files; the daemon is not started.
    pub(super) async fn new(flow: Flow) -> Self {
        Self::of(flow, Self::setup(flow)).await
    }

    /// What a flow starts with.
    pub(super) fn setup(flow: Flow) -> Setup {
        match flow {
            Flow::Bridge => Setup::bridge(),
            Flow::Swap => Setup::swap(),
            Flow::Route => Self::routing("pool-manager"),
            Flow::LentRoute => Self::routing("inventory"),
            Flow::FromSolana => Setup::solana(
                vec![("solana", Asset::Usdc, 1000)],
                vec![("solana", "USDC", 50), ("base", "USDC", 50)],
            ),
            Flow::ToSolana => Setup::solana(
                vec![("ethereum", Asset::Usdc, 1000)],
                vec![("ethereum", "USDC", 50), ("solana", "USDC", 50)],
            ),
            Flow::OrderOnSolana => Self::setup(Flow::SwapOnSolana)
                .choose(|choices| choices.jupiter = Some("landing = \"jupiter\"".to_owned())),
            Flow::SwapOnSolana => {
                Setup::solana(vec![("solana", Asset::Usdt, 1000)], vec![("solana", "USDC", 100)])
                    .choose(|choices| choices.jupiter = Some(String::new()))
            }
        }
    }

    /// [`Scene::new`] with more to do.
    pub(super) async fn of(flow: Flow, setup: Setup) -> Self {
        let rig = Rig::new(Setup { block_time: Some(BLOCK_TIME), ..setup }).await;
        if matches!(flow, Flow::Route | Flow::LentRoute) {
            let chain = rig.devnet.chain("base");
            let pool = &chain.arbitrage().unwrap().pools[FORK];
            let zero_for_one = pool.token0 == chain.info().usdc;
            let amount = U256::from(20_000_000_000_u64);
            chain.trade(Trade { pool: PoolRef::Index(FORK), zero_for_one, amount }).await.unwrap();
        }
        Self { rig, flow }
    }

    /// Nothing to rebalance, and as long as it may be for a route to be included.
    fn routing(funding: &str) -> Setup {
        let mut setup = Setup::with(vec![("base", Asset::Usdc, 100_000)], vec![("base", "USDC", 100)]);
        let lines = format!("funding = \"{funding}\"\npublic = true\nblocks = 50\nplan_seconds = 120");
        setup.arbitrage = vec![("base", lines)];
        setup
    }

    /// Waits until the daemon that runs now has logged `words`.
    pub(super) async fn says(&self, words: &str) {
        let heard = || async { self.rig.log().contains(words).then_some(()) };
        until(&format!("`{words}` in the log"), PATIENCE, heard).await;
    }

    /// Where the daemon keeps its journal.
    pub(super) fn journal(&self) -> PathBuf {
        self.rig.dir().join("journal.sqlite")
    }

    /// Starts the daemon and waits until its operation is held in the target's state.
    pub(super) async fn hold(&mut self, target: &Target) -> Operation {
        if target.leg == Leg::Revoke {
            self.leave_an_allowance().await;
        }
        if target.leg == Leg::Open {
            let solana = self.rig.devnet.solana();
            let close = Command::Close { asset: Mint::Usdc, account: solana.wallet().to_owned() };
            solana.change(&close).await.unwrap();
        }
        if target.holds.contains(&Hold::Journal) {
            // The first daemon finds a journal that is made already.
            Journal::open(&self.journal()).await.unwrap().close().await;
            hold::thaw(&self.journal()).await;
            hold::freeze(&self.journal(), target.state, target.leg).await;
        }
        for hold in target.holds {
            hold.set(&self.rig.devnet).await;
        }
        self.rig.start();
        self.reach(target).await
    }

    async fn reach(&self, target: &Target) -> Operation {
        let deadline = Instant::now() + PATIENCE;
        let mut mined = BTreeSet::new();
        loop {
            let operation = self.operation().await;
            if let Some(operation) = &operation {
                let there = operation.state == target.state && operation.leg == target.leg;
                // Held by the journal, the daemon has done its deed when the record of it is refused.
                if there && (!target.holds.contains(&Hold::Journal) || self.rig.log().contains(REFUSAL)) {
                    return operation.clone();
                }
                let waits = matches!(
                    operation.state,
                    OperationState::Broadcast | OperationState::Unknown | OperationState::Minting
                );
                if !there && waits && mined.insert(operation.leg) {
                    self.give_a_block(target).await;
                }
            }
            assert!(
                Instant::now() < deadline,
                "not in {} {} but {operation:#?}\n{}",
                target.state,
                target.leg,
                self.rig.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where no blocks come by themselves, the transaction that waits gets one.
    async fn give_a_block(&self, target: &Target) {
        for hold in target.later {
            hold.set(&self.rig.devnet).await;
        }
        for chain in self.rig.devnet.chains().values() {
            if chain.mining() == Mining::Manual {
                chain.mine(1).await.unwrap();
            }
        }
    }

    /// The newest operation, read past the daemon.
    pub(super) async fn operation(&self) -> Option<Operation> {
        self.operations().await.into_iter().next()
    }

    /// Every operation, newest first; none before there is a journal.
    pub(super) async fn operations(&self) -> Vec<Operation> {
        match Journal::open_read_only(&self.journal()).await {
            Ok(journal) => {
                let found = journal.operations(&OperationFilter::default()).await.unwrap_or_default();
                journal.close().await;
                found
            }
            Err(_) => Vec::new(),
        }
    }

    /// Every transaction the journal knows, of all operations.
    pub(super) async fn attempts(&self) -> Vec<Attempt> {
        let journal = Journal::open_read_only(&self.journal()).await.unwrap();
        let mut attempts = Vec::new();
        for operation in journal.operations(&OperationFilter::default()).await.unwrap() {
            attempts.extend(journal.attempts(&operation.id).await.unwrap());
        }
        journal.close().await;
        attempts
    }

    /// Hashes of the transactions that reached a node so far.
    pub(super) fn forwarded(&self) -> BTreeSet<B256> {
        let proxies = self.rig.devnet.proxies.values().flatten();
        proxies
            .flat_map(|proxy| proxy.handle().sent())
            .filter(|sent| sent.forwarded)
            .map(|sent| sent.hash)
            .collect()
    }

    /// Signatures of the transactions that were handed to a provider of Solana, and whether a node saw them.
    pub(super) async fn handed_on_solana(&self) -> BTreeMap<String, bool> {
        let solana = self.rig.devnet.solana();
        let mut handed = BTreeMap::new();
        for provider in 0..solana.manifest().rpc.len() {
            for sent in solana.sent(provider).await.unwrap() {
                *handed.entry(sent.signature).or_default() |= sent.fate == Fate::Forwarded;
            }
        }
        handed
    }

    /// Everything works again and the daemon starts.
    pub(super) async fn restart(&mut self) {
        hold::heal(&self.rig.devnet).await;
        hold::thaw(&self.journal()).await;
        self.rig.start();
    }

    /// An allowance from before, of another amount: the daemon takes it back first.
    async fn leave_an_allowance(&self) {
        let (chain, asset) = match self.flow {
            Flow::Bridge | Flow::ToSolana => ("ethereum", Asset::Usdc),
            Flow::Swap => ("base", Asset::Usdt),
            Flow::Route | Flow::LentRoute => panic!("a route's spender is not known before it is deployed"),
            Flow::FromSolana | Flow::SwapOnSolana | Flow::OrderOnSolana => {
                panic!("there are no allowances on Solana")
            }
        };
        let chain = self.rig.devnet.chain(chain);
        let spender = match self.flow {
            Flow::Swap => chain.info().swap_router02,
            _ => chain.info().token_messenger,
        };
        let approve = IToken::approveCall { spender, value: U256::from(7_u64) };
        chain.send(self.rig.devnet.wallet(), chain.token(asset).unwrap(), &approve).await.unwrap();
    }
}
