// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Tokens} from "./Tokens.sol";
import {Factory, Funding, Kind, Leg, Route} from "./Types.sol";
import {IPoolManager, IUniswapV3Pool, Uniswap} from "./Uniswap.sol";
import {Venues} from "./Venues.sol";

/// Swaps through Uniswap V2 pairs, V3 pools and V4 pools without hooks in one transaction, with the owner's own
/// tokens or borrowed ones, and reverts unless every leg gives its least and the owner ends with the profit.
///
/// - Only the owner starts anything, and tokens go only to pools and to the owner.
/// - Pools are named by their factory and derived, never given as addresses.
/// - Nothing is kept: what a route touches ends with the owner. No allowance is ever given.
/// - Profit is what the owner's balance gained, less what already lay in this contract, so that a
///   donation cannot hide a loss.
contract AtomicRoute is Venues {
    /// What a route has of one token. Neither counts what lay in the contract before.
    struct Holding {
        /// In this contract.
        uint256 hand;
        /// With the V4 pool manager.
        uint256 credit;
        /// Whether the token ever came to this contract.
        bool touched;
    }

    /// `Leg.amountIn` for all that the route has.
    uint128 private constant ALL = type(uint128).max;

    /// Who may execute, and who gets everything.
    address public immutable owner;
    bool private transient _entered;

    /// A route came to its end. `profit` is what the owner gained, in smallest units of the base token.
    event Executed(address indexed base, uint256 amountIn, uint256 profit);

    error NotOwner(address caller);
    /// A function was called while a route runs.
    error Reentered();
    error PastDeadline(uint256 timestamp, uint256 deadline);
    error PastBlock(uint256 number, uint256 lastBlock);
    error NoPoolManager();
    /// A leg wants more than the legs before it left.
    error ShortOfInput(uint256 leg, uint256 available, uint256 amountIn);
    error BelowMinOut(uint256 leg, uint256 received, uint256 minOut);
    /// A token kept something of what was sent to the pool manager.
    error TransferShort(address token, uint256 arrived, uint256 amount);
    /// The legs left less than the loan and its fee.
    error CannotRepay(uint256 available, uint256 owed);
    error BelowMinProfit(int256 profit, uint256 minProfit);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    modifier exclusive() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }

    constructor(address owner_, IPoolManager poolManager_, Factory[] memory factories_)
        Venues(poolManager_, factories_)
    {
        if (owner_ == address(0)) revert NotOwner(owner_);
        owner = owner_;
    }

    /// Runs the route and returns the owner's profit in the base token. With `Funding.Inventory` the owner has
    /// approved `amountIn` of it before.
    function execute(Route calldata route) external onlyOwner exclusive returns (uint256 profit) {
        if (block.timestamp > route.deadline) revert PastDeadline(block.timestamp, route.deadline);
        if (route.lastBlock != 0 && block.number > route.lastBlock) revert PastBlock(block.number, route.lastBlock);

        address base = route.tokens[0];
        // What lies here goes to the owner at the end, and is no profit.
        uint256 opening = Tokens.balance(base, owner) + Tokens.balance(base, address(this));
        if (route.funding == Funding.V3) {
            _flash(route, base);
        } else {
            if (route.funding == Funding.Inventory) Tokens.pull(base, owner, route.amountIn);
            _run(msg.data[4:]);
        }
        // A pool that did not call back may not do it later.
        _expect(address(0), Callback.None);
        Tokens.sweep(base, owner);

        uint256 closing = Tokens.balance(base, owner);
        if (closing < opening + route.minProfit) {
            revert BelowMinProfit(int256(closing) - int256(opening), route.minProfit);
        }
        profit = closing - opening;
        emit Executed(base, route.amountIn, profit);
    }

    /// Sends what lies here of a token to the owner.
    function sweep(address token) external onlyOwner exclusive {
        Tokens.sweep(token, owner);
    }

    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        _runFlash(fee0 + fee1, data);
    }

    function pancakeV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        _runFlash(fee0 + fee1, data);
    }

    /// Called by the V4 pool manager after `unlock`.
    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        _authenticate(Callback.Unlock);
        _swapAll(_decode(data));
        return "";
    }

    /// Borrows the base token from a V3 pool, which then calls back.
    function _flash(Route calldata route, address base) private {
        uint256 index = route.legs.length;
        Factory memory factory = _factory(index, route.lenderFactory);
        if (factory.kind != Kind.V3) revert UnknownFactory(index, route.lenderFactory);
        address pool = Uniswap.pool(factory, base, route.lenderToken, route.lenderFee);
        if (pool.code.length == 0) revert NoPool(index, pool);
        _expect(pool, Callback.Flash);
        (uint256 amount0, uint256 amount1) =
            base < route.lenderToken ? (uint256(route.amountIn), uint256(0)) : (uint256(0), uint256(route.amountIn));
        IUniswapV3Pool(pool).flash(address(this), amount0, amount1, msg.data[4:]);
    }

    /// Runs the route with what was lent, and pays it back.
    function _runFlash(uint256 fee, bytes calldata data) private {
        _authenticate(Callback.Flash);
        Route calldata route = _decode(data);
        _run(data);
        address base = route.tokens[0];
        uint256 owed = route.amountIn + fee;
        uint256 available = Tokens.balance(base, address(this));
        if (available < owed) revert CannotRepay(available, owed);
        Tokens.send(base, msg.sender, owed);
    }

    /// Runs the legs, inside the pool manager's `unlock` if anything needs it.
    function _run(bytes calldata encoded) private {
        Route calldata route = _decode(encoded);
        bool unlock = route.funding == Funding.V4;
        for (uint256 i = 0; i < route.legs.length && !unlock; ++i) {
            unlock = route.legs[i].factory == V4;
        }
        if (!unlock) return _swapAll(route);
        if (address(poolManager) == address(0)) revert NoPoolManager();
        _expect(address(poolManager), Callback.Unlock);
        poolManager.unlock(encoded);
    }

    /// Swaps leg by leg; then the pool manager is owed nothing and only the base token is left here.
    function _swapAll(Route calldata route) private {
        Holding[] memory holdings = new Holding[](route.tokens.length);
        Holding memory base = holdings[0];
        // The pool manager's loan is a credit that is taken back at the end.
        if (route.funding == Funding.V4) base.credit = route.amountIn;
        else base.hand = route.amountIn;

        for (uint256 i = 0; i < route.legs.length; ++i) {
            _swap(route, i, holdings);
        }

        if (route.funding == Funding.V4) _repayManager(route, base);
        for (uint256 i = 0; i < holdings.length; ++i) {
            address token = route.tokens[i];
            // A V3 lender waits for the base token, everything else may go at once.
            address to = i == 0 && route.funding == Funding.V3 ? address(this) : owner;
            if (holdings[i].credit != 0) poolManager.take(token, to, holdings[i].credit);
            if (i != 0 && holdings[i].touched) Tokens.sweep(token, owner);
        }
    }

    function _repayManager(Route calldata route, Holding memory base) private {
        uint256 owed = route.amountIn;
        if (base.credit + base.hand < owed) revert CannotRepay(base.credit + base.hand, owed);
        if (base.credit < owed) _settle(route.tokens[0], base, owed - base.credit);
        base.credit -= owed;
    }

    function _swap(Route calldata route, uint256 index, Holding[] memory holdings) private {
        Leg calldata leg = route.legs[index];
        Holding memory from = holdings[leg.tokenIn];
        uint256 available = from.hand + from.credit;
        uint256 amountIn = leg.amountIn == ALL ? available : leg.amountIn;
        if (amountIn > available) revert ShortOfInput(index, available, amountIn);
        address tokenIn = route.tokens[leg.tokenIn];
        address tokenOut = route.tokens[leg.tokenOut];

        uint256 received;
        if (leg.factory == V4) {
            if (from.credit < amountIn) _settle(tokenIn, from, amountIn - from.credit);
            from.credit -= amountIn;
            received = _swapV4(index, leg, tokenIn, tokenOut, amountIn);
            holdings[leg.tokenOut].credit += received;
        } else {
            uint256 fromHand = amountIn < from.hand ? amountIn : from.hand;
            from.hand -= fromHand;
            from.credit -= amountIn - fromHand;
            // What arrived, not what the pool says that it sent: a token may keep a part of it.
            uint256 before = Tokens.balance(tokenOut, address(this));
            _swapPool(index, leg, tokenIn, tokenOut, fromHand, amountIn - fromHand);
            uint256 afterwards = Tokens.balance(tokenOut, address(this));
            received = afterwards < before ? 0 : afterwards - before;
            Holding memory to = holdings[leg.tokenOut];
            to.hand += received;
            to.touched = true;
        }
        if (received < leg.minOut) revert BelowMinOut(index, received, leg.minOut);
    }

    /// Turns what is in hand into credit with the pool manager.
    function _settle(address token, Holding memory holding, uint256 amount) private {
        poolManager.sync(token);
        Tokens.send(token, address(poolManager), amount);
        uint256 arrived = poolManager.settle();
        if (arrived != amount) revert TransferShort(token, arrived, amount);
        holding.hand -= amount;
        holding.credit += amount;
    }

    /// The route inside the arguments of `execute`, which pools hand back to the callbacks: read where it lies.
    function _decode(bytes calldata encoded) private pure returns (Route calldata route) {
        assembly ("memory-safe") {
            // The arguments are one offset, counted from their beginning.
            route := add(encoded.offset, calldataload(encoded.offset))
        }
    }
}
