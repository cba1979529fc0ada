// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {IPoolManager, PoolKey, SwapParams, V4Caller} from "./UniswapV4.sol";
import {Purse} from "./Purse.sol";

interface ITradedPair {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function getReserves() external view returns (uint112, uint112, uint32);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

interface ITradedPool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function swap(address to, bool zeroForOne, int256 amount, uint160 sqrtPriceLimitX96, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1);
}

/// Somebody who trades at any price: swaps in one pool, with tokens it makes,
/// and leaves what it buys to the sender.
contract Trader is V4Caller {
    /// The bounds of the square root of a price, V3's and V4's alike, exclusive.
    uint160 private constant LOWEST = 4295128739;
    uint160 private constant HIGHEST = 1461446703485210103287273052203988822378723970342;

    address private trading;

    event Traded(bytes32 indexed pool, bool zeroForOne, uint256 amountIn, uint256 amountOut);

    constructor(address weth_, IPoolManager manager_) payable Purse(weth_) V4Caller(manager_) {}

    /// `fee` in millionths of the input.
    function tradeV2(ITradedPair pair, bool zeroForOne, uint256 amountIn, uint256 fee) external {
        (uint256 reserveIn, uint256 reserveOut,) = pair.getReserves();
        if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        uint256 effective = amountIn * (1_000_000 - fee);
        uint256 amountOut = effective * reserveOut / (reserveIn * 1_000_000 + effective);
        _give(zeroForOne ? pair.token0() : pair.token1(), address(pair), amountIn);
        (uint256 out0, uint256 out1) = zeroForOne ? (uint256(0), amountOut) : (amountOut, uint256(0));
        pair.swap(out0, out1, msg.sender, "");
        emit Traded(bytes32(uint256(uint160(address(pair)))), zeroForOne, amountIn, amountOut);
    }

    function tradeV3(ITradedPool pool, bool zeroForOne, uint256 amountIn) external {
        trading = address(pool);
        (int256 amount0, int256 amount1) =
            pool.swap(msg.sender, zeroForOne, int256(amountIn), _limit(zeroForOne), "");
        trading = address(0);
        if (!zeroForOne) (amount0, amount1) = (amount1, amount0);
        emit Traded(
            bytes32(uint256(uint160(address(pool)))), zeroForOne, uint256(amount0), uint256(-amount1)
        );
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        require(msg.sender == trading, "Trader: not the pool traded in");
        if (amount0 > 0) _give(ITradedPool(msg.sender).token0(), msg.sender, uint256(amount0));
        if (amount1 > 0) _give(ITradedPool(msg.sender).token1(), msg.sender, uint256(amount1));
    }

    function tradeV4(PoolKey calldata key, bool zeroForOne, uint256 amountIn) external {
        bytes memory result = manager.unlock(abi.encode(key, zeroForOne, amountIn, msg.sender));
        (int256 amount0, int256 amount1) = abi.decode(result, (int256, int256));
        if (!zeroForOne) (amount0, amount1) = (amount1, amount0);
        emit Traded(keccak256(abi.encode(key)), zeroForOne, uint256(-amount0), uint256(amount1));
    }

    function unlockCallback(bytes calldata data) external onlyManager returns (bytes memory) {
        (PoolKey memory key, bool zeroForOne, uint256 amountIn, address to) =
            abi.decode(data, (PoolKey, bool, uint256, address));
        SwapParams memory swap = SwapParams(zeroForOne, -int256(amountIn), _limit(zeroForOne));
        (int256 amount0, int256 amount1) = _halves(manager.swap(key, swap, ""));
        _close(key.currency0, amount0, to);
        _close(key.currency1, amount1, to);
        return abi.encode(amount0, amount1);
    }

    function _limit(bool zeroForOne) private pure returns (uint160) {
        return zeroForOne ? LOWEST + 1 : HIGHEST - 1;
    }
}
