//! Quotes of 1inch and Jupiter, at a few sizes and only for pairs that are worth it: they allow about one
//! request per second.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::Address;
use tokio::sync::Mutex;

use crate::chains::solana::Address as SolanaAddress;
use crate::config::solana::CHAIN as SOLANA;
use crate::config::{ChainConfig, SolanaConfig};
use crate::domain::snapshot::Reading;
use crate::domain::{
    AnyAddress, AssetId, ChainName, Operation, OperationState, QuoteRequest, QuoteView, Step, SwapStep,
    Timestamp, Venue,
};
use crate::journal::{Journal, JournalError, OperationFilter};
use crate::telemetry::{Metrics, clock};
use crate::venues::jupiter::{self, Jupiter, JupiterError};
use crate::venues::oneinch::{self, OneInch, OneInchError};

/// Quotes are used again while the amount is within a tenth of the one that was asked.
const NEAR: u128 = 10;
/// No further size of a pair is asked about after so long: the first quotes would be too old to use.
const PATIENCE: Duration = Duration::from_secs(60);
/// After a swap of the venue failed it is left alone on that chain for so long: it would fail again.
const STAND_OFF: Duration = Duration::from_secs(900);
/// How many ended operations are looked through for the venue's last swap.
const PAGE: u32 = 200;

/// Quotes with their memory.
pub struct Quotes {
    venues: BTreeMap<ChainName, At>,
    cache: Mutex<BTreeMap<Pair, QuoteView>>,
    metrics: Metrics,
}

/// Asked at other sizes a pair is another question.
type Pair = (ChainName, AssetId, AssetId, usize);

/// A venue on one chain.
struct At {
    asked: Asked,
    keep: Duration,
    slippage_ppm: u32,
}

/// Who is asked, with the tokens it knows.
enum Asked {
    OneInch(OneInch, BTreeMap<AssetId, Address>),
    Jupiter(Jupiter, BTreeMap<AssetId, SolanaAddress>),
}

/// Why there is no quote.
enum Unquoted {
    /// A smaller amount may find one.
    TooMuch(String),
    /// No other size would be answered either.
    Closed(String),
}

impl Asked {
    const fn venue(&self) -> Venue {
        match self {
            Self::OneInch(..) => Venue::OneInch,
            Self::Jupiter(..) => Venue::Jupiter,
        }
    }

    fn router(&self) -> AnyAddress {
        match self {
            Self::OneInch(venue, _) => venue.router().into(),
            Self::Jupiter(venue, _) => venue.program().into(),
        }
    }

    /// What `units` of `from` would give of `to`, and the word for how that went.
    async fn quote(
        &self,
        from: &AssetId,
        to: &AssetId,
        units: u128,
    ) -> (&'static str, Result<u128, Unquoted>) {
        match self {
            Self::OneInch(venue, tokens) => {
                let (Some(token_in), Some(token_out)) = (tokens.get(from), tokens.get(to)) else {
                    return unknown(from, to);
                };
                let exchange = oneinch::client::Exchange {
                    token_in: *token_in,
                    token_out: *token_out,
                    amount_in: units,
                };
                match venue.quote(&exchange).await {
                    Ok(quoted) => ("ok", Ok(quoted.amount_out)),
                    Err(error @ OneInchError::InsufficientLiquidity { .. }) => {
                        (error.as_str(), Err(Unquoted::TooMuch(error.to_string())))
                    }
                    Err(error) => (error.as_str(), Err(Unquoted::Closed(error.to_string()))),
                }
            }
            Self::Jupiter(venue, tokens) => {
                let (Some(mint_in), Some(mint_out)) = (tokens.get(from), tokens.get(to)) else {
                    return unknown(from, to);
                };
                let Ok(amount_in) = u64::try_from(units) else {
                    return ("ok", Err(Unquoted::TooMuch("the amount does not fit".to_owned())));
                };
                let exchange = jupiter::Exchange { mint_in: *mint_in, mint_out: *mint_out, amount_in };
                match venue.quote(&exchange).await {
                    Ok(quoted) => ("ok", Ok(u128::from(quoted.amount_out))),
                    Err(error @ JupiterError::NoRoute { .. }) => {
                        (error.as_str(), Err(Unquoted::TooMuch(error.to_string())))
                    }
                    Err(error) => (error.as_str(), Err(Unquoted::Closed(error.to_string()))),
                }
            }
        }
    }
}

fn unknown(from: &AssetId, to: &AssetId) -> (&'static str, Result<u128, Unquoted>) {
    ("unknown-token", Err(Unquoted::Closed(format!("{from} or {to} has no token there"))))
}

impl Quotes {
    /// Nothing asked yet.
    pub fn new(
        venues: &BTreeMap<ChainName, OneInch>,
        settings: &BTreeMap<ChainName, ChainConfig>,
        metrics: Metrics,
    ) -> Self {
        let at = |(name, venue): (&ChainName, &OneInch)| {
            let chain = settings.get(name)?;
            let config = chain.oneinch.as_ref()?;
            let tokens = chain.tokens.iter().map(|(asset, token)| (AssetId::new(asset), token.address));
            let at = At {
                asked: Asked::OneInch(venue.clone(), tokens.collect()),
                keep: Duration::from_secs(config.quote_seconds),
                // The terms of the plan bound it further.
                slippage_ppm: config.slippage.map_or(u32::MAX, |slippage| slippage.ppm()),
            };
            Some((name.clone(), at))
        };
        Self { venues: venues.iter().filter_map(at).collect(), cache: Mutex::default(), metrics }
    }

    /// Jupiter is asked too, for pairs on Solana.
    pub fn with_jupiter(mut self, jupiter: &Jupiter, solana: &SolanaConfig) -> Self {
        let Some(config) = &solana.jupiter else { return self };
        let tokens = solana.tokens.iter().map(|(asset, token)| (AssetId::new(asset), token.mint));
        let at = At {
            asked: Asked::Jupiter(jupiter.clone(), tokens.collect()),
            keep: Duration::from_secs(config.quote_seconds),
            slippage_ppm: config.slippage.map_or(u32::MAX, |slippage| slippage.ppm()),
        };
        self.venues.insert(ChainName::new(SOLANA), at);
        self
    }

    /// A quote for each request where a venue is configured, or why there is none.
    pub async fn views(
        &self,
        requests: &[QuoteRequest],
        journal: Option<&Journal>,
    ) -> Result<Vec<Reading<QuoteView>>, JournalError> {
        let mut views = Vec::new();
        let known: Vec<(&QuoteRequest, &At)> =
            requests.iter().filter_map(|request| Some((request, self.venues.get(&request.chain)?))).collect();
        if known.is_empty() {
            return Ok(views);
        }
        for (request, at) in known {
            let venue = at.asked.venue();
            let pair = format!("{venue} {} {}→{}", request.chain, request.most.asset(), request.to);
            let now = clock::now();
            let failed = match journal {
                Some(journal) => failed_on(journal, venue, &request.chain, now).await?,
                None => None,
            };
            let view = match failed {
                Some(reason) => Err(reason),
                None => self.view(request, at, now).await,
            };
            views.push(view.map_err(|reason| format!("{pair}: {reason}")));
        }
        Ok(views)
    }

    async fn view(&self, request: &QuoteRequest, at: &At, now: Timestamp) -> Reading<QuoteView> {
        let sizes = request.sizes.len();
        let key = (request.chain.clone(), request.most.asset().clone(), request.to.clone(), sizes);
        let most = request.most.units();
        let mut cache = self.cache.lock().await;
        let is_near = |view: &&QuoteView| {
            let asked = view.samples.last().map_or(0, |(sold, _)| *sold);
            now.since(view.taken_at) < at.keep && asked.abs_diff(most) <= most.div_euclid(NEAR)
        };
        if let Some(view) = cache.get(&key).filter(is_near) {
            return Ok(view.clone());
        }
        let mut samples = Vec::new();
        let mut refused: Vec<(u128, String)> = Vec::new();
        let mut stopped = None;
        for &amount_in in &request.sizes {
            let asking = clock::now().since(now);
            if stopped.is_none() && asking >= PATIENCE {
                let seconds = asking.as_secs();
                stopped =
                    Some(format!("the venue's rate leaves no time for it: {seconds} s were spent on others"));
            }
            if let Some(reason) = &stopped {
                refused.push((amount_in, format!("not asked: {reason}")));
                continue;
            }
            let (outcome, answer) = at.asked.quote(request.most.asset(), &request.to, amount_in).await;
            let labels = [&at.asked.venue().to_string(), request.chain.as_str(), outcome];
            self.metrics.quotes.with_label_values(&labels).inc();
            match answer {
                Ok(amount_out) => samples.push((amount_in, amount_out)),
                Err(Unquoted::TooMuch(reason)) => refused.push((amount_in, reason)),
                Err(Unquoted::Closed(reason)) => {
                    refused.push((amount_in, reason));
                    stopped = Some("the size before it met an error".to_owned());
                }
            }
        }
        if let (true, Some((_, error))) = (samples.is_empty(), refused.first()) {
            return Err(error.clone());
        }
        samples.sort_unstable();
        let view = QuoteView {
            chain: request.chain.clone(),
            venue: at.asked.venue(),
            router: at.asked.router(),
            from: request.most.asset().clone(),
            to: request.to.clone(),
            taken_at: now,
            samples,
            refused,
            slippage_ppm: at.slippage_ppm,
        };
        cache.insert(key, view.clone());
        Ok(view)
    }
}

/// Why the venue is left alone on `chain`, if its last swap there failed a short while ago.
async fn failed_on(
    journal: &Journal,
    venue: Venue,
    chain: &ChainName,
    now: Timestamp,
) -> Result<Option<String>, JournalError> {
    let filter = OperationFilter { limit: PAGE, ..OperationFilter::default() };
    let last = journal
        .operations(&filter)
        .await?
        .into_iter()
        .find(|one| one.state.is_end() && swap_of(one, venue).is_some_and(|step| step.chain == *chain));
    let failed = last.filter(|one| one.state == OperationState::Failed);
    let since = |one: &Operation| now.since(one.updated_at);
    Ok(failed.filter(|one| since(one) < STAND_OFF).map(|one| {
        let reason = one.reason.as_deref().unwrap_or("no reason is known");
        format!(
            "left alone for {} minutes after its last swap there failed {} s ago ({reason})",
            STAND_OFF.as_secs().div_euclid(60),
            since(&one).as_secs()
        )
    }))
}

fn swap_of(operation: &Operation, venue: Venue) -> Option<&SwapStep> {
    match &operation.step {
        Step::Swap(step) => (step.venue == venue).then_some(step),
        Step::Bridge(_) | Step::Route(_) => None,
    }
}
