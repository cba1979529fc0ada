//! EVM chains: endpoints, fees, receipts.
