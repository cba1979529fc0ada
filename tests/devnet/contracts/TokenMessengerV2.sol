// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {Owned} from "./Owned.sol";
import {IMessageHandlerV2, MessageTransmitterV2} from "./MessageTransmitterV2.sol";
import {TokenMinterV2} from "./TokenMinterV2.sol";

interface ITransferFrom {
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// CCTP V2's token layer: burns here, mints there. Body layout, check order
/// and words are those of the original.
contract TokenMessengerV2 is Owned, IMessageHandlerV2 {
    struct Deposit {
        uint256 amount;
        uint32 destinationDomain;
        bytes32 mintRecipient;
        address burnToken;
        bytes32 destinationCaller;
        uint256 maxFee;
        uint32 minFinalityThreshold;
        bytes hookData;
    }

    uint256 private constant BODY_LENGTH = 228;
    uint32 private constant MIN_FINALITY = 500;
    uint256 public constant MIN_FEE_MULTIPLIER = 10_000_000;
    uint32 public constant messageBodyVersion = 1;

    MessageTransmitterV2 public immutable localMessageTransmitter;
    TokenMinterV2 public immutable localMinter;
    /// How many of this chain's blocks make one step of what a contract sees as
    /// the block number: 1, or more where contracts see a parent chain's number.
    uint256 private immutable blockNumberDivisor;
    address public feeRecipient;
    uint256 public minFee;
    mapping(uint32 => bytes32) public remoteTokenMessengers;
    mapping(address => bool) public isDenylisted;

    event DepositForBurn(
        address indexed burnToken,
        uint256 amount,
        address indexed depositor,
        bytes32 mintRecipient,
        uint32 destinationDomain,
        bytes32 destinationTokenMessenger,
        bytes32 destinationCaller,
        uint256 maxFee,
        uint32 indexed minFinalityThreshold,
        bytes hookData
    );
    event MintAndWithdraw(
        address indexed mintRecipient, uint256 amount, address indexed mintToken, uint256 feeCollected
    );
    event MinFeeSet(uint256 minFee);

    modifier notDenylistedCallers() {
        require(!isDenylisted[msg.sender], "Denylistable: account is on denylist");
        require(!isDenylisted[tx.origin], "Denylistable: account is on denylist");
        _;
    }

    modifier onlyFromRemote(uint32 remoteDomain, bytes32 sender) {
        require(msg.sender == address(localMessageTransmitter), "Invalid message transmitter");
        require(
            sender != bytes32(0) && remoteTokenMessengers[remoteDomain] == sender, "Remote TokenMessenger unsupported"
        );
        _;
    }

    constructor(MessageTransmitterV2 transmitter, TokenMinterV2 minter, address feeRecipient_, uint256 divisor) {
        localMessageTransmitter = transmitter;
        localMinter = minter;
        feeRecipient = feeRecipient_;
        blockNumberDivisor = divisor;
    }

    function addRemoteTokenMessenger(uint32 domain, bytes32 messenger) external onlyOwner {
        remoteTokenMessengers[domain] = messenger;
    }

    function removeRemoteTokenMessenger(uint32 domain) external onlyOwner {
        delete remoteTokenMessengers[domain];
    }

    function setMinFee(uint256 fee) external onlyOwner {
        require(fee < MIN_FEE_MULTIPLIER, "Min fee too high");
        minFee = fee;
        emit MinFeeSet(fee);
    }

    function setFeeRecipient(address recipient) external onlyOwner {
        feeRecipient = recipient;
    }

    function denylist(address account) external onlyOwner {
        isDenylisted[account] = true;
    }

    function unDenylist(address account) external onlyOwner {
        isDenylisted[account] = false;
    }

    function getMinFeeAmount(uint256 amount) public view returns (uint256) {
        if (minFee == 0) return 0;
        require(amount > 1, "Amount too low");
        uint256 fee = amount * minFee / MIN_FEE_MULTIPLIER;
        return fee == 0 ? 1 : fee;
    }

    function depositForBurn(
        uint256 amount,
        uint32 destinationDomain,
        bytes32 mintRecipient,
        address burnToken,
        bytes32 destinationCaller,
        uint256 maxFee,
        uint32 minFinalityThreshold
    ) external notDenylistedCallers {
        _depositForBurn(
            Deposit(
                amount, destinationDomain, mintRecipient, burnToken, destinationCaller, maxFee, minFinalityThreshold, ""
            )
        );
    }

    function depositForBurnWithHook(
        uint256 amount,
        uint32 destinationDomain,
        bytes32 mintRecipient,
        address burnToken,
        bytes32 destinationCaller,
        uint256 maxFee,
        uint32 minFinalityThreshold,
        bytes calldata hookData
    ) external notDenylistedCallers {
        require(hookData.length > 0, "Hook data is empty");
        Deposit memory d;
        d.amount = amount;
        d.destinationDomain = destinationDomain;
        d.mintRecipient = mintRecipient;
        d.burnToken = burnToken;
        d.destinationCaller = destinationCaller;
        d.maxFee = maxFee;
        d.minFinalityThreshold = minFinalityThreshold;
        d.hookData = hookData;
        _depositForBurn(d);
    }

    function handleReceiveFinalizedMessage(uint32 remoteDomain, bytes32 sender, uint32, bytes calldata messageBody)
        external
        onlyFromRemote(remoteDomain, sender)
        returns (bool)
    {
        return _mint(remoteDomain, messageBody);
    }

    function handleReceiveUnfinalizedMessage(
        uint32 remoteDomain,
        bytes32 sender,
        uint32 finalityThresholdExecuted,
        bytes calldata messageBody
    ) external onlyFromRemote(remoteDomain, sender) returns (bool) {
        require(finalityThresholdExecuted >= MIN_FINALITY, "Unsupported finality threshold");
        return _mint(remoteDomain, messageBody);
    }

    function _depositForBurn(Deposit memory d) private {
        require(d.amount > 0, "Amount must be nonzero");
        require(d.mintRecipient != bytes32(0), "Mint recipient must be nonzero");
        require(d.maxFee < d.amount, "Max fee must be less than amount");
        if (minFee > 0) {
            require(d.maxFee >= getMinFeeAmount(d.amount), "Insufficient max fee");
        }
        bytes32 remote = remoteTokenMessengers[d.destinationDomain];
        require(remote != bytes32(0), "No TokenMessenger for domain");
        require(
            ITransferFrom(d.burnToken).transferFrom(msg.sender, address(localMinter), d.amount),
            "Transfer operation failed"
        );
        localMinter.burn(d.burnToken, d.amount);
        localMessageTransmitter.sendMessage(
            d.destinationDomain, remote, d.destinationCaller, d.minFinalityThreshold, _body(d)
        );
        emit DepositForBurn(
            d.burnToken,
            d.amount,
            msg.sender,
            d.mintRecipient,
            d.destinationDomain,
            remote,
            d.destinationCaller,
            d.maxFee,
            d.minFinalityThreshold,
            d.hookData
        );
    }

    /// The executed fee and the expiration block are left zero: the attester fills them.
    function _body(Deposit memory d) private view returns (bytes memory) {
        return abi.encodePacked(
            messageBodyVersion,
            bytes32(uint256(uint160(d.burnToken))),
            d.mintRecipient,
            d.amount,
            bytes32(uint256(uint160(msg.sender))),
            d.maxFee,
            uint256(0),
            uint256(0),
            d.hookData
        );
    }

    function _mint(uint32 remoteDomain, bytes calldata body) private returns (bool) {
        require(body.length >= BODY_LENGTH, "Invalid burn message: too short");
        require(uint32(bytes4(body[0:4])) == messageBodyVersion, "Invalid message body version");
        uint256 expiration = uint256(bytes32(body[196:228]));
        require(
            expiration == 0 || expiration > block.number / blockNumberDivisor, "Message expired and must be re-signed"
        );
        uint256 amount = uint256(bytes32(body[68:100]));
        uint256 fee = uint256(bytes32(body[164:196]));
        require(fee == 0 || fee < amount, "Fee equals or exceeds amount");
        require(fee <= uint256(bytes32(body[132:164])), "Fee exceeds max fee");
        address recipient = address(uint160(uint256(bytes32(body[36:68]))));
        address token =
            localMinter.mint(remoteDomain, bytes32(body[4:36]), recipient, feeRecipient, amount - fee, fee);
        emit MintAndWithdraw(recipient, amount - fee, token, fee);
        return true;
    }
}
