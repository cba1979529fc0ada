//! A WebSocket client of a few lines (RFC 6455): text frames, no extensions.

use alloy::primitives::B256;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Client {
    stream: TcpStream,
    /// Notifications that came while an answer was awaited.
    ahead: Vec<Value>,
}

impl Client {
    /// Connects and shakes hands.
    pub async fn connect(url: &str) -> std::io::Result<Self> {
        let host = url.strip_prefix("ws://").unwrap();
        let mut stream = TcpStream::connect(host).await?;
        let hello = format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(hello.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        // The answer that the RFC gives for its sample key.
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        Ok(Self { stream, ahead: Vec::new() })
    }

    /// Sends a call without waiting for its answer.
    pub async fn send(&mut self, method: &str, params: Value) -> std::io::Result<()> {
        let text = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        // A client has to mask; a mask of zeros leaves the bytes as they are.
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).await
    }

    /// A call and its result.
    pub async fn call(&mut self, method: &str, params: Value) -> std::io::Result<Value> {
        self.send(method, params).await?;
        loop {
            let message = self.read().await?;
            if message["id"] == json!(1) {
                assert!(message["error"].is_null(), "{message}");
                return Ok(message["result"].clone());
            }
            self.ahead.push(message);
        }
    }

    /// The next notification of a subscription.
    pub async fn next(&mut self, subscription: &Value) -> std::io::Result<Value> {
        loop {
            let of = |message: &Value| message["params"]["subscription"] == *subscription;
            if let Some(at) = self.ahead.iter().position(of) {
                return Ok(self.ahead.remove(at)["params"]["result"].clone());
            }
            let message = self.read().await?;
            self.ahead.push(message);
        }
    }

    /// The next message, whatever it is.
    pub async fn read(&mut self) -> std::io::Result<Value> {
        loop {
            let kind = self.stream.read_u8().await? & 0x0f;
            let length = match self.stream.read_u8().await? {
                126 => u64::from(self.stream.read_u16().await?),
                127 => self.stream.read_u64().await?,
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut payload).await?;
            if kind == 1 {
                return Ok(serde_json::from_slice(&payload).unwrap());
            }
        }
    }
}

/// A topic as a filter has it.
pub fn topics(topic: B256) -> Value {
    json!({ "topics": [topic] })
}
