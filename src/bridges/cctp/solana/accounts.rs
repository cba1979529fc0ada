//! The content of the programs' accounts. Layouts after Circle's `state.rs`: an 8-byte
//! discriminator, then the fields in borsh. What is left over must be zero.

use alloy::primitives::{Address as EvmAddress, B256};
use solana_address::Address;

use super::word;
use crate::bridges::cctp::attestation::{AttestationError, Attesters};
use crate::bridges::cctp::message::{Message, MessageError};
use crate::chains::solana::Account;
use crate::chains::solana::account::Fields;
use crate::domain::Domain;

/// Most attesters a program is believed to have.
const MAX_ATTESTERS: u32 = 64;
/// Longest message an event account of ours can have.
const MAX_MESSAGE: usize = 1024;
/// What the minimum fee is divided by.
pub const MIN_FEE_MULTIPLIER: u128 = 10_000_000;

/// Discriminators: `sha256("account:" ‖ name)[..8]`.
pub mod discriminators {
    /// `MessageSent`.
    pub const MESSAGE_SENT: [u8; 8] = [0x83, 0x64, 0x85, 0x38, 0xa6, 0xe1, 0x97, 0x3c];
    /// `UsedNonce`.
    pub const USED_NONCE: [u8; 8] = [0xd4, 0xde, 0x9d, 0xfc, 0x82, 0x47, 0xb3, 0xee];
    /// `MessageTransmitter`.
    pub const MESSAGE_TRANSMITTER: [u8; 8] = [0x47, 0x28, 0xb4, 0x8e, 0x13, 0xcb, 0x23, 0xfc];
    /// `TokenMessenger`.
    pub const TOKEN_MESSENGER: [u8; 8] = [0xa2, 0x04, 0xf2, 0x34, 0x93, 0xf3, 0xdd, 0x60];
    /// `RemoteTokenMessenger`.
    pub const REMOTE_TOKEN_MESSENGER: [u8; 8] = [0x69, 0x73, 0xae, 0x22, 0x5f, 0xe9, 0x8a, 0xfc];
    /// `LocalToken`.
    pub const LOCAL_TOKEN: [u8; 8] = [0x9f, 0x83, 0x3a, 0xaa, 0xc1, 0x54, 0x80, 0xb6];
    /// `TokenPair`.
    pub const TOKEN_PAIR: [u8; 8] = [0x11, 0xd6, 0x2d, 0xb0, 0xe5, 0x95, 0xc5, 0x47];
    /// `TokenMinter`.
    pub const TOKEN_MINTER: [u8; 8] = [0x7a, 0x85, 0x54, 0x3f, 0x39, 0x9f, 0xab, 0xce];
}

/// Why an account is not what it should be. Nothing is sent on such a read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It does not exist.
    #[error("the {what} account {address} does not exist; nothing is sent")]
    Missing {
        /// Which.
        what: &'static str,
        /// Where it should be.
        address: Address,
    },
    /// Another program owns it.
    #[error("the {what} account {address} belongs to program {owner}, not to CCTP; nothing is sent")]
    Owner {
        /// Which.
        what: &'static str,
        /// Where.
        address: Address,
        /// Who owns it.
        owner: Address,
    },
    /// Its bytes are not its layout.
    #[error("the {what} account cannot be read; nothing is sent; the program may have been upgraded")]
    Layout {
        /// Which.
        what: &'static str,
    },
    /// The attesters make no sense.
    #[error(transparent)]
    Attesters(#[from] AttestationError),
    /// The message in it is none of ours.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// The content of `account`, which `program` must own.
///
/// # Errors
/// [`AccountError`] when it is missing or another's.
pub fn owned<'a>(
    what: &'static str,
    address: Address,
    program: &Address,
    account: Option<&'a Account>,
) -> Result<&'a [u8], AccountError> {
    let account = account.ok_or(AccountError::Missing { what, address })?;
    if account.owner != *program {
        return Err(AccountError::Owner { what, address, owner: account.owner });
    }
    Ok(&account.data)
}

/// Reads `data` behind its discriminator with `read`; the rest must be zero.
fn layout<'a, T>(
    what: &'static str,
    discriminator: [u8; 8],
    data: &'a [u8],
    read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
) -> Result<T, AccountError> {
    let mut fields = Fields::new(data);
    let found = fields.array::<8>().filter(|found| *found == discriminator);
    let value = found.and_then(|_| read(&mut fields)).ok_or(AccountError::Layout { what })?;
    if fields.rest().iter().any(|byte| *byte != 0) {
        return Err(AccountError::Layout { what });
    }
    Ok(value)
}

fn flag(fields: &mut Fields<'_>) -> Option<bool> {
    match fields.u8()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// State of MessageTransmitterV2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTransmitter {
    /// Whether it refuses everything.
    pub paused: bool,
    /// Its own domain.
    pub local_domain: Domain,
    /// Message version.
    pub version: u32,
    /// Who may attest, and how many must.
    pub attesters: Attesters,
    /// Longest message body it takes.
    pub max_body: u64,
}

impl MessageTransmitter {
    /// Reads the state.
    ///
    /// # Errors
    /// [`AccountError`] when the bytes are no such state, or the attesters make no sense.
    pub fn decode(data: &[u8]) -> Result<Self, AccountError> {
        const WHAT: &str = "message_transmitter";
        let (paused, local_domain, version, threshold, keys, max_body) =
            layout(WHAT, discriminators::MESSAGE_TRANSMITTER, data, |fields| {
                fields.take(4 * 32)?;
                let paused = flag(fields)?;
                let (domain, version, threshold) = (fields.u32()?, fields.u32()?, fields.u32()?);
                let count = fields.u32().filter(|count| *count <= MAX_ATTESTERS)?;
                let keys: Option<Vec<Address>> = (0..count).map(|_| fields.address()).collect();
                Some((paused, Domain(domain), version, threshold, keys?, fields.u64()?))
            })?;
        let mut attesters = Vec::with_capacity(keys.len());
        for attester in keys {
            let word = word(&attester);
            let (zeros, address) = word.split_at(12);
            if zeros.iter().any(|byte| *byte != 0) {
                return Err(AccountError::Layout { what: WHAT });
            }
            attesters.push(EvmAddress::from_slice(address));
        }
        let threshold = usize::try_from(threshold).unwrap_or(usize::MAX);
        Ok(Self {
            paused,
            local_domain,
            version,
            attesters: Attesters::new(&attesters, threshold)?,
            max_body,
        })
    }
}

/// State of the TokenMessenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenMessenger {
    /// Body version.
    pub body_version: u32,
    /// Whose token account the fees go to. Circle may change it.
    pub fee_recipient: Address,
    /// Least fee, in ten-millionths of the amount.
    pub min_fee: u32,
}

impl TokenMessenger {
    /// Reads the state.
    ///
    /// # Errors
    /// [`AccountError::Layout`] when the bytes are no such state.
    pub fn decode(data: &[u8]) -> Result<Self, AccountError> {
        layout("token_messenger", discriminators::TOKEN_MESSENGER, data, |fields| {
            fields.take(3 * 32)?;
            let body_version = fields.u32()?;
            let _authority_bump = fields.u8()?;
            let fee_recipient = fields.address()?;
            let _min_fee_controller = fields.address()?;
            Some(Self { body_version, fee_recipient, min_fee: fields.u32()? })
        })
    }

    /// The least `maxFee` for `amount`: `max(1, amount · min_fee / 10⁷)`, zero without a minimum fee.
    pub fn least_fee(&self, amount: u64) -> u64 {
        if self.min_fee == 0 {
            return 0;
        }
        let fee = u128::from(amount).saturating_mul(u128::from(self.min_fee));
        u64::try_from(fee.checked_div(MIN_FEE_MULTIPLIER).unwrap_or(0)).unwrap_or(u64::MAX).max(1)
    }
}

/// Whether the TokenMinter is paused.
///
/// # Errors
/// [`AccountError::Layout`] when the bytes are no such state.
pub fn minter_paused(data: &[u8]) -> Result<bool, AccountError> {
    layout("token_minter", discriminators::TOKEN_MINTER, data, |fields| {
        fields.take(2 * 32)?;
        let paused = flag(fields)?;
        let _bump = fields.u8()?;
        Some(paused)
    })
}

/// A token CCTP moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalToken {
    /// Token account that mints are paid from.
    pub custody: Address,
    /// Mint.
    pub mint: Address,
    /// Most base units one burn may have.
    pub burn_limit: u64,
}

impl LocalToken {
    /// Reads the token.
    ///
    /// # Errors
    /// [`AccountError::Layout`] when the bytes are no such state.
    pub fn decode(data: &[u8]) -> Result<Self, AccountError> {
        layout("local_token", discriminators::LOCAL_TOKEN, data, |fields| {
            let token =
                Self { custody: fields.address()?, mint: fields.address()?, burn_limit: fields.u64()? };
            // Two counters of 64 bits, two of 128, two bumps.
            fields.take(50)?;
            Some(token)
        })
    }
}

/// Domain and TokenMessenger of a remote chain.
///
/// # Errors
/// [`AccountError::Layout`] when the bytes are no such state.
pub fn remote_token_messenger(data: &[u8]) -> Result<(Domain, B256), AccountError> {
    layout("remote_token_messenger", discriminators::REMOTE_TOKEN_MESSENGER, data, |fields| {
        Some((Domain(fields.u32()?), word(&fields.address()?)))
    })
}

/// Which local token a remote token is paid out as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenPair {
    /// Remote domain.
    pub remote_domain: Domain,
    /// Token there.
    pub remote_token: B256,
    /// The `local_token` account of the mint here.
    pub local_token: Address,
}

impl TokenPair {
    /// Reads the pair.
    ///
    /// # Errors
    /// [`AccountError::Layout`] when the bytes are no such state.
    pub fn decode(data: &[u8]) -> Result<Self, AccountError> {
        layout("token_pair", discriminators::TOKEN_PAIR, data, |fields| {
            let pair = Self {
                remote_domain: Domain(fields.u32()?),
                remote_token: word(&fields.address()?),
                local_token: fields.address()?,
            };
            let _bump = fields.u8()?;
            Some(pair)
        })
    }
}

/// Whether a message was received, from its used-nonce account. An address that was only sent
/// lamports says nothing.
///
/// # Errors
/// [`AccountError`] when something else is there.
pub fn is_received(
    address: Address,
    transmitter: &Address,
    account: Option<&Account>,
) -> Result<bool, AccountError> {
    const WHAT: &str = "used_nonce";
    match account {
        None => Ok(false),
        Some(account) if account.owner == Address::default() && account.data.is_empty() => Ok(false),
        Some(_) => {
            layout(WHAT, discriminators::USED_NONCE, owned(WHAT, address, transmitter, account)?, flag)
        }
    }
}

/// The account in which a burn left its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSent {
    /// Who paid its rent and may have it back.
    pub rent_payer: Address,
    /// When it was written, seconds since the epoch.
    pub created_at: i64,
    /// The message, four of its fields still zero.
    pub message: Message,
}

impl MessageSent {
    /// Reads the account of a burn without hook data.
    ///
    /// # Errors
    /// [`AccountError`] when the bytes are no such account, or the message is none of ours.
    pub fn decode(data: &[u8]) -> Result<Self, AccountError> {
        let (rent_payer, created_at, bytes) =
            layout("message_sent_event_data", discriminators::MESSAGE_SENT, data, |fields| {
                let (rent_payer, created_at) = (fields.address()?, fields.i64()?);
                let bytes = fields.bytes().filter(|bytes| bytes.len() <= MAX_MESSAGE)?;
                Some((rent_payer, created_at, bytes))
            })?;
        Ok(Self { rent_payer, created_at, message: Message::decode(bytes)? })
    }
}
