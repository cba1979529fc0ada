//! What is read from the contracts before a burn or a mint: who is blocked, what is paused, what
//! limits hold, who attests. An answer that is missing, empty or odd is an error, never a default.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;

use super::abi::{MessageTransmitterV2, TokenMessengerV2, TokenMinterV2, Usdc};
use super::{ContractError, End};
use crate::bridges::cctp::attestation::Attesters;
use crate::bridges::cctp::ends::FarEnd;
use crate::bridges::cctp::message::WIRE_VERSION;
use crate::chains::evm::Call;
use crate::domain::Domain;

/// Most attesters a chain is believed to have.
const MAX_ATTESTERS: usize = 64;

/// An answer of the scan: the bytes, or why there are none.
pub type Answer = Result<Bytes, String>;

/// The questions about one chain, in a fixed order, and how their answers are read.
#[derive(Debug, Clone)]
pub struct Preflight {
    calls: Vec<Call>,
    accounts: Vec<Address>,
    remotes: Vec<Domain>,
}

impl Preflight {
    /// Questions about `end` for `accounts` (our wallet and every recipient) and transfers from or
    /// to `remotes`.
    pub fn new(end: &End, accounts: &[Address], remotes: &[Domain]) -> Self {
        let mut calls = vec![
            ask(end.token_minter, &TokenMinterV2::burnLimitsPerMessageCall { token: end.token }),
            ask(end.token_messenger, &TokenMessengerV2::minFeeCall {}),
            ask(end.token_messenger, &TokenMessengerV2::localMinterCall {}),
            ask(end.token_messenger, &TokenMessengerV2::messageBodyVersionCall {}),
            ask(end.message_transmitter, &MessageTransmitterV2::localDomainCall {}),
            ask(end.message_transmitter, &MessageTransmitterV2::versionCall {}),
            ask(end.message_transmitter, &MessageTransmitterV2::pausedCall {}),
            ask(end.token_minter, &TokenMinterV2::pausedCall {}),
            ask(end.token, &Usdc::pausedCall {}),
        ];
        for account in accounts {
            calls.push(ask(end.token_messenger, &TokenMessengerV2::isDenylistedCall { account: *account }));
            calls.push(ask(end.token, &Usdc::isBlacklistedCall { account: *account }));
        }
        for remote in remotes {
            let call = TokenMessengerV2::remoteTokenMessengersCall { domain: remote.0 };
            calls.push(ask(end.token_messenger, &call));
        }
        Self { calls, accounts: accounts.to_vec(), remotes: remotes.to_vec() }
    }

    /// The calls, to be answered at one block.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Reads the answers, which must be as many as the calls and in their order.
    pub fn decode(&self, answers: &[Answer]) -> Result<State, ContractError> {
        if answers.len() != self.calls.len() {
            return Err(ContractError::Count { asked: self.calls.len(), found: answers.len() });
        }
        let mut rest = answers.iter();
        let mut next = || rest.next();
        let mut state = State {
            burn_limit: number(
                "burnLimitsPerMessage",
                read::<TokenMinterV2::burnLimitsPerMessageCall>("burnLimitsPerMessage", next())?,
            )?,
            min_fee: number("minFee", read::<TokenMessengerV2::minFeeCall>("minFee", next())?)?,
            local_minter: read::<TokenMessengerV2::localMinterCall>("localMinter", next())?,
            body_version: read::<TokenMessengerV2::messageBodyVersionCall>("messageBodyVersion", next())?,
            local_domain: Domain(read::<MessageTransmitterV2::localDomainCall>("localDomain", next())?),
            version: read::<MessageTransmitterV2::versionCall>("version", next())?,
            transmitter_paused: read::<MessageTransmitterV2::pausedCall>("paused", next())?,
            minter_paused: read::<TokenMinterV2::pausedCall>("paused", next())?,
            token_paused: read::<Usdc::pausedCall>("USDC paused", next())?,
            denylisted: BTreeMap::new(),
            blacklisted: BTreeMap::new(),
            remotes: BTreeMap::new(),
        };
        for account in &self.accounts {
            let denied = read::<TokenMessengerV2::isDenylistedCall>("isDenylisted", next())?;
            state.denylisted.insert(*account, denied);
            let blocked = read::<Usdc::isBlacklistedCall>("isBlacklisted", next())?;
            state.blacklisted.insert(*account, blocked);
        }
        for remote in &self.remotes {
            let word = read::<TokenMessengerV2::remoteTokenMessengersCall>("remoteTokenMessengers", next())?;
            state.remotes.insert(*remote, word);
        }
        Ok(state)
    }
}

/// What one chain's contracts said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Largest single burn in base units; zero when CCTP does not burn this token.
    pub burn_limit: u128,
    /// Contract's minimum fee in ten-millionths of the amount.
    pub min_fee: u64,
    /// Minter the TokenMessenger uses.
    pub local_minter: Address,
    /// Version of message bodies.
    pub body_version: u32,
    /// Domain of the chain.
    pub local_domain: Domain,
    /// Version of messages.
    pub version: u32,
    /// Whether no message is sent or received.
    pub transmitter_paused: bool,
    /// Whether nothing is burnt or minted.
    pub minter_paused: bool,
    /// Whether USDC moves at all.
    pub token_paused: bool,
    /// Accounts asked about: whether CCTP refuses their burns.
    pub denylisted: BTreeMap<Address, bool>,
    /// Accounts asked about: whether USDC refuses to move for them.
    pub blacklisted: BTreeMap<Address, bool>,
    /// TokenMessengers of other domains, left-padded; zero where there is none.
    pub remotes: BTreeMap<Domain, B256>,
}

/// Why a burn or a mint would fail now. A route is closed for it, not retried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocker {
    /// A contract is paused.
    #[error("{contract} is paused")]
    Paused {
        /// Which.
        contract: &'static str,
    },
    /// CCTP refuses the account.
    #[error("{account} is on CCTP's denylist")]
    Denylisted {
        /// Which.
        account: Address,
    },
    /// USDC refuses the account.
    #[error("{account} is blacklisted by USDC")]
    Blacklisted {
        /// Which.
        account: Address,
    },
    /// The account was not asked about.
    #[error("it is not known whether {account} is blocked")]
    NotAsked {
        /// Which.
        account: Address,
    },
    /// CCTP does not burn this token: a bridged look-alike of USDC.
    #[error("CCTP does not burn {token} here; it is not native USDC")]
    NotBurnable {
        /// Which.
        token: Address,
    },
    /// The configuration and the chain disagree.
    #[error("{what} is {found} on chain and {configured} in the configuration")]
    Mismatch {
        /// What.
        what: &'static str,
        /// On chain.
        found: String,
        /// Configured.
        configured: String,
    },
}

impl State {
    /// What stops `wallet` from burning at `source` towards `destination`.
    pub fn burn_blocker(&self, source: &End, wallet: Address, destination: &impl FarEnd) -> Option<Blocker> {
        self.blocker(source, destination)
            .or_else(|| (self.burn_limit == 0).then_some(Blocker::NotBurnable { token: source.token }))
            .or_else(|| self.account_blocker(wallet, true))
    }

    /// What stops a mint at `destination` to `recipient` of a burn at `source`.
    pub fn mint_blocker(
        &self,
        destination: &End,
        recipient: Address,
        source: &impl FarEnd,
    ) -> Option<Blocker> {
        self.blocker(destination, source).or_else(|| self.account_blocker(recipient, false))
    }

    fn blocker(&self, here: &End, there: &impl FarEnd) -> Option<Blocker> {
        let paused = [
            (self.transmitter_paused, "MessageTransmitterV2"),
            (self.minter_paused, "TokenMinterV2"),
            (self.token_paused, "USDC"),
        ];
        if let Some((_, contract)) = paused.into_iter().find(|(paused, _)| *paused) {
            return Some(Blocker::Paused { contract });
        }
        let remote = self.remotes.get(&there.domain()).copied().unwrap_or_default();
        differs("domain", self.local_domain, here.domain)
            .or_else(|| differs("message version", self.version, WIRE_VERSION))
            .or_else(|| differs("message body version", self.body_version, WIRE_VERSION))
            .or_else(|| differs("TokenMinterV2", self.local_minter, here.token_minter))
            .or_else(|| differs("remote TokenMessengerV2", remote, there.messenger_word()))
    }

    fn account_blocker(&self, account: Address, burns: bool) -> Option<Blocker> {
        let (Some(denylisted), Some(blacklisted)) =
            (self.denylisted.get(&account), self.blacklisted.get(&account))
        else {
            return Some(Blocker::NotAsked { account });
        };
        if burns && *denylisted {
            return Some(Blocker::Denylisted { account });
        }
        blacklisted.then_some(Blocker::Blacklisted { account })
    }
}

fn differs<T: PartialEq + std::fmt::Display>(what: &'static str, found: T, configured: T) -> Option<Blocker> {
    (found != configured).then(|| Blocker::Mismatch {
        what,
        found: found.to_string(),
        configured: configured.to_string(),
    })
}

/// Asks how much fee the contract demands for burning `units` base units.
pub fn min_fee_amount(end: &End, units: u128) -> Call {
    ask(end.token_messenger, &TokenMessengerV2::getMinFeeAmountCall { amount: U256::from(units) })
}

/// Reads the answer to [`min_fee_amount`], in base units.
pub fn decode_min_fee_amount(answer: &Answer) -> Result<u128, ContractError> {
    number("getMinFeeAmount", read::<TokenMessengerV2::getMinFeeAmountCall>("getMinFeeAmount", Some(answer))?)
}

/// Asks `destination` whether the message with `nonce` was minted already.
pub fn used_nonce(destination: &End, nonce: B256) -> Call {
    ask(destination.message_transmitter, &MessageTransmitterV2::usedNoncesCall { nonce })
}

/// Reads the answer to [`used_nonce`].
pub fn decode_used_nonce(answer: &Answer) -> Result<bool, ContractError> {
    match number::<u64>(
        "usedNonces",
        read::<MessageTransmitterV2::usedNoncesCall>("usedNonces", Some(answer))?,
    )? {
        0 => Ok(false),
        1 => Ok(true),
        other => {
            Err(ContractError::Form { what: "usedNonces", reason: format!("{other} is neither 0 nor 1") })
        }
    }
}

/// Asks `destination` how many attesters there are and how many must sign.
pub fn attester_counts(destination: &End) -> [Call; 2] {
    [
        ask(destination.message_transmitter, &MessageTransmitterV2::signatureThresholdCall {}),
        ask(destination.message_transmitter, &MessageTransmitterV2::getNumEnabledAttestersCall {}),
    ]
}

/// Reads the answers to [`attester_counts`]: threshold and number of attesters.
pub fn decode_attester_counts(answers: &[Answer]) -> Result<(usize, usize), ContractError> {
    let [threshold, count] = answers else {
        return Err(ContractError::Count { asked: 2, found: answers.len() });
    };
    let threshold = number(
        "signatureThreshold",
        read::<MessageTransmitterV2::signatureThresholdCall>("signatureThreshold", Some(threshold))?,
    )?;
    let count = number(
        "getNumEnabledAttesters",
        read::<MessageTransmitterV2::getNumEnabledAttestersCall>("getNumEnabledAttesters", Some(count))?,
    )?;
    if count > MAX_ATTESTERS {
        return Err(ContractError::Form {
            what: "getNumEnabledAttesters",
            reason: format!("{count} attesters are more than the {MAX_ATTESTERS} believed"),
        });
    }
    Ok((threshold, count))
}

/// Asks `destination` for its `count` attesters, to be answered at the block the counts were read at.
pub fn attesters(destination: &End, count: usize) -> Vec<Call> {
    (0..count.min(MAX_ATTESTERS))
        .map(|index| {
            let call = MessageTransmitterV2::getEnabledAttesterCall { index: U256::from(index) };
            ask(destination.message_transmitter, &call)
        })
        .collect()
}

/// Reads the answers to [`attesters`] under the counts read before.
pub fn decode_attesters(
    threshold: usize,
    count: usize,
    answers: &[Answer],
) -> Result<Attesters, ContractError> {
    if answers.len() != count {
        return Err(ContractError::Count { asked: count, found: answers.len() });
    }
    let enabled: Vec<Address> = answers
        .iter()
        .map(|answer| {
            read::<MessageTransmitterV2::getEnabledAttesterCall>("getEnabledAttester", Some(answer))
        })
        .collect::<Result<_, _>>()?;
    Attesters::new(&enabled, threshold)
        .map_err(|error| ContractError::Form { what: "getEnabledAttester", reason: error.to_string() })
}

fn ask(to: Address, call: &impl SolCall) -> Call {
    Call { to, data: call.abi_encode().into() }
}

/// Reads one word. Every function asked here returns exactly one.
fn read<C: SolCall>(what: &'static str, answer: Option<&Answer>) -> Result<C::Return, ContractError> {
    let bytes = match answer {
        Some(Ok(bytes)) => bytes,
        Some(Err(reason)) => return Err(ContractError::Unread { what, reason: reason.clone() }),
        None => return Err(ContractError::Unread { what, reason: "it was not answered".to_owned() }),
    };
    match bytes.len() {
        0 => Err(ContractError::Empty { what }),
        32 => C::abi_decode_returns_validate(bytes)
            .map_err(|error| ContractError::Form { what, reason: error.to_string() }),
        other => Err(ContractError::Form { what, reason: format!("{other} bytes instead of 32") }),
    }
}

fn number<T: TryFrom<U256>>(what: &'static str, value: U256) -> Result<T, ContractError> {
    T::try_from(value)
        .map_err(|_| ContractError::Form { what, reason: format!("{value} is too large to be true") })
}
