//! What programs in native code share: access to their accounts, calls of
//! other programs, and refusals in the words of Anchor.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use solana_instruction::error::InstructionError;
use solana_instruction::{AccountMeta, Instruction};
use solana_program_runtime::invoke_context::InvokeContext;
use solana_pubkey::Pubkey;

use crate::ids::SYSTEM;
use crate::token::rent;

/// First bytes of an instruction that carries an event: Anchor's
/// `EVENT_IX_TAG`, little-endian.
pub const EVENT_TAG: [u8; 8] = [0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d];
/// Seed of the account that signs a program's events.
pub const EVENT_AUTHORITY: &[u8] = b"__event_authority";

/// Who owns programs: the loaders of native code, and of compiled code.
const LOADERS: [Pubkey; 3] = [
    Pubkey::from_str_const("NativeLoader1111111111111111111111111111111"),
    Pubkey::from_str_const("BPFLoader2111111111111111111111111111111111"),
    Pubkey::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111"),
];

/// The result of an instruction.
pub type Outcome<T = ()> = Result<T, InstructionError>;

/// Anchor's discriminator of an `account`, an `event`, or a `global` instruction.
pub fn discriminator(space: &str, name: &str) -> [u8; 8] {
    let digest = Sha256::digest(format!("{space}:{name}"));
    std::array::from_fn(|index| digest[index])
}

/// Why a program refuses: Anchor's error code, its name and its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The custom error of the instruction.
    pub code: u32,
    /// The name in the log.
    pub name: &'static str,
    /// The words in the log.
    pub message: &'static str,
}

/// Declares [`Refusal`]s.
#[macro_export]
macro_rules! refusals {
    ($($constant:ident = $code:literal $name:literal $message:literal;)*) => {
        $(
            #[doc = $message]
            pub const $constant: $crate::program::Refusal =
                $crate::program::Refusal { code: $code, name: $name, message: $message };
        )*
    };
}

refusals! {
    NO_SUCH_INSTRUCTION = 101 "InstructionFallbackNotFound" "Fallback functions are not supported";
    UNREADABLE_INSTRUCTION = 102 "InstructionDidNotDeserialize" "The program could not deserialize the given instruction";
    MUST_BE_MUTABLE = 2000 "ConstraintMut" "A mut constraint was violated";
    WRONG_RELATION = 2001 "ConstraintHasOne" "A has one constraint was violated";
    RAW_CONSTRAINT = 2003 "ConstraintRaw" "A raw constraint was violated";
    WRONG_SEEDS = 2006 "ConstraintSeeds" "A seeds constraint was violated";
    NOT_ASSOCIATED = 2009 "ConstraintAssociated" "An associated constraint was violated";
    WRONG_DISCRIMINATOR = 3002 "AccountDiscriminatorMismatch" "Account discriminator did not match what was expected";
    UNREADABLE_ACCOUNT = 3003 "AccountDidNotDeserialize" "Failed to deserialize the account";
    TOO_FEW_ACCOUNTS = 3005 "AccountNotEnoughKeys" "Not enough account keys given to the instruction";
    WRONG_OWNER = 3007 "AccountOwnedByWrongProgram" "The given account is owned by a different program than expected";
    WRONG_PROGRAM = 3008 "InvalidProgramId" "Program ID was not as expected";
    NOT_SIGNED = 3010 "AccountNotSigner" "The given account did not sign";
    NOT_INITIALIZED = 3012 "AccountNotInitialized" "The program expected this account to be already initialized";
}

/// State that a program keeps in an account, behind a discriminator.
pub trait State: BorshSerialize + BorshDeserialize {
    /// The name that the discriminator is made of.
    const NAME: &'static str;
    /// The program that owns the account.
    const PROGRAM: Pubkey;

    /// The data of an account with this state.
    fn to_data(&self) -> Vec<u8> {
        let mut data = discriminator("account", Self::NAME).to_vec();
        data.extend(borsh::to_vec(self).expect("writing to memory does not fail"));
        data
    }

    /// The state in the data of an account; bytes behind it are ignored.
    fn from_data(data: &[u8]) -> Option<Self> {
        let rest = data.strip_prefix(&discriminator("account", Self::NAME))?;
        Self::deserialize(&mut &*rest).ok()
    }
}

/// An instruction of a program: its name, its title in the log, and what runs.
pub type Handler = (&'static str, &'static str, fn(&mut Call) -> Outcome);

/// An account as the running instruction sees it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The owning program.
    pub owner: Pubkey,
    /// The balance.
    pub lamports: u64,
    /// The data.
    pub data: Vec<u8>,
    /// Whether it is a program.
    pub executable: bool,
}

/// A running instruction.
pub struct Call<'c, 'a, 'i> {
    context: &'c mut InvokeContext<'a, 'i>,
    /// The program that runs.
    pub program: Pubkey,
    /// The instruction's data.
    pub data: Vec<u8>,
    /// The instruction's accounts.
    pub metas: Vec<AccountMeta>,
}

impl<'c, 'a, 'i> Call<'c, 'a, 'i> {
    /// The instruction that `context` now runs.
    pub fn new(context: &'c mut InvokeContext<'a, 'i>) -> Outcome<Self> {
        let current = context.transaction_context.get_current_instruction_context()?;
        let metas = (0..current.get_number_of_instruction_accounts()).map(|index| {
            Ok(AccountMeta {
                pubkey: *current.get_key_of_instruction_account(index)?,
                is_signer: current.is_instruction_account_signer(index)?,
                is_writable: current.is_instruction_account_writable(index)?,
            })
        });
        let metas = metas.collect::<Outcome<Vec<_>>>()?;
        let (program, data) = (*current.get_program_key()?, current.get_instruction_data().to_vec());
        Ok(Self { context, program, data, metas })
    }

    /// Charges compute units.
    pub fn charge(&self, units: u64) -> Outcome {
        let charged = self.context.compute_meter.consume_checked(units);
        charged.map_err(|_| InstructionError::ComputationalBudgetExceeded)
    }

    /// Runs the handler of the instruction that the discriminator names.
    pub fn dispatch(&mut self, handlers: &[Handler]) -> Outcome {
        for (name, title, handler) in handlers {
            if self.data.starts_with(&discriminator("global", name)) {
                self.log(&format!("Instruction: {title}"));
                return handler(self);
            }
        }
        self.refuse(NO_SUCH_INSTRUCTION)
    }

    /// Writes a line to the transaction's log.
    pub fn log(&self, line: &str) {
        if let Some(collector) = self.context.get_log_collector() {
            collector.borrow_mut().log(&format!("Program log: {line}"));
        }
    }

    /// Logs why the instruction is refused, as Anchor does it.
    pub fn refuse<T>(&self, why: Refusal) -> Outcome<T> {
        let Refusal { code, name, message } = why;
        self.log(&format!(
            "AnchorError occurred. Error Code: {name}. Error Number: {code}. Error Message: {message}."
        ));
        Err(InstructionError::Custom(code))
    }

    /// Refuses unless `holds`.
    pub fn require(&self, holds: bool, why: Refusal) -> Outcome {
        if holds { Ok(()) } else { self.refuse(why) }
    }

    /// The instruction's parameters, behind its discriminator.
    pub fn parameters<T: BorshDeserialize>(&self) -> Outcome<T> {
        let rest = self.data.get(8..).unwrap_or_default();
        T::deserialize(&mut &*rest).or_else(|_| self.refuse(UNREADABLE_INSTRUCTION))
    }

    /// Refuses an instruction with fewer accounts.
    pub fn require_accounts(&self, count: usize) -> Outcome {
        self.require(self.metas.len() >= count, TOO_FEW_ACCOUNTS)
    }

    /// How many accounts there are.
    pub fn count(&self) -> usize {
        self.metas.len()
    }

    /// The address of an account.
    pub fn key(&self, index: usize) -> Pubkey {
        self.metas[index].pubkey
    }

    /// Refuses unless the account signed.
    pub fn require_signer(&self, index: usize) -> Outcome {
        self.require(self.metas[index].is_signer, NOT_SIGNED)
    }

    /// Refuses unless the account may be written.
    pub fn require_writable(&self, index: usize) -> Outcome {
        self.require(self.metas[index].is_writable, MUST_BE_MUTABLE)
    }

    /// Refuses unless the account is this program.
    pub fn require_program(&self, index: usize, program: &Pubkey) -> Outcome {
        self.require(self.key(index) == *program, WRONG_PROGRAM)
    }

    /// Refuses unless the account has the address that these seeds lead to.
    pub fn require_seeds(&self, index: usize, seeds: &[&[u8]], program: &Pubkey) -> Outcome<u8> {
        let (address, bump) = Pubkey::find_program_address(seeds, program);
        self.require(self.key(index) == address, WRONG_SEEDS)?;
        Ok(bump)
    }

    /// The account as it is now.
    pub fn stored(&self, index: usize) -> Outcome<Stored> {
        let current = self.context.transaction_context.get_current_instruction_context()?;
        let account = current.try_borrow_instruction_account(index as u16)?;
        Ok(Stored {
            owner: *account.get_owner(),
            lamports: account.get_lamports(),
            data: account.get_data().to_vec(),
            executable: LOADERS.contains(account.get_owner()),
        })
    }

    /// Replaces the data of an account of this program.
    pub fn write(&mut self, index: usize, data: &[u8]) -> Outcome {
        let current = self.context.transaction_context.get_current_instruction_context()?;
        current.try_borrow_instruction_account(index as u16)?.set_data_from_slice(data)
    }

    /// The state in an account, after Anchor's checks.
    pub fn load<T: State>(&self, index: usize) -> Outcome<T> {
        let stored = self.stored(index)?;
        self.require(stored.owner != SYSTEM || stored.lamports > 0, NOT_INITIALIZED)?;
        self.require(stored.owner == T::PROGRAM, WRONG_OWNER)?;
        let known = stored.data.starts_with(&discriminator("account", T::NAME));
        self.require(known, WRONG_DISCRIMINATOR)?;
        T::from_data(&stored.data).map_or_else(|| self.refuse(UNREADABLE_ACCOUNT), Ok)
    }

    /// Writes state into an account of this program, which keeps its size.
    pub fn store<T: State>(&mut self, index: usize, state: &T) -> Outcome {
        let mut data = state.to_data();
        let old = self.stored(index)?.data;
        if let Some(rest) = old.get(data.len()..) {
            data.extend(rest);
        }
        self.write(index, &data)
    }

    /// Closes an account of this program; another account gets its lamports.
    pub fn close(&mut self, index: usize, payee: usize) -> Outcome {
        let current = self.context.transaction_context.get_current_instruction_context()?;
        let mut account = current.try_borrow_instruction_account(index as u16)?;
        let lamports = account.get_lamports();
        account.set_lamports(0)?;
        account.set_data_length(0)?;
        account.set_owner(SYSTEM.as_ref())?;
        drop(account);
        current.try_borrow_instruction_account(payee as u16)?.checked_add_lamports(lamports)
    }

    /// Calls another program, signing for the addresses of these seeds.
    pub fn invoke(&mut self, instruction: Instruction, seeds: &[&[&[u8]]]) -> Outcome {
        self.context.native_invoke_signed(instruction, seeds)
    }

    /// Creates an account of this program as Anchor's `init` does it: an
    /// address that holds lamports already is topped up and taken over.
    pub fn create(&mut self, index: usize, payer: usize, space: usize, seeds: &[&[u8]]) -> Outcome {
        let (address, payer_key, program) = (self.key(index), self.key(payer), self.program);
        let signers: &[&[&[u8]]] = if seeds.is_empty() { &[] } else { &[seeds] };
        let (held, needed) = (self.stored(index)?.lamports, rent(space));
        let payer = AccountMeta::new(payer_key, true);
        let created = AccountMeta::new(address, true);
        if held == 0 {
            let numbers = [&0_u32.to_le_bytes()[..], &needed.to_le_bytes(), &(space as u64).to_le_bytes()];
            let data = [numbers.concat(), program.to_bytes().to_vec()].concat();
            return self
                .invoke(Instruction { program_id: SYSTEM, accounts: vec![payer, created], data }, signers);
        }
        if held < needed {
            let data = [&2_u32.to_le_bytes()[..], &(needed - held).to_le_bytes()].concat();
            let to = AccountMeta::new(address, false);
            self.invoke(Instruction { program_id: SYSTEM, accounts: vec![payer, to], data }, &[])?;
        }
        let data = [&8_u32.to_le_bytes()[..], &(space as u64).to_le_bytes()].concat();
        self.invoke(Instruction { program_id: SYSTEM, accounts: vec![created.clone()], data }, signers)?;
        let data = [&1_u32.to_le_bytes()[..], program.as_ref()].concat();
        self.invoke(Instruction { program_id: SYSTEM, accounts: vec![created], data }, signers)
    }

    /// Emits an event as Anchor's `emit_cpi!`: the program calls itself.
    pub fn emit<T: BorshSerialize>(&mut self, authority: usize, name: &str, event: &T) -> Outcome {
        let bump = self.require_seeds(authority, &[EVENT_AUTHORITY], &self.program)?;
        let mut data = [EVENT_TAG, discriminator("event", name)].concat();
        data.extend(borsh::to_vec(event).expect("writing to memory does not fail"));
        let accounts = vec![AccountMeta::new_readonly(self.key(authority), true)];
        let instruction = Instruction { program_id: self.program, accounts, data };
        self.invoke(instruction, &[&[EVENT_AUTHORITY, &[bump]]])
    }

    /// Whether the instruction only carries an event, signed as it must be.
    pub fn is_event(&self) -> Outcome<bool> {
        if !self.data.starts_with(&EVENT_TAG) {
            return Ok(false);
        }
        self.require_accounts(1)?;
        self.require_signer(0)?;
        self.require_seeds(0, &[EVENT_AUTHORITY], &self.program)?;
        Ok(true)
    }

    /// The chain's slot and Unix time.
    pub fn clock(&self) -> Outcome<(u64, i64)> {
        let clock = self.context.environment_config.sysvar_cache().get_clock()?;
        Ok((clock.slot, clock.unix_timestamp))
    }

    /// Leaves data for the caller.
    pub fn return_data(&mut self, data: Vec<u8>) -> Outcome {
        let program = self.program;
        self.context.transaction_context.set_return_data(program, data)
    }
}
