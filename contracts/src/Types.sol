// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// How the pools of a factory work.
enum Kind {
    V2,
    V3
}

/// A factory whose pools may be used. A pool's address follows from it by CREATE2.
struct Factory {
    /// Who creates the pools: the factory, or the deployer it uses.
    address creator;
    Kind kind;
    /// What a V2 pair keeps of the input, in millionths; 0 for V3, whose pools have their own.
    uint24 fee;
    /// keccak256 of the creation code of its pools.
    bytes32 initCodeHash;
}

/// Where the base token comes from.
enum Funding {
    /// From the owner, by allowance.
    Inventory,
    /// From the V4 pool manager, free of charge.
    V4,
    /// From a V3 pool, for its fee.
    V3
}

/// One swap with an exact input.
struct Leg {
    /// Index of the factory in the constructor's list; 255 for a V4 pool.
    uint8 factory;
    /// Indices into the route's tokens.
    uint8 tokenIn;
    uint8 tokenOut;
    /// The pool's fee in millionths: part of its identity for V3 and V4, 0 for V2.
    uint24 fee;
    /// Part of the identity of a V4 pool, 0 otherwise. Its hooks are always the zero address.
    int24 tickSpacing;
    /// Smallest units of the input; the largest number for all that the route has of it.
    uint128 amountIn;
    /// The least that must arrive of the output, in its smallest units.
    uint128 minOut;
}

/// Swaps that happen together or not at all.
struct Route {
    /// Every token once; the first is the base token, in which profit is counted.
    address[] tokens;
    /// Base token taken from the owner or borrowed.
    uint128 amountIn;
    /// The least by which the owner's balance of the base token must have grown.
    uint128 minProfit;
    /// Last second in which the route may run, by the block's clock.
    uint64 deadline;
    /// Last `block.number` in which it may run, 0 for any. On Arbitrum that is a block of Ethereum.
    uint64 lastBlock;
    Funding funding;
    /// The pool that lends for `Funding.V3`: its factory, its fee and the token beside the base token.
    uint8 lenderFactory;
    uint24 lenderFee;
    address lenderToken;
    Leg[] legs;
}
