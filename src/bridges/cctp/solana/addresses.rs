//! The accounts of the two programs, derived from their seeds.

use alloy::primitives::B256;
use solana_address::Address;

use crate::domain::Domain;

/// The two programs. Every other account follows from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Programs {
    /// MessageTransmitterV2.
    pub message_transmitter: Address,
    /// TokenMessengerMinterV2.
    pub token_messenger_minter: Address,
}

impl Programs {
    fn transmitter(&self, seeds: &[&[u8]]) -> Address {
        Address::find_program_address(seeds, &self.message_transmitter).0
    }

    fn messenger(&self, seeds: &[&[u8]]) -> Address {
        Address::find_program_address(seeds, &self.token_messenger_minter).0
    }

    /// State of the MessageTransmitter: attesters, threshold, pause.
    pub fn message_transmitter_state(&self) -> Address {
        self.transmitter(&[b"message_transmitter"])
    }

    /// Signs the MessageTransmitter's events.
    pub fn transmitter_event_authority(&self) -> Address {
        self.transmitter(&[b"__event_authority"])
    }

    /// Signs the MessageTransmitter's call into the receiver.
    pub fn receive_authority(&self) -> Address {
        self.transmitter(&[b"message_transmitter_authority", self.token_messenger_minter.as_ref()])
    }

    /// Exists exactly when the message with this nonce was received.
    pub fn used_nonce(&self, nonce: B256) -> Address {
        self.transmitter(&[b"used_nonce", nonce.as_slice()])
    }

    /// State of the TokenMessenger: fee recipient, minimum fee.
    pub fn token_messenger(&self) -> Address {
        self.messenger(&[b"token_messenger"])
    }

    /// State of the TokenMinter: pause.
    pub fn token_minter(&self) -> Address {
        self.messenger(&[b"token_minter"])
    }

    /// Signs the TokenMessenger's call into the MessageTransmitter.
    pub fn sender_authority(&self) -> Address {
        self.messenger(&[b"sender_authority"])
    }

    /// Signs the TokenMessengerMinter's events.
    pub fn messenger_event_authority(&self) -> Address {
        self.messenger(&[b"__event_authority"])
    }

    /// Burn limit and custody of a token.
    pub fn local_token(&self, mint: &Address) -> Address {
        self.messenger(&[b"local_token", mint.as_ref()])
    }

    /// The token account that mints are paid from.
    pub fn custody(&self, mint: &Address) -> Address {
        self.messenger(&[b"custody", mint.as_ref()])
    }

    /// The TokenMessenger registered for a domain. The seed is the number in decimal digits.
    pub fn remote_token_messenger(&self, domain: Domain) -> Address {
        self.messenger(&[b"remote_token_messenger", domain.0.to_string().as_bytes()])
    }

    /// Which local token a remote one is paid out as. The seed is the number in decimal digits.
    pub fn token_pair(&self, domain: Domain, remote_token: B256) -> Address {
        self.messenger(&[b"token_pair", domain.0.to_string().as_bytes(), remote_token.as_slice()])
    }

    /// Exists exactly when Circle blocks `owner`.
    pub fn denylist(&self, owner: &Address) -> Address {
        self.messenger(&[b"denylist_account", owner.as_ref()])
    }

    /// What every mint of `mint` names, whatever the message: the content of a lookup table.
    pub fn lookup_addresses(&self, mint: &Address, fee_account: &Address) -> Vec<Address> {
        vec![
            self.message_transmitter_state(),
            self.receive_authority(),
            self.transmitter_event_authority(),
            self.message_transmitter,
            self.token_messenger_minter,
            self.token_messenger(),
            self.token_minter(),
            self.local_token(mint),
            self.custody(mint),
            self.messenger_event_authority(),
            *mint,
            *fee_account,
            solana_system_interface::program::ID,
            crate::config::solana::TOKEN_PROGRAM,
            crate::chains::solana::associated::ASSOCIATED_TOKEN_PROGRAM,
        ]
    }
}
