//! ERC-20: the calls we make and the event we read.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;

use crate::chains::evm::Call;

mod abi {
    #![allow(missing_docs, reason = "the interface is its own documentation")]

    alloy::sol! {
        #[derive(Debug, PartialEq, Eq)]
        interface Erc20 {
            event Transfer(address indexed from, address indexed to, uint256 value);
            event Approval(address indexed owner, address indexed spender, uint256 value);

            function balanceOf(address account) external view returns (uint256);
            function approve(address spender, uint256 value) external returns (bool);
            function allowance(address owner, address spender) external view returns (uint256);
            function decimals() external view returns (uint8);
        }
    }
}

pub use abi::Erc20;

/// `balanceOf(owner)`.
pub fn balance_of(token: Address, owner: Address) -> Call {
    Call::new(token, Erc20::balanceOfCall { account: owner }.abi_encode())
}

/// `approve(spender, units)`.
pub fn approve(token: Address, spender: Address, units: u128) -> Call {
    Call::new(token, Erc20::approveCall { spender, value: U256::from(units) }.abi_encode())
}

/// `allowance(owner, spender)`.
pub fn allowance(token: Address, owner: Address, spender: Address) -> Call {
    Call::new(token, Erc20::allowanceCall { owner, spender }.abi_encode())
}

/// `decimals()`.
pub fn decimals(token: Address) -> Call {
    Call::new(token, Erc20::decimalsCall {}.abi_encode())
}

/// What `balanceOf` or `allowance` returned.
///
/// # Errors
/// Says what is wrong with the data: empty, of another length, or absurdly large.
pub fn units(data: &[u8]) -> Result<u128, String> {
    crate::chains::evm::errors::amount_of(data)
}

/// What `decimals` returned.
///
/// # Errors
/// As [`units`], or when it is no `uint8`.
pub fn decimals_of(data: &[u8]) -> Result<u8, String> {
    let number = units(data)?;
    u8::try_from(number).map_err(|_| format!("{number} decimals are not possible"))
}
