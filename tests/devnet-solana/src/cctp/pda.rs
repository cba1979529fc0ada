//! The addresses that follow from seeds. Seeds of domains are decimal strings.

use solana_pubkey::Pubkey;

use crate::ids::{MESSAGE_TRANSMITTER, TOKEN_MESSENGER_MINTER};
use crate::program::EVENT_AUTHORITY;

fn find(seeds: &[&[u8]], program: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(seeds, program).0
}

/// The transmitter's settings.
pub fn message_transmitter() -> Pubkey {
    find(&[b"message_transmitter"], &MESSAGE_TRANSMITTER)
}

/// Signs the events of `program`.
pub fn event_authority(program: &Pubkey) -> Pubkey {
    find(&[EVENT_AUTHORITY], program)
}

/// Signs for the transmitter when it calls the receiver of a message.
pub fn receive_authority() -> Pubkey {
    find(&[b"message_transmitter_authority", TOKEN_MESSENGER_MINTER.as_ref()], &MESSAGE_TRANSMITTER)
}

/// Exists when the message with this nonce has been received.
pub fn used_nonce(nonce: &[u8; 32]) -> Pubkey {
    find(&[b"used_nonce", nonce], &MESSAGE_TRANSMITTER)
}

/// The messenger's settings.
pub fn token_messenger() -> Pubkey {
    find(&[b"token_messenger"], &TOKEN_MESSENGER_MINTER)
}

/// The minter's settings, and the owner of what is in custody.
pub fn token_minter() -> Pubkey {
    find(&[b"token_minter"], &TOKEN_MESSENGER_MINTER)
}

/// Signs for the messenger when it sends a message.
pub fn sender_authority() -> Pubkey {
    find(&[b"sender_authority"], &TOKEN_MESSENGER_MINTER)
}

/// What the minter knows of a mint.
pub fn local_token(mint: &Pubkey) -> Pubkey {
    find(&[b"local_token", mint.as_ref()], &TOKEN_MESSENGER_MINTER)
}

/// Where the tokens are that arriving messages pay out.
pub fn custody(mint: &Pubkey) -> Pubkey {
    find(&[b"custody", mint.as_ref()], &TOKEN_MESSENGER_MINTER)
}

/// The messenger of another domain.
pub fn remote_token_messenger(domain: u32) -> Pubkey {
    find(&[b"remote_token_messenger", domain.to_string().as_bytes()], &TOKEN_MESSENGER_MINTER)
}

/// A token of another domain.
pub fn token_pair(domain: u32, token: &[u8; 32]) -> Pubkey {
    find(&[b"token_pair", domain.to_string().as_bytes(), token], &TOKEN_MESSENGER_MINTER)
}

/// Exists when `owner` may not burn.
pub fn denylist(owner: &Pubkey) -> Pubkey {
    find(&[b"denylist_account", owner.as_ref()], &TOKEN_MESSENGER_MINTER)
}
