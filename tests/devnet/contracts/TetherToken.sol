// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {Pausable} from "./Owned.sol";

/// Tether's dollar as it is on Ethereum: `transfer`, `transferFrom` and `approve`
/// return nothing, refusals carry no words, and an allowance that is not zero
/// has to be set to zero before it can be changed.
contract TetherToken is Pausable {
    string public constant name = "Tether USD";
    string public constant symbol = "USDT";
    uint8 public constant decimals = 6;
    uint256 public totalSupply;

    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => bool) public isBlackListed;
    mapping(address => uint256) public minterAllowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function configureMinter(address minter, uint256 allowedAmount) external onlyOwner {
        minterAllowance[minter] = allowedAmount;
    }

    function blacklist(address account) external onlyOwner {
        isBlackListed[account] = true;
    }

    function unBlacklist(address account) external onlyOwner {
        isBlackListed[account] = false;
    }

    function mint(address to, uint256 amount) external {
        minterAllowance[msg.sender] -= amount;
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 value) external {
        require(value == 0 || allowance[msg.sender][spender] == 0);
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function transfer(address to, uint256 value) external {
        _transfer(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        require(value <= allowed);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        _transfer(from, to, value);
    }

    function _transfer(address from, address to, uint256 value) private {
        require(!paused && !isBlackListed[from]);
        require(value <= balanceOf[from]);
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
