//! What CCTP charges and allows now, between every pair of chains.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::Address;
use tokio::sync::Mutex;

use crate::bridges::cctp::quote::BurnLimits;
use crate::bridges::cctp::{AnyEnd, FarEnd, FeeTier, Iris, quote};
use crate::domain::snapshot::{BridgeView, Reading};
use crate::domain::{ChainName, Domain, Timestamp};
use crate::observe::chain::{Bridge, Observed};

/// Iris' fees change rarely: used for so long.
const FEES_FOR: Duration = Duration::from_secs(60);
/// The fast allowance is everybody's: used for so long.
const ALLOWANCE_FOR: Duration = Duration::from_secs(15);

/// Fees and allowance of Iris, each asked at most once per period.
pub struct BridgeFees {
    iris: Iris,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    fees: BTreeMap<(Domain, Domain), (Timestamp, Vec<FeeTier>)>,
    allowance: Option<(Timestamp, u128)>,
}

impl BridgeFees {
    /// Nothing asked yet.
    pub fn new(iris: Iris) -> Self {
        Self { iris, cache: Mutex::default() }
    }

    /// The bridge between every ordered pair of chains, or why it cannot be used.
    pub async fn views(
        &self,
        observed: &BTreeMap<ChainName, Reading<Observed>>,
        wallet: Address,
        now: Timestamp,
    ) -> Vec<Reading<BridgeView>> {
        let ends: Vec<&Bridge> =
            observed.values().filter_map(|read| read.as_ref().ok()?.bridge.as_ref()).collect();
        let mut views = Vec::new();
        let mut cache = self.cache.lock().await;
        for from in &ends {
            for to in ends.iter().filter(|to| to.end().chain() != from.end().chain()) {
                let route = format!("cctp {}→{}", from.end().chain(), to.end().chain());
                let may = from.may_burn(&to.end(), wallet).and_then(|limits| {
                    to.may_mint(&from.end(), wallet)?;
                    Ok(limits)
                });
                let view = match may {
                    Ok(limits) => self.view(&mut cache, &from.end(), &to.end(), limits, now).await,
                    Err(reason) => Err(reason),
                };
                views.push(view.map_err(|reason| format!("{route}: {reason}")));
            }
        }
        views
    }

    async fn view(
        &self,
        cache: &mut Cache,
        from: &AnyEnd,
        to: &AnyEnd,
        limits: BurnLimits,
        now: Timestamp,
    ) -> Reading<BridgeView> {
        let key = (from.domain(), to.domain());
        let known = cache.fees.get(&key).filter(|(at, _)| now.since(*at) < FEES_FOR);
        let fees = match known {
            Some((_, fees)) => fees.clone(),
            None => {
                let fees = self.iris.fees(key.0, key.1).await.map_err(|error| error.to_string())?;
                cache.fees.insert(key, (now, fees.clone()));
                fees
            }
        };
        let allowance = match cache.allowance.filter(|(at, _)| now.since(*at) < ALLOWANCE_FOR) {
            Some((_, allowance)) => Some(allowance),
            // Without an allowance fast is not offered; standard needs none.
            None => match self.iris.allowance().await {
                Ok(allowance) => {
                    cache.allowance = Some((now, allowance));
                    Some(allowance)
                }
                Err(error) => {
                    tracing::warn!("the fast allowance is unknown: {error}");
                    None
                }
            },
        };
        Ok(quote::view(from, to, limits, &fees, allowance))
    }
}

impl Bridge {
    fn end(&self) -> AnyEnd {
        match self {
            Self::Evm(of) => AnyEnd::Evm(of.0.clone()),
            Self::Solana(of) => AnyEnd::Solana(Box::new(of.0.clone())),
        }
    }

    /// What a burn here towards `there` has to keep to, or what stops it.
    fn may_burn(&self, there: &AnyEnd, wallet: Address) -> Reading<BurnLimits> {
        match self {
            Self::Evm(of) => {
                let (here, state) = of.as_ref();
                let state = state.as_ref().map_err(Clone::clone)?;
                match state.burn_blocker(here, wallet, there) {
                    Some(blocker) => Err(blocker.to_string()),
                    None => Ok(BurnLimits { burn_limit: state.burn_limit, min_fee: state.min_fee }),
                }
            }
            Self::Solana(of) => {
                let (here, state) = of.as_ref();
                let state = state.as_ref().map_err(Clone::clone)?;
                match state.burn_blocker(here, there) {
                    Some(blocker) => Err(blocker.to_string()),
                    None => Ok(state.limits()),
                }
            }
        }
    }

    /// What stops a mint here of a burn at `there`, if anything.
    fn may_mint(&self, there: &AnyEnd, wallet: Address) -> Reading<()> {
        let blocker = match self {
            Self::Evm(of) => {
                let (here, state) = of.as_ref();
                let state = state.as_ref().map_err(Clone::clone)?;
                state.mint_blocker(here, wallet, there).map(|blocker| blocker.to_string())
            }
            Self::Solana(of) => {
                let (here, state) = of.as_ref();
                let state = state.as_ref().map_err(Clone::clone)?;
                state.mint_blocker(here, there).map(|blocker| blocker.to_string())
            }
        };
        blocker.map_or(Ok(()), Err)
    }
}
