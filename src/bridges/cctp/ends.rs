//! The ends of a transfer: on an EVM chain or on Solana, and what each has to know of the other.

use alloy::primitives::B256;

use crate::bridges::cctp::contracts::End;
use crate::bridges::cctp::solana::{SolanaEnd, word};
use crate::domain::{AnyAddress, AssetId, ChainName, Domain, Speed};

/// An end of a transfer as the other end and the message name it.
pub trait FarEnd {
    /// Chain.
    fn chain(&self) -> &ChainName;
    /// CCTP domain.
    fn domain(&self) -> Domain;
    /// The asset that arrives or leaves there.
    fn asset(&self) -> &AssetId;
    /// Its TokenMessenger as messages carry it.
    fn messenger_word(&self) -> B256;
    /// What a message names so that `recipient` receives there; `None` for an address of another kind.
    fn recipient_word(&self, recipient: AnyAddress) -> Option<B256>;
    /// Expected seconds from a burn here at `speed` to its mint.
    fn seconds(&self, speed: Speed) -> u64;
}

impl FarEnd for End {
    fn chain(&self) -> &ChainName {
        &self.chain
    }

    fn domain(&self) -> Domain {
        self.domain
    }

    fn asset(&self) -> &AssetId {
        &self.asset
    }

    fn messenger_word(&self) -> B256 {
        self.token_messenger.into_word()
    }

    fn recipient_word(&self, recipient: AnyAddress) -> Option<B256> {
        recipient.evm().map(|address| address.into_word())
    }

    fn seconds(&self, speed: Speed) -> u64 {
        match speed {
            Speed::Fast => self.fast_seconds,
            Speed::Standard => self.standard_seconds,
        }
    }
}

impl FarEnd for SolanaEnd {
    fn chain(&self) -> &ChainName {
        &self.chain
    }

    fn domain(&self) -> Domain {
        self.domain
    }

    fn asset(&self) -> &AssetId {
        &self.asset
    }

    fn messenger_word(&self) -> B256 {
        word(&self.programs.token_messenger_minter)
    }

    /// The owner's token account: a message that names the owner itself could never be received.
    fn recipient_word(&self, recipient: AnyAddress) -> Option<B256> {
        recipient.solana().map(|owner| word(&self.account_of(&owner)))
    }

    fn seconds(&self, speed: Speed) -> u64 {
        match speed {
            Speed::Fast => self.fast_seconds,
            Speed::Standard => self.standard_seconds,
        }
    }
}

/// An end on a chain of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyEnd {
    /// Contracts on an EVM chain.
    Evm(End),
    /// Programs on Solana.
    Solana(Box<SolanaEnd>),
}

impl AnyEnd {
    fn far(&self) -> &dyn FarEnd {
        match self {
            Self::Evm(end) => end,
            Self::Solana(end) => end.as_ref(),
        }
    }
}

impl FarEnd for AnyEnd {
    fn chain(&self) -> &ChainName {
        self.far().chain()
    }

    fn domain(&self) -> Domain {
        self.far().domain()
    }

    fn asset(&self) -> &AssetId {
        self.far().asset()
    }

    fn messenger_word(&self) -> B256 {
        self.far().messenger_word()
    }

    fn recipient_word(&self, recipient: AnyAddress) -> Option<B256> {
        self.far().recipient_word(recipient)
    }

    fn seconds(&self, speed: Speed) -> u64 {
        self.far().seconds(speed)
    }
}
