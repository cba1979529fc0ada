//! What every server of the local network shares: the faults it can be told
//! to have, a handle to steer it, a rate limit, and the patching of settings.

mod port;
mod serve;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

pub(crate) use port::Port;
pub use serve::Server;

/// How a whole server, or one method of it, fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// No fault.
    #[default]
    Healthy,
    /// Open connections are cut and new ones refused. On a single method of a
    /// proxy it acts as [`Fault::Hang`].
    Refuse,
    /// The request is taken and never answered.
    Hang,
    /// Every answer comes `ms` milliseconds late, but is correct.
    Slow { ms: u64 },
    /// An HTTP status with a short JSON body, and `Retry-After` in seconds.
    Status {
        code: u16,
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// HTTP 200 with a body that is not JSON.
    Garbage,
    /// HTTP 200 with the start page of a gateway in place of the answer.
    Html,
    /// HTTP 200 with a well-formed JSON string of about `bytes` bytes.
    Oversized { bytes: usize },
    /// HTTP 302 to another host.
    Redirect { location: String },
}

impl Fault {
    /// The faulty answer; `None` means that the honest answer follows.
    pub async fn answer(&self) -> Option<Response> {
        match self {
            Self::Healthy => None,
            Self::Refuse | Self::Hang => std::future::pending().await,
            Self::Slow { ms } => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                None
            }
            Self::Status { code, retry_after } => {
                let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut reply = json_reply(status, &serde_json::json!({ "error": status.to_string() }));
                if let Some(seconds) = retry_after {
                    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
                }
                Some(reply)
            }
            Self::Garbage => Some(raw_reply("application/json", b"{\"messages\": [{\"mess".to_vec())),
            Self::Html => {
                Some(raw_reply("text/html", b"<html><body><h1>Welcome</h1></body></html>".to_vec()))
            }
            Self::Oversized { bytes } => Some(raw_reply("application/json", oversized(*bytes))),
            Self::Redirect { location } => {
                let mut reply = StatusCode::FOUND.into_response();
                if let Ok(value) = HeaderValue::from_str(location) {
                    reply.headers_mut().insert(header::LOCATION, value);
                }
                Some(reply)
            }
        }
    }
}

/// A JSON string that fills `bytes` bytes.
fn oversized(bytes: usize) -> Vec<u8> {
    let mut body = vec![b'a'; bytes.max(2)];
    body[0] = b'"';
    let last = body.len() - 1;
    body[last] = b'"';
    body
}

/// An answer with a JSON body.
pub fn json_reply(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// HTTP 200 with exactly these bytes.
pub fn raw_reply(content_type: &'static str, body: Vec<u8>) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, content_type)], Body::from(body)).into_response()
}

/// The state of a server that has a server-wide fault.
pub trait Faulty: Send + 'static {
    /// The server-wide fault now in force.
    fn fault(&self) -> &Fault;
}

struct Steered<S> {
    state: Mutex<S>,
    open: watch::Sender<bool>,
}

/// Shared access to a server's state, for tests and the control server. A
/// change holds for every request that arrives after [`Handle::with`] returns.
pub struct Handle<S>(Arc<Steered<S>>);

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Faulty> Handle<S> {
    /// A handle on `state`.
    pub fn new(state: S) -> Self {
        let open = watch::Sender::new(*state.fault() != Fault::Refuse);
        Self(Arc::new(Steered { state: Mutex::new(state), open }))
    }

    /// Reads or changes the state under its lock.
    pub fn with<R>(&self, act: impl FnOnce(&mut S) -> R) -> R {
        let mut state = self.lock();
        let result = act(&mut state);
        let open = *state.fault() != Fault::Refuse;
        self.0.open.send_if_modified(|now| std::mem::replace(now, open) != open);
        result
    }

    /// Whether connections are taken.
    pub fn gate(&self) -> watch::Receiver<bool> {
        self.0.open.subscribe()
    }

    /// The answer of the server-wide fault, if there is one.
    pub async fn faulty_answer(&self) -> Option<Response> {
        let fault = self.lock().fault().clone();
        fault.answer().await
    }

    fn lock(&self) -> MutexGuard<'_, S> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A limit of requests per second. One request too many blocks every request
/// for `block_ms`, as Circle's API does it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub per_second: usize,
    pub block_ms: u64,
}

/// The requests of the last second, and the block they led to.
#[derive(Debug, Default)]
pub struct Meter {
    recent: VecDeque<Instant>,
    blocked_until: Option<Instant>,
    /// Requests turned away so far.
    pub refused: u64,
    /// The most requests ever seen within one second.
    pub peak: usize,
}

impl Meter {
    /// Counts a request at `now`; true if it must be answered with 429.
    pub fn refuses(&mut self, limit: Option<&RateLimit>, now: Instant) -> bool {
        while self.recent.front().is_some_and(|at| now.duration_since(*at) >= Duration::from_secs(1)) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.peak = self.peak.max(self.recent.len());
        let Some(limit) = limit else { return false };
        match self.blocked_until {
            Some(until) if now < until => {}
            Some(_) => {
                // The block is over: what came during it no longer counts.
                self.blocked_until = None;
                self.recent = VecDeque::from([now]);
                return false;
            }
            None if self.recent.len() <= limit.per_second => return false,
            None => self.blocked_until = Some(now + Duration::from_millis(limit.block_ms)),
        }
        self.refused += 1;
        true
    }
}

/// `current` with the members of `patch` replaced. Unknown members and wrong
/// types are errors, so a misspelt fault is never silently no fault.
pub fn patched<T: Serialize + DeserializeOwned>(current: &T, patch: Value) -> Result<T, String> {
    let Value::Object(changes) = patch else {
        return Err("the body must be a JSON object".to_owned());
    };
    let mut merged = serde_json::to_value(current).map_err(|error| error.to_string())?;
    let Some(members) = merged.as_object_mut() else {
        return Err("these settings are not an object".to_owned());
    };
    members.extend(changes);
    serde_json::from_value(merged).map_err(|error| error.to_string())
}

/// The letter that names a provider of a chain.
pub fn letter(provider: usize) -> String {
    u8::try_from(provider)
        .ok()
        .and_then(|provider| b'a'.checked_add(provider))
        .map_or_else(|| provider.to_string(), |letter| char::from(letter).to_string())
}
