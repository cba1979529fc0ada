//! Changes of the chain that no transaction makes.

use alloy::primitives::Address;
use devnet::solana::command::Mint as Named;
use serde::Deserialize;
use serde_json::{Value, json};
use solana_account::Account;
use solana_pubkey::Pubkey;

use crate::cctp::accounts::{DenylistedAccount, LocalToken, MessageTransmitter, TokenMessenger, TokenMinter};
use crate::cctp::genesis::{Remote, account, remote_accounts};
use crate::cctp::pda;
use crate::error::Error;
use crate::genesis::{USDC_MINT, USDT_MINT, fee_mint, mints, purse};
use crate::ids::USDC;
use crate::node::{ChainState, View};
use crate::pool::POOLS;
use crate::program::State;
use crate::token::{Holding, Mint, supply, with_fee, with_frozen, with_supply};

/// The mint of this name.
fn mint_of(asset: Named) -> Mint {
    let [(_, usdc), (_, usdt), (_, fee)] = mints();
    match asset {
        Named::Usdc => usdc,
        Named::Usdt => usdt,
        Named::Fee => fee,
    }
}

/// An address in base58, as JSON holds it.
#[derive(Clone, Copy, Debug)]
pub struct Base58(Pubkey);

impl<'de> Deserialize<'de> for Base58 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| serde::de::Error::custom("not an address in base58"))
    }
}

/// A change of the chain, with addresses that are ones.
pub type Command = devnet::solana::command::Command<Base58>;

fn existing(view: &View, address: &Pubkey, what: &'static str) -> Result<Account, Error> {
    view.account(address).ok_or(Error::NoSuch { address: *address, what })
}

fn edit<T: State>(
    state: &ChainState,
    address: Pubkey,
    change: impl FnOnce(&mut T) + Send + Sync,
) -> Result<(), Error> {
    state.change(move |view| {
        let stored = existing(view, &address, T::NAME)?;
        let mut value = T::from_data(&stored.data).ok_or(Error::NoSuch { address, what: T::NAME })?;
        change(&mut value);
        view.put(&address, account(&value))
    })
}

/// Sets a token account to `amount`, and the mint's supply accordingly.
fn set_balance(view: &mut View, mint: Mint, address: &Pubkey, amount: u64) -> Result<(), Error> {
    let stored = existing(view, address, "token account")?;
    let old = Holding::parse(&stored.owner, &stored.data)
        .ok_or(Error::NoSuch { address: *address, what: "token account" })?;
    let of = existing(view, &mint.address, "mint")?;
    let total = supply(&of.data).unwrap_or(0).saturating_sub(old.amount).saturating_add(amount);
    view.put(&mint.address, with_supply(of, total))?;
    view.put(address, Holding::with_amount(stored, amount))
}

fn held(view: &View, address: &Pubkey) -> u64 {
    let stored = view.account(address);
    stored.and_then(|stored| Holding::parse(&stored.owner, &stored.data)).map_or(0, |held| held.amount)
}

fn padded(address: &Address) -> Pubkey {
    address.into_word().0.into()
}

/// Changes the chain. It blocks the thread.
///
/// # Errors
/// [`Error`] if an account does not exist that must, or the node refuses.
pub fn run(command: Command, state: &ChainState) -> Result<Value, Error> {
    let transmitter = pda::message_transmitter();
    let done = match command {
        Command::Native { account: Base58(wallet), lamports } => state.put(vec![(wallet, purse(lamports))]),
        Command::Mint { asset, to: Base58(wallet), amount } => state.change(move |view| {
            let mint = mint_of(asset);
            let address = mint.ata(&wallet);
            if view.account(&address).is_none() {
                view.put(&address, mint.holding(&wallet, 0))?;
            }
            let more = held(view, &address).saturating_add(amount);
            set_balance(view, mint, &address, more)
        }),
        Command::Drain { asset, account: Base58(wallet) } => state.change(move |view| {
            let mint = mint_of(asset);
            set_balance(view, mint, &mint.ata(&wallet), 0)
        }),
        Command::Freeze { asset, account: Base58(wallet), on } => state.change(move |view| {
            let address = mint_of(asset).ata(&wallet);
            let stored = existing(view, &address, "token account")?;
            view.put(&address, with_frozen(stored, on))
        }),
        Command::Close { asset, account: Base58(wallet) } => state.change(move |view| {
            let mint = mint_of(asset);
            let address = mint.ata(&wallet);
            set_balance(view, mint, &address, 0)?;
            view.remove(&address)
        }),
        Command::TransferFee { bps } => state.change(move |view| {
            let address = fee_mint().address;
            let stored = existing(view, &address, "mint")?;
            view.put(&address, with_fee(stored, bps))
        }),
        Command::Custody { amount } => {
            state.change(move |view| set_balance(view, USDC_MINT, &pda::custody(&USDC), amount))
        }
        Command::Reserves { pool, a, b } => {
            let spec = POOLS.into_iter().find(|spec| spec.name == pool);
            let (_, pool) = spec.ok_or(Error::NoSuch { address: Pubkey::default(), what: "pool" })?.pool();
            state.change(move |view| {
                set_balance(view, USDC_MINT, &pool.vault_a, a)?;
                set_balance(view, USDT_MINT, &pool.vault_b, b)
            })
        }
        Command::PassTime { seconds } => {
            state.pass_time(seconds);
            Ok(())
        }
        Command::StopAt { height } => state.stop_at(height),
        Command::Resume {} => state.resume(),
        Command::Denylist { account: Base58(wallet), on } => {
            let address = pda::denylist(&wallet);
            match on {
                true => state.put(vec![(address, account(&DenylistedAccount { account: wallet }))]),
                false => state.remove(address),
            }
        }
        Command::PauseTransmitter { on } => {
            edit::<MessageTransmitter>(state, transmitter, move |it| it.paused = on)
        }
        Command::PauseMinter { on } => {
            edit::<TokenMinter>(state, pda::token_minter(), move |it| it.paused = on)
        }
        Command::BurnLimit { amount } => {
            let address = pda::local_token(&USDC);
            edit::<LocalToken>(state, address, move |it| it.burn_limit_per_message = amount)
        }
        Command::MinFee { fee } => {
            edit::<TokenMessenger>(state, pda::token_messenger(), move |it| it.min_fee = fee)
        }
        Command::FeeRecipient { account: Base58(wallet) } => {
            edit::<TokenMessenger>(state, pda::token_messenger(), move |it| it.fee_recipient = wallet)
        }
        Command::Attester { attester, on } => edit::<MessageTransmitter>(state, transmitter, move |it| {
            it.enabled_attesters.retain(|known| *known != padded(&attester));
            if on {
                it.enabled_attesters.push(padded(&attester));
            }
        }),
        Command::Threshold { signatures } => {
            edit::<MessageTransmitter>(state, transmitter, move |it| it.signature_threshold = signatures)
        }
        Command::Remote { domain, messenger, token } => {
            let remote = Remote { domain, messenger: messenger.unwrap_or_default().0, token: token.0 };
            state.change(move |view| {
                for (address, account) in remote_accounts(&remote) {
                    match messenger {
                        Some(_) => view.put(&address, account)?,
                        None => view.remove(&address)?,
                    }
                }
                Ok(())
            })
        }
    };
    done.map(|()| json!({ "slot": state.slot(), "height": state.height() }))
}
