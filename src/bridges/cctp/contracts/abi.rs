//! The functions and events used, as Circle's V2 contracts and USDC declare them.
#![allow(missing_docs, clippy::too_many_arguments, reason = "declared by the contracts, not by us")]

use alloy::sol;

sol! {
    interface TokenMessengerV2 {
        function depositForBurn(
            uint256 amount,
            uint32 destinationDomain,
            bytes32 mintRecipient,
            address burnToken,
            bytes32 destinationCaller,
            uint256 maxFee,
            uint32 minFinalityThreshold
        ) external;
        function getMinFeeAmount(uint256 amount) external view returns (uint256);
        function minFee() external view returns (uint256);
        function remoteTokenMessengers(uint32 domain) external view returns (bytes32);
        function localMinter() external view returns (address);
        function isDenylisted(address account) external view returns (bool);
        function messageBodyVersion() external view returns (uint32);

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
            address indexed mintRecipient,
            uint256 amount,
            address indexed mintToken,
            uint256 feeCollected
        );
    }

    interface MessageTransmitterV2 {
        function receiveMessage(bytes message, bytes attestation) external returns (bool);
        function usedNonces(bytes32 nonce) external view returns (uint256);
        function signatureThreshold() external view returns (uint256);
        function getNumEnabledAttesters() external view returns (uint256);
        function getEnabledAttester(uint256 index) external view returns (address);
        function localDomain() external view returns (uint32);
        function version() external view returns (uint32);
        function paused() external view returns (bool);

        event MessageSent(bytes message);
        event MessageReceived(
            address indexed caller,
            uint32 sourceDomain,
            bytes32 indexed nonce,
            bytes32 sender,
            uint32 indexed finalityThresholdExecuted,
            bytes messageBody
        );
    }

    interface TokenMinterV2 {
        function burnLimitsPerMessage(address token) external view returns (uint256);
        function paused() external view returns (bool);
    }

    interface Usdc {
        function approve(address spender, uint256 amount) external returns (bool);
        function paused() external view returns (bool);
        function isBlacklisted(address account) external view returns (bool);
    }
}
