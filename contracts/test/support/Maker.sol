// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoolManager, PoolKey, SwapParams, Uniswap} from "../../src/Uniswap.sol";
import {Token} from "./Token.sol";
import {IManager, IV2Factory, IV2Pair, IV3Factory, IV3Pool, ModifyLiquidityParams} from "./Uniswap.sol";

/// Third parties: whoever provides liquidity and whoever trades at the pools directly. Mints what it pays.
contract Maker {
    IManager public immutable manager;

    constructor(IManager manager_) {
        manager = manager_;
    }

    function seedV2(IV2Factory factory, address a, address b, uint256 amountA, uint256 amountB) external {
        address pair = factory.getPair(a, b);
        if (pair == address(0)) pair = factory.createPair(a, b);
        Token(a).mint(pair, amountA);
        Token(b).mint(pair, amountB);
        IV2Pair(pair).mint(address(this));
    }

    /// Liquidity between two ticks around the price of `amountB` for `amountA`.
    function seedV3(
        IV3Factory factory,
        address a,
        address b,
        uint24 fee,
        uint256 amountA,
        uint256 amountB,
        int24 lower,
        int24 upper
    ) external {
        address pool = factory.createPool(a, b, fee);
        IV3Pool(pool).initialize(sqrtPrice(a, b, amountA, amountB));
        IV3Pool(pool).mint(address(this), lower, upper, uint128(sqrt(amountA * amountB)), abi.encode(pool));
    }

    function seedV4(
        address a,
        address b,
        uint24 fee,
        int24 spacing,
        uint256 amountA,
        uint256 amountB,
        int24 lower,
        int24 upper
    ) external {
        PoolKey memory key = keyOf(a, b, fee, spacing);
        manager.initialize(key, sqrtPrice(a, b, amountA, amountB));
        ModifyLiquidityParams memory params =
            ModifyLiquidityParams(lower, upper, int256(sqrt(amountA * amountB)), bytes32(0));
        manager.unlock(abi.encode(key, abi.encodeCall(IManager.modifyLiquidity, (key, params, ""))));
    }

    function tradeV2(IV2Factory factory, address tokenIn, address tokenOut, uint256 amountIn)
        external
        returns (uint256)
    {
        address pair = factory.getPair(tokenIn, tokenOut);
        (uint256 reserve0, uint256 reserve1,) = IV2Pair(pair).getReserves();
        (uint256 reserveIn, uint256 reserveOut) = tokenIn < tokenOut ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 out = amountIn * 997 * reserveOut / (reserveIn * 1000 + amountIn * 997);
        Token(tokenIn).mint(pair, amountIn);
        IV2Pair(pair).swap(tokenIn < tokenOut ? 0 : out, tokenIn < tokenOut ? out : 0, address(this), "");
        return out;
    }

    function tradeV3(IV3Factory factory, address tokenIn, address tokenOut, uint24 fee, uint256 amountIn)
        external
        returns (uint256)
    {
        address pool = factory.getPool(tokenIn, tokenOut, fee);
        bool zeroForOne = tokenIn < tokenOut;
        (int256 amount0, int256 amount1) = IV3Pool(pool)
            .swap(address(this), zeroForOne, int256(amountIn), Uniswap.priceLimit(zeroForOne), abi.encode(pool));
        return uint256(-(zeroForOne ? amount1 : amount0));
    }

    function tradeV4(address tokenIn, address tokenOut, uint24 fee, int24 spacing, uint256 amountIn)
        external
        returns (uint256)
    {
        bool zeroForOne = tokenIn < tokenOut;
        PoolKey memory key = keyOf(tokenIn, tokenOut, fee, spacing);
        SwapParams memory params = SwapParams(zeroForOne, -int256(amountIn), Uniswap.priceLimit(zeroForOne));
        bytes memory answer = manager.unlock(abi.encode(key, abi.encodeCall(IPoolManager.swap, (key, params, ""))));
        int256 delta = abi.decode(answer, (int256));
        return uint256(zeroForOne ? int256(int128(delta)) : delta >> 128);
    }

    function uniswapV3MintCallback(uint256 owed0, uint256 owed1, bytes calldata data) external {
        IV3Pool pool = IV3Pool(abi.decode(data, (address)));
        if (owed0 != 0) Token(pool.token0()).mint(msg.sender, owed0);
        if (owed1 != 0) Token(pool.token1()).mint(msg.sender, owed1);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external {
        IV3Pool pool = IV3Pool(abi.decode(data, (address)));
        if (amount0 > 0) Token(pool.token0()).mint(msg.sender, uint256(amount0));
        if (amount1 > 0) Token(pool.token1()).mint(msg.sender, uint256(amount1));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        (PoolKey memory key, bytes memory call_) = abi.decode(data, (PoolKey, bytes));
        (bool success, bytes memory answer) = address(manager).call(call_);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        int256 delta = abi.decode(answer, (int256));
        close(key.currency0, delta >> 128);
        close(key.currency1, int256(int128(delta)));
        return answer;
    }

    function close(address token, int256 delta) private {
        if (delta > 0) manager.take(token, address(this), uint256(delta));
        if (delta < 0) {
            manager.sync(token);
            Token(token).mint(address(manager), uint256(-delta));
            manager.settle();
        }
    }

    function keyOf(address a, address b, uint24 fee, int24 spacing) public pure returns (PoolKey memory) {
        return PoolKey(a < b ? a : b, a < b ? b : a, fee, spacing, address(0));
    }

    /// Amounts below 2**64.
    function sqrtPrice(address a, address b, uint256 amountA, uint256 amountB) public pure returns (uint160) {
        (uint256 amount0, uint256 amount1) = a < b ? (amountA, amountB) : (amountB, amountA);
        return uint160(sqrt((amount1 << 192) / amount0));
    }

    function sqrt(uint256 x) public pure returns (uint256 root) {
        if (x == 0) return 0;
        root = 1 << 128;
        while (true) {
            uint256 next = (root + x / root) / 2;
            if (next >= root) return root;
            root = next;
        }
    }
}
