//! What the Iris server can be told to do.

use std::collections::BTreeMap;

use alloy::primitives::{B256, U256};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::misbehave::{Fault, RateLimit};

/// Settings of the Iris server. `message_mode`, `delay_ms`, `expires_in`,
/// `reattest` and `tamper` concern only burns on `only_domains`, if given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IrisSettings {
    /// Fault of every endpoint.
    pub fault: Fault,
    /// Fault of single endpoints, by [`path`](super::PATHS).
    pub path_faults: BTreeMap<String, Fault>,
    /// Requests per second, and how long Iris blocks afterwards.
    pub rate_limit: Option<RateLimit>,
    /// How `GET /v2/messages` answers.
    pub message_mode: MessageMode,
    /// Milliseconds between the first sight of a burn and its attestation.
    pub delay_ms: u64,
    /// Blocks of the source chain that include a burn before a fast
    /// attestation; 1 is the burn's own block.
    pub fast_confirmations: u64,
    /// Blocks of the destination chain until a fast attestation expires.
    pub expires_in: u64,
    /// What `POST /v2/reattest` leads to.
    pub reattest: Reattest,
    /// What is wrong with the messages or attestations handed out.
    pub tamper: Option<Tamper>,
    /// Source domains that the message settings concern; all if `None`.
    pub only_domains: Option<Vec<u32>>,
    /// Fast allowance in minor units of USDC.
    pub allowance: u64,
    /// The largest fast transfer in minor units of USDC.
    pub fast_maximum: Option<u64>,
    /// Fees by source domain.
    pub fees: BTreeMap<u32, Fees>,
    /// Whether `minimumFee` is a JSON string instead of a number.
    pub fees_as_strings: bool,
}

/// Fees of a source domain in thousandths of a basis point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// Fee of a fast transfer; `None` if the source has no fast tier.
    pub fast: Option<u64>,
    /// Fee of a standard transfer.
    #[serde(default)]
    pub standard: u64,
}

/// How `GET /v2/messages` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageMode {
    /// Truthfully.
    #[default]
    Normal,
    /// 404, as if the burn had never been seen.
    NotFound,
    /// HTTP 200 with an empty list.
    Empty,
    /// `pending_confirmations` for ever.
    Pending,
    /// `complete`, but the attestation is the word `PENDING`.
    CompleteWithoutAttestation,
}

/// What a request for re-attestation leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reattest {
    /// At finality: a standard attestation that never expires.
    #[default]
    Finalized,
    /// At once: another fast attestation that expires in so many blocks.
    ExpiresIn { blocks: u64 },
    /// The request is accepted and nothing follows.
    Ignored,
    /// HTTP 400, with the claim that the message is finalized.
    Refused,
}

/// What is wrong with an answer. Unless stated otherwise the changed message
/// is signed by the true attesters, so only its content gives it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tamper {
    Amount(U256),
    MintRecipient(B256),
    DestinationDomain(u32),
    DestinationCaller(B256),
    BurnToken(B256),
    MessageSender(B256),
    Sender(B256),
    Recipient(B256),
    MaxFee(U256),
    MinFinalityThreshold(u32),
    FinalityThresholdExecuted(u32),
    /// The fee executed is replaced.
    FeeExecuted(U256),
    /// The fee executed is one more than the burn's `maxFee`.
    FeeAboveMax,
    /// The nonce in the message is replaced; `eventNonce` stays.
    Nonce(B256),
    /// The message of another burn, or of an invented one.
    OtherMessage,
    /// Signed by keys that are no attesters.
    WrongKeys,
    /// Signatures in descending order of address.
    SwappedSignatures,
    /// One signature only.
    OneSignature,
    /// The same signature twice.
    DoubledSignature,
    /// The attestation of the unfilled message, as emitted by the chain.
    StaleAttestation,
    /// The attestation's hex lacks its last digit.
    TruncatedAttestation,
    /// The message's hex lacks its last byte.
    TruncatedMessage,
    /// Message and attestation are honest; members of `decodedMessage` are
    /// replaced.
    Decoded(serde_json::Map<String, Value>),
    /// The hex of the message continues for so many characters.
    OversizedMessage(usize),
}

impl Default for IrisSettings {
    fn default() -> Self {
        let fees = [
            (0, Fees { fast: Some(1_000), standard: 0 }),
            (6, Fees { fast: Some(1_300), standard: 0 }),
            (3, Fees { fast: None, standard: 0 }),
        ];
        Self {
            fault: Fault::Healthy,
            path_faults: BTreeMap::new(),
            rate_limit: Some(RateLimit { per_second: 35, block_ms: 300_000 }),
            message_mode: MessageMode::Normal,
            delay_ms: 0,
            fast_confirmations: 1,
            expires_in: 7_200,
            reattest: Reattest::Finalized,
            tamper: None,
            only_domains: None,
            allowance: 50_000_000_000_000,
            fast_maximum: None,
            fees: fees.into(),
            fees_as_strings: false,
        }
    }
}

impl IrisSettings {
    /// Whether the message settings concern burns on `domain`.
    pub fn concerns(&self, domain: u32) -> bool {
        self.only_domains.as_ref().is_none_or(|domains| domains.contains(&domain))
    }
}

/// `ceil(amount × fee)` for a fee in thousandths of a basis point.
pub fn fee_of(amount: U256, milli_bps: u64) -> U256 {
    const WHOLE: u64 = 10_000_000;
    amount.checked_mul(U256::from(milli_bps)).map_or(U256::MAX, |product| product.div_ceil(U256::from(WHOLE)))
}
