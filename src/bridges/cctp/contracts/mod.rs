//! CCTP's contracts on one chain: what is sent to them and what they answer.

mod abi;
pub mod calls;
pub mod events;
pub mod preflight;

use alloy::primitives::Address;

use crate::config::CctpContracts;
use crate::domain::{AssetId, ChainName, Domain};

/// One end of a transfer: a chain's CCTP contracts and its USDC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Chain.
    pub chain: ChainName,
    /// Its CCTP domain.
    pub domain: Domain,
    /// The asset moved.
    pub asset: AssetId,
    /// The asset's contract.
    pub token: Address,
    /// TokenMessengerV2.
    pub token_messenger: Address,
    /// MessageTransmitterV2.
    pub message_transmitter: Address,
    /// TokenMinterV2.
    pub token_minter: Address,
    /// Expected seconds from burn to mint for a fast burn here.
    pub fast_seconds: u64,
    /// Expected seconds from burn to mint for a standard burn here.
    pub standard_seconds: u64,
}

impl End {
    /// The end of `chain` as configured, moving `asset`, whose contract is `token`.
    pub fn new(chain: ChainName, asset: AssetId, token: Address, contracts: &CctpContracts) -> Self {
        Self {
            chain,
            domain: Domain(contracts.domain),
            asset,
            token,
            token_messenger: contracts.token_messenger,
            message_transmitter: contracts.message_transmitter,
            token_minter: contracts.token_minter,
            fast_seconds: contracts.fast_seconds,
            standard_seconds: contracts.standard_seconds,
        }
    }
}

/// Why a contract's answer, event or calldata was not accepted. Nothing is sent on such an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// The call failed at the node or reverted.
    #[error("{what} could not be read: {reason}; nothing is sent until it can")]
    Unread {
        /// Function.
        what: &'static str,
        /// What the node said.
        reason: String,
    },
    /// Nothing came back: no contract at that address.
    #[error(
        "{what} answered nothing: there is no such contract; check the chain's addresses, nothing is sent"
    )]
    Empty {
        /// Function.
        what: &'static str,
    },
    /// The bytes do not have the declared form.
    #[error("{what} has an unexpected form ({reason}); nothing is sent, check the chain's addresses")]
    Form {
        /// Function or event.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The number of answers is not the number of questions.
    #[error("{found} answers came to {asked} questions; the scan is not used and nothing is sent")]
    Count {
        /// Answers due.
        asked: usize,
        /// Answers found.
        found: usize,
    },
    /// The step does not describe a transfer between these ends.
    #[error("the transfer cannot be sent: {reason}; nothing was burnt")]
    Step {
        /// What is wrong.
        reason: String,
    },
    /// A receipt does not show the burn it should.
    #[error(
        "the receipt of the burn on {chain} does not show our burn ({reason}); nothing is minted from it, look at the transaction"
    )]
    NoBurn {
        /// Chain.
        chain: ChainName,
        /// What is missing or different.
        reason: String,
    },
}
