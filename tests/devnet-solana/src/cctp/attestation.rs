//! Checks attestations as the transmitter does.

use alloy::primitives::keccak256;
use alloy::signers::k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use solana_pubkey::Pubkey;

use super::accounts::MessageTransmitter;
use super::refusals::{
    INVALID_ATTESTATION_LENGTH, INVALID_ATTESTER_SIGNATURE, INVALID_RECOVERY_ID, INVALID_S_VALUE,
    INVALID_SIGNATURE_ORDER,
};
use crate::program::Refusal;

const LENGTH: usize = 65;

/// Whether `attestation` is one signature of each of `signature_threshold`
/// enabled attesters over `message`, in ascending order of their addresses.
///
/// # Errors
/// The transmitter's refusal if it is not.
pub fn verify(transmitter: &MessageTransmitter, message: &[u8], attestation: &[u8]) -> Result<(), Refusal> {
    if attestation.len() != LENGTH * transmitter.signature_threshold as usize {
        return Err(INVALID_ATTESTATION_LENGTH);
    }
    let digest = keccak256(message);
    let mut last = Pubkey::default();
    for signature in attestation.chunks(LENGTH) {
        let attester = recover(digest.as_slice(), signature)?;
        if attester <= last {
            return Err(INVALID_SIGNATURE_ORDER);
        }
        if !transmitter.enabled_attesters.contains(&attester) {
            return Err(INVALID_ATTESTER_SIGNATURE);
        }
        last = attester;
    }
    Ok(())
}

/// The address that signed, padded to 32 bytes.
fn recover(digest: &[u8], signature: &[u8]) -> Result<Pubkey, Refusal> {
    let (signature, v) = signature.split_at(LENGTH - 1);
    let id = v[0].checked_sub(27).and_then(RecoveryId::from_byte).ok_or(INVALID_RECOVERY_ID)?;
    let signature = Signature::from_slice(signature).map_err(|_| INVALID_ATTESTER_SIGNATURE)?;
    if signature.normalize_s().is_some() {
        return Err(INVALID_S_VALUE);
    }
    let key =
        VerifyingKey::recover_from_prehash(digest, &signature, id).map_err(|_| INVALID_ATTESTER_SIGNATURE)?;
    let point = key.to_encoded_point(false);
    let mut address = keccak256(&point.as_bytes()[1..]).0;
    address[..12].fill(0);
    Ok(address.into())
}
