// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AtomicRoute} from "../../src/AtomicRoute.sol";
import {Funding, Leg, Route} from "../../src/Types.sol";
import {Maker} from "./Maker.sol";
import {OddPool} from "./OddPool.sol";
import {Token} from "./Token.sol";
import {IManager, IV2Factory, IV2Pair, IV3Factory, IV3Pool} from "./Uniswap.sol";

/// Everything that may happen to the contract, in any order, with an account of what should be where.
contract Handler is Test {
    struct World {
        AtomicRoute atomic;
        Maker maker;
        IV2Factory v2;
        IV3Factory v3;
        IManager manager;
        address owner;
        address stranger;
        address[3] tokens;
    }

    uint8 private constant V2 = 0;
    uint8 private constant V3 = 1;
    uint8 private constant V4 = 255;
    uint24 private constant FEE = 500;
    int24 private constant SPACING = 10;
    uint128 private constant ALL = type(uint128).max;

    World private world;
    OddPool private forged = new OddPool();
    /// What others put into the contract and no route has swept since.
    uint256[3] public donated;
    /// What the owner was given from outside, what routes gained, and what of the donations came to the owner.
    uint256[3] public provided;
    uint256[3] public swept;
    uint256 public gained;
    uint256 public executed;
    uint256 public refused;

    constructor(World memory world_) {
        world = world_;
    }

    /// A route of two or three legs with any funding and limits; one that is refused also the other way round.
    function execute(uint256 seed, uint128 amount, uint8 funding, uint128 minProfit) public {
        Route memory made = build(seed, amount, funding % 3);
        made.minProfit = uint128(bound(minProfit, 0, 1e5));
        if (attempt(made)) return;
        uint256 last = made.legs.length - 1;
        (made.legs[0], made.legs[last]) = (made.legs[last], made.legs[0]);
        for (uint256 i = 0; i <= last; ++i) {
            (made.legs[i].tokenIn, made.legs[i].tokenOut) = (made.legs[i].tokenOut, made.legs[i].tokenIn);
        }
        (made.legs[0].amountIn, made.legs[last].amountIn) = (made.amountIn, ALL);
        attempt(made);
    }

    function attempt(Route memory made) private returns (bool success) {
        Token base = Token(world.tokens[0]);
        if (made.funding == Funding.Inventory) {
            base.mint(world.owner, made.amountIn);
            provided[0] += made.amountIn;
            vm.prank(world.owner);
            base.approve(address(world.atomic), made.amountIn);
        }
        uint256 before = base.balanceOf(world.owner);
        uint256[3] memory lying = donated;
        vm.prank(world.owner);
        try world.atomic.execute(made) returns (uint256 profit) {
            executed += 1;
            gained += profit;
            assertGe(profit, made.minProfit);
            assertEq(base.balanceOf(world.owner), before + profit + lying[0], "profit is what the owner gained");
            (swept[0], donated[0]) = (swept[0] + lying[0], 0);
            for (uint256 i = 1; i < 3; ++i) {
                if (!touches(made, i)) continue;
                (swept[i], donated[i]) = (swept[i] + lying[i], 0);
            }
            return true;
        } catch {
            refused += 1;
            assertEq(base.balanceOf(world.owner), before, "a refused route costs nothing");
            vm.prank(world.owner);
            base.approve(address(world.atomic), 0);
        }
    }

    function sweep(uint256 which) public {
        which %= 3;
        vm.prank(world.owner);
        world.atomic.sweep(world.tokens[which]);
        (swept[which], donated[which]) = (swept[which] + donated[which], 0);
    }

    function donate(uint256 which, uint256 amount) public {
        which %= 3;
        amount = bound(amount, 1, 1000e6);
        Token(world.tokens[which]).mint(address(world.atomic), amount);
        donated[which] += amount;
    }

    /// A third party moves a price.
    function trade(uint256 tokenIn, uint256 tokenOut, uint8 venue, uint256 amount) public {
        tokenIn %= 3;
        tokenOut %= 3;
        if (tokenIn == tokenOut) tokenOut = (tokenOut + 1) % 3;
        amount = bound(amount, 1e3, 50_000e6);
        (address from, address to) = (world.tokens[tokenIn], world.tokens[tokenOut]);
        if (venue % 3 == 0) world.maker.tradeV2(world.v2, from, to, amount);
        if (venue % 3 == 1) world.maker.tradeV3(world.v3, from, to, FEE, amount);
        if (venue % 3 == 2) world.maker.tradeV4(from, to, FEE, SPACING, amount);
    }

    /// Nobody but the owner gets in, with whatever call.
    function intrude(uint256 who, uint8 which, int256 amount, uint128 size) public {
        address[5] memory callers = [
            world.stranger,
            address(forged),
            address(world.manager),
            world.v3.getPool(world.tokens[0], world.tokens[1], FEE),
            world.v2.getPair(world.tokens[0], world.tokens[1])
        ];
        Route memory made = build(who, size, uint8(who % 3));
        bytes memory encoded = abi.encode(made);
        bytes[8] memory calls = [
            abi.encodeCall(world.atomic.execute, (made)),
            abi.encodeCall(world.atomic.sweep, (world.tokens[0])),
            abi.encodeCall(world.atomic.uniswapV3SwapCallback, (amount, amount, encoded)),
            abi.encodeCall(world.atomic.pancakeV3SwapCallback, (amount, amount, encoded)),
            abi.encodeCall(world.atomic.uniswapV3FlashCallback, (size, size, encoded)),
            abi.encodeCall(world.atomic.pancakeV3FlashCallback, (size, size, encoded)),
            abi.encodeCall(world.atomic.unlockCallback, (encoded)),
            abi.encodeWithSignature("uniswapV2Call(address,uint256,uint256,bytes)", callers[0], size, 0, encoded)
        ];
        vm.prank(callers[who % 5]);
        (bool success,) = address(world.atomic).call(calls[which % 8]);
        assertFalse(success, "somebody else got in");
    }

    /// Real pools are made to send and call with the contract as the recipient.
    function point(uint8 which, uint256 amount) public {
        amount = bound(amount, 1, 1000e6);
        address pair = world.v2.getPair(world.tokens[0], world.tokens[1]);
        address pool = world.v3.getPool(world.tokens[0], world.tokens[1], FEE);
        bool success = true;
        if (which % 2 == 0) {
            (success,) = pair.call(abi.encodeCall(IV2Pair(pair).swap, (amount, 0, address(world.atomic), "x")));
        } else {
            (success,) = pool.call(abi.encodeCall(IV3Pool(pool).flash, (address(world.atomic), amount, amount, "x")));
        }
        assertFalse(success, "a pool sent something for nothing");
    }

    function build(uint256 seed, uint128 amount, uint8 funding) private view returns (Route memory made) {
        uint8[3] memory venues = [V2, V3, V4];
        bool triangle = seed % 4 == 0;
        made.tokens = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            made.tokens[i] = world.tokens[i];
        }
        made.amountIn = uint128(bound(amount, 1e3, 5000e6));
        made.deadline = uint64(block.timestamp);
        made.funding = Funding(funding);
        (made.lenderFactory, made.lenderFee, made.lenderToken) = (V3, FEE, world.tokens[2]);
        made.legs = new Leg[](triangle ? 3 : 2);
        uint8 other = uint8(1 + (seed >> 8) % 2);
        for (uint8 i = 0; i < made.legs.length; ++i) {
            uint8 from = i == 0 ? 0 : (i == 1 ? other : 3 - other);
            uint8 to = i + 1 == made.legs.length ? 0 : (i == 0 ? other : 3 - other);
            uint8 venue = venues[(seed >> (16 + 8 * i)) % 3];
            made.legs[i] = Leg(venue, from, to, venue == V2 ? 0 : FEE, venue == V4 ? SPACING : int24(0), ALL, 0);
        }
        made.legs[0].amountIn = made.amountIn;
    }

    /// Whether this token came to the contract: from a pair or a V3 pool.
    function touches(Route memory made, uint256 token) private pure returns (bool) {
        for (uint256 i = 0; i < made.legs.length; ++i) {
            if (made.legs[i].tokenOut == token && made.legs[i].factory != V4) return true;
        }
        return false;
    }
}
