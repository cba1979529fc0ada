//! Observation: everything a decision is made from, as one snapshot.
//!
//! One HTTP request per chain reads balances, pools and the state of the bridge's contracts at one
//! block ([`chain`]); prices, bridge fees ([`bridges`]) and quotes ([`quotes`]) come with their age; what
//! is promised or on its way comes from the journal, judged at the very block that was read ([`commitments`]).

pub mod accounting;
pub mod bridges;
pub mod chain;
pub mod commitments;
pub mod haircuts;
pub mod pools;
pub mod quotes;
pub mod solana;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::Address;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::bridges::cctp::Iris;
use crate::chains::evm::EvmChain;
use crate::chains::solana::{Address as SolanaAddress, SolanaChain};
use crate::config::{ChainConfig, SolanaConfig};
use crate::domain::snapshot::Reading;
use crate::domain::{AssetId, ChainName, Domain, QuoteRequest, QuoteView, Snapshot, Wallets};
use crate::feeds::PriceBook;
use crate::journal::{Journal, JournalError};
use crate::network::OpenRoutes;
use crate::observe::bridges::BridgeFees;
use crate::observe::chain::{ChainObserver, Observed};
use crate::observe::commitments::Commitments;
use crate::observe::haircuts::Haircuts;
use crate::observe::quotes::Quotes;
use crate::observe::solana::SolanaObserver;
use crate::telemetry::{Metrics, clock};
use crate::venues::uniswap::ReadError;

/// Why there is no snapshot at all. A chain or price that cannot be read is a reason inside it.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// What is promised and on its way is unknown without the journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A configured pool cannot be used.
    #[error(transparent)]
    Pool(#[from] ReadError),
    /// A reader was cut off.
    #[error("reading a chain was cut off: {0}; nothing was decided")]
    CutOff(String),
}

/// What was read, and what was under way when it was.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Everything a decision is made from.
    pub snapshot: Snapshot,
    /// Routes that open operations use: the same operations whose amounts the snapshot sets aside.
    pub open: OpenRoutes,
}

/// Reads snapshots. Remembers what does not change between them.
pub struct Observer {
    wallets: Wallets,
    chains: BTreeMap<ChainName, Arc<Mutex<ChainObserver>>>,
    solana: Option<(ChainName, Arc<Mutex<SolanaObserver>>)>,
    native_assets: BTreeMap<ChainName, AssetId>,
    prices: Arc<PriceBook>,
    fees: BridgeFees,
    quotes: Quotes,
    haircuts: Haircuts,
    metrics: Metrics,
}

impl Observer {
    /// An observer of `chains` for `wallet`, and of Solana for its owner there; `recipients` are who else
    /// may receive.
    ///
    /// # Errors
    /// [`ObserveError::Pool`] when a configured pool names unknown tokens.
    #[expect(clippy::too_many_arguments, reason = "the parts it reads from, all of different types")]
    pub fn new(
        wallet: Address,
        recipients: &[Address],
        chains: &BTreeMap<ChainName, EvmChain>,
        settings: &BTreeMap<ChainName, ChainConfig>,
        solana: Option<(SolanaAddress, SolanaChain, &SolanaConfig)>,
        iris: Iris,
        quotes: Quotes,
        prices: Arc<PriceBook>,
        metrics: Metrics,
    ) -> Result<Self, ObserveError> {
        let mut observers = BTreeMap::new();
        let mut native_assets = BTreeMap::new();
        let domains = |except: Option<&ChainName>| -> Vec<Domain> {
            let evm = settings.iter().filter(|(name, _)| Some(*name) != except);
            evm.filter_map(|(_, chain)| Some(Domain(chain.cctp.as_ref()?.domain))).collect()
        };
        for (name, chain) in chains {
            let Some(config) = settings.get(name) else { continue };
            let mut remotes = domains(Some(name));
            let far = solana.as_ref().and_then(|(.., config)| Some(Domain(config.cctp.as_ref()?.domain)));
            remotes.extend(far);
            let observer = ChainObserver::new(wallet, recipients, chain.clone(), config, &remotes)?;
            observers.insert(name.clone(), Arc::new(Mutex::new(observer)));
            native_assets.insert(name.clone(), AssetId::new(&config.native));
        }
        let mut wallets = Wallets::evm(wallet);
        let solana = solana.map(|(owner, chain, config)| {
            native_assets.insert(chain.name().clone(), AssetId::new(&config.native));
            wallets.solana = Some((chain.name().clone(), owner.into()));
            let name = chain.name().clone();
            (name, Arc::new(Mutex::new(SolanaObserver::new(owner, chain, config, domains(None)))))
        });
        Ok(Self {
            wallets,
            solana,
            chains: observers,
            native_assets,
            prices,
            fees: BridgeFees::new(iris),
            quotes,
            haircuts: Haircuts::new(metrics.clone()),
            metrics,
        })
    }

    /// Reads everything. `journal` tells what is promised and on its way; without one (nothing ever
    /// ran) nothing is.
    pub async fn observe(&self, journal: Option<&Journal>) -> Result<Observation, ObserveError> {
        let commitments = match journal {
            Some(journal) => Commitments::read(journal).await?,
            None => Commitments::default(),
        };
        let commitments = Arc::new(commitments);
        let now = clock::now();
        let (observed, prices) = tokio::join!(self.read_chains(&commitments), self.prices.prices(now));
        let observed = observed?;
        let bridges = self.fees.views(&observed, self.wallets.evm, now).await;
        let chains = match journal {
            Some(journal) => commitments.refreshed(journal).await?.apply(&observed),
            None => commitments.apply(&observed),
        };
        let snapshot = Snapshot {
            taken_at: clock::now(),
            wallets: self.wallets.clone(),
            chains,
            prices,
            bridges,
            quotes: Vec::new(),
            haircuts: self.haircuts.now(journal).await?,
            native_assets: self.native_assets.clone(),
        };
        Ok(Observation { snapshot, open: commitments.routes() })
    }

    /// The snapshot of [`Observer::observe`].
    pub async fn snapshot(&self, journal: Option<&Journal>) -> Result<Snapshot, ObserveError> {
        Ok(self.observe(journal).await?.snapshot)
    }

    /// Asks venues for quotes of pairs that a look at the snapshot found worth it.
    ///
    /// # Errors
    /// [`ObserveError::Journal`] when what the venues gave before cannot be read.
    pub async fn quotes(
        &self,
        requests: &[QuoteRequest],
        journal: Option<&Journal>,
    ) -> Result<Vec<Reading<QuoteView>>, ObserveError> {
        Ok(self.quotes.views(requests, journal).await?)
    }

    /// Whether a quorum of every chain's endpoints sees the balances that `snapshot` was made from;
    /// `Err` says where not.
    pub async fn confirm(&self, snapshot: &Snapshot) -> Reading<()> {
        for (name, view) in &snapshot.chains {
            if let (Ok(view), Some(observer)) = (view, self.chains.get(name)) {
                observer.lock().await.confirm(view).await?;
            }
            let solana = self.solana.as_ref().filter(|(solana, _)| solana == name);
            if let (Ok(view), Some((_, observer))) = (view, solana) {
                observer.lock().await.confirm(view).await?;
            }
        }
        Ok(())
    }

    async fn read_chains(
        &self,
        commitments: &Arc<Commitments>,
    ) -> Result<BTreeMap<ChainName, Reading<Observed>>, ObserveError> {
        let mut reading = JoinSet::new();
        for (name, observer) in &self.chains {
            let (name, observer, commitments) = (name.clone(), Arc::clone(observer), Arc::clone(commitments));
            reading.spawn(async move {
                let read = observer.lock().await.read(&commitments).await;
                (name, read)
            });
        }
        if let Some((name, observer)) = &self.solana {
            let (name, observer, commitments) = (name.clone(), Arc::clone(observer), Arc::clone(commitments));
            reading.spawn(async move {
                let read = observer.lock().await.read(&commitments).await;
                (name, read)
            });
        }
        let mut observed = BTreeMap::new();
        while let Some(done) = reading.join_next().await {
            let (name, read) = done.map_err(|error| ObserveError::CutOff(error.to_string()))?;
            if let Some(finalised) = read.as_ref().ok().and_then(|read| read.finalised) {
                let finalized = i64::try_from(finalised).unwrap_or(i64::MAX);
                self.metrics.finalized_block.with_label_values(&[name.as_str()]).set(finalized);
            }
            observed.insert(name, read);
        }
        Ok(observed)
    }
}
