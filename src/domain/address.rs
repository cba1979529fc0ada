//! Addresses and names of transactions on chains of any kind.

use std::fmt;
use std::str::FromStr;

use alloy::primitives::{Address as EvmAddress, B256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use solana_address::Address as SolanaAddress;
use solana_signature::Signature;

use crate::domain::operation::UnknownWord;

/// An account on a chain of either kind. Written as people write it: `0x…` or base58.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyAddress {
    /// 20 bytes, on an EVM chain.
    Evm(EvmAddress),
    /// 32 bytes, on Solana.
    Solana(SolanaAddress),
}

impl AnyAddress {
    /// The EVM address, if it is one.
    pub const fn evm(self) -> Option<EvmAddress> {
        match self {
            Self::Evm(address) => Some(address),
            Self::Solana(_) => None,
        }
    }

    /// The Solana address, if it is one.
    pub const fn solana(self) -> Option<SolanaAddress> {
        match self {
            Self::Solana(address) => Some(address),
            Self::Evm(_) => None,
        }
    }

    /// Whether every byte is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Evm(address) => address.is_zero(),
            Self::Solana(address) => address.to_bytes() == [0; 32],
        }
    }
}

impl From<EvmAddress> for AnyAddress {
    fn from(address: EvmAddress) -> Self {
        Self::Evm(address)
    }
}

impl From<SolanaAddress> for AnyAddress {
    fn from(address: SolanaAddress) -> Self {
        Self::Solana(address)
    }
}

impl fmt::Display for AnyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evm(address) => address.fmt(f),
            Self::Solana(address) => address.fmt(f),
        }
    }
}

impl FromStr for AnyAddress {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownWord(text.chars().take(64).collect());
        if text.starts_with("0x") {
            return text.parse().map(Self::Evm).map_err(|_| unknown());
        }
        text.parse().map(Self::Solana).map_err(|_| unknown())
    }
}

impl Serialize for AnyAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Evm(address) => address.serialize(serializer),
            Self::Solana(address) => serializer.collect_str(address),
        }
    }
}

impl<'de> Deserialize<'de> for AnyAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What names a transaction: its hash on an EVM chain, its first signature on Solana.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionId {
    /// Hash on an EVM chain.
    Evm(B256),
    /// First signature on Solana.
    Solana(Signature),
}

impl TransactionId {
    /// The hash, if it is of an EVM chain.
    pub const fn evm(self) -> Option<B256> {
        match self {
            Self::Evm(hash) => Some(hash),
            Self::Solana(_) => None,
        }
    }

    /// The signature, if it is of Solana.
    pub const fn solana(self) -> Option<Signature> {
        match self {
            Self::Solana(signature) => Some(signature),
            Self::Evm(_) => None,
        }
    }
}

impl From<B256> for TransactionId {
    fn from(hash: B256) -> Self {
        Self::Evm(hash)
    }
}

impl From<Signature> for TransactionId {
    fn from(signature: Signature) -> Self {
        Self::Solana(signature)
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evm(hash) => hash.fmt(f),
            Self::Solana(signature) => signature.fmt(f),
        }
    }
}

impl FromStr for TransactionId {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownWord(text.chars().take(96).collect());
        if text.starts_with("0x") {
            return text.parse().map(Self::Evm).map_err(|_| unknown());
        }
        text.parse().map(Self::Solana).map_err(|_| unknown())
    }
}
