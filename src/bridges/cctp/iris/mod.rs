//! Circle's attestation service: attestations, fees, the fast allowance.
//!
//! Iris blocks everything from one address for five minutes when it is asked too often, so all
//! clones of a client share one limiter and one stand-down. Whatever goes wrong here loses nothing:
//! a burn stands on chain, and its attestation can be fetched later.

pub mod decimal;
pub mod reply;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy::primitives::B256;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::{Client, Method, StatusCode, Url};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout};

pub use reply::{Attestation, Delay, FeeTier, ReplyError};

use crate::bridges::cctp::message::Message;
use crate::chains::http::{HttpError, http_client, read_bounded};
use crate::config::CctpConfig;
use crate::domain::{Domain, Timestamp};

/// Largest reply read, after decompression.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Most requests per second that may be configured: Iris blocks above 35.
const MAX_REQUESTS_PER_SECOND: u32 = 30;
/// Most characters of a refusal's text that are kept.
const MAX_REASON_CHARS: usize = 200;

/// Why Iris gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IrisError {
    /// It did not answer, or said it cannot now.
    #[error(
        "Iris cannot be reached ({reason}); nothing is lost: burns stand and their mints wait. It is asked again; check the network if this lasts"
    )]
    Unreachable {
        /// What happened.
        reason: String,
    },
    /// It was asked too often; nobody asks until the stand-down ends.
    #[error(
        "Iris limits our rate; all requests stand down until {until}. Nothing is lost: burns stand and their mints wait. Lower cctp.requests_per_second if other programs share this address"
    )]
    RateLimited {
        /// When requests start again.
        until: Timestamp,
    },
    /// It answered that it will not.
    #[error(
        "Iris refused the request (HTTP {status}: {reason}); nothing is lost: burns stand and their mints wait. Check cctp.iris_url and the chains' domains"
    )]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said, shortened.
        reason: String,
    },
    /// It answered what cannot be true or cannot be read.
    #[error(
        "Iris' reply is not used ({reason}); nothing is lost: burns stand and their mints wait. It is asked again"
    )]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The settings cannot be used.
    #[error("the settings of Iris cannot be used: {reason}; nothing was sent")]
    Settings {
        /// What is wrong.
        reason: String,
    },
}

impl From<ReplyError> for IrisError {
    fn from(error: ReplyError) -> Self {
        Self::Malformed { reason: error.0 }
    }
}

impl From<HttpError> for IrisError {
    fn from(error: HttpError) -> Self {
        let reason = error.to_string();
        match error {
            HttpError::Client(_) => Self::Settings { reason },
            HttpError::Connect(_) | HttpError::Timeout | HttpError::Transport(_) => {
                Self::Unreachable { reason }
            }
            HttpError::TooLarge { .. } => Self::Malformed { reason },
        }
    }
}

/// A client of Iris. Clones share the rate limit and the stand-down.
#[derive(Clone)]
pub struct Iris(Arc<Inner>);

struct Inner {
    http: Client,
    base: Url,
    limiter: DefaultDirectRateLimiter,
    timeout: Duration,
    stand_down: Duration,
    standing_down: Mutex<Option<StandDown>>,
}

#[derive(Clone, Copy)]
struct StandDown {
    ends: Instant,
    until: Timestamp,
}

impl fmt::Debug for Iris {
    /// The URL is left out: its path may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iris").finish_non_exhaustive()
    }
}

impl Iris {
    /// A client as configured; it follows no redirects. Sends nothing.
    pub fn new(config: &CctpConfig) -> Result<Self, IrisError> {
        let refuse = |reason: String| IrisError::Settings { reason };
        let rate = NonZeroU32::new(config.requests_per_second)
            .filter(|rate| rate.get() <= MAX_REQUESTS_PER_SECOND)
            .ok_or_else(|| {
                refuse(format!("cctp.requests_per_second must be 1 to {MAX_REQUESTS_PER_SECOND}"))
            })?;
        let url = config.iris_url.read().map_err(|error| refuse(error.to_string()))?;
        let base = Url::parse(url.expose_secret())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
            .ok_or_else(|| refuse("cctp.iris_url is not an http or https URL".to_owned()))?;
        // Without bursts, no second ever sees more than one request above the rate.
        let quota = Quota::per_second(rate).allow_burst(NonZeroU32::MIN);
        let timeout = Duration::from_secs(config.timeout_seconds.max(1));
        Ok(Self(Arc::new(Inner {
            http: http_client(timeout)?,
            base,
            limiter: RateLimiter::direct(quota),
            timeout,
            stand_down: Duration::from_secs(config.stand_down_seconds),
            standing_down: Mutex::new(None),
        })))
    }

    /// Where the attestation of `burn`, emitted in `transaction` (its hash or signature) on `source`, stands.
    pub async fn attestation(
        &self,
        source: Domain,
        transaction: impl std::fmt::Display,
        burn: &Message,
    ) -> Result<Attestation, IrisError> {
        let query = [("transactionHash", transaction.to_string())];
        self.messages(source, &query, burn).await
    }

    /// The same by the message's nonce, for a message attested again.
    pub async fn attestation_of_nonce(
        &self,
        source: Domain,
        nonce: B256,
        burn: &Message,
    ) -> Result<Attestation, IrisError> {
        self.messages(source, &[("nonce", nonce.to_string())], burn).await
    }

    /// Fees from `source` to `destination`. A speed that is not offered is not in the list.
    pub async fn fees(&self, source: Domain, destination: Domain) -> Result<Vec<FeeTier>, IrisError> {
        let path = ["v2", "burn", "USDC", "fees", &source.to_string(), &destination.to_string()];
        Ok(reply::fees(&self.ask(Method::GET, &path, &[]).await?.found()?)?)
    }

    /// Base units of USDC that may still move at fast speed, everybody's transfers together.
    pub async fn allowance(&self) -> Result<u128, IrisError> {
        let path = ["v2", "fastBurn", "USDC", "allowance"];
        Ok(reply::allowance(&self.ask(Method::GET, &path, &[]).await?.found()?)?)
    }

    /// Asks for a new attestation of an expired message. The nonce and the fee stay; the expiry is to
    /// be read again from the new message.
    pub async fn reattest(&self, nonce: B256) -> Result<(), IrisError> {
        let path = ["v2", "reattest", &nonce.to_string()];
        Ok(reply::reattested(&self.ask(Method::POST, &path, &[]).await?.found()?, nonce)?)
    }

    /// When requests start again, while they stand down after a 429.
    pub fn stands_down_until(&self) -> Option<Timestamp> {
        let standing_down = self.0.standing_down.lock().unwrap_or_else(PoisonError::into_inner);
        standing_down.filter(|stand_down| Instant::now() < stand_down.ends).map(|stand_down| stand_down.until)
    }

    async fn messages(
        &self,
        source: Domain,
        query: &[(&str, String)],
        burn: &Message,
    ) -> Result<Attestation, IrisError> {
        let reply = self.ask(Method::GET, &["v2", "messages", &source.to_string()], query).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(Attestation::NotSeen);
        }
        Ok(reply::attestation(&reply.found()?, burn)?)
    }

    async fn ask(&self, method: Method, path: &[&str], query: &[(&str, String)]) -> Result<Reply, IrisError> {
        self.refuse_while_standing_down()?;
        let inner = &self.0;
        timeout(inner.timeout, inner.limiter.until_ready()).await.map_err(|_| IrisError::Unreachable {
            reason: "too many requests of ours are waiting for their turn".to_owned(),
        })?;
        // Another clone may have been told to stop while this request waited.
        self.refuse_while_standing_down()?;
        let mut url = inner.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = inner.http.request(method.clone(), url);
        if method == Method::POST {
            request = request.json(&serde_json::json!({}));
        }
        let reply = fetch(request).await?;
        self.judge(reply)
    }

    /// Sorts out what no caller can use.
    fn judge(&self, reply: Reply) -> Result<Reply, IrisError> {
        let status = reply.status;
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(IrisError::RateLimited { until: self.stand_down() });
        }
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            let reason = format!("HTTP {}: {}", status.as_u16(), reply.text());
            return Err(IrisError::Unreachable { reason });
        }
        Ok(reply)
    }

    fn refuse_while_standing_down(&self) -> Result<(), IrisError> {
        match self.stands_down_until() {
            Some(until) => Err(IrisError::RateLimited { until }),
            None => Ok(()),
        }
    }

    fn stand_down(&self) -> Timestamp {
        let now = Instant::now();
        let until = wall_clock().plus(self.0.stand_down);
        let ends = now.checked_add(self.0.stand_down).unwrap_or(now);
        let mut standing_down = self.0.standing_down.lock().unwrap_or_else(PoisonError::into_inner);
        *standing_down = Some(StandDown { ends, until });
        until
    }
}

/// An answer with its status and its whole body.
struct Reply {
    status: StatusCode,
    body: Vec<u8>,
}

impl Reply {
    /// The body of a success, or the refusal.
    fn found(self) -> Result<Vec<u8>, IrisError> {
        if self.status == StatusCode::OK {
            return Ok(self.body);
        }
        Err(IrisError::Refused { status: self.status.as_u16(), reason: self.text() })
    }

    /// The beginning of the body as one printable line.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body)
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_REASON_CHARS)
            .collect()
    }
}

async fn fetch(request: reqwest::RequestBuilder) -> Result<Reply, HttpError> {
    let response = request.send().await?;
    let status = response.status();
    Ok(Reply { status, body: read_bounded(response, MAX_BODY_BYTES).await? })
}

fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since)
}
