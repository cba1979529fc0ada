//! From the instructions of a transaction on Solana to their effects, for policy. What is not
//! recognised to the last byte is told in words, and denied.

use crate::bridges::cctp::solana::effects::bridge_effect;
use crate::bridges::cctp::solana::{BridgeEffect, SolanaEnd, key};
use crate::chains::solana::effects::{Effect, effect};
use crate::chains::solana::resolved::Resolved;
use crate::chains::solana::{Address, Instruction};
use crate::policy::{Rule, SolanaEffect};
use crate::venues::jupiter::{Refusal, Route};

/// What every instruction of `transaction` does, in order. `end` is that of a transfer's token, where
/// CCTP is meant; `aggregator` the program that swaps, where one is.
pub fn solana_effects(
    end: Option<&SolanaEnd>,
    aggregator: Option<Address>,
    transaction: &Resolved,
) -> Vec<SolanaEffect> {
    let one = |instruction: &Instruction| {
        if aggregator == Some(instruction.program_id) {
            return swapping(transaction.payer, instruction);
        }
        match end {
            Some(end) => bridging(bridge_effect(end, instruction)),
            None => plain(effect(instruction)),
        }
    };
    transaction.instructions.iter().map(one).collect()
}

fn swapping(payer: Address, instruction: &Instruction) -> SolanaEffect {
    let route = match Route::decode(instruction) {
        Ok(route) => route,
        Err(error) => return SolanaEffect::Other(error.to_string()),
    };
    if route.authority != payer {
        return SolanaEffect::Other(format!("a swap on the word of {}", route.authority));
    }
    if route.destination != route.own_destination {
        return SolanaEffect::Other(format!("a swap that pays {}", route.destination));
    }
    SolanaEffect::Swap {
        program: route.program,
        source: route.source,
        destination: route.destination,
        amount_in: route.amount_in,
        min_out: route.floor(),
    }
}

fn bridging(effect: BridgeEffect) -> SolanaEffect {
    match effect {
        BridgeEffect::Burn(burn) => SolanaEffect::Burn {
            owner: burn.owner,
            rent_payer: burn.rent_payer,
            event: burn.event,
            amount: burn.amount,
            destination: burn.destination,
            mint_recipient: burn.mint_recipient,
            max_fee: burn.max_fee,
            min_finality_threshold: burn.min_finality_threshold,
        },
        BridgeEffect::Mint { payer, message, fee_account: _ } => SolanaEffect::Mint {
            payer,
            source: message.source_domain,
            recipient: key(message.mint_recipient),
            amount: message.amount,
            fee_executed: message.fee_executed,
        },
        BridgeEffect::Reclaim { payee, event: _ } => SolanaEffect::Reclaim { payee },
        BridgeEffect::Other(effect) => plain(effect),
    }
}

fn plain(effect: Effect) -> SolanaEffect {
    match effect {
        Effect::ComputeLimit { units } => SolanaEffect::ComputeLimit { units },
        Effect::ComputePrice { micro_lamports } => SolanaEffect::ComputePrice { micro_lamports },
        Effect::RuntimeBound { bytes } => SolanaEffect::RuntimeBound { bytes },
        Effect::CreateAssociatedAccount { payer, owner, mint, account: _, program: _, idempotent: true } => {
            SolanaEffect::CreateAccount { payer, owner, mint }
        }
        Effect::Unknown(instruction) => {
            SolanaEffect::Other(format!("a call of program {}", instruction.program_id))
        }
        other => SolanaEffect::Other(format!("{other:?}")),
    }
}

/// The rule that a refused reply breaks: the same words and counters as when policy finds it in the
/// signed bytes.
pub const fn rule_of(refusal: &Refusal) -> Rule {
    match refusal {
        Refusal::Payer(_) | Refusal::Signer(_) | Refusal::Program { .. } => Rule::Contract,
        Refusal::TokenProgram { .. } | Refusal::Source { .. } => Rule::Contract,
        Refusal::Beside { .. } | Refusal::Repeated(_) | Refusal::NoSwap | Refusal::Route(_) => Rule::Function,
        Refusal::Changed { .. } | Refusal::Unwatched(_) => Rule::Function,
        Refusal::Price { .. } | Refusal::Lamports { .. } => Rule::GasCap,
        Refusal::Mint { .. } => Rule::Token,
        Refusal::Destination { .. } => Rule::Recipient,
        Refusal::Amount { .. } => Rule::Amount,
        Refusal::MinimumOut { .. } => Rule::MinimumOut,
    }
}
