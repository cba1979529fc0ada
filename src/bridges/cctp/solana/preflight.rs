//! What is read from the programs before a burn or a mint, and what must hold. An account that is
//! missing or odd is an error, never a default.

use alloy::primitives::B256;
use solana_address::Address;

use super::accounts::{
    AccountError, LocalToken, MessageTransmitter, TokenMessenger, TokenPair, is_received, minter_paused,
    owned, remote_token_messenger,
};
use super::instructions::{Burn, Mint};
use super::{SolanaEnd, key, word};
use crate::bridges::cctp::attestation::{AttestationError, Attesters};
use crate::bridges::cctp::message::{Message, MessageError, WIRE_VERSION};
use crate::chains::solana::read::Accounts;
use crate::chains::solana::token::{Held, TokenAccount, TokenError, check_account, check_mint, held};
use crate::chains::solana::{Account, Address as Key};
use crate::domain::Domain;

/// Why nothing is burnt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SolanaBurnError {
    /// An account is not what it should be.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// USDC, or our account of it, is not as it must be.
    #[error("{0}; nothing is burnt")]
    Token(#[from] TokenError),
    /// A program refuses everything at the moment.
    #[error("{0} is paused by Circle; nothing is burnt, this is tried again")]
    Paused(&'static str),
    /// The programs speak another version, or are of another domain or token.
    #[error("{what} is {found} where {expected} is configured; nothing is burnt; correct the configuration")]
    Differs {
        /// What.
        what: &'static str,
        /// Configured.
        expected: String,
        /// Found.
        found: String,
    },
    /// Circle blocks the owner.
    #[error("Circle has denylisted {0}; nothing is burnt and nothing can be; ask Circle")]
    Denylisted(Key),
    /// Nothing to burn, or nobody to mint to.
    #[error("the burn has no amount or no recipient, or goes to Solana itself; nothing is burnt")]
    Senseless,
    /// Above what one burn may have.
    #[error("{amount} base units are above the limit of {limit} for one burn; nothing is burnt; split it")]
    Limit {
        /// Amount.
        amount: u64,
        /// Limit.
        limit: u64,
    },
    /// Not enough there.
    #[error("{amount} base units are to be burnt and {held} are there; nothing is burnt")]
    Balance {
        /// Amount.
        amount: u64,
        /// In the account.
        held: u64,
    },
    /// The fee is out of its bounds.
    #[error(
        "maxFee is {max_fee}, which must be at least {least} and below the amount {amount}; nothing is burnt"
    )]
    MaxFee {
        /// Offered.
        max_fee: u64,
        /// Least that is accepted.
        least: u64,
        /// Amount.
        amount: u64,
    },
}

/// Why nothing is minted. The burn stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SolanaMintError {
    /// An account is not what it should be.
    #[error("{0}; the burn stands and the mint waits")]
    Account(#[from] AccountError),
    /// The receiving account is not as it must be.
    #[error("{0}; the burn stands and the mint waits")]
    Token(#[from] TokenError),
    /// It is done already, perhaps by somebody else: a success.
    #[error("the message was received already; the money has arrived, nothing is left to mint")]
    AlreadyReceived,
    /// A program refuses everything at the moment.
    #[error("{0} is paused by Circle; the burn stands and the mint waits")]
    Paused(&'static str),
    /// The message is not for this end, or not of the registered sender.
    #[error("{what} is {found} where {expected} is due; the message is not minted, the burn stands")]
    Differs {
        /// What.
        what: &'static str,
        /// Due.
        expected: String,
        /// Found.
        found: String,
    },
    /// The message breaks a rule.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The program would not accept the attestation.
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    /// The attestation is too old.
    #[error(
        "the attestation expired at slot {expired}, it is slot {now}; ask Iris to attest again, the burn stands"
    )]
    Expired {
        /// Slot.
        expired: u64,
        /// Slot now.
        now: u64,
    },
    /// The custody account cannot pay.
    #[error(
        "Circle's custody holds {held} base units and {amount} are due; the burn stands and the mint waits"
    )]
    CustodyShort {
        /// Due.
        amount: u64,
        /// There.
        held: u64,
    },
    /// A number that the program cannot read.
    #[error("the message's amount has more than 64 bits; the program cannot pay it; a person has to look")]
    TooLarge,
}

/// What both directions read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Common {
    transmitter: MessageTransmitter,
    messenger: TokenMessenger,
    minter_paused: bool,
    local: LocalToken,
    remote: (Domain, B256),
}

/// A token account, unless there is none yet: lamports alone, which anybody can send there, are none.
pub(super) fn existing(account: Option<&Account>) -> Option<&Account> {
    account.filter(|account| account.owner != solana_system_interface::program::ID)
}

/// One account of a list.
fn at(accounts: &Accounts, index: usize) -> Option<&Account> {
    accounts.accounts.get(index).and_then(Option::as_ref)
}

impl SolanaEnd {
    fn common_accounts(&self, remote: Domain) -> Vec<Address> {
        let programs = &self.programs;
        vec![
            programs.message_transmitter_state(),
            programs.token_messenger(),
            programs.token_minter(),
            programs.local_token(&self.token.mint),
            programs.remote_token_messenger(remote),
            self.token.mint,
        ]
    }

    fn common(&self, addresses: &[Address], accounts: &Accounts) -> Result<Common, AccountError> {
        let (transmitter, minter) =
            (&self.programs.message_transmitter, &self.programs.token_messenger_minter);
        let read = |index: usize, what: &'static str, program: &Address| {
            let address = addresses.get(index).copied().unwrap_or_default();
            owned(what, address, program, at(accounts, index))
        };
        Ok(Common {
            transmitter: MessageTransmitter::decode(read(0, "message_transmitter", transmitter)?)?,
            messenger: TokenMessenger::decode(read(1, "token_messenger", minter)?)?,
            minter_paused: minter_paused(read(2, "token_minter", minter)?)?,
            local: LocalToken::decode(read(3, "local_token", minter)?)?,
            remote: remote_token_messenger(read(4, "remote_token_messenger", minter)?)?,
        })
    }

    /// What differs from the configuration: versions, domain, token.
    fn differences(&self, common: &Common, remote: Domain) -> Option<(&'static str, String, String)> {
        let pairs = [
            ("the message version", WIRE_VERSION.to_string(), common.transmitter.version.to_string()),
            ("the body version", WIRE_VERSION.to_string(), common.messenger.body_version.to_string()),
            ("the domain", self.domain.to_string(), common.transmitter.local_domain.to_string()),
            ("the token", self.token.mint.to_string(), common.local.mint.to_string()),
            (
                "the custody",
                self.programs.custody(&self.token.mint).to_string(),
                common.local.custody.to_string(),
            ),
            ("the remote domain", remote.to_string(), common.remote.0.to_string()),
        ];
        pairs.into_iter().find(|(_, expected, found)| expected != found)
    }

    /// What [`SolanaEnd::burn_state`] reads, to be asked of a quorum.
    pub fn burn_accounts(&self, owner: &Address, destination: Domain) -> Vec<Address> {
        let mut addresses = self.common_accounts(destination);
        addresses.push(self.programs.denylist(owner));
        addresses.push(self.account_of(owner));
        addresses
    }

    /// Reads the state before a burn out of the accounts of [`SolanaEnd::burn_accounts`].
    ///
    /// # Errors
    /// [`SolanaBurnError`] when an account is missing, odd, or not the configured one.
    pub fn burn_state(
        &self,
        owner: &Address,
        destination: Domain,
        accounts: &Accounts,
    ) -> Result<BurnState, SolanaBurnError> {
        let common = self.common(&self.burn_accounts(owner, destination), accounts)?;
        if let Some((what, expected, found)) = self.differences(&common, destination) {
            return Err(SolanaBurnError::Differs { what, expected, found });
        }
        Ok(BurnState {
            common,
            owner: *owner,
            // Circle's program looks at the data alone: lamports sent to the address block nobody.
            denylisted: at(accounts, 6).is_some_and(|account| !account.data.is_empty()),
            held: held(&self.token, owner, at(accounts, 5), at(accounts, 7))?,
        })
    }

    /// The attesters in the state of the MessageTransmitter.
    ///
    /// # Errors
    /// [`AccountError`] when it is missing or odd.
    pub fn attesters(&self, account: Option<&Account>) -> Result<Attesters, AccountError> {
        let address = self.programs.message_transmitter_state();
        let program = &self.programs.message_transmitter;
        Ok(MessageTransmitter::decode(owned("message_transmitter", address, program, account)?)?.attesters)
    }

    /// Whether the account of the used nonce says that the message was received.
    ///
    /// # Errors
    /// [`AccountError`] when something else is there.
    pub fn is_received(&self, nonce: B256, account: Option<&Account>) -> Result<bool, AccountError> {
        is_received(self.programs.used_nonce(nonce), &self.programs.message_transmitter, account)
    }

    /// What [`SolanaEnd::check_mint`] reads, to be asked of a quorum.
    pub fn mint_accounts(&self, message: &Message) -> Vec<Address> {
        let mut addresses = self.common_accounts(message.source_domain);
        addresses.push(self.programs.token_pair(message.source_domain, message.burn_token));
        addresses.push(self.programs.used_nonce(message.nonce));
        addresses.push(self.programs.custody(&self.token.mint));
        addresses.push(key(message.mint_recipient));
        addresses
    }
}

/// The state before a burn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BurnState {
    common: Common,
    owner: Address,
    denylisted: bool,
    held: Held,
}

impl BurnState {
    /// The destination's TokenMessenger, as registered here.
    pub const fn remote_messenger(&self) -> B256 {
        self.common.remote.1
    }

    /// Least `maxFee` for `amount`.
    pub fn least_fee(&self, amount: u64) -> u64 {
        self.common.messenger.least_fee(amount)
    }

    /// Checks `burn`; `messenger` is the configured TokenMessenger of its destination.
    ///
    /// # Errors
    /// [`SolanaBurnError`] naming the first rule that does not hold.
    pub fn check(&self, end: &SolanaEnd, burn: &Burn, messenger: B256) -> Result<(), SolanaBurnError> {
        let common = &self.common;
        if burn.amount == 0 || burn.mint_recipient.is_zero() || burn.destination == end.domain {
            return Err(SolanaBurnError::Senseless);
        }
        if common.transmitter.paused {
            return Err(SolanaBurnError::Paused("the MessageTransmitter"));
        }
        if common.minter_paused {
            return Err(SolanaBurnError::Paused("the TokenMinter"));
        }
        for (what, expected, found) in [
            ("the destination's TokenMessenger", messenger.to_string(), common.remote.1.to_string()),
            ("the destination", burn.destination.to_string(), common.remote.0.to_string()),
            ("the owner", burn.owner.to_string(), self.owner.to_string()),
        ] {
            if expected != found {
                return Err(SolanaBurnError::Differs { what, expected, found });
            }
        }
        if self.denylisted {
            return Err(SolanaBurnError::Denylisted(self.owner));
        }
        if burn.amount > common.local.burn_limit {
            return Err(SolanaBurnError::Limit { amount: burn.amount, limit: common.local.burn_limit });
        }
        if burn.amount > self.held.units() {
            return Err(SolanaBurnError::Balance { amount: burn.amount, held: self.held.units() });
        }
        let (max_fee, least, amount) = (burn.max_fee, self.least_fee(burn.amount), burn.amount);
        if max_fee < least || max_fee >= amount {
            return Err(SolanaBurnError::MaxFee { max_fee, least, amount });
        }
        Ok(())
    }
}

/// The state before a mint, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintState {
    /// Circle's token account for the fee.
    pub fee_account: Address,
    /// The receiving account before; `None` where it has to be created first.
    pub recipient: Option<TokenAccount>,
}

impl MintState {
    /// The instruction's arguments.
    pub const fn mint(
        &self,
        payer: Address,
        message: alloy::primitives::Bytes,
        attestation: alloy::primitives::Bytes,
    ) -> Mint {
        Mint { payer, message, attestation, fee_account: self.fee_account }
    }
}

impl SolanaEnd {
    /// Checks an attested message that pays `owner`, against the accounts of
    /// [`SolanaEnd::mint_accounts`], as the programs will.
    ///
    /// # Errors
    /// [`SolanaMintError::AlreadyReceived`] when it is done; otherwise the first rule that does not hold.
    pub fn check_mint(
        &self,
        owner: &Address,
        bytes: &[u8],
        attestation: &[u8],
        accounts: &Accounts,
    ) -> Result<MintState, SolanaMintError> {
        let message = Message::decode(bytes)?;
        let addresses = self.mint_accounts(&message);
        let programs = &self.programs;
        // First of all: a message that was received fails every later check in misleading ways.
        let nonce = programs.used_nonce(message.nonce);
        if is_received(nonce, &programs.message_transmitter, at(accounts, 7))? {
            return Err(SolanaMintError::AlreadyReceived);
        }
        let common = self.common(&addresses, accounts)?;
        if let Some((what, expected, found)) = self.differences(&common, message.source_domain) {
            return Err(SolanaMintError::Differs { what, expected, found });
        }
        let pair_address = programs.token_pair(message.source_domain, message.burn_token);
        let minter = &programs.token_messenger_minter;
        let pair = TokenPair::decode(owned("token_pair", pair_address, minter, at(accounts, 6))?)?;
        let own = word(minter);
        // The pair names the account that describes the token, not its mint.
        let local_token = programs.local_token(&self.token.mint);
        for (what, expected, found) in [
            ("the destination domain", self.domain.to_string(), message.destination_domain.to_string()),
            ("the recipient program", own.to_string(), message.recipient.to_string()),
            ("the sender", common.remote.1.to_string(), message.sender.to_string()),
            ("the destination caller", B256::ZERO.to_string(), message.destination_caller.to_string()),
            ("the pair's domain", message.source_domain.to_string(), pair.remote_domain.to_string()),
            ("the pair's remote token", message.burn_token.to_string(), pair.remote_token.to_string()),
            ("the token paid out", local_token.to_string(), pair.local_token.to_string()),
            (
                "the mint recipient",
                word(&self.account_of(owner)).to_string(),
                message.mint_recipient.to_string(),
            ),
        ] {
            if expected != found {
                return Err(SolanaMintError::Differs { what, expected, found });
            }
        }
        message.keeps_its_fee()?;
        let amount = u64::try_from(message.amount).map_err(|_| SolanaMintError::TooLarge)?;
        u64::try_from(message.max_fee).map_err(|_| SolanaMintError::TooLarge)?;
        if common.transmitter.paused {
            return Err(SolanaMintError::Paused("the MessageTransmitter"));
        }
        if common.minter_paused {
            return Err(SolanaMintError::Paused("the TokenMinter"));
        }
        common.transmitter.attesters.verify(bytes, attestation)?;
        // The program compares with the slot of the transaction, which is later than this one.
        if message.is_expired_at(accounts.slot) {
            return Err(SolanaMintError::Expired { expired: message.expiration_block, now: accounts.slot });
        }
        check_mint(&self.token, at(accounts, 5))?;
        let recipient = key(message.mint_recipient);
        // Its owner may have closed it since the burn, which only pays an account that exists.
        let recipient = existing(at(accounts, 9))
            .map(|account| check_account(&self.token, owner, recipient, account))
            .transpose()?;
        let custody = programs.custody(&self.token.mint);
        let custody = owned("custody", custody, &self.token.program, at(accounts, 8))?;
        let custody = TokenAccount::decode(&self.token.program, custody)
            .map_err(|_| AccountError::Layout { what: "custody" })?;
        if custody.amount < amount {
            return Err(SolanaMintError::CustodyShort { amount, held: custody.amount });
        }
        Ok(MintState { fee_account: self.account_of(&common.messenger.fee_recipient), recipient })
    }
}
