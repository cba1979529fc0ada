//! The parts of the contracts' interfaces that are used.

#![allow(missing_docs, reason = "the names are those of the contracts")]
#![allow(clippy::too_many_arguments, reason = "the argument lists are those of the contracts")]

use alloy::sol;

sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface IPoolTokens {
        function token0() external view returns (address);
        function token1() external view returns (address);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IV2Pair {
        event Swap(
            address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out,
            uint256 amount1Out, address indexed to
        );
        event Mint(address indexed sender, uint256 amount0, uint256 amount1);
        event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);

        event Sync(uint112 reserve0, uint112 reserve1);

        function getReserves() external view
            returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IV3Pool {
        event Swap(
            address indexed sender, address indexed recipient, int256 amount0, int256 amount1,
            uint160 sqrtPriceX96, uint128 liquidity, int24 tick
        );
        event Initialize(uint160 sqrtPriceX96, int24 tick);
        event Mint(
            address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper,
            uint128 amount, uint256 amount0, uint256 amount1
        );
        event Burn(
            address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount,
            uint256 amount0, uint256 amount1
        );
        event Collect(
            address indexed owner, address recipient, int24 indexed tickLower, int24 indexed tickUpper,
            uint128 amount0, uint128 amount1
        );
        event CollectProtocol(
            address indexed sender, address indexed recipient, uint128 amount0, uint128 amount1
        );
        event Flash(
            address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1,
            uint256 paid0, uint256 paid1
        );
        event SetFeeProtocol(
            uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, uint8 feeProtocol1New
        );
        event IncreaseObservationCardinalityNext(
            uint16 observationCardinalityNextOld, uint16 observationCardinalityNextNew
        );

        function fee() external view returns (uint24);
        function tickSpacing() external view returns (int24);
        function liquidity() external view returns (uint128);
        function slot0() external view returns (
            uint160 sqrtPriceX96, int24 tick, uint16 observationIndex, uint16 observationCardinality,
            uint16 observationCardinalityNext, uint8 feeProtocol, bool unlocked
        );
        function tickBitmap(int16 wordPosition) external view returns (uint256);
        function ticks(int24 tick) external view returns (
            uint128 liquidityGross, int128 liquidityNet, uint256 feeGrowthOutside0X128,
            uint256 feeGrowthOutside1X128, int56 tickCumulativeOutside,
            uint160 secondsPerLiquidityOutsideX128, uint32 secondsOutside, bool initialized
        );
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IPoolManager {
        event Initialize(
            bytes32 indexed id, address indexed currency0, address indexed currency1, uint24 fee,
            int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick
        );
        event Swap(
            bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1,
            uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint24 fee
        );
        event ModifyLiquidity(
            bytes32 indexed id, address indexed sender, int24 tickLower, int24 tickUpper,
            int256 liquidityDelta, bytes32 salt
        );
        event Donate(bytes32 indexed id, address indexed sender, uint256 amount0, uint256 amount1);
        event ProtocolFeeUpdated(bytes32 indexed id, uint24 protocolFee);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IStateView {
        function poolManager() external view returns (address);
        function getSlot0(bytes32 poolId) external view
            returns (uint160 sqrtPriceX96, int24 tick, uint24 protocolFee, uint24 lpFee);
        function getLiquidity(bytes32 poolId) external view returns (uint128 liquidity);
        function getTickBitmap(bytes32 poolId, int16 wordPosition) external view returns (uint256 tickBitmap);
        function getTickLiquidity(bytes32 poolId, int24 tick) external view
            returns (uint128 liquidityGross, int128 liquidityNet);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IQuoterV2 {
        struct QuoteExactInputSingleParams {
            address tokenIn; address tokenOut; uint256 amountIn; uint24 fee; uint160 sqrtPriceLimitX96;
        }

        function quoteExactInputSingle(QuoteExactInputSingleParams params) external returns (
            uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate
        );
    }

    #[derive(Debug, PartialEq, Eq)]
    interface ISwapRouter02 {
        struct ExactInputSingleParams {
            address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn;
            uint256 amountOutMinimum; uint160 sqrtPriceLimitX96;
        }

        function exactInputSingle(ExactInputSingleParams params) external payable returns (uint256 amountOut);
        function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to)
            external payable returns (uint256 amountOut);
        function multicall(uint256 deadline, bytes[] data) external payable returns (bytes[] results);
    }
}
