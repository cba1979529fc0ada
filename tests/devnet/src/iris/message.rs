//! The bytes of a CCTP V2 burn message (big-endian, fixed offsets).

use alloy::primitives::{B256, Bytes, U256, keccak256};

pub const DESTINATION_DOMAIN: usize = 8;
pub const NONCE: usize = 12;
pub const SENDER: usize = 44;
pub const RECIPIENT: usize = 76;
pub const DESTINATION_CALLER: usize = 108;
pub const MIN_FINALITY_THRESHOLD: usize = 140;
pub const FINALITY_THRESHOLD_EXECUTED: usize = 144;
pub const BODY: usize = 148;
pub const BURN_TOKEN: usize = BODY + 4;
pub const MINT_RECIPIENT: usize = BODY + 36;
pub const AMOUNT: usize = BODY + 68;
pub const MESSAGE_SENDER: usize = BODY + 100;
pub const MAX_FEE: usize = BODY + 132;
pub const FEE_EXECUTED: usize = BODY + 164;
pub const EXPIRATION_BLOCK: usize = BODY + 196;
pub const HOOK_DATA: usize = BODY + 228;

/// A burn message of at least 376 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(Vec<u8>);

impl Message {
    /// The message in these bytes, if they are long enough to hold one.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= HOOK_DATA).then(|| Self(bytes.to_vec()))
    }

    pub fn bytes(&self) -> Bytes {
        Bytes::copy_from_slice(&self.0)
    }

    /// Keccak-256 of the bytes: what attesters sign, with no prefix.
    pub fn digest(&self) -> B256 {
        keccak256(&self.0)
    }

    /// Everything from `offset` to the end.
    pub fn tail(&self, offset: usize) -> &[u8] {
        &self.0[offset..]
    }

    pub fn word(&self, offset: usize) -> B256 {
        B256::from_slice(&self.0[offset..offset + 32])
    }

    pub fn number(&self, offset: usize) -> U256 {
        self.word(offset).into()
    }

    pub fn short(&self, offset: usize) -> u32 {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.0[offset..offset + 4]);
        u32::from_be_bytes(bytes)
    }

    pub fn set_word(&mut self, offset: usize, word: B256) {
        self.0[offset..offset + 32].copy_from_slice(word.as_slice());
    }

    pub fn set_number(&mut self, offset: usize, number: U256) {
        self.set_word(offset, number.into());
    }

    pub fn set_short(&mut self, offset: usize, number: u32) {
        self.0[offset..offset + 4].copy_from_slice(&number.to_be_bytes());
    }
}
