// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AtomicRoute} from "../../src/AtomicRoute.sol";
import {Factory, Funding, Kind, Leg, Route} from "../../src/Types.sol";
import {IPoolManager} from "../../src/Uniswap.sol";
import {Maker} from "./Maker.sol";
import {Token} from "./Token.sol";
import {IManager, IV2Factory, IV3Factory} from "./Uniswap.sol";

/// Uniswap as it was published, three tokens with pools of every kind, and the contract.
///
/// One A costs 1 BASE at the pair, 1.05 at the V3 pool and 1.1 at the V4 pool; B costs 1 of both everywhere.
abstract contract Fixture is Test {
    string internal constant NPM = "lib/";
    /// What operators deploy is what is tested: scripts/contracts compares it with what src/ compiles to.
    string internal constant ARTIFACT = "../abi/AtomicRoute.json";
    /// Places in the list of factories.
    uint8 internal constant V2 = 0;
    uint8 internal constant V3 = 1;
    uint8 internal constant V2_FORK = 2;
    uint8 internal constant V4 = 255;
    /// Places in the list of tokens.
    uint8 internal constant BASE = 0;
    uint8 internal constant A = 1;
    uint8 internal constant B = 2;
    uint128 internal constant ALL = type(uint128).max;
    uint24 internal constant FEE = 500;
    int24 internal constant SPACING = 10;
    int24 internal constant END = 887_270;
    uint256 internal constant DEPTH = 1_000_000e6;

    address internal owner = makeAddr("owner");
    address internal stranger = makeAddr("stranger");
    IV2Factory internal v2;
    IV2Factory internal v2Fork;
    IV3Factory internal v3;
    IManager internal manager;
    Maker internal maker;
    AtomicRoute internal atomic;
    bytes internal artifact;
    bytes32 internal pairHash;
    bytes32 internal poolHash;
    address internal base;
    address internal a;
    address internal b;

    function setUp() public virtual {
        artifact = code(ARTIFACT, ".bytecode");
        deployUniswap();
        (base, a, b) = (address(new Token("base")), address(new Token("a")), address(new Token("b")));
        seedPools();
        atomic = make(owner, manager, factories());
    }

    function deployUniswap() internal {
        bytes memory self = abi.encode(address(this));
        bytes memory factory = npm("v2-core/build/UniswapV2Factory.json");
        v2 = IV2Factory(deploy(factory, self));
        v2Fork = IV2Factory(deploy(factory, self));
        v3 = IV3Factory(deploy(npm("v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json"), ""));
        manager = IManager(
            deploy(code(string.concat(NPM, "v4-core/out/PoolManager.sol/PoolManager.json"), ".bytecode.object"), self)
        );
        maker = new Maker(manager);
        pairHash = keccak256(npm("v2-core/build/UniswapV2Pair.json"));
        poolHash = keccak256(npm("v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json"));
    }

    function npm(string memory path) internal view returns (bytes memory) {
        return code(string.concat(NPM, path), ".bytecode");
    }

    function seedPools() internal virtual {
        maker.seedV2(v2, base, a, DEPTH, DEPTH);
        maker.seedV2(v2, a, b, DEPTH, DEPTH);
        maker.seedV2(v2, base, b, DEPTH, DEPTH);
        maker.seedV2(v2Fork, base, a, DEPTH * 106 / 100, DEPTH);
        maker.seedV3(v3, base, a, FEE, DEPTH * 105 / 100, DEPTH, -END, END);
        maker.seedV3(v3, a, b, FEE, DEPTH, DEPTH, -END, END);
        maker.seedV3(v3, base, b, FEE, DEPTH, DEPTH, -END, END);
        maker.seedV4(base, a, FEE, SPACING, DEPTH * 110 / 100, DEPTH, -END, END);
        maker.seedV4(a, b, FEE, SPACING, DEPTH, DEPTH, -END, END);
        maker.seedV4(base, b, FEE, SPACING, DEPTH, DEPTH, -END, END);
    }

    function factories() internal view returns (Factory[] memory list) {
        list = new Factory[](3);
        list[V2] = Factory(address(v2), Kind.V2, 3000, pairHash);
        list[V3] = Factory(address(v3), Kind.V3, 0, poolHash);
        list[V2_FORK] = Factory(address(v2Fork), Kind.V2, 4000, pairHash);
    }

    function code(string memory path, string memory key) internal view returns (bytes memory) {
        string memory text = vm.parseJsonString(vm.readFile(path), key);
        return vm.parseBytes(bytes(text)[1] == "x" ? text : string.concat("0x", text));
    }

    function deploy(bytes memory creation, bytes memory arguments) internal returns (address created) {
        bytes memory whole = abi.encodePacked(creation, arguments);
        assembly ("memory-safe") {
            created := create(0, add(whole, 32), mload(whole))
            if iszero(created) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function make(address owner_, IPoolManager manager_, Factory[] memory list) internal returns (AtomicRoute) {
        return AtomicRoute(deploy(artifact, abi.encode(owner_, manager_, list)));
    }

    /// A swap at the pool that the fixture has for this factory and these tokens.
    function leg(uint8 factory, uint8 tokenIn, uint8 tokenOut, uint128 amountIn) internal pure returns (Leg memory) {
        return Leg({
            factory: factory,
            tokenIn: tokenIn,
            tokenOut: tokenOut,
            fee: factory == V3 || factory == V4 ? FEE : 0,
            tickSpacing: factory == V4 ? SPACING : int24(0),
            amountIn: amountIn,
            minOut: 0
        });
    }

    function route(Funding funding, uint128 amountIn, uint256 legs) internal view returns (Route memory made) {
        made.tokens = new address[](3);
        (made.tokens[BASE], made.tokens[A], made.tokens[B]) = (base, a, b);
        made.amountIn = amountIn;
        made.deadline = uint64(block.timestamp);
        made.funding = funding;
        made.legs = new Leg[](legs);
        // B's pool lends, so that those of A are free to trade.
        if (funding == Funding.V3) (made.lenderFactory, made.lenderFee, made.lenderToken) = (V3, FEE, b);
    }

    /// Base to A at one venue and back at another.
    function cycle(Funding funding, uint8 buy, uint8 sell, uint128 amountIn) internal view returns (Route memory made) {
        made = route(funding, amountIn, 2);
        made.legs[0] = leg(buy, BASE, A, amountIn);
        made.legs[1] = leg(sell, A, BASE, ALL);
    }

    /// Gives the owner exactly what the route pulls, with the allowance for it, and runs it.
    function run(Route memory made) internal returns (uint256) {
        fund(made);
        vm.prank(owner);
        return atomic.execute(made);
    }

    function fund(Route memory made) internal {
        if (made.funding != Funding.Inventory) return;
        Token(made.tokens[0]).mint(owner, made.amountIn);
        vm.prank(owner);
        Token(made.tokens[0]).approve(address(atomic), made.amountIn);
    }

    /// What the same leg gives to somebody who trades at the pool directly.
    function trade(Route memory made, uint256 index, uint256 amountIn) internal returns (uint256) {
        Leg memory step = made.legs[index];
        (address tokenIn, address tokenOut) = (made.tokens[step.tokenIn], made.tokens[step.tokenOut]);
        if (step.factory == V4) return maker.tradeV4(tokenIn, tokenOut, step.fee, step.tickSpacing, amountIn);
        if (step.factory == V3) return maker.tradeV3(v3, tokenIn, tokenOut, step.fee, amountIn);
        return maker.tradeV2(v2, tokenIn, tokenOut, amountIn);
    }

    /// What a route of legs that follow each other gives in the end, from the pools themselves.
    function quote(Route memory made) internal returns (uint256 amount) {
        uint256 before = vm.snapshotState();
        amount = made.amountIn;
        for (uint256 i = 0; i < made.legs.length; ++i) {
            amount = trade(made, i, amount);
        }
        vm.revertToState(before);
    }

    /// Nothing of the fixture's tokens lies in the contract and it lets nobody take any.
    function assertEmpty() internal view {
        address[3] memory tokens = [base, a, b];
        address[5] memory spenders = [owner, stranger, address(manager), address(v2), address(v3)];
        for (uint256 i = 0; i < tokens.length; ++i) {
            assertEq(Token(tokens[i]).balanceOf(address(atomic)), 0, "the contract keeps a balance");
            for (uint256 j = 0; j < spenders.length; ++j) {
                assertEq(Token(tokens[i]).allowance(address(atomic), spenders[j]), 0, "the contract gave an allowance");
            }
        }
    }

    function balance(address token, address account) internal view returns (uint256) {
        return Token(token).balanceOf(account);
    }
}
