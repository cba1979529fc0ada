//! Events of pools, from logs, strictly: a log of a pool that is none of those it can have is an error, and
//! the pool must then be read again.

use alloy::primitives::aliases::I24;
use alloy::primitives::{Address, B256, Log, U256};
use alloy::sol_types::SolEvent;

use super::contracts::{IPoolManager, IV2Pair, IV3Pool};
use super::reader::protocol_fees;
use crate::config::PoolKind;
use crate::domain::pool::PoolKey;
use crate::network::pool::event::PoolEvent;

/// Events of a V2 pair that leave its reserves to the `Sync` that comes with each of them, and those of its
/// own token: `Transfer` and `Approval`.
const V2_IRRELEVANT: [B256; 5] = [
    IV2Pair::Mint::SIGNATURE_HASH,
    IV2Pair::Burn::SIGNATURE_HASH,
    IV2Pair::Swap::SIGNATURE_HASH,
    TRANSFER,
    APPROVAL,
];
/// Events of a V3 pool that change no amount of a trader: fees that are collected, or shared with the protocol
/// (out of the traders' fee), the price's history, flash loans.
const V3_IRRELEVANT: [B256; 5] = [
    IV3Pool::Collect::SIGNATURE_HASH,
    IV3Pool::CollectProtocol::SIGNATURE_HASH,
    IV3Pool::Flash::SIGNATURE_HASH,
    IV3Pool::SetFeeProtocol::SIGNATURE_HASH,
    IV3Pool::IncreaseObservationCardinalityNext::SIGNATURE_HASH,
];
const TRANSFER: B256 = crate::chains::evm::erc20::Erc20::Transfer::SIGNATURE_HASH;
/// `Approval(address,address,uint256)`.
const APPROVAL: B256 =
    alloy::primitives::b256!("8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925");

/// Why a log is no event of its pool. The pool is not used until it has been read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// No event that this kind of pool has.
    #[error("an event that this kind of pool does not have")]
    Unknown,
    /// Topics or data that are not those of its signature, to the byte.
    #[error("an event that is not of its signature's form")]
    Malformed,
    /// A number that no pool can have.
    #[error("an event with a number that no pool can have")]
    Range,
}

/// Signatures of the events that change a pool of this kind.
pub fn signatures(kind: PoolKind) -> Vec<B256> {
    match kind {
        PoolKind::V2 => vec![IV2Pair::Sync::SIGNATURE_HASH],
        PoolKind::V3 => vec![
            IV3Pool::Initialize::SIGNATURE_HASH,
            IV3Pool::Swap::SIGNATURE_HASH,
            IV3Pool::Mint::SIGNATURE_HASH,
            IV3Pool::Burn::SIGNATURE_HASH,
        ],
        PoolKind::V4 => vec![
            IPoolManager::Initialize::SIGNATURE_HASH,
            IPoolManager::Swap::SIGNATURE_HASH,
            IPoolManager::ModifyLiquidity::SIGNATURE_HASH,
            IPoolManager::ProtocolFeeUpdated::SIGNATURE_HASH,
        ],
    }
}

/// Whose event `log` would be: `managers` are the PoolManagers, which hold many pools.
pub fn key(log: &Log, managers: &[Address]) -> Option<PoolKey> {
    if managers.contains(&log.address) {
        return log.topics().get(1).map(|id| PoolKey::Managed { manager: log.address, id: *id });
    }
    Some(PoolKey::Contract(log.address))
}

/// The event in a log of a pool of this kind; `None` for one that changes nothing a trader sees.
///
/// # Errors
/// [`EventError`] for anything else.
pub fn decode(kind: PoolKind, log: &Log) -> Result<Option<PoolEvent>, EventError> {
    match kind {
        PoolKind::V2 => v2(log),
        PoolKind::V3 => v3(log),
        PoolKind::V4 => v4(log),
    }
}

fn v2(log: &Log) -> Result<Option<PoolEvent>, EventError> {
    let topic = signature(log)?;
    if V2_IRRELEVANT.contains(&topic) {
        return Ok(None);
    }
    if topic != IV2Pair::Sync::SIGNATURE_HASH {
        return Err(EventError::Unknown);
    }
    let event: IV2Pair::Sync = exact(log)?;
    Ok(Some(PoolEvent::Reserves([event.reserve0.to::<u128>(), event.reserve1.to::<u128>()])))
}

fn v3(log: &Log) -> Result<Option<PoolEvent>, EventError> {
    let topic = signature(log)?;
    if V3_IRRELEVANT.contains(&topic) {
        return Ok(None);
    }
    Ok(Some(match topic {
        IV3Pool::Initialize::SIGNATURE_HASH => {
            exact::<IV3Pool::Initialize>(log)?;
            PoolEvent::Initialised
        }
        IV3Pool::Swap::SIGNATURE_HASH => {
            let event: IV3Pool::Swap = exact(log)?;
            PoolEvent::Swapped {
                sqrt_price_x96: U256::from(event.sqrtPriceX96),
                tick: event.tick.as_i32(),
                liquidity: event.liquidity,
            }
        }
        IV3Pool::Mint::SIGNATURE_HASH => {
            let event: IV3Pool::Mint = exact(log)?;
            let delta = i128::try_from(event.amount).map_err(|_| EventError::Range)?;
            provided(event.tickLower, event.tickUpper, delta)
        }
        IV3Pool::Burn::SIGNATURE_HASH => {
            let event: IV3Pool::Burn = exact(log)?;
            let delta = i128::try_from(event.amount).ok().and_then(i128::checked_neg);
            provided(event.tickLower, event.tickUpper, delta.ok_or(EventError::Range)?)
        }
        _ => return Err(EventError::Unknown),
    }))
}

fn v4(log: &Log) -> Result<Option<PoolEvent>, EventError> {
    Ok(Some(match signature(log)? {
        // Donations go to the liquidity providers as fees do.
        IPoolManager::Donate::SIGNATURE_HASH => return Ok(None),
        IPoolManager::Initialize::SIGNATURE_HASH => {
            exact::<IPoolManager::Initialize>(log)?;
            PoolEvent::Initialised
        }
        IPoolManager::Swap::SIGNATURE_HASH => {
            let event: IPoolManager::Swap = exact(log)?;
            PoolEvent::Swapped {
                sqrt_price_x96: U256::from(event.sqrtPriceX96),
                tick: event.tick.as_i32(),
                liquidity: event.liquidity,
            }
        }
        IPoolManager::ModifyLiquidity::SIGNATURE_HASH => {
            let event: IPoolManager::ModifyLiquidity = exact(log)?;
            let delta = i128::try_from(event.liquidityDelta).map_err(|_| EventError::Range)?;
            provided(event.tickLower, event.tickUpper, delta)
        }
        IPoolManager::ProtocolFeeUpdated::SIGNATURE_HASH => {
            let event: IPoolManager::ProtocolFeeUpdated = exact(log)?;
            PoolEvent::ProtocolFees(protocol_fees(event.protocolFee.to::<u32>()))
        }
        _ => return Err(EventError::Unknown),
    }))
}

fn signature(log: &Log) -> Result<B256, EventError> {
    log.topics().first().copied().ok_or(EventError::Unknown)
}

/// The event, if the log is byte for byte what the contract writes for it.
fn exact<E: SolEvent>(log: &Log) -> Result<E, EventError> {
    let event = E::decode_log_validate(log).map_err(|_| EventError::Malformed)?.data;
    // Padding, dirty bits and trailing bytes: no contract writes them.
    if event.encode_log_data() == log.data { Ok(event) } else { Err(EventError::Malformed) }
}

fn provided(lower: I24, upper: I24, delta: i128) -> PoolEvent {
    PoolEvent::Provided { lower: lower.as_i32(), upper: upper.as_i32(), delta }
}
