// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

interface IBaited {
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external;
}

/// Looks like a V2 pair or a V3 pool of the real factory with a wonderful
/// price. It takes what is paid and gives nothing.
contract BaitPool {
    struct Look {
        address factory;
        address token0;
        address token1;
        uint24 fee;
        int24 tickSpacing;
        uint160 sqrtPriceX96;
        int24 tick;
        int24 tickLower;
        int24 tickUpper;
        uint128 liquidity;
        uint112 reserve0;
        uint112 reserve1;
    }

    Look private look;

    function dress(Look calldata look_) external {
        look = look_;
    }

    function factory() external view returns (address) {
        return look.factory;
    }

    function token0() external view returns (address) {
        return look.token0;
    }

    function token1() external view returns (address) {
        return look.token1;
    }

    function fee() external view returns (uint24) {
        return look.fee;
    }

    function tickSpacing() external view returns (int24) {
        return look.tickSpacing;
    }

    function liquidity() external view returns (uint128) {
        return look.liquidity;
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (look.reserve0, look.reserve1, uint32(block.timestamp));
    }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (look.sqrtPriceX96, look.tick, 0, 1, 1, 0, true);
    }

    function tickBitmap(int16 word) external view returns (uint256 bits) {
        int24[2] memory ends = [look.tickLower / look.tickSpacing, look.tickUpper / look.tickSpacing];
        for (uint256 i = 0; i < 2; i++) {
            if (ends[i] >> 8 == word) bits |= 1 << uint256(uint24(ends[i] & 0xff));
        }
    }

    function ticks(int24 tick)
        external
        view
        returns (uint128, int128, uint256, uint256, int56, uint160, uint32, bool)
    {
        if (tick != look.tickLower && tick != look.tickUpper) return (0, 0, 0, 0, 0, 0, 0, false);
        int128 net = int128(look.liquidity);
        return (look.liquidity, tick == look.tickLower ? net : -net, 0, 0, 0, 0, 0, true);
    }

    /// V2: the payment came before, and stays.
    function swap(uint256, uint256, address, bytes calldata) external {}

    /// V3: calls for the payment as a pool does, and claims to have paid out at its price.
    function swap(address, bool zeroForOne, int256 amount, uint160, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1)
    {
        uint256 root = look.sqrtPriceX96;
        uint256 paid = uint256(amount);
        if (zeroForOne) {
            (amount0, amount1) = (amount, -int256((paid * root >> 96) * root >> 96));
        } else {
            (amount0, amount1) = (-int256((paid << 96) / root * 2 ** 96 / root), amount);
        }
        IBaited(msg.sender).uniswapV3SwapCallback(amount0, amount1, data);
    }
}
