//! The rules, built once from the configuration.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::Address;

use crate::domain::{AnyAddress, AssetId, ChainName, Domain, Usd, Venue};
use crate::policy::{RouteRules, SolanaRules, TradeRules};

/// Everything policy knows. Built by the composition root; policy itself reads no file.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Our own address.
    pub wallet: Address,
    /// Chains with their contracts.
    pub chains: BTreeMap<ChainName, ChainRules>,
    /// Solana, where it is configured.
    pub solana: Option<SolanaRules>,
    /// What arbitrage between chains may do, where it is done.
    pub trades: Option<TradeRules>,
    /// Recipients besides the wallet.
    pub recipients: BTreeSet<Address>,
    /// Most one operation may move.
    pub max_operation: Usd,
    /// Most all operations of 24 hours may move.
    pub max_day: Usd,
    /// Most gas of 24 hours.
    pub max_gas_day: Usd,
    /// Most fee of one operation, in millionths of its amount.
    pub max_fee_ppm: u32,
    /// Most that a swap's least output may be below the pool's quote, in millionths.
    pub max_slippage_ppm: u32,
    /// Longest a swap may stay executable, in seconds.
    pub max_deadline_seconds: u64,
}

/// Contracts and limits of one chain.
#[derive(Debug, Clone)]
pub struct ChainRules {
    /// Chain id every transaction must carry.
    pub chain_id: u64,
    /// Tokens by asset.
    pub tokens: BTreeMap<AssetId, Address>,
    /// CCTP domain, TokenMessengerV2 and MessageTransmitterV2, where the chain has them.
    pub cctp: Option<CctpRules>,
    /// SwapRouter02, where the chain has it.
    pub router: Option<Address>,
    /// 1inch's AggregationRouterV6, where it is asked.
    pub aggregator: Option<Address>,
    /// What atomic routes may do, where they are done.
    pub routes: Option<RouteRules>,
    /// Most one transaction may cost in gas.
    pub max_gas: Usd,
}

/// CCTP's part of [`ChainRules`].
#[derive(Debug, Clone, Copy)]
pub struct CctpRules {
    /// Domain.
    pub domain: Domain,
    /// TokenMessengerV2.
    pub token_messenger: Address,
    /// MessageTransmitterV2.
    pub message_transmitter: Address,
}

impl ChainRules {
    /// The only contract that swaps of `venue` call, and the only spender of their approvals.
    pub const fn router_of(&self, venue: Venue) -> Option<Address> {
        match venue {
            Venue::UniswapV2 | Venue::UniswapV3 => self.router,
            Venue::OneInch => self.aggregator,
            Venue::Jupiter => None,
        }
    }
}

impl Rules {
    /// Whether value may be sent to `address`.
    pub fn may_receive(&self, address: AnyAddress) -> bool {
        match address {
            AnyAddress::Evm(address) => address == self.wallet || self.recipients.contains(&address),
            AnyAddress::Solana(owner) => self.solana.as_ref().is_some_and(|solana| solana.may_receive(owner)),
        }
    }
}
