//! The client: one account's limiter and stand-down, shared by the chains it is used on.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy::primitives::Address;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::{Client, StatusCode, Url};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout};

use super::error::OneInchError;
use super::reply::{self, Quoted, Written};
use crate::chains::http::{HttpError, http_client, read_bounded};
use crate::config::{OneInchConfig, SecretRef};
use crate::domain::Timestamp;
use crate::domain::amount::format_fixed;
use crate::telemetry::clock;

/// Largest reply read, after decompression: a route with its calldata is some tens of kilobytes.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// Nobody asks for so long after a 429.
const STAND_DOWN: Duration = Duration::from_secs(10);
/// A request waits for its turn for so many times as long as for its reply.
const PATIENCE: u32 = 3;

/// One account: everybody with the same URL and key shares its limit. Clones are the same account.
#[derive(Clone)]
pub struct Account(Arc<Inner>);

struct Inner {
    http: Client,
    base: crate::config::Url,
    key: SecretRef,
    limiter: DefaultDirectRateLimiter,
    timeout: Duration,
    standing_down: Mutex<Option<(Instant, Timestamp)>>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

impl Account {
    /// An account as configured; asks nobody anything and reads no secret yet.
    ///
    /// # Errors
    /// [`HttpError::Client`] when no HTTP client can be made.
    pub fn new(config: &OneInchConfig) -> Result<Self, HttpError> {
        let timeout = Duration::from_secs(config.timeout_seconds.max(1));
        let rate = NonZeroU32::new(config.requests_per_second).unwrap_or(NonZeroU32::MIN);
        // Without bursts, no second ever sees more than one request above the rate.
        let quota = Quota::per_second(rate).allow_burst(NonZeroU32::MIN);
        Ok(Self(Arc::new(Inner {
            http: http_client(timeout)?,
            base: config.base_url.clone(),
            key: config.key.clone(),
            limiter: RateLimiter::direct(quota),
            timeout,
            standing_down: Mutex::new(None),
        })))
    }

    /// Whether `config` is of this account.
    pub fn is_of(&self, config: &OneInchConfig) -> bool {
        self.0.base == config.base_url && self.0.key == config.key
    }

    fn stands_down(&self) -> Result<(), OneInchError> {
        let standing_down = self.0.standing_down.lock().unwrap_or_else(PoisonError::into_inner);
        match *standing_down {
            Some((ends, until)) if Instant::now() < ends => Err(OneInchError::RateLimited { until }),
            Some(_) | None => Ok(()),
        }
    }

    fn stand_down(&self) -> OneInchError {
        let now = Instant::now();
        let until = clock::now().plus(STAND_DOWN);
        let ends = now.checked_add(STAND_DOWN).unwrap_or(now);
        *self.0.standing_down.lock().unwrap_or_else(PoisonError::into_inner) = Some((ends, until));
        OneInchError::RateLimited { until }
    }

    async fn get(&self, path: &[&str], query: &[(&str, String)]) -> Result<Vec<u8>, OneInchError> {
        self.stands_down()?;
        let inner = &self.0;
        let turn = inner.timeout.saturating_mul(PATIENCE);
        timeout(turn, inner.limiter.until_ready()).await.map_err(|_| OneInchError::Unavailable {
            reason: "too many requests of ours are waiting for their turn".to_owned(),
        })?;
        // Another clone may have been told to stop while this request waited.
        self.stands_down()?;
        let base = inner.base.read()?;
        let url =
            Url::parse(base.expose_secret()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let mut url = url.ok_or_else(|| OneInchError::Unexpected {
            reason: "base_url is not an http or https URL".to_owned(),
        })?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let key = inner.key.read()?;
        let request = inner.http.get(url).bearer_auth(key.expose_secret());
        let response = request.send().await.map_err(HttpError::from)?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(self.stand_down());
        }
        let body = read_bounded(response, MAX_BODY_BYTES).await?;
        if status == StatusCode::OK { Ok(body) } else { Err(reply::refusal(status.as_u16(), &body)) }
    }
}

/// What is sold for what, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// Token sold.
    pub token_in: Address,
    /// Token bought.
    pub token_out: Address,
    /// Base units sold.
    pub amount_in: u128,
}

/// 1inch on one chain. Clones share the account.
#[derive(Debug, Clone)]
pub struct OneInch {
    account: Account,
    chain_id: String,
    version: String,
    router: Address,
    excluded: String,
}

impl OneInch {
    /// 1inch on the chain with `chain_id`, asked through `account`.
    pub fn new(account: Account, chain_id: u64, config: &OneInchConfig) -> Self {
        Self {
            account,
            chain_id: chain_id.to_string(),
            version: config.version.clone(),
            router: config.router,
            excluded: config.excluded_protocols.join(","),
        }
    }

    /// The account it is asked through.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The pinned router: the only contract that is approved and called.
    pub fn router(&self) -> Address {
        self.router
    }

    /// What `exchange` would give now.
    ///
    /// # Errors
    /// [`OneInchError`]; nothing was moved.
    pub async fn quote(&self, exchange: &Exchange) -> Result<Quoted, OneInchError> {
        reply::quoted(&self.ask("quote", &self.query(exchange)).await?)
    }

    /// A quote with the transaction for it. The estimate is left out: it would need the approval, and
    /// what counts is simulated by our own nodes.
    ///
    /// # Errors
    /// [`OneInchError`]; nothing was moved.
    pub async fn swap(
        &self,
        exchange: &Exchange,
        wallet: Address,
        slippage_ppm: u32,
    ) -> Result<Written, OneInchError> {
        let mut query = self.query(exchange);
        // In percent, where quotes of others are in basis points. `origin` is required.
        query.extend([
            ("from", wallet.to_string()),
            ("origin", wallet.to_string()),
            ("receiver", wallet.to_string()),
            ("slippage", format_fixed(u128::from(slippage_ppm), 4)),
            ("allowPartialFill", "false".to_owned()),
            ("disableEstimate", "true".to_owned()),
            ("usePermit2", "false".to_owned()),
        ]);
        reply::written(&self.ask("swap", &query).await?)
    }

    /// Who 1inch says should be approved.
    ///
    /// # Errors
    /// [`OneInchError`].
    pub async fn spender(&self) -> Result<Address, OneInchError> {
        let path = ["swap", &self.version, &self.chain_id, "approve", "spender"];
        reply::spender(&self.account.get(&path, &[]).await?)
    }

    fn query(&self, exchange: &Exchange) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("src", exchange.token_in.to_string()),
            ("dst", exchange.token_out.to_string()),
            ("amount", exchange.amount_in.to_string()),
        ];
        if !self.excluded.is_empty() {
            query.push(("excludedProtocols", self.excluded.clone()));
        }
        query
    }

    async fn ask(&self, what: &str, query: &[(&str, String)]) -> Result<Vec<u8>, OneInchError> {
        self.account.get(&["swap", &self.version, &self.chain_id, what], query).await
    }
}
