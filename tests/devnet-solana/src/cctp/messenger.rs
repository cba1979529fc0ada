//! `TokenMessengerMinterV2`: burns tokens into messages, and pays out what
//! arriving messages say from its custody.

use borsh::{BorshDeserialize, BorshSerialize};
use solana_instruction::{AccountMeta, Instruction};
use solana_program_runtime::declare_process_instruction;
use solana_program_runtime::invoke_context::InvokeContext;
use solana_pubkey::Pubkey;

use super::accounts::{
    LocalToken, MessageTransmitter, RemoteTokenMessenger, TokenMessenger, TokenMinter, TokenPair,
};
use super::message::Burn;
use super::refusals::{messenger as why, minter};
use super::transmitter::Send;
use crate::genesis::USDC_MINT;
use crate::ids::{MESSAGE_TRANSMITTER, SYSTEM, TOKEN};
use crate::program::{
    Call, NOT_ASSOCIATED, NOT_INITIALIZED, Outcome, RAW_CONSTRAINT, WRONG_OWNER, WRONG_RELATION,
    discriminator,
};
use crate::token::{Holding, burn, transfer};

/// The least executed threshold that is paid out.
const MIN_THRESHOLD: u32 = 500;
/// Compute units that the instructions take on the real chain, without what
/// the programs take that they call.
const BURN_UNITS: u64 = 60_000;
const PAY_UNITS: u64 = 60_000;
const EVENT_UNITS: u64 = 1_000;

declare_process_instruction!(Messenger, 0, |context| { run(context) });

/// Parameters of `deposit_for_burn`.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Deposit {
    /// Minor units to burn.
    pub amount: u64,
    /// Where they are minted.
    pub destination_domain: u32,
    /// Who gets them.
    pub mint_recipient: Pubkey,
    /// Who must receive the message; zero for anybody.
    pub destination_caller: Pubkey,
    /// The most the attesters may take.
    pub max_fee: u64,
    /// The least finality asked for.
    pub min_finality_threshold: u32,
}

/// Parameters of the two handlers of arriving messages.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct Received {
    /// Where it was sent.
    pub remote_domain: u32,
    /// By which contract.
    pub sender: Pubkey,
    /// How final it was when it was attested.
    pub finality_threshold_executed: u32,
    /// The burn.
    pub message_body: Vec<u8>,
    /// The bump of the transmitter's authority.
    pub authority_bump: u8,
}

#[derive(BorshSerialize)]
struct DepositForBurn<'a> {
    burn_token: Pubkey,
    amount: u64,
    depositor: Pubkey,
    mint_recipient: Pubkey,
    destination_domain: u32,
    destination_token_messenger: Pubkey,
    destination_caller: Pubkey,
    max_fee: u64,
    min_finality_threshold: u32,
    hook_data: &'a [u8],
}

#[derive(BorshSerialize)]
struct MintAndWithdraw {
    mint_recipient: Pubkey,
    amount: u64,
    mint_token: Pubkey,
    fee_collected: u64,
}

fn run(context: &mut InvokeContext) -> Outcome {
    let mut call = Call::new(context)?;
    if call.is_event()? {
        return call.charge(EVENT_UNITS);
    }
    call.dispatch(&[
        ("deposit_for_burn", "DepositForBurn", |call| {
            let deposit = call.parameters()?;
            deposit_for_burn(call, &deposit, &[])
        }),
        ("deposit_for_burn_with_hook", "DepositForBurnWithHook", |call| {
            let (deposit, hook): (Deposit, Vec<u8>) = call.parameters()?;
            call.require(!hook.is_empty(), why::INVALID_HOOK_DATA)?;
            deposit_for_burn(call, &deposit, &hook)
        }),
        ("handle_receive_finalized_message", "HandleReceiveFinalizedMessage", |call| {
            let received = call.parameters()?;
            pay_out(call, &received)
        }),
        ("handle_receive_unfinalized_message", "HandleReceiveUnfinalizedMessage", |call| {
            let received: Received = call.parameters()?;
            let enough = received.finality_threshold_executed >= MIN_THRESHOLD;
            call.require(enough, why::UNSUPPORTED_FINALITY)?;
            pay_out(call, &received)
        }),
    ])
}

/// A token account of SPL Token.
fn holding(call: &Call, index: usize) -> Outcome<Holding> {
    let stored = call.stored(index)?;
    call.require(stored.owner != SYSTEM || stored.lamports > 0, NOT_INITIALIZED)?;
    call.require(stored.owner == TOKEN, WRONG_OWNER)?;
    Holding::parse(&stored.owner, &stored.data).map_or_else(|| call.refuse(NOT_INITIALIZED), Ok)
}

/// Accounts: owner, rent payer, sender authority, burn token account,
/// denylist, transmitter, messenger, remote messenger, minter, local token,
/// mint, event account, transmitter program, this program, token program,
/// system program, event authority, this program.
fn deposit_for_burn(call: &mut Call, deposit: &Deposit, hook: &[u8]) -> Outcome {
    call.charge(BURN_UNITS)?;
    call.require_accounts(18)?;
    let program = call.program;
    call.require_signer(0)?;
    call.require_signer(1)?;
    call.require_writable(1)?;
    let (owner, mint) = (call.key(0), call.key(10));
    let authority_bump = call.require_seeds(2, &[b"sender_authority"], &program)?;
    let from = holding(call, 3)?;
    call.require_writable(3)?;
    call.require(from.mint == mint, RAW_CONSTRAINT)?;
    call.require(from.owner == owner, WRONG_RELATION)?;
    call.require_seeds(4, &[b"denylist_account", owner.as_ref()], &program)?;
    let _: MessageTransmitter = call.load(5)?;
    call.require_writable(5)?;
    let messenger: TokenMessenger = call.load(6)?;
    let remote: RemoteTokenMessenger = call.load(7)?;
    call.require(deposit.destination_domain == remote.domain, why::INVALID_DESTINATION_DOMAIN)?;
    let token_minter: TokenMinter = call.load(8)?;
    let mut local: LocalToken = call.load(9)?;
    call.require_writable(9)?;
    call.require_seeds(9, &[b"local_token", mint.as_ref()], &program)?;
    call.require_writable(10)?;
    call.require_signer(11)?;
    call.require_writable(11)?;
    for (index, expected) in
        [(12, MESSAGE_TRANSMITTER), (13, program), (14, TOKEN), (15, SYSTEM), (17, program)]
    {
        call.require_program(index, &expected)?;
    }

    call.require(deposit.amount > 0, why::INVALID_AMOUNT)?;
    let denied = !call.stored(4)?.data.is_empty();
    call.require(!denied, why::DENYLISTED)?;
    call.require(deposit.mint_recipient != Pubkey::default(), why::INVALID_MINT_RECIPIENT)?;
    call.require(deposit.amount > deposit.max_fee, why::MAX_FEE_TOO_HIGH)?;
    let Some(least) = messenger.min_fee_amount(deposit.amount) else {
        return call.refuse(why::INVALID_AMOUNT);
    };
    call.require(deposit.max_fee >= least, why::INSUFFICIENT_MAX_FEE)?;
    call.require(!token_minter.paused, minter::PAUSED)?;
    call.require(deposit.amount <= local.burn_limit_per_message, minter::BURN_AMOUNT_EXCEEDED)?;
    local.messages_sent = local.messages_sent.saturating_add(1);
    local.amount_sent = local.amount_sent.saturating_add(deposit.amount.into());
    call.store(9, &local)?;
    call.invoke(burn(&call.key(3), &mint, &owner, deposit.amount), &[])?;

    let send = Send {
        destination_domain: deposit.destination_domain,
        recipient: remote.token_messenger,
        destination_caller: deposit.destination_caller,
        min_finality_threshold: deposit.min_finality_threshold,
        message_body: Burn::draft(
            &mint,
            &deposit.mint_recipient,
            deposit.amount,
            &owner,
            deposit.max_fee,
            hook,
        ),
    };
    let accounts = vec![
        AccountMeta::new(call.key(1), true),
        AccountMeta::new_readonly(call.key(2), true),
        AccountMeta::new(call.key(5), false),
        AccountMeta::new(call.key(11), true),
        AccountMeta::new_readonly(program, false),
        AccountMeta::new_readonly(SYSTEM, false),
    ];
    let mut data = discriminator("global", "send_message").to_vec();
    data.extend(borsh::to_vec(&send).expect("writing to memory does not fail"));
    let instruction = Instruction { program_id: MESSAGE_TRANSMITTER, accounts, data };
    call.invoke(instruction, &[&[b"sender_authority", &[authority_bump]]])?;
    let event = DepositForBurn {
        burn_token: mint,
        amount: deposit.amount,
        depositor: owner,
        mint_recipient: deposit.mint_recipient,
        destination_domain: deposit.destination_domain,
        destination_token_messenger: remote.token_messenger,
        destination_caller: deposit.destination_caller,
        max_fee: deposit.max_fee,
        min_finality_threshold: deposit.min_finality_threshold,
        hook_data: hook,
    };
    call.emit(16, "DepositForBurn", &event)
}

/// Accounts: receive authority, messenger, remote messenger, minter, local
/// token, token pair, fee account, recipient, custody, token program, event
/// authority, this program.
fn pay_out(call: &mut Call, received: &Received) -> Outcome {
    call.charge(PAY_UNITS)?;
    call.require_accounts(12)?;
    let program = call.program;
    let authority: [&[u8]; 2] = [b"message_transmitter_authority", program.as_ref()];
    call.require_seeds(0, &authority, &MESSAGE_TRANSMITTER)?;
    call.require_signer(0)?;
    let messenger: TokenMessenger = call.load(1)?;
    let remote: RemoteTokenMessenger = call.load(2)?;
    call.require(received.remote_domain == remote.domain, why::INVALID_DESTINATION_DOMAIN)?;
    let token_minter: TokenMinter = call.load(3)?;
    let mut local: LocalToken = call.load(4)?;
    call.require_writable(4)?;
    call.require_seeds(4, &[b"local_token", local.mint.as_ref()], &program)?;
    let Some(burned) = Burn::parse(&received.message_body) else {
        return call.refuse(why::MALFORMED_MESSAGE);
    };
    call.require(burned.version() == messenger.message_body_version, why::INVALID_BODY_VERSION)?;
    let pair: TokenPair = call.load(5)?;
    let domain = received.remote_domain.to_string();
    call.require_seeds(5, &[b"token_pair", domain.as_bytes(), &burned.burn_token()], &program)?;
    call.require(pair.local_token == call.key(4), why::INVALID_TOKEN_PAIR)?;
    let mint = crate::token::Mint { address: local.mint, ..USDC_MINT };
    for index in [6, 7, 8] {
        let account = holding(call, index)?;
        call.require_writable(index)?;
        call.require(account.mint == local.mint, RAW_CONSTRAINT)?;
    }
    call.require(call.key(6) == mint.ata(&messenger.fee_recipient), NOT_ASSOCIATED)?;
    call.require_seeds(8, &[b"custody", local.mint.as_ref()], &program)?;
    call.require_program(9, &TOKEN)?;
    call.require_program(11, &program)?;

    call.require(received.sender == remote.token_messenger, why::INVALID_TOKEN_MESSENGER)?;
    let (Some(amount), Some(fee), Some(max_fee), Some(expiration)) =
        (burned.amount(), burned.fee_executed(), burned.max_fee(), burned.expiration_block())
    else {
        return call.refuse(why::MALFORMED_MESSAGE);
    };
    let (slot, _) = call.clock()?;
    call.require(expiration == 0 || expiration > slot, why::MESSAGE_EXPIRED)?;
    call.require(fee < amount, why::FEE_EXCEEDS_AMOUNT)?;
    call.require(fee <= max_fee, why::FEE_EXCEEDS_MAX_FEE)?;
    call.require(call.key(7) == burned.mint_recipient(), why::INVALID_MINT_RECIPIENT)?;
    call.require(!token_minter.paused, minter::PAUSED)?;
    let minter_seeds: &[&[u8]] = &[b"token_minter", &[token_minter.bump]];
    let (custody, paid) = (call.key(8), amount - fee);
    if fee > 0 {
        call.invoke(transfer(&custody, &call.key(6), &call.key(3), fee), &[minter_seeds])?;
    }
    call.invoke(transfer(&custody, &call.key(7), &call.key(3), paid), &[minter_seeds])?;
    local.messages_received = local.messages_received.saturating_add(1);
    local.amount_received = local.amount_received.saturating_add(amount.into());
    call.store(4, &local)?;
    let event = MintAndWithdraw {
        mint_recipient: burned.mint_recipient(),
        amount: paid,
        mint_token: local.mint,
        fee_collected: fee,
    };
    call.emit(10, "MintAndWithdraw", &event)
}
