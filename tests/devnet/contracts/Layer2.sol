// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

/// The OP-stack oracle for the fee of publishing a transaction on the parent
/// chain. The fee is proportional to the size, with room for the signature.
contract GasPriceOracle {
    uint256 public l1FeePerByte;

    function setL1FeePerByte(uint256 feePerByte) external {
        l1FeePerByte = feePerByte;
    }

    function getL1Fee(bytes memory data) external view returns (uint256) {
        return (data.length + 68) * l1FeePerByte;
    }

    function getL1FeeUpperBound(uint256 unsignedTxSize) external view returns (uint256) {
        return (unsignedTxSize + 68) * l1FeePerByte;
    }

    function getL1GasUsed(bytes memory data) external pure returns (uint256) {
        return (data.length + 68) * 16;
    }

    function gasPrice() external view returns (uint256) {
        return block.basefee;
    }

    function baseFee() external view returns (uint256) {
        return block.basefee;
    }

    function isEcotone() external pure returns (bool) {
        return true;
    }

    function isFjord() external pure returns (bool) {
        return true;
    }
}

/// Arbitrum's gas estimates, split into execution and publishing.
contract NodeInterface {
    /// Arbitrum's base fee has a floor. The local node's has none, and without
    /// one the gas for publishing would grow beyond any limit.
    uint256 private constant FLOOR = 10_000_000;

    uint256 public l1BaseFee;
    uint64 public l2Gas;

    function set(uint256 l1BaseFee_, uint64 l2Gas_) external {
        l1BaseFee = l1BaseFee_;
        l2Gas = l2Gas_;
    }

    function gasEstimateL1Component(address, bool, bytes calldata data)
        public
        payable
        returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate)
    {
        baseFee = block.basefee < FLOOR ? FLOOR : block.basefee;
        l1BaseFeeEstimate = l1BaseFee;
        gasEstimateForL1 = uint64((data.length + 140) * 16 * l1BaseFeeEstimate / baseFee);
    }

    function gasEstimateComponents(address to, bool contractCreation, bytes calldata data)
        external
        payable
        returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate)
    {
        (gasEstimateForL1, baseFee, l1BaseFeeEstimate) = gasEstimateL1Component(to, contractCreation, data);
        gasEstimate = l2Gas + gasEstimateForL1;
    }
}

/// Arbitrum's own block numbers, which `block.number` is not.
contract ArbSys {
    function arbBlockNumber() external view returns (uint256) {
        return block.number;
    }

    function arbBlockHash(uint256 number) external view returns (bytes32) {
        require(number < block.number && number + 256 >= block.number, "invalid block number");
        return blockhash(number);
    }

    function arbChainID() external view returns (uint256) {
        return block.chainid;
    }
}
