//! Contracts the chain itself brings: Multicall3 and the layer 2 system contracts.

use alloy::primitives::{Address, address};

mod abi {
    #![allow(missing_docs, reason = "the interfaces are their own documentation")]

    alloy::sol! {
        interface Multicall3 {
            struct Call3 {
                address target;
                bool allowFailure;
                bytes callData;
            }
            struct CallResult {
                bool success;
                bytes returnData;
            }
            function aggregate3(Call3[] calldata calls) external payable returns (CallResult[] memory returnData);
            function getBlockNumber() external view returns (uint256);
            function getLastBlockHash() external view returns (bytes32);
            function getCurrentBlockTimestamp() external view returns (uint256);
            function getEthBalance(address account) external view returns (uint256);
        }

        interface GasPriceOracle {
            function getL1Fee(bytes memory transaction) external view returns (uint256);
        }

        interface ArbSys {
            function arbBlockNumber() external view returns (uint256);
        }

        interface NodeInterface {
            function gasEstimateComponents(address to, bool contractCreation, bytes calldata data)
                external
                payable
                returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        }
    }
}

pub use abi::{ArbSys, GasPriceOracle, Multicall3, NodeInterface};

/// OP stack predeploy: what a transaction's data costs on layer 1.
pub const GAS_PRICE_ORACLE: Address = address!("420000000000000000000000000000000000000F");
/// Arbitrum precompile: the chain's own block numbers.
pub const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
/// Arbitrum's virtual contract for estimates; only `eth_call` reaches it.
pub const NODE_INTERFACE: Address = address!("00000000000000000000000000000000000000C8");
