//! `MessageTransmitterV2`: sends messages, receives attested ones once.

use borsh::{BorshDeserialize, BorshSerialize};
use solana_instruction::error::InstructionError;
use solana_instruction::{AccountMeta, Instruction};
use solana_program_runtime::declare_process_instruction;
use solana_program_runtime::invoke_context::InvokeContext;
use solana_pubkey::Pubkey;

use super::accounts::{MessageSent, MessageTransmitter, UsedNonce};
use super::attestation::verify;
use super::message::{BODY, Draft, Message};
use super::messenger::Received;
use super::refusals::{
    BODY_LIMIT_EXCEEDED, DESTINATION_IS_LOCAL, INVALID_DESTINATION_CALLER, INVALID_DESTINATION_DOMAIN,
    INVALID_DESTINATION_MESSAGE, INVALID_MESSAGE_VERSION, INVALID_RECIPIENT, INVALID_RECIPIENT_PROGRAM,
    INVALID_SOURCE_DOMAIN, MALFORMED_MESSAGE, PAUSED, WINDOW_NOT_EXPIRED,
};
use crate::ids::SYSTEM;
use crate::program::{Call, Outcome, RAW_CONSTRAINT, State, WRONG_SEEDS, discriminator};

/// Seconds after which the rent of a sent message can be had back.
pub const EVENT_ACCOUNT_WINDOW: i64 = 5 * 24 * 60 * 60;
/// From here on a message is handled as final.
const FINALIZED: u32 = 2_000;
/// Bytes of a used nonce's account.
const USED_NONCE_LEN: usize = 9;
/// Compute units that the instructions take on the real chain, without what
/// the programs take that they call.
const SEND_UNITS: u64 = 20_000;
const RECEIVE_UNITS: u64 = 140_000;
const RECLAIM_UNITS: u64 = 90_000;
const EVENT_UNITS: u64 = 1_000;

declare_process_instruction!(Transmitter, 0, |context| { run(context) });

/// Parameters of `send_message`.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct Send {
    /// The other domain.
    pub destination_domain: u32,
    /// The receiving contract.
    pub recipient: Pubkey,
    /// Who must receive it; zero for anybody.
    pub destination_caller: Pubkey,
    /// The least finality asked for.
    pub min_finality_threshold: u32,
    /// What the receiving contract gets.
    pub message_body: Vec<u8>,
}

/// Parameters of `receive_message`.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct Receive {
    /// The message with the fields that the attesters filled in.
    pub message: Vec<u8>,
    /// Their signatures.
    pub attestation: Vec<u8>,
}

/// Parameters of `reclaim_event_account`.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct Reclaim {
    /// The attesters' signatures.
    pub attestation: Vec<u8>,
    /// The message with the fields that they filled in.
    pub destination_message: Vec<u8>,
}

#[derive(BorshSerialize)]
struct MessageReceived<'a> {
    caller: Pubkey,
    source_domain: u32,
    nonce: [u8; 32],
    sender: Pubkey,
    finality_threshold_executed: u32,
    message_body: &'a [u8],
}

fn run(context: &mut InvokeContext) -> Outcome {
    let mut call = Call::new(context)?;
    if call.is_event()? {
        return call.charge(EVENT_UNITS);
    }
    call.dispatch(&[
        ("send_message", "SendMessage", send),
        ("receive_message", "ReceiveMessage", receive),
        ("reclaim_event_account", "ReclaimEventAccount", reclaim),
        ("is_nonce_used", "IsNonceUsed", is_nonce_used),
    ])
}

/// A message of the version that the transmitter handles.
fn parse<'a>(call: &Call, transmitter: &MessageTransmitter, bytes: &'a [u8]) -> Outcome<Message<'a>> {
    let Some(message) = Message::parse(bytes) else { return call.refuse(MALFORMED_MESSAGE) };
    call.require(message.version() == transmitter.version, INVALID_MESSAGE_VERSION)?;
    Ok(message)
}

/// Accounts: rent payer, sender authority, transmitter, event account, sender
/// program, system program.
fn send(call: &mut Call) -> Outcome {
    call.charge(SEND_UNITS)?;
    let params: Send = call.parameters()?;
    call.require_accounts(6)?;
    call.require_signer(0)?;
    call.require_writable(0)?;
    let sender = call.key(4);
    call.require_seeds(1, &[b"sender_authority"], &sender)?;
    call.require_signer(1)?;
    let transmitter: MessageTransmitter = call.load(2)?;
    call.require_writable(2)?;
    call.require_program(5, &SYSTEM)?;
    call.create(3, 0, 52 + BODY + params.message_body.len(), &[])?;
    let program = call.stored(4)?;
    call.require(program.executable, RAW_CONSTRAINT)?;
    call.require(!transmitter.paused, PAUSED)?;
    call.require(params.destination_domain != transmitter.local_domain, DESTINATION_IS_LOCAL)?;
    let fits = params.message_body.len() as u64 <= transmitter.max_message_body_size;
    call.require(fits, BODY_LIMIT_EXCEEDED)?;
    call.require(params.recipient != Pubkey::default(), INVALID_RECIPIENT)?;
    let draft = Draft {
        version: transmitter.version,
        source_domain: transmitter.local_domain,
        destination_domain: params.destination_domain,
        sender,
        recipient: params.recipient,
        destination_caller: params.destination_caller,
        min_finality_threshold: params.min_finality_threshold,
        body: &params.message_body,
    };
    let (_, created_at) = call.clock()?;
    let sent = MessageSent { rent_payer: call.key(0), created_at, message: draft.bytes() };
    call.write(3, &sent.to_data())
}

/// Accounts: payer, caller, receive authority, transmitter, used nonce,
/// receiver, system program, event authority, this program, and then those
/// that the receiver gets.
fn receive(call: &mut Call) -> Outcome {
    call.charge(RECEIVE_UNITS)?;
    let params: Receive = call.parameters()?;
    call.require_accounts(9)?;
    call.require_signer(0)?;
    call.require_writable(0)?;
    call.require_signer(1)?;
    let receiver = call.key(5);
    let authority: [&[u8]; 2] = [b"message_transmitter_authority", receiver.as_ref()];
    let authority_bump = call.require_seeds(2, &authority, &call.program)?;
    let transmitter: MessageTransmitter = call.load(3)?;
    // The real program's seeds slice the message, and fail when it is short.
    let Some(nonce) = params.message.get(12..44) else {
        return Err(InstructionError::ProgramFailedToComplete);
    };
    let nonce_bump = call.require_seeds(4, &[b"used_nonce", nonce], &call.program)?;
    call.require_program(6, &SYSTEM)?;
    call.create(4, 0, USED_NONCE_LEN, &[b"used_nonce", nonce, &[nonce_bump]])?;
    let program = call.stored(5)?;
    call.require(program.executable && receiver != call.program, RAW_CONSTRAINT)?;
    call.require_program(8, &call.program)?;
    call.require(!transmitter.paused, PAUSED)?;
    let message = parse(call, &transmitter, &params.message)?;
    verify(&transmitter, &params.message, &params.attestation).or_else(|why| call.refuse(why))?;
    let here = message.destination_domain() == transmitter.local_domain;
    call.require(here, INVALID_DESTINATION_DOMAIN)?;
    let wanted = message.destination_caller();
    let allowed = wanted == Pubkey::default() || wanted == call.key(1);
    call.require(allowed, INVALID_DESTINATION_CALLER)?;
    call.write(4, &UsedNonce { is_used: true }.to_data())?;
    call.require(message.recipient() == receiver, INVALID_RECIPIENT_PROGRAM)?;

    let mut accounts = vec![AccountMeta::new_readonly(call.key(2), true)];
    accounts.extend(call.metas[9..].iter().cloned());
    let executed = message.finality_threshold_executed();
    let handler = match executed < FINALIZED {
        true => "handle_receive_unfinalized_message",
        false => "handle_receive_finalized_message",
    };
    let received = Received {
        remote_domain: message.source_domain(),
        sender: message.sender(),
        finality_threshold_executed: executed,
        message_body: message.body().to_vec(),
        authority_bump,
    };
    let mut data = discriminator("global", handler).to_vec();
    data.extend(borsh::to_vec(&received).expect("writing to memory does not fail"));
    let seeds: &[&[u8]] = &[authority[0], authority[1], &[authority_bump]];
    call.invoke(Instruction { program_id: receiver, accounts, data }, &[seeds])?;
    let event = MessageReceived {
        caller: call.key(1),
        source_domain: message.source_domain(),
        nonce: message.nonce(),
        sender: message.sender(),
        finality_threshold_executed: executed,
        message_body: message.body(),
    };
    call.emit(7, "MessageReceived", &event)
}

/// Accounts: payee, transmitter, event account.
fn reclaim(call: &mut Call) -> Outcome {
    call.charge(RECLAIM_UNITS)?;
    let params: Reclaim = call.parameters()?;
    call.require_accounts(3)?;
    call.require_signer(0)?;
    call.require_writable(0)?;
    let transmitter: MessageTransmitter = call.load(1)?;
    call.require_writable(1)?;
    let sent: MessageSent = call.load(2)?;
    call.require_writable(2)?;
    call.require(sent.rent_payer == call.key(0), RAW_CONSTRAINT)?;
    call.require(!transmitter.paused, PAUSED)?;
    let (_, now) = call.clock()?;
    call.require(now >= sent.created_at + EVENT_ACCOUNT_WINDOW, WINDOW_NOT_EXPIRED)?;
    let message = parse(call, &transmitter, &sent.message)?;
    let attested = parse(call, &transmitter, &params.destination_message)?;
    let same = message.source_fields() == attested.source_fields();
    call.require(same, INVALID_DESTINATION_MESSAGE)?;
    verify(&transmitter, attested.bytes(), &params.attestation).or_else(|why| call.refuse(why))?;
    let from_here = message.source_domain() == transmitter.local_domain;
    call.require(from_here, INVALID_SOURCE_DOMAIN)?;
    call.close(2, 0)
}

/// Accounts: used nonce. Returns one byte.
fn is_nonce_used(call: &mut Call) -> Outcome {
    let nonce: [u8; 32] = call.parameters()?;
    call.require_accounts(1)?;
    call.require(call.key(0) == super::pda::used_nonce(&nonce), WRONG_SEEDS)?;
    let used = UsedNonce::from_data(&call.stored(0)?.data).is_some_and(|state| state.is_used);
    call.return_data(vec![u8::from(used)])
}
