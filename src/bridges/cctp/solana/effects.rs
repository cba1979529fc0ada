//! What a transaction does, CCTP included, read from its bytes.
//!
//! A CCTP instruction is recognised only when it is, account for account and byte for byte, the one
//! this program would build for the same arguments. Everything else stays unknown.

use alloy::primitives::{B256, Bytes};
use solana_address::Address;
use solana_instruction::Instruction;

use super::SolanaEnd;
use super::instructions::{Burn, Mint, discriminators};
use crate::bridges::cctp::message::Message;
use crate::chains::solana::account::Fields;
use crate::chains::solana::effects::{Effect, effect};
use crate::chains::solana::resolved::Resolved;
use crate::domain::Domain;

/// What one instruction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BridgeEffect {
    /// Burns tokens for a mint elsewhere.
    Burn(Burn),
    /// Pays an attested message out.
    Mint {
        /// Who pays fee and rent.
        payer: Address,
        /// What is paid out, and to whom.
        message: Message,
        /// Circle's token account for the fee.
        fee_account: Address,
    },
    /// Closes an event account and pays its rent back.
    Reclaim {
        /// Who gets the rent.
        payee: Address,
        /// The event account.
        event: Address,
    },
    /// Something that is not CCTP's, or not recognised.
    Other(Effect),
}

/// The effect of every instruction of `transaction`, in order.
pub fn bridge_effects(end: &SolanaEnd, transaction: &Resolved) -> Vec<BridgeEffect> {
    transaction.instructions.iter().map(|instruction| bridge_effect(end, instruction)).collect()
}

/// The effect of one instruction.
pub fn bridge_effect(end: &SolanaEnd, instruction: &Instruction) -> BridgeEffect {
    burn(end, instruction)
        .or_else(|| mint(end, instruction))
        .or_else(|| reclaim(end, instruction))
        .unwrap_or_else(|| BridgeEffect::Other(effect(instruction)))
}

fn account(instruction: &Instruction, index: usize) -> Option<Address> {
    instruction.accounts.get(index).map(|meta| meta.pubkey)
}

/// Whether `found` is `built`, with at least its signatures and rights to write. A transaction may
/// add such rights to an account because another instruction needs them.
fn is(found: &Instruction, built: &Instruction) -> bool {
    found.program_id == built.program_id
        && found.data == built.data
        && found.accounts.len() == built.accounts.len()
        && found.accounts.iter().zip(&built.accounts).all(|(found, built)| {
            found.pubkey == built.pubkey
                && (found.is_signer || !built.is_signer)
                && (found.is_writable || !built.is_writable)
        })
}

/// The fields behind the discriminator, if it is `expected`.
fn arguments(data: &[u8], expected: [u8; 8]) -> Option<Fields<'_>> {
    let mut fields = Fields::new(data);
    (fields.array::<8>()? == expected).then_some(fields)
}

fn burn(end: &SolanaEnd, instruction: &Instruction) -> Option<BridgeEffect> {
    let mut fields = arguments(&instruction.data, discriminators::DEPOSIT_FOR_BURN)?;
    let (amount, destination) = (fields.u64()?, Domain(fields.u32()?));
    let mint_recipient = B256::from(fields.array::<32>()?);
    let _destination_caller = fields.array::<32>()?;
    let (max_fee, min_finality_threshold) = (fields.u64()?, fields.u32()?);
    let burn = Burn {
        owner: account(instruction, 0)?,
        rent_payer: account(instruction, 1)?,
        event: account(instruction, 11)?,
        amount,
        destination,
        mint_recipient,
        max_fee,
        min_finality_threshold,
    };
    is(instruction, &end.burn(&burn)).then_some(BridgeEffect::Burn(burn))
}

fn mint(end: &SolanaEnd, instruction: &Instruction) -> Option<BridgeEffect> {
    let mut fields = arguments(&instruction.data, discriminators::RECEIVE_MESSAGE)?;
    let (bytes, attestation) = (fields.bytes()?, fields.bytes()?);
    let message = Message::decode(bytes).ok()?;
    let (payer, fee_account) = (account(instruction, 0)?, account(instruction, 14)?);
    let mint = Mint {
        payer,
        message: Bytes::copy_from_slice(bytes),
        attestation: Bytes::copy_from_slice(attestation),
        fee_account,
    };
    let built = end.mint(&mint, &message);
    is(instruction, &built).then_some(BridgeEffect::Mint { payer, message, fee_account })
}

fn reclaim(end: &SolanaEnd, instruction: &Instruction) -> Option<BridgeEffect> {
    let mut fields = arguments(&instruction.data, discriminators::RECLAIM_EVENT_ACCOUNT)?;
    let (attestation, attested) = (fields.bytes()?, fields.bytes()?);
    let (payee, event) = (account(instruction, 0)?, account(instruction, 2)?);
    let built = end.reclaim(&payee, &event, attested, attestation);
    is(instruction, &built).then_some(BridgeEffect::Reclaim { payee, event })
}
