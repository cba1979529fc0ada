//! A Solana JSON-RPC endpoint over an invented cluster that can be told to fail, lag, lie and race.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use purser::chains::solana::scan::CLOCK;
use purser::chains::solana::{Account, Address, Hash, SolanaChain};
use purser::config::SolanaConfig;
use purser::domain::ChainName;
use serde_json::{Value, json};
use tokio::task::AbortHandle;

pub(super) const GENESIS: Hash = Hash::new_from_array([7; 32]);
pub(super) const BLOCKHASH: Hash = Hash::new_from_array([9; 32]);

/// What goes wrong with every HTTP request.
#[derive(Clone, Default)]
pub(super) enum Fault {
    #[default]
    None,
    Hang,
    Status(u16),
    Body(Vec<u8>),
}

/// Slot and block height of one commitment.
#[derive(Clone, Copy)]
pub(super) struct Tip {
    pub(super) slot: u64,
    pub(super) height: u64,
}

pub(super) struct World {
    pub(super) fault: Fault,
    pub(super) genesis: Hash,
    pub(super) confirmed: Tip,
    pub(super) finalised: Tip,
    /// Slot the status of a signature is answered at; that of `confirmed` when `None`.
    pub(super) status_slot: Option<u64>,
    pub(super) first_block: u64,
    pub(super) last_valid: u64,
    /// Seconds the cluster's clock is behind.
    pub(super) age: u64,
    /// Slot in the clock account; that of the answer when `None`.
    pub(super) clock_slot: Option<u64>,
    /// So many reads of accounts are each one slot later than the one before.
    pub(super) races: u32,
    pub(super) accounts: BTreeMap<Address, Account>,
    /// Signature to (slot, commitment, err).
    pub(super) statuses: BTreeMap<String, (u64, &'static str, Value)>,
    /// Results answered to a method whatever is asked.
    pub(super) results: BTreeMap<&'static str, Value>,
    /// Errors answered to a method.
    pub(super) errors: BTreeMap<&'static str, Value>,
    pub(super) http_requests: u64,
    pub(super) calls: Vec<(String, Value)>,
    pub(super) sent: Vec<Vec<u8>>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            fault: Fault::None,
            genesis: GENESIS,
            confirmed: Tip { slot: 1000, height: 900 },
            finalised: Tip { slot: 968, height: 868 },
            status_slot: None,
            first_block: 0,
            last_valid: 1050,
            age: 0,
            clock_slot: None,
            races: 0,
            accounts: BTreeMap::new(),
            statuses: BTreeMap::new(),
            results: BTreeMap::new(),
            errors: BTreeMap::new(),
            http_requests: 0,
            calls: Vec::new(),
            sent: Vec::new(),
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An account as a node writes it.
pub(super) fn account_json(account: &Account) -> Value {
    json!({
        "lamports": account.lamports,
        "owner": account.owner.to_string(),
        "data": [STANDARD.encode(&account.data), "base64"],
        "executable": account.executable,
        "rentEpoch": u64::MAX,
        "space": account.data.len(),
    })
}

impl World {
    fn tip(&self, options: &Value) -> Tip {
        if options["commitment"] == "finalized" { self.finalised } else { self.confirmed }
    }

    fn clock(&self, slot: u64) -> Account {
        let mut data = vec![0; 40];
        data[..8].copy_from_slice(&self.clock_slot.unwrap_or(slot).to_le_bytes());
        data[32..].copy_from_slice(&(now() - self.age).to_le_bytes());
        Account { lamports: 1, owner: Address::default(), data, executable: false }
    }

    fn content(&self, text: &Value, slot: u64) -> Value {
        let address: Address = text.as_str().unwrap().parse().unwrap();
        if address == CLOCK {
            return account_json(&self.clock(slot));
        }
        self.accounts.get(&address).map_or(Value::Null, account_json)
    }

    fn answer(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.calls.push((method.to_owned(), params.clone()));
        if let Some(error) = self.errors.get(method) {
            return Err(error.clone());
        }
        if let Some(result) = self.results.get(method) {
            return Ok(result.clone());
        }
        let at = |slot: u64, value: Value| json!({"context": {"slot": slot, "apiVersion": "3.0.0"}, "value": value});
        Ok(match method {
            "getGenesisHash" => json!(self.genesis.to_string()),
            "getEpochInfo" => {
                let tip = self.tip(&params[0]);
                json!({"absoluteSlot": tip.slot, "blockHeight": tip.height, "epoch": 2, "slotIndex": 1,
                       "slotsInEpoch": 432_000, "transactionCount": 5})
            }
            "getFirstAvailableBlock" => json!(self.first_block),
            "getMinimumBalanceForRentExemption" => json!((params[0].as_u64().unwrap() + 128) * 6960),
            "getLatestBlockhash" => at(
                self.confirmed.slot,
                json!({"blockhash": BLOCKHASH.to_string(), "lastValidBlockHeight": self.last_valid}),
            ),
            "getRecentPrioritizationFees" => {
                json!(
                    (0..100_u64).map(|n| json!({"slot": n, "prioritizationFee": n * 10})).collect::<Vec<_>>()
                )
            }
            "getMultipleAccounts" => {
                let slot = self.tip(&params[1]).slot;
                if params[1]["minContextSlot"].as_u64().unwrap() > slot {
                    return Err(
                        json!({"code": -32016, "message": "Minimum context slot has not been reached",
                                      "data": {"contextSlot": slot}}),
                    );
                }
                let list = params[0].as_array().unwrap();
                let found: Vec<Value> = list.iter().map(|text| self.content(text, slot)).collect();
                if self.races > 0 {
                    self.races -= 1;
                    self.confirmed.slot += 1;
                }
                at(slot, json!(found))
            }
            "getSignatureStatuses" => {
                assert_eq!(params[1]["searchTransactionHistory"], true, "{params}");
                let signature = params[0][0].as_str().unwrap();
                let status = match self.statuses.get(signature) {
                    Some((slot, commitment, err)) => status_json(*slot, commitment, err),
                    None => Value::Null,
                };
                at(self.status_slot.unwrap_or(self.confirmed.slot), json!([status]))
            }
            "sendTransaction" => {
                assert_eq!(params[1], json!({"encoding": "base64", "skipPreflight": true, "maxRetries": 0}));
                let bytes = STANDARD.decode(params[0].as_str().unwrap()).unwrap();
                let signature = purser::chains::solana::Signed::decode(&bytes, 0, 0).unwrap().signature;
                self.sent.push(bytes);
                json!(signature.to_string())
            }
            _ => return Err(json!({"code": -32601, "message": "Method not found"})),
        })
    }
}

fn status_json(slot: u64, commitment: &str, err: &Value) -> Value {
    let status = if err.is_null() { json!({"Ok": null}) } else { json!({"Err": err}) };
    json!({"slot": slot, "confirmations": null, "err": err, "status": status, "confirmationStatus": commitment})
}

/// A running endpoint; it ends when dropped.
pub(super) struct Fake {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    server: AbortHandle,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Fake {
    pub(super) async fn start() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(post(handle)).with_state(Arc::clone(&world));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, world, server: server.abort_handle() }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(super) fn requests(&self) -> u64 {
        self.world().http_requests
    }

    /// Calls of `method` so far.
    pub(super) fn calls(&self, method: &str) -> Vec<Value> {
        let world = self.world();
        world.calls.iter().filter(|(name, _)| name == method).map(|(_, params)| params.clone()).collect()
    }
}

async fn handle(State(world): State<Arc<Mutex<World>>>, body: String) -> Response {
    let fault = {
        let mut world = world.lock().unwrap();
        world.http_requests += 1;
        world.fault.clone()
    };
    match fault {
        Fault::None => {}
        Fault::Hang => std::future::pending::<()>().await,
        Fault::Status(code) => return StatusCode::from_u16(code).unwrap().into_response(),
        Fault::Body(body) => return body.into_response(),
    }
    let request: Value = serde_json::from_str(&body).unwrap();
    let mut world = world.lock().unwrap();
    let mut one = |call: &Value| {
        let id = &call["id"];
        match world.answer(call["method"].as_str().unwrap(), &call["params"]) {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error}),
        }
    };
    let reply = match &request {
        Value::Array(calls) => Value::Array(calls.iter().map(&mut one).collect()),
        call => one(call),
    };
    reply.to_string().into_response()
}

/// A cluster over `fakes`, in that order, with the defaults of the configuration and `extra` on top.
pub(super) fn chain(fakes: &[&Fake], extra: Value) -> SolanaChain {
    let rpc: Vec<String> =
        fakes.iter().map(|fake| format!("http://{}/secret-key-0123456789", fake.address)).collect();
    let mut config = json!({
        "genesis_hash": GENESIS.to_string(),
        "rpc": rpc,
        "timeout_ms": 2000,
        "keypair": {"env": "UNUSED"},
        "max_gas_usd": "1",
    });
    config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let config: SolanaConfig = serde_json::from_value(config).unwrap();
    SolanaChain::new(ChainName::new("solana"), &config).unwrap()
}

pub(super) async fn three() -> (Fake, Fake, Fake) {
    (Fake::start().await, Fake::start().await, Fake::start().await)
}
