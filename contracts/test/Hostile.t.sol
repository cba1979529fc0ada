// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtomicRoute} from "../src/AtomicRoute.sol";
import {Tokens} from "../src/Tokens.sol";
import {Funding, Route} from "../src/Types.sol";
import {Venues} from "../src/Venues.sol";
import {Fixture} from "./support/Fixture.sol";
import {FeeToken, Token} from "./support/Token.sol";

/// Donations and tokens that keep a part of what they move: the owner never ends with less than before.
contract HostileTest is Fixture {
    uint128 internal constant AMOUNT = 1000e6;

    /// A donation is no profit: what would have been a loss is refused, whatever lies here.
    function test_donation_does_not_hide_a_loss() public {
        for (uint256 funding = 0; funding < 3; ++funding) {
            uint256 before = vm.snapshotState();
            Route memory made = cycle(Funding(funding), V3, V2, AMOUNT);
            uint256 left = quote(made);
            uint256 owed = AMOUNT + (funding == 2 ? AMOUNT * FEE / 1e6 : 0);
            Token(base).mint(address(atomic), AMOUNT * 2);
            Token(a).mint(address(atomic), AMOUNT * 2);
            fund(made);
            uint256 owned = balance(base, owner);
            bytes memory reason = funding == 1
                ? abi.encodeWithSelector(AtomicRoute.CannotRepay.selector, left, owed)
                : abi.encodeWithSelector(AtomicRoute.BelowMinProfit.selector, int256(left) - int256(owed), 0);
            vm.prank(owner);
            vm.expectRevert(reason);
            atomic.execute(made);
            assertEq(balance(base, owner), owned);
            assertEq(balance(base, address(atomic)), AMOUNT * 2);
            vm.revertToState(before);
        }
    }

    /// "All of it" is all that the route has, not what somebody put here.
    function testFuzz_donation_changes_no_profit(uint64 inBase, uint64 inA, uint64 inB, uint8 funding) public {
        Route memory made = cycle(Funding(funding % 3), V2, V3, AMOUNT);
        uint256 expected = quote(made) - AMOUNT - (funding % 3 == 2 ? AMOUNT * FEE / 1e6 : 0);
        Token(base).mint(address(atomic), inBase);
        Token(a).mint(address(atomic), inA);
        Token(b).mint(address(atomic), inB);
        assertEq(run(made), expected);
        // With what lay here of the tokens that the route moved.
        assertEq(balance(base, owner), expected + inBase + (funding % 3 == 0 ? AMOUNT : 0));
        assertEq(balance(a, owner), inA);
        assertEq(balance(b, owner), 0);
        assertEq(balance(b, address(atomic)), inB);
        vm.prank(owner);
        atomic.sweep(b);
        assertEq(balance(b, owner), inB);
        assertEmpty();
    }

    /// Somebody who puts more into a pair than it knows of changes nothing either.
    function test_donation_to_a_pair() public {
        Route memory made = cycle(Funding.V4, V2, V3, AMOUNT);
        uint256 expected = quote(made) - AMOUNT;
        Token(base).mint(v2.getPair(base, a), 5e6);
        assertEq(run(made), expected);
    }

    function withFee(uint256 ppm) private returns (FeeToken token) {
        token = new FeeToken();
        (a, b) = (address(token), address(new Token("b")));
        seedPools();
        token.keep(ppm);
    }

    function refuse(Route memory made, bytes memory reason) private {
        fund(made);
        uint256 before = balance(base, owner);
        vm.prank(owner);
        vm.expectRevert(reason);
        atomic.execute(made);
        assertEq(balance(base, owner), before);
        assertEmpty();
    }

    function failed(uint256 index, string memory reason) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(Venues.LegFailed.selector, index, abi.encodeWithSignature("Error(string)", reason));
    }

    function test_fee_token_between_the_legs() public {
        FeeToken token = withFee(0);
        Route memory made = cycle(Funding.Inventory, V2, V3, AMOUNT);
        uint256 before = vm.snapshotState();
        uint256 bought = trade(made, 0, AMOUNT);
        vm.revertToState(before);
        token.keep(10_000);
        uint256 arrived = bought - bought / 100;

        refuse(cycle(Funding.Inventory, V2, V3, AMOUNT), failed(1, "IIA"));
        refuse(cycle(Funding.Inventory, V2, V2_FORK, AMOUNT), failed(1, "UniswapV2: K"));
        refuse(
            cycle(Funding.Inventory, V2, V4, AMOUNT),
            abi.encodeWithSelector(AtomicRoute.TransferShort.selector, a, arrived - arrived / 100, arrived)
        );
        // From the pool manager straight to the pool.
        refuse(cycle(Funding.V4, V4, V3, AMOUNT), failed(1, "IIA"));
        refuse(cycle(Funding.V4, V4, V2, AMOUNT), failed(1, "UniswapV2: K"));
        // The minimum is of what arrives, not of what the pool sent.
        made.legs[0].minOut = uint128(bought);
        refuse(made, abi.encodeWithSelector(AtomicRoute.BelowMinOut.selector, 0, arrived, bought));
        // An exact input that the plan expected in full is not there.
        made.legs[0].minOut = 0;
        made.legs[1].amountIn = uint128(bought);
        refuse(made, abi.encodeWithSelector(AtomicRoute.ShortOfInput.selector, 1, arrived, bought));
    }

    function test_fee_token_as_base() public {
        FeeToken token = new FeeToken();
        (base, b) = (address(token), address(new Token("b")));
        seedPools();
        Route memory netted = cycle(Funding.V4, V4, V4, AMOUNT);
        maker.seedV4(base, a, 3000, 60, DEPTH, DEPTH, -887_220, 887_220);
        (netted.legs[0].fee, netted.legs[0].tickSpacing) = (3000, 60);
        uint256 profit = quote(netted) - AMOUNT;
        token.keep(10_000);
        Route memory made = cycle(Funding.Inventory, V2, V3, AMOUNT);
        uint256 paid = AMOUNT;
        refuse(made, abi.encodeWithSelector(Tokens.TransferFailed.selector, base, v2.getPair(base, a), paid));
        made = cycle(Funding.Inventory, V3, V2, AMOUNT);
        refuse(
            made,
            abi.encodeWithSelector(
                Venues.LegFailed.selector,
                0,
                abi.encodeWithSelector(Tokens.TransferFailed.selector, base, v3.getPool(base, a, FEE), paid)
            )
        );
        refuse(cycle(Funding.V4, V2, V3, AMOUNT), failed(0, "UniswapV2: K"));
        // Where only the profit moves, profit is what arrives of it.
        netted.minProfit = uint128(profit);
        refuse(netted, abi.encodeWithSelector(AtomicRoute.BelowMinProfit.selector, profit - profit / 100, profit));
        netted.minProfit = uint128(profit - profit / 100);
        assertEq(run(netted), profit - profit / 100);
    }

    /// Whatever is kept of whichever token, and whatever lies here: no less than the minimum, or nothing happened.
    function testFuzz_fee_token(bool asBase, uint24 ppm, uint8 buy, uint8 sell, uint8 funding, uint64 donated) public {
        FeeToken token = new FeeToken();
        if (asBase) base = address(token);
        else a = address(token);
        b = address(new Token("b"));
        seedPools();
        token.keep(bound(ppm, 0, 200_000));
        uint8[3] memory venues = [V2, V3, V4];
        Route memory made = cycle(Funding(funding % 3), venues[buy % 3], venues[sell % 3], AMOUNT);
        made.minProfit = 1;
        Token(base).mint(address(atomic), donated);
        Token(a).mint(address(atomic), donated);
        fund(made);
        uint256 before = balance(base, owner);
        uint256 beforeA = balance(a, owner);
        vm.prank(owner);
        try atomic.execute(made) returns (uint256 profit) {
            assertGe(profit, 1);
            assertGe(balance(base, owner), before + profit);
            assertEq(balance(base, address(atomic)), 0);
        } catch {
            assertEq(balance(base, owner), before);
        }
        assertGe(balance(a, owner), beforeA);
    }

    /// A token listed twice is two accounts of one balance: a mistake of the caller that cannot lose money.
    function testFuzz_token_listed_twice(uint8 buy, uint8 sell, uint8 funding, uint64 donated) public {
        uint8[3] memory venues = [V2, V3, V4];
        Route memory made = cycle(Funding(funding % 3), venues[buy % 3], venues[sell % 3], AMOUNT);
        made.tokens[B] = base;
        made.legs[1].tokenOut = B;
        Token(base).mint(address(atomic), donated);
        fund(made);
        uint256 before = balance(base, owner);
        vm.prank(owner);
        try atomic.execute(made) returns (uint256 profit) {
            assertEq(balance(base, owner), before + donated + profit);
            assertEmpty();
        } catch {
            assertEq(balance(base, owner), before);
        }
    }
}
