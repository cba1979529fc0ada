//! What keeps an operation where it is, without a race: a part of the outside that does not answer,
//! or a journal that takes nothing more.

use std::collections::BTreeMap;
use std::path::Path;

use devnet::misbehave::Fault;
use devnet::proxy::{ProxySettings, Sending};
use devnet::solana::jupiter::JupiterSettings;
use devnet::solana::{NAME as SOLANA, provider};
use devnet::{Devnet, Mining, SolanaChain};
use purser::domain::{Leg, OperationState};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

/// What the journal says while it takes nothing.
pub(super) const REFUSAL: &str = "the test holds the operation here";

/// Tables with rows of an operation, and the column that names it.
const TABLES: [(&str, &str); 4] = [
    ("operations", "id"),
    ("attempts", "operation"),
    ("bridge_messages", "operation"),
    ("entries", "operation"),
];

/// One hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// The journal takes nothing more about the operation, so the outside runs ahead of it.
    Journal,
    /// The chain answers no simulation.
    Simulations(&'static str),
    /// Transactions get no answer and reach no node.
    LosesTransactions(&'static str),
    /// Transactions reach the node, which does not answer.
    HidesTransactions(&'static str),
    /// Transactions are confirmed and reach no node.
    SwallowsTransactions(&'static str),
    /// Transactions reach the node, which answers nonsense.
    MisnamesTransactions(&'static str),
    /// Jupiter takes orders to execute and neither executes them nor answers.
    Executions,
    /// No blocks.
    Blocks(&'static str),
    /// No attestations.
    Attestations,
}

impl Hold {
    /// Puts it in force. The journal's is set with [`freeze`].
    pub(super) async fn set(self, devnet: &Devnet) {
        let on = |chain: &str, change: &dyn Fn(&mut ProxySettings)| {
            for proxy in &devnet.proxies[chain] {
                proxy.handle().set(|settings| change(settings));
            }
        };
        let hangs = |method: &'static str| {
            move |settings: &mut ProxySettings| {
                settings.method_faults.insert(method.to_owned(), Fault::Hang);
            }
        };
        match self {
            Self::Simulations(SOLANA)
            | Self::LosesTransactions(SOLANA)
            | Self::HidesTransactions(SOLANA)
            | Self::SwallowsTransactions(SOLANA)
            | Self::MisnamesTransactions(SOLANA) => self.set_on_solana(devnet.solana()).await,
            Self::Journal => {}
            Self::Executions => {
                let path = "/swap/v2/execute".to_owned();
                let hang =
                    |settings: &mut JupiterSettings| drop(settings.path_faults.insert(path, Fault::Hang));
                devnet.solana().jupiter(hang).await.unwrap();
            }
            Self::Simulations(chain) => on(chain, &hangs("eth_estimateGas")),
            Self::LosesTransactions(chain) => on(chain, &hangs("eth_sendRawTransaction")),
            Self::HidesTransactions(chain) => {
                on(chain, &|settings| settings.send = Sending::ForwardThenFault(Fault::Hang));
            }
            Self::SwallowsTransactions(chain) => on(chain, &|settings| settings.send = Sending::Swallow),
            Self::MisnamesTransactions(chain) => {
                on(chain, &|settings| settings.send = Sending::ForwardThenWrongHash);
            }
            Self::Blocks(chain) => devnet.chain(chain).set_mining(Mining::Manual).await.unwrap(),
            Self::Attestations => {
                let silent = |state: &mut devnet::iris::IrisState| {
                    state.settings.path_faults.insert("/v2/messages".to_owned(), Fault::Hang);
                };
                devnet.iris.handle().with(silent);
            }
        }
    }

    async fn set_on_solana(self, solana: &SolanaChain) {
        let hangs = |method: &str| provider::ProxySettings {
            method_faults: BTreeMap::from([(method.to_owned(), Fault::Hang)]),
            ..provider::ProxySettings::default()
        };
        let sends = |send| provider::ProxySettings { send, ..provider::ProxySettings::default() };
        let settings = match self {
            Self::Simulations(_) => hangs("simulateTransaction"),
            Self::LosesTransactions(_) => hangs("sendTransaction"),
            Self::HidesTransactions(_) => sends(provider::Sending::ForwardThenFault(Fault::Hang)),
            Self::SwallowsTransactions(_) => sends(provider::Sending::Swallow),
            Self::MisnamesTransactions(_) => sends(provider::Sending::ForwardThenWrongSignature),
            Self::Journal | Self::Blocks(_) | Self::Attestations | Self::Executions => return,
        };
        solana.providers(|now| *now = settings.clone()).await.unwrap();
    }
}

/// Everything of the outside works again.
pub(super) async fn heal(devnet: &Devnet) {
    if devnet.manifest.solana.is_some() {
        devnet.solana().heal().await.unwrap();
    }
    for proxies in devnet.proxies.values() {
        for proxy in proxies {
            proxy.handle().set(|settings| *settings = ProxySettings::default());
        }
    }
    devnet.iris.handle().set(|settings| settings.path_faults.clear());
    for chain in devnet.chains().values() {
        if chain.mining() == Mining::Manual {
            chain.set_interval(super::scene::BLOCK_TIME).await.unwrap();
        }
    }
}

/// From the moment an operation is in `state` at `leg`, the journal at `path` takes nothing more
/// about it. Everything the daemon does there happens, and is not recorded. A reservation is two
/// updates, so the state counts from the second one.
pub(super) async fn freeze(path: &Path, state: OperationState, leg: Leg) {
    for (table, column) in TABLES {
        for (event, row) in [("INSERT", "NEW"), ("UPDATE", "OLD")] {
            execute(
                path,
                &format!(
                    "CREATE TRIGGER held_{table}_{event} BEFORE {event} ON {table} WHEN EXISTS (SELECT 1 FROM \
                     operations WHERE id = {row}.{column} AND state = '{state}' AND leg = '{leg}' AND (state <> 'reserved' OR reserved_at IS NOT NULL)) \
                     BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                ),
            )
            .await;
        }
    }
}

/// Undoes [`freeze`].
pub(super) async fn thaw(path: &Path) {
    for (table, _) in TABLES {
        for event in ["INSERT", "UPDATE"] {
            execute(path, &format!("DROP TRIGGER IF EXISTS held_{table}_{event}")).await;
        }
    }
}

async fn execute(path: &Path, statement: &str) {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
