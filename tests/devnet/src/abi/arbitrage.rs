//! Uniswap V4, and our own contracts that make and move markets.

use alloy::sol;

sol! {
    /// What names a pool of V4; its id is the hash of its encoding.
    #[derive(Debug, PartialEq, Eq)]
    struct PoolKey { address currency0; address currency1; uint24 fee; int24 tickSpacing; address hooks; }

    #[derive(Debug, PartialEq, Eq)]
    struct Position { int24 tickLower; int24 tickUpper; uint128 liquidity; }

    #[derive(Debug)]
    interface IPoolManager {
        event Initialize(
            bytes32 indexed id, address indexed currency0, address indexed currency1, uint24 fee,
            int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick
        );
        event ModifyLiquidity(
            bytes32 indexed id, address indexed sender, int24 tickLower, int24 tickUpper,
            int256 liquidityDelta, bytes32 salt
        );
        event Swap(
            bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1, uint160 sqrtPriceX96,
            uint128 liquidity, int24 tick, uint24 fee
        );

        function owner() external view returns (address);
    }

    #[derive(Debug)]
    interface IStateView {
        function poolManager() external view returns (address);
        function getSlot0(bytes32 id) external view
            returns (uint160 sqrtPriceX96, int24 tick, uint24 protocolFee, uint24 lpFee);
        function getLiquidity(bytes32 id) external view returns (uint128 liquidity);
        function getTickBitmap(bytes32 id, int16 word) external view returns (uint256 bitmap);
        function getTickLiquidity(bytes32 id, int24 tick) external view
            returns (uint128 liquidityGross, int128 liquidityNet);
    }

    #[derive(Debug)]
    interface IV4Quoter {
        struct QuoteExactSingleParams { PoolKey poolKey; bool zeroForOne; uint128 exactAmount; bytes hookData; }

        function quoteExactInputSingle(QuoteExactSingleParams params) external
            returns (uint256 amountOut, uint256 gasEstimate);
    }

    #[derive(Debug)]
    interface IPoolKeeper {
        function seedV4(PoolKey key, uint160 sqrtPriceX96, Position[] seeds) external;
        function keepV2(address pair, uint256 ppm) external;
        function keepV3(address pool, uint256 ppm) external;
        function keepV4(PoolKey key, uint256 ppm) external;
    }

    #[derive(Debug)]
    interface ITrader {
        event Traded(bytes32 indexed pool, bool zeroForOne, uint256 amountIn, uint256 amountOut);

        function tradeV2(address pair, bool zeroForOne, uint256 amountIn, uint256 fee) external;
        function tradeV3(address pool, bool zeroForOne, uint256 amountIn) external;
        function tradeV4(PoolKey key, bool zeroForOne, uint256 amountIn) external;
    }

    #[derive(Debug)]
    interface IBaitPool {
        struct Look {
            address factory; address token0; address token1; uint24 fee; int24 tickSpacing;
            uint160 sqrtPriceX96; int24 tick; int24 tickLower; int24 tickUpper; uint128 liquidity;
            uint112 reserve0; uint112 reserve1;
        }

        function dress(Look look) external;
        function factory() external view returns (address);
        function token0() external view returns (address);
        function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data) external;
    }

    #[derive(Debug)]
    interface IPairFarm {
        struct Planted { uint32 a; uint32 b; uint112 amountA; uint112 amountB; }

        event Tokens(address[] tokens);
        event Pairs(address[] pairs);

        function makeTokens(uint256 count) external;
        function makePairs(address factory, Planted[] planted) external;
    }
}
