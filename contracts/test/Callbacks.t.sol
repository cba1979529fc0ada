// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtomicRoute} from "../src/AtomicRoute.sol";
import {Factory, Funding, Kind, Route} from "../src/Types.sol";
import {Venues} from "../src/Venues.sol";
import {Fixture} from "./support/Fixture.sol";
import {OddPool} from "./support/OddPool.sol";
import {HookToken, Token} from "./support/Token.sol";
import {IV2Pair, IV3Pool} from "./support/Uniswap.sol";

/// Callbacks are for the pool that is being called, once, and for nobody else.
contract CallbacksTest is Fixture {
    uint128 internal constant AMOUNT = 1000e6;
    uint8 internal constant ODD = 3;

    /// Everything that a stranger could call, with data that would make it worth it.
    function calls() internal view returns (bytes[] memory list) {
        bytes memory encoded = tail(abi.encodeCall(AtomicRoute.execute, (cycle(Funding.V4, V2, V3, AMOUNT))));
        list = new bytes[](5);
        list[0] = abi.encodeCall(Venues.uniswapV3SwapCallback, (int256(5), -1, ""));
        list[1] = abi.encodeCall(Venues.pancakeV3SwapCallback, (-1, int256(5), ""));
        list[2] = abi.encodeCall(AtomicRoute.uniswapV3FlashCallback, (0, 0, encoded));
        list[3] = abi.encodeCall(AtomicRoute.pancakeV3FlashCallback, (0, 0, encoded));
        list[4] = abi.encodeCall(AtomicRoute.unlockCallback, (encoded));
    }

    function tail(bytes memory call_) internal pure returns (bytes memory rest) {
        rest = new bytes(call_.length - 4);
        for (uint256 i = 0; i < rest.length; ++i) {
            rest[i] = call_[i + 4];
        }
    }

    /// While nothing runs nobody is expected: not a stranger, not the owner, not a real pool, not the zero address.
    function test_idle() public {
        Token(base).mint(address(atomic), 100);
        Token(a).mint(address(atomic), 100);
        address pool = v3.getPool(base, a, FEE);
        address pair = v2.getPair(base, a);
        address[7] memory callers = [stranger, owner, pool, pair, address(manager), address(atomic), address(0)];
        bytes[] memory list = calls();
        for (uint256 i = 0; i < callers.length; ++i) {
            for (uint256 j = 0; j < list.length; ++j) {
                vm.prank(callers[i]);
                (bool success, bytes memory answer) = address(atomic).call(list[j]);
                assertFalse(success);
                assertEq(answer, abi.encodeWithSelector(Venues.UnexpectedCallback.selector, callers[i]));
            }
        }
        assertEq(balance(base, address(atomic)), 100);
        assertEq(balance(a, address(atomic)), 100);
    }

    /// There is no callback of pairs: a stranger could make any pair call it.
    function test_a_pair_that_a_stranger_makes_call() public {
        address pair = v2.getPair(base, a);
        vm.prank(stranger);
        vm.expectRevert();
        IV2Pair(pair).swap(1, 0, address(atomic), "x");
    }

    /// A real pool calls back whoever called it, so a stranger cannot point it at the contract.
    function test_a_real_pool_calls_its_caller() public {
        address pool = v3.getPool(base, a, FEE);
        vm.prank(stranger);
        vm.expectRevert();
        IV3Pool(pool).flash(address(atomic), 1, 1, "");
        assertEmpty();
    }

    /// Right calls with right data from a pool that no listed factory made, also while a real pool is expected.
    function test_forged_pool_during_a_route() public {
        OddPool forged = new OddPool();
        bytes memory encoded = tail(abi.encodeCall(AtomicRoute.execute, (cycle(Funding.V4, V2, V3, AMOUNT))));
        bytes[2] memory pokes = [
            abi.encodeCall(OddPool.poke, (atomic, int256(5), int256(5))),
            abi.encodeCall(OddPool.pokeFlash, (atomic, encoded))
        ];
        for (uint256 i = 0; i < pokes.length; ++i) {
            intrude(address(forged), address(forged), pokes[i]);
        }
    }

    /// A token of the route calls every callback itself, at every one of its transfers.
    function test_token_that_calls_back() public {
        bytes[] memory list = calls();
        for (uint256 i = 0; i < list.length; ++i) {
            intrude(address(0), address(atomic), list[i]);
        }
    }

    /// Runs routes of every funding with tokens that make this call at every transfer. A V3
    /// pool sends before it calls back, so this is also tried while its callback is due.
    function intrude(address caller, address target, bytes memory call_) private {
        for (uint256 i = 0; i < 12; ++i) {
            uint256 before = vm.snapshotState();
            HookToken hook = withHook(i % 2 == 1);
            uint256 funding = i / 2 % 3;
            Route memory made =
                i < 6 ? cycle(Funding(funding), V2, V3, AMOUNT) : cycle(Funding(funding), V3, V4, AMOUNT);
            uint256 expected = quote(made) - AMOUNT - (funding == 2 ? AMOUNT * FEE / 1e6 : 0);
            hook.hook(address(0), target, call_);
            assertEq(run(made), expected);
            assertGt(hook.calls(), 0);
            assertEq(hook.successes(), 0);
            address intruder = caller == address(0) ? address(hook) : caller;
            assertEq(hook.answer(), abi.encodeWithSelector(Venues.UnexpectedCallback.selector, intruder));
            assertEmpty();
            vm.revertToState(before);
        }
    }

    /// The owner's own contract, called by a token in the middle of a route, cannot start another one or sweep.
    function test_reentrancy_of_the_owner() public {
        HookToken hook = withHook(false);
        owner = address(hook);
        atomic = make(owner, manager, factories());
        bytes[2] memory inner = [
            abi.encodeCall(AtomicRoute.execute, (cycle(Funding.V4, V2, V3, AMOUNT))),
            abi.encodeCall(AtomicRoute.sweep, (a))
        ];
        for (uint256 i = 0; i < inner.length; ++i) {
            uint256 before = vm.snapshotState();
            Route memory made = cycle(Funding.Inventory, V2, V3, AMOUNT);
            uint256 expected = quote(made) - AMOUNT;
            hook.hook(address(atomic), address(atomic), inner[i]);
            assertEq(run(made), expected);
            assertEq(hook.successes(), 0);
            assertEq(hook.answer(), abi.encodeWithSelector(AtomicRoute.Reentered.selector));
            vm.revertToState(before);
        }
    }

    function test_reentrancy_of_a_token() public {
        HookToken hook = withHook(false);
        Route memory made = cycle(Funding.Inventory, V2, V3, AMOUNT);
        uint256 expected = quote(made) - AMOUNT;
        hook.hook(address(atomic), address(atomic), abi.encodeCall(AtomicRoute.execute, (made)));
        assertEq(run(made), expected);
        assertEq(hook.answer(), abi.encodeWithSelector(AtomicRoute.NotOwner.selector, address(hook)));
    }

    /// Somebody who trades in the middle of the route costs it its minimum, not the owner money.
    function test_token_that_moves_the_price() public {
        HookToken hook = withHook(false);
        Route memory made = cycle(Funding.Inventory, V2, V3, AMOUNT);
        uint256 sold = quote(made);
        made.legs[1].minOut = uint128(sold);
        bytes memory sell = abi.encodeCall(maker.tradeV3, (v3, a, base, FEE, 10_000e6));
        hook.hook(v2.getPair(base, a), address(maker), sell);
        fund(made);
        vm.prank(owner);
        vm.expectRevert();
        atomic.execute(made);
        assertEq(balance(base, owner), AMOUNT);
        assertEmpty();
    }

    /// The pool manager must be settled in the currency that is due, whatever a token does in between.
    function test_token_that_syncs_another_currency() public {
        HookToken hook = withHook(false);
        Route memory made = cycle(Funding.Inventory, V2, V4, AMOUNT);
        hook.hook(address(manager), address(manager), abi.encodeWithSignature("sync(address)", b));
        fund(made);
        bytes memory short = abi.encodeWithSelector(AtomicRoute.TransferShort.selector, a, 0, quote0(made));
        vm.prank(owner);
        vm.expectRevert(short);
        atomic.execute(made);
        assertEq(balance(base, owner), AMOUNT);
    }

    function quote0(Route memory made) private returns (uint256 amount) {
        uint256 before = vm.snapshotState();
        amount = trade(made, 0, made.amountIn);
        vm.revertToState(before);
    }

    function withHook(bool asBase) private returns (HookToken hook) {
        hook = new HookToken();
        if (asBase) base = address(hook);
        else a = address(hook);
        b = address(new Token("b"));
        seedPools();
    }

    /// A pool of a factory of our own that stands in the list.
    function withOddPool(OddPool.Mode mode) private returns (OddPool pool) {
        Factory[] memory known = factories();
        Factory[] memory list = new Factory[](known.length + 1);
        for (uint256 i = 0; i < known.length; ++i) {
            list[i] = known[i];
        }
        list[ODD] = Factory(address(this), Kind.V3, 0, keccak256(type(OddPool).creationCode));
        atomic = make(owner, manager, list);
        (address token0, address token1) = base < a ? (base, a) : (a, base);
        pool = new OddPool{salt: keccak256(abi.encode(token0, token1, uint24(0)))}();
        pool.set(mode, base, a);
    }

    /// The fork's names of both callbacks.
    function test_names_of_a_fork() public {
        OddPool pool = withOddPool(OddPool.Mode.Pancake);
        Route memory made = cycle(Funding.Inventory, ODD, V2, AMOUNT);
        run(made);
        made = cycle(Funding.V3, V2, V3, AMOUNT);
        (made.lenderFactory, made.lenderFee, made.lenderToken) = (ODD, 0, a);
        uint256 profit = quote(made) - AMOUNT;
        assertEq(run(made), profit);
        assertEq(balance(base, address(pool)), AMOUNT * 2);
        assertEmpty();
    }

    /// Even a listed pool gets no more than the leg's input, once, and only while it is being called.
    function test_listed_pool_that_misbehaves() public {
        bytes memory unexpected;
        OddPool.Mode[6] memory modes = [
            OddPool.Mode.Overcharge,
            OddPool.Mode.Negative,
            OddPool.Mode.Twice,
            OddPool.Mode.FlashInstead,
            OddPool.Mode.UnlockInstead,
            OddPool.Mode.Less
        ];
        for (uint256 i = 0; i < modes.length; ++i) {
            uint256 before = vm.snapshotState();
            OddPool pool = withOddPool(modes[i]);
            Token(base).mint(address(atomic), 500);
            unexpected = abi.encodeWithSelector(Venues.UnexpectedCallback.selector, address(pool));
            if (modes[i] == OddPool.Mode.Overcharge) {
                unexpected = abi.encodeWithSelector(Venues.Overcharged.selector, AMOUNT + 1, AMOUNT);
            }
            if (modes[i] == OddPool.Mode.Negative) {
                unexpected = abi.encodeWithSelector(Venues.Overcharged.selector, -int256(uint256(AMOUNT)), AMOUNT);
            }
            Route memory made = cycle(Funding.Inventory, ODD, V2, AMOUNT);
            fund(made);
            vm.prank(owner);
            if (modes[i] == OddPool.Mode.Less) {
                vm.expectRevert(abi.encodeWithSelector(Venues.PartialFill.selector, 0, AMOUNT - 1, AMOUNT));
            } else {
                vm.expectRevert(abi.encodeWithSelector(Venues.LegFailed.selector, 0, unexpected));
            }
            atomic.execute(made);
            vm.revertToState(before);
        }
    }

    /// A pool that gave without asking cannot come for it later in the same transaction.
    function test_listed_pool_that_calls_back_too_late() public {
        OddPool pool = withOddPool(OddPool.Mode.NoCallback);
        run(cycle(Funding.Inventory, ODD, V2, AMOUNT));
        Token(base).mint(address(atomic), AMOUNT);
        vm.expectRevert(abi.encodeWithSelector(Venues.UnexpectedCallback.selector, address(pool)));
        pool.poke(atomic, int256(uint256(AMOUNT)), int256(uint256(AMOUNT)));
        bytes memory encoded = tail(abi.encodeCall(AtomicRoute.execute, (cycle(Funding.V4, V2, V3, AMOUNT))));
        vm.expectRevert(abi.encodeWithSelector(Venues.UnexpectedCallback.selector, address(pool)));
        pool.pokeFlash(atomic, encoded);
        assertEq(balance(base, address(atomic)), AMOUNT);
    }
}

