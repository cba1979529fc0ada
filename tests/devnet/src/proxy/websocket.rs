//! The WebSocket side of a provider: the node's own, behind a front that
//! refuses, cuts and stalls connections.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::{ProxyHandle, ProxyState};
use crate::misbehave::{Fault, Port};

/// What becomes of WebSocket connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebSocket {
    /// They reach the node.
    #[default]
    Forward,
    /// Open ones are cut and new ones refused.
    Refuse,
    /// They stay open, and nothing goes through.
    Stall,
}

/// What the connections have to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    mode: WebSocket,
    /// Goes up when the open connections are to be cut.
    cuts: u64,
}

impl ProxyState {
    /// Tells the connections what the settings are; a fault of the provider is theirs too.
    pub(super) fn publish(&self) {
        let mode = match self.settings.fault {
            Fault::Refuse => WebSocket::Refuse,
            Fault::Hang => WebSocket::Stall,
            _ => self.settings.websocket,
        };
        self.streams.send_if_modified(|now| std::mem::replace(&mut now.mode, mode) != mode);
    }
}

impl ProxyHandle {
    /// Cuts the WebSocket connections that are open; new ones are taken.
    pub fn cut(&self) {
        self.with(|state| state.streams.send_modify(|now| now.cuts += 1));
    }

    /// WebSocket connections taken so far.
    pub fn websockets(&self) -> u64 {
        self.with(|state| state.websockets)
    }
}

/// A running front. It ends when this is dropped.
pub(super) struct Relay {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Relay {
    /// Leads to the node at `node_url` as the handle's settings want it.
    pub(super) async fn start(node_url: &str, handle: ProxyHandle) -> std::io::Result<Self> {
        let front = Port::open().await?;
        let address = front.address();
        let node = node_url.trim_start_matches("http://").to_owned();
        let streams = handle.with(|state| {
            state.publish();
            state.streams.subscribe()
        });
        Ok(Self { address, task: tokio::spawn(relay(front, node, handle, streams)) })
    }

    pub(super) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes connections until the handle is gone.
async fn relay(mut front: Port, node: String, handle: ProxyHandle, mut streams: watch::Receiver<Streams>) {
    let mut open = JoinSet::new();
    let mut cuts = streams.borrow().cuts;
    loop {
        let now = *streams.borrow_and_update();
        if std::mem::replace(&mut cuts, now.cuts) != now.cuts {
            open.shutdown().await;
        }
        if now.mode == WebSocket::Refuse {
            front.shut().await;
            open.shutdown().await;
            if streams.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            changed = streams.changed() => if changed.is_err() { return },
            accepted = front.accept() => if let Ok(client) = accepted {
                handle.with(|state| state.websockets += 1);
                open.spawn(copy(client, node.clone(), streams.clone()));
            },
            Some(_) = open.join_next(), if !open.is_empty() => {}
        }
    }
}

/// Copies bytes both ways, except while connections stall.
async fn copy(mut client: TcpStream, node: String, mut streams: watch::Receiver<Streams>) {
    let Ok(mut server) = TcpStream::connect(node).await else { return };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let mut copying = std::pin::pin!(tokio::io::copy_bidirectional(&mut client, &mut server));
    loop {
        let stalled = streams.borrow_and_update().mode == WebSocket::Stall;
        tokio::select! {
            // An error here is a connection that either side closed.
            _ = &mut copying, if !stalled => return,
            changed = streams.changed() => if changed.is_err() { return },
        }
    }
}
