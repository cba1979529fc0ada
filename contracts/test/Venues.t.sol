// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtomicRoute} from "../src/AtomicRoute.sol";
import {Funding, Leg, Route} from "../src/Types.sol";
import {Fixture} from "./support/Fixture.sol";
import {SilentToken, Token} from "./support/Token.sol";

/// Every venue with every funding gives what the pools give to anybody, and all of it ends with the owner.
contract VenuesTest is Fixture {
    uint128 internal constant AMOUNT = 1000e6;

    /// Runs a profitable route and compares it with direct trades.
    function check(Route memory made, uint256 fee) internal returns (uint256 profit) {
        uint256 expected = quote(made) - made.amountIn - fee;
        uint256 before = balance(base, owner);
        made.minProfit = uint128(expected);
        fund(made);
        vm.expectEmit(true, true, true, true, address(atomic));
        emit AtomicRoute.Executed(base, made.amountIn, expected);
        vm.prank(owner);
        profit = atomic.execute(made);
        assertEq(profit, expected);
        uint256 pulled = made.funding == Funding.Inventory ? made.amountIn : 0;
        assertEq(balance(base, owner), before + pulled + expected);
        assertEmpty();
    }

    function test_inventory_through_V2_and_V3() public {
        check(cycle(Funding.Inventory, V2, V3, AMOUNT), 0);
        assertEq(Token(base).allowance(owner, address(atomic)), 0);
    }

    function test_inventory_through_V2_and_V4() public {
        check(cycle(Funding.Inventory, V2, V4, AMOUNT), 0);
    }

    function test_inventory_through_V3_and_V4() public {
        check(cycle(Funding.Inventory, V3, V4, AMOUNT), 0);
    }

    function test_V4_flash_through_V2_and_V3() public {
        check(cycle(Funding.V4, V2, V3, AMOUNT), 0);
    }

    function test_V4_flash_through_V2_and_V4() public {
        check(cycle(Funding.V4, V2, V4, AMOUNT), 0);
    }

    function test_V4_flash_through_V3_and_V4() public {
        check(cycle(Funding.V4, V3, V4, AMOUNT), 0);
    }

    function test_V3_flash_through_V2_and_V4() public {
        check(cycle(Funding.V3, V2, V4, AMOUNT), AMOUNT * FEE / 1e6);
    }

    function test_V3_flash_through_V2_and_V3() public {
        check(cycle(Funding.V3, V2, V3, AMOUNT), AMOUNT * FEE / 1e6);
    }

    /// The other way round every token has the other place in its pools.
    function test_directions() public {
        for (uint256 i = 0; i < 3; ++i) {
            (base, a) = (address(new Token("base")), address(new Token("a")));
            if ((base < a) != (i % 2 == 0)) (base, a) = (a, base);
            (b) = address(new Token("b"));
            seedPools();
            check(cycle(Funding.V3, V2, V3, AMOUNT), AMOUNT * FEE / 1e6);
            check(cycle(Funding.V4, V2, V4, AMOUNT), 0);
            check(cycle(Funding.Inventory, V3, V4, AMOUNT), 0);
        }
    }

    /// Only the profit moves where all legs are at the pool manager.
    function test_V4_legs_move_no_tokens() public {
        maker.seedV4(base, a, 3000, 60, DEPTH, DEPTH, -887_220, 887_220);
        Route memory made = cycle(Funding.V4, V4, V4, AMOUNT);
        (made.legs[0].fee, made.legs[0].tickSpacing) = (3000, 60);
        uint256 held = balance(base, address(manager));
        uint256 heldA = balance(a, address(manager));
        uint256 profit = check(made, 0);
        assertEq(balance(base, address(manager)), held - profit);
        assertEq(balance(a, address(manager)), heldA);
    }

    function test_three_legs_of_three_kinds() public {
        Route memory made = route(Funding.Inventory, AMOUNT, 3);
        made.legs[0] = leg(V3, BASE, B, AMOUNT);
        made.legs[1] = leg(V2, B, A, ALL);
        made.legs[2] = leg(V4, A, BASE, ALL);
        check(made, 0);
    }

    /// A fork of V2 with a fee of its own: less is taken from the pair than it would give.
    function test_fork_of_V2_with_its_own_fee() public {
        Route memory made = cycle(Funding.V4, V2, V2_FORK, AMOUNT);
        uint256 bought = uint256(AMOUNT) * 997 * DEPTH / (DEPTH * 1000 + uint256(AMOUNT) * 997);
        uint256 effective = bought * 996_000;
        uint256 sold = effective * (DEPTH * 106 / 100) / (DEPTH * 1_000_000 + effective);
        assertEq(run(made), sold - AMOUNT);
        assertEmpty();
    }

    /// One token is split over three pools, each with its exact input, and comes together again.
    function test_split_over_all_venues() public {
        for (uint256 funding = 0; funding < 3; ++funding) {
            uint256 before = vm.snapshotState();
            Route memory made = route(Funding(funding), AMOUNT, 5);
            made.legs[0] = leg(V2, BASE, A, 400e6);
            made.legs[1] = leg(V3, BASE, A, 350e6);
            made.legs[2] = leg(V4, BASE, A, 250e6);
            made.legs[3] = leg(V2_FORK, A, BASE, 100e6);
            made.legs[4] = leg(V4, A, BASE, ALL);

            uint256 bought;
            uint256 start = vm.snapshotState();
            for (uint256 i = 0; i < 3; ++i) {
                bought += trade(made, i, made.legs[i].amountIn);
            }
            uint256 effective = 100e6 * uint256(996_000);
            uint256 sold = effective * (DEPTH * 106 / 100) / (DEPTH * 1_000_000 + effective);
            sold += trade(made, 4, bought - 100e6);
            vm.revertToState(start);

            uint256 fee = funding == 2 ? AMOUNT * FEE / 1e6 : 0;
            assertEq(run(made), sold - AMOUNT - fee);
            assertEmpty();
            vm.revertToState(before);
        }
    }

    /// What the legs leave of another token goes to the owner: of what is in hand and of what is credited.
    function test_rest_of_other_tokens_goes_to_the_owner() public {
        Route memory made = route(Funding.Inventory, AMOUNT, 4);
        made.legs[0] = leg(V2, BASE, A, AMOUNT / 2);
        made.legs[1] = leg(V4, BASE, B, AMOUNT / 2);
        made.legs[2] = leg(V4, A, BASE, 490e6);
        made.legs[3] = leg(V3, B, BASE, 490e6);
        uint256 before = vm.snapshotState();
        uint256 boughtA = trade(made, 0, AMOUNT / 2);
        uint256 boughtB = trade(made, 1, AMOUNT / 2);
        vm.revertToState(before);
        run(made);
        assertEq(balance(a, owner), boughtA - 490e6);
        assertEq(balance(b, owner), boughtB - 490e6);
        assertGt(boughtA, 490e6);
        assertGt(boughtB, 490e6);
        assertEmpty();
    }

    function test_tokens_that_return_nothing() public {
        (base, a, b) = (address(new SilentToken()), address(new SilentToken()), address(new SilentToken()));
        seedPools();
        check(cycle(Funding.Inventory, V2, V3, AMOUNT), 0);
        check(cycle(Funding.V4, V3, V4, AMOUNT), 0);
        check(cycle(Funding.V3, V2, V4, AMOUNT), AMOUNT * FEE / 1e6);
    }

    function test_last_block_and_deadline_are_inclusive() public {
        vm.roll(100);
        vm.warp(5000);
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        (made.lastBlock, made.deadline) = (100, 5000);
        check(made, 0);
    }

    /// Nothing of one execution is left for the next in the same transaction.
    function test_twice_in_one_transaction() public {
        check(cycle(Funding.V4, V2, V4, AMOUNT), 0);
        check(cycle(Funding.V3, V2, V4, AMOUNT), AMOUNT * FEE / 1e6);
        check(cycle(Funding.Inventory, V2, V3, AMOUNT), 0);
    }

    function test_sweep_gives_the_owner_what_lies_here() public {
        Token(a).mint(address(atomic), 77);
        vm.prank(owner);
        atomic.sweep(a);
        assertEq(balance(a, owner), 77);
        vm.prank(owner);
        atomic.sweep(a);
        assertEq(balance(a, owner), 77);
        assertEmpty();
    }

    function test_configuration_can_be_read_back() public view {
        assertEq(atomic.owner(), owner);
        assertEq(address(atomic.poolManager()), address(manager));
        assertEq(abi.encode(atomic.factories()), abi.encode(factories()));
    }
}
