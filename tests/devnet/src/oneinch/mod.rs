//! A double of 1inch's Classic Swap API: it quotes from the inventory of the router on the local chains,
//! writes the transaction, and misbehaves on command.

mod routes;
mod settings;

use std::collections::BTreeMap;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use crate::chain::Chain;
use crate::misbehave::{Handle, Server};

use routes::{Shared, admit};
pub use settings::{KEY, OneInchHandle, OneInchSettings, OneInchState, Refusal, Twist};

/// A running 1inch server. It ends when this is dropped.
pub struct OneInch {
    server: Server,
    handle: OneInchHandle,
}

impl OneInch {
    /// Starts the server for `chains` on a free loopback port.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start<'a>(chains: impl IntoIterator<Item = &'a Chain>) -> Result<Self, std::io::Error> {
        let handle = Handle::new(OneInchState::default());
        let chains: BTreeMap<u64, Chain> =
            chains.into_iter().map(|chain| (chain.info().chain_id, chain.clone())).collect();
        let shared = Shared::new(handle.clone(), chains);
        let router = Router::new()
            .route("/swap/v6.1/{chain}/quote", get(routes::quote))
            .route("/swap/v6.1/{chain}/swap", get(routes::swap))
            .route("/swap/v6.1/{chain}/approve/spender", get(routes::spender))
            .layer(from_fn_with_state(handle.clone(), admit))
            .with_state(shared);
        Ok(Self { server: Server::start(router, handle.gate()).await?, handle })
    }

    /// The base URL, without the path of the API.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The handle to steer the server by.
    pub fn handle(&self) -> OneInchHandle {
        self.handle.clone()
    }
}
