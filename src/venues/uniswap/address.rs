//! Pool addresses, computed (CREATE2) instead of asked for: nobody can name a wrong pool.

use alloy::primitives::{Address, B256, U256, b256, keccak256};
use alloy::sol_types::SolValue;

/// Keccak-256 of the creation code of a V2 pair, equal on every chain Uniswap deployed to.
pub const V2_INIT_CODE_HASH: B256 = b256!("96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f");
/// Keccak-256 of the creation code of a V3 pool, equal on every chain Uniswap deployed to.
pub const V3_INIT_CODE_HASH: B256 = b256!("e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54");

/// The two tokens in the order of the contracts: the numerically lower address is token0.
pub fn ordered(a: Address, b: Address) -> [Address; 2] {
    if a <= b { [a, b] } else { [b, a] }
}

/// The V2 pair of two tokens, in any order.
pub fn v2_pair(factory: Address, a: Address, b: Address) -> Address {
    let [token0, token1] = ordered(a, b);
    factory.create2(keccak256((token0, token1).abi_encode_packed()), V2_INIT_CODE_HASH)
}

/// The V3 pool of two tokens, in any order, with a fee in hundredths of a basis point.
pub fn v3_pool(factory: Address, a: Address, b: Address, fee: u32) -> Address {
    let [token0, token1] = ordered(a, b);
    factory.create2(keccak256((token0, token1, U256::from(fee)).abi_encode()), V3_INIT_CODE_HASH)
}
