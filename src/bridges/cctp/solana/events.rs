//! Events of the programs. They are written as calls of a program to itself, not as log lines.

use alloy::primitives::B256;
use solana_address::Address;
use solana_instruction::Instruction;

use super::{SolanaEnd, word};
use crate::chains::solana::account::Fields;
use crate::domain::Domain;

/// What such a call's data begins with (`EVENT_IX_TAG` of Anchor, little-endian).
pub const EVENT_TAG: [u8; 8] = [0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d];
/// Discriminator of `DepositForBurn`.
pub const DEPOSIT_FOR_BURN: [u8; 8] = [0x90, 0xfc, 0x91, 0x92, 0x06, 0x4a, 0xa7, 0xeb];
/// Discriminator of `MintAndWithdraw`.
pub const MINT_AND_WITHDRAW: [u8; 8] = [0x4b, 0x43, 0xe5, 0x46, 0xa2, 0x7e, 0x00, 0x47];

/// What a mint paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// Token account paid.
    pub recipient: Address,
    /// Base units it got.
    pub amount: u64,
    /// Mint.
    pub mint: Address,
    /// Base units Circle kept.
    pub fee: u64,
}

/// What a burn announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burnt {
    /// Mint burnt.
    pub mint: Address,
    /// Base units.
    pub amount: u64,
    /// Who burnt.
    pub owner: Address,
    /// Who receives the mint.
    pub mint_recipient: B256,
    /// Domain of the mint.
    pub destination: Domain,
    /// Most the bridge may keep.
    pub max_fee: u64,
}

impl SolanaEnd {
    /// The fields of an event of TokenMessengerMinter, if `instruction` is one. Only the program
    /// itself can sign with its event authority.
    fn event<'a>(&self, instruction: &'a Instruction, discriminator: [u8; 8]) -> Option<Fields<'a>> {
        let authority = self.programs.messenger_event_authority();
        let is_own = instruction.program_id == self.programs.token_messenger_minter
            && instruction.accounts.first().is_some_and(|meta| meta.pubkey == authority);
        let mut fields = Fields::new(&instruction.data);
        let is_event = fields.array::<8>()? == EVENT_TAG && fields.array::<8>()? == discriminator;
        (is_own && is_event).then_some(fields)
    }

    /// `MintAndWithdraw`, if `instruction` is one.
    pub fn paid(&self, instruction: &Instruction) -> Option<Paid> {
        let mut fields = self.event(instruction, MINT_AND_WITHDRAW)?;
        let paid = Paid {
            recipient: fields.address()?,
            amount: fields.u64()?,
            mint: fields.address()?,
            fee: fields.u64()?,
        };
        fields.rest().is_empty().then_some(paid)
    }

    /// `DepositForBurn`, if `instruction` is one of a burn without hook data.
    pub fn burnt(&self, instruction: &Instruction) -> Option<Burnt> {
        let mut fields = self.event(instruction, DEPOSIT_FOR_BURN)?;
        let (mint, amount, owner) = (fields.address()?, fields.u64()?, fields.address()?);
        let (mint_recipient, destination) = (word(&fields.address()?), Domain(fields.u32()?));
        let (_messenger, _caller) = (fields.address()?, fields.address()?);
        let (max_fee, _threshold, hook) = (fields.u64()?, fields.u32()?, fields.bytes()?);
        let burnt = Burnt { mint, amount, owner, mint_recipient, destination, max_fee };
        (hook.is_empty() && fields.rest().is_empty()).then_some(burnt)
    }
}
