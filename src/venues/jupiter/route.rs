//! The aggregator's exact-in instructions, read strictly.
//!
//! Two generations are in use. In the newer one the amounts stand before the route plan, at fixed
//! places; in the older one behind it, so there the plan must be read step by step: whatever follows
//! what the program reads is ignored by it, and must not be what we judge. A kind of exchange whose
//! fields are not known makes the older form unreadable, and it is refused.

use solana_address::Address;
use solana_instruction::Instruction;

use super::reply::WHOLE_BPS;
use crate::chains::solana::account::Fields;

/// Most steps of a route.
const MAX_STEPS: u32 = 64;
/// Bytes of a step of the newer form, at least: kind, share, two indexes.
const MIN_STEP_V2: usize = 5;

/// Which instruction a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `route`.
    Route,
    /// `shared_accounts_route`.
    SharedAccountsRoute,
    /// `route_v2`.
    RouteV2,
    /// `shared_accounts_route_v2`.
    SharedAccountsRouteV2,
}

/// Why an instruction is not a route that can be judged. It must not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the aggregator's instruction cannot be judged ({0}); it must not be signed")]
pub struct RouteError(pub &'static str);

/// One swap through the aggregator. How it gets there is not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Which instruction.
    pub form: Form,
    /// Program called.
    pub program: Address,
    /// Who lets the source be taken from; signs.
    pub authority: Address,
    /// Token account that is sold from.
    pub source: Address,
    /// Token account that receives.
    pub destination: Address,
    /// The authority's own account for the mint bought; the destination, unless somebody else receives.
    pub own_destination: Address,
    /// Mint sold; `route` does not name it.
    pub mint_in: Option<Address>,
    /// Mint bought.
    pub mint_out: Address,
    /// Token programs of the two, where they are named.
    pub token_programs: Option<(Address, Address)>,
    /// Base units sold.
    pub amount_in: u64,
    /// Base units quoted.
    pub quoted_out: u64,
    /// How much less is accepted, basis points.
    pub slippage_bps: u16,
    /// What the platform takes, basis points.
    pub platform_fee_bps: u16,
    /// What is taken of an output above the quote, basis points.
    pub positive_slippage_bps: u16,
}

/// Where each form has what.
struct Layout {
    form: Form,
    discriminator: [u8; 8],
    /// Whether an id of the program's own accounts comes first.
    has_id: bool,
    authority: usize,
    source: usize,
    destination: usize,
    /// Another account that receives; the program itself when there is none.
    other_destination: Option<usize>,
    mint_in: Option<usize>,
    mint_out: usize,
    token_programs: Option<(usize, usize)>,
    program: usize,
}

/// Discriminators are `sha256("global:" ‖ name)[..8]`; accounts are in the order of the program's IDL.
const LAYOUTS: [Layout; 4] = [
    Layout {
        form: Form::Route,
        discriminator: [0xe5, 0x17, 0xcb, 0x97, 0x7a, 0xe3, 0xad, 0x2a],
        has_id: false,
        authority: 1,
        source: 2,
        destination: 3,
        other_destination: Some(4),
        mint_in: None,
        mint_out: 5,
        token_programs: None,
        program: 8,
    },
    Layout {
        form: Form::SharedAccountsRoute,
        discriminator: [0xc1, 0x20, 0x9b, 0x33, 0x41, 0xd6, 0x9c, 0x81],
        has_id: true,
        authority: 2,
        source: 3,
        destination: 6,
        other_destination: None,
        mint_in: Some(7),
        mint_out: 8,
        token_programs: None,
        program: 12,
    },
    Layout {
        form: Form::RouteV2,
        discriminator: [0xbb, 0x64, 0xfa, 0xcc, 0x31, 0xc4, 0xaf, 0x14],
        has_id: false,
        authority: 0,
        source: 1,
        destination: 2,
        other_destination: Some(7),
        mint_in: Some(3),
        mint_out: 4,
        token_programs: Some((5, 6)),
        program: 9,
    },
    Layout {
        form: Form::SharedAccountsRouteV2,
        discriminator: [0xd1, 0x98, 0x53, 0x93, 0x7c, 0xfe, 0xd8, 0xe9],
        has_id: true,
        authority: 1,
        source: 2,
        destination: 5,
        other_destination: None,
        mint_in: Some(6),
        mint_out: 7,
        token_programs: Some((8, 9)),
        program: 11,
    },
];

/// Bytes of fields behind the kind of exchange, by its number in the IDL's `Swap`.
const FIELD_BYTES: [u8; 96] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 0, // Saber … Lifinity
    0, 0, 1, 0, 0, 1, 1, 1, 1, 0, // Mercurial … Meteora
    0, 1, 0, 1, 1, 0, 0, 1, 1, 16, // GooseFX … Symmetry
    0, 0, 0, 4, 0, 0, 0, 0, 0, 1, // TokenSwapV2 … OpenBookV2
    0, 4, 3, 10, 5, 5, 0, VARIES, 0, 0, // RaydiumClmmV2 … PumpWrappedBuy
    0, 0, 0, 0, 0, 0, 0, 0, 1, 0, // PumpWrappedSell … FoxBuyFromEstimatedCost
    1, 1, 0, 0, 1, 0, 0, 0, 0, 0, // FoxClaimPartial … VirtualsBuy
    0, 2, 0, 0, 0, VARIES, 0, 0, 0, 0, // VirtualsSell … StabbleStableSwapV2
    0, 8, 8, 0, 0, 1, 2, 9, 0, 1, // StabbleWeightedSwapV2 … TesseraV
    0, 0, 0, 0, 1, 1, // PumpWrappedBuyV2 … SolFiV2
];
/// The fields have no fixed length.
const VARIES: u8 = u8::MAX;

/// The figures of a route.
struct Figures {
    amount_in: u64,
    quoted_out: u64,
    slippage_bps: u16,
    platform_fee_bps: u16,
    positive_slippage_bps: u16,
}

impl Route {
    /// Reads an instruction of the aggregator.
    ///
    /// # Errors
    /// [`RouteError`] for anything but an exact-in route whose figures are certain.
    pub fn decode(instruction: &Instruction) -> Result<Self, RouteError> {
        let refuse = |reason| RouteError(reason);
        let mut fields = Fields::new(&instruction.data);
        let discriminator = fields.array::<8>().ok_or(refuse("it has no name"))?;
        let layout = LAYOUTS.iter().find(|layout| layout.discriminator == discriminator);
        let layout = layout.ok_or(refuse("it is none of the exact-in routes"))?;
        if layout.has_id {
            fields.u8().ok_or(refuse("it ends too early"))?;
        }
        let figures = match layout.form {
            Form::Route | Form::SharedAccountsRoute => older(&mut fields)?,
            Form::RouteV2 | Form::SharedAccountsRouteV2 => newer(&mut fields)?,
        };
        let whole = [figures.slippage_bps, figures.platform_fee_bps, figures.positive_slippage_bps];
        if whole.iter().any(|bps| *bps > WHOLE_BPS) {
            return Err(refuse("a share is more than the whole"));
        }
        if figures.amount_in == 0 || figures.quoted_out == 0 {
            return Err(refuse("an amount is zero"));
        }
        let account = |index: usize| {
            let meta = instruction.accounts.get(index);
            meta.map(|meta| meta.pubkey).ok_or(refuse("accounts are missing"))
        };
        let program = instruction.program_id;
        if account(layout.program)? != program {
            return Err(refuse("its accounts are not in their order"));
        }
        let own_destination = account(layout.destination)?;
        let other = layout.other_destination.map(account).transpose()?;
        let destination = other.filter(|other| *other != program).unwrap_or(own_destination);
        let token_programs = match layout.token_programs {
            Some((sold, bought)) => Some((account(sold)?, account(bought)?)),
            None => None,
        };
        Ok(Self {
            form: layout.form,
            program,
            authority: account(layout.authority)?,
            source: account(layout.source)?,
            destination,
            own_destination,
            mint_in: layout.mint_in.map(account).transpose()?,
            mint_out: account(layout.mint_out)?,
            token_programs,
            amount_in: figures.amount_in,
            quoted_out: figures.quoted_out,
            slippage_bps: figures.slippage_bps,
            platform_fee_bps: figures.platform_fee_bps,
            positive_slippage_bps: figures.positive_slippage_bps,
        })
    }

    /// The fewest base units that can arrive: the quote less slippage and fees, each rounded down. The
    /// program rounds the slippage's limit up, so this is never more than it demands; a share of what
    /// comes above the quote is counted as if it were one of the whole.
    pub fn floor(&self) -> u64 {
        let shares = [self.slippage_bps, self.platform_fee_bps, self.positive_slippage_bps];
        shares.iter().fold(self.quoted_out, |amount, bps| less(amount, *bps))
    }
}

/// `⌊amount · (10,000 − bps) / 10,000⌋`.
pub(super) fn less(amount: u64, bps: u16) -> u64 {
    let kept = u128::from(amount).saturating_mul(u128::from(WHOLE_BPS.saturating_sub(bps)));
    u64::try_from(kept.div_euclid(u128::from(WHOLE_BPS))).unwrap_or(0)
}

/// Plan, amounts, slippage, fee; nothing behind them.
fn older(fields: &mut Fields<'_>) -> Result<Figures, RouteError> {
    const SHORT: RouteError = RouteError("it ends too early");
    let steps = fields.u32().filter(|steps| (1..=MAX_STEPS).contains(steps));
    for _ in 0..steps.ok_or(RouteError("its route has no steps, or too many"))? {
        let kind = usize::from(fields.u8().ok_or(SHORT)?);
        let length = FIELD_BYTES.get(kind).filter(|length| **length != VARIES);
        let length = length.ok_or(RouteError("its route uses a kind of exchange that is not known"))?;
        fields.take(usize::from(*length)).ok_or(SHORT)?;
        // Share, and the indexes of what goes in and comes out.
        fields.take(3).ok_or(SHORT)?;
    }
    let figures = Figures {
        amount_in: fields.u64().ok_or(SHORT)?,
        quoted_out: fields.u64().ok_or(SHORT)?,
        slippage_bps: fields.u16().ok_or(SHORT)?,
        platform_fee_bps: fields.u8().ok_or(SHORT)?.into(),
        positive_slippage_bps: 0,
    };
    if !fields.rest().is_empty() {
        return Err(RouteError("bytes follow its arguments"));
    }
    Ok(figures)
}

/// Amounts, slippage, fees, plan. The plan's steps are only counted: nothing behind them is judged.
fn newer(fields: &mut Fields<'_>) -> Result<Figures, RouteError> {
    const SHORT: RouteError = RouteError("it ends too early");
    let figures = Figures {
        amount_in: fields.u64().ok_or(SHORT)?,
        quoted_out: fields.u64().ok_or(SHORT)?,
        slippage_bps: fields.u16().ok_or(SHORT)?,
        platform_fee_bps: fields.u16().ok_or(SHORT)?,
        positive_slippage_bps: fields.u16().ok_or(SHORT)?,
    };
    let steps = fields.u32().filter(|steps| (1..=MAX_STEPS).contains(steps));
    let steps = steps.ok_or(RouteError("its route has no steps, or too many"))?;
    let least = usize::try_from(steps).unwrap_or(usize::MAX).saturating_mul(MIN_STEP_V2);
    if fields.rest().len() < least {
        return Err(SHORT);
    }
    Ok(figures)
}
