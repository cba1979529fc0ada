//! The HTTP server.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{Health, HealthReport};
use crate::telemetry::{Metrics, clock};

/// How long a shutdown waits for requests that were begun. One that never ends must not hold it up.
const DRAIN: Duration = Duration::from_secs(2);

/// Why the server could not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error(
        "server.listen = \"{listen}\" cannot be used: {error}; nothing was sent. Choose a free address, or stop \
         what uses it"
    )]
    Listen {
        /// The configured address.
        listen: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The server stopped by itself.
    #[error("the metrics server stopped: {0}; operations go on and resume after a restart")]
    Stopped(std::io::Error),
}

#[derive(Clone)]
struct App {
    metrics: Metrics,
    health: Health,
}

/// Binds the address; the returned future serves until `stop` is cancelled and two seconds longer
/// at most.
pub async fn serve(
    listen: SocketAddr,
    metrics: Metrics,
    health: Health,
    stop: CancellationToken,
) -> Result<(SocketAddr, impl Future<Output = Result<(), ServeError>> + Send), ServeError> {
    let listener = TcpListener::bind(listen).await.map_err(|error| ServeError::Listen { listen, error })?;
    let bound = listener.local_addr().map_err(|error| ServeError::Listen { listen, error })?;
    let router = Router::new()
        .route("/metrics", get(render))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(App { metrics, health });
    let serving = async move {
        let asked = stop.clone();
        let server =
            axum::serve(listener, router).with_graceful_shutdown(async move { asked.cancelled().await });
        tokio::select! {
            ended = server.into_future() => ended.map_err(ServeError::Stopped),
            () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => Ok(()),
        }
    };
    Ok((bound, serving))
}

async fn render(State(app): State<App>) -> Response {
    match app.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn livez(State(app): State<App>) -> Response {
    answer(app.health.live(clock::now()))
}

async fn readyz(State(app): State<App>) -> Response {
    answer(app.health.ready())
}

fn answer(report: HealthReport) -> Response {
    let status = if report.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}
