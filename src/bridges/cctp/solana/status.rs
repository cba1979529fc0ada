//! The state of the programs between which routes are offered, read along with every scan.

use std::collections::BTreeMap;

use alloy::primitives::B256;
use solana_address::Address;

use super::SolanaEnd;
use super::accounts::{
    AccountError, LocalToken, MessageTransmitter, TokenMessenger, minter_paused, owned,
    remote_token_messenger,
};
use crate::bridges::cctp::ends::FarEnd;
use crate::bridges::cctp::message::WIRE_VERSION;
use crate::bridges::cctp::quote::BurnLimits;
use crate::chains::solana::Account;
use crate::domain::Domain;

/// Accounts that are asked for whatever the remote domains are.
const COMMON: usize = 5;

/// What stops every transfer, or every burn, at the Solana end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SolanaBlocker {
    /// A program is paused.
    #[error("{0} is paused")]
    Paused(&'static str),
    /// Circle refuses the wallet.
    #[error("{0} is on CCTP's denylist")]
    Denylisted(Address),
    /// The configuration and the programs disagree.
    #[error("{what} is {found} on Solana and {configured} in the configuration")]
    Differs {
        /// What.
        what: &'static str,
        /// On Solana.
        found: String,
        /// Configured.
        configured: String,
    },
}

/// State of the programs at one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SolanaState {
    transmitter: MessageTransmitter,
    messenger: TokenMessenger,
    minter_paused: bool,
    local: LocalToken,
    denylisted: bool,
    owner: Address,
    remotes: BTreeMap<Domain, B256>,
}

impl SolanaEnd {
    /// What [`SolanaEnd::state`] reads, for burns of `owner` and routes from and to `remotes`.
    pub fn state_accounts(&self, owner: &Address, remotes: &[Domain]) -> Vec<Address> {
        let programs = &self.programs;
        let mut addresses = vec![
            programs.message_transmitter_state(),
            programs.token_messenger(),
            programs.token_minter(),
            programs.local_token(&self.token.mint),
            programs.denylist(owner),
        ];
        addresses.extend(remotes.iter().map(|remote| programs.remote_token_messenger(*remote)));
        addresses
    }

    /// Reads the accounts of [`SolanaEnd::state_accounts`]. A remote domain that is not registered is
    /// left out; everything else has to be there.
    ///
    /// # Errors
    /// [`AccountError`] when an account is missing or odd.
    pub fn state(
        &self,
        owner: &Address,
        remotes: &[Domain],
        accounts: &[Option<Account>],
    ) -> Result<SolanaState, AccountError> {
        let addresses = self.state_accounts(owner, remotes);
        let (mt, tm) = (&self.programs.message_transmitter, &self.programs.token_messenger_minter);
        let account = |index: usize| accounts.get(index).and_then(Option::as_ref);
        let read = |index: usize, what: &'static str, program: &Address| {
            owned(what, addresses.get(index).copied().unwrap_or_default(), program, account(index))
        };
        let mut known = BTreeMap::new();
        for (place, remote) in remotes.iter().enumerate() {
            let index = place.saturating_add(COMMON);
            if account(index).is_none() {
                continue;
            }
            let (domain, messenger) = remote_token_messenger(read(index, "remote_token_messenger", tm)?)?;
            if domain == *remote {
                known.insert(domain, messenger);
            }
        }
        Ok(SolanaState {
            transmitter: MessageTransmitter::decode(read(0, "message_transmitter", mt)?)?,
            messenger: TokenMessenger::decode(read(1, "token_messenger", tm)?)?,
            minter_paused: minter_paused(read(2, "token_minter", tm)?)?,
            local: LocalToken::decode(read(3, "local_token", tm)?)?,
            denylisted: account(4).is_some_and(|account| !account.data.is_empty()),
            owner: *owner,
            remotes: known,
        })
    }
}

impl SolanaState {
    /// What a burn here has to keep to.
    pub fn limits(&self) -> BurnLimits {
        BurnLimits {
            burn_limit: u128::from(self.local.burn_limit),
            min_fee: u64::from(self.messenger.min_fee),
        }
    }

    /// What stops a burn at `here` towards `there`.
    pub fn burn_blocker(&self, here: &SolanaEnd, there: &impl FarEnd) -> Option<SolanaBlocker> {
        let denied = || self.denylisted.then_some(SolanaBlocker::Denylisted(self.owner));
        self.mint_blocker(here, there).or_else(denied)
    }

    /// What stops a mint at `here` of a burn at `there`.
    pub fn mint_blocker(&self, here: &SolanaEnd, there: &impl FarEnd) -> Option<SolanaBlocker> {
        if self.transmitter.paused {
            return Some(SolanaBlocker::Paused("MessageTransmitterV2"));
        }
        if self.minter_paused {
            return Some(SolanaBlocker::Paused("the TokenMinter"));
        }
        let remote = self.remotes.get(&there.domain()).copied().unwrap_or_default();
        let pairs = [
            ("the domain", self.transmitter.local_domain.to_string(), here.domain.to_string()),
            ("the message version", self.transmitter.version.to_string(), WIRE_VERSION.to_string()),
            ("the message body version", self.messenger.body_version.to_string(), WIRE_VERSION.to_string()),
            ("the token", self.local.mint.to_string(), here.token.mint.to_string()),
            ("the remote TokenMessengerV2", remote.to_string(), there.messenger_word().to_string()),
        ];
        let differs = pairs.into_iter().find(|(_, found, configured)| found != configured);
        differs.map(|(what, found, configured)| SolanaBlocker::Differs { what, found, configured })
    }
}
