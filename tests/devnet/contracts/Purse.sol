// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

interface IToken {
    function mint(address to, uint256 amount) external;
    function deposit() external payable;
    function transfer(address to, uint256 amount) external returns (bool);
}

/// Gives tokens that it makes: it is a minter of the dollar tokens and wraps
/// its own native balance, so that it never runs short.
abstract contract Purse {
    address public immutable weth;

    constructor(address weth_) payable {
        weth = weth_;
    }

    receive() external payable {}

    function _give(address token, address to, uint256 amount) internal {
        if (amount == 0) return;
        if (token == weth) {
            IToken(token).deposit{value: amount}();
            IToken(token).transfer(to, amount);
        } else {
            IToken(token).mint(to, amount);
        }
    }
}
