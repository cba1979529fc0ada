//! What a step wants of Jupiter, and whether a transaction is exactly that.

use solana_address::Address;

use super::client::Exchange;
use super::refusal::Refusal;
use super::reply::WHOLE_BPS;
use super::route::Route;
use crate::chains::solana::associated::associated_account;
use crate::chains::solana::effects::{Effect, effect};
use crate::chains::solana::fees::{ComputeBudget, MAX_COMPUTE_UNITS, fee_lamports};
use crate::chains::solana::resolved::Resolved;

/// What a step wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// Who sells, pays and receives.
    pub wallet: Address,
    /// Mint sold.
    pub mint_in: Address,
    /// Its token program.
    pub token_program_in: Address,
    /// Mint bought.
    pub mint_out: Address,
    /// Its token program.
    pub token_program_out: Address,
    /// Base units sold.
    pub amount_in: u64,
    /// Fewest base units accepted.
    pub min_out: u64,
    /// The pinned aggregator.
    pub program: Address,
}

/// Under which terms a transaction is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whether others may have to sign as well: a market maker of an order that Jupiter lands.
    pub cosigners: bool,
    /// Most lamports of priority fee.
    pub max_priority_lamports: u64,
}

/// A transaction that is exactly what was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The swap.
    pub route: Route,
    /// What it asks of the scheduler. Without a limit of its own, the most there is.
    pub budget: ComputeBudget,
    /// Lamports of its fee: every signature, and the priority.
    pub fee_lamports: u64,
    /// Associated accounts of the wallet that it creates where they are missing.
    pub creates: Vec<Address>,
}

impl Intent {
    /// Tokens and amount.
    pub const fn exchange(&self) -> Exchange {
        Exchange { mint_in: self.mint_in, mint_out: self.mint_out, amount_in: self.amount_in }
    }

    /// The wallet's account that is sold from.
    pub fn source(&self) -> Address {
        associated_account(&self.wallet, &self.mint_in, &self.token_program_in)
    }

    /// The wallet's account that receives.
    pub fn destination(&self) -> Address {
        associated_account(&self.wallet, &self.mint_out, &self.token_program_out)
    }

    /// The slippage that makes of `quoted` no less than the least accepted, in basis points, and never
    /// more than `most_bps`; `None` when the quote itself is below it.
    pub fn slippage_bps(&self, quoted: u64, most_bps: u16) -> Option<u16> {
        let spare = u128::from(quoted.checked_sub(self.min_out)?);
        let bps = spare.checked_mul(u128::from(WHOLE_BPS))?.checked_div(u128::from(quoted))?;
        Some(u16::try_from(bps).unwrap_or(u16::MAX).min(most_bps))
    }

    /// What `transaction` is, when it is exactly what was wanted: one swap of the pinned program, and
    /// beside it only the compute budget and the wallet's own two accounts.
    ///
    /// # Errors
    /// [`Refusal`] says what differs.
    pub fn judge(&self, transaction: &Resolved, terms: &Terms) -> Result<Accepted, Refusal> {
        if transaction.payer != self.wallet {
            return Err(Refusal::Payer(transaction.payer));
        }
        if let Some(other) = transaction.signers.iter().find(|signer| **signer != self.wallet)
            && !terms.cosigners
        {
            return Err(Refusal::Signer(*other));
        }
        let ours = Places { source: self.source(), destination: self.destination() };
        let mut found = Found::default();
        for instruction in &transaction.instructions {
            if instruction.program_id == self.program {
                let route = Route::decode(instruction)?;
                self.accept_route(&route, &ours)?;
                once(&mut found.route, route, "swaps")?;
                continue;
            }
            match effect(instruction) {
                Effect::ComputeLimit { units } => once(&mut found.limit, units, "limits its compute units")?,
                Effect::ComputePrice { micro_lamports } => {
                    once(&mut found.price, micro_lamports, "prices its compute units")?;
                }
                Effect::RuntimeBound { bytes } => once(&mut found.bound, bytes, "asks for a runtime bound")?,
                // The account is derived from owner, mint and program.
                Effect::CreateAssociatedAccount { payer, account, owner, idempotent, .. } => {
                    let is_ours = account == ours.source || account == ours.destination;
                    if !is_ours || !idempotent || payer != self.wallet || owner != self.wallet {
                        return Err(Refusal::Beside { does: "creates another account", account });
                    }
                    if found.creates.contains(&account) {
                        return Err(Refusal::Repeated("creates an account"));
                    }
                    found.creates.push(account);
                }
                other => return Err(self.beside(&other)),
            }
        }
        let budget = ComputeBudget {
            limit: found.limit.unwrap_or(MAX_COMPUTE_UNITS),
            price: found.price.unwrap_or(0),
        };
        let (lamports, most) = (budget.priority_lamports(), terms.max_priority_lamports);
        if lamports > most {
            return Err(Refusal::Price { lamports, most });
        }
        let signatures = u8::try_from(transaction.signers.len()).unwrap_or(u8::MAX);
        Ok(Accepted {
            route: found.route.ok_or(Refusal::NoSwap)?,
            budget,
            fee_lamports: fee_lamports(signatures, budget).unwrap_or(u64::MAX),
            creates: found.creates,
        })
    }

    fn accept_route(&self, route: &Route, ours: &Places) -> Result<(), Refusal> {
        let mints = [(route.mint_in.unwrap_or(self.mint_in), self.mint_in), (route.mint_out, self.mint_out)];
        for (found, wanted) in mints {
            if found != wanted {
                return Err(Refusal::Mint { found, wanted });
            }
        }
        if self.mint_in == self.mint_out {
            return Err(Refusal::Mint { found: self.mint_out, wanted: self.mint_in });
        }
        if let Some((sold, bought)) = route.token_programs {
            for (found, wanted) in [(sold, self.token_program_in), (bought, self.token_program_out)] {
                if found != wanted {
                    return Err(Refusal::TokenProgram { found, wanted });
                }
            }
        }
        for (found, wanted) in [(route.authority, self.wallet), (route.source, ours.source)] {
            if found != wanted {
                return Err(Refusal::Source { found, wanted });
            }
        }
        let wanted = ours.destination;
        for found in [route.destination, route.own_destination] {
            if found != wanted {
                return Err(Refusal::Destination { found, wanted });
            }
        }
        if route.amount_in != self.amount_in {
            return Err(Refusal::Amount { found: route.amount_in.into(), wanted: self.amount_in });
        }
        let floor = route.floor();
        if floor == 0 || floor < self.min_out {
            return Err(Refusal::MinimumOut { found: floor.into(), wanted: self.min_out });
        }
        Ok(())
    }

    /// Why an effect has no place in a swap.
    fn beside(&self, effect: &Effect) -> Refusal {
        let (does, account) = match effect {
            Effect::AdvanceNonce { nonce, .. } => ("would never expire", *nonce),
            Effect::PayLamports { to, .. } => ("pays lamports", *to),
            Effect::CreateAccount { account, .. } | Effect::CreateAssociatedAccount { account, .. } => {
                ("creates another account", *account)
            }
            Effect::TransferTokens { to, .. } => ("moves tokens", *to),
            Effect::BurnTokens { account, .. } => ("destroys tokens", *account),
            Effect::ApproveTokens { delegate, .. } => ("lets somebody else spend", *delegate),
            Effect::RevokeApproval { account, .. } => ("takes an approval back", *account),
            Effect::SetAuthority { account, .. } => ("gives a right away", *account),
            Effect::CloseAccount { account, .. } => ("closes an account", *account),
            Effect::SyncNative { account } => ("wraps lamports", *account),
            Effect::ComputeLimit { .. } | Effect::ComputePrice { .. } | Effect::RuntimeBound { .. } => {
                return Refusal::Repeated("asks for a compute budget");
            }
            Effect::Unknown(instruction) => {
                return Refusal::Program { found: instruction.program_id, pinned: self.program };
            }
        };
        Refusal::Beside { does, account }
    }
}

/// The wallet's two accounts.
struct Places {
    source: Address,
    destination: Address,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    route: Option<Route>,
    limit: Option<u32>,
    price: Option<u64>,
    bound: Option<u32>,
    creates: Vec<Address>,
}

fn once<T>(place: &mut Option<T>, value: T, does: &'static str) -> Result<(), Refusal> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Refusal::Repeated(does)),
    }
}
