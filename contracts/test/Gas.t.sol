// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {AtomicRoute} from "../src/AtomicRoute.sol";
import {Funding, Route} from "../src/Types.sol";
import {Fixture} from "./support/Fixture.sol";
import {Token} from "./support/Token.sol";

/// What routes cost as transactions of their own, with the transaction's base cost and calldata, for the table in
/// the README; the last number of each is what it may not exceed. The owner and the pools are in use already.
/// forge-config: default.isolate = true
/// forge-config: test.isolate = true
contract GasTest is Fixture {
    uint128 internal constant AMOUNT = 1000e6;

    function measure(string memory name, Route memory made, uint256 most) internal {
        Token(base).mint(owner, AMOUNT);
        fund(made);
        vm.prank(owner);
        atomic.execute(made);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        console.log("%s: %d gas, %d bytes", name, gas, abi.encodeCall(AtomicRoute.execute, (made)).length);
        assertLt(gas, most, name);
    }

    function triangle(Funding funding, uint8 first, uint8 second, uint8 third)
        internal
        view
        returns (Route memory made)
    {
        made = route(funding, AMOUNT, 3);
        made.legs[0] = leg(first, BASE, B, AMOUNT);
        made.legs[1] = leg(second, B, A, ALL);
        made.legs[2] = leg(third, A, BASE, ALL);
    }

    function test_gas_inventory_V2_V3() public {
        measure("inventory, V2-V3", cycle(Funding.Inventory, V2, V3, AMOUNT), 215_000);
    }

    function test_gas_inventory_V3_V4() public {
        measure("inventory, V3-V4", cycle(Funding.Inventory, V3, V4, AMOUNT), 226_000);
    }

    function test_gas_V4_flash_V2_V3() public {
        measure("V4 flash, V2-V3", cycle(Funding.V4, V2, V3, AMOUNT), 217_000);
    }

    function test_gas_V4_flash_V2_V4() public {
        measure("V4 flash, V2-V4", cycle(Funding.V4, V2, V4, AMOUNT), 189_000);
    }

    function test_gas_V3_flash_V2_V3() public {
        measure("V3 flash, V2-V3", cycle(Funding.V3, V2, V3, AMOUNT), 262_000);
    }

    function test_gas_V4_flash_V4_V4() public {
        maker.seedV4(base, a, 3000, 60, DEPTH, DEPTH, -887_220, 887_220);
        Route memory made = cycle(Funding.V4, V4, V4, AMOUNT);
        (made.legs[0].fee, made.legs[0].tickSpacing) = (3000, 60);
        measure("V4 flash, V4-V4", made, 165_000);
    }

    function test_gas_inventory_V2_V2_V3() public {
        measure("inventory, V2-V2-V3", triangle(Funding.Inventory, V2, V2, V3), 279_000);
    }

    function test_gas_inventory_V3_V2_V4() public {
        measure("inventory, V3-V2-V4", triangle(Funding.Inventory, V3, V2, V4), 294_000);
    }

    function test_gas_V4_flash_V3_V2_V4() public {
        measure("V4 flash, V3-V2-V4", triangle(Funding.V4, V3, V2, V4), 289_000);
    }

    function test_gas_V4_flash_V4_V4_V4() public {
        maker.seedV4(base, a, 3000, 60, DEPTH, DEPTH, -887_220, 887_220);
        measure("V4 flash, V4-V4-V4", triangle(Funding.V4, V4, V4, V4), 221_000);
    }
}
