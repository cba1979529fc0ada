// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Tokens} from "./Tokens.sol";
import {Factory, Kind, Leg} from "./Types.sol";
import {IPoolManager, IUniswapV2Pair, IUniswapV3Pool, PoolKey, SwapParams, Uniswap} from "./Uniswap.sol";

/// Single swaps with an exact input, at pools that are derived from factories listed for ever.
///
/// A callback counts only while its pool is being called, once, and only from the address derived for it.
abstract contract Venues {
    /// What this contract waits for while it calls a pool.
    enum Callback {
        None,
        Swap,
        Flash,
        Unlock
    }

    /// `Leg.factory` of a V4 pool.
    uint8 internal constant V4 = type(uint8).max;

    /// The V4 pool manager, zero where the chain has none.
    IPoolManager public immutable poolManager;

    uint256 private immutable _count;
    /// Of fixed length: the length of a dynamic one would be read from storage in every leg.
    Factory[255] private _factories;

    /// The one account whose callback is due, and which one; both are spent by it.
    address private transient _expectedCaller;
    Callback private transient _expectedCallback;
    /// What a V3 pool gets when it calls back.
    address private transient _dueToken;
    uint128 private transient _dueFromHand;
    uint128 private transient _dueFromCredit;

    /// The constructor's list has no code at this address: wrong chain or wrong address.
    error NotAContract(address account);
    /// The factory in this place of the constructor's list has no init code hash, or a fee that cannot be.
    error BadFactory(uint256 factory);
    /// A callback that is not due, or from somebody else than the pool that is being called.
    error UnexpectedCallback(address caller);
    /// The list of factories is shorter, or this one's pools do not lend. The lender stands behind the last leg.
    error UnknownFactory(uint256 leg, uint256 factory);
    /// The factory has created no pool for these tokens and this fee.
    error NoPool(uint256 leg, address pool);
    /// V4 names the native coin by the zero address; this contract never holds it.
    error NativeCurrency(uint256 leg);
    /// The pool took less than the exact input: its liquidity ended.
    error PartialFill(uint256 leg, uint256 filled, uint256 amountIn);
    /// The pool, or a token it moves, refused; `reason` is its answer.
    error LegFailed(uint256 leg, bytes reason);
    /// A pool asked for more than the leg's input.
    error Overcharged(int256 asked, uint256 due);

    /// `factories_` is at most 255 long and never changes; a leg names one by its place.
    constructor(IPoolManager poolManager_, Factory[] memory factories_) {
        if (address(poolManager_) != address(0)) _requireCode(address(poolManager_));
        poolManager = poolManager_;
        _count = factories_.length;
        for (uint256 i = 0; i < factories_.length; ++i) {
            Factory memory factory = factories_[i];
            _requireCode(factory.creator);
            bool fee = factory.kind == Kind.V2 ? factory.fee < 1_000_000 : factory.fee == 0;
            if (factory.initCodeHash == 0 || !fee) revert BadFactory(i);
            _factories[i] = factory;
        }
    }

    /// The factories in the order of their indices.
    function factories() external view returns (Factory[] memory list) {
        list = new Factory[](_count);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = _factories[i];
        }
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        _paySwap(amount0, amount1);
    }

    /// The same under the name that PancakeSwap gave it.
    function pancakeV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        _paySwap(amount0, amount1);
    }

    /// Swaps against what the pool manager owes us; no token moves.
    function _swapV4(uint256 index, Leg calldata leg, address tokenIn, address tokenOut, uint256 amountIn)
        internal
        returns (uint256 received)
    {
        if (tokenIn == address(0) || tokenOut == address(0)) revert NativeCurrency(index);
        bool zeroForOne = tokenIn < tokenOut;
        (address currency0, address currency1) = zeroForOne ? (tokenIn, tokenOut) : (tokenOut, tokenIn);
        PoolKey memory key = PoolKey(currency0, currency1, leg.fee, leg.tickSpacing, address(0));
        SwapParams memory params = SwapParams(zeroForOne, -int256(amountIn), Uniswap.priceLimit(zeroForOne));
        try poolManager.swap(key, params, "") returns (int256 delta) {
            (int256 delta0, int256 delta1) = (delta >> 128, int256(int128(delta)));
            (int256 paid, int256 got) = zeroForOne ? (-delta0, delta1) : (-delta1, delta0);
            if (paid != int256(amountIn)) revert PartialFill(index, uint256(paid), amountIn);
            return uint256(got);
        } catch (bytes memory reason) {
            revert LegFailed(index, reason);
        }
    }

    /// Swaps at a pair or a V3 pool, paid from this contract and, for the rest, by the pool manager.
    function _swapPool(
        uint256 index,
        Leg calldata leg,
        address tokenIn,
        address tokenOut,
        uint256 fromHand,
        uint256 fromCredit
    ) internal {
        Factory memory factory = _factory(index, leg.factory);
        bool v2 = factory.kind == Kind.V2;
        address pool = v2 ? Uniswap.pair(factory, tokenIn, tokenOut) : Uniswap.pool(factory, tokenIn, tokenOut, leg.fee);
        if (pool.code.length == 0) revert NoPool(index, pool);
        if (v2) _swapV2(index, pool, factory.fee, tokenIn, tokenOut, fromHand, fromCredit);
        else _swapV3(index, pool, tokenIn, tokenOut, fromHand, fromCredit);
    }

    function _swapV2(
        uint256 index,
        address pool,
        uint256 fee,
        address tokenIn,
        address tokenOut,
        uint256 fromHand,
        uint256 fromCredit
    ) private {
        bool zeroForOne = tokenIn < tokenOut;
        (uint256 reserve0, uint256 reserve1,) = IUniswapV2Pair(pool).getReserves();
        (uint256 reserveIn, uint256 reserveOut) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 amountOut = Uniswap.constantProduct(reserveIn, reserveOut, fromHand + fromCredit, fee);
        _pay(tokenIn, pool, fromHand, fromCredit);
        (uint256 out0, uint256 out1) = zeroForOne ? (uint256(0), amountOut) : (amountOut, uint256(0));
        try IUniswapV2Pair(pool).swap(out0, out1, address(this), "") {}
        catch (bytes memory reason) {
            revert LegFailed(index, reason);
        }
    }

    function _swapV3(
        uint256 index,
        address pool,
        address tokenIn,
        address tokenOut,
        uint256 fromHand,
        uint256 fromCredit
    ) private {
        // What does not fit 128 bits is cut off here, and then the pool asks for more than is due.
        (_dueToken, _dueFromHand, _dueFromCredit) = (tokenIn, uint128(fromHand), uint128(fromCredit));
        _expect(pool, Callback.Swap);
        bool zeroForOne = tokenIn < tokenOut;
        int256 amountIn = int256(fromHand + fromCredit);
        try IUniswapV3Pool(pool).swap(address(this), zeroForOne, amountIn, Uniswap.priceLimit(zeroForOne), "") returns (
            int256 amount0, int256 amount1
        ) {
            int256 paid = zeroForOne ? amount0 : amount1;
            if (paid != amountIn) revert PartialFill(index, uint256(paid), uint256(amountIn));
        } catch (bytes memory reason) {
            revert LegFailed(index, reason);
        }
    }

    /// Pays the V3 pool that is being called what it asks, at most the leg's input.
    function _paySwap(int256 amount0, int256 amount1) private {
        _authenticate(Callback.Swap);
        int256 asked = amount0 > amount1 ? amount0 : amount1;
        (uint256 fromHand, uint256 fromCredit) = (_dueFromHand, _dueFromCredit);
        if (asked < 0 || uint256(asked) > fromHand + fromCredit) revert Overcharged(asked, fromHand + fromCredit);
        if (uint256(asked) < fromHand) fromHand = uint256(asked);
        _pay(_dueToken, msg.sender, fromHand, uint256(asked) - fromHand);
    }

    function _pay(address token, address pool, uint256 fromHand, uint256 fromCredit) private {
        if (fromHand != 0) Tokens.send(token, pool, fromHand);
        if (fromCredit != 0) poolManager.take(token, pool, fromCredit);
    }

    function _expect(address caller, Callback callback) internal {
        (_expectedCaller, _expectedCallback) = (caller, callback);
    }

    /// A callback is accepted once, from the account that this contract is calling, which it derived itself.
    function _authenticate(Callback callback) internal {
        if (msg.sender != _expectedCaller || callback != _expectedCallback) revert UnexpectedCallback(msg.sender);
        _expect(address(0), Callback.None);
    }

    function _factory(uint256 leg, uint256 index) internal view returns (Factory memory) {
        if (index >= _count) revert UnknownFactory(leg, index);
        return _factories[index];
    }

    function _requireCode(address account) private view {
        if (account.code.length == 0) revert NotAContract(account);
    }
}
