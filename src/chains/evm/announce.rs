//! New blocks as they are announced over a WebSocket, polled for where there is none.
//!
//! An announcement only wakes: what the block holds is read from the endpoints as ever, so one that lies or falls
//! silent costs a few requests or the time until the next poll.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::chains::evm::failure::ChainError;
use crate::config::ChainConfig;
use crate::domain::ChainName;

/// Pause after a connection failed or broke off.
pub const RECONNECT_PAUSE: Duration = Duration::from_secs(5);
/// Time a connection may take to come about.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shortest time between two wakes: a flood of announcements is one.
pub const LEAST_PAUSE: Duration = Duration::from_millis(20);
/// Largest message that is read. A header has less than 4 KiB.
const MAX_MESSAGE: usize = 64 * 1024;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// A block was announced.
    Announced,
    /// None was in time.
    Polled,
}

/// Waits for new blocks of one chain.
pub struct Announcements {
    chain: ChainName,
    url: Option<SecretString>,
    poll: Duration,
    socket: Option<Socket>,
    /// A connection that is coming about. A wait that ends meanwhile must not begin it anew.
    connecting: Option<JoinHandle<Option<Socket>>>,
    retry_at: Instant,
    last: Instant,
}

impl Announcements {
    /// Announcements of the chain's `ws`; without one, [`Woken::Polled`] every `poll`. Connects to nobody yet.
    ///
    /// # Errors
    /// [`ChainError::Secret`] when the URL cannot be read.
    pub fn new(chain: &ChainName, config: &ChainConfig, poll: Duration) -> Result<Self, ChainError> {
        let url = config.ws.as_ref().map(|url| url.read().map_err(|error| ChainError::secret(chain, &error)));
        let now = Instant::now();
        Ok(Self {
            chain: chain.clone(),
            url: url.transpose()?,
            poll,
            socket: None,
            connecting: None,
            retry_at: now,
            last: now,
        })
    }

    /// Returns when a block has been announced, or after the time to poll at the latest. Nothing is lost when it is
    /// dropped before.
    pub async fn next(&mut self) -> Woken {
        let (now, last) = (Instant::now(), self.last);
        let end = now.checked_add(self.poll).unwrap_or(now);
        let woken = timeout_at(end, self.announced()).await.map_or(Woken::Polled, |()| Woken::Announced);
        if woken == Woken::Announced
            && let Some(earliest) = last.checked_add(LEAST_PAUSE)
        {
            sleep_until(earliest.min(end)).await;
        }
        self.last = Instant::now();
        woken
    }

    /// Waits for an announcement, connecting as often as it takes; for ever where there is no URL.
    async fn announced(&mut self) {
        let Some(url) = self.url.clone() else { return std::future::pending().await };
        loop {
            let socket = match &mut self.socket {
                Some(socket) => socket,
                None => {
                    sleep_until(self.retry_at).await;
                    let url = url.clone();
                    let connecting = self.connecting.get_or_insert_with(|| {
                        tokio::spawn(async move {
                            // An error's text may hold the URL, and URLs hold keys.
                            timeout(CONNECT_TIMEOUT, connect(url.expose_secret())).await.ok()?.ok()
                        })
                    });
                    let connected = connecting.await;
                    self.connecting = None;
                    let Ok(Some(socket)) = connected else {
                        self.pause("cannot be reached");
                        continue;
                    };
                    self.socket.insert(socket)
                }
            };
            match socket.next().await {
                Some(Ok(Message::Text(text))) if is_announcement(&text) => return,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    self.socket = None;
                    self.pause("broke off");
                }
            }
        }
    }

    fn pause(&mut self, why: &str) {
        tracing::warn!(chain = %self.chain, "the WebSocket endpoint {why}; blocks are polled for");
        let now = Instant::now();
        self.retry_at = now.checked_add(RECONNECT_PAUSE).unwrap_or(now);
    }
}

async fn connect(url: &str) -> Result<Socket, Error> {
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let (mut socket, _) = connect_async_with_config(url, Some(config), true).await?;
    let subscribe = r#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#;
    socket.send(Message::text(subscribe)).await?;
    Ok(socket)
}

/// Whether a message is a notification of the one subscription there is.
pub fn is_announcement(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Notification {
        method: String,
    }
    serde_json::from_str(text)
        .is_ok_and(|notification: Notification| notification.method == "eth_subscription")
}
