// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// An ERC-20 that anybody can mint.
contract Token {
    string public name;
    uint8 public constant decimals = 6;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    constructor(string memory name_) {
        name = name_;
    }

    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}

/// Returns nothing, as USDT on Ethereum.
contract SilentToken is Token("silent") {
    function transfer(address to, uint256 amount) external override returns (bool) {
        _move(msg.sender, to, amount);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// Answers `false` instead of reverting once it is told to.
contract FalseToken is Token("false") {
    bool public refusing;

    function refuse(bool on) external {
        refusing = on;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        if (refusing) return false;
        _move(msg.sender, to, amount);
        return true;
    }
}

/// Keeps a share of every transfer once it is told to.
contract FeeToken is Token("fee") {
    uint256 public ppm;

    function keep(uint256 ppm_) external {
        ppm = ppm_;
    }

    function _move(address from, address to, uint256 amount) internal override {
        uint256 kept = amount * ppm / 1_000_000;
        super._move(from, to, amount - kept);
        super._move(from, address(this), kept);
    }
}

/// Calls somebody before every transfer from or to the account that is watched, or before every one if none is, and
/// keeps what it answered.
contract HookToken is Token("hook") {
    address public watched;
    address public target;
    bytes public call_;
    uint256 public calls;
    uint256 public successes;
    bytes public answer;

    function hook(address watched_, address target_, bytes calldata data) external {
        (watched, target, call_) = (watched_, target_, data);
    }

    function _move(address from, address to, uint256 amount) internal override {
        bool seen = watched == address(0) || from == watched || to == watched;
        if (target != address(0) && seen) {
            calls += 1;
            bool success;
            (success, answer) = target.call(call_);
            if (success) successes += 1;
        }
        super._move(from, to, amount);
    }
}
