//! What a step wants of 1inch, and whether a reply is exactly that.

use alloy::primitives::Address;

use super::client::Exchange;
use super::reply::Written;
use super::swap::AggregatorSwap;
use crate::chains::evm::Call;
use crate::config::ChainConfig;
use crate::domain::{AssetId, SwapStep};

/// Why a reply is refused. Nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another contract than the pinned router.
    #[error("1inch would have {found} called, the pinned router is {pinned}")]
    Router {
        /// What it named.
        found: Address,
        /// The pinned router.
        pinned: Address,
    },
    /// Another sender than the wallet.
    #[error("1inch would have {0} send it, which is not the wallet")]
    Sender(Address),
    /// Native coin would be sent along.
    #[error("1inch would have {0} wei sent along, a token swap sends none")]
    Value(u128),
    /// The calldata is not a swap that can be judged.
    #[error("1inch's calldata is refused: {0}")]
    Function(&'static str),
    /// Another token is sold or bought.
    #[error("1inch would swap {found}, wanted is {wanted}")]
    Token {
        /// What it named.
        found: Address,
        /// The step's token.
        wanted: Address,
    },
    /// Somebody else would receive.
    #[error("1inch would have {found} receive, wanted is {wanted}")]
    Recipient {
        /// Whom it named.
        found: Address,
        /// The step's recipient.
        wanted: Address,
    },
    /// Another amount is sold.
    #[error("1inch would sell {found} base units, wanted are {wanted}")]
    Amount {
        /// What it named.
        found: u128,
        /// The step's amount.
        wanted: u128,
    },
    /// Less than the step's least would be accepted.
    #[error(
        "1inch would accept {found} base units, the step needs at least {wanted}; it quotes {quoted} now"
    )]
    MinimumOut {
        /// What it named.
        found: u128,
        /// The step's least.
        wanted: u128,
        /// What it quotes.
        quoted: u128,
    },
}

/// What a step wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// The pinned router.
    pub router: Address,
    /// Tokens and amount.
    pub exchange: Exchange,
    /// Fewest base units accepted.
    pub min_out: u128,
    /// Who receives: the wallet, which also sends.
    pub wallet: Address,
}

impl Intent {
    /// What `step` wants on `chain`; the inner error names the asset without a token.
    pub fn of_step(step: &SwapStep, chain: &ChainConfig, router: Address) -> Result<Self, AssetId> {
        let token = |asset: &AssetId| {
            chain.tokens.get(asset.as_str()).map(|token| token.address).ok_or_else(|| asset.clone())
        };
        Ok(Self {
            router,
            exchange: Exchange {
                token_in: token(step.amount_in.asset())?,
                token_out: token(step.min_out.asset())?,
                amount_in: step.amount_in.units(),
            },
            min_out: step.min_out.units(),
            // Nobody on another kind of chain can receive here.
            wallet: step.recipient.evm().ok_or_else(|| step.min_out.asset().clone())?,
        })
    }

    /// The call of a reply that is exactly what was wanted.
    ///
    /// # Errors
    /// [`Refusal`] says what differs.
    pub fn accept(&self, reply: &Written) -> Result<Call, Refusal> {
        if reply.to != self.router {
            return Err(Refusal::Router { found: reply.to, pinned: self.router });
        }
        if reply.from != self.wallet {
            return Err(Refusal::Sender(reply.from));
        }
        if reply.value != 0 {
            return Err(Refusal::Value(reply.value));
        }
        let call = Call::new(reply.to, reply.data.clone());
        let swap = AggregatorSwap::decode(&call).map_err(|error| Refusal::Function(error.0))?;
        let Exchange { token_in, token_out, amount_in } = self.exchange;
        for (found, wanted) in [(swap.token_in, token_in), (swap.token_out, token_out)] {
            if found != wanted {
                return Err(Refusal::Token { found, wanted });
            }
        }
        if swap.recipient != self.wallet {
            return Err(Refusal::Recipient { found: swap.recipient, wanted: self.wallet });
        }
        if swap.amount_in != amount_in {
            return Err(Refusal::Amount { found: swap.amount_in, wanted: amount_in });
        }
        if swap.min_out < self.min_out {
            let quoted = reply.amount_out;
            return Err(Refusal::MinimumOut { found: swap.min_out, wanted: self.min_out, quoted });
        }
        Ok(call)
    }

    /// The slippage that makes of `quoted` no less than the least accepted, in millionths, and never more
    /// than `most_ppm`; `None` when the quote itself is below it.
    pub fn slippage_ppm(&self, quoted: u128, most_ppm: u32) -> Option<u32> {
        let spare = quoted.checked_sub(self.min_out)?;
        let ppm = spare.checked_mul(1_000_000)?.checked_div(quoted)?;
        Some(u32::try_from(ppm).unwrap_or(u32::MAX).min(most_ppm))
    }
}
