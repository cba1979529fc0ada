// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

/// 1inch's router with the one function that is used. It takes what is sold and pays from its own
/// inventory by the constant product of its two balances, moved by an edge. The data for the executor is
/// empty, or a number that tells it how to misbehave.
contract AggregationRouterV6 {
    struct SwapDescription {
        address srcToken;
        address dstToken;
        address srcReceiver;
        address dstReceiver;
        uint256 amount;
        uint256 minReturnAmount;
        uint256 flags;
    }

    uint256 private constant MILLION = 1_000_000;
    /// Takes half of what was described and pays for all of it: an allowance is left.
    uint256 private constant TAKES_HALF = 1;
    /// Pays half of the least, and does not look.
    uint256 private constant PAYS_HALF = 2;

    /// What is paid on top of the constant product, in millionths; negative is a worse price.
    int256 public edge;

    event Swapped(address indexed srcToken, address indexed dstToken, uint256 spent, uint256 returned);

    /// The network's control, not a function of the real contract.
    function tune(int256 newEdge) external {
        edge = newEdge;
    }

    /// What a swap would pay now; not a function of the real contract.
    function quote(address srcToken, address dstToken, uint256 amount) public view returns (uint256) {
        uint256 srcReserve = balance(srcToken);
        uint256 product = (balance(dstToken) * amount) / (srcReserve + amount);
        return (product * uint256(int256(MILLION) + edge)) / MILLION;
    }

    function swap(address, SwapDescription calldata desc, bytes calldata data)
        external
        payable
        returns (uint256 returnAmount, uint256 spentAmount)
    {
        require(msg.value == 0, "InvalidMsgValue()");
        require(desc.minReturnAmount > 0, "ZeroMinReturn()");
        uint256 trick = data.length == 32 ? abi.decode(data, (uint256)) : 0;
        returnAmount = quote(desc.srcToken, desc.dstToken, desc.amount);
        spentAmount = trick == TAKES_HALF ? desc.amount / 2 : desc.amount;
        if (trick == PAYS_HALF) {
            returnAmount = desc.minReturnAmount / 2;
        } else {
            require(returnAmount >= desc.minReturnAmount, "ReturnAmountIsNotEnough()");
        }
        address receiver = desc.dstReceiver == address(0) ? msg.sender : desc.dstReceiver;
        // transferFrom(address,address,uint256) and transfer(address,uint256); Tether returns nothing.
        move(desc.srcToken, abi.encodeWithSelector(0x23b872dd, msg.sender, address(this), spentAmount));
        move(desc.dstToken, abi.encodeWithSelector(0xa9059cbb, receiver, returnAmount));
        emit Swapped(desc.srcToken, desc.dstToken, spentAmount, returnAmount);
    }

    function balance(address token) private view returns (uint256) {
        (bool done, bytes memory result) = token.staticcall(abi.encodeWithSelector(0x70a08231, address(this)));
        require(done && result.length == 32, "BalanceOfFailed()");
        return abi.decode(result, (uint256));
    }

    function move(address token, bytes memory call) private {
        (bool done, bytes memory result) = token.call(call);
        require(done && (result.length == 0 || abi.decode(result, (bool))), "SafeTransferFailed()");
    }
}
