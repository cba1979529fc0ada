//! The contract's ABI, as in `contracts/src` and `abi/AtomicRoute.json`.

use alloy::sol;

sol! {
    /// A factory whose pools the contract trades with.
    #[derive(Debug, PartialEq, Eq)]
    struct Factory {
        address creator;
        uint8 kind;
        uint24 fee;
        bytes32 initCodeHash;
    }

    /// One swap.
    #[derive(Debug, PartialEq, Eq)]
    struct Leg {
        uint8 factory;
        uint8 tokenIn;
        uint8 tokenOut;
        uint24 fee;
        int24 tickSpacing;
        uint128 amountIn;
        uint128 minOut;
    }

    /// Swaps that happen together or not at all.
    #[derive(Debug, PartialEq, Eq)]
    struct Route {
        address[] tokens;
        uint128 amountIn;
        uint128 minProfit;
        uint64 deadline;
        uint64 lastBlock;
        uint8 funding;
        uint8 lenderFactory;
        uint24 lenderFee;
        address lenderToken;
        Leg[] legs;
    }

    /// AtomicRoute.
    #[derive(Debug)]
    interface IAtomicRoute {
        function execute(Route route) external returns (uint256 profit);
        function owner() external view returns (address);
        function poolManager() external view returns (address);
        function factories() external view returns (Factory[] list);

        error NotOwner(address caller);
        error Reentered();
        error PastDeadline(uint256 timestamp, uint256 deadline);
        error PastBlock(uint256 number, uint256 lastBlock);
        error NoPoolManager();
        error ShortOfInput(uint256 leg, uint256 available, uint256 amountIn);
        error BelowMinOut(uint256 leg, uint256 received, uint256 minOut);
        error TransferShort(address token, uint256 arrived, uint256 amount);
        error CannotRepay(uint256 available, uint256 owed);
        error BelowMinProfit(int256 profit, uint256 minProfit);
        error NotAContract(address account);
        error BadFactory(uint256 factory);
        error UnexpectedCallback(address caller);
        error UnknownFactory(uint256 leg, uint256 factory);
        error NoPool(uint256 leg, address pool);
        error NativeCurrency(uint256 leg);
        error PartialFill(uint256 leg, uint256 filled, uint256 amountIn);
        error LegFailed(uint256 leg, bytes reason);
        error Overcharged(int256 asked, uint256 due);
    }
}
