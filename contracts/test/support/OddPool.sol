// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtomicRoute} from "../../src/AtomicRoute.sol";
import {Token} from "./Token.sol";

/// A pool of a listed factory that gives two for one, and can be told to misbehave. It knows no route: it pays
/// with minted tokens.
contract OddPool {
    enum Mode {
        Honest,
        Pancake,
        Overcharge,
        Negative,
        Twice,
        FlashInstead,
        UnlockInstead,
        NoCallback,
        Less
    }

    Mode public mode;
    address public token0;
    address public token1;

    function set(Mode mode_, address a, address b) external {
        (mode, token0, token1) = (mode_, a < b ? a : b, a < b ? b : a);
    }

    function swap(address recipient, bool zeroForOne, int256 amountIn, uint160, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1)
    {
        int256 paid = mode == Mode.Less ? amountIn - 1 : amountIn;
        Token(zeroForOne ? token1 : token0).mint(recipient, uint256(amountIn) * 2);
        (amount0, amount1) = zeroForOne ? (paid, -2 * amountIn) : (-2 * amountIn, paid);
        (int256 asked0, int256 asked1) = (amount0, amount1);
        AtomicRoute caller = AtomicRoute(msg.sender);
        if (mode == Mode.Overcharge) (asked0, asked1) = zeroForOne ? (amountIn + 1, asked1) : (asked0, amountIn + 1);
        if (mode == Mode.Negative) (asked0, asked1) = (-amountIn, -amountIn);
        if (mode == Mode.NoCallback) return (amount0, amount1);
        if (mode == Mode.FlashInstead) caller.uniswapV3FlashCallback(0, 0, data);
        if (mode == Mode.UnlockInstead) caller.unlockCallback(data);
        if (mode == Mode.Pancake) caller.pancakeV3SwapCallback(asked0, asked1, data);
        else caller.uniswapV3SwapCallback(asked0, asked1, data);
        if (mode == Mode.Twice) caller.uniswapV3SwapCallback(asked0, asked1, data);
    }

    /// Lends for nothing.
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external {
        (address token, uint256 amount) = amount0 != 0 ? (token0, amount0) : (token1, amount1);
        Token(token).mint(recipient, amount);
        uint256 before = Token(token).balanceOf(address(this));
        if (mode == Mode.Pancake) AtomicRoute(msg.sender).pancakeV3FlashCallback(0, 0, data);
        else AtomicRoute(msg.sender).uniswapV3FlashCallback(0, 0, data);
        require(Token(token).balanceOf(address(this)) == before + amount, "not repaid");
    }

    /// Calls back out of turn.
    function poke(AtomicRoute target, int256 amount0, int256 amount1) external {
        target.uniswapV3SwapCallback(amount0, amount1, "");
    }

    /// Calls back for a loan that nobody asked for.
    function pokeFlash(AtomicRoute target, bytes calldata data) external {
        target.uniswapV3FlashCallback(0, 0, data);
    }
}
