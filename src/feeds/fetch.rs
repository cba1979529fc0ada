//! One bounded request, and what can go wrong with it.

use secrecy::{ExposeSecret, SecretString};

use crate::chains::http::{HttpError, read_bounded};
use crate::config::secret::{SecretError, origin};

/// Largest reply read: a price list is a few kilobytes.
const MAX_REPLY_BYTES: usize = 256 * 1024;

/// Why a source gave no prices. No money is at risk: what needs the price waits.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No reply in time, or no connection.
    #[error("{source_url} cannot be reached: {reason}")]
    Unreachable {
        /// Scheme and host.
        source_url: String,
        /// What happened.
        reason: HttpError,
    },
    /// The source told us to slow down or refused.
    #[error("{source_url} answered {status}")]
    Refused {
        /// Scheme and host.
        source_url: String,
        /// HTTP status.
        status: u16,
    },
    /// The reply is not what the source's interface promises.
    #[error("{source_url} answered something unreadable: {reason}")]
    Malformed {
        /// Scheme and host.
        source_url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The URL or key could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Reads `base` + `path_and_query`, with an optional header holding a key; `decode` reads the body or
/// says what is wrong with it.
pub async fn get<T>(
    client: &reqwest::Client,
    base: &SecretString,
    path_and_query: &str,
    key: Option<(&str, SecretString)>,
    decode: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<T, FeedError> {
    let source_url = origin(base.expose_secret());
    let url = format!("{}{path_and_query}", base.expose_secret().trim_end_matches('/'));
    let mut request = client.get(url);
    if let Some((name, value)) = &key {
        request = request.header(*name, value.expose_secret());
    }
    let failed = |error: HttpError| match error {
        HttpError::TooLarge { .. } => {
            FeedError::Malformed { source_url: source_url.clone(), reason: error.to_string() }
        }
        HttpError::Client(_) | HttpError::Connect(_) | HttpError::Timeout | HttpError::Transport(_) => {
            FeedError::Unreachable { source_url: source_url.clone(), reason: error }
        }
    };
    let reply = request.send().await.map_err(|error| failed(error.into()))?;
    if !reply.status().is_success() {
        return Err(FeedError::Refused { source_url, status: reply.status().as_u16() });
    }
    let body = read_bounded(reply, MAX_REPLY_BYTES).await.map_err(failed)?;
    decode(&body).map_err(|reason| FeedError::Malformed { source_url, reason })
}
