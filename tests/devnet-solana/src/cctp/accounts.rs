//! The accounts of the two programs, field by field as they keep them.

use borsh::{BorshDeserialize, BorshSerialize};
use solana_pubkey::Pubkey;

use crate::ids::{MESSAGE_TRANSMITTER, TOKEN_MESSENGER_MINTER};
use crate::program::State;

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident of $program:ident { $($field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
            #[allow(missing_docs, reason = "the names are those of the real programs")]
            pub struct $name { $(pub $field: $type,)* }

            impl State for $name {
                const NAME: &'static str = stringify!($name);
                const PROGRAM: Pubkey = $program;
            }
        )*
    };
}

states! {
    /// The transmitter's settings.
    MessageTransmitter of MESSAGE_TRANSMITTER {
        owner: Pubkey,
        pending_owner: Pubkey,
        attester_manager: Pubkey,
        pauser: Pubkey,
        paused: bool,
        local_domain: u32,
        version: u32,
        signature_threshold: u32,
        enabled_attesters: Vec<Pubkey>,
        max_message_body_size: u64,
    }
    /// A message that has been received.
    UsedNonce of MESSAGE_TRANSMITTER {
        is_used: bool,
    }
    /// A message that has been sent.
    MessageSent of MESSAGE_TRANSMITTER {
        rent_payer: Pubkey,
        created_at: i64,
        message: Vec<u8>,
    }
    /// The messenger's settings.
    TokenMessenger of TOKEN_MESSENGER_MINTER {
        denylister: Pubkey,
        owner: Pubkey,
        pending_owner: Pubkey,
        message_body_version: u32,
        authority_bump: u8,
        fee_recipient: Pubkey,
        min_fee_controller: Pubkey,
        min_fee: u32,
    }
    /// The messenger of another domain.
    RemoteTokenMessenger of TOKEN_MESSENGER_MINTER {
        domain: u32,
        token_messenger: Pubkey,
    }
    /// An account that may not burn.
    DenylistedAccount of TOKEN_MESSENGER_MINTER {
        account: Pubkey,
    }
    /// The minter's settings.
    TokenMinter of TOKEN_MESSENGER_MINTER {
        token_controller: Pubkey,
        pauser: Pubkey,
        paused: bool,
        bump: u8,
    }
    /// A token of another domain and what it is here.
    TokenPair of TOKEN_MESSENGER_MINTER {
        remote_domain: u32,
        remote_token: Pubkey,
        local_token: Pubkey,
        bump: u8,
    }
    /// A token that can be burned here.
    LocalToken of TOKEN_MESSENGER_MINTER {
        custody: Pubkey,
        mint: Pubkey,
        burn_limit_per_message: u64,
        messages_sent: u64,
        messages_received: u64,
        amount_sent: u128,
        amount_received: u128,
        bump: u8,
        custody_bump: u8,
    }
}

impl TokenMessenger {
    /// The least `maxFee` of a burn of `amount`: `max(1, amount × min_fee /
    /// 10,000,000)`; `None` if there is a fee and the amount is not above 1.
    pub fn min_fee_amount(&self, amount: u64) -> Option<u64> {
        if self.min_fee == 0 {
            return Some(0);
        }
        let fee = u128::from(amount) * u128::from(self.min_fee) / 10_000_000;
        (amount > 1).then(|| u64::try_from(fee.max(1)).unwrap_or(u64::MAX))
    }
}
