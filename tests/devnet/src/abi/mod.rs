//! The contract interfaces of the local network.

#![allow(missing_docs, reason = "the names are those of the contracts")]
#![allow(clippy::too_many_arguments, reason = "the contracts' functions and events have as many")]

mod arbitrage;

use alloy::sol;

pub use arbitrage::{
    IBaitPool, IPairFarm, IPoolKeeper, IPoolManager, IStateView, ITrader, IV4Quoter, PoolKey, Position,
};

sol! {
    #[derive(Debug)]
    interface IToken {
        event Transfer(address indexed from, address indexed to, uint256 value);
        event Approval(address indexed owner, address indexed spender, uint256 value);

        function balanceOf(address account) external view returns (uint256);
        function totalSupply() external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function approve(address spender, uint256 value) external returns (bool);
        function transfer(address to, uint256 value) external returns (bool);
        function deposit() external payable;
        function mint(address to, uint256 amount) external;
        function configureMinter(address minter, uint256 allowedAmount) external;
        function blacklist(address account) external;
        function unBlacklist(address account) external;
        function pause() external;
        function unpause() external;
    }

    #[derive(Debug)]
    interface ITokenMessengerV2 {
        event DepositForBurn(
            address indexed burnToken, uint256 amount, address indexed depositor, bytes32 mintRecipient,
            uint32 destinationDomain, bytes32 destinationTokenMessenger, bytes32 destinationCaller,
            uint256 maxFee, uint32 indexed minFinalityThreshold, bytes hookData
        );
        event MintAndWithdraw(
            address indexed mintRecipient, uint256 amount, address indexed mintToken, uint256 feeCollected
        );

        function depositForBurn(
            uint256 amount, uint32 destinationDomain, bytes32 mintRecipient, address burnToken,
            bytes32 destinationCaller, uint256 maxFee, uint32 minFinalityThreshold
        ) external;
        function depositForBurnWithHook(
            uint256 amount, uint32 destinationDomain, bytes32 mintRecipient, address burnToken,
            bytes32 destinationCaller, uint256 maxFee, uint32 minFinalityThreshold, bytes hookData
        ) external;
        function getMinFeeAmount(uint256 amount) external view returns (uint256);
        function minFee() external view returns (uint256);
        function feeRecipient() external view returns (address);
        function localMinter() external view returns (address);
        function remoteTokenMessengers(uint32 domain) external view returns (bytes32);
        function isDenylisted(address account) external view returns (bool);
        function addRemoteTokenMessenger(uint32 domain, bytes32 messenger) external;
        function setMinFee(uint256 fee) external;
        function denylist(address account) external;
        function unDenylist(address account) external;
    }

    #[derive(Debug)]
    interface IMessageTransmitterV2 {
        event MessageSent(bytes message);
        event MessageReceived(
            address indexed caller, uint32 sourceDomain, bytes32 indexed nonce, bytes32 sender,
            uint32 indexed finalityThresholdExecuted, bytes messageBody
        );

        function receiveMessage(bytes message, bytes attestation) external returns (bool);
        function usedNonces(bytes32 nonce) external view returns (uint256);
        function signatureThreshold() external view returns (uint256);
        function getNumEnabledAttesters() external view returns (uint256);
        function getEnabledAttester(uint256 index) external view returns (address);
        function isEnabledAttester(address attester) external view returns (bool);
        function enableAttester(address attester) external;
        function disableAttester(address attester) external;
        function setSignatureThreshold(uint256 threshold) external;
        function localDomain() external view returns (uint32);
        function pause() external;
        function unpause() external;
    }

    #[derive(Debug)]
    interface ITokenMinterV2 {
        function addLocalTokenMessenger(address messenger) external;
        function setMaxBurnAmountPerMessage(address token, uint256 limit) external;
        function linkTokenPair(address localToken, uint32 remoteDomain, bytes32 remoteToken) external;
        function burnLimitsPerMessage(address token) external view returns (uint256);
        function getLocalToken(uint32 remoteDomain, bytes32 remoteToken) external view returns (address);
    }

    #[derive(Debug)]
    interface IMulticall3 {
        struct Call3 { address target; bool allowFailure; bytes callData; }
        struct Result { bool success; bytes returnData; }

        function aggregate3(Call3[] calls) external payable returns (Result[] results);
        function getBlockNumber() external view returns (uint256);
        function getEthBalance(address account) external view returns (uint256);
    }

    #[derive(Debug)]
    interface ILayer2 {
        function setL1FeePerByte(uint256 feePerByte) external;
        function getL1Fee(bytes data) external view returns (uint256);
        function set(uint256 l1BaseFee, uint64 l2Gas) external;
        function gasEstimateComponents(address to, bool contractCreation, bytes data)
            external payable
            returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function arbBlockNumber() external view returns (uint256);
    }

    #[derive(Debug)]
    interface IPoolSeeder {
        struct Position { int24 tickLower; int24 tickUpper; uint128 liquidity; }

        function seedV2(address factory, address a, address b, uint256 amountA, uint256 amountB) external;
        function seedV3(
            address factory, address a, address b, uint24 fee, uint160 sqrtPriceX96, Position[] positions
        ) external;
    }

    #[derive(Debug)]
    interface IAggregationRouterV6 {
        struct SwapDescription {
            address srcToken; address dstToken; address srcReceiver; address dstReceiver; uint256 amount;
            uint256 minReturnAmount; uint256 flags;
        }

        event Swapped(address indexed srcToken, address indexed dstToken, uint256 spent, uint256 returned);

        function tune(int256 newEdge) external;
        function quote(address srcToken, address dstToken, uint256 amount) external view returns (uint256);
        function swap(address executor, SwapDescription desc, bytes data)
            external payable returns (uint256 returnAmount, uint256 spentAmount);
    }

    #[derive(Debug)]
    interface IUniswapV2 {
        event Swap(
            address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out,
            uint256 amount1Out, address indexed to
        );

        function getPair(address a, address b) external view returns (address);
        function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 timestamp);
    }

    #[derive(Debug)]
    interface IUniswapV3 {
        event Swap(
            address indexed sender, address indexed recipient, int256 amount0, int256 amount1,
            uint160 sqrtPriceX96, uint128 liquidity, int24 tick
        );

        struct QuoteExactInputSingleParams {
            address tokenIn; address tokenOut; uint256 amountIn; uint24 fee; uint160 sqrtPriceLimitX96;
        }
        struct ExactInputSingleParams {
            address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn;
            uint256 amountOutMinimum; uint160 sqrtPriceLimitX96;
        }

        function enableFeeAmount(uint24 fee, int24 tickSpacing) external;
        function getPool(address a, address b, uint24 fee) external view returns (address);
        function liquidity() external view returns (uint128);
        function tickSpacing() external view returns (int24);
        function slot0() external view returns (
            uint160 sqrtPriceX96, int24 tick, uint16 observationIndex, uint16 observationCardinality,
            uint16 observationCardinalityNext, uint8 feeProtocol, bool unlocked
        );
        function quoteExactInputSingle(QuoteExactInputSingleParams params) external
            returns (uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate);
        function exactInputSingle(ExactInputSingleParams params) external payable returns (uint256 amountOut);
        function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to)
            external payable returns (uint256 amountOut);
        function multicall(uint256 deadline, bytes[] data) external payable returns (bytes[] results);
    }
}
