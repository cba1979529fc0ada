//! An HTTP server on a free loopback port whose connections can be cut.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::Port;

/// A running server. It ends when this is dropped.
///
/// Clients talk to a front that copies bytes to the HTTP server behind it:
/// that is what lets the server refuse connections and cut open ones.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

impl Server {
    /// Serves `router` while `gate` is true.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub async fn start(router: Router, gate: watch::Receiver<bool>) -> std::io::Result<Self> {
        let back = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let front = Port::open().await?;
        let address = front.address();
        let back_address = back.local_addr()?;
        let back = back.tap_io(|stream| {
            // Without this a small answer may wait for the peer's delayed ACK.
            let _ = stream.set_nodelay(true);
        });
        let http = tokio::spawn(async move {
            let _ = axum::serve(back, router).await;
        });
        let front = tokio::spawn(relay(front, back_address, gate));
        Ok(Self { address, tasks: [http, front] })
    }

    /// The base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Copies connections to `back` while the gate is open; refuses and cuts them
/// while it is shut. Ends when the gate's owner is gone.
async fn relay(mut front: Port, back: SocketAddr, mut gate: watch::Receiver<bool>) {
    let mut open_connections = JoinSet::new();
    loop {
        if !*gate.borrow_and_update() {
            front.shut().await;
            open_connections.shutdown().await;
            if gate.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            changed = gate.changed() => if changed.is_err() { return },
            accepted = front.accept() => if let Ok(client) = accepted
                && *gate.borrow()
            {
                open_connections.spawn(copy(client, back));
            },
            Some(_) = open_connections.join_next(), if !open_connections.is_empty() => {}
        }
    }
}

async fn copy(mut client: TcpStream, back: SocketAddr) {
    let Ok(mut server) = TcpStream::connect(back).await else { return };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    // An error here is a connection that either side closed.
    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}
