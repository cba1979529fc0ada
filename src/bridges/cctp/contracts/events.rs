//! What receipts say. Every log is filtered by its contract's address first: CCTP V1 shares topics,
//! and anybody can emit any event from a contract of their own.

use alloy::primitives::{Address, B256, Bytes, Log, U256};
use alloy::sol_types::SolEvent;

use super::abi::{MessageTransmitterV2, TokenMessengerV2};
use super::{ContractError, End};
use crate::bridges::cctp::message::Message;
use crate::domain::{AnyAddress, Domain};

/// `DepositForBurn`. Amounts are base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// Token burnt.
    pub burn_token: Address,
    /// Who burnt.
    pub depositor: Address,
    /// Amount burnt.
    pub amount: u128,
    /// Who receives the mint, left-padded.
    pub mint_recipient: B256,
    /// Where it is minted.
    pub destination_domain: Domain,
    /// Most the bridge may keep.
    pub max_fee: u128,
    /// Finality asked for.
    pub min_finality_threshold: u32,
}

/// `MintAndWithdraw`. Amounts are base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Who received.
    pub recipient: Address,
    /// What was received, the fee already taken off.
    pub amount: u128,
    /// Token minted.
    pub token: Address,
    /// Fee the bridge kept.
    pub fee: u128,
}

/// `MessageReceived`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who sent the mint.
    pub caller: Address,
    /// Domain of the burn.
    pub source_domain: Domain,
    /// Nonce of the message.
    pub nonce: B256,
    /// TokenMessenger of the source, left-padded.
    pub sender: B256,
    /// Finality waited for.
    pub finality_threshold_executed: u32,
    /// Body of the message.
    pub body: Bytes,
}

/// Whether a receipt shows that a transfer arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Minted {
    /// Our transfer arrived at our recipient, whoever sent the mint.
    Ours {
        /// Base units received.
        amount: u128,
        /// Base units the bridge kept.
        fee: u128,
        /// Who sent the mint.
        caller: AnyAddress,
    },
    /// The receipt does not concern our message.
    Absent,
    /// Our nonce was used and the money did not go where it should. A person must look.
    Wrong {
        /// What is different.
        reason: String,
    },
}

/// Raw messages of every `MessageSent` of `end`'s MessageTransmitter, in log order.
pub fn sent(logs: &[Log], end: &End) -> Result<Vec<Bytes>, ContractError> {
    let events = of::<MessageTransmitterV2::MessageSent>(logs, end.message_transmitter, "MessageSent");
    events.map(|event| event.map(|(_, event)| event.message)).collect()
}

/// Every `DepositForBurn` of `end`'s TokenMessenger, in log order.
pub fn deposits(logs: &[Log], end: &End) -> Result<Vec<Deposit>, ContractError> {
    of::<TokenMessengerV2::DepositForBurn>(logs, end.token_messenger, "DepositForBurn")
        .map(|event| {
            let (_, event) = event?;
            Ok(Deposit {
                burn_token: event.burnToken,
                depositor: event.depositor,
                amount: units("DepositForBurn", event.amount)?,
                mint_recipient: event.mintRecipient,
                destination_domain: Domain(event.destinationDomain),
                max_fee: units("DepositForBurn", event.maxFee)?,
                min_finality_threshold: event.minFinalityThreshold,
            })
        })
        .collect()
}

/// Every `MintAndWithdraw` of `end`'s TokenMessenger with its place among the logs.
pub fn withdrawals(logs: &[Log], end: &End) -> Result<Vec<(usize, Withdrawal)>, ContractError> {
    of::<TokenMessengerV2::MintAndWithdraw>(logs, end.token_messenger, "MintAndWithdraw")
        .map(|event| {
            let (place, event) = event?;
            let withdrawal = Withdrawal {
                recipient: event.mintRecipient,
                amount: units("MintAndWithdraw", event.amount)?,
                token: event.mintToken,
                fee: units("MintAndWithdraw", event.feeCollected)?,
            };
            Ok((place, withdrawal))
        })
        .collect()
}

/// Every `MessageReceived` of `end`'s MessageTransmitter with its place among the logs.
pub fn received(logs: &[Log], end: &End) -> Result<Vec<(usize, Received)>, ContractError> {
    of::<MessageTransmitterV2::MessageReceived>(logs, end.message_transmitter, "MessageReceived")
        .map(|event| {
            let (place, event) = event?;
            let received = Received {
                caller: event.caller,
                source_domain: Domain(event.sourceDomain),
                nonce: event.nonce,
                sender: event.sender,
                finality_threshold_executed: event.finalityThresholdExecuted,
                body: event.messageBody,
            };
            Ok((place, received))
        })
        .collect()
}

/// Topics that find the `MessageReceived` of `nonce`; `None` matches anything. The logs to search
/// are those of the destination's MessageTransmitter.
pub const fn received_topics(nonce: B256) -> [Option<B256>; 4] {
    [Some(MessageTransmitterV2::MessageReceived::SIGNATURE_HASH), None, Some(nonce), None]
}

/// Finds the burn `expected` (see `Burn::message`) in the logs of its transaction.
///
/// The transaction is ours and makes one burn, so it must have emitted exactly one message, equal
/// to the expected one in all bytes.
pub fn burnt(logs: &[Log], source: &End, expected: &Message) -> Result<Bytes, ContractError> {
    let refuse = |reason: String| ContractError::NoBurn { chain: source.chain.clone(), reason };
    let messages = sent(logs, source)?;
    let [message] = messages.as_slice() else {
        return Err(refuse(format!("it emitted {} messages instead of one", messages.len())));
    };
    let found = Message::decode(message).map_err(|error| refuse(error.to_string()))?;
    found.same_burn(expected).map_err(|error| refuse(error.to_string()))?;
    if found != *expected {
        return Err(refuse("a field that only Iris fills is not zero".to_owned()));
    }
    Ok(message.clone())
}

/// Decides from a receipt's logs whether the transfer `burn` with `nonce` was minted at
/// `destination`, by us or by anybody else.
///
/// The contract emits `MintAndWithdraw` before the `MessageReceived` it belongs to, so the one that
/// counts is the last between ours and the message before. The fee is read from the body received:
/// the message may have been attested again since ours was fetched. Finality is not judged any more:
/// the contract accepted it and the money is there or is not.
pub fn minted_for(
    logs: &[Log],
    destination: &End,
    burn: &Message,
    nonce: B256,
) -> Result<Minted, ContractError> {
    let arrivals = received(logs, destination)?;
    let ours = arrivals.iter().enumerate().find(|(_, (_, received))| received.nonce == nonce);
    let Some((index, (place, ours))) = ours else { return Ok(Minted::Absent) };
    let wrong = |reason: String| Ok(Minted::Wrong { reason });
    if ours.source_domain != burn.source_domain || ours.sender != burn.sender {
        return wrong(format!("the nonce was used for a message of domain {}", ours.source_domain));
    }
    let header =
        Message { nonce, finality_threshold_executed: ours.finality_threshold_executed, ..burn.clone() };
    let message = match header.with_body(&ours.body) {
        Ok(message) => message,
        Err(error) => return wrong(error.to_string()),
    };
    if let Err(error) = message.same_burn(burn).and_then(|()| message.keeps_its_fee()) {
        return wrong(error.to_string());
    }
    let before = index.checked_sub(1).and_then(|index| arrivals.get(index)).map(|(place, _)| *place);
    let withdrawals = withdrawals(logs, destination)?;
    let paid = withdrawals
        .iter()
        .rev()
        .find(|(at, _)| at < place && before.is_none_or(|before| *at > before))
        .map(|(_, withdrawal)| withdrawal);
    let Some(paid) = paid else {
        return wrong("no mint belongs to our message".to_owned());
    };
    if paid.recipient.into_word() != burn.mint_recipient || paid.token != destination.token {
        return wrong(format!("{} of token {} were minted to {}", paid.amount, paid.token, paid.recipient));
    }
    if Some(paid.amount) != message.arrives() || paid.fee != message.fee_executed {
        return wrong(format!(
            "{} were minted with a fee of {}, where {} less {} are due",
            paid.amount, paid.fee, message.amount, message.fee_executed
        ));
    }
    Ok(Minted::Ours { amount: paid.amount, fee: paid.fee, caller: ours.caller.into() })
}

/// Events of type `E` emitted by `contract`. One that is announced by its topic and cannot be read
/// is an error, not a log to skip.
fn of<'a, E: SolEvent + 'a>(
    logs: &'a [Log],
    contract: Address,
    what: &'static str,
) -> impl Iterator<Item = Result<(usize, E), ContractError>> + 'a {
    logs.iter()
        .enumerate()
        .filter(move |(_, log)| log.address == contract && log.topics().first() == Some(&E::SIGNATURE_HASH))
        .map(move |(place, log)| {
            E::decode_log_data_validate(&log.data)
                .map(|event| (place, event))
                .map_err(|error| ContractError::Form { what, reason: error.to_string() })
        })
}

fn units(what: &'static str, value: U256) -> Result<u128, ContractError> {
    u128::try_from(value)
        .map_err(|_| ContractError::Form { what, reason: "an amount is 2^128 or more".to_owned() })
}
