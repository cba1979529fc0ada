//! One cluster, read whole in one HTTP request: clock, lamports, tokens, further accounts.
//!
//! Everything comes from one slot. Up to [`ACCOUNTS_PER_CALL`](super::read::ACCOUNTS_PER_CALL)
//! accounts are one call; more are parts of one batch that must name the same slot. The cluster's
//! own clock is read along: a node that stopped hours ago answers correctly, of that hour.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;

use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::failure::{ChainError, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::account::{Account, Fields};
use crate::chains::solana::associated::associated_account;
use crate::chains::solana::token::{Held, TokenError, held};
use crate::chains::solana::wire::{SeenSignature, malformed, priority_fees, signature_status, texts};
use crate::chains::solana::{Commitment, Inner, SolanaChain};
use crate::config::SolanaTokenConfig;

/// The account with the cluster's clock.
pub const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");

/// Slots that the clock may be away from the slot the node names: by when a state counts as confirmed, the node's
/// next one may have begun.
const CLOCK_SLACK: u64 = 1;

/// What to read.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// Whose lamports and tokens.
    pub wallet: Address,
    /// Tokens.
    pub tokens: Vec<SolanaTokenConfig>,
    /// Further accounts at the same slot.
    pub accounts: Vec<Address>,
    /// How settled the state must be.
    pub commitment: Commitment,
    /// Slot the state must have reached, as after a transaction of ours.
    pub min_slot: u64,
}

/// What was read, all of it at `slot`.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The slot.
    pub slot: u64,
    /// The cluster's time then, seconds since the epoch.
    pub timestamp: u64,
    /// Lamports of the wallet.
    pub lamports: u64,
    /// One per requested token, in order; what is not as it must be is an error, never zero.
    pub tokens: Vec<Result<Held, TokenError>>,
    /// One per requested account, in order; `None` where there is none.
    pub accounts: Vec<Option<Account>>,
}

/// What else may be asked along with a scan.
#[derive(Debug, Clone, Default)]
pub struct Further {
    /// Transactions of which it is to be told in which slot they had their effect.
    pub signatures: Vec<Signature>,
    /// Accounts whose recent priority fees are asked; none are when it is empty.
    pub fee_accounts: Vec<Address>,
}

/// What was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// One per signature: the slot it had its effect in, if it is confirmed.
    pub effective: Vec<Option<u64>>,
    /// Recent priority fees in millionths of a lamport per compute unit.
    pub fees: Vec<u64>,
}

impl Further {
    fn asks(&self) -> Vec<Ask> {
        let status =
            |signature: &Signature| Ask::new(Method::GetSignatureStatuses, json!([[signature.to_string()]]));
        let mut asks: Vec<Ask> = self.signatures.iter().map(status).collect();
        if !self.fee_accounts.is_empty() {
            let accounts = json!([texts(&self.fee_accounts)]);
            asks.push(Ask::new(Method::GetRecentPrioritizationFees, accounts));
        }
        asks
    }

    fn answers(&self, replies: &[Value]) -> Result<Answers, RpcError> {
        let (statuses, fees) = replies.split_at(self.signatures.len().min(replies.len()));
        let mut answers = Answers::default();
        for status in statuses {
            let (_, seen) = signature_status(status)?;
            let counts =
                |seen: &SeenSignature| seen.failure.is_none() && seen.commitment >= Commitment::Confirmed;
            answers.effective.push(seen.filter(counts).map(|seen| seen.slot));
        }
        if let Some(fees) = fees.first() {
            answers.fees = priority_fees(fees)?;
        }
        Ok(answers)
    }
}

impl SolanaChain {
    /// Reads everything in one HTTP request to one endpoint (more when slots end between its
    /// parts), failing over to the next endpoint when one fails, lags or is stale.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] with every endpoint's reason; a single token that cannot be used
    /// is an error in its own place.
    pub async fn scan(&self, request: &ScanRequest) -> Result<Scan, ChainError> {
        Ok(self.scan_with(request, &Further::default()).await?.0)
    }

    /// The same with `further` questions in the same HTTP request.
    ///
    /// # Errors
    /// As [`SolanaChain::scan`].
    pub async fn scan_with(
        &self,
        request: &ScanRequest,
        further: &Further,
    ) -> Result<(Scan, Answers), ChainError> {
        self.inner
            .endpoints
            .first("the scan", |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move { scan(&inner, &endpoint, request, further).await }
            })
            .await
    }
}

async fn scan(
    inner: &Inner,
    endpoint: &Endpoint,
    request: &ScanRequest,
    further: &Further,
) -> Result<(Scan, Answers), RpcError> {
    let mut addresses = vec![CLOCK, request.wallet];
    for token in &request.tokens {
        addresses.push(token.mint);
        addresses.push(associated_account(&request.wallet, &token.mint, &token.program));
    }
    addresses.extend(&request.accounts);
    let (read, replies) = inner
        .accounts_with(endpoint, &addresses, request.commitment, request.min_slot, further.asks())
        .await?;
    let answers = further.answers(&replies)?;
    let mut accounts = read.accounts.into_iter();
    let clock = accounts.next().flatten().ok_or_else(|| malformed("scan", "there is no clock"))?;
    let (slot, timestamp) =
        clock_of(&clock.data).ok_or_else(|| malformed("scan", "the clock is unreadable"))?;
    if slot.abs_diff(read.slot) > CLOCK_SLACK {
        return Err(RpcError::TornSlots { first: slot, second: read.slot });
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let age = now.abs_diff(timestamp);
    if age > inner.max_clock_age {
        return Err(RpcError::Stale { head: slot, age });
    }
    let lamports = accounts.next().flatten().map_or(0, |wallet| wallet.lamports);
    let mut tokens = Vec::with_capacity(request.tokens.len());
    for token in &request.tokens {
        let (mint, account) = (accounts.next().flatten(), accounts.next().flatten());
        tokens.push(held(token, &request.wallet, mint.as_ref(), account.as_ref()));
    }
    Ok((Scan { slot, timestamp, lamports, tokens, accounts: accounts.collect() }, answers))
}

/// Slot and time of the clock account; `None` when it is not one.
pub fn clock_of(data: &[u8]) -> Option<(u64, u64)> {
    let mut fields = Fields::new(data);
    let slot = fields.u64()?;
    let (_epoch_start, _epoch, _schedule_epoch) = (fields.i64()?, fields.u64()?, fields.u64()?);
    let timestamp = fields.i64()?;
    Some((slot, u64::try_from(timestamp).ok()?))
}
