//! What a test changes about the contracts and the fees.

use alloy::primitives::{Address, B256, I256, U256};
use serde_json::json;

use super::{Asset, Chain};
use crate::abi::{
    IAggregationRouterV6, ILayer2, IMessageTransmitterV2, IToken, ITokenMessengerV2, ITokenMinterV2,
};
use crate::error::Error;

impl Chain {
    /// Puts an account on USDC's blacklist, or takes it off.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_blacklisted(&self, account: Address, on: bool) -> Result<(), Error> {
        let usdc = self.info.usdc;
        if on {
            self.send(self.admin, usdc, &IToken::blacklistCall { account }).await?;
        } else {
            self.send(self.admin, usdc, &IToken::unBlacklistCall { account }).await?;
        }
        Ok(())
    }

    /// Pauses USDC altogether, or resumes it.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_paused(&self, on: bool) -> Result<(), Error> {
        self.pause(self.info.usdc, on).await
    }

    /// Pauses CCTP's message transmitter, or resumes it: neither burn nor mint works.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_cctp_paused(&self, on: bool) -> Result<(), Error> {
        self.pause(self.info.message_transmitter, on).await
    }

    /// Puts an account on CCTP's denylist, or takes it off.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_denylisted(&self, account: Address, on: bool) -> Result<(), Error> {
        let messenger = self.info.token_messenger;
        if on {
            self.send(self.admin, messenger, &ITokenMessengerV2::denylistCall { account }).await?;
        } else {
            self.send(self.admin, messenger, &ITokenMessengerV2::unDenylistCall { account }).await?;
        }
        Ok(())
    }

    /// Sets what 1inch's router pays above the constant product of its inventory, in millionths.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_oneinch_edge(&self, ppm: i64) -> Result<(), Error> {
        let call = IAggregationRouterV6::tuneCall { newEdge: I256::try_from(ppm).unwrap_or_default() };
        self.send(self.admin, self.info.aggregation_router, &call).await?;
        Ok(())
    }

    /// Limits what one message may burn, in USDC's smallest unit; zero means unsupported.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_burn_limit(&self, limit: u128) -> Result<(), Error> {
        let call = ITokenMinterV2::setMaxBurnAmountPerMessageCall {
            token: self.info.usdc,
            limit: U256::from(limit),
        };
        self.send(self.admin, self.info.token_minter, &call).await?;
        Ok(())
    }

    /// Sets CCTP's minimum fee, in thousandths of a basis point.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_min_fee(&self, fee: u64) -> Result<(), Error> {
        let call = ITokenMessengerV2::setMinFeeCall { fee: U256::from(fee) };
        self.send(self.admin, self.info.token_messenger, &call).await?;
        Ok(())
    }

    /// Cuts the route to a domain, or with an address sets where it leads.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_remote_messenger(&self, domain: u32, messenger: Option<Address>) -> Result<(), Error> {
        let messenger = messenger.map_or(B256::ZERO, |address| B256::left_padding_from(address.as_slice()));
        let call = ITokenMessengerV2::addRemoteTokenMessengerCall { domain, messenger };
        self.send(self.admin, self.info.token_messenger, &call).await?;
        Ok(())
    }

    /// Lets an attester's signatures count, or no longer. At least the
    /// threshold of attesters has to stay.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn set_attester(&self, attester: Address, on: bool) -> Result<(), Error> {
        let transmitter = self.info.message_transmitter;
        if on {
            self.send(self.admin, transmitter, &IMessageTransmitterV2::enableAttesterCall { attester })
                .await?;
        } else {
            self.send(self.admin, transmitter, &IMessageTransmitterV2::disableAttesterCall { attester })
                .await?;
        }
        Ok(())
    }

    /// What publishing one byte on the parent chain costs on an OP-stack chain, in wei.
    ///
    /// # Errors
    /// [`Error::Option`] on a chain of another kind.
    pub async fn set_l1_fee_per_byte(&self, wei: u64) -> Result<(), Error> {
        let oracle = self.info.gas_price_oracle.ok_or_else(|| self.no_such_fee("the fee per byte"))?;
        let call = ILayer2::setL1FeePerByteCall { feePerByte: U256::from(wei) };
        self.send(self.admin, oracle, &call).await?;
        Ok(())
    }

    /// The parent chain's base fee as an Arbitrum chain sees it, in wei, and
    /// the gas of execution that its estimates contain.
    ///
    /// # Errors
    /// [`Error::Option`] on a chain of another kind.
    pub async fn set_l1_base_fee(&self, wei: u64, l2_gas: u64) -> Result<(), Error> {
        let node = self.info.node_interface.ok_or_else(|| self.no_such_fee("the L1 base fee"))?;
        self.send(self.admin, node, &ILayer2::setCall { l1BaseFee: U256::from(wei), l2Gas: l2_gas }).await?;
        Ok(())
    }

    /// Sets a native balance, in wei.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn set_native(&self, account: Address, wei: U256) -> Result<(), Error> {
        self.rpc.call("anvil_setBalance", json!([account, wei])).await?;
        Ok(())
    }

    /// Takes all of a token from an account by sending it to the administrator.
    ///
    /// # Errors
    /// As [`Chain::send`].
    pub async fn drain(&self, asset: Asset, account: Address) -> Result<(), Error> {
        match self.token(asset) {
            None => self.set_native(account, U256::ZERO).await,
            Some(token) => {
                let value = self.balance_of(asset, account).await?;
                self.send(account, token, &IToken::transferCall { to: self.admin, value }).await?;
                Ok(())
            }
        }
    }

    async fn pause(&self, contract: Address, on: bool) -> Result<(), Error> {
        if on {
            self.send(self.admin, contract, &IToken::pauseCall {}).await?;
        } else {
            self.send(self.admin, contract, &IToken::unpauseCall {}).await?;
        }
        Ok(())
    }

    fn no_such_fee(&self, option: &str) -> Error {
        Error::Option { option: option.into(), reason: format!("{} has no such contract", self.name) }
    }
}
