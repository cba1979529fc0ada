// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {Purse} from "./Purse.sol";

interface IV2Factory {
    function createPair(address a, address b) external returns (address);
}

interface IV2Pair {
    function mint(address to) external returns (uint256);
}

interface IV3Factory {
    function createPool(address a, address b, uint24 fee) external returns (address);
}

interface IV3Pool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function initialize(uint160 sqrtPriceX96) external;
    function mint(address recipient, int24 tickLower, int24 tickUpper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
}

/// Creates pools and gives them liquidity.
contract PoolSeeder is Purse {
    struct Position {
        int24 tickLower;
        int24 tickUpper;
        uint128 liquidity;
    }

    address private filling;

    event Pool(address pool);

    constructor(address weth_) payable Purse(weth_) {}

    function seedV2(IV2Factory factory, address a, address b, uint256 amountA, uint256 amountB) external {
        address pair = factory.createPair(a, b);
        _give(a, pair, amountA);
        _give(b, pair, amountB);
        IV2Pair(pair).mint(address(this));
        _seededV2(pair);
        emit Pool(pair);
    }

    function seedV3(
        IV3Factory factory,
        address a,
        address b,
        uint24 fee,
        uint160 sqrtPriceX96,
        Position[] calldata positions
    ) external {
        address pool = factory.createPool(a, b, fee);
        IV3Pool(pool).initialize(sqrtPriceX96);
        for (uint256 i = 0; i < positions.length; i++) {
            Position calldata p = positions[i];
            _fill(pool, p.tickLower, p.tickUpper, p.liquidity);
            _seeded(bytes32(uint256(uint160(pool))), p);
        }
        emit Pool(pool);
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        require(msg.sender == filling, "PoolSeeder: not the pool being filled");
        _give(IV3Pool(msg.sender).token0(), msg.sender, amount0);
        _give(IV3Pool(msg.sender).token1(), msg.sender, amount1);
    }

    function _fill(address pool, int24 lower, int24 upper, uint128 amount) internal {
        filling = pool;
        IV3Pool(pool).mint(address(this), lower, upper, amount, "");
        filling = address(0);
    }

    /// For whoever wants to know what a pair started with.
    function _seededV2(address pair) internal virtual {}

    /// For whoever wants to know the positions a pool started with.
    function _seeded(bytes32 pool, Position calldata position) internal virtual {}
}
