//! The burns Iris knows of, and when and how it attests each of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use alloy::primitives::{B256, Bytes, U256, keccak256};
use serde::Serialize;

use super::attest::{Signing, attest};
use super::message::{
    AMOUNT, DESTINATION_DOMAIN, EXPIRATION_BLOCK, FEE_EXECUTED, FINALITY_THRESHOLD_EXECUTED, MAX_FEE,
    MIN_FINALITY_THRESHOLD, Message, NONCE,
};
use super::settings::{Fees, IrisSettings, Reattest, fee_of};
use crate::misbehave::{Fault, Faulty, Meter};

/// Threshold of a fast attestation.
pub const CONFIRMED: u32 = 1_000;
/// Threshold of a standard attestation.
pub const FINALIZED: u32 = 2_000;
/// CCTP domain of Solana.
pub const SOLANA: u32 = 5;

/// Heights of a chain as Iris last read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    pub latest: u64,
    pub finalized: u64,
    /// The newest block's number as contracts see it, which on Arbitrum is
    /// another chain's. Expiration counts in these.
    pub in_contracts: u64,
}

/// A transaction on its source chain, as Iris is asked for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceTx {
    /// An EVM transaction's hash.
    Evm(B256),
    /// A Solana transaction's signature, in base58.
    Solana(String),
}

impl SourceTx {
    /// What `text` names: 32 bytes in hex, or else a signature.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Solana(text.to_owned()), Self::Evm)
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Evm(hash) => hash.as_slice(),
            Self::Solana(signature) => signature.as_bytes(),
        }
    }
}

impl From<B256> for SourceTx {
    fn from(hash: B256) -> Self {
        Self::Evm(hash)
    }
}

impl Serialize for SourceTx {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Evm(hash) => hash.serialize(serializer),
            Self::Solana(signature) => signature.serialize(serializer),
        }
    }
}

/// A message as its source chain holds it: an EVM chain in a `MessageSent`
/// log, Solana in an event account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    pub tx_hash: SourceTx,
    pub block: u64,
    pub log_index: u64,
    pub message: Message,
}

/// Why a fast transfer waits for finality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DelayReason {
    InsufficientFee,
    AmountAboveMax,
    InsufficientAllowanceAvailable,
}

/// A message with Iris' fields filled in, and its attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    pub message: Message,
    pub attestation: Bytes,
}

/// A burn that is on its source chain.
#[derive(Clone, Debug)]
pub struct Burn {
    pub domain: u32,
    pub sent: SentMessage,
    pub nonce: B256,
    pub attested: Option<Attested>,
    pub delay_reason: Option<DelayReason>,
    pub reattest_requested: bool,
    seen: Instant,
}

impl Burn {
    /// The amount burned, in minor units.
    pub fn amount(&self) -> U256 {
        self.sent.message.number(AMOUNT)
    }

    /// The threshold of the attestation handed out, if there is one.
    pub fn executed(&self) -> Option<u32> {
        self.attested.as_ref().map(|done| done.message.short(FINALITY_THRESHOLD_EXECUTED))
    }
}

/// Everything the Iris server remembers.
#[derive(Debug, Default)]
pub struct IrisState {
    pub settings: IrisSettings,
    /// Requests by path.
    pub counts: BTreeMap<String, u64>,
    pub meter: Meter,
    /// By source domain; the domains Iris serves.
    pub heads: BTreeMap<u32, Heads>,
    pub burns: Vec<Burn>,
}

impl Faulty for IrisState {
    fn fault(&self) -> &Fault {
        &self.settings.fault
    }
}

impl IrisState {
    /// Takes over the canonical messages of `domain` from block `since` on.
    /// A burn there that is not among them was reorganised away: Iris forgets
    /// it. One that comes back, in whatever block, has its old nonce.
    pub fn reconcile(&mut self, domain: u32, since: u64, sent: Vec<SentMessage>) {
        let mut known = Vec::new();
        self.burns.retain(|burn| {
            let rechecked = burn.domain == domain && burn.sent.block >= since;
            if rechecked {
                known.push(burn.clone());
            }
            !rechecked
        });
        let mut ordinals: BTreeMap<SourceTx, u32> = BTreeMap::new();
        for sent in sent {
            let ordinal = ordinals.entry(sent.tx_hash.clone()).or_default();
            let nonce = nonce(domain, &sent.tx_hash, *ordinal);
            *ordinal += 1;
            let old = known.iter().find(|burn| burn.nonce == nonce && burn.sent.message == sent.message);
            self.burns.push(match old {
                Some(old) => Burn { sent, ..old.clone() },
                None => Burn {
                    domain,
                    sent,
                    nonce,
                    attested: None,
                    delay_reason: None,
                    reattest_requested: false,
                    seen: Instant::now(),
                },
            });
        }
        self.burns.sort_by_key(|burn| (burn.domain, burn.sent.block, burn.sent.log_index));
    }

    /// Fast allowance left: what fast attestations of unfinalised burns hold
    /// is taken off.
    pub fn allowance_left(&self) -> U256 {
        let held = self
            .burns
            .iter()
            .filter(|burn| burn.executed() == Some(CONFIRMED) && !self.is_final(burn))
            .fold(U256::ZERO, |sum, burn| sum.saturating_add(burn.amount()));
        U256::from(self.settings.allowance).saturating_sub(held)
    }

    /// Attests every burn whose time has come.
    pub fn attest_due(&mut self, now: Instant) {
        for index in 0..self.burns.len() {
            let burn = &self.burns[index];
            let update = match burn.attested {
                None => self.first_attestation(burn, now),
                Some(_) if burn.reattest_requested => (self.second_attestation(burn), None),
                Some(_) => continue,
            };
            let burn = &mut self.burns[index];
            match update {
                (Some(attested), _) => {
                    burn.attested = Some(attested);
                    burn.delay_reason = None;
                    burn.reattest_requested = false;
                }
                (None, reason) => burn.delay_reason = reason,
            }
        }
    }

    fn is_final(&self, burn: &Burn) -> bool {
        self.heads.get(&burn.domain).is_some_and(|heads| burn.sent.block <= heads.finalized)
    }

    fn first_attestation(&self, burn: &Burn, now: Instant) -> (Option<Attested>, Option<DelayReason>) {
        let settings = &self.settings;
        let delay = Duration::from_millis(settings.delay_ms);
        if settings.concerns(burn.domain) && now.duration_since(burn.seen) < delay {
            return (None, None);
        }
        let fees = settings.fees.get(&burn.domain).copied().unwrap_or_default();
        let mut reason = None;
        if burn.sent.message.short(MIN_FINALITY_THRESHOLD) <= CONFIRMED
            && let Fees { fast: Some(fast), .. } = fees
        {
            let latest = self.heads.get(&burn.domain).map_or(0, |heads| heads.latest);
            if latest + 1 < burn.sent.block + settings.fast_confirmations {
                return (None, None);
            }
            let fee = fee_of(burn.amount(), fast);
            reason = self.obstacle(burn, fee);
            // A transfer that was held back until finality gets no fast
            // attestation any more, though the obstacle may be gone.
            let too_late = burn.delay_reason.is_some() && self.is_final(burn);
            if reason.is_none() && !too_late {
                let expires_in = if settings.concerns(burn.domain) { settings.expires_in } else { 7_200 };
                return (Some(self.fill(burn, CONFIRMED, fee, Some(expires_in))), None);
            }
        }
        if !self.is_final(burn) {
            return (None, reason);
        }
        // A standard fee above `maxFee` cannot be taken: the contract would
        // refuse the message.
        let fee = fee_of(burn.amount(), fees.standard).min(burn.sent.message.number(MAX_FEE));
        (Some(self.fill(burn, FINALIZED, fee, None)), None)
    }

    fn second_attestation(&self, burn: &Burn) -> Option<Attested> {
        let fee = burn.attested.as_ref()?.message.number(FEE_EXECUTED);
        match self.settings.reattest {
            Reattest::ExpiresIn { blocks } => Some(self.fill(burn, CONFIRMED, fee, Some(blocks))),
            Reattest::Finalized => self.is_final(burn).then(|| self.fill(burn, FINALIZED, fee, None)),
            Reattest::Ignored | Reattest::Refused => None,
        }
    }

    fn obstacle(&self, burn: &Burn, fee: U256) -> Option<DelayReason> {
        if fee > burn.sent.message.number(MAX_FEE) {
            Some(DelayReason::InsufficientFee)
        } else if self.settings.fast_maximum.is_some_and(|most| burn.amount() > U256::from(most)) {
            Some(DelayReason::AmountAboveMax)
        } else if burn.amount() > self.allowance_left() {
            Some(DelayReason::InsufficientAllowanceAvailable)
        } else {
            None
        }
    }

    fn fill(&self, burn: &Burn, executed: u32, fee: U256, expires_in: Option<u64>) -> Attested {
        let mut message = burn.sent.message.clone();
        let expiration = expires_in.map_or(U256::ZERO, |blocks| {
            let destination = message.short(DESTINATION_DOMAIN);
            let latest = self.heads.get(&destination).map_or(0, |heads| heads.in_contracts);
            U256::from(latest) + U256::from(blocks)
        });
        message.set_word(NONCE, burn.nonce);
        message.set_short(FINALITY_THRESHOLD_EXECUTED, executed);
        message.set_number(FEE_EXECUTED, fee);
        message.set_number(EXPIRATION_BLOCK, expiration);
        Attested { attestation: attest(&message, Signing::Honest), message }
    }
}

/// The nonce of a burn: stable for the same message of the same transaction,
/// and not to be guessed from its bytes.
fn nonce(domain: u32, tx_hash: &SourceTx, ordinal: u32) -> B256 {
    let parts = [&domain.to_be_bytes()[..], tx_hash.bytes(), &ordinal.to_be_bytes()[..]];
    keccak256(parts.concat())
}
