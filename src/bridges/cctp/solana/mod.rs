//! CCTP V2 on Solana: MessageTransmitterV2 and TokenMessengerMinterV2.
//!
//! Three things differ from EVM. A mint is a transfer out of a custody account into an *existing*
//! token account, so a message minted to a wallet's own key strands the money. The message of a
//! burn is kept in an account of its own, whose rent can be reclaimed later. And a mint with two
//! signatures fits into a transaction only with a lookup table.

pub mod accounts;
pub mod addresses;
pub mod effects;
pub mod events;
pub mod instructions;
pub mod preflight;
pub mod recipient;
pub mod reclaim;
pub mod status;

use alloy::primitives::B256;
use solana_address::Address;

pub use accounts::{AccountError, MessageSent};
pub use addresses::Programs;
pub use effects::{BridgeEffect, bridge_effects};
pub use instructions::{Burn, Mint};
pub use preflight::{BurnState, MintState, SolanaBurnError, SolanaMintError};
pub use recipient::{MintRecipient, RecipientError};
pub use status::{SolanaBlocker, SolanaState};

use crate::bridges::cctp::message::Message;
use crate::config::{SolanaCctpConfig, SolanaTokenConfig};
use crate::domain::{AssetId, ChainName, Domain};

/// A Solana key as messages carry it.
pub fn word(address: &Address) -> B256 {
    B256::from(address.to_bytes())
}

/// A word of a message as a Solana key.
pub fn key(word: B256) -> Address {
    Address::from(word.0)
}

/// The Solana end of a transfer: the programs and USDC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SolanaEnd {
    /// Chain.
    pub chain: ChainName,
    /// The asset moved.
    pub asset: AssetId,
    /// CCTP domain.
    pub domain: Domain,
    /// Programs and what is derived from them.
    pub programs: Programs,
    /// USDC, pinned.
    pub token: SolanaTokenConfig,
    /// Lookup table of the mint's accounts.
    pub lookup_table: Address,
    /// Expected seconds from burn to mint for a fast burn here.
    pub fast_seconds: u64,
    /// Expected seconds from burn to mint for a standard burn here.
    pub standard_seconds: u64,
}

impl SolanaEnd {
    /// The end of `chain` as configured, moving `asset`, which is `token` there.
    pub fn new(
        chain: ChainName,
        asset: AssetId,
        config: &SolanaCctpConfig,
        token: SolanaTokenConfig,
    ) -> Self {
        Self {
            chain,
            asset,
            fast_seconds: config.fast_seconds,
            standard_seconds: config.standard_seconds,
            domain: Domain(config.domain),
            programs: Programs {
                message_transmitter: config.message_transmitter,
                token_messenger_minter: config.token_messenger_minter,
            },
            token,
            lookup_table: config.lookup_table,
        }
    }

    /// The message `burn` writes, with the four fields that Iris fills still zero. `messenger` is the
    /// destination's TokenMessenger.
    pub fn message_of(&self, burn: &Burn, messenger: B256) -> Message {
        Message {
            source_domain: self.domain,
            destination_domain: burn.destination,
            nonce: B256::ZERO,
            sender: word(&self.programs.token_messenger_minter),
            recipient: messenger,
            destination_caller: B256::ZERO,
            min_finality_threshold: burn.min_finality_threshold,
            finality_threshold_executed: 0,
            burn_token: word(&self.token.mint),
            mint_recipient: burn.mint_recipient,
            amount: u128::from(burn.amount),
            message_sender: word(&burn.owner),
            max_fee: u128::from(burn.max_fee),
            fee_executed: 0,
            expiration_block: 0,
        }
    }
}
