//! The attesters: two fixed keys, threshold two.

use alloy::primitives::{Address, B256, Bytes, address, b256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;

use super::message::Message;

/// Attester keys, in ascending order of their addresses. They guard nothing.
const KEYS: [B256; 2] = [
    b256!("a77e57e400000000000000000000000000000000000000000000000000000001"),
    b256!("a77e57e400000000000000000000000000000000000000000000000000000002"),
];

/// Keys that no chain enables.
const STRANGERS: [B256; 2] = [
    b256!("57a4be2000000000000000000000000000000000000000000000000000000001"),
    b256!("57a4be2000000000000000000000000000000000000000000000000000000002"),
];

/// The attesters every chain must enable, ascending: the addresses of [`KEYS`].
pub const ATTESTERS: [Address; 2] = [
    address!("05daaa8f4103746ea608c02d19010d99523ec25f"),
    address!("2cfedfe42036b6831867f04aa9da0475fe96cb54"),
];

/// Signatures an attestation needs.
pub const SIGNATURE_THRESHOLD: u32 = 2;

/// Which keys sign, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// As the contract demands: enabled attesters, ascending.
    Honest,
    /// By keys that are no attesters.
    Strangers,
    /// By the attesters, descending.
    Descending,
    /// By the first attester only.
    Alone,
    /// By the first attester, twice.
    Twice,
}

/// The signers in ascending order of address.
fn signers(keys: [B256; 2]) -> [PrivateKeySigner; 2] {
    let mut signers = keys.map(|key| PrivateKeySigner::from_bytes(&key).expect("the fixed keys are valid"));
    signers.sort_by_key(PrivateKeySigner::address);
    signers
}

/// The attestation of `message`: signatures of 65 bytes, `v` 27 or 28.
pub fn attest(message: &Message, signing: Signing) -> Bytes {
    let [low, high] = signers(match signing {
        Signing::Strangers => STRANGERS,
        Signing::Honest | Signing::Descending | Signing::Alone | Signing::Twice => KEYS,
    });
    let order = match signing {
        Signing::Honest | Signing::Strangers => vec![&low, &high],
        Signing::Descending => vec![&high, &low],
        Signing::Alone => vec![&low],
        Signing::Twice => vec![&low, &low],
    };
    let digest = message.digest();
    order
        .into_iter()
        .flat_map(|signer| signer.sign_hash_sync(&digest).expect("a local key signs any hash").as_bytes())
        .collect::<Vec<u8>>()
        .into()
}

/// The attesters' uncompressed public keys as hex.
pub fn public_keys() -> [String; 2] {
    signers(KEYS).map(|signer| format!("0x04{}", hex::encode(signer.public_key())))
}

/// The attesters' addresses, derived from their keys, ascending.
pub fn attesters() -> [Address; 2] {
    signers(KEYS).map(|signer| signer.address())
}
