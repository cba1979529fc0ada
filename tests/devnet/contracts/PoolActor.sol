// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

interface IPool {
    function token0() external view returns (address);
    function token1() external view returns (address);
}

interface IV2Pair is IPool {
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
    function sync() external;
}

interface IV3Pool is IPool {
    function swap(address recipient, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256, int256);
    function mint(address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
    function burn(int24 lower, int24 upper, uint128 amount) external returns (uint256, uint256);
    function collect(address recipient, int24 lower, int24 upper, uint128 amount0, uint128 amount1)
        external
        returns (uint128, uint128);
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// Does to pools whatever a test asks for, many things in one call, with the
/// tokens it holds. Anybody may ask, and it pays whoever calls it back: it is
/// for a network where nothing is worth anything.
contract PoolActor {
    enum Kind { SwapV2, SwapV3, Mint, Burn, Flash, Sync }

    struct Step {
        Kind kind;
        address pool;
        bool zeroForOne;
        /// What is sold, provided or taken away.
        uint256 amount;
        /// What a pair must give, and not a unit more.
        uint256 out;
        int24 lower;
        int24 upper;
    }

    /// What each step bought; zero for one that is no swap.
    function run(Step[] calldata steps) external returns (uint256[] memory bought) {
        bought = new uint256[](steps.length);
        for (uint256 i = 0; i < steps.length; i++) {
            Step calldata s = steps[i];
            if (s.kind == Kind.SwapV2) {
                bought[i] = _swapV2(s);
            } else if (s.kind == Kind.SwapV3) {
                uint160 limit = s.zeroForOne ? 4295128740 : 1461446703485210103287273052203988822378723970341;
                (int256 amount0, int256 amount1) =
                    IV3Pool(s.pool).swap(address(this), s.zeroForOne, int256(s.amount), limit, "");
                require((s.zeroForOne ? amount0 : amount1) == int256(s.amount), "PoolActor: filled in part");
                bought[i] = uint256(-(s.zeroForOne ? amount1 : amount0));
            } else if (s.kind == Kind.Mint) {
                IV3Pool(s.pool).mint(address(this), s.lower, s.upper, uint128(s.amount), "");
            } else if (s.kind == Kind.Burn) {
                IV3Pool(s.pool).burn(s.lower, s.upper, uint128(s.amount));
                IV3Pool(s.pool).collect(address(this), s.lower, s.upper, type(uint128).max, type(uint128).max);
            } else if (s.kind == Kind.Flash) {
                IV3Pool(s.pool).flash(address(this), s.amount, s.amount, abi.encode(s.amount));
            } else {
                _pay(IPool(s.pool).token0(), s.pool, s.amount);
                IV2Pair(s.pool).sync();
            }
        }
    }

    function _swapV2(Step calldata s) private returns (uint256 bought) {
        _pay(s.zeroForOne ? IPool(s.pool).token0() : IPool(s.pool).token1(), s.pool, s.amount);
        for (uint256 more = 1; ; more--) {
            uint256 out = s.out + more;
            (uint256 out0, uint256 out1) = s.zeroForOne ? (uint256(0), out) : (out, uint256(0));
            try IV2Pair(s.pool).swap(out0, out1, address(this), "") {
                return bought = out;
            } catch {
                require(more == 1, "PoolActor: the pair refuses");
            }
        }
    }

    /// Some tokens return nothing.
    function _pay(address token, address to, uint256 amount) private {
        (bool done,) = token.call(abi.encodeWithSignature("transfer(address,uint256)", to, amount));
        require(done, "PoolActor: a transfer failed");
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        if (amount0 > 0) _pay(IPool(msg.sender).token0(), msg.sender, uint256(amount0));
        if (amount1 > 0) _pay(IPool(msg.sender).token1(), msg.sender, uint256(amount1));
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        if (amount0 > 0) _pay(IPool(msg.sender).token0(), msg.sender, amount0);
        if (amount1 > 0) _pay(IPool(msg.sender).token1(), msg.sender, amount1);
    }

    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        uint256 lent = abi.decode(data, (uint256));
        _pay(IPool(msg.sender).token0(), msg.sender, lent + fee0);
        _pay(IPool(msg.sender).token1(), msg.sender, lent + fee1);
    }
}
