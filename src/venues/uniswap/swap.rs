//! Swaps as SwapRouter02 calldata: `multicall(deadline, [one exact-input call])`, written from a
//! step and read back strictly, so that policy judges what will be signed and not what was meant.

use alloy::primitives::aliases::{U24, U160};
use alloy::primitives::{Address, Bytes, U256, address};
use alloy::sol_types::SolCall;

use super::address::{v2_pair, v3_pool};
use super::contracts::ISwapRouter02::{
    ExactInputSingleParams, exactInputSingleCall, multicallCall, swapExactTokensForTokensCall,
};
use crate::chains::evm::Call;
use crate::config::ChainConfig;
use crate::domain::pool::V2_FEE;
use crate::domain::{AnyAddress, AssetId, SwapStep, Venue};

/// The router reads these recipients as "the sender" and "the router itself".
const PLACEHOLDERS: [Address; 3] = [
    Address::ZERO,
    address!("0000000000000000000000000000000000000001"),
    address!("0000000000000000000000000000000000000002"),
];

/// Why a swap cannot be written, or calldata is not a swap of ours. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwapError {
    /// The chain has no Uniswap, or no V2 factory for a V2 pool, in the configuration.
    #[error(
        "the chain has no `uniswap` contracts for this venue; nothing was sent: add them or do not swap there"
    )]
    NotConfigured,
    /// The step is for a venue with a router of its own.
    #[error("{venue} is not swapped through SwapRouter02; nothing was sent")]
    OtherVenue {
        /// The venue.
        venue: Venue,
    },
    /// A token of the step is not configured on the chain.
    #[error("{asset} has no token contract on the chain; nothing was sent: add it under `tokens`")]
    UnknownToken {
        /// The asset.
        asset: AssetId,
    },
    /// The pool of the step is not the one the router would use.
    #[error("the step names pool {named}, the router would use {used}; nothing was sent: decide again")]
    WrongPool {
        /// Pool in the step.
        named: AnyAddress,
        /// Pool that follows from the factory, the tokens and the fee.
        used: Address,
    },
    /// The fee does not fit the venue.
    #[error("{fee} is not a fee of that kind of pool; nothing was sent")]
    Fee {
        /// The fee.
        fee: u64,
    },
    /// Zero has a special meaning for the router (its own balance), and no limit is no protection.
    #[error(
        "{what} is zero, which the router would not read as zero or which protects nothing; nothing was sent"
    )]
    Zero {
        /// Which value.
        what: &'static str,
    },
    /// A recipient the router replaces by another one.
    #[error("recipient {recipient} is a placeholder of the router; nothing was sent")]
    Recipient {
        /// The address.
        recipient: Address,
    },
    /// Calldata that is anything but one exact-input swap in a multicall with a deadline.
    #[error("calldata is not a swap of ours ({reason}); it must not be signed")]
    Foreign {
        /// What differs.
        reason: &'static str,
    },
}

/// One swap through SwapRouter02.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouterSwap {
    /// The router: target of the transaction and spender of the approval.
    pub router: Address,
    /// Unix seconds after which the router refuses.
    pub deadline: u64,
    /// V2 or V3.
    pub venue: Venue,
    /// What is sold.
    pub token_in: Address,
    /// What is bought.
    pub token_out: Address,
    /// Pool fee in hundredths of a basis point; 3000 for V2.
    pub fee: u32,
    /// Base units sold.
    pub amount_in: u128,
    /// Fewest base units accepted.
    pub min_out: u128,
    /// Who receives.
    pub recipient: Address,
}

impl RouterSwap {
    /// The swap that `step` means on `chain`, to be mined until `deadline` (unix seconds).
    pub fn from_step(step: &SwapStep, chain: &ChainConfig, deadline: u64) -> Result<Self, SwapError> {
        let contracts = chain.uniswap.as_ref().ok_or(SwapError::NotConfigured)?;
        let token = |asset: &AssetId| {
            let token = chain.tokens.get(asset.as_str());
            token.map(|token| token.address).ok_or_else(|| SwapError::UnknownToken { asset: asset.clone() })
        };
        let swap = Self {
            router: contracts.swap_router02,
            deadline,
            venue: step.venue,
            token_in: token(step.amount_in.asset())?,
            token_out: token(step.min_out.asset())?,
            fee: step.fee,
            amount_in: step.amount_in.units(),
            min_out: step.min_out.units(),
            recipient: step.recipient.evm().ok_or(SwapError::Zero { what: "recipient" })?,
        };
        swap.check()?;
        let used = match swap.venue {
            Venue::UniswapV2 => {
                let factory = contracts.v2_factory.ok_or(SwapError::NotConfigured)?;
                v2_pair(factory, swap.token_in, swap.token_out)
            }
            Venue::UniswapV3 => v3_pool(contracts.v3_factory, swap.token_in, swap.token_out, swap.fee),
            venue @ (Venue::OneInch | Venue::Jupiter) => return Err(SwapError::OtherVenue { venue }),
        };
        if step.pool != used.into() {
            return Err(SwapError::WrongPool { named: step.pool, used });
        }
        Ok(swap)
    }

    /// The call to send.
    pub fn call(&self) -> Result<Call, SwapError> {
        self.check()?;
        let inner = match self.venue {
            Venue::UniswapV2 => swapExactTokensForTokensCall {
                amountIn: U256::from(self.amount_in),
                amountOutMin: U256::from(self.min_out),
                path: vec![self.token_in, self.token_out],
                to: self.recipient,
            }
            .abi_encode(),
            Venue::UniswapV3 => {
                let params = ExactInputSingleParams {
                    tokenIn: self.token_in,
                    tokenOut: self.token_out,
                    fee: U24::try_from(self.fee).map_err(|_| SwapError::Fee { fee: self.fee.into() })?,
                    recipient: self.recipient,
                    amountIn: U256::from(self.amount_in),
                    amountOutMinimum: U256::from(self.min_out),
                    sqrtPriceLimitX96: U160::ZERO,
                };
                exactInputSingleCall { params }.abi_encode()
            }
            venue @ (Venue::OneInch | Venue::Jupiter) => return Err(SwapError::OtherVenue { venue }),
        };
        let outer = multicallCall { deadline: U256::from(self.deadline), data: vec![inner.into()] };
        Ok(Call { to: self.router, data: outer.abi_encode().into() })
    }

    /// Reads a call back. Only calldata that [`RouterSwap::call`] writes, byte for byte, is accepted.
    pub fn decode(call: &Call) -> Result<Self, SwapError> {
        let foreign = |reason| SwapError::Foreign { reason };
        let outer = multicallCall::abi_decode_validate(&call.data)
            .map_err(|_| foreign("not multicall(deadline, calls)"))?;
        let [inner] = outer.data.as_slice() else {
            return Err(foreign("not exactly one inner call"));
        };
        let deadline = u64::try_from(outer.deadline).map_err(|_| foreign("the deadline is beyond time"))?;
        let swap = if inner.starts_with(&exactInputSingleCall::SELECTOR) {
            Self::decode_v3(call.to, deadline, inner)?
        } else if inner.starts_with(&swapExactTokensForTokensCall::SELECTOR) {
            Self::decode_v2(call.to, deadline, inner)?
        } else {
            return Err(foreign("the inner call is not an exact-input swap"));
        };
        // Padding, dirty bits and trailing bytes: whatever we would not have written is not ours.
        if swap.call()?.data != call.data {
            return Err(foreign("not the canonical encoding"));
        }
        Ok(swap)
    }

    fn decode_v3(router: Address, deadline: u64, inner: &Bytes) -> Result<Self, SwapError> {
        let params = exactInputSingleCall::abi_decode_validate(inner)
            .map_err(|_| SwapError::Foreign { reason: "malformed exactInputSingle" })?
            .params;
        if !params.sqrtPriceLimitX96.is_zero() {
            return Err(SwapError::Foreign { reason: "a price limit allows a partial fill" });
        }
        Ok(Self {
            router,
            deadline,
            venue: Venue::UniswapV3,
            token_in: params.tokenIn,
            token_out: params.tokenOut,
            fee: params.fee.to::<u32>(),
            amount_in: units(params.amountIn)?,
            min_out: units(params.amountOutMinimum)?,
            recipient: params.recipient,
        })
    }

    fn decode_v2(router: Address, deadline: u64, inner: &Bytes) -> Result<Self, SwapError> {
        let params = swapExactTokensForTokensCall::abi_decode_validate(inner)
            .map_err(|_| SwapError::Foreign { reason: "malformed swapExactTokensForTokens" })?;
        let [token_in, token_out] = params.path.as_slice() else {
            return Err(SwapError::Foreign { reason: "the path is not one pair" });
        };
        Ok(Self {
            router,
            deadline,
            venue: Venue::UniswapV2,
            token_in: *token_in,
            token_out: *token_out,
            fee: V2_FEE,
            amount_in: units(params.amountIn)?,
            min_out: units(params.amountOutMin)?,
            recipient: params.to,
        })
    }

    fn check(&self) -> Result<(), SwapError> {
        let zeros = [
            ("the amount sold", self.amount_in == 0),
            ("the least accepted amount", self.min_out == 0),
            ("the deadline", self.deadline == 0),
        ];
        if let Some((what, _)) = zeros.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(SwapError::Zero { what });
        }
        if PLACEHOLDERS.contains(&self.recipient) {
            return Err(SwapError::Recipient { recipient: self.recipient });
        }
        if self.token_in == self.token_out {
            return Err(SwapError::Foreign { reason: "a token is swapped for itself" });
        }
        let fits = match self.venue {
            Venue::UniswapV2 => self.fee == V2_FEE,
            Venue::UniswapV3 => self.fee < 1_000_000,
            venue @ (Venue::OneInch | Venue::Jupiter) => return Err(SwapError::OtherVenue { venue }),
        };
        if fits { Ok(()) } else { Err(SwapError::Fee { fee: self.fee.into() }) }
    }
}

fn units(value: U256) -> Result<u128, SwapError> {
    u128::try_from(value).map_err(|_| SwapError::Foreign { reason: "an amount is beyond any token" })
}
