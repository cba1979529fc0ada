//! What CCTP charges and allows now, between every pair of chains.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::Address;
use tokio::sync::Mutex;

use crate::bridges::cctp::contracts::preflight::State;
use crate::bridges::cctp::quote::BurnLimits;
use crate::bridges::cctp::{End, FeeTier, Iris, quote};
use crate::domain::snapshot::{BridgeView, Reading};
use crate::domain::{ChainName, Domain, Timestamp};
use crate::observe::chain::Observed;

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
        let ends: Vec<(&End, &Reading<State>)> = observed
            .values()
            .filter_map(|read| read.as_ref().ok()?.bridge.as_ref())
            .map(|(end, state)| (end, state))
            .collect();
        let mut views = Vec::new();
        let mut cache = self.cache.lock().await;
        for (from, from_state) in &ends {
            for (to, to_state) in ends.iter().filter(|(to, _)| to.chain != from.chain) {
                let route = format!("cctp {}→{}", from.chain, to.chain);
                let view = match (from_state, to_state) {
                    (Ok(from_state), Ok(to_state)) => {
                        let blocker = from_state
                            .burn_blocker(from, wallet, *to)
                            .or_else(|| to_state.mint_blocker(to, wallet, *from));
                        match blocker {
                            Some(blocker) => Err(blocker.to_string()),
                            None => self.view(&mut cache, from, to, from_state, now).await,
                        }
                    }
                    (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
                };
                views.push(view.map_err(|reason| format!("{route}: {reason}")));
            }
        }
        views
    }

    async fn view(
        &self,
        cache: &mut Cache,
        from: &End,
        to: &End,
        state: &State,
        now: Timestamp,
    ) -> Reading<BridgeView> {
        let limits = BurnLimits { burn_limit: state.burn_limit, min_fee: state.min_fee };
        let key = (from.domain, to.domain);
        let known = cache.fees.get(&key).filter(|(at, _)| now.since(*at) < FEES_FOR);
        let fees = match known {
            Some((_, fees)) => fees.clone(),
            None => {
                let fees = self.iris.fees(from.domain, to.domain).await.map_err(|error| error.to_string())?;
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
