// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface IERC20 {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// Moves tokens, also those that return nothing where ERC-20 asks for `true`.
library Tokens {
    /// The token refused the transfer, or answered `false`.
    error TransferFailed(address token, address to, uint256 amount);

    function balance(address token, address account) internal view returns (uint256) {
        return IERC20(token).balanceOf(account);
    }

    function send(address token, address to, uint256 amount) internal {
        if (!_accepted(token, abi.encodeCall(IERC20.transfer, (to, amount)))) {
            revert TransferFailed(token, to, amount);
        }
    }

    function pull(address token, address from, uint256 amount) internal {
        if (!_accepted(token, abi.encodeCall(IERC20.transferFrom, (from, address(this), amount)))) {
            revert TransferFailed(token, address(this), amount);
        }
    }

    /// Sends everything this contract has of the token.
    function sweep(address token, address to) internal {
        uint256 all = balance(token, address(this));
        if (all != 0) send(token, to, all);
    }

    /// An account without code would accept anything: every caller has read a balance before, which needs code.
    function _accepted(address token, bytes memory call_) private returns (bool) {
        (bool success, bytes memory answer) = token.call(call_);
        return success && (answer.length == 0 || (answer.length >= 32 && abi.decode(answer, (uint256)) == 1));
    }
}
