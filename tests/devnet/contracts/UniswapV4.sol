// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {Purse} from "./Purse.sol";

struct PoolKey {
    address currency0;
    address currency1;
    uint24 fee;
    int24 tickSpacing;
    address hooks;
}

struct ModifyLiquidityParams {
    int24 tickLower;
    int24 tickUpper;
    int256 liquidityDelta;
    bytes32 salt;
}

struct SwapParams {
    bool zeroForOne;
    int256 amountSpecified;
    uint160 sqrtPriceLimitX96;
}

interface IPoolManager {
    function unlock(bytes calldata data) external returns (bytes memory);
    function initialize(PoolKey memory key, uint160 sqrtPriceX96) external returns (int24);
    function modifyLiquidity(PoolKey memory key, ModifyLiquidityParams memory params, bytes calldata hookData)
        external
        returns (int256 callerDelta, int256 feesAccrued);
    function swap(PoolKey memory key, SwapParams memory params, bytes calldata hookData) external returns (int256);
    function sync(address currency) external;
    function settle() external payable returns (uint256);
    function take(address currency, address to, uint256 amount) external;
}

/// Whoever unlocks the pool manager, and leaves with nothing owed either way.
abstract contract V4Caller is Purse {
    IPoolManager public immutable manager;

    constructor(IPoolManager manager_) {
        manager = manager_;
    }

    modifier onlyManager() {
        require(msg.sender == address(manager), "V4Caller: not the pool manager");
        _;
    }

    /// A balance delta has the amount of currency 0 in its upper half.
    function _halves(int256 delta) internal pure returns (int256, int256) {
        return (delta >> 128, int256(int128(delta)));
    }

    /// Pays what is owed, or takes what is due to `to`.
    function _close(address currency, int256 delta, address to) internal {
        if (delta < 0) {
            manager.sync(currency);
            _give(currency, address(manager), uint256(-delta));
            manager.settle();
        } else if (delta > 0) {
            manager.take(currency, to, uint256(delta));
        }
    }
}
