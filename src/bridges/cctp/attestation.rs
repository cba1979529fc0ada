//! Checking an attestation before any gas is spent on it.
//!
//! An attestation is one 65-byte signature (`r ‖ s ‖ v`) per required attester over the plain
//! Keccak-256 of the message, in strictly ascending order of the signers' addresses
//! (`Attestable._verifyAttestationSignatures`). Who may sign, and how many must, is read from the
//! destination's MessageTransmitter: attesters rotate.

use std::collections::BTreeSet;

use alloy::primitives::{Address, Signature, U256, keccak256};

/// Bytes of one signature.
pub const SIGNATURE_BYTES: usize = 65;

/// Why an attestation, or a set of attesters, is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// The set read from chain cannot be right.
    #[error(
        "the attesters read from chain make no sense ({reason}); no mint is sent, the burn stands and the mint waits; read them again"
    )]
    Attesters {
        /// What is wrong.
        reason: String,
    },
    /// The number of bytes is wrong.
    #[error("the attestation has {found} bytes where {needed} are due; it is not used, the burn stands")]
    Length {
        /// Bytes found.
        found: usize,
        /// 65 times the threshold.
        needed: usize,
    },
    /// One signature has no valid form.
    #[error("signature {index} is not valid ({reason}); the attestation is not used, the burn stands")]
    Signature {
        /// Which, from 0.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The signers are not in ascending order, or one signed twice.
    #[error(
        "signature {index} by {signer} is out of order or repeated; the attestation is not used, the burn stands"
    )]
    Order {
        /// Which, from 0.
        index: usize,
        /// Who signed.
        signer: Address,
    },
    /// A signer is not enabled on the destination.
    #[error(
        "signature {index} is by {signer}, who is no attester of the destination; the attestation is not used, the burn stands; if attesters rotated, ask Iris to attest again"
    )]
    NotAttester {
        /// Which, from 0.
        index: usize,
        /// Who signed.
        signer: Address,
    },
}

/// Who may attest on a chain, and how many must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attesters {
    enabled: BTreeSet<Address>,
    threshold: usize,
}

impl Attesters {
    /// The set as read from chain. Refuses a threshold of zero or above the number of attesters,
    /// a repeated attester and the zero address.
    pub fn new(enabled: &[Address], threshold: usize) -> Result<Self, AttestationError> {
        let refuse = |reason: String| Err(AttestationError::Attesters { reason });
        let set: BTreeSet<Address> = enabled.iter().copied().collect();
        if set.len() != enabled.len() {
            return refuse("one is listed twice".to_owned());
        }
        if set.contains(&Address::ZERO) {
            return refuse("one is the zero address".to_owned());
        }
        if threshold == 0 || threshold > set.len() {
            return refuse(format!("{threshold} of {} must sign", set.len()));
        }
        Ok(Self { enabled: set, threshold })
    }

    /// Enabled attesters, ascending.
    pub const fn enabled(&self) -> &BTreeSet<Address> {
        &self.enabled
    }

    /// Signatures required.
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    /// Checks `attestation` over `message` as the destination's contract will; returns the signers.
    pub fn verify(&self, message: &[u8], attestation: &[u8]) -> Result<Vec<Address>, AttestationError> {
        let needed = self.threshold.saturating_mul(SIGNATURE_BYTES);
        if attestation.len() != needed {
            return Err(AttestationError::Length { found: attestation.len(), needed });
        }
        let digest = keccak256(message);
        let mut signers: Vec<Address> = Vec::with_capacity(self.threshold);
        for (index, bytes) in attestation.chunks_exact(SIGNATURE_BYTES).enumerate() {
            let refuse = |reason| AttestationError::Signature { index, reason };
            let signature = signature(bytes).map_err(refuse)?;
            let signer = signature
                .recover_address_from_prehash(&digest)
                .map_err(|_| refuse("no key can have made it"))?;
            if signers.last().is_some_and(|last| *last >= signer) {
                return Err(AttestationError::Order { index, signer });
            }
            if !self.enabled.contains(&signer) {
                return Err(AttestationError::NotAttester { index, signer });
            }
            signers.push(signer);
        }
        Ok(signers)
    }
}

/// Reads `r ‖ s ‖ v` with the two rules of OpenZeppelin's ECDSA: v is 27 or 28, s is low.
fn signature(bytes: &[u8]) -> Result<Signature, &'static str> {
    let (Some(r), Some(s), Some(v)) = (bytes.get(..32), bytes.get(32..64), bytes.get(64)) else {
        return Err("it is too short");
    };
    let parity = match v {
        27 => false,
        28 => true,
        _ => return Err("v is neither 27 nor 28"),
    };
    let signature = Signature::new(U256::from_be_slice(r), U256::from_be_slice(s), parity);
    match signature.normalize_s() {
        Some(_) => Err("s is high"),
        None => Ok(signature),
    }
}
