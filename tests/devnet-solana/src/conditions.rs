//! Changes of the chain that no transaction makes.

use alloy::primitives::{Address, B256};
use serde::Deserialize;
use serde_json::{Value, json};
use solana_account::Account;
use solana_pubkey::Pubkey;

use crate::cctp::accounts::{DenylistedAccount, LocalToken, MessageTransmitter, TokenMessenger, TokenMinter};
use crate::cctp::genesis::{Remote, account, remote_accounts};
use crate::cctp::pda;
use crate::error::Error;
use crate::genesis::{fee_mint, mints, purse};
use crate::ids::USDC;
use crate::node::{ChainState, View};
use crate::pool::POOLS;
use crate::program::State;
use crate::token::{Holding, Mint, supply, with_fee, with_frozen, with_supply};

/// One of the mints.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asset {
    /// USDC.
    Usdc,
    /// USDT.
    Usdt,
    /// The token with a transfer fee.
    Fee,
}

impl Asset {
    fn mint(self) -> Mint {
        let [(_, usdc), (_, usdt), (_, fee)] = mints();
        match self {
            Self::Usdc => usdc,
            Self::Usdt => usdt,
            Self::Fee => fee,
        }
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

/// A change of the chain. Amounts are minor units, and accounts are wallets:
/// their associated token accounts are meant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub enum Command {
    /// The wallet has this many lamports.
    Native { account: Base58, lamports: u64 },
    /// The wallet gets tokens out of nothing.
    Mint { asset: Asset, to: Base58, amount: u64 },
    /// The wallet's tokens vanish.
    Drain { asset: Asset, account: Base58 },
    /// The wallet's token account is frozen or thawed.
    Freeze { asset: Asset, account: Base58, on: bool },
    /// The wallet has no such token account.
    Close { asset: Asset, account: Base58 },
    /// The fee token costs this much per transfer.
    TransferFee { bps: u16 },
    /// CCTP's custody holds this much.
    Custody { amount: u64 },
    /// A pool holds this much.
    Reserves { pool: String, a: u64, b: u64 },
    /// The wallet may not burn, or may again.
    Denylist { account: Base58, on: bool },
    /// Messages are neither sent nor received.
    PauseTransmitter { on: bool },
    /// Tokens are neither burned nor paid out.
    PauseMinter { on: bool },
    /// The most that one message may burn.
    BurnLimit { amount: u64 },
    /// The least fee, in thousandths of a basis point.
    MinFee { fee: u32 },
    /// Who gets the fees.
    FeeRecipient { account: Base58 },
    /// An attester is enabled or not.
    Attester { attester: Address, on: bool },
    /// Signatures that an attestation needs.
    Threshold { signatures: u32 },
    /// A domain is known by this messenger and token, or by none.
    Remote { domain: u32, messenger: Option<B256>, token: B256 },
    /// The chain's clock jumps.
    PassTime { seconds: u64 },
}

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

impl Command {
    /// Changes the chain. It blocks the thread.
    ///
    /// # Errors
    /// [`Error`] if an account does not exist that must, or the node refuses.
    pub fn run(self, state: &ChainState) -> Result<Value, Error> {
        let transmitter = pda::message_transmitter();
        let done = match self {
            Self::Native { account: Base58(wallet), lamports } => state.put(vec![(wallet, purse(lamports))]),
            Self::Mint { asset, to: Base58(wallet), amount } => state.change(move |view| {
                let mint = asset.mint();
                let address = mint.ata(&wallet);
                if view.account(&address).is_none() {
                    view.put(&address, mint.holding(&wallet, 0))?;
                }
                let more = held(view, &address).saturating_add(amount);
                set_balance(view, mint, &address, more)
            }),
            Self::Drain { asset, account: Base58(wallet) } => state.change(move |view| {
                let mint = asset.mint();
                set_balance(view, mint, &mint.ata(&wallet), 0)
            }),
            Self::Freeze { asset, account: Base58(wallet), on } => state.change(move |view| {
                let address = asset.mint().ata(&wallet);
                let stored = existing(view, &address, "token account")?;
                view.put(&address, with_frozen(stored, on))
            }),
            Self::Close { asset, account: Base58(wallet) } => state.change(move |view| {
                let mint = asset.mint();
                let address = mint.ata(&wallet);
                set_balance(view, mint, &address, 0)?;
                view.remove(&address)
            }),
            Self::TransferFee { bps } => state.change(move |view| {
                let address = fee_mint().address;
                let stored = existing(view, &address, "mint")?;
                view.put(&address, with_fee(stored, bps))
            }),
            Self::Custody { amount } => {
                state.change(move |view| set_balance(view, Asset::Usdc.mint(), &pda::custody(&USDC), amount))
            }
            Self::Reserves { pool, a, b } => {
                let spec = POOLS.into_iter().find(|spec| spec.name == pool);
                let (_, pool) =
                    spec.ok_or(Error::NoSuch { address: Pubkey::default(), what: "pool" })?.pool();
                state.change(move |view| {
                    set_balance(view, Asset::Usdc.mint(), &pool.vault_a, a)?;
                    set_balance(view, Asset::Usdt.mint(), &pool.vault_b, b)
                })
            }
            Self::PassTime { seconds } => {
                state.pass_time(seconds);
                Ok(())
            }
            Self::Denylist { account: Base58(wallet), on } => {
                let address = pda::denylist(&wallet);
                match on {
                    true => state.put(vec![(address, account(&DenylistedAccount { account: wallet }))]),
                    false => state.remove(address),
                }
            }
            Self::PauseTransmitter { on } => {
                edit::<MessageTransmitter>(state, transmitter, move |it| it.paused = on)
            }
            Self::PauseMinter { on } => {
                edit::<TokenMinter>(state, pda::token_minter(), move |it| it.paused = on)
            }
            Self::BurnLimit { amount } => {
                let address = pda::local_token(&USDC);
                edit::<LocalToken>(state, address, move |it| it.burn_limit_per_message = amount)
            }
            Self::MinFee { fee } => {
                edit::<TokenMessenger>(state, pda::token_messenger(), move |it| it.min_fee = fee)
            }
            Self::FeeRecipient { account: Base58(wallet) } => {
                edit::<TokenMessenger>(state, pda::token_messenger(), move |it| it.fee_recipient = wallet)
            }
            Self::Attester { attester, on } => edit::<MessageTransmitter>(state, transmitter, move |it| {
                it.enabled_attesters.retain(|known| *known != padded(&attester));
                if on {
                    it.enabled_attesters.push(padded(&attester));
                }
            }),
            Self::Threshold { signatures } => {
                edit::<MessageTransmitter>(state, transmitter, move |it| it.signature_threshold = signatures)
            }
            Self::Remote { domain, messenger, token } => {
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
        done.map(|()| json!({ "slot": state.slot() }))
    }
}
