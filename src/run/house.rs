//! Everything the commands share, built from the configuration. Nothing is asked of the network.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;

use crate::act::SolanaParts;
use crate::bridges::cctp::{Iris, IrisError};
use crate::chains::evm::keys::{self, Key, KeyError};
use crate::chains::evm::{ChainError, EvmChain};
use crate::chains::http::{HttpError, http_client};
use crate::chains::solana::keys::Wallet;
use crate::chains::solana::{Address as SolanaAddress, SolanaChain};
use crate::config::secret::SecretError;
use crate::config::solana::CHAIN as SOLANA;
use crate::config::{ChainConfig, Config};
use crate::domain::{AssetId, ChainName};
use crate::feeds::PriceBook;
use crate::observe::quotes::Quotes;
use crate::observe::{ObserveError, Observer};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::MetricsError;
use crate::venues::jupiter::Jupiter;
use crate::venues::oneinch::{Account, OneInch};

/// Name of the journal inside the data folder.
const JOURNAL: &str = "journal.sqlite";

/// Why the parts could not be put together. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// A chain's settings are unusable.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Iris' settings are unusable.
    #[error(transparent)]
    Iris(#[from] IrisError),
    /// No HTTP client.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The keystore cannot be opened.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The keystore's password cannot be read.
    #[error("wallet.password: {0}")]
    Password(#[from] SecretError),
    /// Solana's key cannot be read.
    #[error("solana.keypair: {0}")]
    SolanaKey(#[from] crate::chains::solana::keys::KeyError),
    /// Metrics cannot be registered.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The data folder cannot be made.
    #[error(
        "data_dir = \"{}\" cannot be made: {error}; nothing was sent. Check the path: only its last folder is \
         made, so a disk that is not mounted is noticed", .path.display()
    )]
    DataDir {
        /// The configured folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Pools are configured that cannot be used.
    #[error(transparent)]
    Observe(#[from] ObserveError),
}

/// The parts.
pub struct House {
    /// The configuration.
    pub config: Config,
    /// Chains by name.
    pub chains: BTreeMap<ChainName, EvmChain>,
    /// Their settings.
    pub settings: BTreeMap<ChainName, ChainConfig>,
    /// Solana, where it is configured.
    pub solana: Option<SolanaChain>,
    /// Prices.
    pub prices: Arc<PriceBook>,
    /// Iris.
    pub iris: Iris,
    /// 1inch, on the chains where it is configured.
    pub oneinch: BTreeMap<ChainName, OneInch>,
    /// Jupiter, where Solana has it.
    pub jupiter: Option<Jupiter>,
    /// Metrics.
    pub metrics: Metrics,
}

impl House {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`HouseError`] names the setting that cannot be used.
    pub fn build(config: Config) -> Result<Self, HouseError> {
        let mut chains = BTreeMap::new();
        let mut settings = BTreeMap::new();
        for (name, chain) in &config.chains {
            let name = ChainName::new(name);
            chains.insert(name.clone(), EvmChain::new(name.clone(), chain)?);
            settings.insert(name, chain.clone());
        }
        let name = ChainName::new(SOLANA);
        let solana = config.solana.as_ref().map(|solana| SolanaChain::new(name, solana)).transpose()?;
        let client = http_client(Duration::from_secs(config.prices.timeout_seconds.max(1)))?;
        let assets = config.assets.iter().map(|(asset, settings)| (AssetId::new(asset), settings.clone()));
        let prices = Arc::new(PriceBook::new(client, config.prices.clone(), assets.collect()));
        let iris = Iris::new(&config.cctp)?;
        let oneinch = aggregators(&settings)?;
        let jupiter = config.solana.as_ref().and_then(|solana| solana.jupiter.as_ref());
        let jupiter = jupiter.map(Jupiter::new).transpose()?;
        Ok(Self {
            config,
            chains,
            settings,
            solana,
            prices,
            iris,
            oneinch,
            jupiter,
            metrics: Metrics::new()?,
        })
    }

    /// Where the journal is.
    pub fn journal_path(&self) -> PathBuf {
        self.config.data_dir.join(JOURNAL)
    }

    /// Makes the data folder, for its owner alone, when it is not there yet.
    ///
    /// # Errors
    /// [`HouseError::DataDir`] when the folder above it is missing or closed.
    pub fn make_data_dir(&self) -> Result<(), HouseError> {
        let path = &self.config.data_dir;
        match std::fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => Ok(()),
            Err(_) if path.is_dir() => Ok(()),
            Err(error) => Err(HouseError::DataDir { path: path.clone(), error }),
        }
    }

    /// The signing key.
    ///
    /// # Errors
    /// [`HouseError`] when the password or the keystore cannot be read.
    pub fn key(&self) -> Result<Key, HouseError> {
        let password = self.config.wallet.password.read()?;
        Ok(Key::open(&self.config.wallet.keystore, &password)?)
    }

    /// Solana with its settings and key, where it is configured.
    ///
    /// # Errors
    /// [`HouseError::SolanaKey`] when the key cannot be read.
    pub fn solana_parts(&self) -> Result<Option<SolanaParts>, HouseError> {
        let Some((chain, config)) = self.solana.as_ref().zip(self.config.solana.as_ref()) else {
            return Ok(None);
        };
        let wallet = Wallet::load(&config.keypair)?;
        let jupiter = self.jupiter.clone();
        Ok(Some(SolanaParts { chain: chain.clone(), config: config.clone(), wallet, jupiter }))
    }

    /// The wallet's address on Solana, where it is configured.
    ///
    /// # Errors
    /// [`HouseError::SolanaKey`] when the key cannot be read.
    pub fn solana_owner(&self) -> Result<Option<SolanaAddress>, HouseError> {
        let Some(config) = &self.config.solana else { return Ok(None) };
        Ok(Some(Wallet::load(&config.keypair)?.address()))
    }

    /// The wallet's address: as the keystore says in clear, or by opening it.
    ///
    /// # Errors
    /// As [`House::key`].
    pub fn wallet(&self) -> Result<Address, HouseError> {
        let keystore = &self.config.wallet.keystore;
        let folder = keystore.parent().map(PathBuf::from).unwrap_or_default();
        let listed = keys::list(&folder).unwrap_or_default();
        let written = listed.into_iter().find(|file| file.path == *keystore).and_then(|file| file.address);
        match written {
            Some(address) => Ok(address),
            None => Ok(self.key()?.address()),
        }
    }

    /// An observer for `wallet`, and for the owner of the key on Solana.
    ///
    /// # Errors
    /// [`HouseError::Observe`] when a configured pool cannot be used, [`HouseError::SolanaKey`] when the
    /// key cannot be read.
    pub fn observer(&self, wallet: Address) -> Result<Observer, HouseError> {
        self.observer_of(wallet, self.solana_owner()?.unwrap_or_default())
    }

    /// An observer for `wallet`, and for `owner` where Solana is configured.
    ///
    /// # Errors
    /// [`HouseError::Observe`] when a configured pool cannot be used.
    pub fn observer_of(&self, wallet: Address, owner: SolanaAddress) -> Result<Observer, HouseError> {
        let solana = self.solana.as_ref().zip(self.config.solana.as_ref());
        let solana = solana.map(|(chain, config)| (owner, chain.clone(), config));
        let recipients = &self.config.policy.recipients;
        let (iris, prices) = (self.iris.clone(), Arc::clone(&self.prices));
        let mut quotes = Quotes::new(&self.oneinch, &self.settings, self.metrics.clone());
        if let Some((jupiter, solana)) = self.jupiter.as_ref().zip(self.config.solana.as_ref()) {
            quotes = quotes.with_jupiter(jupiter, solana);
        }
        Ok(Observer::new(
            wallet,
            recipients,
            &self.chains,
            &self.settings,
            solana,
            iris,
            quotes,
            prices,
            self.metrics.clone(),
        )?)
    }
}

/// 1inch per chain; chains of one account share its limit.
fn aggregators(
    settings: &BTreeMap<ChainName, ChainConfig>,
) -> Result<BTreeMap<ChainName, OneInch>, HttpError> {
    let mut all: BTreeMap<ChainName, OneInch> = BTreeMap::new();
    for (name, chain) in settings {
        let Some(config) = &chain.oneinch else { continue };
        let known = all.values().map(OneInch::account).find(|account| account.is_of(config)).cloned();
        let account = match known {
            Some(account) => account,
            None => Account::new(config)?,
        };
        all.insert(name.clone(), OneInch::new(account, chain.chain_id, config));
    }
    Ok(all)
}
