// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtomicRoute} from "../src/AtomicRoute.sol";
import {Tokens} from "../src/Tokens.sol";
import {Factory, Funding, Kind, Route} from "../src/Types.sol";
import {IPoolManager, Uniswap} from "../src/Uniswap.sol";
import {Venues} from "../src/Venues.sol";
import {Fixture} from "./support/Fixture.sol";
import {FalseToken, Token} from "./support/Token.sol";

/// What is refused says why and in which leg, and moves nothing.
contract RefusalsTest is Fixture {
    uint128 internal constant AMOUNT = 1000e6;

    /// The route reverts with exactly this, and the owner has what they had.
    function refuse(Route memory made, bytes memory reason) internal {
        fund(made);
        uint256 before = balance(base, owner);
        vm.prank(owner);
        vm.expectRevert(reason);
        atomic.execute(made);
        assertEq(balance(base, owner), before);
        assertEmpty();
    }

    function test_only_the_owner_executes() public {
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        vm.expectRevert(abi.encodeWithSelector(AtomicRoute.NotOwner.selector, stranger));
        vm.prank(stranger);
        atomic.execute(made);
    }

    function test_only_the_owner_sweeps() public {
        vm.expectRevert(abi.encodeWithSelector(AtomicRoute.NotOwner.selector, stranger));
        vm.prank(stranger);
        atomic.sweep(base);
    }

    function test_after_the_deadline() public {
        vm.warp(5000);
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        made.deadline = 4999;
        refuse(made, abi.encodeWithSelector(AtomicRoute.PastDeadline.selector, 5000, 4999));
        made.deadline = 0;
        refuse(made, abi.encodeWithSelector(AtomicRoute.PastDeadline.selector, 5000, 0));
    }

    function test_after_the_last_block() public {
        vm.roll(100);
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        made.lastBlock = 99;
        refuse(made, abi.encodeWithSelector(AtomicRoute.PastBlock.selector, 100, 99));
    }

    function test_min_out_of_every_venue() public {
        uint8[3] memory venues = [V2, V3, V4];
        for (uint256 i = 0; i < venues.length; ++i) {
            Route memory made = cycle(Funding.V4, venues[i], venues[(i + 1) % 3], AMOUNT);
            uint256 before = vm.snapshotState();
            uint256 bought = trade(made, 0, AMOUNT);
            vm.revertToState(before);
            made.legs[0].minOut = uint128(bought + 1);
            refuse(made, abi.encodeWithSelector(AtomicRoute.BelowMinOut.selector, 0, bought, bought + 1));
        }
        Route memory last = cycle(Funding.V4, V2, V3, AMOUNT);
        uint256 sold = quote(last);
        last.legs[1].minOut = uint128(sold + 1);
        refuse(last, abi.encodeWithSelector(AtomicRoute.BelowMinOut.selector, 1, sold, sold + 1));
        last.legs[1].minOut = uint128(sold);
        run(last);
    }

    function test_min_profit_of_every_funding() public {
        for (uint256 funding = 0; funding < 3; ++funding) {
            Route memory made = cycle(Funding(funding), V2, V4, AMOUNT);
            uint256 profit = quote(made) - AMOUNT - (funding == 2 ? AMOUNT * FEE / 1e6 : 0);
            made.minProfit = uint128(profit + 1);
            refuse(made, abi.encodeWithSelector(AtomicRoute.BelowMinProfit.selector, profit, profit + 1));
        }
    }

    /// From inventory a loss is seen in the owner's balance, with a loan in what is left to repay it.
    function test_a_loss() public {
        Route memory made = cycle(Funding.Inventory, V3, V2, AMOUNT);
        uint256 left = quote(made);
        int256 loss = int256(left) - int256(uint256(AMOUNT));
        assertLt(loss, 0);
        refuse(made, abi.encodeWithSelector(AtomicRoute.BelowMinProfit.selector, loss, 0));
        made = cycle(Funding.V4, V3, V2, AMOUNT);
        refuse(made, abi.encodeWithSelector(AtomicRoute.CannotRepay.selector, left, AMOUNT));
        made = cycle(Funding.V3, V3, V2, AMOUNT);
        refuse(made, abi.encodeWithSelector(AtomicRoute.CannotRepay.selector, left, AMOUNT + AMOUNT * FEE / 1e6));
    }

    function test_profit_in_another_token_is_no_profit() public {
        Route memory made = route(Funding.Inventory, AMOUNT, 1);
        made.legs[0] = leg(V2, BASE, A, AMOUNT);
        int256 loss = -int256(uint256(AMOUNT));
        refuse(made, abi.encodeWithSelector(AtomicRoute.BelowMinProfit.selector, loss, 0));
    }

    function test_unknown_factories() public {
        Route memory made = cycle(Funding.V4, 3, V3, AMOUNT);
        refuse(made, abi.encodeWithSelector(Venues.UnknownFactory.selector, 0, 3));
        made = cycle(Funding.V4, V2, 254, AMOUNT);
        refuse(made, abi.encodeWithSelector(Venues.UnknownFactory.selector, 1, 254));
        // The lender stands behind the last leg; a pair does not lend, and neither does the pool manager here.
        made = cycle(Funding.V3, V2, V3, AMOUNT);
        uint8[3] memory lenders = [V2, 3, V4];
        for (uint256 i = 0; i < lenders.length; ++i) {
            made.lenderFactory = lenders[i];
            refuse(made, abi.encodeWithSelector(Venues.UnknownFactory.selector, 2, lenders[i]));
        }
    }

    function test_pools_that_do_not_exist() public {
        Factory[] memory list = factories();
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        made.legs[1].fee = 501;
        refuse(made, abi.encodeWithSelector(Venues.NoPool.selector, 1, Uniswap.pool(list[V3], a, base, 501)));
        made = cycle(Funding.V4, V2, V2_FORK, AMOUNT);
        made.legs[1] = leg(V2_FORK, A, B, ALL);
        refuse(made, abi.encodeWithSelector(Venues.NoPool.selector, 1, Uniswap.pair(list[V2_FORK], a, b)));
        made = cycle(Funding.V3, V2, V3, AMOUNT);
        made.lenderFee = 100;
        refuse(made, abi.encodeWithSelector(Venues.NoPool.selector, 2, Uniswap.pool(list[V3], base, b, 100)));
        // A token for itself.
        made = cycle(Funding.V4, V2, V3, AMOUNT);
        made.legs[0].tokenOut = BASE;
        refuse(made, abi.encodeWithSelector(Venues.NoPool.selector, 0, Uniswap.pair(list[V2], base, base)));
    }

    /// A pool with hooks has another identity than any leg can name.
    function test_V4_pools_with_hooks_cannot_be_named() public {
        Route memory made = cycle(Funding.V4, V4, V2, AMOUNT);
        made.legs[0].fee = 100;
        made.legs[0].tickSpacing = 1;
        // An address without flags: the pool manager accepts it and never calls it.
        hooked();
        bytes memory reason = abi.encodeWithSignature("PoolNotInitialized()");
        refuse(made, abi.encodeWithSelector(Venues.LegFailed.selector, 0, reason));
    }

    function hooked() private {
        (address currency0, address currency1) = base < a ? (base, a) : (a, base);
        bytes memory key = abi.encode(currency0, currency1, uint24(0x800000), int24(1), address(0x4000));
        bytes4 initialize = bytes4(keccak256("initialize((address,address,uint24,int24,address),uint160)"));
        (bool success,) = address(manager).call(abi.encodePacked(initialize, key, abi.encode(uint160(1 << 96))));
        assertTrue(success, "the pool with hooks exists");
    }

    function test_the_native_coin() public {
        Route memory made = cycle(Funding.V4, V2, V4, AMOUNT);
        made.tokens[B] = address(0);
        made.legs[1] = leg(V4, A, B, ALL);
        refuse(made, abi.encodeWithSelector(Venues.NativeCurrency.selector, 1));
        vm.deal(owner, 1 ether);
        vm.prank(owner);
        (bool success,) = address(atomic).call{value: 1}(abi.encodeCall(AtomicRoute.execute, (made)));
        assertFalse(success, "execute takes no value");
        vm.prank(owner);
        (success,) = address(atomic).call{value: 1}("");
        assertFalse(success, "nothing takes value");
    }

    function test_more_input_than_there_is() public {
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        made.legs[0].amountIn = AMOUNT + 1;
        refuse(made, abi.encodeWithSelector(AtomicRoute.ShortOfInput.selector, 0, AMOUNT, AMOUNT + 1));
        made = cycle(Funding.Inventory, V2, V3, AMOUNT);
        uint256 before = vm.snapshotState();
        uint256 bought = trade(made, 0, AMOUNT);
        vm.revertToState(before);
        made.legs[1].amountIn = uint128(bought + 1);
        refuse(made, abi.encodeWithSelector(AtomicRoute.ShortOfInput.selector, 1, bought, bought + 1));
    }

    function test_legs_without_input() public {
        Route memory made = route(Funding.V4, AMOUNT, 1);
        made.legs[0] = leg(V2, A, BASE, ALL);
        bytes memory reason = abi.encodeWithSignature("Error(string)", "UniswapV2: INSUFFICIENT_OUTPUT_AMOUNT");
        refuse(made, abi.encodeWithSelector(Venues.LegFailed.selector, 0, reason));
        made.legs[0] = leg(V3, A, BASE, ALL);
        reason = abi.encodeWithSignature("Error(string)", "AS");
        refuse(made, abi.encodeWithSelector(Venues.LegFailed.selector, 0, reason));
        made.legs[0] = leg(V4, A, BASE, ALL);
        reason = abi.encodeWithSignature("SwapAmountCannotBeZero()");
        refuse(made, abi.encodeWithSelector(Venues.LegFailed.selector, 0, reason));
    }

    /// The lender is locked while it lends.
    function test_the_V3_lender_is_no_venue() public {
        Route memory made = cycle(Funding.V3, V2, V3, AMOUNT);
        made.lenderToken = a;
        bytes memory reason = abi.encodeWithSignature("Error(string)", "LOK");
        refuse(made, abi.encodeWithSelector(Venues.LegFailed.selector, 1, reason));
    }

    function test_without_allowance() public {
        Route memory made = cycle(Funding.Inventory, V2, V3, AMOUNT);
        Token(base).mint(owner, AMOUNT);
        vm.startPrank(owner);
        Token(base).approve(address(atomic), AMOUNT - 1);
        vm.expectRevert(abi.encodeWithSelector(Tokens.TransferFailed.selector, base, address(atomic), AMOUNT));
        atomic.execute(made);
        vm.stopPrank();
        assertEq(balance(base, owner), AMOUNT);
    }

    function test_a_token_that_answers_false() public {
        FalseToken silent = new FalseToken();
        (a, b) = (address(silent), address(new Token("b")));
        seedPools();
        Route memory made = cycle(Funding.Inventory, V2, V4, AMOUNT);
        silent.refuse(true);
        // The pair cannot send it either.
        bytes memory reason = abi.encodeWithSignature("Error(string)", "UniswapV2: TRANSFER_FAILED");
        refuse(made, abi.encodeWithSelector(Venues.LegFailed.selector, 0, reason));
        Token(a).mint(address(atomic), 5);
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(Tokens.TransferFailed.selector, a, owner, 5));
        atomic.sweep(a);
    }

    function test_partial_fill_of_V3() public {
        (int24 lower, int24 upper) = (-100, 100);
        maker.seedV3(v3, base, a, 3000, DEPTH, DEPTH, lower * 60, upper * 60);
        Route memory made = cycle(Funding.V4, V3, V2, uint128(DEPTH / 2));
        made.legs[0].fee = 3000;
        bytes memory raised = failure(made);
        assertEq(bytes4(raised), Venues.PartialFill.selector);
        (uint256 index, uint256 filled, uint256 amountIn) = abi.decode(tail(raised), (uint256, uint256, uint256));
        assertEq(index, 0);
        assertEq(amountIn, DEPTH / 2);
        assertLt(filled, amountIn);
        assertGt(filled, 0);
        assertEmpty();
    }

    function test_partial_fill_of_V4() public {
        maker.seedV4(base, a, 3000, 60, DEPTH, DEPTH, -6000, 6000);
        Route memory made = cycle(Funding.Inventory, V4, V2, uint128(DEPTH / 2));
        (made.legs[0].fee, made.legs[0].tickSpacing) = (3000, 60);
        bytes memory raised = failure(made);
        assertEq(bytes4(raised), Venues.PartialFill.selector);
        (uint256 index, uint256 filled, uint256 amountIn) = abi.decode(tail(raised), (uint256, uint256, uint256));
        assertEq(index, 0);
        assertEq(amountIn, DEPTH / 2);
        assertLt(filled, amountIn);
        assertGt(filled, 0);
        assertEmpty();
    }

    /// A pool whose liquidity is all at other prices takes nothing at all.
    function test_no_liquidity_in_the_direction() public {
        // One A for one BASE, and only A above that price in BASE: selling A finds nothing.
        maker.seedV3(
            v3, base, a, 3000, DEPTH, DEPTH, base < a ? int24(-6000) : int24(60), base < a ? int24(-60) : int24(6000)
        );
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        made.legs[1].fee = 3000;
        uint256 before = vm.snapshotState();
        uint256 bought = trade(made, 0, AMOUNT);
        vm.revertToState(before);
        bytes memory raised = failure(made);
        assertEq(raised, abi.encodeWithSelector(Venues.PartialFill.selector, 1, 0, bought));
    }

    /// What the route reverts with.
    function failure(Route memory made) internal returns (bytes memory raised) {
        fund(made);
        vm.prank(owner);
        try atomic.execute(made) {
            revert("the route was not refused");
        } catch (bytes memory reason) {
            raised = reason;
        }
    }

    function tail(bytes memory raised) internal pure returns (bytes memory rest) {
        rest = new bytes(raised.length - 4);
        for (uint256 i = 0; i < rest.length; ++i) {
            rest[i] = raised[i + 4];
        }
    }

    function test_chains_without_V4() public {
        atomic = make(owner, IPoolManager(address(0)), factories());
        refuse(cycle(Funding.V4, V2, V3, AMOUNT), abi.encodeWithSelector(AtomicRoute.NoPoolManager.selector));
        refuse(cycle(Funding.Inventory, V2, V4, AMOUNT), abi.encodeWithSelector(AtomicRoute.NoPoolManager.selector));
        run(cycle(Funding.V3, V2, V3, AMOUNT));
        run(cycle(Funding.Inventory, V2, V2_FORK, AMOUNT));
    }

    function test_constructor() public {
        Factory[] memory list = factories();
        vm.expectRevert(abi.encodeWithSelector(AtomicRoute.NotOwner.selector, address(0)));
        make(address(0), manager, list);
        vm.expectRevert(abi.encodeWithSelector(Venues.NotAContract.selector, stranger));
        make(owner, IPoolManager(stranger), list);
        list[1].creator = stranger;
        vm.expectRevert(abi.encodeWithSelector(Venues.NotAContract.selector, stranger));
        make(owner, manager, list);
        list = factories();
        list[2].initCodeHash = 0;
        vm.expectRevert(abi.encodeWithSelector(Venues.BadFactory.selector, 2));
        make(owner, manager, list);
        list = factories();
        list[0].fee = 1_000_000;
        vm.expectRevert(abi.encodeWithSelector(Venues.BadFactory.selector, 0));
        make(owner, manager, list);
        list = factories();
        list[1].fee = 500;
        vm.expectRevert(abi.encodeWithSelector(Venues.BadFactory.selector, 1));
        make(owner, manager, list);
        list = new Factory[](256);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = Factory(address(v2), Kind.V2, 3000, bytes32(uint256(1)));
        }
        vm.expectRevert();
        make(owner, manager, list);
    }
}
