//! What instructions do, read from their bytes: for whoever judges a transaction before it is signed.
//!
//! Only the programs everybody uses are known here. Whatever is not recognised to the last byte is
//! [`Effect::Unknown`]; a program that is called with our signature can do anything our account can,
//! so an unknown effect is never harmless.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_system_interface::instruction::SystemInstruction;
use spl_token_interface::instruction::{AuthorityType, TokenInstruction};

use crate::chains::solana::associated::{ASSOCIATED_TOKEN_PROGRAM, associated_account};
use crate::chains::solana::resolved::Resolved;
use crate::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};

/// Which right over a mint or token account changes hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// To mint tokens.
    Mint,
    /// To freeze accounts.
    Freeze,
    /// To spend: the account's owner.
    Owner,
    /// To close the account.
    Close,
}

/// What one instruction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Limits the compute units.
    ComputeLimit {
        /// Units.
        units: u32,
    },
    /// Offers a priority fee.
    ComputePrice {
        /// Micro-lamports per unit.
        micro_lamports: u64,
    },
    /// Asks for another bound of the runtime (heap, loaded data); costs nothing.
    RuntimeBound {
        /// Bytes.
        bytes: u32,
    },
    /// Uses up a durable nonce: the transaction does not expire with its blockhash.
    AdvanceNonce {
        /// Nonce account.
        nonce: Address,
        /// Who may advance it.
        authority: Address,
    },
    /// Moves lamports.
    PayLamports {
        /// Payer.
        from: Address,
        /// Receiver.
        to: Address,
        /// How many.
        lamports: u64,
    },
    /// Creates an account, paid in lamports.
    CreateAccount {
        /// Payer.
        from: Address,
        /// The new account.
        account: Address,
        /// Program that will own it.
        owner: Address,
        /// Lamports put into it.
        lamports: u64,
    },
    /// Creates an associated token account where there is none; costs its rent.
    CreateAssociatedAccount {
        /// Payer.
        payer: Address,
        /// The account; derived from the others.
        account: Address,
        /// Whose.
        owner: Address,
        /// Mint.
        mint: Address,
        /// Token program.
        program: Address,
        /// Whether an existing account is no error.
        idempotent: bool,
    },
    /// Moves tokens.
    TransferTokens {
        /// Token program.
        program: Address,
        /// Token account paid from.
        from: Address,
        /// Token account paid to.
        to: Address,
        /// Who allows it.
        authority: Address,
        /// Mint, where the instruction names it.
        mint: Option<Address>,
        /// Base units.
        amount: u64,
    },
    /// Destroys tokens.
    BurnTokens {
        /// Token program.
        program: Address,
        /// Token account.
        account: Address,
        /// Mint.
        mint: Address,
        /// Who allows it.
        authority: Address,
        /// Base units.
        amount: u64,
    },
    /// Lets somebody else spend.
    ApproveTokens {
        /// Token program.
        program: Address,
        /// Token account.
        account: Address,
        /// Who may spend.
        delegate: Address,
        /// Who allows it.
        owner: Address,
        /// Base units.
        amount: u64,
    },
    /// Takes an approval back.
    RevokeApproval {
        /// Token account.
        account: Address,
        /// Who takes it back.
        owner: Address,
    },
    /// Gives a right over a mint or token account away.
    SetAuthority {
        /// Mint or token account.
        account: Address,
        /// Which right.
        authority: Authority,
        /// Who had it.
        from: Address,
        /// Who gets it; nobody, for ever, when `None`.
        to: Option<Address>,
    },
    /// Closes a token account and sends its lamports away.
    CloseAccount {
        /// Token account.
        account: Address,
        /// Who gets the lamports.
        destination: Address,
        /// Who allows it.
        owner: Address,
    },
    /// Counts lamports sent to a wrapped account as tokens.
    SyncNative {
        /// Token account.
        account: Address,
    },
    /// Anything else.
    Unknown(Instruction),
}

/// The effect of every instruction of `transaction`, in order.
pub fn effects(transaction: &Resolved) -> Vec<Effect> {
    transaction.instructions.iter().map(effect).collect()
}

/// The effect of one instruction.
pub fn effect(instruction: &Instruction) -> Effect {
    let known = match instruction.program_id {
        id if id == solana_compute_budget_interface::ID => compute_budget(&instruction.data),
        id if id == solana_system_interface::program::ID => system(instruction),
        id if id == ASSOCIATED_TOKEN_PROGRAM => associated(instruction),
        id if id == TOKEN_PROGRAM || id == TOKEN_2022_PROGRAM => token(instruction),
        _ => None,
    };
    known.unwrap_or_else(|| Effect::Unknown(instruction.clone()))
}

/// The addresses an instruction names, if they are exactly `N`.
pub(crate) fn exactly<const N: usize>(instruction: &Instruction) -> Option<[Address; N]> {
    let addresses: Vec<Address> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
    addresses.try_into().ok()
}

fn compute_budget(data: &[u8]) -> Option<Effect> {
    let (tag, value) = data.split_first()?;
    let short = || value.try_into().ok().map(u32::from_le_bytes);
    match tag {
        1 | 4 => short().map(|bytes| Effect::RuntimeBound { bytes }),
        2 => short().map(|units| Effect::ComputeLimit { units }),
        3 => {
            let micro_lamports = u64::from_le_bytes(value.try_into().ok()?);
            Some(Effect::ComputePrice { micro_lamports })
        }
        _ => None,
    }
}

fn system(instruction: &Instruction) -> Option<Effect> {
    let decoded: SystemInstruction = bincode::deserialize(&instruction.data).ok()?;
    if bincode::serialize(&decoded).ok()? != instruction.data {
        return None;
    }
    match decoded {
        SystemInstruction::Transfer { lamports } => {
            let [from, to] = exactly(instruction)?;
            Some(Effect::PayLamports { from, to, lamports })
        }
        SystemInstruction::CreateAccount { lamports, owner, .. } => {
            let [from, account] = exactly(instruction)?;
            Some(Effect::CreateAccount { from, account, owner, lamports })
        }
        SystemInstruction::AdvanceNonceAccount => {
            let [nonce, _recent_blockhashes, authority] = exactly(instruction)?;
            Some(Effect::AdvanceNonce { nonce, authority })
        }
        _ => None,
    }
}

fn associated(instruction: &Instruction) -> Option<Effect> {
    let idempotent = match instruction.data.as_slice() {
        [] | [0] => false,
        [1] => true,
        _ => return None,
    };
    let [payer, account, owner, mint, system, program] = exactly(instruction)?;
    let ours = program == TOKEN_PROGRAM || program == TOKEN_2022_PROGRAM;
    if !ours
        || system != solana_system_interface::program::ID
        || account != associated_account(&owner, &mint, &program)
    {
        return None;
    }
    Some(Effect::CreateAssociatedAccount { payer, account, owner, mint, program, idempotent })
}

fn token(instruction: &Instruction) -> Option<Effect> {
    let program = instruction.program_id;
    let decoded = TokenInstruction::unpack(&instruction.data).ok()?;
    if decoded.pack() != instruction.data {
        return None;
    }
    match decoded {
        TokenInstruction::Transfer { amount } => {
            let [from, to, authority] = exactly(instruction)?;
            Some(Effect::TransferTokens { program, from, to, authority, mint: None, amount })
        }
        TokenInstruction::TransferChecked { amount, .. } => {
            let [from, mint, to, authority] = exactly(instruction)?;
            Some(Effect::TransferTokens { program, from, to, authority, mint: Some(mint), amount })
        }
        TokenInstruction::Burn { amount } | TokenInstruction::BurnChecked { amount, .. } => {
            let [account, mint, authority] = exactly(instruction)?;
            Some(Effect::BurnTokens { program, account, mint, authority, amount })
        }
        TokenInstruction::Approve { amount } => {
            let [account, delegate, owner] = exactly(instruction)?;
            Some(Effect::ApproveTokens { program, account, delegate, owner, amount })
        }
        TokenInstruction::ApproveChecked { amount, .. } => {
            let [account, _mint, delegate, owner] = exactly(instruction)?;
            Some(Effect::ApproveTokens { program, account, delegate, owner, amount })
        }
        TokenInstruction::Revoke => {
            let [account, owner] = exactly(instruction)?;
            Some(Effect::RevokeApproval { account, owner })
        }
        TokenInstruction::SetAuthority { authority_type, new_authority } => {
            let [account, from] = exactly(instruction)?;
            let authority = match authority_type {
                AuthorityType::MintTokens => Authority::Mint,
                AuthorityType::FreezeAccount => Authority::Freeze,
                AuthorityType::AccountOwner => Authority::Owner,
                AuthorityType::CloseAccount => Authority::Close,
            };
            Some(Effect::SetAuthority { account, authority, from, to: new_authority.into() })
        }
        TokenInstruction::CloseAccount => {
            let [account, destination, owner] = exactly(instruction)?;
            Some(Effect::CloseAccount { account, destination, owner })
        }
        TokenInstruction::SyncNative => {
            let [account] = exactly(instruction)?;
            Some(Effect::SyncNative { account })
        }
        _ => None,
    }
}
