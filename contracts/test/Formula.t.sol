// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SwapMath} from "v4-core/libraries/SwapMath.sol";
import {TickMath} from "v4-core/libraries/TickMath.sol";
import {Funding, Route} from "../src/Types.sol";
import {Fixture} from "./support/Fixture.sol";
import {Token} from "./support/Token.sol";
import {IV3Pool} from "./support/Uniswap.sol";

/// Random pools, amounts, directions and fundings: a route gives what the formulas of its pools say, to the unit,
/// or it changes nothing.
contract FormulaTest is Fixture {
    /// One pool of each venue between the base token and A.
    struct Market {
        uint256[3] reserveBase;
        uint256[3] reserveA;
    }

    uint8[3] internal venues = [V2, V3, V4];

    /// Pools of these tests are random; lenders have more than is ever borrowed.
    function seedPools() internal override {
        maker.seedV3(v3, base, b, FEE, 1e14, 1e14, -END, END);
        maker.seedV4(base, b, FEE, SPACING, 1e14, 1e14, -END, END);
    }

    function open(Market memory market, bool flipped) internal {
        address fresh;
        do {
            fresh = address(new Token("a"));
        } while ((fresh < base) != flipped);
        a = fresh;
        maker.seedV2(v2, base, a, market.reserveBase[0], market.reserveA[0]);
        maker.seedV3(v3, base, a, FEE, market.reserveBase[1], market.reserveA[1], -END, END);
        maker.seedV4(base, a, FEE, SPACING, market.reserveBase[2], market.reserveA[2], -END, END);
    }

    /// What the venue gives for an exact input, by its formula and from the amounts it was opened with.
    function formula(Market memory market, uint256 venue, bool buying, uint256 amountIn)
        internal
        view
        returns (uint256 amountOut)
    {
        (uint256 reserveBase, uint256 reserveA) = (market.reserveBase[venue], market.reserveA[venue]);
        if (venue == 0) {
            (uint256 reserveIn, uint256 reserveOut) = buying ? (reserveBase, reserveA) : (reserveA, reserveBase);
            return amountIn * 997 * reserveOut / (reserveIn * 1000 + amountIn * 997);
        }
        bool zeroForOne = buying == (base < a);
        uint128 liquidity = uint128(maker.sqrt(reserveBase * reserveA));
        uint160 price = maker.sqrtPrice(base, a, reserveBase, reserveA);
        return oneRange(zeroForOne, liquidity, price, amountIn);
    }

    /// An exact input where one liquidity goes from end to end. Pools stop at every word of their bitmap of ticks, and
    /// round there.
    function oneRange(bool zeroForOne, uint128 liquidity, uint160 price, uint256 left)
        internal
        pure
        returns (uint256 amountOut)
    {
        int24 tick = TickMath.getTickAtSqrtPrice(price);
        while (left != 0) {
            int24 compressed = (tick - (tick < 0 ? SPACING - 1 : int24(0))) / SPACING;
            int24 next = zeroForOne ? compressed >> 8 << 8 : ((compressed + 1) | 255);
            next = int24(bound(next * SPACING, -END, END));
            uint160 target = TickMath.getSqrtPriceAtTick(next);
            uint256 stepIn;
            uint256 stepOut;
            uint256 stepFee;
            (price, stepIn, stepOut, stepFee) = SwapMath.computeSwapStep(price, target, liquidity, -int256(left), FEE);
            left -= stepIn + stepFee;
            amountOut += stepOut;
            tick = price != target ? TickMath.getTickAtSqrtPrice(price) : zeroForOne ? next - 1 : next;
        }
    }

    function draw(uint256 seed, uint256 which, uint256 least, uint256 most) internal pure returns (uint256) {
        uint256 random = uint256(keccak256(abi.encode(seed, which)));
        // Even over the orders of magnitude.
        uint256 bits = 1 + (random >> 128) % 47;
        return bound(uint128(random) % (1 << bits), least, most);
    }

    function market_(uint256 seed) internal pure returns (Market memory market) {
        for (uint256 i = 0; i < 3; ++i) {
            market.reserveBase[i] = draw(seed, 2 * i, 1e6, 1e14);
            // Near each other, so that many routes win.
            market.reserveA[i] = bound(market.reserveBase[i] * draw(seed, 2 * i + 1, 500, 2000) / 1000, 1e6, 1e14);
        }
    }

    function testFuzz_two_legs(uint256 seed, uint8 buy, uint8 sell, uint8 funding, bool flipped, uint128 amount)
        public
    {
        (buy, sell, funding) = (buy % 3, sell % 3, funding % 3);
        if (buy == sell) sell = (sell + 1) % 3;
        Market memory market = market_(seed);
        amount = uint128(draw(seed, uint256(amount) + 100, 1, market.reserveBase[buy]));
        open(market, flipped);

        uint256 bought = formula(market, buy, true, amount);
        uint256 sold = formula(market, sell, false, bought);
        uint256 fee = funding == 2 ? (uint256(amount) * FEE + 999_999) / 1_000_000 : 0;
        // A pair refuses to give nothing, the others refuse to take nothing.
        bool refused = bought == 0 || (sell == 0 && sold == 0);

        Route memory made = cycle(Funding(funding), venues[buy], venues[sell], amount);
        made.legs[0].minOut = uint128(bought);
        made.legs[1].minOut = uint128(sold);
        check(made, refused ? 0 : sold, amount + fee);
    }

    /// The same amount split over two venues, and sold at the third.
    function testFuzz_split(uint256 seed, uint8 sell, uint8 funding, bool flipped, uint256 share) public {
        (sell, funding) = (sell % 3, funding % 3);
        Market memory market = market_(seed);
        uint256[2] memory buy = [uint256(sell + 1) % 3, uint256(sell + 2) % 3];
        uint128 amount = uint128(draw(seed, 200, 1e4, market.reserveBase[buy[0]]));
        uint128 first = uint128(bound(share, 1, amount - 1));
        open(market, flipped);

        uint256[2] memory bought = [formula(market, buy[0], true, first), formula(market, buy[1], true, amount - first)];
        uint256 sold = formula(market, sell, false, bought[0] + bought[1]);
        uint256 fee = funding == 2 ? (uint256(amount) * FEE + 999_999) / 1_000_000 : 0;
        bool refused = (buy[0] == 0 && bought[0] == 0) || (buy[1] == 0 && bought[1] == 0) || bought[0] + bought[1] == 0
            || (sell == 0 && sold == 0);

        Route memory made = route(Funding(funding), amount, 3);
        made.legs[0] = leg(venues[buy[0]], BASE, A, first);
        made.legs[1] = leg(venues[buy[1]], BASE, A, amount - first);
        made.legs[2] = leg(venues[sell], A, BASE, uint128(bought[0] + bought[1]));
        check(made, refused ? 0 : sold, amount + fee);
    }

    /// Runs the route, which ends with `sold` of the base token and costs `owed` of it.
    function check(Route memory made, uint256 sold, uint256 owed) internal {
        fund(made);
        uint256 before = balance(base, owner);
        uint256 lenders = balance(base, address(manager)) + balance(base, v3.getPool(base, b, FEE));
        vm.assume(lenders >= owed);
        if (sold < owed) {
            vm.prank(owner);
            vm.expectRevert();
            atomic.execute(made);
            assertEq(balance(base, owner), before);
        } else {
            made.minProfit = uint128(sold - owed + 1);
            vm.prank(owner);
            vm.expectRevert();
            atomic.execute(made);
            made.minProfit -= 1;
            vm.prank(owner);
            assertEq(atomic.execute(made), sold - owed);
            assertEq(balance(base, owner), before + sold - owed);
            assertEq(Token(base).allowance(owner, address(atomic)), 0);
        }
        assertEmpty();
    }

    /// Many of the random routes must win, or the tests above say little.
    function test_random_routes_win_often() public {
        uint256 won;
        for (uint256 seed = 0; seed < 200; ++seed) {
            Market memory market = market_(seed);
            uint128 amount = uint128(draw(seed, 100, 1, market.reserveBase[0] / 100));
            won += formula(market, 1, false, formula(market, 0, true, amount)) >= amount ? 1 : 0;
        }
        assertGt(won, 40);
    }
}
