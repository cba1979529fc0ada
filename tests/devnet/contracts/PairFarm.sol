// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {IV2Factory, IV2Pair} from "./PoolSeeder.sol";

/// A token of eighteen decimals that its maker makes more of.
contract FarmToken {
    string public constant symbol = "FARM";
    uint8 public constant decimals = 18;
    address private immutable maker = msg.sender;
    uint256 public totalSupply;

    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function mint(address to, uint256 amount) external {
        require(msg.sender == maker, "FarmToken: not the maker");
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
        return true;
    }
}

/// Makes tokens and pairs of them by the hundred.
contract PairFarm {
    struct Planted {
        uint32 a;
        uint32 b;
        uint112 amountA;
        uint112 amountB;
    }

    FarmToken[] private tokens;

    event Tokens(address[] tokens);
    event Pairs(address[] pairs);

    function makeTokens(uint256 count) external {
        address[] memory made = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            FarmToken token = new FarmToken();
            tokens.push(token);
            made[i] = address(token);
        }
        emit Tokens(made);
    }

    function makePairs(IV2Factory factory, Planted[] calldata planted) external {
        address[] memory made = new address[](planted.length);
        for (uint256 i = 0; i < planted.length; i++) {
            Planted calldata p = planted[i];
            (FarmToken a, FarmToken b) = (tokens[p.a], tokens[p.b]);
            address pair = factory.createPair(address(a), address(b));
            a.mint(pair, p.amountA);
            b.mint(pair, p.amountB);
            IV2Pair(pair).mint(address(this));
            made[i] = pair;
        }
        emit Pairs(made);
    }
}
