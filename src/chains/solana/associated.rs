//! Associated token accounts: where a wallet's tokens of one mint live.

use solana_address::Address;
use solana_instruction::Instruction;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent;

pub use spl_associated_token_account_interface::program::ID as ASSOCIATED_TOKEN_PROGRAM;

/// The associated account of `owner` for `mint` under the token program `program`.
pub fn associated_account(owner: &Address, mint: &Address, program: &Address) -> Address {
    get_associated_token_address_with_program_id(owner, mint, program)
}

/// Creates the associated account of `owner`, paid by `payer`; does nothing when it exists.
pub fn create_associated_account(
    payer: &Address,
    owner: &Address,
    mint: &Address,
    program: &Address,
) -> Instruction {
    create_associated_token_account_idempotent(payer, owner, mint, program)
}
