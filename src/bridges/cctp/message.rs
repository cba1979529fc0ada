//! The message a burn emits, and the same message as Iris attests it.
//!
//! Layout after `MessageV2.sol` and `BurnMessageV2.sol`: a header of 148 bytes and a burn body of
//! 228 bytes, every number big-endian. Purser sends no hook data, so its messages have exactly
//! [`MESSAGE_BYTES`] bytes; any other length is not one of ours.
//!
//! Four fields are zero on chain and filled by Iris (nonce, executed finality, executed fee,
//! expiry). An attested message belongs to a burn when all the others are equal byte for byte.

use std::fmt;
use std::ops::Range;

use alloy::primitives::{B256, Bytes, U256, keccak256};

use crate::domain::Domain;

/// Length of a burn message without hook data.
pub const MESSAGE_BYTES: usize = 376;
/// What CCTP V2 writes as its version, in the header and in the body.
pub const WIRE_VERSION: u32 = 1;
/// Lowest executed finality a TokenMessenger accepts.
pub const LOWEST_FINALITY: u32 = 500;
/// Highest requested finality that still asks for a fast transfer.
pub const CONFIRMED: u32 = 1000;
/// Executed finality of a standard transfer.
pub const FINALIZED: u32 = 2000;

/// A field of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Header version.
    Version,
    /// Domain of the burn.
    SourceDomain,
    /// Domain of the mint.
    DestinationDomain,
    /// Filled by Iris.
    Nonce,
    /// TokenMessenger of the source.
    Sender,
    /// TokenMessenger of the destination.
    Recipient,
    /// Who may mint; zero for anybody.
    DestinationCaller,
    /// Finality asked for.
    MinFinalityThreshold,
    /// Finality waited for; filled by Iris.
    FinalityThresholdExecuted,
    /// Body version.
    BodyVersion,
    /// Token burnt.
    BurnToken,
    /// Who receives the mint.
    MintRecipient,
    /// Amount burnt.
    Amount,
    /// Who burnt.
    MessageSender,
    /// Most the bridge may keep.
    MaxFee,
    /// What the bridge keeps; filled by Iris.
    FeeExecuted,
    /// Destination block from which the attestation is void, zero for never; filled by Iris.
    ExpirationBlock,
}

impl Field {
    /// Every field, in the order of the bytes.
    pub const ALL: [Self; 17] = [
        Self::Version,
        Self::SourceDomain,
        Self::DestinationDomain,
        Self::Nonce,
        Self::Sender,
        Self::Recipient,
        Self::DestinationCaller,
        Self::MinFinalityThreshold,
        Self::FinalityThresholdExecuted,
        Self::BodyVersion,
        Self::BurnToken,
        Self::MintRecipient,
        Self::Amount,
        Self::MessageSender,
        Self::MaxFee,
        Self::FeeExecuted,
        Self::ExpirationBlock,
    ];

    /// The bytes it occupies.
    pub const fn range(self) -> Range<usize> {
        match self {
            Self::Version => 0..4,
            Self::SourceDomain => 4..8,
            Self::DestinationDomain => 8..12,
            Self::Nonce => 12..44,
            Self::Sender => 44..76,
            Self::Recipient => 76..108,
            Self::DestinationCaller => 108..140,
            Self::MinFinalityThreshold => 140..144,
            Self::FinalityThresholdExecuted => 144..148,
            Self::BodyVersion => 148..152,
            Self::BurnToken => 152..184,
            Self::MintRecipient => 184..216,
            Self::Amount => 216..248,
            Self::MessageSender => 248..280,
            Self::MaxFee => 280..312,
            Self::FeeExecuted => 312..344,
            Self::ExpirationBlock => 344..376,
        }
    }

    /// Whether it is zero on chain and filled by Iris.
    pub const fn is_filled_by_iris(self) -> bool {
        matches!(
            self,
            Self::Nonce | Self::FinalityThresholdExecuted | Self::FeeExecuted | Self::ExpirationBlock
        )
    }

    /// Its name in Circle's contracts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::SourceDomain => "sourceDomain",
            Self::DestinationDomain => "destinationDomain",
            Self::Nonce => "nonce",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::DestinationCaller => "destinationCaller",
            Self::MinFinalityThreshold => "minFinalityThreshold",
            Self::FinalityThresholdExecuted => "finalityThresholdExecuted",
            Self::BodyVersion => "messageBody.version",
            Self::BurnToken => "burnToken",
            Self::MintRecipient => "mintRecipient",
            Self::Amount => "amount",
            Self::MessageSender => "messageSender",
            Self::MaxFee => "maxFee",
            Self::FeeExecuted => "feeExecuted",
            Self::ExpirationBlock => "expirationBlock",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why bytes are not a message of ours, or do not belong to a burn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The length is wrong.
    #[error(
        "a burn message has {MESSAGE_BYTES} bytes and this has {found}; it is not used and the burn stands"
    )]
    Length {
        /// Bytes found.
        found: usize,
    },
    /// Not CCTP V2.
    #[error("{field} is {found}, CCTP V2 writes {WIRE_VERSION}; the message is not used and the burn stands")]
    Version {
        /// Header or body version.
        field: Field,
        /// What it says.
        found: u32,
    },
    /// A number no token amount or block has.
    #[error("{field} is too large to be true; the message is not used and the burn stands")]
    TooLarge {
        /// Which.
        field: Field,
    },
    /// A field that the burn fixed is different.
    #[error(
        "{field} is {attested} where the burn has {burnt}; this attestation is not for our burn and is not used, the burn stands"
    )]
    Mismatch {
        /// Which.
        field: Field,
        /// Bytes of the burn.
        burnt: Bytes,
        /// Bytes of the message compared with it.
        attested: Bytes,
    },
    /// A field that Iris must fill is still empty.
    #[error("{field} is empty, so the message is not attested yet; the burn stands and the mint waits")]
    Unfilled {
        /// Which.
        field: Field,
    },
    /// Attested earlier than asked for.
    #[error(
        "finalityThresholdExecuted is {found} where at least {needed} is due; the attestation is not used, the burn stands"
    )]
    Finality {
        /// What it says.
        found: u32,
        /// What the burn asked for.
        needed: u32,
    },
    /// The fee is above what was agreed.
    #[error(
        "feeExecuted is {executed} where at most {max_fee} was agreed for {amount}; the attestation is not used, the burn stands"
    )]
    Fee {
        /// Fee in base units.
        executed: u128,
        /// Agreed maximum in base units.
        max_fee: u128,
        /// Amount burnt in base units.
        amount: u128,
    },
}

impl MessageError {
    /// The field at fault; `None` when the length is wrong.
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::Length { .. } => None,
            Self::Version { field, .. }
            | Self::TooLarge { field }
            | Self::Mismatch { field, .. }
            | Self::Unfilled { field } => Some(*field),
            Self::Finality { .. } => Some(Field::FinalityThresholdExecuted),
            Self::Fee { .. } => Some(Field::FeeExecuted),
        }
    }
}

/// A burn message, on chain (four fields zero) or attested. Amounts are base units of the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Domain of the burn.
    pub source_domain: Domain,
    /// Domain of the mint.
    pub destination_domain: Domain,
    /// Zero on chain.
    pub nonce: B256,
    /// TokenMessenger of the source, left-padded.
    pub sender: B256,
    /// TokenMessenger of the destination, left-padded.
    pub recipient: B256,
    /// Who may mint; zero for anybody.
    pub destination_caller: B256,
    /// Finality asked for.
    pub min_finality_threshold: u32,
    /// Finality waited for. Zero on chain.
    pub finality_threshold_executed: u32,
    /// Token burnt, left-padded.
    pub burn_token: B256,
    /// Who receives the mint, left-padded.
    pub mint_recipient: B256,
    /// Amount burnt.
    pub amount: u128,
    /// Who burnt, left-padded.
    pub message_sender: B256,
    /// Most the bridge may keep.
    pub max_fee: u128,
    /// What the bridge keeps. Zero on chain.
    pub fee_executed: u128,
    /// Destination block from which the attestation is void; zero for never. Zero on chain.
    pub expiration_block: u64,
}

impl Message {
    /// Reads a message of exactly [`MESSAGE_BYTES`] bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        let reader = Reader(bytes);
        if bytes.len() != MESSAGE_BYTES {
            return Err(reader.length());
        }
        for field in [Field::Version, Field::BodyVersion] {
            let found = reader.short(field)?;
            if found != WIRE_VERSION {
                return Err(MessageError::Version { field, found });
            }
        }
        Ok(Self {
            source_domain: Domain(reader.short(Field::SourceDomain)?),
            destination_domain: Domain(reader.short(Field::DestinationDomain)?),
            nonce: reader.word(Field::Nonce)?,
            sender: reader.word(Field::Sender)?,
            recipient: reader.word(Field::Recipient)?,
            destination_caller: reader.word(Field::DestinationCaller)?,
            min_finality_threshold: reader.short(Field::MinFinalityThreshold)?,
            finality_threshold_executed: reader.short(Field::FinalityThresholdExecuted)?,
            burn_token: reader.word(Field::BurnToken)?,
            mint_recipient: reader.word(Field::MintRecipient)?,
            amount: reader.number(Field::Amount)?,
            message_sender: reader.word(Field::MessageSender)?,
            max_fee: reader.number(Field::MaxFee)?,
            fee_executed: reader.number(Field::FeeExecuted)?,
            expiration_block: reader.number(Field::ExpirationBlock)?,
        })
    }

    /// Reads the body alone, as `MessageReceived` carries it, under the header of `self`.
    pub(crate) fn with_body(&self, body: &[u8]) -> Result<Self, MessageError> {
        let mut bytes = self.encode().to_vec();
        bytes.truncate(Field::BodyVersion.range().start);
        bytes.extend_from_slice(body);
        Self::decode(&bytes)
    }

    /// The bytes; [`Message::decode`] reads them back.
    pub fn encode(&self) -> Bytes {
        let number = |value: u128| U256::from(value).to_be_bytes::<32>();
        let mut bytes = Vec::with_capacity(MESSAGE_BYTES);
        bytes.extend_from_slice(&WIRE_VERSION.to_be_bytes());
        bytes.extend_from_slice(&self.source_domain.0.to_be_bytes());
        bytes.extend_from_slice(&self.destination_domain.0.to_be_bytes());
        bytes.extend_from_slice(self.nonce.as_slice());
        bytes.extend_from_slice(self.sender.as_slice());
        bytes.extend_from_slice(self.recipient.as_slice());
        bytes.extend_from_slice(self.destination_caller.as_slice());
        bytes.extend_from_slice(&self.min_finality_threshold.to_be_bytes());
        bytes.extend_from_slice(&self.finality_threshold_executed.to_be_bytes());
        bytes.extend_from_slice(&WIRE_VERSION.to_be_bytes());
        bytes.extend_from_slice(self.burn_token.as_slice());
        bytes.extend_from_slice(self.mint_recipient.as_slice());
        bytes.extend_from_slice(&number(self.amount));
        bytes.extend_from_slice(self.message_sender.as_slice());
        bytes.extend_from_slice(&number(self.max_fee));
        bytes.extend_from_slice(&number(self.fee_executed));
        bytes.extend_from_slice(&number(u128::from(self.expiration_block)));
        Bytes::from(bytes)
    }

    /// What the attesters sign: the plain Keccak-256 of the bytes.
    pub fn digest(&self) -> B256 {
        keccak256(self.encode())
    }

    /// Whether every field that the burn fixed is equal; the first that is not is named.
    pub fn same_burn(&self, burn: &Self) -> Result<(), MessageError> {
        let (attested, burnt) = (self.encode(), burn.encode());
        for field in Field::ALL.into_iter().filter(|field| !field.is_filled_by_iris()) {
            let (attested, burnt) = (attested.slice(field.range()), burnt.slice(field.range()));
            if attested != burnt {
                return Err(MessageError::Mismatch { field, burnt, attested });
            }
        }
        Ok(())
    }

    /// Checks `self` as the attested form of `burn`: the burn's own fields are equal, and each field
    /// Iris filled keeps its rule: a nonce, enough finality, a fee within `maxFee` and below the
    /// amount. An expiry of any height is well formed; [`Message::is_expired_at`] judges it.
    pub fn attests(&self, burn: &Self) -> Result<(), MessageError> {
        self.same_burn(burn)?;
        if self.nonce.is_zero() {
            return Err(MessageError::Unfilled { field: Field::Nonce });
        }
        let needed = if burn.min_finality_threshold > CONFIRMED { FINALIZED } else { LOWEST_FINALITY };
        if self.finality_threshold_executed < needed {
            return Err(MessageError::Finality { found: self.finality_threshold_executed, needed });
        }
        self.keeps_its_fee()
    }

    /// Whether the executed fee is within `maxFee` and below the amount.
    pub(crate) const fn keeps_its_fee(&self) -> Result<(), MessageError> {
        if self.fee_executed > self.max_fee || self.fee_executed >= self.amount {
            return Err(MessageError::Fee {
                executed: self.fee_executed,
                max_fee: self.max_fee,
                amount: self.amount,
            });
        }
        Ok(())
    }

    /// Base units the recipient gets: amount − executed fee. `None` when the fee is larger.
    pub fn arrives(&self) -> Option<u128> {
        self.amount.checked_sub(self.fee_executed)
    }

    /// Whether the destination contract calls the attestation expired at `block`, the block number
    /// the contract itself sees (on Arbitrum that is a layer 1 number, not the chain's height).
    pub const fn is_expired_at(&self, block: u64) -> bool {
        self.expiration_block != 0 && self.expiration_block <= block
    }
}

/// Reads fields by their place in the table.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn length(&self) -> MessageError {
        MessageError::Length { found: self.0.len() }
    }

    fn bytes<const N: usize>(&self, field: Field) -> Result<[u8; N], MessageError> {
        self.0.get(field.range()).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| self.length())
    }

    fn short(&self, field: Field) -> Result<u32, MessageError> {
        self.bytes(field).map(u32::from_be_bytes)
    }

    fn word(&self, field: Field) -> Result<B256, MessageError> {
        self.bytes::<32>(field).map(B256::from)
    }

    fn number<T: TryFrom<U256>>(&self, field: Field) -> Result<T, MessageError> {
        let value = U256::from_be_bytes(self.bytes::<32>(field)?);
        T::try_from(value).map_err(|_| MessageError::TooLarge { field })
    }
}
