//! A JSON-RPC endpoint over an invented chain that can be told to fail, lag, lie and race.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use alloy::primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy::sol_types::{SolCall, SolValue};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use purser::chains::evm::EvmChain;
use purser::config::ChainConfig;
use purser::domain::ChainName;
use serde_json::{Value, json};
use tokio::task::AbortHandle;

alloy::sol! {
    struct Call3 { address target; bool allowFailure; bytes callData; }
    struct CallResult { bool success; bytes returnData; }
    function aggregate3(Call3[] calls) returns (CallResult[] memory);
}

pub(super) const CHAIN_ID: u64 = 31337;
pub(super) const TOKEN: Address = Address::repeat_byte(0x70);
pub(super) const BROKEN_TOKEN: Address = Address::repeat_byte(0x71);
pub(super) const EMPTY: Address = Address::repeat_byte(0x72);
pub(super) const WALLET: Address = Address::repeat_byte(0xaa);

/// What goes wrong with every HTTP request.
#[derive(Clone, Default)]
pub(super) enum Fault {
    #[default]
    None,
    Hang,
    Status(u16),
    RetryAfter(u64),
    Redirect(String),
    Body(Vec<u8>),
}

pub(super) struct World {
    pub(super) fault: Fault,
    pub(super) chain_id: u64,
    pub(super) head: u64,
    pub(super) finalized: u64,
    /// When this world began.
    born: u64,
    /// Seconds block 100 is old.
    pub(super) age: u64,
    /// Changes every block hash.
    pub(super) fork: u8,
    /// So many state reads at `latest` see one block more than the block asked before.
    pub(super) races: u32,
    /// Even a read pinned by hash answers from another block.
    pub(super) ignores_pins: bool,
    pub(super) token_balance: u128,
    pub(super) base_fee: u128,
    pub(super) nonce: u64,
    /// Receipts: transaction to (height, success, layer 1 fee).
    pub(super) receipts: BTreeMap<B256, (u64, bool, u64)>,
    /// The receipt's block hash is not the canonical one.
    pub(super) orphaned: bool,
    /// What `eth_sendRawTransaction` answers instead of a hash.
    pub(super) send_error: Option<&'static str>,
    /// Answered instead of the hash.
    pub(super) send_hash: Option<B256>,
    /// JSON-RPC error answered to a method.
    pub(super) errors: BTreeMap<&'static str, Value>,
    pub(super) http_requests: u64,
    pub(super) calls: BTreeMap<String, u64>,
    pub(super) sent: Vec<Bytes>,
    pub(super) pinned_reads: u64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            fault: Fault::None,
            chain_id: CHAIN_ID,
            head: 100,
            finalized: 90,
            born: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs(),
            age: 0,
            fork: 0,
            races: 0,
            ignores_pins: false,
            token_balance: 5_000_000,
            base_fee: 8_000_000_000,
            nonce: 3,
            receipts: BTreeMap::new(),
            orphaned: false,
            send_error: None,
            send_hash: None,
            errors: BTreeMap::new(),
            http_requests: 0,
            calls: BTreeMap::new(),
            sent: Vec::new(),
            pinned_reads: 0,
        }
    }
}

impl World {
    pub(super) fn hash(&self, number: u64) -> B256 {
        keccak256((number, u64::from(self.fork)).abi_encode())
    }

    /// Block 100 is `age` seconds older than this world, others two seconds apart from it.
    fn timestamp(&self, number: u64) -> u64 {
        self.born - self.age + 2 * number - 200
    }

    fn block(&self, number: u64) -> Value {
        json!({
            "number": format!("0x{number:x}"),
            "hash": self.hash(number),
            "parentHash": self.hash(number - 1),
            "timestamp": format!("0x{:x}", self.timestamp(number)),
            "baseFeePerGas": format!("0x{:x}", self.base_fee),
            "gasUsed": "0xe4e1c0",
            "gasLimit": "0x1c9c380",
            "transactions": [],
        })
    }

    fn answer(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        *self.calls.entry(method.to_owned()).or_default() += 1;
        if let Some(error) = self.errors.get(method) {
            return Err(error.clone());
        }
        let refusal = |code: i64, text: &str| Err(json!({"code": code, "message": text}));
        Ok(match method {
            "eth_chainId" => json!(format!("0x{:x}", self.chain_id)),
            "eth_maxPriorityFeePerGas" => json!("0x3b9aca00"),
            "eth_getTransactionCount" => json!(format!("0x{:x}", self.nonce)),
            "eth_getBlockByNumber" => match params[0].as_str().unwrap() {
                "latest" => self.block(self.head),
                "finalized" | "safe" => self.block(self.finalized),
                text => {
                    let number = u64::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap();
                    if number > self.head { Value::Null } else { self.block(number) }
                }
            },
            "eth_getTransactionReceipt" => {
                let hash: B256 = serde_json::from_value(params[0].clone()).unwrap();
                match self.receipts.get(&hash) {
                    None => Value::Null,
                    Some((number, success, l1_fee)) => json!({
                        "transactionHash": hash,
                        "blockNumber": format!("0x{number:x}"),
                        "blockHash": if self.orphaned { B256::ZERO } else { self.hash(*number) },
                        "status": if *success { "0x1" } else { "0x0" },
                        "gasUsed": "0x5208",
                        "effectiveGasPrice": "0x3b9aca00",
                        "l1Fee": format!("0x{l1_fee:x}"),
                        "logs": [{"address": TOKEN, "topics": [B256::ZERO], "data": "0x01", "removed": false}],
                    }),
                }
            }
            "eth_call" => {
                let number = match &params[1] {
                    Value::String(_) if self.races > 0 => {
                        self.races -= 1;
                        self.head += 1;
                        self.head
                    }
                    Value::String(_) => self.head,
                    pin => {
                        assert_eq!(pin["requireCanonical"], json!(true), "{pin}");
                        self.pinned_reads += 1;
                        let hash: B256 = serde_json::from_value(pin["blockHash"].clone()).unwrap();
                        let known = (1..=self.head).find(|number| self.hash(*number) == hash);
                        let Some(number) = known else { return refusal(-32000, "header not found") };
                        if self.ignores_pins { number + 1 } else { number }
                    }
                };
                let to: Address = serde_json::from_value(params[0]["to"].clone()).unwrap();
                let data: Bytes = serde_json::from_value(params[0]["data"].clone()).unwrap();
                if to == EMPTY {
                    return Ok(json!("0x"));
                }
                let Ok(batch) = aggregate3Call::abi_decode(&data) else {
                    return match self.contract(to, &data, number) {
                        Ok(data) => Ok(json!(data)),
                        Err(data) => Err(json!({"code": 3, "message": "execution reverted", "data": data})),
                    };
                };
                let results: Vec<CallResult> = batch
                    .calls
                    .iter()
                    .map(|call| match self.contract(call.target, &call.callData, number) {
                        Ok(data) => CallResult { success: true, returnData: data },
                        Err(data) => CallResult { success: false, returnData: data },
                    })
                    .collect();
                json!(Bytes::from(aggregate3Call::abi_encode_returns(&results)))
            }
            "eth_estimateGas" => json!("0xc351"),
            "eth_sendRawTransaction" => {
                let raw: Bytes = serde_json::from_value(params[0].clone()).unwrap();
                self.sent.push(raw.clone());
                if let Some(text) = &self.send_error {
                    return refusal(-32000, text);
                }
                json!(self.send_hash.unwrap_or_else(|| keccak256(&raw)))
            }
            _ => return refusal(-32601, "the method does not exist"),
        })
    }

    fn contract(&self, to: Address, data: &[u8], number: u64) -> Result<Bytes, Bytes> {
        let word = |value: u128| Ok(Bytes::from(U256::from(value).abi_encode()));
        if to == EMPTY {
            return Ok(Bytes::new());
        }
        match u32::from_be_bytes(data[..4].try_into().unwrap()) {
            0x42cbb15c | 0xa3b1b31d => word(number.into()),
            0x27e86d6e => Ok(self.hash(number - 1).abi_encode().into()),
            0x0f28c97d => word(self.timestamp(number).into()),
            0x4d2301cc => word(10_u128.pow(18)),
            0x49948e0e => word(77_000),
            // gasEstimateComponents: (gas, gas for layer 1, base fee, layer 1 base fee)
            0xc94e6eeb => {
                Ok((U256::from(50_000), U256::from(300), U256::from(20), U256::from(5)).abi_encode().into())
            }
            0x70a08231 if to == TOKEN => word(self.token_balance),
            _ => {
                let text = ("broken".to_owned(),).abi_encode_params();
                Err([hex!("08c379a0").to_vec(), text].concat().into())
            }
        }
    }
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

    /// The URL, with a path that stands for an API key.
    pub(super) fn url(&self) -> String {
        format!("http://{}/v2/secret-key-0123456789", self.address)
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(super) fn requests(&self) -> u64 {
        self.world().http_requests
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
        Fault::RetryAfter(seconds) => {
            let headers = [("retry-after", seconds.to_string())];
            return (StatusCode::TOO_MANY_REQUESTS, headers).into_response();
        }
        Fault::Redirect(to) => return (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response(),
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
        // In reverse: JSON-RPC allows any order.
        Value::Array(calls) => {
            let mut replies: Vec<Value> = calls.iter().map(&mut one).collect();
            replies.reverse();
            Value::Array(replies)
        }
        call => one(call),
    };
    reply.to_string().into_response()
}

/// A chain over `fakes`, in that order, with the defaults of the configuration and `extra` on top.
pub(super) fn chain(fakes: &[&Fake], extra: Value) -> EvmChain {
    let rpc: Vec<String> = fakes.iter().map(|fake| fake.url()).collect();
    EvmChain::new(ChainName::new("testland"), &config(json!(rpc), extra)).unwrap()
}

pub(super) fn config(rpc: Value, extra: Value) -> ChainConfig {
    let mut config = json!({"chain_id": CHAIN_ID, "rpc": rpc, "max_gas_usd": 5, "timeout_ms": 2000});
    config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    serde_json::from_value(config).unwrap()
}
