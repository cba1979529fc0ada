//! Mints and token accounts of the two token programs, with everything pinned.
//!
//! What a unit is worth depends on the mint: an extension may take a fee of every transfer, call a
//! foreign program, or let somebody else move the tokens. So a mint is used only when its program,
//! decimals and whole set of extensions are what the configuration says, and an account only when
//! nobody but its owner can touch it.

use solana_address::Address;
use solana_program_pack::Pack;
use spl_token_interface::state::{Account as Holding, AccountState, Mint as MintState};

use crate::chains::solana::account::{Account, Fields};
use crate::chains::solana::associated::associated_account;
use crate::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use crate::config::{MintExtension, SolanaTokenConfig};

/// Where an extended account says what it is, after the padding of a plain one.
const KIND_OFFSET: usize = Holding::LEN;
const KIND_MINT: u8 = 1;
const KIND_ACCOUNT: u8 = 2;
/// Token-2022 reads an account of this length as a multisig, whatever is in it.
const MULTISIG_LENGTH: usize = 355;
/// Extensions one account may have; there are fewer kinds.
const MAX_EXTENSIONS: usize = 64;

/// Extensions of a token account that do not change who controls it.
const IMMUTABLE_OWNER: u16 = 7;
const TRANSFER_FEE_AMOUNT: u16 = 2;
const TRANSFER_HOOK_ACCOUNT: u16 = 15;
const PAUSABLE_ACCOUNT: u16 = 27;

/// Why a mint or a token account is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is no mint.
    #[error("the mint {0} does not exist; correct it in the configuration")]
    NoMint(Address),
    /// Another program owns it.
    #[error("{address} belongs to program {actual} where {expected} is configured; it is not touched")]
    Program {
        /// Mint or account.
        address: Address,
        /// Configured.
        expected: Address,
        /// Found.
        actual: Address,
    },
    /// The data is not what it should be.
    #[error("{address} is not {what}: {reason}; it is not touched")]
    Malformed {
        /// Mint or account.
        address: Address,
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Decimals differ.
    #[error(
        "the mint {mint} has {actual} decimals where {expected} are configured; correct the configuration"
    )]
    Decimals {
        /// Mint.
        mint: Address,
        /// Configured.
        expected: u8,
        /// Found.
        actual: u8,
    },
    /// An extension is there that is not allowed, or one is missing.
    #[error(
        "{address} has the extensions {found:?} where {allowed:?} are allowed (numbers of Token-2022); units \
         may be lost in a transfer, so it is not touched until the configuration names them"
    )]
    Extensions {
        /// Mint or account.
        address: Address,
        /// Allowed.
        allowed: Vec<u16>,
        /// Found.
        found: Vec<u16>,
    },
    /// The account holds another token.
    #[error("the token account {account} is of mint {actual}, not {expected}; it is not touched")]
    OtherMint {
        /// Account.
        account: Address,
        /// Expected mint.
        expected: Address,
        /// Found.
        actual: Address,
    },
    /// Somebody else owns it.
    #[error("the token account {account} belongs to {actual}, not to {expected}; it is not touched")]
    OtherOwner {
        /// Account.
        account: Address,
        /// Expected owner.
        expected: Address,
        /// Found.
        actual: Address,
    },
    /// The issuer froze it.
    #[error("the token account {0} is frozen by the issuer; nothing in it can move, ask the issuer")]
    Frozen(Address),
    /// Somebody may spend from it.
    #[error("the token account {account} lets {delegate} spend {amount} units; revoke that first")]
    Delegated {
        /// Account.
        account: Address,
        /// Who may spend.
        delegate: Address,
        /// How much.
        amount: u64,
    },
    /// Somebody else may close it.
    #[error("the token account {account} can be closed by {authority}; take that right back first")]
    CloseAuthority {
        /// Account.
        account: Address,
        /// Who may close it.
        authority: Address,
    },
}

/// What a wallet holds of one mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// There is no associated account: no units, and nothing can be received before one is created.
    NoAccount,
    /// Base units in the associated account.
    Units(u64),
}

impl Held {
    /// Base units; none without an account.
    pub const fn units(self) -> u64 {
        match self {
            Self::NoAccount => 0,
            Self::Units(units) => units,
        }
    }
}

/// A mint's own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mint {
    /// Decimals.
    pub decimals: u8,
    /// Total units.
    pub supply: u64,
    /// Who may freeze accounts.
    pub freeze_authority: Option<Address>,
    /// Numbers of its extensions, ascending.
    pub extensions: Vec<u16>,
}

/// A token account's own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAccount {
    /// Mint.
    pub mint: Address,
    /// Owner.
    pub owner: Address,
    /// Base units.
    pub amount: u64,
    /// Who else may spend, and how much.
    pub delegate: Option<(Address, u64)>,
    /// Whether the issuer froze it.
    pub frozen: bool,
    /// Who else may close it.
    pub close_authority: Option<Address>,
    /// Numbers of its extensions, ascending.
    pub extensions: Vec<u16>,
}

impl Mint {
    /// Reads a mint of `program`.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(program: &Address, data: &[u8]) -> Result<Self, String> {
        let (base, extensions) = split(program, data, MintState::LEN, KIND_MINT)?;
        let state = MintState::unpack(base).map_err(|error| error.to_string())?;
        Ok(Self {
            decimals: state.decimals,
            supply: state.supply,
            freeze_authority: state.freeze_authority.into(),
            extensions,
        })
    }
}

impl TokenAccount {
    /// Reads a token account of `program`.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(program: &Address, data: &[u8]) -> Result<Self, String> {
        let (base, extensions) = split(program, data, Holding::LEN, KIND_ACCOUNT)?;
        let state = Holding::unpack(base).map_err(|error| error.to_string())?;
        let delegate: Option<Address> = state.delegate.into();
        Ok(Self {
            mint: state.mint,
            owner: state.owner,
            amount: state.amount,
            delegate: delegate.map(|delegate| (delegate, state.delegated_amount)),
            frozen: state.state == AccountState::Frozen,
            close_authority: state.close_authority.into(),
            extensions,
        })
    }
}

/// The plain part and the numbers of the extensions after it.
fn split<'a>(
    program: &Address,
    data: &'a [u8],
    length: usize,
    kind: u8,
) -> Result<(&'a [u8], Vec<u16>), String> {
    if data.len() == length {
        return Ok((data, Vec::new()));
    }
    let wrong = || format!("it has {} bytes", data.len());
    if *program != TOKEN_2022_PROGRAM || data.len() == MULTISIG_LENGTH {
        return Err(wrong());
    }
    let (base, rest) = data.split_at_checked(length).ok_or_else(wrong)?;
    let padding = KIND_OFFSET.saturating_sub(length);
    let (padding, rest) = rest.split_at_checked(padding).ok_or_else(wrong)?;
    let Some((found, rest)) = rest.split_first() else { return Err(wrong()) };
    if *found != kind || padding.iter().any(|byte| *byte != 0) {
        return Err(format!("it says that it is of kind {found}, not {kind}"));
    }
    Ok((base, extensions(rest)?))
}

/// Numbers of the type-length-value entries, ascending, each once.
fn extensions(data: &[u8]) -> Result<Vec<u16>, String> {
    let mut fields = Fields::new(data);
    let mut found: Vec<u16> = Vec::new();
    while fields.rest().len() >= 2 {
        let Some(number) = fields.u16() else { break };
        if number == 0 {
            // What follows is room for more.
            break;
        }
        let length = fields.u16().ok_or("an extension has no length")?;
        fields.take(usize::from(length)).ok_or("an extension is longer than the account")?;
        if found.contains(&number) || found.len() >= MAX_EXTENSIONS {
            return Err(format!("extension {number} is there twice, or there are too many"));
        }
        found.push(number);
    }
    if fields.rest().iter().any(|byte| *byte != 0) {
        return Err("bytes follow the last extension".to_owned());
    }
    found.sort_unstable();
    Ok(found)
}

/// The number of an extension in Token-2022.
pub const fn number_of(extension: MintExtension) -> u16 {
    match extension {
        MintExtension::TransferFeeConfig => 1,
        MintExtension::MintCloseAuthority => 3,
        MintExtension::ConfidentialTransferMint => 4,
        MintExtension::DefaultAccountState => 6,
        MintExtension::NonTransferable => 9,
        MintExtension::InterestBearingConfig => 10,
        MintExtension::PermanentDelegate => 12,
        MintExtension::TransferHook => 14,
        MintExtension::ConfidentialTransferFeeConfig => 16,
        MintExtension::MetadataPointer => 18,
        MintExtension::TokenMetadata => 19,
        MintExtension::GroupPointer => 20,
        MintExtension::TokenGroup => 21,
        MintExtension::GroupMemberPointer => 22,
        MintExtension::TokenGroupMember => 23,
        MintExtension::ConfidentialMintBurn => 24,
        MintExtension::ScaledUiAmount => 25,
        MintExtension::Pausable => 26,
        MintExtension::PermissionedBurn => 28,
    }
}

/// Extensions an account of this mint may have without harm.
fn account_extensions(token: &SolanaTokenConfig) -> Vec<u16> {
    let mut allowed = vec![IMMUTABLE_OWNER];
    for (extension, number) in [
        (MintExtension::TransferFeeConfig, TRANSFER_FEE_AMOUNT),
        (MintExtension::TransferHook, TRANSFER_HOOK_ACCOUNT),
        (MintExtension::Pausable, PAUSABLE_ACCOUNT),
    ] {
        if token.extensions.contains(&extension) {
            allowed.push(number);
        }
    }
    allowed
}

fn owned_by(address: Address, account: &Account, token: &SolanaTokenConfig) -> Result<(), TokenError> {
    // A plain token program has no extensions, and a third program is none that we know.
    let known = token.program == TOKEN_PROGRAM || token.program == TOKEN_2022_PROGRAM;
    if account.owner != token.program || !known {
        return Err(TokenError::Program { address, expected: token.program, actual: account.owner });
    }
    Ok(())
}

/// Checks the mint of `token`: program, decimals and the whole set of extensions.
///
/// # Errors
/// [`TokenError`] naming what differs.
pub fn check_mint(token: &SolanaTokenConfig, account: Option<&Account>) -> Result<Mint, TokenError> {
    let address = token.mint;
    let account = account.ok_or(TokenError::NoMint(address))?;
    owned_by(address, account, token)?;
    let mint = Mint::decode(&token.program, &account.data).map_err(|reason| TokenError::Malformed {
        address,
        what: "a mint",
        reason,
    })?;
    if mint.decimals != token.decimals {
        return Err(TokenError::Decimals { mint: address, expected: token.decimals, actual: mint.decimals });
    }
    let mut allowed: Vec<u16> = token.extensions.iter().copied().map(number_of).collect();
    allowed.sort_unstable();
    allowed.dedup();
    if mint.extensions != allowed {
        return Err(TokenError::Extensions { address, allowed, found: mint.extensions });
    }
    Ok(mint)
}

/// Checks the token account at `address`: program, mint, owner, state, delegate, close authority
/// and extensions.
///
/// # Errors
/// [`TokenError`] naming the first thing that is not as it must be.
pub fn check_account(
    token: &SolanaTokenConfig,
    owner: &Address,
    address: Address,
    account: &Account,
) -> Result<TokenAccount, TokenError> {
    owned_by(address, account, token)?;
    let found = TokenAccount::decode(&token.program, &account.data)
        .map_err(|reason| TokenError::Malformed { address, what: "a token account", reason })?;
    if found.mint != token.mint {
        return Err(TokenError::OtherMint { account: address, expected: token.mint, actual: found.mint });
    }
    if found.owner != *owner {
        return Err(TokenError::OtherOwner { account: address, expected: *owner, actual: found.owner });
    }
    if found.frozen {
        return Err(TokenError::Frozen(address));
    }
    if let Some((delegate, amount)) = found.delegate {
        return Err(TokenError::Delegated { account: address, delegate, amount });
    }
    if let Some(authority) = found.close_authority.filter(|authority| authority != owner) {
        return Err(TokenError::CloseAuthority { account: address, authority });
    }
    let allowed = account_extensions(token);
    if found.extensions.iter().any(|number| !allowed.contains(number)) {
        return Err(TokenError::Extensions { address, allowed, found: found.extensions });
    }
    Ok(found)
}

/// What `owner` holds of `token`, given the mint's and the associated account's content.
///
/// # Errors
/// [`TokenError`] when either is not as it must be.
pub fn held(
    token: &SolanaTokenConfig,
    owner: &Address,
    mint: Option<&Account>,
    account: Option<&Account>,
) -> Result<Held, TokenError> {
    check_mint(token, mint)?;
    let address = associated_account(owner, &token.mint, &token.program);
    match account {
        None => Ok(Held::NoAccount),
        // Lamports sent ahead to an address that no account was created at.
        Some(account) if is_only_prefunded(account) => Ok(Held::NoAccount),
        Some(account) => check_account(token, owner, address, account).map(|found| Held::Units(found.amount)),
    }
}

fn is_only_prefunded(account: &Account) -> bool {
    account.owner == Address::default() && account.data.is_empty()
}
