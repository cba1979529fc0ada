//! The node: LiteSVM behind Solana's JSON-RPC, with slots that pass by the
//! clock and programs of our own.

use std::cmp::Ordering;
use std::net::{Ipv4Addr, TcpListener};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use solana_account::Account;
use solana_program_runtime::invoke_context::BuiltinFunctionRegisterer;
use solana_pubkey::Pubkey;
use surfpool_core::surfnet::locker::SurfnetSvmLocker;
use surfpool_core::surfnet::svm::{SurfnetSvm, SurfnetSvmConfig};
use surfpool_types::{
    BlockProductionMode, RpcConfig, SimnetCommand, SimnetConfig, SimnetEvent, SurfpoolConfig,
};

use crate::error::Error;

/// Attempts to start on free ports: between the choice of a port and its use
/// somebody else may take it.
const ATTEMPTS: usize = 5;
/// Time between two looks for a block that was asked for.
const POLL: Duration = Duration::from_millis(1);
/// Time one block may take.
const BLOCK_PATIENCE: Duration = Duration::from_secs(10);

/// How a node starts.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Milliseconds between slots.
    pub slot_ms: u64,
    /// The port of the JSON-RPC server; a free one if none is given.
    pub port: Option<u16>,
    /// Programs in native code, by address.
    pub programs: Vec<(Pubkey, BuiltinFunctionRegisterer)>,
    /// Accounts that exist from the start.
    pub accounts: Vec<(Pubkey, Account)>,
}

/// A running node. It ends when this is dropped.
pub struct Node {
    rpc_url: String,
    ws_url: String,
    locker: SurfnetSvmLocker,
    commands: Sender<SimnetCommand>,
    threads: Vec<JoinHandle<()>>,
}

fn failed(reason: impl ToString) -> Error {
    Error::Node { reason: reason.to_string() }
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
    Ok(listener.local_addr().map_err(failed)?.port())
}

impl Node {
    /// Starts a node on loopback ports. It reaches no other network.
    ///
    /// # Errors
    /// [`Error::Node`] if it does not come up, [`Error::Account`] if an account cannot be written.
    pub fn start(config: &NodeConfig) -> Result<Self, Error> {
        let mut outcome = Err(failed("no attempt was made"));
        for _ in 0..ATTEMPTS {
            outcome = Self::attempt(config);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn attempt(config: &NodeConfig) -> Result<Self, Error> {
        let (port, ws_port) = (config.port.map_or_else(free_port, Ok)?, free_port()?);
        let host = Ipv4Addr::LOCALHOST.to_string();
        let simnet = SimnetConfig {
            offline_mode: true,
            remote_rpc_url: None,
            slot_time: config.slot_ms,
            block_production_mode: BlockProductionMode::Clock,
            instruction_profiling_enabled: false,
            ..SimnetConfig::default()
        };
        let svm_config = SurfnetSvmConfig {
            slot_time: config.slot_ms,
            instruction_profiling_enabled: false,
            ..SurfnetSvmConfig::default()
        };
        let (mut svm, events, geyser) = SurfnetSvm::new(svm_config).map_err(failed)?;
        for (address, program) in &config.programs {
            svm.inner.svm.add_builtin(*address, *program);
        }
        for (address, account) in &config.accounts {
            put(&mut svm, address, account.clone())?;
        }
        let surfpool = SurfpoolConfig {
            simnets: vec![simnet],
            rpc: RpcConfig { bind_host: host.clone(), bind_port: port, ws_port, ..RpcConfig::default() },
            ..SurfpoolConfig::default()
        };
        let (commands, received) = crossbeam_channel::unbounded();
        let locker = SurfnetSvmLocker::new(svm);
        let (for_loop, commands_for_loop) = (locker.clone(), commands.clone());
        let (ended, end) = crossbeam_channel::bounded(1);
        let run = move || {
            let Ok(runtime) =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
            else {
                return;
            };
            let chain = surfpool_core::runloops::start_local_surfnet_runloop(
                for_loop,
                surfpool,
                commands_for_loop,
                received,
                geyser,
            );
            let outcome = runtime.block_on(chain).map_err(|error| error.to_string());
            // After the start nobody waits for the end.
            let _ = ended.send(outcome.err());
            runtime.shutdown_background();
        };
        let chain = std::thread::Builder::new().name("solana-node".into()).spawn(run).map_err(failed)?;
        wait_for_start(&events, &end)?;
        // Nobody reads the events later, and they must not pile up.
        let drain = std::thread::spawn(move || while events.recv().is_ok() {});
        let (rpc_url, ws_url) = (format!("http://{host}:{port}"), format!("ws://{host}:{ws_port}"));
        Ok(Self { rpc_url, ws_url, locker, commands, threads: vec![chain, drain] })
    }

    /// The URL of the JSON-RPC server.
    pub fn url(&self) -> &str {
        &self.rpc_url
    }

    /// The URL of the subscription server.
    pub fn ws_url(&self) -> &str {
        &self.ws_url
    }

    /// What reads and changes the state past all programs.
    pub fn state(&self) -> ChainState {
        ChainState { locker: self.locker.clone(), commands: self.commands.clone() }
    }

    /// Whether the node still runs.
    pub fn is_running(&self) -> bool {
        self.threads.iter().all(|thread| !thread.is_finished())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The loop may have ended by itself.
        let _ = self.commands.send(SimnetCommand::Terminate(None));
    }
}

/// Waits until the chain runs. The state keeps a sender of events, so that
/// the channel stays open when the loop ends before that: its end is told by
/// a channel of its own.
fn wait_for_start(events: &Receiver<SimnetEvent>, end: &Receiver<Option<String>>) -> Result<(), Error> {
    loop {
        crossbeam_channel::select! {
            recv(events) -> event => match event {
                Ok(SimnetEvent::CoreStarted(_)) => return Ok(()),
                Ok(SimnetEvent::Aborted(reason)) => return Err(failed(reason)),
                Ok(SimnetEvent::Shutdown) => return Err(failed("it shut down while it started")),
                Ok(_) => {}
                Err(_) => return Err(failed("it ended while it started")),
            },
            recv(end) -> reason => {
                return Err(failed(reason.ok().flatten().unwrap_or_else(|| "it ended while it started".into())));
            }
        }
    }
}

fn put(svm: &mut SurfnetSvm, address: &Pubkey, account: Account) -> Result<(), Error> {
    svm.set_account(address, account)
        .map_err(|error| Error::Account { address: *address, reason: error.to_string() })
}

/// The state of the chain, past all programs. Its methods block the thread:
/// asynchronous code calls them on a thread that may be blocked.
#[derive(Clone)]
pub struct ChainState {
    locker: SurfnetSvmLocker,
    commands: Sender<SimnetCommand>,
}

impl ChainState {
    /// Reads and writes with nothing in between: no transaction runs meanwhile.
    ///
    /// # Errors
    /// What `change` answers. What it wrote before it failed stays written.
    pub fn change<R: Send + 'static>(
        &self,
        change: impl FnOnce(&mut View) -> Result<R, Error> + Send + Sync,
    ) -> Result<R, Error> {
        self.locker.with_svm_writer(move |svm| change(&mut View(svm)))
    }

    /// Writes accounts.
    ///
    /// # Errors
    /// [`Error::Account`] if the node refuses one.
    pub fn put(&self, accounts: Vec<(Pubkey, Account)>) -> Result<(), Error> {
        self.change(move |view| {
            accounts.into_iter().try_for_each(|(address, account)| view.put(&address, account))
        })
    }

    /// Removes an account.
    ///
    /// # Errors
    /// [`Error::Account`] if the node refuses.
    pub fn remove(&self, address: Pubkey) -> Result<(), Error> {
        self.change(move |view| view.remove(&address))
    }

    /// An account as it is now.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        self.locker.with_svm_reader(|svm| account(svm, address))
    }

    /// The newest slot, whose transactions are `processed`.
    pub fn slot(&self) -> u64 {
        self.locker.get_latest_absolute_slot()
    }

    /// Lets the chain's clock jump by `seconds`; it shows from the next slot
    /// on. Slots do not jump.
    pub fn pass_time(&self, seconds: u64) {
        self.locker.with_svm_writer(move |svm| svm.updated_at += seconds * 1_000);
    }

    /// Blocks so far; the transactions that come now belong to the next one.
    pub fn height(&self) -> u64 {
        self.locker.with_svm_reader(|svm| svm.latest_epoch_info.block_height)
    }

    /// Makes blocks at once until the chain is `height` high, and none after
    /// that until [`ChainState::resume`].
    ///
    /// # Errors
    /// [`Error::Height`] if the chain is higher already or makes no blocks.
    pub fn stop_at(&self, height: u64) -> Result<(), Error> {
        self.command(SimnetCommand::UpdateBlockProductionMode(BlockProductionMode::Manual))?;
        loop {
            let now = self.height();
            match now.cmp(&height) {
                Ordering::Equal => return Ok(()),
                Ordering::Greater => return Err(Error::Height { wanted: height, is: now }),
                Ordering::Less => self.command(SimnetCommand::SlotForward(None))?,
            }
            let started = Instant::now();
            while self.height() == now {
                if started.elapsed() > BLOCK_PATIENCE {
                    return Err(Error::Height { wanted: height, is: now });
                }
                std::thread::sleep(POLL);
            }
        }
    }

    /// Lets blocks come by the clock again.
    ///
    /// # Errors
    /// [`Error::Node`] if the node ended.
    pub fn resume(&self) -> Result<(), Error> {
        self.command(SimnetCommand::UpdateBlockProductionMode(BlockProductionMode::Clock))
    }

    fn command(&self, command: SimnetCommand) -> Result<(), Error> {
        self.commands.send(command).map_err(failed)
    }
}

fn account(svm: &SurfnetSvm, address: &Pubkey) -> Option<Account> {
    svm.get_account(address).ok().flatten().filter(|account| account.lamports > 0)
}

/// The state while nothing else can change it.
pub struct View<'a>(&'a mut SurfnetSvm);

impl View<'_> {
    /// An account as it is now.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        account(self.0, address)
    }

    /// Writes an account.
    ///
    /// # Errors
    /// [`Error::Account`] if the node refuses it.
    pub fn put(&mut self, address: &Pubkey, account: Account) -> Result<(), Error> {
        put(self.0, address, account)
    }

    /// Removes an account.
    ///
    /// # Errors
    /// [`Error::Account`] if the node refuses.
    pub fn remove(&mut self, address: &Pubkey) -> Result<(), Error> {
        self.put(address, Account::default())
    }
}
