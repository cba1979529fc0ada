//! The JSON that Iris answers for a burn, honest or tampered with.

use alloy::primitives::{B256, U256};
use serde_json::{Value, json};

use super::attest::{Signing, attest};
use super::message::{
    AMOUNT, BODY, BURN_TOKEN, DESTINATION_CALLER, DESTINATION_DOMAIN, EXPIRATION_BLOCK, FEE_EXECUTED,
    FINALITY_THRESHOLD_EXECUTED, HOOK_DATA, MAX_FEE, MESSAGE_SENDER, MIN_FINALITY_THRESHOLD, MINT_RECIPIENT,
    Message, NONCE, RECIPIENT, SENDER,
};
use super::settings::{MessageMode, Tamper};
use super::state::{Attested, Burn, IrisState, SOLANA};

/// The entry of `messages` for `burn`.
pub fn entry(state: &IrisState, burn: &Burn) -> Value {
    let concerned = state.settings.concerns(burn.domain);
    let mode = if concerned { state.settings.message_mode } else { MessageMode::Normal };
    let attested = match (mode, &burn.attested) {
        (MessageMode::Pending, _) | (_, None) => return pending(burn),
        (_, Some(attested)) => attested,
    };
    let tamper = state.settings.tamper.as_ref().filter(|_| concerned);
    let mut reply = match tamper {
        Some(tamper) => tampered(state, burn, attested, tamper),
        None => complete(burn, attested),
    };
    if mode == MessageMode::CompleteWithoutAttestation {
        reply["attestation"] = json!("PENDING");
    }
    reply
}

fn pending(burn: &Burn) -> Value {
    json!({
        "message": "0x",
        "eventNonce": burn.nonce,
        "attestation": "PENDING",
        "cctpVersion": 2,
        "status": "pending_confirmations",
        "delayReason": burn.delay_reason,
        "decodedMessage": null,
    })
}

fn complete(burn: &Burn, attested: &Attested) -> Value {
    json!({
        "message": attested.message.bytes(),
        "eventNonce": burn.nonce,
        "attestation": attested.attestation,
        "cctpVersion": 2,
        "status": "complete",
        "delayReason": burn.delay_reason,
        "decodedMessage": decoded(&attested.message),
    })
}

/// The message's fields; every number is a decimal string. Accounts of a
/// destination that is no EVM chain are null, as Circle answers them.
fn decoded(message: &Message) -> Value {
    let foreign = message.short(DESTINATION_DOMAIN) == SOLANA;
    let there = |word| if foreign { Value::Null } else { Value::String(account(word)) };
    json!({
        "sourceDomain": message.short(4).to_string(),
        "destinationDomain": message.short(DESTINATION_DOMAIN).to_string(),
        "nonce": message.word(NONCE),
        "sender": account(message.word(SENDER)),
        "recipient": there(message.word(RECIPIENT)),
        "destinationCaller": there(message.word(DESTINATION_CALLER)),
        "minFinalityThreshold": message.short(MIN_FINALITY_THRESHOLD).to_string(),
        "finalityThresholdExecuted": message.short(FINALITY_THRESHOLD_EXECUTED).to_string(),
        "messageBody": prefixed(message.tail(BODY)),
        "decodedMessageBody": {
            "burnToken": account(message.word(BURN_TOKEN)),
            "mintRecipient": there(message.word(MINT_RECIPIENT)),
            "amount": message.number(AMOUNT).to_string(),
            "messageSender": account(message.word(MESSAGE_SENDER)),
            "maxFee": message.number(MAX_FEE).to_string(),
            "feeExecuted": message.number(FEE_EXECUTED).to_string(),
            "expirationBlock": message.number(EXPIRATION_BLOCK).to_string(),
            "hookData": prefixed(message.tail(HOOK_DATA)),
        },
    })
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// An EVM account in 20 bytes, anything else in 32.
fn account(word: B256) -> String {
    match word.as_slice().split_at(12) {
        (padding, address) if padding.iter().all(|byte| *byte == 0) => prefixed(address),
        _ => prefixed(word.as_slice()),
    }
}

fn tampered(state: &IrisState, burn: &Burn, honest: &Attested, tamper: &Tamper) -> Value {
    let message = changed(state, burn, honest, tamper);
    let signed = if *tamper == Tamper::StaleAttestation { &burn.sent.message } else { &message };
    let attestation = attest(signed, signing(tamper));
    let mut reply = complete(burn, &Attested { message, attestation });
    if *tamper == Tamper::TruncatedAttestation {
        shorten(&mut reply["attestation"], 1);
    }
    if *tamper == Tamper::TruncatedMessage {
        shorten(&mut reply["message"], 2);
    }
    if let (Tamper::OversizedMessage(characters), Value::String(message)) = (tamper, &mut reply["message"]) {
        message.push_str(&"0".repeat(*characters));
    }
    if let (Tamper::Decoded(members), Value::Object(decoded)) = (tamper, &mut reply["decodedMessage"]) {
        decoded.extend(members.clone());
    }
    reply
}

/// Whose signatures `tamper` leads to.
fn signing(tamper: &Tamper) -> Signing {
    if *tamper == Tamper::WrongKeys {
        Signing::Strangers
    } else if *tamper == Tamper::SwappedSignatures {
        Signing::Descending
    } else if *tamper == Tamper::OneSignature {
        Signing::Alone
    } else if *tamper == Tamper::DoubledSignature {
        Signing::Twice
    } else {
        Signing::Honest
    }
}

/// The message that `tamper` makes of the honest one.
fn changed(state: &IrisState, burn: &Burn, honest: &Attested, tamper: &Tamper) -> Message {
    let mut message = honest.message.clone();
    match tamper {
        Tamper::Amount(amount) => message.set_number(AMOUNT, *amount),
        Tamper::MintRecipient(word) => message.set_word(MINT_RECIPIENT, *word),
        Tamper::DestinationDomain(domain) => message.set_short(DESTINATION_DOMAIN, *domain),
        Tamper::DestinationCaller(word) => message.set_word(DESTINATION_CALLER, *word),
        Tamper::BurnToken(word) => message.set_word(BURN_TOKEN, *word),
        Tamper::MessageSender(word) => message.set_word(MESSAGE_SENDER, *word),
        Tamper::Sender(word) => message.set_word(SENDER, *word),
        Tamper::Recipient(word) => message.set_word(RECIPIENT, *word),
        Tamper::MaxFee(fee) => message.set_number(MAX_FEE, *fee),
        Tamper::MinFinalityThreshold(value) => message.set_short(MIN_FINALITY_THRESHOLD, *value),
        Tamper::FinalityThresholdExecuted(value) => {
            message.set_short(FINALITY_THRESHOLD_EXECUTED, *value);
        }
        Tamper::FeeExecuted(fee) => message.set_number(FEE_EXECUTED, *fee),
        Tamper::FeeAboveMax => {
            message.set_number(FEE_EXECUTED, message.number(MAX_FEE).saturating_add(U256::ONE));
        }
        Tamper::Nonce(nonce) => message.set_word(NONCE, *nonce),
        Tamper::OtherMessage => message = another(state, burn, message),
        Tamper::WrongKeys
        | Tamper::SwappedSignatures
        | Tamper::OneSignature
        | Tamper::DoubledSignature
        | Tamper::StaleAttestation
        | Tamper::TruncatedAttestation
        | Tamper::TruncatedMessage
        | Tamper::Decoded(_)
        | Tamper::OversizedMessage(_) => {}
    }
    message
}

/// The message of another complete burn; failing that, of one Iris invents.
fn another(state: &IrisState, burn: &Burn, mut message: Message) -> Message {
    let other = state.burns.iter().find(|other| other.nonce != burn.nonce && other.attested.is_some());
    if let Some(attested) = other.and_then(|other| other.attested.as_ref()) {
        return attested.message.clone();
    }
    message.set_word(NONCE, !message.word(NONCE));
    message.set_number(AMOUNT, message.number(AMOUNT).saturating_add(U256::ONE));
    message
}

fn shorten(text: &mut Value, characters: usize) {
    if let Value::String(text) = text {
        text.truncate(text.len().saturating_sub(characters));
    }
}
