//! The instructions, account by account in the order of Circle's IDL.

use alloy::primitives::{B256, Bytes};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};

use super::{SolanaEnd, key};
use crate::bridges::cctp::message::Message;
use crate::chains::solana::associated::associated_account;
use crate::domain::Domain;

/// Discriminators: `sha256("global:" ‖ name)[..8]`.
pub mod discriminators {
    /// `deposit_for_burn`.
    pub const DEPOSIT_FOR_BURN: [u8; 8] = [0xd7, 0x3c, 0x3d, 0x2e, 0x72, 0x37, 0x80, 0xb0];
    /// `receive_message`.
    pub const RECEIVE_MESSAGE: [u8; 8] = [0x26, 0x90, 0x7f, 0xe1, 0x1f, 0xe1, 0xee, 0x19];
    /// `reclaim_event_account`.
    pub const RECLAIM_EVENT_ACCOUNT: [u8; 8] = [0x5e, 0xc6, 0xb4, 0x9f, 0x83, 0xec, 0x0f, 0xae];
}

/// A burn. Without hook data and without a destination caller: anybody may mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burn {
    /// Whose tokens; signs.
    pub owner: Address,
    /// Who pays the event account's rent and may reclaim it; signs.
    pub rent_payer: Address,
    /// The fresh key whose account will hold the message; signs. Never used twice.
    pub event: Address,
    /// Base units.
    pub amount: u64,
    /// Domain of the mint.
    pub destination: Domain,
    /// Who receives the mint, as messages carry it.
    pub mint_recipient: B256,
    /// Most the bridge may keep, base units.
    pub max_fee: u64,
    /// Finality asked for.
    pub min_finality_threshold: u32,
}

/// A mint of an attested message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mint {
    /// Who pays the fee and the used-nonce account; signs, also as the caller.
    pub payer: Address,
    /// The attested message, as bytes.
    pub message: Bytes,
    /// Its attestation.
    pub attestation: Bytes,
    /// Circle's token account for the fee: that of the fee recipient the TokenMessenger names now.
    pub fee_account: Address,
}

fn read(pubkey: Address) -> AccountMeta {
    AccountMeta::new_readonly(pubkey, false)
}

fn write(pubkey: Address) -> AccountMeta {
    AccountMeta::new(pubkey, false)
}

/// A byte string with its length before it (borsh).
fn with_length(data: &mut Vec<u8>, bytes: &[u8]) {
    // What is longer fits into no transaction and is refused there.
    data.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    data.extend_from_slice(bytes);
}

impl SolanaEnd {
    /// The associated account of `owner` for this end's token.
    pub fn account_of(&self, owner: &Address) -> Address {
        associated_account(owner, &self.token.mint, &self.token.program)
    }

    /// `deposit_for_burn`.
    pub fn burn(&self, burn: &Burn) -> Instruction {
        let programs = &self.programs;
        let mut data = discriminators::DEPOSIT_FOR_BURN.to_vec();
        data.extend_from_slice(&burn.amount.to_le_bytes());
        data.extend_from_slice(&burn.destination.0.to_le_bytes());
        data.extend_from_slice(burn.mint_recipient.as_slice());
        data.extend_from_slice(&[0; 32]);
        data.extend_from_slice(&burn.max_fee.to_le_bytes());
        data.extend_from_slice(&burn.min_finality_threshold.to_le_bytes());
        Instruction {
            program_id: programs.token_messenger_minter,
            accounts: vec![
                AccountMeta::new_readonly(burn.owner, true),
                AccountMeta::new(burn.rent_payer, true),
                read(programs.sender_authority()),
                write(self.account_of(&burn.owner)),
                read(programs.denylist(&burn.owner)),
                write(programs.message_transmitter_state()),
                read(programs.token_messenger()),
                read(programs.remote_token_messenger(burn.destination)),
                read(programs.token_minter()),
                write(programs.local_token(&self.token.mint)),
                write(self.token.mint),
                AccountMeta::new(burn.event, true),
                read(programs.message_transmitter),
                read(programs.token_messenger_minter),
                read(self.token.program),
                read(solana_system_interface::program::ID),
                read(programs.messenger_event_authority()),
                read(programs.token_messenger_minter),
            ],
            data,
        }
    }

    /// `receive_message`. The accounts follow from the message itself.
    pub fn mint(&self, mint: &Mint, message: &Message) -> Instruction {
        let programs = &self.programs;
        let mut data = discriminators::RECEIVE_MESSAGE.to_vec();
        with_length(&mut data, &mint.message);
        with_length(&mut data, &mint.attestation);
        Instruction {
            program_id: programs.message_transmitter,
            accounts: vec![
                AccountMeta::new(mint.payer, true),
                AccountMeta::new_readonly(mint.payer, true),
                read(programs.receive_authority()),
                read(programs.message_transmitter_state()),
                write(programs.used_nonce(message.nonce)),
                read(programs.token_messenger_minter),
                read(solana_system_interface::program::ID),
                read(programs.transmitter_event_authority()),
                read(programs.message_transmitter),
                read(programs.token_messenger()),
                read(programs.remote_token_messenger(message.source_domain)),
                read(programs.token_minter()),
                write(programs.local_token(&self.token.mint)),
                read(programs.token_pair(message.source_domain, message.burn_token)),
                write(mint.fee_account),
                write(key(message.mint_recipient)),
                write(programs.custody(&self.token.mint)),
                read(self.token.program),
                read(programs.messenger_event_authority()),
                read(programs.token_messenger_minter),
            ],
            data,
        }
    }

    /// `reclaim_event_account`: pays the rent of a burn's message back to who paid it.
    pub fn reclaim(
        &self,
        payee: &Address,
        event: &Address,
        attested: &[u8],
        attestation: &[u8],
    ) -> Instruction {
        let mut data = discriminators::RECLAIM_EVENT_ACCOUNT.to_vec();
        with_length(&mut data, attestation);
        with_length(&mut data, attested);
        Instruction {
            program_id: self.programs.message_transmitter,
            accounts: vec![
                AccountMeta::new(*payee, true),
                write(self.programs.message_transmitter_state()),
                write(*event),
            ],
            data,
        }
    }
}
