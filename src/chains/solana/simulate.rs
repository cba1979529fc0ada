//! Running a transaction without sending it: compute units, failure, and what changes in our accounts.

use std::sync::Arc;

use serde_json::json;
use solana_address::Address;

use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::failure::{ChainError, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::read::READ_RETRIES;
use crate::chains::solana::token::TokenAccount;
use crate::chains::solana::transaction::{TransactionError, Unsigned};
use crate::chains::solana::wire::{self, TransactionFailure};
use crate::chains::solana::{Account, Commitment, Inner, SolanaChain};
use crate::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};

/// Slots that may lie between the accounts before and the simulation: nodes count them differently by one. What
/// others did to our accounts in between shows as a deviation, and the simulation is repeated.
const TEAR: u64 = 1;

/// Why a simulation has no result.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The cluster would refuse it; sending it would cost the fee and do nothing else.
    #[error("the transaction would fail: {failure}; nothing was sent{}", last(.logs))]
    Refused {
        /// Why.
        failure: TransactionFailure,
        /// What the programs wrote.
        logs: Vec<String>,
    },
    /// The bytes are none.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The cluster could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// The line of the logs that names an error, as Anchor writes it, or the last one.
fn last(logs: &[String]) -> String {
    let named = logs.iter().rev().find(|line| line.contains("Error Code:"));
    named.or(logs.last()).map(|line| format!(" (log: {line})")).unwrap_or_default()
}

/// What a simulation shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// Slot it was run on.
    pub slot: u64,
    /// Compute units used.
    pub units: u64,
    /// Log lines.
    pub logs: Vec<String>,
    /// One per watched account, in order.
    pub changes: Vec<Change>,
}

/// One account before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Account.
    pub account: Address,
    /// Before.
    pub before: Option<Side>,
    /// After.
    pub after: Option<Side>,
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Lamports.
    pub lamports: u64,
    /// Program that owns it.
    pub owner: Address,
    /// What it holds, when it is a token account.
    pub token: Option<TokenAccount>,
}

impl Change {
    /// Lamports gained; lost when negative.
    pub fn lamports(&self) -> i128 {
        let of = |side: &Option<Side>| side.as_ref().map_or(0, |side| i128::from(side.lamports));
        of(&self.after).saturating_sub(of(&self.before))
    }

    /// Base units gained; lost when negative. An account that is no token account holds none.
    pub fn units(&self) -> i128 {
        let of = |side: &Option<Side>| {
            let token = side.as_ref().and_then(|side| side.token.as_ref());
            token.map_or(0, |token| i128::from(token.amount))
        };
        of(&self.after).saturating_sub(of(&self.before))
    }

    /// Whether somebody else got a right over an account that existed before: its owning program,
    /// its owner, a delegate or the right to close it differ.
    pub fn changes_hands(&self) -> bool {
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            // A new account is judged by its own content, a closed one by where its money went.
            return self.before.is_some() && self.after.is_none();
        };
        let rights = |side: &Side| {
            let token = side.token.as_ref();
            token.map(|token| (token.mint, token.owner, token.delegate, token.close_authority, token.frozen))
        };
        before.owner != after.owner || rights(before) != rights(after)
    }
}

impl SolanaChain {
    /// Simulates `unsigned` on a state not before `min_slot` and shows what becomes of `watched`.
    /// Signatures are not needed for it. Before and after are of one slot.
    ///
    /// # Errors
    /// [`SimulationError::Refused`] with the logs when it would fail.
    pub async fn simulate(
        &self,
        unsigned: &Unsigned,
        watched: &[Address],
        min_slot: u64,
    ) -> Result<Simulation, SimulationError> {
        self.simulate_bytes(&unsigned.bytes()?, watched, min_slot).await
    }

    /// As [`SolanaChain::simulate`], of a transaction that somebody else wrote: these very bytes, at their own
    /// blockhash.
    ///
    /// # Errors
    /// As [`SolanaChain::simulate`]; a blockhash that the cluster does not know, or knows no longer, is a refusal.
    pub async fn simulate_bytes(
        &self,
        bytes: &[u8],
        watched: &[Address],
        min_slot: u64,
    ) -> Result<Simulation, SimulationError> {
        let text = wire::encode(bytes);
        let (before, simulated) = self
            .inner
            .endpoints
            .first("a simulation", |endpoint| {
                let (inner, text) = (Arc::clone(&self.inner), &text);
                async move { simulate(&inner, &endpoint, text, watched, min_slot).await }
            })
            .await?;
        if let Some(failure) = simulated.failure {
            return Err(SimulationError::Refused { failure, logs: simulated.logs });
        }
        let sides = before.into_iter().zip(simulated.accounts);
        let changes = watched
            .iter()
            .zip(sides)
            .map(|(account, (before, after))| Change {
                account: *account,
                before: side(before),
                after: side(after),
            })
            .collect();
        Ok(Simulation { slot: simulated.slot, units: simulated.units, logs: simulated.logs, changes })
    }
}

async fn simulate(
    inner: &Inner,
    endpoint: &Endpoint,
    text: &str,
    watched: &[Address],
    min_slot: u64,
) -> Result<(Vec<Option<Account>>, wire::Simulated), RpcError> {
    let mut floor = min_slot;
    let mut torn = RpcError::BeforeSlot(min_slot);
    for _ in 0..=READ_RETRIES {
        let options = json!({
            "encoding": "base64",
            "commitment": Commitment::Confirmed.as_str(),
            "minContextSlot": floor,
            "sigVerify": false,
            "accounts": {"encoding": "base64", "addresses": wire::texts(watched)},
        });
        let before = json!([
            wire::texts(watched),
            {"encoding": "base64", "commitment": Commitment::Confirmed.as_str(), "minContextSlot": floor},
        ]);
        let asks = vec![
            Ask::new(Method::GetMultipleAccounts, before),
            Ask::new(Method::SimulateTransaction, json!([text, options])),
        ];
        let replies = inner.ask(endpoint, asks, floor).await?;
        let [before, simulated] = replies.as_slice() else {
            return Err(wire::malformed("simulation", "replies are missing"));
        };
        let (slot, before) = wire::accounts(before, watched.len())?;
        let simulated = wire::simulation(simulated, watched.len())?;
        inner.endpoints.note_head(endpoint, simulated.slot.max(slot))?;
        if slot.min(simulated.slot) < min_slot {
            return Err(wire::malformed("simulation", "it is of an older slot than was asked for"));
        }
        if slot.abs_diff(simulated.slot) <= TEAR || simulated.failure.is_some() {
            return Ok((before, simulated));
        }
        torn = RpcError::TornSlots { first: slot, second: simulated.slot };
        floor = slot.max(simulated.slot);
    }
    Err(torn)
}

fn side(content: Option<Account>) -> Option<Side> {
    // An account without lamports is gone.
    let content = content.filter(|content| content.lamports > 0)?;
    let is_token = content.owner == TOKEN_PROGRAM || content.owner == TOKEN_2022_PROGRAM;
    let token = is_token.then(|| TokenAccount::decode(&content.owner, &content.data).ok()).flatten();
    Some(Side { lamports: content.lamports, owner: content.owner, token })
}
