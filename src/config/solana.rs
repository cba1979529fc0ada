//! Settings of the Solana cluster: endpoints, key, fees, mints with everything pinned, CCTP programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use solana_address::Address;
use solana_hash::Hash;

use crate::config::{JupiterConfig, SecretRef, Url, UsdSetting};

/// The chain's name: there is one Solana cluster.
pub const CHAIN: &str = "solana";
/// The SPL Token program.
pub const TOKEN_PROGRAM: Address = Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// The Token-2022 program.
pub const TOKEN_2022_PROGRAM: Address =
    Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");

/// One Solana cluster.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SolanaConfig {
    /// Genesis hash; must equal what every endpoint answers.
    #[serde(with = "base58")]
    #[schemars(with = "String")]
    pub genesis_hash: Hash,
    /// JSON-RPC endpoints in order of preference.
    pub rpc: Vec<Url>,
    /// Endpoints that must agree before an irreversible decision. A transaction is only ever
    /// called dead by two or more.
    #[serde(default = "quorum")]
    pub quorum: usize,
    /// Milliseconds one request may take.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Slots an endpoint may be behind the best one before it is not asked.
    #[serde(default = "max_lag_slots")]
    pub max_lag_slots: u64,
    /// Seconds the cluster's clock may differ from ours before the endpoint counts as stalled.
    #[serde(default = "max_clock_age_seconds")]
    pub max_clock_age_seconds: u64,
    /// The key that signs there, as `solana-keygen` writes it or in base58: `{ env = "NAME" }` or
    /// `{ file = "PATH" }`.
    pub keypair: SecretRef,
    /// Symbol of the native coin, priced like any asset.
    #[serde(default = "native")]
    pub native: String,
    /// Most one transaction may cost: fee, priority fee and rent that does not come back.
    pub max_gas_usd: UsdSetting,
    /// Native coin, in whole units, below which `doctor` and the metrics complain.
    #[serde(default)]
    pub min_native: Option<String>,
    /// What may be paid for being included.
    #[serde(default)]
    pub fees: SolanaFeeConfig,
    /// Tokens by asset symbol.
    #[serde(default)]
    pub tokens: BTreeMap<String, SolanaTokenConfig>,
    /// CCTP V2 programs, where they are used.
    #[serde(default)]
    pub cctp: Option<SolanaCctpConfig>,
    /// Jupiter, where it is asked.
    #[serde(default)]
    pub jupiter: Option<JupiterConfig>,
}

/// Fees of one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SolanaFeeConfig {
    /// Percentile of the recent priority fees of the accounts written to, 0 to 100.
    pub percentile: u8,
    /// Most lamports one transaction may pay as priority fee.
    pub max_priority_lamports: u64,
    /// Per cent added to the compute units a simulation used.
    pub compute_margin_percent: u8,
}

impl Default for SolanaFeeConfig {
    fn default() -> Self {
        Self { percentile: 75, max_priority_lamports: 1_000_000, compute_margin_percent: 20 }
    }
}

/// A mint, with everything pinned that could change what its units are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SolanaTokenConfig {
    /// Mint.
    #[serde(with = "base58")]
    #[schemars(with = "String")]
    pub mint: Address,
    /// Token program that owns the mint.
    #[serde(with = "base58", default = "token_program")]
    #[schemars(with = "String")]
    pub program: Address,
    /// Decimals; checked against the mint.
    pub decimals: u8,
    /// Extensions the mint has, all of them; any other set is refused. Naming one allows it.
    #[serde(default)]
    pub extensions: Vec<MintExtension>,
}

/// An extension of a Token-2022 mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MintExtension {
    /// A fee is kept of every transfer.
    TransferFeeConfig,
    /// The mint can be closed.
    MintCloseAuthority,
    /// Balances can be hidden.
    ConfidentialTransferMint,
    /// New accounts may be frozen from the start.
    DefaultAccountState,
    /// Tokens cannot be moved.
    NonTransferable,
    /// Displayed amounts grow with time.
    InterestBearingConfig,
    /// Somebody may move anybody's tokens.
    PermanentDelegate,
    /// A program is called at every transfer.
    TransferHook,
    /// Fees of hidden transfers.
    ConfidentialTransferFeeConfig,
    /// Where the metadata is.
    MetadataPointer,
    /// Name and symbol.
    TokenMetadata,
    /// Where the group is.
    GroupPointer,
    /// The mint is a group.
    TokenGroup,
    /// Where the membership is.
    GroupMemberPointer,
    /// The mint belongs to a group.
    TokenGroupMember,
    /// Hidden supply.
    ConfidentialMintBurn,
    /// Displayed amounts are scaled.
    ScaledUiAmount,
    /// Transfers can be stopped.
    Pausable,
    /// Burning needs another signature.
    PermissionedBurn,
}

/// CCTP V2 on Solana. The program ids are the same on mainnet and devnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SolanaCctpConfig {
    /// CCTP domain.
    #[serde(default = "domain")]
    pub domain: u32,
    /// MessageTransmitterV2.
    #[serde(with = "base58", default = "message_transmitter")]
    #[schemars(with = "String")]
    pub message_transmitter: Address,
    /// TokenMessengerMinterV2.
    #[serde(with = "base58", default = "token_messenger_minter")]
    #[schemars(with = "String")]
    pub token_messenger_minter: Address,
    /// Lookup table with the accounts a mint always names. A mint with two signatures does not fit
    /// into a transaction without one.
    #[serde(with = "base58")]
    #[schemars(with = "String")]
    pub lookup_table: Address,
    /// Expected seconds from burn to mint at fast speed.
    #[serde(default = "fast_seconds")]
    pub fast_seconds: u64,
    /// Expected seconds from burn to mint at standard speed.
    #[serde(default = "standard_seconds")]
    pub standard_seconds: u64,
}

impl Default for SolanaCctpConfig {
    /// Circle's programs, with the lookup table of Circle's mainnet adapter.
    fn default() -> Self {
        Self {
            domain: domain(),
            message_transmitter: message_transmitter(),
            token_messenger_minter: token_messenger_minter(),
            lookup_table: Address::from_str_const("qj4EYgsGpnRdt9rvQW3wWZR8JVaKPg9rG9EB8DNgfz8"),
            fast_seconds: fast_seconds(),
            standard_seconds: standard_seconds(),
        }
    }
}

fn quorum() -> usize {
    1
}

fn timeout_ms() -> u64 {
    5000
}

fn max_lag_slots() -> u64 {
    25
}

fn max_clock_age_seconds() -> u64 {
    120
}

fn token_program() -> Address {
    TOKEN_PROGRAM
}

fn native() -> String {
    "SOL".to_owned()
}

fn fast_seconds() -> u64 {
    10
}

fn standard_seconds() -> u64 {
    30
}

fn domain() -> u32 {
    5
}

fn message_transmitter() -> Address {
    Address::from_str_const("CCTPV2Sm4AdWt5296sk4P66VBZ7bEhcARwFaaS9YPbeC")
}

fn token_messenger_minter() -> Address {
    Address::from_str_const("CCTPV2vPZJS2u2BBsUoscuikbYjnpFmbFsvVuJdgUMQe")
}

/// Keys and hashes as people write them.
pub(super) mod base58 {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::config) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in crate::config) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| {
            D::Error::custom(format!(
                "`{}` is not 32 bytes in base58",
                text.chars().take(64).collect::<String>()
            ))
        })
    }
}

/// Lists of keys.
pub(crate) mod base58_list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use solana_address::Address;

    #[derive(Serialize, Deserialize)]
    struct Written(#[serde(with = "super::base58")] Address);

    pub(crate) fn serialize<S: Serializer>(list: &[Address], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().copied().map(Written))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
        let written = Vec::<Written>::deserialize(deserializer)?;
        Ok(written.into_iter().map(|Written(address)| address).collect())
    }
}
