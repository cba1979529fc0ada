// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {Pausable} from "./Owned.sol";

interface IMessageHandlerV2 {
    function handleReceiveFinalizedMessage(
        uint32 sourceDomain,
        bytes32 sender,
        uint32 finalityThresholdExecuted,
        bytes calldata messageBody
    ) external returns (bool);

    function handleReceiveUnfinalizedMessage(
        uint32 sourceDomain,
        bytes32 sender,
        uint32 finalityThresholdExecuted,
        bytes calldata messageBody
    ) external returns (bool);
}

/// Attesters and the check of their signatures over a raw keccak digest.
abstract contract Attestable is Pausable {
    uint256 private constant SIGNATURE_LENGTH = 65;
    uint256 public signatureThreshold;
    address[] private attesters;

    event AttesterEnabled(address indexed attester);
    event AttesterDisabled(address indexed attester);
    event SignatureThresholdUpdated(uint256 oldSignatureThreshold, uint256 newSignatureThreshold);

    function isEnabledAttester(address attester) public view returns (bool) {
        for (uint256 i = 0; i < attesters.length; i++) {
            if (attesters[i] == attester) return true;
        }
        return false;
    }

    function getNumEnabledAttesters() external view returns (uint256) {
        return attesters.length;
    }

    function getEnabledAttester(uint256 index) external view returns (address) {
        return attesters[index];
    }

    function enableAttester(address attester) public onlyOwner {
        require(attester != address(0), "New attester must be nonzero");
        require(!isEnabledAttester(attester), "Attester already enabled");
        attesters.push(attester);
        emit AttesterEnabled(attester);
    }

    function disableAttester(address attester) external onlyOwner {
        require(attesters.length > 1, "Too few enabled attesters");
        require(attesters.length > signatureThreshold, "Signature threshold is too low");
        for (uint256 i = 0; i < attesters.length; i++) {
            if (attesters[i] == attester) {
                attesters[i] = attesters[attesters.length - 1];
                attesters.pop();
                emit AttesterDisabled(attester);
                return;
            }
        }
        revert("Attester already disabled");
    }

    function setSignatureThreshold(uint256 threshold) public onlyOwner {
        require(threshold != 0, "Invalid signature threshold");
        require(threshold <= attesters.length, "New signature threshold too high");
        require(threshold != signatureThreshold, "Signature threshold already set");
        emit SignatureThresholdUpdated(signatureThreshold, threshold);
        signatureThreshold = threshold;
    }

    function _verifyAttestationSignatures(bytes calldata message, bytes calldata attestation) internal view {
        require(attestation.length == SIGNATURE_LENGTH * signatureThreshold, "Invalid attestation length");
        address latest = address(0);
        bytes32 digest = keccak256(message);
        for (uint256 i = 0; i < signatureThreshold; i++) {
            address recovered = _recover(digest, attestation[i * SIGNATURE_LENGTH:(i + 1) * SIGNATURE_LENGTH]);
            require(recovered > latest, "Invalid signature order or dupe");
            require(isEnabledAttester(recovered), "Invalid signature: not attester");
            latest = recovered;
        }
    }

    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        uint256 s = uint256(bytes32(signature[32:64]));
        require(
            s <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0,
            "ECDSA: invalid signature 's' value"
        );
        uint8 v = uint8(signature[64]);
        require(v == 27 || v == 28, "ECDSA: invalid signature 'v' value");
        signer = ecrecover(digest, v, bytes32(signature[0:32]), bytes32(s));
        require(signer != address(0), "ECDSA: invalid signature");
    }
}

/// CCTP V2's message layer: header layout, check order and words as in the original.
contract MessageTransmitterV2 is Attestable {
    uint256 private constant HEADER_LENGTH = 148;
    uint32 private constant FINALIZED = 2000;

    uint32 public immutable localDomain;
    uint32 public constant version = 1;
    uint256 public maxMessageBodySize = 8192;
    mapping(bytes32 => uint256) public usedNonces;

    event MessageSent(bytes message);
    event MessageReceived(
        address indexed caller,
        uint32 sourceDomain,
        bytes32 indexed nonce,
        bytes32 sender,
        uint32 indexed finalityThresholdExecuted,
        bytes messageBody
    );

    constructor(uint32 localDomain_, address[] memory attesters_, uint256 threshold) {
        localDomain = localDomain_;
        for (uint256 i = 0; i < attesters_.length; i++) {
            enableAttester(attesters_[i]);
        }
        setSignatureThreshold(threshold);
    }

    function setMaxMessageBodySize(uint256 size) external onlyOwner {
        maxMessageBodySize = size;
    }

    /// The nonce and the executed finality threshold are left zero: the attester fills them.
    function sendMessage(
        uint32 destinationDomain,
        bytes32 recipient,
        bytes32 destinationCaller,
        uint32 minFinalityThreshold,
        bytes calldata messageBody
    ) external whenNotPaused {
        require(destinationDomain != localDomain, "Domain is local domain");
        require(messageBody.length <= maxMessageBodySize, "Message body exceeds max size");
        require(recipient != bytes32(0), "Recipient must be nonzero");
        emit MessageSent(
            abi.encodePacked(
                version,
                localDomain,
                destinationDomain,
                bytes32(0),
                bytes32(uint256(uint160(msg.sender))),
                recipient,
                destinationCaller,
                minFinalityThreshold,
                uint32(0),
                messageBody
            )
        );
    }

    function receiveMessage(bytes calldata message, bytes calldata attestation)
        external
        whenNotPaused
        returns (bool)
    {
        bytes32 nonce = _validate(message, attestation);
        usedNonces[nonce] = 1;
        _handle(message);
        _emitReceived(message, nonce);
        return true;
    }

    function _validate(bytes calldata message, bytes calldata attestation) private view returns (bytes32 nonce) {
        _verifyAttestationSignatures(message, attestation);
        require(message.length >= HEADER_LENGTH, "Invalid message: too short");
        require(uint32(bytes4(message[8:12])) == localDomain, "Invalid destination domain");
        bytes32 caller = bytes32(message[108:140]);
        require(
            caller == bytes32(0) || caller == bytes32(uint256(uint160(msg.sender))), "Invalid caller for message"
        );
        require(uint32(bytes4(message[0:4])) == version, "Invalid message version");
        nonce = bytes32(message[12:44]);
        require(usedNonces[nonce] == 0, "Nonce already used");
    }

    function _handle(bytes calldata message) private {
        uint32 source = uint32(bytes4(message[4:8]));
        bytes32 sender = bytes32(message[44:76]);
        IMessageHandlerV2 recipient = IMessageHandlerV2(address(uint160(uint256(bytes32(message[76:108])))));
        uint32 executed = uint32(bytes4(message[144:148]));
        bytes calldata body = message[HEADER_LENGTH:];
        if (executed < FINALIZED) {
            require(
                recipient.handleReceiveUnfinalizedMessage(source, sender, executed, body),
                "handleReceiveUnfinalizedMessage() failed"
            );
        } else {
            require(
                recipient.handleReceiveFinalizedMessage(source, sender, executed, body),
                "handleReceiveFinalizedMessage() failed"
            );
        }
    }

    function _emitReceived(bytes calldata message, bytes32 nonce) private {
        emit MessageReceived(
            msg.sender,
            uint32(bytes4(message[4:8])),
            nonce,
            bytes32(message[44:76]),
            uint32(bytes4(message[144:148])),
            message[HEADER_LENGTH:]
        );
    }
}
