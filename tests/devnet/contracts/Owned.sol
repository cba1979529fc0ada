// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

/// The one administrator of every contract on the local network.
abstract contract Owned {
    address public owner;

    modifier onlyOwner() {
        require(msg.sender == owner, "Ownable: caller is not the owner");
        _;
    }

    constructor() {
        owner = msg.sender;
    }
}

/// Pausing with the wording that FiatToken and CCTP share.
abstract contract Pausable is Owned {
    bool public paused;

    event Pause();
    event Unpause();

    modifier whenNotPaused() {
        require(!paused, "Pausable: paused");
        _;
    }

    function pause() external onlyOwner {
        paused = true;
        emit Pause();
    }

    function unpause() external onlyOwner {
        paused = false;
        emit Unpause();
    }
}
