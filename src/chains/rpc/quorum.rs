//! The endpoints of one chain: preference, failover, lag, agreement.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::chains::http::http_client;
use crate::chains::rpc::dialect::Dialect;
use crate::chains::rpc::endpoint::{Endpoint, IdentityCheck};
use crate::chains::rpc::failure::{ChainError, Failure, RpcError};
use crate::chains::rpc::stats::{ChainStats, EndpointStats};
use crate::config::Url;
use crate::config::secret::origin;
use crate::domain::ChainName;

/// All endpoints of a chain, in order of preference.
pub(in crate::chains) struct Endpoints {
    chain: ChainName,
    all: Vec<Arc<Endpoint>>,
    quorum: usize,
    max_lag: u64,
    disagreements: AtomicU64,
    quorum_lost: AtomicU64,
    quorum_available: AtomicBool,
}

/// What endpoints are made of.
pub(in crate::chains) struct Setup<'a> {
    /// URLs in order of preference.
    pub(in crate::chains) urls: &'a [Url],
    /// Endpoints that must agree before an irreversible decision.
    pub(in crate::chains) quorum: usize,
    /// Time one request may take.
    pub(in crate::chains) timeout: Duration,
    /// Heights an endpoint may be behind the best one.
    pub(in crate::chains) max_lag: u64,
}

/// Answers of several endpoints, equal ones together.
pub(in crate::chains) struct Votes<T> {
    groups: Vec<Vec<T>>,
    pub(in crate::chains) failures: Vec<Failure>,
}

impl<T> Votes<T> {
    /// Different answers.
    pub(in crate::chains) fn answers(&self) -> usize {
        self.groups.len()
    }

    /// Size of the largest group of equal answers.
    pub(in crate::chains) fn largest(&self) -> usize {
        self.groups.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Whether any two different answers cannot both be honest.
    pub(in crate::chains) fn contradict(&self, contradicts: fn(&T, &T) -> bool) -> bool {
        let firsts: Vec<&T> = self.groups.iter().filter_map(|group| group.first()).collect();
        firsts.iter().enumerate().any(|(i, a)| firsts.iter().skip(i).any(|b| contradicts(a, b)))
    }

    fn add(&mut self, answer: T, same: fn(&T, &T) -> bool) {
        let group = self.groups.iter_mut().find(|group| group.first().is_some_and(|one| same(one, &answer)));
        match group {
            Some(group) => group.push(answer),
            None => self.groups.push(vec![answer]),
        }
    }

    /// The largest group.
    pub(in crate::chains) fn into_largest(self) -> Vec<T> {
        self.groups.into_iter().max_by_key(Vec::len).unwrap_or_default()
    }
}

impl Endpoints {
    /// Reads the URLs and makes the client; asks nobody anything.
    ///
    /// # Errors
    /// [`ChainError`] when a URL or its secret is unusable, or when there are fewer different
    /// endpoints than the quorum (one URL written twice is one endpoint).
    pub(in crate::chains) fn build(
        chain: &ChainName,
        setup: &Setup<'_>,
        dialect: &'static Dialect,
        is_ours: &IdentityCheck,
    ) -> Result<Self, ChainError> {
        let client =
            http_client(setup.timeout).map_err(|error| ChainError::Client { chain: chain.clone(), error })?;
        let mut urls: Vec<reqwest::Url> = Vec::new();
        let mut all = Vec::new();
        for (index, setting) in (1_usize..).zip(setup.urls) {
            let secret = setting.read().map_err(|error| ChainError::secret(chain, &error))?;
            let url = reqwest::Url::parse(secret.expose_secret())
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
                .ok_or_else(|| ChainError::InvalidUrl { chain: chain.clone(), index })?;
            if urls.contains(&url) {
                continue;
            }
            let origin = origin(url.as_str());
            let shared = all.iter().any(|one: &Arc<Endpoint>| one.label() == origin);
            let label = if shared { format!("{origin} #{index}") } else { origin };
            urls.push(url.clone());
            all.push(Arc::new(Endpoint::new(url, label, dialect, Arc::clone(is_ours), client.clone())));
        }
        let quorum = setup.quorum;
        if quorum == 0 || all.len() < quorum {
            return Err(ChainError::QuorumImpossible { chain: chain.clone(), quorum, endpoints: all.len() });
        }
        Ok(Self {
            chain: chain.clone(),
            all,
            quorum,
            max_lag: setup.max_lag,
            disagreements: AtomicU64::new(0),
            quorum_lost: AtomicU64::new(0),
            quorum_available: AtomicBool::new(true),
        })
    }

    pub(in crate::chains) const fn quorum(&self) -> usize {
        self.quorum
    }

    pub(in crate::chains) fn all(&self) -> &[Arc<Endpoint>] {
        &self.all
    }

    /// Endpoints that are neither cooling down nor behind.
    fn available(&self) -> Vec<Arc<Endpoint>> {
        let now = Instant::now();
        let usable = |endpoint: &&Arc<Endpoint>| {
            let health = endpoint.health();
            !health.is_cooling_down(now) && !health.is_behind(now)
        };
        self.all.iter().filter(usable).cloned().collect()
    }

    /// Endpoints that are not cooling down; lagging ones get their chance to catch up here.
    pub(in crate::chains) fn awake(&self) -> Vec<Arc<Endpoint>> {
        let now = Instant::now();
        self.all.iter().filter(|endpoint| !endpoint.health().is_cooling_down(now)).cloned().collect()
    }

    /// Endpoints a transaction is sent to: the awake ones, or all when none is. Sending the same
    /// bytes once more never harms.
    pub(in crate::chains) fn for_broadcast(&self) -> Vec<Arc<Endpoint>> {
        let awake = self.awake();
        if awake.is_empty() { self.all.clone() } else { awake }
    }

    /// Remembers `endpoint`'s head and refuses it when it is too far behind the best one.
    ///
    /// The best head is the highest that a quorum of endpoints has reached, so with a quorum of two
    /// a single endpoint that invents blocks does not discredit the others.
    pub(in crate::chains) fn note_head(&self, endpoint: &Endpoint, head: u64) -> Result<(), RpcError> {
        let now = Instant::now();
        endpoint.health().note_head(now, head);
        let mut heads: Vec<u64> = self.all.iter().filter_map(|one| one.health().recent_head(now)).collect();
        heads.sort_unstable_by(|a, b| b.cmp(a));
        let best = heads.get(self.quorum.saturating_sub(1)).or(heads.last()).copied().unwrap_or(head);
        let lag = best.saturating_sub(head);
        endpoint.health().note_lag(now, lag, self.max_lag);
        if lag > self.max_lag { Err(RpcError::Behind { head, lag }) } else { Ok(()) }
    }

    /// The first usable answer, asking endpoints in order of preference.
    pub(in crate::chains) async fn first<T, F, Fut>(
        &self,
        what: &'static str,
        ask: F,
    ) -> Result<T, ChainError>
    where
        F: Fn(Arc<Endpoint>) -> Fut,
        Fut: Future<Output = Result<T, RpcError>>,
    {
        let mut failures = Vec::new();
        for endpoint in self.available() {
            let result = ask(Arc::clone(&endpoint)).await;
            endpoint.note(&result);
            match result {
                Ok(answer) => return Ok(answer),
                Err(error) => failures.push(Failure { endpoint: endpoint.label().to_owned(), error }),
            }
        }
        Err(ChainError::Unavailable { chain: self.chain.clone(), what, failures })
    }

    /// Asks as many endpoints at once as are missing for the quorum, further ones as others fail or
    /// differ, until a quorum agrees or nobody is left.
    pub(in crate::chains) async fn votes<T, F, Fut>(&self, ask: F, same: fn(&T, &T) -> bool) -> Votes<T>
    where
        T: Send + 'static,
        F: Fn(Arc<Endpoint>) -> Fut,
        Fut: Future<Output = Result<T, RpcError>> + Send + 'static,
    {
        let mut votes = Votes { groups: Vec::new(), failures: Vec::new() };
        let mut waiting = self.available().into_iter();
        let mut asked = JoinSet::new();
        while votes.largest() < self.quorum {
            while votes.largest().saturating_add(asked.len()) < self.quorum {
                let Some(endpoint) = waiting.next() else { break };
                let answer = ask(Arc::clone(&endpoint));
                asked.spawn(async move {
                    let result = answer.await;
                    endpoint.note(&result);
                    (endpoint.label().to_owned(), result)
                });
            }
            match asked.join_next().await {
                Some(Ok((_, Ok(answer)))) => votes.add(answer, same),
                Some(Ok((endpoint, Err(error)))) => votes.failures.push(Failure { endpoint, error }),
                Some(Err(_)) => {
                    votes.failures.push(Failure { endpoint: "?".to_owned(), error: RpcError::Abandoned });
                }
                None => break,
            }
        }
        votes
    }

    /// The answer a quorum gives, each answer of that group. Anything less is an error: this never
    /// settles for fewer endpoints.
    pub(in crate::chains) async fn agree<T, F, Fut>(
        &self,
        what: &'static str,
        ask: F,
        same: fn(&T, &T) -> bool,
    ) -> Result<Vec<T>, ChainError>
    where
        T: Send + 'static,
        F: Fn(Arc<Endpoint>) -> Fut,
        Fut: Future<Output = Result<T, RpcError>> + Send + 'static,
    {
        let votes = self.votes(ask, same).await;
        let answers = votes.answers();
        if answers > 1 {
            self.note_disagreement(what, answers);
        }
        if votes.largest() >= self.quorum {
            self.note_quorum(true);
            Ok(votes.into_largest())
        } else if answers > 1 {
            self.note_quorum(false);
            Err(ChainError::Disagreement { chain: self.chain.clone(), what, answers })
        } else {
            Err(self.lost(what, votes.largest(), votes.failures))
        }
    }

    /// The largest group of `votes`, when it is a quorum. `contradicts` tells answers that cannot all
    /// be honest from those that only differ in time; `is_passing` tells failures that a moment heals.
    pub(in crate::chains) fn decide<T>(
        &self,
        what: &'static str,
        votes: Votes<T>,
        contradicts: fn(&T, &T) -> bool,
        is_passing: fn(&RpcError) -> bool,
    ) -> Result<Vec<T>, ChainError> {
        let answers = votes.answers();
        let lies = votes.contradict(contradicts);
        if lies {
            self.note_disagreement(what, answers);
        }
        if votes.largest() >= self.quorum {
            self.note_quorum(true);
            return Ok(votes.into_largest());
        }
        let chain = self.chain.clone();
        Err(if lies {
            self.note_quorum(false);
            ChainError::Disagreement { chain, what, answers }
        } else if answers > 1 || votes.failures.iter().any(|one| is_passing(&one.error)) {
            ChainError::Undecided { chain, what }
        } else {
            self.lost(what, votes.largest(), votes.failures)
        })
    }

    /// Asks all of `asked` at once and waits for everybody.
    pub(in crate::chains) async fn each<T, F, Fut>(
        &self,
        asked: Vec<Arc<Endpoint>>,
        ask: F,
    ) -> (Vec<(Arc<Endpoint>, T)>, Vec<Failure>)
    where
        T: Send + 'static,
        F: Fn(Arc<Endpoint>) -> Fut,
        Fut: Future<Output = Result<T, RpcError>> + Send + 'static,
    {
        let mut running = JoinSet::new();
        for endpoint in asked {
            let answer = ask(Arc::clone(&endpoint));
            running.spawn(async move {
                let result = answer.await;
                endpoint.note(&result);
                (endpoint, result)
            });
        }
        let (mut answers, mut failures) = (Vec::new(), Vec::new());
        while let Some(joined) = running.join_next().await {
            match joined {
                Ok((endpoint, Ok(answer))) => answers.push((endpoint, answer)),
                Ok((endpoint, Err(error))) => {
                    failures.push(Failure { endpoint: endpoint.label().to_owned(), error });
                }
                Err(_) => failures.push(Failure { endpoint: "?".to_owned(), error: RpcError::Abandoned }),
            }
        }
        (answers, failures)
    }

    /// Counts and reports that endpoints contradict each other.
    pub(in crate::chains) fn note_disagreement(&self, what: &'static str, answers: usize) {
        self.disagreements.fetch_add(1, Ordering::Relaxed);
        tracing::error!(chain = %self.chain, what, answers, "RPC endpoints contradict each other");
    }

    /// Notes whether a decision found its quorum.
    pub(in crate::chains) fn note_quorum(&self, found: bool) {
        self.quorum_available.store(found, Ordering::Relaxed);
    }

    /// Counts a lost quorum and makes its error.
    pub(in crate::chains) fn lost(
        &self,
        what: &'static str,
        have: usize,
        failures: Vec<Failure>,
    ) -> ChainError {
        self.lost_of(what, have, self.quorum, failures)
    }

    /// [`Endpoints::lost`] where more than the quorum was needed.
    pub(in crate::chains) fn lost_of(
        &self,
        what: &'static str,
        have: usize,
        need: usize,
        failures: Vec<Failure>,
    ) -> ChainError {
        self.quorum_lost.fetch_add(1, Ordering::Relaxed);
        self.note_quorum(false);
        ChainError::QuorumLost { chain: self.chain.clone(), what, have, need, failures }
    }

    pub(in crate::chains) fn stats(&self) -> ChainStats {
        let now = Instant::now();
        let endpoints = self.all.iter().map(|endpoint| {
            let health = endpoint.health().clone();
            EndpointStats {
                endpoint: endpoint.label().to_owned(),
                http_requests: endpoint.counters.http_requests(),
                request_time: endpoint.counters.request_time(),
                calls: endpoint.counters.counts(),
                head: health.last_head(),
                lag_blocks: health.lag(),
                cooling_down: health.is_cooling_down(now),
            }
        });
        ChainStats {
            endpoints: endpoints.collect(),
            disagreements: self.disagreements.load(Ordering::Relaxed),
            quorum_lost: self.quorum_lost.load(Ordering::Relaxed),
            quorum_available: self.quorum_available.load(Ordering::Relaxed),
        }
    }
}
