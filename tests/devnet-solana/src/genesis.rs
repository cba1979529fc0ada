//! The accounts that exist from the start.

use solana_account::Account;
use solana_pubkey::Pubkey;

use crate::ids::{SYSTEM, TOKEN, TOKEN_2022, USDC, USDT, named};
use crate::token::Mint;

/// A whole token of a mint with 6 decimals, in minor units.
pub const WHOLE: u64 = 1_000_000;
/// Lamports of one SOL.
pub const SOL: u64 = 1_000_000_000;

/// USDC.
pub const USDC_MINT: Mint = Mint { address: USDC, program: TOKEN, decimals: 6, fee_bps: None };
/// USDT.
pub const USDT_MINT: Mint = Mint { address: USDT, program: TOKEN, decimals: 6, fee_bps: None };

/// A token of Token-2022 of which every transfer costs 1 %.
pub fn fee_mint() -> Mint {
    Mint { address: named("fee-token"), program: TOKEN_2022, decimals: 6, fee_bps: Some(100) }
}

/// The mints by the names that the manifest and the control endpoint use.
pub fn mints() -> [(&'static str, Mint); 3] {
    [("usdc", USDC_MINT), ("usdt", USDT_MINT), ("fee", fee_mint())]
}

/// Who may mint and freeze every token of this chain. It has no key.
pub fn authority() -> Pubkey {
    named("token-authority")
}

/// A wallet with `lamports`.
pub fn purse(lamports: u64) -> Account {
    Account { lamports, data: Vec::new(), owner: SYSTEM, executable: false, rent_epoch: u64::MAX }
}

/// Token accounts under construction; the mints follow from them.
#[derive(Debug, Default)]
pub struct Genesis {
    accounts: Vec<(Pubkey, Account)>,
    issued: Vec<(Mint, u64)>,
}

impl Genesis {
    /// Adds an account as it is.
    pub fn account(&mut self, address: Pubkey, account: Account) {
        self.accounts.push((address, account));
    }

    /// Gives `amount` to the associated token account of `owner`.
    pub fn fund(&mut self, mint: Mint, owner: &Pubkey, amount: u64) -> Pubkey {
        let address = mint.ata(owner);
        self.hold(mint, address, owner, amount);
        address
    }

    /// A token account of any address.
    pub fn hold(&mut self, mint: Mint, address: Pubkey, owner: &Pubkey, amount: u64) {
        self.accounts.push((address, mint.holding(owner, amount)));
        self.issued.push((mint, amount));
    }

    /// All accounts, mints first: a token account is only counted to its
    /// mint's holders when the mint is known.
    pub fn finish(self) -> Vec<(Pubkey, Account)> {
        let supply = |mint: Mint| {
            self.issued.iter().filter(|(of, _)| *of == mint).map(|(_, amount)| amount).sum::<u64>()
        };
        let mut all: Vec<_> = mints()
            .into_iter()
            .map(|(_, mint)| (mint.address, mint.account(supply(mint), &authority())))
            .collect();
        all.extend(self.accounts);
        all
    }
}
