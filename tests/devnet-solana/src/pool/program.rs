//! The pool program: swaps an exact input.

use borsh::{BorshDeserialize, BorshSerialize};
use solana_instruction::{AccountMeta, Instruction};
use solana_program_runtime::declare_process_instruction;
use solana_program_runtime::invoke_context::InvokeContext;
use solana_pubkey::Pubkey;

use super::math::output;
use super::{Pool, pool_address};
use crate::ids::{POOL_PROGRAM, TOKEN};
use crate::program::{Call, Outcome, RAW_CONSTRAINT, UNREADABLE_ACCOUNT, WRONG_SEEDS, discriminator};
use crate::token::{Holding, transfer};

const SWAP_UNITS: u64 = 25_000;

crate::refusals! {
    TOO_LITTLE = 6000 "OutputBelowMinimum" "The pool pays less than the least asked for";
    NOTHING_TO_SWAP = 6001 "NothingToSwap" "The amount is zero";
    OUT_OF_RANGE = 6002 "OutOfRange" "The output cannot be counted";
}

declare_process_instruction!(Pools, 0, |context| { run(context) });

/// Parameters of `swap`.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub struct Swap {
    /// Minor units that go in.
    pub amount: u64,
    /// The least that must come out.
    pub min_out: u64,
}

fn run(context: &mut InvokeContext) -> Outcome {
    let mut call = Call::new(context)?;
    call.dispatch(&[("swap", "Swap", swap)])
}

fn holding(call: &Call, index: usize) -> Outcome<Holding> {
    let stored = call.stored(index)?;
    let found = Holding::parse(&stored.owner, &stored.data).filter(|_| stored.owner == TOKEN);
    found.map_or_else(|| call.refuse(UNREADABLE_ACCOUNT), Ok)
}

/// Accounts: owner, pool, source, destination, the pool's vault for the input
/// and for the output, token program.
fn swap(call: &mut Call) -> Outcome {
    call.charge(SWAP_UNITS)?;
    let swap: Swap = call.parameters()?;
    call.require_accounts(7)?;
    call.require_signer(0)?;
    let pool: Pool = call.load(1)?;
    let (address, bump) = pool_address(&pool.name);
    call.require(address == call.key(1), WRONG_SEEDS)?;
    let (vault_in, vault_out) = (holding(call, 4)?, holding(call, 5)?);
    let vaults = pool.vaults(&vault_in.mint);
    call.require(vaults == Some((call.key(4), call.key(5))), RAW_CONSTRAINT)?;
    call.require_program(6, &TOKEN)?;
    call.require(swap.amount > 0, NOTHING_TO_SWAP)?;
    let paid = output(vault_in.amount, vault_out.amount, swap.amount, pool.fee_bps);
    let Some(paid) = paid else { return call.refuse(OUT_OF_RANGE) };
    call.require(paid >= swap.min_out, TOO_LITTLE)?;
    call.invoke(transfer(&call.key(2), &call.key(4), &call.key(0), swap.amount), &[])?;
    let seeds: &[&[u8]] = &[b"pool", pool.name.as_bytes(), &[bump]];
    call.invoke(transfer(&call.key(5), &call.key(3), &address, paid), &[seeds])
}

/// A swap of `owner` that takes tokens of `mint`; `None` if the pool has none.
pub fn instruction(
    pool: (&Pubkey, &Pool),
    mint: &Pubkey,
    owner: &Pubkey,
    source: &Pubkey,
    destination: &Pubkey,
    swap: Swap,
) -> Option<Instruction> {
    let (vault_in, vault_out) = pool.1.vaults(mint)?;
    let accounts = vec![
        AccountMeta::new_readonly(*owner, true),
        AccountMeta::new_readonly(*pool.0, false),
        AccountMeta::new(*source, false),
        AccountMeta::new(*destination, false),
        AccountMeta::new(vault_in, false),
        AccountMeta::new(vault_out, false),
        AccountMeta::new_readonly(TOKEN, false),
    ];
    let mut data = discriminator("global", "swap").to_vec();
    data.extend(borsh::to_vec(&swap).expect("writing to memory does not fail"));
    Some(Instruction { program_id: POOL_PROGRAM, accounts, data })
}
