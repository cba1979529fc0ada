// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Factory} from "./Types.sol";

interface IUniswapV2Pair {
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

interface IUniswapV3Pool {
    /// Amounts are the pool's: positive is what it gets.
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1);
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// What identifies a V4 pool.
struct PoolKey {
    address currency0;
    address currency1;
    uint24 fee;
    int24 tickSpacing;
    address hooks;
}

struct SwapParams {
    bool zeroForOne;
    /// Negative for an exact input.
    int256 amountSpecified;
    uint160 sqrtPriceLimitX96;
}

interface IPoolManager {
    function unlock(bytes calldata data) external returns (bytes memory);
    /// Two int128 in one word, currency 0 in the upper half; amounts are the caller's: negative is what it owes.
    function swap(PoolKey calldata key, SwapParams calldata params, bytes calldata hookData) external returns (int256);
    function sync(address currency) external;
    function settle() external payable returns (uint256 paid);
    function take(address currency, address to, uint256 amount) external;
}

/// Where pools are and what a pair pays.
library Uniswap {
    /// One inside the ends of the prices that V3 and V4 pools know, so that a swap stops only for want of liquidity.
    uint160 private constant LOWEST_LIMIT = 4_295_128_740;
    uint160 private constant HIGHEST_LIMIT = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_341;
    /// A whole, in the unit of fees.
    uint256 private constant MILLION = 1_000_000;

    function priceLimit(bool zeroForOne) internal pure returns (uint160) {
        return zeroForOne ? LOWEST_LIMIT : HIGHEST_LIMIT;
    }

    /// The pair of two tokens.
    function pair(Factory memory factory, address a, address b) internal pure returns (address) {
        (address token0, address token1) = a < b ? (a, b) : (b, a);
        return _create2(factory, keccak256(abi.encodePacked(token0, token1)));
    }

    /// The V3 pool of two tokens with this fee.
    function pool(Factory memory factory, address a, address b, uint24 fee) internal pure returns (address) {
        (address token0, address token1) = a < b ? (a, b) : (b, a);
        return _create2(factory, keccak256(abi.encode(token0, token1, fee)));
    }

    /// The most a pair gives for an input: the constant product after the fee, rounded down.
    function constantProduct(uint256 reserveIn, uint256 reserveOut, uint256 amountIn, uint256 fee)
        internal
        pure
        returns (uint256)
    {
        uint256 effective = amountIn * (MILLION - fee);
        return effective * reserveOut / (reserveIn * MILLION + effective);
    }

    function _create2(Factory memory factory, bytes32 salt) private pure returns (address) {
        bytes32 hash = keccak256(abi.encodePacked(hex"ff", factory.creator, salt, factory.initCodeHash));
        return address(uint160(uint256(hash)));
    }
}
