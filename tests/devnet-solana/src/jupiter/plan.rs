//! The instructions of a swap, honest or tampered with.

use solana_instruction::{AccountMeta, Instruction};
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;

use super::quote::Quote;
use super::settings::Tamper;
use crate::client::compute_price;
use crate::ids::{FOREIGN_PROGRAM, STRANGER, named};
use crate::pool::aggregator::{HIDDEN, KIND_AT, Parties, route_instruction};
use crate::pool::{pooled_mint, table};
use crate::token::Mint;

/// Basis points of the whole.
const WHOLE_BPS: u128 = 10_000;

/// The instructions of a swap, in their order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the quote promises.
    pub promised: u64,
    /// The price of compute units.
    pub price: Instruction,
    /// What must exist first.
    pub setup: Vec<Instruction>,
    /// The swap.
    pub swap: Instruction,
    /// Whatever else is in it.
    pub other: Vec<Instruction>,
    /// The lookup table it uses.
    pub table: AddressLookupTableAccount,
}

/// Who takes part in a swap.
#[derive(Debug, Clone, Copy)]
pub struct People {
    /// Who swaps.
    pub taker: Pubkey,
    /// Who pays fees and rent.
    pub payer: Pubkey,
    /// The wallet that gets the output, if it is not the taker.
    pub receiver: Option<Pubkey>,
    /// The token account that gets the output, if it is not an associated one.
    pub account: Option<Pubkey>,
}

/// `SetAuthority` of the account's owner.
fn hand_over(mint: &Mint, account: &Pubkey, owner: &Pubkey, to: &Pubkey) -> Instruction {
    let accounts = vec![AccountMeta::new(*account, false), AccountMeta::new_readonly(*owner, true)];
    Instruction { program_id: mint.program, accounts, data: [&[6, 2, 1][..], to.as_ref()].concat() }
}

/// `Approve` of everything.
fn approve(mint: &Mint, account: &Pubkey, owner: &Pubkey, delegate: &Pubkey) -> Instruction {
    let accounts = vec![
        AccountMeta::new(*account, false),
        AccountMeta::new_readonly(*delegate, false),
        AccountMeta::new_readonly(*owner, true),
    ];
    Instruction { program_id: mint.program, accounts, data: [&[4][..], &u64::MAX.to_le_bytes()].concat() }
}

/// The swap that `quote` stands for; `None` if a mint is in no pool.
pub fn plan(quote: &Quote, people: &People, price: u64, tamper: Option<Tamper>) -> Option<Plan> {
    let (input, output) = (pooled_mint(&quote.wish.input)?, pooled_mint(&quote.wish.output)?);
    let (taker, payer) = (&people.taker, &people.payer);
    let source = input.ata(taker);
    let mut setup = vec![output.create_ata(payer, taker)];
    let mut other = Vec::new();
    let mut destination = people.account;
    if let Some(receiver) = &people.receiver {
        setup.push(output.create_ata(payer, receiver));
        destination = Some(output.ata(receiver));
    }
    let (mut micro_lamports, mut promised) = (price, quote.paid);
    let mut table = table();
    match tamper {
        None | Some(Tamper::NullTransaction | Tamper::EmptyTransaction | Tamper::HiddenApproval) => {}
        Some(Tamper::MissingTable) => table.key = named("no lookup table"),
        Some(Tamper::ForeignProgram) => other.push(Instruction {
            program_id: FOREIGN_PROGRAM,
            accounts: vec![AccountMeta::new_readonly(*taker, true)],
            data: vec![1],
        }),
        Some(Tamper::SetAuthority) => other.push(hand_over(&input, &source, taker, &STRANGER)),
        Some(Tamper::Approve) => other.push(approve(&input, &source, taker, &STRANGER)),
        Some(Tamper::OtherRecipient) => {
            setup.push(output.create_ata(payer, &STRANGER));
            destination = Some(output.ata(&STRANGER));
        }
        Some(Tamper::SpikedPrice(spiked)) => micro_lamports = spiked,
        Some(Tamper::WorseOutput(bps)) => {
            let more = u128::from(quote.paid) * (WHOLE_BPS + u128::from(bps)) / WHOLE_BPS;
            promised = u64::try_from(more).unwrap_or(u64::MAX);
        }
    }
    let parties = Parties {
        taker: *taker,
        source,
        own: output.ata(taker),
        other: destination,
        input_mint: input.address,
        output_mint: output.address,
    };
    // A quote that promises too much still asks the chain for the true output.
    let mut swap = route_instruction(
        (&quote.address, &quote.pool),
        &parties,
        quote.wish.amount,
        quote.paid,
        quote.wish.slippage_bps,
    )?;
    if tamper == Some(Tamper::HiddenApproval) {
        swap.data[KIND_AT] = HIDDEN;
        swap.accounts.push(AccountMeta::new_readonly(STRANGER, false));
    }
    Some(Plan { promised, price: compute_price(micro_lamports), setup, swap, other, table })
}
