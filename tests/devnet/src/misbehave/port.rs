//! A loopback port that refuses connections on demand and stays ours meanwhile.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that may wait to be taken.
const BACKLOG: u32 = 1024;
/// Between two attempts to hold a port that a closing socket still has.
const AGAIN: Duration = Duration::from_millis(10);

/// A port. Shut, it is bound without listening: a connection is refused, and nobody else is given the port.
pub(crate) struct Port {
    address: SocketAddr,
    state: State,
}

enum State {
    Open(TcpListener),
    Shut(TcpSocket),
    /// Not held: for a moment, while it is being shut.
    Lost,
}

impl Port {
    /// A free port, open.
    ///
    /// # Errors
    /// If none can be bound.
    pub(crate) async fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self { address: listener.local_addr()?, state: State::Open(listener) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses connections from now on.
    pub(crate) async fn shut(&mut self) {
        while !matches!(self.state, State::Shut(_)) {
            // A port that is listened on cannot be bound again.
            self.state = State::Lost;
            match hold(self.address) {
                Ok(socket) => self.state = State::Shut(socket),
                Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    /// The next connection; opens the port where it is shut.
    ///
    /// # Errors
    /// If the connection broke off, or the port cannot be opened.
    pub(crate) async fn accept(&mut self) -> std::io::Result<TcpStream> {
        if !matches!(self.state, State::Open(_)) {
            self.shut().await;
            if let State::Shut(socket) = std::mem::replace(&mut self.state, State::Lost) {
                self.state = State::Open(socket.listen(BACKLOG)?);
            }
        }
        match &self.state {
            State::Open(listener) => Ok(listener.accept().await?.0),
            State::Shut(_) | State::Lost => Err(std::io::ErrorKind::NotConnected.into()),
        }
    }
}

fn hold(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
