//! AtomicRoute on a chain of the local network.

use std::path::Path;

use alloy::primitives::Address;
use alloy::primitives::aliases::U24;
use alloy::sol;
use alloy::sol_types::SolValue;

use super::{V2_INIT_CODE_HASH, V3_INIT_CODE_HASH};
use crate::artifacts::creation_in;
use crate::chain::Chain;
use crate::error::Error;

sol! {
    struct Factory {
        address creator;
        uint8 kind;
        uint24 fee;
        bytes32 initCodeHash;
    }
}

/// The names of the contract's factories, in its order.
pub const FACTORIES: [&str; 3] = ["uniswap-v2", "uniswap-v3", "fork"];

/// Creates the contract for `owner`, with Uniswap's own factories and the fork's.
///
/// # Errors
/// [`Error`] if the network runs without pools for arbitrage, or the artifact is missing.
pub async fn atomic_route(chain: &Chain, owner: Address) -> Result<Address, Error> {
    let info = chain.info();
    let market = chain.arbitrage()?;
    let v2 = |creator, fee: u32, hash| Factory { creator, kind: 0, fee: U24::from(fee), initCodeHash: hash };
    let mut factories = vec![
        v2(info.uniswap_v2_factory, 3_000, V2_INIT_CODE_HASH),
        Factory { kind: 1, ..v2(info.uniswap_v3_factory, 0, V3_INIT_CODE_HASH) },
    ];
    factories.extend(market.forks.iter().map(|fork| v2(fork.factory, fork.fee, fork.init_code_hash)));
    let artifact = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../abi/AtomicRoute.json");
    let code = creation_in(&artifact, &(owner, market.pool_manager, factories).abi_encode_params())?;
    chain.deploy(owner, &code).await
}
