// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {PoolSeeder} from "./PoolSeeder.sol";
import {IPoolManager, ModifyLiquidityParams, PoolKey, V4Caller} from "./UniswapV4.sol";

interface IKeptPair {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function getReserves() external view returns (uint112, uint112, uint32);
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function mint(address to) external returns (uint256);
    function burn(address to) external returns (uint256, uint256);
}

interface IKeptPool {
    function burn(int24 lower, int24 upper, uint128 amount) external returns (uint256, uint256);
    function collect(address to, int24 lower, int24 upper, uint128 most0, uint128 most1)
        external
        returns (uint128, uint128);
}

/// Seeds pools as the seeder does, V4's too, and later changes how much of the
/// seeded liquidity is in them, in millionths of it.
contract PoolKeeper is PoolSeeder, V4Caller {
    uint256 private constant WHOLE = 1_000_000;

    struct Pair {
        uint128 amount0;
        uint128 amount1;
    }

    mapping(address => Pair) private pairs;
    mapping(bytes32 => Position[]) private positions;
    /// Millionths that are missing or, if negative, added, so that zero is the start.
    mapping(bytes32 => int256) private missing;

    constructor(address weth_, IPoolManager manager_) payable PoolSeeder(weth_) V4Caller(manager_) {}

    function seedV4(PoolKey calldata key, uint160 sqrtPriceX96, Position[] calldata seeds) external {
        manager.initialize(key, sqrtPriceX96);
        bytes32 id = keccak256(abi.encode(key));
        ModifyLiquidityParams[] memory changes = new ModifyLiquidityParams[](seeds.length);
        for (uint256 i = 0; i < seeds.length; i++) {
            Position calldata p = seeds[i];
            _seeded(id, p);
            changes[i] = ModifyLiquidityParams(p.tickLower, p.tickUpper, int256(uint256(p.liquidity)), 0);
        }
        manager.unlock(abi.encode(key, changes));
    }

    function keepV2(IKeptPair pair, uint256 ppm) external {
        uint256 level = _level(bytes32(uint256(uint160(address(pair)))), ppm);
        require(pairs[address(pair)].amount0 > 0, "PoolKeeper: not a pair of the keeper");
        uint256 held = pair.balanceOf(address(this));
        if (ppm < level) {
            pair.transfer(address(pair), held - held * ppm / level);
            pair.burn(address(this));
        } else if (ppm > level) {
            // At the price of now, and of the start where no reserves are left to tell it.
            (uint256 amount0, uint256 amount1) = (pairs[address(pair)].amount0, pairs[address(pair)].amount1);
            (uint256 part, uint256 whole) = (ppm, WHOLE);
            if (level > 0) {
                (amount0, amount1,) = pair.getReserves();
                (part, whole) = (held * (ppm - level) / level, pair.totalSupply());
            }
            _give(pair.token0(), address(pair), amount0 * part / whole);
            _give(pair.token1(), address(pair), amount1 * part / whole);
            pair.mint(address(this));
        }
    }

    function keepV3(address pool, uint256 ppm) external {
        bytes32 id = bytes32(uint256(uint160(pool)));
        uint256 level = _level(id, ppm);
        Position[] storage seeds = positions[id];
        require(seeds.length > 0, "PoolKeeper: not a pool of the keeper");
        for (uint256 i = 0; i < seeds.length; i++) {
            Position memory p = seeds[i];
            int256 change = _change(p.liquidity, level, ppm);
            if (change > 0) {
                _fill(pool, p.tickLower, p.tickUpper, uint128(uint256(change)));
            } else if (change < 0) {
                IKeptPool(pool).burn(p.tickLower, p.tickUpper, uint128(uint256(-change)));
                uint128 most = type(uint128).max;
                IKeptPool(pool).collect(address(this), p.tickLower, p.tickUpper, most, most);
            }
        }
    }

    function keepV4(PoolKey calldata key, uint256 ppm) external {
        bytes32 id = keccak256(abi.encode(key));
        uint256 level = _level(id, ppm);
        Position[] storage seeds = positions[id];
        require(seeds.length > 0, "PoolKeeper: not a pool of the keeper");
        ModifyLiquidityParams[] memory changes = new ModifyLiquidityParams[](seeds.length);
        for (uint256 i = 0; i < seeds.length; i++) {
            Position memory p = seeds[i];
            changes[i] =
                ModifyLiquidityParams(p.tickLower, p.tickUpper, _change(p.liquidity, level, ppm), 0);
        }
        if (level != ppm) manager.unlock(abi.encode(key, changes));
    }

    function unlockCallback(bytes calldata data) external onlyManager returns (bytes memory) {
        (PoolKey memory key, ModifyLiquidityParams[] memory changes) =
            abi.decode(data, (PoolKey, ModifyLiquidityParams[]));
        (int256 sum0, int256 sum1) = (int256(0), int256(0));
        for (uint256 i = 0; i < changes.length; i++) {
            (int256 delta,) = manager.modifyLiquidity(key, changes[i], "");
            (int256 amount0, int256 amount1) = _halves(delta);
            sum0 += amount0;
            sum1 += amount1;
        }
        _close(key.currency0, sum0, address(this));
        _close(key.currency1, sum1, address(this));
        return "";
    }

    function _level(bytes32 pool, uint256 ppm) private returns (uint256 level) {
        level = uint256(int256(WHOLE) - missing[pool]);
        missing[pool] = int256(WHOLE) - int256(ppm);
    }

    /// Rounded as a level, so that the way back is exact.
    function _change(uint128 seeded, uint256 level, uint256 ppm) private pure returns (int256) {
        return int256(seeded * ppm / WHOLE) - int256(seeded * level / WHOLE);
    }

    function _seededV2(address pair) internal override {
        (uint112 amount0, uint112 amount1,) = IKeptPair(pair).getReserves();
        pairs[pair] = Pair(amount0, amount1);
    }

    function _seeded(bytes32 pool, Position calldata position) internal override {
        positions[pool].push(position);
    }
}
