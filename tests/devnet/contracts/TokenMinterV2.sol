// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {Pausable} from "./Owned.sol";

interface IMintBurnToken {
    function mint(address to, uint256 amount) external returns (bool);
    function burn(uint256 amount) external;
}

/// CCTP V2's minter: links remote tokens to local ones and limits burns.
contract TokenMinterV2 is Pausable {
    address public localTokenMessenger;
    mapping(address => uint256) public burnLimitsPerMessage;
    mapping(bytes32 => address) private remoteTokensToLocalTokens;

    event SetBurnLimitPerMessage(address indexed token, uint256 burnLimitPerMessage);
    event TokenPairLinked(address localToken, uint32 remoteDomain, bytes32 remoteToken);

    modifier onlyLocalTokenMessenger() {
        require(msg.sender == localTokenMessenger, "Caller not local TokenMessenger");
        _;
    }

    function addLocalTokenMessenger(address messenger) external onlyOwner {
        localTokenMessenger = messenger;
    }

    function setMaxBurnAmountPerMessage(address token, uint256 limit) external onlyOwner {
        burnLimitsPerMessage[token] = limit;
        emit SetBurnLimitPerMessage(token, limit);
    }

    function linkTokenPair(address localToken, uint32 remoteDomain, bytes32 remoteToken) external onlyOwner {
        remoteTokensToLocalTokens[_key(remoteDomain, remoteToken)] = localToken;
        emit TokenPairLinked(localToken, remoteDomain, remoteToken);
    }

    function unlinkTokenPair(uint32 remoteDomain, bytes32 remoteToken) external onlyOwner {
        delete remoteTokensToLocalTokens[_key(remoteDomain, remoteToken)];
    }

    function getLocalToken(uint32 remoteDomain, bytes32 remoteToken) public view returns (address) {
        return remoteTokensToLocalTokens[_key(remoteDomain, remoteToken)];
    }

    function burn(address token, uint256 amount) external whenNotPaused onlyLocalTokenMessenger {
        uint256 limit = burnLimitsPerMessage[token];
        require(limit > 0, "Burn token not supported");
        require(amount <= limit, "Burn amount exceeds per tx limit");
        IMintBurnToken(token).burn(amount);
    }

    /// Mints to the recipient and, where a fee is due, to its receiver.
    function mint(
        uint32 sourceDomain,
        bytes32 burnToken,
        address recipientOne,
        address recipientTwo,
        uint256 amountOne,
        uint256 amountTwo
    ) external whenNotPaused onlyLocalTokenMessenger returns (address token) {
        token = getLocalToken(sourceDomain, burnToken);
        require(token != address(0), "Mint token not supported");
        require(IMintBurnToken(token).mint(recipientOne, amountOne), "Mint operation failed");
        if (amountTwo > 0) {
            require(IMintBurnToken(token).mint(recipientTwo, amountTwo), "Mint operation failed");
        }
    }

    function _key(uint32 remoteDomain, bytes32 remoteToken) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(remoteDomain, remoteToken));
    }
}
