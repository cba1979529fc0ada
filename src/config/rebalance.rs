//! Settings of the rebalance goal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Percent, UsdSetting};

/// Target inventory and the rules of moving towards it.
///
/// Either `profile` with `asset` and `chains`, or explicit `targets`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RebalanceConfig {
    /// `conservative`, `balanced`, `aggressive`, or one of your own under `[profiles]`.
    #[serde(default)]
    pub profile: Option<String>,
    /// The asset a profile spreads.
    #[serde(default)]
    pub asset: Option<String>,
    /// The chains a profile spreads it over, largest share first.
    #[serde(default)]
    pub chains: Vec<String>,
    /// Explicit targets; positions without one have the target zero.
    #[serde(default)]
    pub targets: Vec<TargetConfig>,
    /// When to look: a cron expression with seconds, in UTC. Default: the profile's.
    #[serde(default)]
    pub schedule: Option<String>,
    /// Deviation of a weight that starts a rebalance.
    #[serde(default = "trigger")]
    pub trigger: Percent,
    /// Deviation a rebalance may leave behind. Smaller than `trigger`: the difference is the hysteresis.
    #[serde(default = "band")]
    pub band: Percent,
    /// Smallest transfer.
    #[serde(default = "minimum_transfer")]
    pub minimum_transfer_usd: UsdSetting,
    /// Most a transfer may cost relative to its amount.
    #[serde(default = "max_cost_share")]
    pub max_cost_share: Percent,
    /// What one hour of one transfer's delay is worth.
    #[serde(default = "hour")]
    pub time_usd_per_hour: UsdSetting,
    /// Yearly price of capital that is on its way.
    #[serde(default = "capital_rate")]
    pub capital_rate: Percent,
}

/// One target.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    /// Chain.
    pub chain: String,
    /// Asset.
    pub asset: String,
    /// Share of the whole inventory's value; all weights add up to 100.
    pub weight: Percent,
}

/// A named way of spreading one asset.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Shares of the chains, largest first; they add up to 100.
    pub weights: Vec<Percent>,
    /// Cron expression with seconds, in UTC.
    pub schedule: String,
}

impl Config {
    /// The targets in force: those of the profile, or the explicit ones. Weights add up to 100.
    pub fn targets(&self) -> Vec<TargetConfig> {
        let goal = &self.rebalance;
        let profile = goal.profile.as_ref().and_then(|name| self.profiles.get(name));
        let (Some(profile), Some(asset)) = (profile, &goal.asset) else {
            return goal.targets.clone();
        };
        let target = |(chain, weight): (&String, &Percent)| TargetConfig {
            chain: chain.clone(),
            asset: asset.clone(),
            weight: *weight,
        };
        goal.chains.iter().zip(&profile.weights).map(target).collect()
    }

    /// The schedule in force: the goal's own, or its profile's. A loaded configuration has one.
    pub fn schedule(&self) -> Option<&str> {
        let profile =
            || self.profiles.get(self.rebalance.profile.as_ref()?).map(|found| found.schedule.as_str());
        self.rebalance.schedule.as_deref().or_else(profile)
    }
}

fn trigger() -> Percent {
    Percent::from_ppm(50_000)
}

fn band() -> Percent {
    Percent::from_ppm(10_000)
}

fn minimum_transfer() -> UsdSetting {
    UsdSetting::from_dollars(10)
}

fn max_cost_share() -> Percent {
    Percent::from_ppm(20_000)
}

fn hour() -> UsdSetting {
    UsdSetting::from_dollars(1)
}

fn capital_rate() -> Percent {
    Percent::from_ppm(50_000)
}
