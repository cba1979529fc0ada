//! From the configuration to the rules of policy.

use alloy::primitives::Address;

use crate::chains::solana::Address as SolanaAddress;
use crate::chains::solana::associated::associated_account;
use crate::config::solana::CHAIN;
use crate::config::{Config, SolanaConfig};
use crate::domain::{AssetId, ChainName, Domain};
use crate::policy::rules::CctpRules;
use crate::policy::{ChainRules, RouteRules, Rules, SolanaRules, SolanaToken, TradeRules};

/// Extra seconds between choosing a deadline and judging it.
const DEADLINE_SLACK: u64 = 60;

/// The rules for `wallet`, and for `owner` on Solana where that is configured.
pub fn rules(config: &Config, wallet: Address, owner: SolanaAddress) -> Rules {
    let chains = config.chains.iter().map(|(name, chain)| {
        let tokens = chain.tokens.iter().map(|(asset, token)| (AssetId::new(asset), token.address)).collect();
        let cctp = chain.cctp.as_ref().map(|cctp| CctpRules {
            domain: Domain(cctp.domain),
            token_messenger: cctp.token_messenger,
            message_transmitter: cctp.message_transmitter,
        });
        let rules = ChainRules {
            chain_id: chain.chain_id,
            tokens,
            cctp,
            router: chain.uniswap.as_ref().map(|uniswap| uniswap.swap_router02),
            aggregator: chain.oneinch.as_ref().map(|oneinch| oneinch.router),
            routes: chain.arbitrage.as_ref().map(|arbitrage| RouteRules {
                contract: arbitrage.contract,
                base: AssetId::new(&arbitrage.base),
                funding: arbitrage.funding.into(),
                max_loan: arbitrage.max_loan_usd.usd(),
                max_profit: arbitrage.max_profit_usd.usd(),
            }),
            max_gas: chain.max_gas_usd.usd(),
        };
        (ChainName::new(name), rules)
    });
    Rules {
        wallet,
        chains: chains.collect(),
        solana: config.solana.as_ref().map(|solana| on_solana(config, solana, owner)),
        trades: config.cross_chain.as_ref().map(|trades| TradeRules {
            base: AssetId::new(&trades.base),
            assets: trades.assets.iter().map(|asset| AssetId::new(asset)).collect(),
            chains: trades.chains.iter().map(|chain| ChainName::new(chain)).collect(),
            max_exposure: trades.max_exposure_usd.usd(),
        }),
        recipients: config.policy.recipients.iter().copied().collect(),
        max_operation: config.policy.max_operation_usd.usd(),
        max_day: config.policy.max_day_usd.usd(),
        max_gas_day: config.policy.max_gas_day_usd.usd(),
        max_fee_ppm: config.policy.max_fee.ppm(),
        max_slippage_ppm: config.execution.slippage.ppm(),
        max_deadline_seconds: config.execution.swap_deadline_seconds.saturating_add(DEADLINE_SLACK),
    }
}

fn on_solana(config: &Config, solana: &SolanaConfig, wallet: SolanaAddress) -> SolanaRules {
    let tokens = solana.tokens.iter().map(|(asset, token)| {
        let account = associated_account(&wallet, &token.mint, &token.program);
        (AssetId::new(asset), SolanaToken { mint: token.mint, program: token.program, account })
    });
    SolanaRules {
        chain: ChainName::new(CHAIN),
        wallet,
        recipients: config.policy.solana_recipients.iter().copied().collect(),
        tokens: tokens.collect(),
        domain: solana.cctp.as_ref().map(|cctp| Domain(cctp.domain)),
        aggregator: solana.jupiter.as_ref().map(|jupiter| jupiter.program),
        max_priority: solana.fees.max_priority_lamports,
        max_gas: solana.max_gas_usd.usd(),
    }
}
