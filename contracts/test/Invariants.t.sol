// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./support/Fixture.sol";
import {Handler} from "./support/Handler.sol";
import {Token} from "./support/Token.sol";

/// Holds after any sequence of routes, donations, trades of others and attacks.
contract InvariantsTest is Fixture {
    Handler internal handler;
    address[3] internal tokens;

    function setUp() public override {
        super.setUp();
        tokens = [base, a, b];
        handler = new Handler(Handler.World(atomic, maker, v2, v3, manager, owner, stranger, tokens));
        targetContract(address(handler));
    }

    /// Nothing is at rest but what others put here since.
    function invariant_balances_are_donations() public view {
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(balance(tokens[i], address(atomic)), handler.donated(i));
        }
    }

    function invariant_no_allowances() public view {
        address[7] memory spenders = [
            owner,
            stranger,
            address(manager),
            v2.getPair(base, a),
            v3.getPool(base, a, FEE),
            address(handler),
            address(maker)
        ];
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < spenders.length; ++j) {
                assertEq(Token(tokens[i]).allowance(address(atomic), spenders[j]), 0);
            }
            assertEq(Token(tokens[i]).allowance(owner, address(atomic)), 0);
        }
    }

    /// The owner has all that was provided, all profits and all donations that were swept: to the unit.
    function invariant_only_the_owner_gains() public view {
        assertEq(balance(base, owner), handler.provided(0) + handler.gained() + handler.swept(0));
        assertEq(balance(a, owner), handler.swept(1));
        assertEq(balance(b, owner), handler.swept(2));
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(balance(tokens[i], stranger), 0);
            assertEq(balance(tokens[i], address(handler)), 0);
        }
    }

    /// The invariants would say little if the handler's routes never ran, or always did.
    function test_random_routes_run_and_are_refused() public {
        for (uint256 i = 0; i < 60; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            if (i % 4 == 3) handler.trade(seed, seed >> 8, uint8(seed >> 16), seed >> 24);
            handler.execute(seed, uint128(seed), uint8(seed >> 128), uint128(seed >> 64));
        }
        assertGt(handler.executed(), 15);
        assertGt(handler.refused(), 15);
    }
}
