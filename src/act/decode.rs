//! From calldata to its effect, for policy. Bytes that are none of ours have no effect to judge.

use alloy::primitives::{Address, Bytes, U256};

use crate::bridges::cctp::contracts::calls::{Decoded, decode};
use crate::chains::evm::Call;
use crate::policy::Effect;
use crate::venues::atomic::RouteCall;
use crate::venues::oneinch::AggregatorSwap;
use crate::venues::uniswap::RouterSwap;

/// Calldata that is none of the calls this daemon makes. It is never signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the calldata is none of the calls this daemon makes: {reason}; nothing was signed")]
pub struct Undecodable {
    /// Why.
    pub reason: String,
}

/// What calling `to` with `data` does.
pub fn effect_of(to: Address, data: &Bytes) -> Result<Effect, Undecodable> {
    if data.is_empty() {
        return Ok(Effect::Cancel { account: to });
    }
    if let Ok(call) = RouteCall::decode(to, data) {
        return Ok(Effect::Route(call.route));
    }
    match decode(data) {
        Ok(Decoded::Approve { spender, amount }) => Ok(Effect::Approve { spender, amount }),
        Ok(Decoded::Burn(burn)) => Ok(Effect::Burn {
            amount: U256::from(burn.amount),
            destination_domain: burn.destination_domain.0,
            mint_recipient: burn.mint_recipient,
            burn_token: burn.burn_token,
            destination_caller: burn.destination_caller,
            max_fee: U256::from(burn.max_fee),
            min_finality_threshold: burn.min_finality_threshold,
        }),
        Ok(Decoded::Mint { message, .. }) => Ok(Effect::Mint {
            source_domain: message.source_domain.0,
            destination_domain: message.destination_domain.0,
            mint_recipient: message.mint_recipient,
            amount: U256::from(message.amount),
            fee_executed: U256::from(message.fee_executed),
        }),
        Err(bridge) => match RouterSwap::decode(&Call { to, data: data.clone() }) {
            Ok(swap) => Ok(Effect::Swap {
                venue: swap.venue,
                token_in: swap.token_in,
                token_out: swap.token_out,
                fee: swap.fee,
                amount_in: U256::from(swap.amount_in),
                min_out: U256::from(swap.min_out),
                recipient: swap.recipient,
                deadline: U256::from(swap.deadline),
            }),
            Err(swap) => match AggregatorSwap::decode(&Call { to, data: data.clone() }) {
                Ok(swap) => Ok(Effect::Aggregate {
                    token_in: swap.token_in,
                    token_out: swap.token_out,
                    amount_in: U256::from(swap.amount_in),
                    min_out: U256::from(swap.min_out),
                    recipient: swap.recipient,
                }),
                Err(aggregate) => Err(Undecodable { reason: format!("{bridge}; {swap}; {aggregate}") }),
            },
        },
    }
}
