//! The client: limiter and stand-down are shared by its clones.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use secrecy::ExposeSecret;
use serde_json::json;
use solana_address::Address;

use super::build::{self, Built};
use super::error::JupiterError;
use super::execute::{self, Executed};
use super::rate::Bucket;
use super::reply::{self, Order, Quoted};
use crate::chains::http::{HttpError, http_client, read_bounded};
use crate::config::{JupiterConfig, Landing, SecretRef};

/// Largest reply read, after decompression: a route with its instructions is some tens of kilobytes.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// A request waits for its turn for so many times as long as for its reply.
const PATIENCE: u32 = 3;
/// Routers whose transactions call other programs than the aggregator, or are paid for by others. They
/// could only be refused, so their quotes are of no use. In JupiterZ's a market maker pays the fee, so his
/// is the signature they go by: what we signed could neither be found nor be proven dead by ours.
const EXCLUDED_ROUTERS: &str = "jupiterz,dflow,okx";

/// What is sold for what, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// Mint sold.
    pub mint_in: Address,
    /// Mint bought.
    pub mint_out: Address,
    /// Base units sold.
    pub amount_in: u64,
}

/// Jupiter, as configured. Clones share everything.
#[derive(Clone)]
pub struct Jupiter(Arc<Inner>);

struct Inner {
    http: Client,
    base: crate::config::Url,
    key: Option<SecretRef>,
    timeout: Duration,
    requests: Bucket,
    executes: Bucket,
    program: Address,
    landing: Landing,
    excluded: String,
    max_accounts: Option<u8>,
}

impl fmt::Debug for Jupiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jupiter").field("program", &self.0.program).finish_non_exhaustive()
    }
}

/// A reply of any status but 429.
struct Reply {
    status: StatusCode,
    body: Vec<u8>,
}

impl Jupiter {
    /// A client as configured; asks nobody anything and reads no secret yet.
    ///
    /// # Errors
    /// [`HttpError::Client`] when no HTTP client can be made.
    pub fn new(config: &JupiterConfig) -> Result<Self, HttpError> {
        let timeout = Duration::from_secs(config.timeout_seconds.max(1));
        Ok(Self(Arc::new(Inner {
            http: http_client(timeout)?,
            base: config.base_url.clone(),
            key: config.key.clone(),
            timeout,
            requests: Bucket::new(config.request_limit()),
            executes: Bucket::new(config.execute_limit()),
            program: config.program,
            landing: config.landing,
            excluded: config.exclude_dexes.join(","),
            max_accounts: config.max_accounts,
        })))
    }

    /// The pinned aggregator: the only program that swaps are made through.
    pub fn program(&self) -> Address {
        self.0.program
    }

    /// Who puts transactions together and sends them.
    pub fn landing(&self) -> Landing {
        self.0.landing
    }

    /// What `exchange` would give now.
    ///
    /// # Errors
    /// [`JupiterError`]; nothing was moved.
    pub async fn quote(&self, exchange: &Exchange) -> Result<Quoted, JupiterError> {
        reply::quoted(&self.ask("order", &self.order_query(exchange)).await?, exchange)
    }

    /// A quote with the transaction for it, to be judged, signed partially and handed to
    /// [`Self::execute`]. It offers at most `priority_lamports` for being included.
    ///
    /// # Errors
    /// [`JupiterError`]; nothing was moved.
    pub async fn order(
        &self,
        exchange: &Exchange,
        wallet: &Address,
        slippage_bps: u16,
        priority_lamports: u64,
    ) -> Result<Order, JupiterError> {
        let mut query = self.order_query(exchange);
        query.extend([
            ("taker", wallet.to_string()),
            ("slippageBps", slippage_bps.to_string()),
            ("priorityFeeLamports", priority_lamports.to_string()),
            ("broadcastFeeType", "maxCap".to_owned()),
        ]);
        reply::order(&self.ask("order", &query).await?, exchange)
    }

    /// A quote with the instructions for it, to be compiled, judged, signed and sent by ourselves.
    ///
    /// # Errors
    /// [`JupiterError`]; nothing was moved.
    pub async fn build(
        &self,
        exchange: &Exchange,
        wallet: &Address,
        slippage_bps: u16,
    ) -> Result<Built, JupiterError> {
        let mut query = self.query(exchange);
        query.extend([
            ("taker", wallet.to_string()),
            ("slippageBps", slippage_bps.to_string()),
            ("wrapAndUnwrapSol", "false".to_owned()),
        ]);
        if let Some(most) = self.0.max_accounts {
            query.push(("maxAccounts", most.to_string()));
        }
        build::built(&self.ask("build", &query).await?, exchange)
    }

    /// Hands the signed `bytes` of the order `request_id` over to be sent. They must be journalled before. The same
    /// bytes may be handed over again. `last_valid_block_height` is the order's own, where it is still at hand.
    ///
    /// # Errors
    /// [`JupiterError`]; where it [`was_sent`](JupiterError::was_sent), the transaction may land.
    pub async fn execute(
        &self,
        request_id: &str,
        bytes: &[u8],
        last_valid_block_height: Option<u64>,
    ) -> Result<Executed, JupiterError> {
        let mut body = json!({ "signedTransaction": STANDARD.encode(bytes), "requestId": request_id });
        if let (Some(height), Some(members)) = (last_valid_block_height, body.as_object_mut()) {
            members.insert("lastValidBlockHeight".to_owned(), height.to_string().into());
        }
        let request = |request: RequestBuilder| request.json(&body);
        let reply = self.send(&self.0.executes, Method::POST, "execute", &[], request).await?;
        match reply.status {
            StatusCode::OK => execute::executed(&reply.body),
            status => execute::refused(status.as_u16(), &reply.body),
        }
    }

    fn query(&self, exchange: &Exchange) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("inputMint", exchange.mint_in.to_string()),
            ("outputMint", exchange.mint_out.to_string()),
            ("amount", exchange.amount_in.to_string()),
        ];
        if !self.0.excluded.is_empty() {
            query.push(("excludeDexes", self.0.excluded.clone()));
        }
        query
    }

    fn order_query(&self, exchange: &Exchange) -> Vec<(&'static str, String)> {
        let mut query = self.query(exchange);
        query.push(("swapMode", "ExactIn".to_owned()));
        query.push(("excludeRouters", EXCLUDED_ROUTERS.to_owned()));
        query
    }

    async fn ask(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<u8>, JupiterError> {
        let reply = self.send(&self.0.requests, Method::GET, path, query, |request| request).await?;
        match reply.status {
            StatusCode::OK => Ok(reply.body),
            status => Err(reply::refusal(status.as_u16(), &reply.body)),
        }
    }

    async fn send(
        &self,
        bucket: &Bucket,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Reply, JupiterError> {
        let inner = &self.0;
        // What is wrong with the settings takes nobody's turn.
        let base = inner.base.read()?;
        let url =
            Url::parse(base.expose_secret()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let mut url = url.ok_or_else(|| JupiterError::Unavailable {
            reason: "base_url is not an http or https URL".to_owned(),
            sent: false,
        })?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let key = inner.key.as_ref().map(key_header).transpose()?;
        bucket.turn(inner.timeout.saturating_mul(PATIENCE)).await?;
        let mut request = with(inner.http.request(method, url));
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        let response = request.send().await.map_err(HttpError::from)?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(bucket.refused(response.headers()));
        }
        bucket.heed(response.headers());
        let body = read_bounded(response, MAX_BODY_BYTES).await?;
        Ok(Reply { status, body })
    }
}

fn key_header(key: &SecretRef) -> Result<HeaderValue, JupiterError> {
    let mut header = HeaderValue::from_str(key.read()?.expose_secret())
        .map_err(|_| JupiterError::KeyRefused { said: "it is no text for a header".to_owned() })?;
    header.set_sensitive(true);
    Ok(header)
}
