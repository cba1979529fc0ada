//! The aggregator at Jupiter's program id: one route through one pool, and a
//! program that no client has reason to call.

use borsh::{BorshDeserialize, BorshSerialize};
use solana_instruction::{AccountMeta, Instruction};
use solana_program_runtime::declare_process_instruction;
use solana_program_runtime::invoke_context::InvokeContext;
use solana_pubkey::Pubkey;

use super::Pool;
use super::math::threshold;
use super::program::{Swap, instruction};
use crate::cctp::pda::event_authority;
use crate::ids::{JUPITER, POOL_PROGRAM, TOKEN};
use crate::program::{Call, Outcome, RAW_CONSTRAINT, UNREADABLE_ACCOUNT, discriminator};
use crate::token::Holding;

const ROUTE_UNITS: u64 = 30_000;
const EVENT_UNITS: u64 = 1_000;
/// Accounts of the route before those of the pool.
const HEAD: usize = 9;

/// A kind of pool that does something else on the side: the last account may spend the source afterwards.
pub const HIDDEN: u8 = 30;
/// Where an instruction has the kind of its first step: after the discriminator and the number of steps.
pub const KIND_AT: usize = 12;

crate::refusals! {
    SLIPPAGE_EXCEEDED = 6001 "SlippageToleranceExceeded" "Slippage tolerance exceeded";
}

declare_process_instruction!(Aggregator, 0, |context| { run(context) });
declare_process_instruction!(Foreign, 1_000, |context| { Call::new(context).map(|_| ()) });

/// One step of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Step {
    /// Which kind of pool; the network has one kind.
    pub swap: u8,
    /// Of the input, in per cent.
    pub percent: u8,
    /// Which token goes in.
    pub input_index: u8,
    /// Which token comes out.
    pub output_index: u8,
}

/// Parameters of `route`.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Route {
    /// The steps: here always one.
    pub plan: Vec<Step>,
    /// Minor units that go in.
    pub in_amount: u64,
    /// What the quote promised.
    pub quoted_out_amount: u64,
    /// How much less is taken.
    pub slippage_bps: u16,
    /// The aggregator's share: here always zero.
    pub platform_fee_bps: u8,
}

#[derive(BorshSerialize)]
struct SwapEvent {
    amm: Pubkey,
    input_mint: Pubkey,
    input_amount: u64,
    output_mint: Pubkey,
    output_amount: u64,
}

fn run(context: &mut InvokeContext) -> Outcome {
    let mut call = Call::new(context)?;
    if call.is_event()? {
        return call.charge(EVENT_UNITS);
    }
    call.dispatch(&[("route", "Route", route)])
}

fn holding(call: &Call, index: usize) -> Outcome<Holding> {
    let stored = call.stored(index)?;
    Holding::parse(&stored.owner, &stored.data).map_or_else(|| call.refuse(UNREADABLE_ACCOUNT), Ok)
}

/// Accounts: token program, authority, source, the authority's destination,
/// another destination or this program, destination mint, fee account or this
/// program, event authority, this program; pool program, pool, vault for the
/// input, vault for the output.
fn route(call: &mut Call) -> Outcome {
    call.charge(ROUTE_UNITS)?;
    let route: Route = call.parameters()?;
    call.require_accounts(HEAD + 4)?;
    call.require_signer(1)?;
    let whole = matches!(route.plan[..], [Step { percent: 100, .. }]) && route.platform_fee_bps == 0;
    call.require(whole, RAW_CONSTRAINT)?;
    call.require_program(HEAD, &POOL_PROGRAM)?;
    let destination = if call.key(4) == call.program { 3 } else { 4 };
    let (source, before) = (holding(call, 2)?, holding(call, destination)?);
    call.require(before.mint == call.key(5), RAW_CONSTRAINT)?;
    let accounts = vec![
        AccountMeta::new_readonly(call.key(1), true),
        AccountMeta::new_readonly(call.key(HEAD + 1), false),
        AccountMeta::new(call.key(2), false),
        AccountMeta::new(call.key(destination), false),
        AccountMeta::new(call.key(HEAD + 2), false),
        AccountMeta::new(call.key(HEAD + 3), false),
        AccountMeta::new_readonly(call.key(0), false),
    ];
    let swap = Swap { amount: route.in_amount, min_out: 0 };
    let mut data = discriminator("global", "swap").to_vec();
    data.extend(borsh::to_vec(&swap).expect("writing to memory does not fail"));
    call.invoke(Instruction { program_id: POOL_PROGRAM, accounts, data }, &[])?;
    if route.plan[0].swap == HIDDEN {
        hidden_approval(call)?;
    }
    let paid = holding(call, destination)?.amount - before.amount;
    call.require(paid >= threshold(route.quoted_out_amount, route.slippage_bps), SLIPPAGE_EXCEEDED)?;
    let event = SwapEvent {
        amm: call.key(HEAD + 1),
        input_mint: source.mint,
        input_amount: route.in_amount,
        output_mint: before.mint,
        output_amount: paid,
    };
    call.emit(7, "SwapEvent", &event)
}

/// `Approve` of everything, by the authority's signature.
fn hidden_approval(call: &mut Call) -> Outcome {
    let accounts = vec![
        AccountMeta::new(call.key(2), false),
        AccountMeta::new_readonly(call.key(call.count() - 1), false),
        AccountMeta::new_readonly(call.key(1), true),
    ];
    let data = [&[4][..], &u64::MAX.to_le_bytes()].concat();
    call.invoke(Instruction { program_id: call.key(0), accounts, data }, &[])
}

/// Who swaps what, and who gets it.
#[derive(Debug, Clone, Copy)]
pub struct Parties {
    /// Who owns the source and signs.
    pub taker: Pubkey,
    /// The taker's account of the input.
    pub source: Pubkey,
    /// The taker's account of the output.
    pub own: Pubkey,
    /// Another account of the output.
    pub other: Option<Pubkey>,
    /// The input.
    pub input_mint: Pubkey,
    /// The output.
    pub output_mint: Pubkey,
}

/// A route through one pool; `None` if the pool does not hold the input.
pub fn route_instruction(
    pool: (&Pubkey, &Pool),
    parties: &Parties,
    amount: u64,
    quoted: u64,
    slippage_bps: u16,
) -> Option<Instruction> {
    let swap = Swap { amount, min_out: 0 };
    let (taker, source) = (&parties.taker, &parties.source);
    let inner = instruction(pool, &parties.input_mint, taker, source, &parties.own, swap)?;
    let mut accounts = vec![
        AccountMeta::new_readonly(TOKEN, false),
        AccountMeta::new_readonly(parties.taker, true),
        AccountMeta::new(parties.source, false),
        AccountMeta::new(parties.own, false),
        match parties.other {
            Some(other) => AccountMeta::new(other, false),
            None => AccountMeta::new_readonly(JUPITER, false),
        },
        AccountMeta::new_readonly(parties.output_mint, false),
        AccountMeta::new_readonly(JUPITER, false),
        AccountMeta::new_readonly(event_authority(&JUPITER), false),
        AccountMeta::new_readonly(JUPITER, false),
        AccountMeta::new_readonly(POOL_PROGRAM, false),
    ];
    accounts.extend([inner.accounts[1].clone(), inner.accounts[4].clone(), inner.accounts[5].clone()]);
    let route = Route {
        plan: vec![Step { swap: 0, percent: 100, input_index: 0, output_index: 1 }],
        in_amount: amount,
        quoted_out_amount: quoted,
        slippage_bps,
        platform_fee_bps: 0,
    };
    let mut data = discriminator("global", "route").to_vec();
    data.extend(borsh::to_vec(&route).expect("writing to memory does not fail"));
    Some(Instruction { program_id: JUPITER, accounts, data })
}
