//! The engine: what it works with, and one pass over the open operations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::act::{ActError, SolanaParts};
use crate::bridges::cctp::{AnyEnd, Attesters, End, Iris, SolanaEnd};
use crate::chains::evm::EvmChain;
use crate::config::{CctpConfig, ChainConfig, ExecutionConfig};
use crate::domain::{
    Amount, AssetId, ChainName, Leg, Operation, OperationId, OperationState, Position, Timestamp,
};
use crate::feeds::PriceBook;
use crate::journal::Journal;
use crate::policy::Rules;
use crate::telemetry::{Metrics, clock, events};
use crate::venues::oneinch::OneInch;

/// Decimals of the native coin of EVM chains.
const WEI_DECIMALS: u8 = 18;
/// Decimals of Solana's native coin.
const LAMPORT_DECIMALS: u8 = 9;
/// Operations worked on at the same time in one pass.
const WORKERS: usize = 16;

/// What the engine works with.
pub struct Parts {
    /// Chains by name.
    pub chains: BTreeMap<ChainName, EvmChain>,
    /// Their settings.
    pub settings: BTreeMap<ChainName, ChainConfig>,
    /// Solana, where it is configured.
    pub solana: Option<SolanaParts>,
    /// The journal.
    pub journal: Journal,
    /// Circle's attestation service.
    pub iris: Iris,
    /// 1inch, on the chains where it is configured.
    pub oneinch: BTreeMap<ChainName, OneInch>,
    /// Prices, for gas in dollars.
    pub prices: Arc<PriceBook>,
    /// Owners on Solana that may receive besides the wallet.
    pub solana_recipients: Vec<solana_address::Address>,
    /// What may be signed.
    pub rules: Rules,
    /// The key.
    pub signer: PrivateKeySigner,
    /// Bounds of the work.
    pub execution: ExecutionConfig,
    /// CCTP settings.
    pub cctp: CctpConfig,
    /// Metrics.
    pub metrics: Metrics,
    /// Whether anything may be signed or sent; in a dry run open operations are only watched.
    pub live: bool,
}

/// Carries operations out. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(super) parts: Arc<Parts>,
    pub(super) locks: Arc<Locks>,
}

/// What must not happen twice at the same time.
#[derive(Default)]
pub(super) struct Locks {
    /// Judging limits and reserving.
    pub(super) admission: Mutex<()>,
    /// Choosing a nonce and recording what was signed with it, per chain.
    pub(super) signing: BTreeMap<ChainName, Mutex<()>>,
    /// Attesters by chain, with the time they were read.
    pub(super) attesters: Mutex<BTreeMap<ChainName, (Timestamp, Attesters)>>,
    /// When Iris was last asked about an operation.
    pub(super) asked: Mutex<BTreeMap<OperationId, Instant>>,
    /// Up to which block the search for somebody else's mint went, of operations that search.
    pub(super) searched: Mutex<BTreeMap<OperationId, u64>>,
    /// What was last said of each open operation: it is logged when it changes.
    said: Mutex<BTreeMap<OperationId, String>>,
    /// Whether this journal was found to know everything that was signed on Solana.
    pub(super) vouched: Mutex<bool>,
    /// When transactions nobody waits for were last looked at.
    pub(super) watched: Mutex<Option<Instant>>,
    /// When rents were last looked after.
    pub(super) reclaimed: Mutex<Option<Instant>>,
}

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Open operations that go on by themselves; those that need an operator are not counted.
    pub open: usize,
    /// Operations that moved.
    pub moved: usize,
    /// Operations that only an operator can move.
    pub stuck: usize,
}

/// How far an operation came in one pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    /// It moved; there may be more to do at once.
    Moved,
    /// It waits, and why.
    Waiting(String),
    /// It is not its time to look again.
    Idle,
}

impl Engine {
    /// An engine over `parts`.
    pub fn new(parts: Parts) -> Self {
        let solana = parts.solana.iter().map(|solana| solana.chain.name());
        let signing =
            parts.chains.keys().chain(solana).map(|chain| (chain.clone(), Mutex::default())).collect();
        Self { locks: Arc::new(Locks { signing, ..Locks::default() }), parts: Arc::new(parts) }
    }

    /// Looks at every open operation once. An operation's trouble is logged and never stops the others.
    pub async fn pass(&self) -> Result<Pass, ActError> {
        self.watch().await?;
        let mut rents = JoinSet::new();
        let engine = self.clone();
        rents.spawn(async move { engine.reclaim_rents().await });
        let open = self.parts.journal.open_operations().await?;
        self.forget_all_but(&open).await;
        let stuck = open.iter().filter(|one| one.state == OperationState::NeedsOperator).count();
        let mut pass = Pass { open: open.len(), moved: 0, stuck };
        let mut cut_off = None;
        let mut waiting = open.into_iter();
        let mut working = JoinSet::new();
        loop {
            while working.len() < WORKERS
                && let Some(operation) = waiting.next()
            {
                let engine = self.clone();
                working.spawn(async move {
                    let outcome = engine.advance(&operation).await;
                    (operation, outcome)
                });
            }
            match working.join_next().await {
                None => break,
                Some(Ok((_, Ok(Progress::Moved)))) => pass.moved = pass.moved.saturating_add(1),
                Some(Ok((_, Ok(Progress::Idle)))) => {}
                Some(Ok((operation, Ok(Progress::Waiting(reason))))) => {
                    if self.is_news(&operation, &reason).await {
                        events::waiting(&operation, &reason);
                    }
                }
                Some(Ok((operation, Err(error)))) => {
                    if self.is_news(&operation, &error.to_string()).await {
                        events::troubled(&operation, &error);
                    }
                }
                // The others go on: one that is cut off every time must not stop them.
                Some(Err(error)) => cut_off = Some(error.to_string()),
            }
        }
        match rents.join_next().await {
            Some(Ok(outcome)) => outcome?,
            Some(Err(error)) => cut_off = Some(error.to_string()),
            None => {}
        }
        cut_off.map_or(Ok(pass), |error| Err(ActError::CutOff(error)))
    }

    /// Why nothing may be signed or sent now, if so: a dry run, or a halt.
    pub async fn closed(&self) -> Result<Option<String>, ActError> {
        if !self.parts.live {
            return Ok(Some("dry run: nothing is signed or sent until `mode = \"live\"`".to_owned()));
        }
        let halt = self.parts.journal.halted().await?;
        Ok(halt.map(|halt| format!("halted: {}", halt.reason)))
    }

    /// Whether this was not the last thing said of the operation.
    async fn is_news(&self, operation: &Operation, text: &str) -> bool {
        let mut said = self.locks.said.lock().await;
        said.insert(operation.id.clone(), text.to_owned()).as_deref() != Some(text)
    }

    /// What is remembered of operations that have ended is not needed any more.
    async fn forget_all_but(&self, open: &[Operation]) {
        let open: BTreeSet<&OperationId> = open.iter().map(|operation| &operation.id).collect();
        self.locks.said.lock().await.retain(|id, _| open.contains(id));
        self.locks.searched.lock().await.retain(|id, _| open.contains(id));
    }

    /// Does the next thing for one operation.
    pub(super) async fn advance(&self, operation: &Operation) -> Result<Progress, ActError> {
        match operation.state {
            OperationState::Planned | OperationState::Approved => self.admit(operation).await,
            OperationState::Reserved => self.begin(operation).await,
            OperationState::Signed | OperationState::Broadcast | OperationState::Unknown => {
                self.follow(operation).await
            }
            OperationState::Included => self.after_inclusion(operation).await,
            OperationState::Final => self.after_finality(operation).await,
            OperationState::Attesting => self.attest(operation).await,
            OperationState::Attested => self.mint(operation).await,
            OperationState::Minting => self.follow_mint(operation).await,
            OperationState::NeedsOperator => Ok(Progress::Waiting("an operator must decide".to_owned())),
            OperationState::Settled | OperationState::Failed => {
                Ok(Progress::Waiting("it has ended".to_owned()))
            }
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        clock::now()
    }

    pub(super) fn wallet(&self) -> Address {
        self.parts.signer.address()
    }

    pub(super) fn chain(&self, operation: &Operation, name: &ChainName) -> Result<&EvmChain, ActError> {
        self.parts.chains.get(name).ok_or_else(|| missing(operation, "the chain", name))
    }

    pub(super) fn settings(&self, operation: &Operation, name: &ChainName) -> Result<&ChainConfig, ActError> {
        self.parts.settings.get(name).ok_or_else(|| missing(operation, "the chain", name))
    }

    /// The contract of `asset` on `chain`.
    pub(super) fn token(
        &self,
        operation: &Operation,
        chain: &ChainName,
        asset: &AssetId,
    ) -> Result<Address, ActError> {
        let settings = self.settings(operation, chain)?;
        let token = settings.tokens.get(asset.as_str());
        token.map(|token| token.address).ok_or_else(|| missing(operation, "the token", chain))
    }

    /// One end of a CCTP transfer.
    pub(super) fn end(
        &self,
        operation: &Operation,
        chain: &ChainName,
        asset: &AssetId,
    ) -> Result<End, ActError> {
        let token = self.token(operation, chain, asset)?;
        let contracts = self.settings(operation, chain)?.cctp.as_ref();
        let contracts = contracts.ok_or_else(|| missing(operation, "CCTP", chain))?;
        Ok(End::new(chain.clone(), asset.clone(), token, contracts))
    }

    /// One end of a CCTP transfer on a chain of either kind.
    pub(super) fn any_end(
        &self,
        operation: &Operation,
        chain: &ChainName,
        asset: &AssetId,
    ) -> Result<AnyEnd, ActError> {
        if self.is_solana(chain) {
            return Ok(AnyEnd::Solana(Box::new(self.solana_end(operation, asset)?)));
        }
        Ok(AnyEnd::Evm(self.end(operation, chain, asset)?))
    }

    /// The Solana end of a CCTP transfer.
    pub(super) fn solana_end(&self, operation: &Operation, asset: &AssetId) -> Result<SolanaEnd, ActError> {
        let solana = self.solana(operation)?;
        let name = solana.chain.name();
        let programs = solana.config.cctp.as_ref();
        let programs = programs.ok_or_else(|| missing(operation, "CCTP", name))?;
        let token = self.solana_token(operation, asset)?.clone();
        Ok(SolanaEnd::new(name.clone(), asset.clone(), programs, token))
    }

    /// The native coin's position on `chain`.
    pub(super) fn native(&self, operation: &Operation, chain: &ChainName) -> Result<Position, ActError> {
        let native = match self.parts.solana.as_ref().filter(|_| self.is_solana(chain)) {
            Some(solana) => &solana.config.native,
            None => &self.settings(operation, chain)?.native,
        };
        Ok(Position::new(chain.clone(), AssetId::new(native)))
    }

    /// Base units of the native coin of `chain`.
    pub(super) fn native_amount(
        &self,
        operation: &Operation,
        chain: &ChainName,
        units: u128,
    ) -> Result<Amount, ActError> {
        let decimals = if self.is_solana(chain) { LAMPORT_DECIMALS } else { WEI_DECIMALS };
        Ok(Amount::new(self.native(operation, chain)?.asset, decimals, units))
    }

    /// Moves an operation by the table, and says so.
    pub(super) async fn go(
        &self,
        operation: &Operation,
        to: OperationState,
        leg: Leg,
        reason: Option<&str>,
    ) -> Result<Progress, ActError> {
        self.parts.journal.advance(&operation.id, operation.state, to, leg, reason, self.now()).await?;
        events::moved(&self.parts.metrics, operation, to, leg, reason);
        Ok(Progress::Moved)
    }
}

pub(super) fn missing(operation: &Operation, what: &'static str, chain: &ChainName) -> ActError {
    ActError::NotConfigured { operation: operation.id.clone(), what, chain: chain.clone() }
}
