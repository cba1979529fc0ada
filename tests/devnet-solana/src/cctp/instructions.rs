//! The instructions as a client sends them.

use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use super::message::{Burn, Message};
use super::messenger::Deposit;
use super::pda;
use super::transmitter::{Receive, Reclaim};
use crate::genesis::USDC_MINT;
use crate::ids::{FEE_RECIPIENT, MESSAGE_TRANSMITTER, SYSTEM, TOKEN, TOKEN_MESSENGER_MINTER, USDC};
use crate::program::discriminator;

fn data(name: &str, params: &impl borsh::BorshSerialize) -> Vec<u8> {
    let params = borsh::to_vec(params).expect("writing to memory does not fail");
    [discriminator("global", name).to_vec(), params].concat()
}

/// Burns USDC of `owner`, who also pays the rent of the event account. `event`
/// is a fresh key, and signs too.
pub fn deposit_for_burn(owner: &Pubkey, event: &Pubkey, deposit: &Deposit) -> Instruction {
    let accounts = vec![
        AccountMeta::new_readonly(*owner, true),
        AccountMeta::new(*owner, true),
        AccountMeta::new_readonly(pda::sender_authority(), false),
        AccountMeta::new(USDC_MINT.ata(owner), false),
        AccountMeta::new_readonly(pda::denylist(owner), false),
        AccountMeta::new(pda::message_transmitter(), false),
        AccountMeta::new_readonly(pda::token_messenger(), false),
        AccountMeta::new_readonly(pda::remote_token_messenger(deposit.destination_domain), false),
        AccountMeta::new_readonly(pda::token_minter(), false),
        AccountMeta::new(pda::local_token(&USDC), false),
        AccountMeta::new(USDC, false),
        AccountMeta::new(*event, true),
        AccountMeta::new_readonly(MESSAGE_TRANSMITTER, false),
        AccountMeta::new_readonly(TOKEN_MESSENGER_MINTER, false),
        AccountMeta::new_readonly(TOKEN, false),
        AccountMeta::new_readonly(SYSTEM, false),
        AccountMeta::new_readonly(pda::event_authority(&TOKEN_MESSENGER_MINTER), false),
        AccountMeta::new_readonly(TOKEN_MESSENGER_MINTER, false),
    ];
    Instruction { program_id: TOKEN_MESSENGER_MINTER, accounts, data: data("deposit_for_burn", deposit) }
}

/// Receives a burn of USDC; `None` if the message is no burn.
pub fn receive_message(payer: &Pubkey, message: &[u8], attestation: &[u8]) -> Option<Instruction> {
    let header = Message::parse(message)?;
    let burn = Burn::parse(header.body())?;
    let source = header.source_domain();
    let accounts = vec![
        AccountMeta::new(*payer, true),
        AccountMeta::new_readonly(*payer, true),
        AccountMeta::new_readonly(pda::receive_authority(), false),
        AccountMeta::new_readonly(pda::message_transmitter(), false),
        AccountMeta::new(pda::used_nonce(&header.nonce()), false),
        AccountMeta::new_readonly(TOKEN_MESSENGER_MINTER, false),
        AccountMeta::new_readonly(SYSTEM, false),
        AccountMeta::new_readonly(pda::event_authority(&MESSAGE_TRANSMITTER), false),
        AccountMeta::new_readonly(MESSAGE_TRANSMITTER, false),
        AccountMeta::new_readonly(pda::token_messenger(), false),
        AccountMeta::new_readonly(pda::remote_token_messenger(source), false),
        AccountMeta::new_readonly(pda::token_minter(), false),
        AccountMeta::new(pda::local_token(&USDC), false),
        AccountMeta::new_readonly(pda::token_pair(source, &burn.burn_token()), false),
        AccountMeta::new(USDC_MINT.ata(&FEE_RECIPIENT), false),
        AccountMeta::new(burn.mint_recipient(), false),
        AccountMeta::new(pda::custody(&USDC), false),
        AccountMeta::new_readonly(TOKEN, false),
        AccountMeta::new_readonly(pda::event_authority(&TOKEN_MESSENGER_MINTER), false),
        AccountMeta::new_readonly(TOKEN_MESSENGER_MINTER, false),
    ];
    let params = Receive { message: message.to_vec(), attestation: attestation.to_vec() };
    Some(Instruction { program_id: MESSAGE_TRANSMITTER, accounts, data: data("receive_message", &params) })
}

/// Takes the rent of a sent message back.
pub fn reclaim_event_account(
    payee: &Pubkey,
    event: &Pubkey,
    message: &[u8],
    attestation: &[u8],
) -> Instruction {
    let accounts = vec![
        AccountMeta::new(*payee, true),
        AccountMeta::new(pda::message_transmitter(), false),
        AccountMeta::new(*event, false),
    ];
    let params = Reclaim { attestation: attestation.to_vec(), destination_message: message.to_vec() };
    let data = data("reclaim_event_account", &params);
    Instruction { program_id: MESSAGE_TRANSMITTER, accounts, data }
}
