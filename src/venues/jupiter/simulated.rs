//! What a swap's simulation must show.

use solana_address::Address;

use super::intent::{Accepted, Intent};
use super::refusal::Refusal;
use crate::chains::solana::resolved::Resolved;
use crate::chains::solana::simulate::Change;
use crate::chains::solana::token::TokenAccount;

/// What the swap would do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Base units that arrive.
    pub amount_out: u64,
    /// Lamports that leave the wallet: fee and rent.
    pub lamports: u64,
}

impl Intent {
    /// The accounts to watch while `transaction` is simulated: everything it may write to. The wallet
    /// and its two accounts come first.
    pub fn watched(&self, transaction: &Resolved) -> Vec<Address> {
        let mut watched = vec![self.wallet, self.source(), self.destination()];
        for meta in transaction.instructions.iter().flat_map(|instruction| &instruction.accounts) {
            if meta.is_writable && !watched.contains(&meta.pubkey) {
                watched.push(meta.pubkey);
            }
        }
        watched
    }

    /// What `changes` say, when they are what was wanted: exactly the amount leaves, at least the least
    /// arrives, lamports fall by no more than fee and rent, nobody else gets a right, and nothing else
    /// of the wallet's changes.
    ///
    /// # Errors
    /// [`Refusal`] says what differs.
    pub fn accept_simulation(&self, accepted: &Accepted, changes: &[Change]) -> Result<Outcome, Refusal> {
        let shown = |account: Address| {
            let change = changes.iter().find(|change| change.account == account);
            change.ok_or(Refusal::Unwatched(account))
        };
        let (source, destination) = (shown(self.source())?, shown(self.destination())?);
        let wallet = shown(self.wallet)?;
        for change in [wallet, source, destination] {
            if change.changes_hands() {
                let what = "somebody else gets a right over it, or it is closed";
                return Err(Refusal::Changed { account: change.account, what });
            }
        }
        self.ours(source, self.token_program_in, self.mint_in)?;
        self.ours(destination, self.token_program_out, self.mint_out)?;
        if source.units() != i128::from(self.amount_in).saturating_neg() {
            let found = source.units().saturating_neg();
            return Err(Refusal::Amount { found, wanted: self.amount_in });
        }
        let amount_out = u64::try_from(destination.units()).unwrap_or(0);
        if amount_out == 0 || amount_out < self.min_out {
            return Err(Refusal::MinimumOut { found: destination.units(), wanted: self.min_out });
        }
        let lamports = self.paid(accepted, wallet, destination)?;
        let own = [self.wallet, source.account, destination.account];
        for change in changes.iter().filter(|change| !own.contains(&change.account)) {
            self.untouched(change)?;
        }
        Ok(Outcome { amount_out, lamports })
    }

    /// The account must end as one of the wallet's, for the mint, that nobody else can touch.
    fn ours(&self, change: &Change, program: Address, mint: Address) -> Result<(), Refusal> {
        let refuse = |what| Refusal::Changed { account: change.account, what };
        let side = change.after.as_ref().ok_or(refuse("it is not there afterwards"))?;
        let token = side.token.as_ref().filter(|_| side.owner == program);
        let token = token.ok_or(refuse("it is no token account of the mint's program"))?;
        let alone = token.delegate.is_none()
            && token.close_authority.is_none_or(|authority| authority == self.wallet);
        if token.owner != self.wallet || token.mint != mint || !alone {
            return Err(refuse("it is not the wallet's alone, or not for the mint"));
        }
        Ok(())
    }

    /// Lamports that leave the wallet, at most the fee and the rent of the account that is created.
    fn paid(&self, accepted: &Accepted, wallet: &Change, destination: &Change) -> Result<u64, Refusal> {
        let created = destination.before.is_none() && accepted.creates.contains(&destination.account);
        let rent = destination.after.as_ref().filter(|_| created).map_or(0, |side| side.lamports);
        let most = accepted.fee_lamports.saturating_add(rent);
        let found = wallet.lamports().saturating_neg();
        if found > i128::from(most) {
            return Err(Refusal::Lamports { found, most });
        }
        Ok(u64::try_from(found).unwrap_or(0))
    }

    /// Whatever else the route writes to is no business of ours, unless it is the wallet's.
    fn untouched(&self, change: &Change) -> Result<(), Refusal> {
        let of_wallet = |token: &TokenAccount| {
            let authorities = [Some(token.owner), token.delegate.map(|(key, _)| key), token.close_authority];
            authorities.contains(&Some(self.wallet))
        };
        let sides = [&change.before, &change.after];
        let ours = sides
            .iter()
            .any(|side| side.as_ref().and_then(|side| side.token.as_ref()).is_some_and(of_wallet));
        if ours && change.before != change.after {
            let what = "it is the wallet's and has no part in the swap";
            return Err(Refusal::Changed { account: change.account, what });
        }
        Ok(())
    }
}
