//! What a deployed AtomicRoute says of itself, against what the configuration says of it.

use alloy::primitives::{Address, B256, Bytes};
use alloy::sol_types::SolCall;

use super::abi::IAtomicRoute::{factoriesCall, ownerCall, poolManagerCall};
use crate::chains::evm::Call;
use crate::config::PoolKind;

/// Owner, PoolManager and factories of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The only account that may execute.
    pub owner: Address,
    /// The V4 PoolManager; zero where it has none.
    pub pool_manager: Address,
    /// Factories in order: who creates the pools, their kind, the fee of V2 pairs and the hash of the pools' creation
    /// code.
    pub factories: Vec<(Address, PoolKind, u32, B256)>,
}

/// The calls whose answers [`read_identity`] reads, in that order.
pub fn identity_calls(contract: Address) -> [Call; 3] {
    [ownerCall {}.abi_encode(), poolManagerCall {}.abi_encode(), factoriesCall {}.abi_encode()]
        .map(|data| Call { to: contract, data: data.into() })
}

/// Reads the answers; `None` unless each is exactly what the contract answers.
pub fn read_identity(answers: &[Bytes; 3]) -> Option<Identity> {
    let [owner, manager, factories] = answers;
    let factories = factoriesCall::abi_decode_returns_validate(factories).ok()?;
    let factory = |factory: super::abi::Factory| {
        let kind = match factory.kind {
            0 => PoolKind::V2,
            1 => PoolKind::V3,
            _ => return None,
        };
        Some((factory.creator, kind, factory.fee.to::<u32>(), factory.initCodeHash))
    };
    Some(Identity {
        owner: ownerCall::abi_decode_returns_validate(owner).ok()?,
        pool_manager: poolManagerCall::abi_decode_returns_validate(manager).ok()?,
        factories: factories.into_iter().map(factory).collect::<Option<_>>()?,
    })
}
