//! Routes as calldata of the AtomicRoute contract, written from a step and read back strictly, so that policy
//! judges what will be signed and not what was meant.

use std::collections::BTreeMap;

use alloy::primitives::aliases::{I24, U24};
use alloy::primitives::{Address, Bytes};
use alloy::sol_types::{SolCall, SolInterface as _};

use super::abi::IAtomicRoute::{IAtomicRouteErrors, executeCall};
use super::abi::{Leg, Route};
use crate::chains::evm::Call;
use crate::config::ChainConfig;
use crate::domain::{AssetId, Funding, RouteStep};
use crate::policy::{LegEffect, RouteEffect};

/// `amountIn` of a leg that takes all there is.
const ALL: u128 = u128::MAX;

/// Why a route cannot be written, or calldata is not a route of ours. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// A token of the step is not configured on the chain.
    #[error("{asset} has no token contract on the chain; nothing was sent: add it under `tokens`")]
    UnknownToken {
        /// The asset.
        asset: AssetId,
    },
    /// A number does not fit its field, or there are too many tokens.
    #[error("the route's {what} does not fit the contract; nothing was sent: decide again")]
    Size {
        /// Which.
        what: &'static str,
    },
    /// Calldata that is anything but a route as this daemon writes it.
    #[error("calldata is not a route of ours ({reason}); it must not be signed")]
    Foreign {
        /// What differs.
        reason: &'static str,
    },
}

/// A call of `execute`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteCall {
    /// The contract.
    pub contract: Address,
    /// What it is asked for.
    pub route: RouteEffect,
}

/// Why the contract refused, in the words of its errors; `None` for another contract's words.
pub fn refusal(data: &Bytes) -> Option<String> {
    let error = IAtomicRouteErrors::abi_decode_validate(data).ok()?;
    let text = format!("{error:?}");
    // `Name(Name { field: value })` once is enough.
    let inner =
        text.split_once('(').map_or(text.as_str(), |(_, rest)| rest.strip_suffix(')').unwrap_or(rest));
    Some(inner.to_owned())
}

impl RouteCall {
    /// The call that `step` means on `chain`, to be mined until `deadline` (unix seconds).
    ///
    /// # Errors
    /// [`RouteError::UnknownToken`] when the configuration lacks one.
    pub fn from_step(step: &RouteStep, chain: &ChainConfig, deadline: u64) -> Result<Self, RouteError> {
        let token = |asset: &AssetId| {
            let token = chain.tokens.get(asset.as_str());
            token.map(|token| token.address).ok_or_else(|| RouteError::UnknownToken { asset: asset.clone() })
        };
        let leg = |leg: &crate::domain::RouteLeg| {
            Ok(LegEffect {
                factory: leg.factory,
                token_in: token(leg.amount_in.asset())?,
                token_out: token(leg.min_out.asset())?,
                fee: leg.fee,
                tick_spacing: leg.tick_spacing,
                amount_in: (!leg.takes_rest).then_some(leg.amount_in.units()),
                min_out: leg.min_out.units(),
            })
        };
        let route = RouteEffect {
            base: token(step.loan.asset())?,
            loan: step.loan.units(),
            min_profit: step.min_profit.units(),
            deadline,
            last_block: step.last_block,
            funding: step.funding,
            legs: step.legs.iter().map(leg).collect::<Result<_, _>>()?,
        };
        Ok(Self { contract: step.contract, route })
    }

    /// The call to send.
    ///
    /// # Errors
    /// [`RouteError::Size`] when a number does not fit its field.
    pub fn call(&self) -> Result<Call, RouteError> {
        let meant = &self.route;
        let mut tokens = vec![meant.base];
        let mut place = BTreeMap::from([(meant.base, 0_u8)]);
        let mut legs = Vec::with_capacity(meant.legs.len());
        for leg in &meant.legs {
            let mut index = |token: Address| {
                if let Some(index) = place.get(&token) {
                    return Ok(*index);
                }
                let index = u8::try_from(tokens.len()).map_err(|_| RouteError::Size { what: "tokens" })?;
                tokens.push(token);
                place.insert(token, index);
                Ok(index)
            };
            legs.push(Leg {
                factory: leg.factory,
                tokenIn: index(leg.token_in)?,
                tokenOut: index(leg.token_out)?,
                fee: U24::try_from(leg.fee).map_err(|_| RouteError::Size { what: "fee" })?,
                tickSpacing: I24::try_from(leg.tick_spacing)
                    .map_err(|_| RouteError::Size { what: "tick spacing" })?,
                amountIn: match leg.amount_in {
                    // It would be read as all there is.
                    Some(ALL) => return Err(RouteError::Size { what: "amount" }),
                    Some(units) => units,
                    None => ALL,
                },
                minOut: leg.min_out,
            });
        }
        let route = Route {
            tokens,
            amountIn: meant.loan,
            minProfit: meant.min_profit,
            deadline: meant.deadline,
            lastBlock: meant.last_block,
            funding: match meant.funding {
                Funding::Inventory => 0,
                Funding::PoolManager => 1,
            },
            lenderFactory: 0,
            lenderFee: U24::ZERO,
            lenderToken: Address::ZERO,
            legs,
        };
        Ok(Call { to: self.contract, data: executeCall { route }.abi_encode().into() })
    }

    /// Reads a call back. Only calldata that [`RouteCall::call`] writes, byte for byte, is accepted.
    ///
    /// # Errors
    /// [`RouteError::Foreign`] for everything else.
    pub fn decode(to: Address, data: &Bytes) -> Result<Self, RouteError> {
        let foreign = |reason| RouteError::Foreign { reason };
        let route = executeCall::abi_decode_validate(data).map_err(|_| foreign("not execute(route)"))?.route;
        let token = |index: u8| {
            let token = route.tokens.get(usize::from(index)).copied();
            token.ok_or(foreign("a leg names a token that is not there"))
        };
        let leg = |leg: &Leg| {
            Ok(LegEffect {
                factory: leg.factory,
                token_in: token(leg.tokenIn)?,
                token_out: token(leg.tokenOut)?,
                fee: leg.fee.to::<u32>(),
                tick_spacing: leg.tickSpacing.as_i32(),
                amount_in: (leg.amountIn != ALL).then_some(leg.amountIn),
                min_out: leg.minOut,
            })
        };
        let meant = RouteEffect {
            base: token(0)?,
            loan: route.amountIn,
            min_profit: route.minProfit,
            deadline: route.deadline,
            last_block: route.lastBlock,
            funding: match route.funding {
                0 => Funding::Inventory,
                1 => Funding::PoolManager,
                _ => return Err(foreign("another kind of loan")),
            },
            legs: route.legs.iter().map(leg).collect::<Result<_, _>>()?,
        };
        let call = Self { contract: to, route: meant };
        // Padding, dirty bits, unused tokens: whatever we would not have written is not ours.
        if call.call()?.data != *data {
            return Err(foreign("not the canonical encoding"));
        }
        Ok(call)
    }
}
