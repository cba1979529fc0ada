//! The part of AggregationRouterV6 that is used.

#![allow(missing_docs, reason = "the names are those of the contract")]

alloy::sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface IAggregationRouterV6 {
        struct SwapDescription {
            address srcToken;
            address dstToken;
            address srcReceiver;
            address dstReceiver;
            uint256 amount;
            uint256 minReturnAmount;
            uint256 flags;
        }

        function swap(address executor, SwapDescription desc, bytes data)
            external payable returns (uint256 returnAmount, uint256 spentAmount);
    }
}
