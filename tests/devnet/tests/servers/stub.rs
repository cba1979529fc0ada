//! A node that holds exactly the blocks and logs a test puts into it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::sol_types::SolValue;
use axum::extract::State;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// The transmitter whose logs the node has.
pub const TRANSMITTER: Address = Address::repeat_byte(0x70);

#[derive(Default)]
pub struct Chain {
    pub head: u64,
    pub finalized: u64,
    /// Changes every block hash, as another fork would.
    pub fork: u8,
    /// (block, transaction, message) of every `MessageSent`.
    pub messages: Vec<(u64, B256, Vec<u8>)>,
    /// Fixed results by method; a null is given back as null.
    pub results: BTreeMap<&'static str, Value>,
    pub received: Vec<(String, Value)>,
}

pub struct Stub {
    pub url: String,
    chain: Arc<Mutex<Chain>>,
    task: JoinHandle<()>,
}

impl Stub {
    pub async fn start() -> Self {
        let chain = Arc::new(Mutex::new(Chain { head: 10, ..Chain::default() }));
        let router = Router::new().fallback(serve).with_state(Arc::clone(&chain));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, chain, task }
    }

    pub fn with<R>(&self, act: impl FnOnce(&mut Chain) -> R) -> R {
        act(&mut self.chain.lock().unwrap())
    }

    /// Methods received so far, in order.
    pub fn methods(&self) -> Vec<String> {
        self.with(|chain| chain.received.iter().map(|(method, _)| method.clone()).collect())
    }

    /// The parameters of the last call of `method`.
    pub fn last(&self, method: &str) -> Value {
        self.with(|chain| {
            let found = chain.received.iter().rev().find(|(name, _)| name == method);
            found.unwrap_or_else(|| panic!("{method} was not called")).1.clone()
        })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub fn block_hash(fork: u8, number: u64) -> B256 {
    keccak256([&[fork][..], &number.to_be_bytes()].concat())
}

async fn serve(State(chain): State<Arc<Mutex<Chain>>>, Json(request): Json<Value>) -> Json<Value> {
    let mut chain = chain.lock().unwrap();
    Json(match &request {
        Value::Array(calls) => calls.iter().map(|call| chain.answer(call)).collect(),
        call => chain.answer(call),
    })
}

impl Chain {
    fn answer(&mut self, call: &Value) -> Value {
        let method = call["method"].as_str().unwrap();
        let params = call["params"].clone();
        self.received.push((method.to_owned(), params.clone()));
        let result = match method {
            _ if self.results.contains_key(method) => self.results[method].clone(),
            "eth_blockNumber" => json!(format!("{:#x}", self.head)),
            "eth_chainId" => json!("0x7a69"),
            "eth_getBlockByNumber" => self.block(&params[0]),
            "eth_getLogs" => self.logs(&params[0]),
            _ => {
                let error = json!({ "code": -32601, "message": "Method not found" });
                return json!({ "jsonrpc": "2.0", "id": call["id"], "error": error });
            }
        };
        json!({ "jsonrpc": "2.0", "id": call["id"], "result": result })
    }

    fn number(&self, tag: &Value) -> u64 {
        match tag.as_str().unwrap() {
            "latest" => self.head,
            "finalized" => self.finalized,
            quantity => u64::from_str_radix(quantity.trim_start_matches("0x"), 16).unwrap(),
        }
    }

    fn block(&self, tag: &Value) -> Value {
        let number = self.number(tag);
        json!({ "number": format!("{number:#x}"), "hash": block_hash(self.fork, number) })
    }

    fn logs(&self, filter: &Value) -> Value {
        let (from, to) = (self.number(&filter["fromBlock"]), self.number(&filter["toBlock"]));
        assert_eq!(filter["address"], json!(TRANSMITTER));
        let topic = keccak256("MessageSent(bytes)");
        assert_eq!(filter["topics"], json!([topic]));
        let found = self.messages.iter().enumerate();
        let found = found.filter(|(_, (block, ..))| (from..=to).contains(block));
        found
            .map(|(index, (block, hash, message))| {
                json!({
                    "address": TRANSMITTER,
                    "topics": [topic],
                    "data": Bytes::from((Bytes::from(message.clone()),).abi_encode_params()),
                    "blockNumber": format!("{block:#x}"),
                    "blockHash": block_hash(self.fork, *block),
                    "transactionHash": hash,
                    "logIndex": format!("{index:#x}"),
                })
            })
            .collect()
    }
}

/// What a test burns.
#[derive(Clone)]
pub struct BurnOf {
    pub source: u32,
    pub destination: u32,
    pub amount: u64,
    pub max_fee: u64,
    pub threshold: u32,
}

impl BurnOf {
    /// The bytes of the `MessageSent` event, laid out by hand.
    pub fn message(&self) -> Vec<u8> {
        let word = |number: u64| B256::from(U256::from(number));
        let mut bytes = Vec::new();
        for short in [1, self.source, self.destination] {
            bytes.extend(short.to_be_bytes());
        }
        bytes.extend(B256::ZERO);
        bytes.extend(Address::repeat_byte(0x71).into_word());
        bytes.extend(Address::repeat_byte(0x72).into_word());
        bytes.extend(B256::ZERO);
        bytes.extend(self.threshold.to_be_bytes());
        bytes.extend(0_u32.to_be_bytes());
        bytes.extend(1_u32.to_be_bytes());
        bytes.extend(Address::repeat_byte(0x73).into_word());
        bytes.extend(Address::repeat_byte(0x74).into_word());
        bytes.extend(word(self.amount));
        bytes.extend(Address::repeat_byte(0x75).into_word());
        bytes.extend(word(self.max_fee));
        bytes.extend([0_u8; 64]);
        assert_eq!(bytes.len(), 376);
        bytes
    }
}

/// Asks `url` until `accept` takes the JSON answer.
pub async fn ask_until(url: &str, accept: impl Fn(u16, &Value) -> bool) -> Value {
    let client = devnet::rpc::http();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let reply = client.get(url).send().await.unwrap();
        let status = reply.status().as_u16();
        let body: Value = reply.json().await.unwrap();
        if accept(status, &body) {
            return body;
        }
        assert!(tokio::time::Instant::now() < deadline, "{url} still answers {status} {body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The status and body of one GET.
pub async fn ask(url: &str) -> (u16, Value) {
    let reply = devnet::rpc::http().get(url).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}
