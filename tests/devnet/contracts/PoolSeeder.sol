// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

interface IToken {
    function mint(address to, uint256 amount) external;
    function deposit() external payable;
    function transfer(address to, uint256 amount) external returns (bool);
}

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

/// Creates pools and gives them liquidity. It is a minter of the dollar tokens
/// and wraps its own native balance, so that it never runs short.
contract PoolSeeder {
    struct Position {
        int24 tickLower;
        int24 tickUpper;
        uint128 liquidity;
    }

    address public immutable weth;
    address private filling;

    event Pool(address pool);

    constructor(address weth_) payable {
        weth = weth_;
    }

    receive() external payable {}

    function seedV2(IV2Factory factory, address a, address b, uint256 amountA, uint256 amountB) external {
        address pair = factory.createPair(a, b);
        _give(a, pair, amountA);
        _give(b, pair, amountB);
        IV2Pair(pair).mint(address(this));
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
        filling = pool;
        for (uint256 i = 0; i < positions.length; i++) {
            Position calldata p = positions[i];
            IV3Pool(pool).mint(address(this), p.tickLower, p.tickUpper, p.liquidity, "");
        }
        filling = address(0);
        emit Pool(pool);
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        require(msg.sender == filling, "PoolSeeder: not the pool being filled");
        _give(IV3Pool(msg.sender).token0(), msg.sender, amount0);
        _give(IV3Pool(msg.sender).token1(), msg.sender, amount1);
    }

    function _give(address token, address to, uint256 amount) private {
        if (amount == 0) return;
        if (token == weth) {
            IToken(token).deposit{value: amount}();
            IToken(token).transfer(to, amount);
        } else {
            IToken(token).mint(to, amount);
        }
    }
}
