//! Pool addresses, computed (CREATE2) instead of asked for: nobody can name a wrong pool.

use alloy::primitives::{Address, B256, I256, U256, b256, keccak256};
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
    v2_pair_of(factory, V2_INIT_CODE_HASH, a, b)
}

/// The pair of two tokens, in any order, that a factory creates from the code with this hash.
pub fn v2_pair_of(factory: Address, init_code_hash: B256, a: Address, b: Address) -> Address {
    let [token0, token1] = ordered(a, b);
    factory.create2(keccak256((token0, token1).abi_encode_packed()), init_code_hash)
}

/// The V3 pool of two tokens, in any order, with a fee in hundredths of a basis point.
pub fn v3_pool(factory: Address, a: Address, b: Address, fee: u32) -> Address {
    v3_pool_of(factory, V3_INIT_CODE_HASH, a, b, fee)
}

/// [`v3_pool`] of a factory that creates its pools from the code with this hash.
pub fn v3_pool_of(factory: Address, init_code_hash: B256, a: Address, b: Address, fee: u32) -> Address {
    let [token0, token1] = ordered(a, b);
    factory.create2(keccak256((token0, token1, U256::from(fee)).abi_encode()), init_code_hash)
}

/// The PoolId of the V4 pool of two currencies, in any order, without hooks: Keccak-256 of its PoolKey
/// `(currency0, currency1, fee, tickSpacing, hooks)`.
pub fn v4_pool_id(a: Address, b: Address, fee: u32, tick_spacing: i32) -> B256 {
    let [currency0, currency1] = ordered(a, b);
    let spacing = I256::try_from(tick_spacing).unwrap_or_default();
    keccak256((currency0, currency1, U256::from(fee), spacing, Address::ZERO).abi_encode())
}
