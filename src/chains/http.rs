//! The one way an HTTP client is made: TLS provider, time limit, no redirects, bounded bodies.

use std::error::Error;
use std::sync::Once;
use std::time::Duration;

/// Why an HTTP exchange failed. The text never holds a URL: URLs hold API keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The client itself cannot be built.
    #[error("the HTTP client cannot be built: {0}; check the system's certificate store")]
    Client(String),
    /// No connection came about, so nothing was sent.
    #[error("no connection: {0}")]
    Connect(String),
    /// No complete reply within the time limit. What was sent may have taken effect.
    #[error("no complete reply within the time limit")]
    Timeout,
    /// The exchange broke off. What was sent may have taken effect.
    #[error("the exchange broke off: {0}")]
    Transport(String),
    /// The reply is larger than anything we ask for.
    #[error("the reply is larger than {limit} bytes and was not read")]
    TooLarge {
        /// The bound in bytes.
        limit: usize,
    },
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() {
            Self::Connect(cause(&error))
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Transport(cause(&error))
        }
    }
}

/// A client whose every request ends within `timeout`, body included. Redirects are not followed:
/// an outside party must not choose whom we talk to.
///
/// # Errors
/// [`HttpError::Client`] when TLS cannot be set up.
pub fn http_client(timeout: Duration) -> Result<reqwest::Client, HttpError> {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        // An error only says that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("purser/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| HttpError::Client(cause(&error.without_url())))
}

/// The body of `response`, decompressed, at most `limit` bytes of it.
///
/// # Errors
/// [`HttpError::TooLarge`] as soon as the bound is passed, or what broke the transfer.
pub async fn read_bounded(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(HttpError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause: the outer layers only say that a request failed.
fn cause(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
