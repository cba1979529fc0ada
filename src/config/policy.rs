//! Settings of policy: what may be signed. Without a rule nothing may.

use alloy::primitives::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::UsdSetting;

/// Limits and allow-lists. Contracts and functions follow from the chains' settings: token
/// approvals to CCTP and the router, burns, mints and swaps there, and nothing else.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// Most one operation may move.
    pub max_operation_usd: UsdSetting,
    /// Most all operations of any 24 hours may move.
    pub max_day_usd: UsdSetting,
    /// Most gas all transactions of any 24 hours may cost.
    pub max_gas_day_usd: UsdSetting,
    /// Most fee (bridge or pool) one operation may pay, relative to its amount.
    pub max_fee: crate::config::Percent,
    /// Recipients besides the wallet itself.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub recipients: Vec<Address>,
    /// Owners on Solana that may receive besides the wallet itself.
    #[serde(default, with = "crate::config::solana::base58_list")]
    #[schemars(with = "Vec<String>")]
    pub solana_recipients: Vec<solana_address::Address>,
}
