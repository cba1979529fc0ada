//! Reads: accounts, the head, rent, and the report of every endpoint.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use solana_address::Address;
use solana_hash::Hash;
use tokio::task::JoinSet;

use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::failure::{ChainError, Failure, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::errors::meaning;
use crate::chains::solana::wire::{self, EpochInfo, malformed};
use crate::chains::solana::{Account, Commitment, Inner, SolanaChain};

/// Accounts one `getMultipleAccounts` may ask for.
pub const ACCOUNTS_PER_CALL: usize = 100;
/// Times a read is asked again whose parts were of different slots.
pub const READ_RETRIES: u32 = 3;

/// Length of a plain mint.
const MINT_BYTES: usize = 82;
/// Where a mint holds its supply.
const MINT_SUPPLY: std::ops::Range<usize> = 36..44;
/// Where a token account holds its units.
const ACCOUNT_UNITS: std::ops::Range<usize> = 64..72;

/// The newest final block a quorum of endpoints has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Slot.
    pub slot: u64,
    /// Blocks so far; blockhashes expire by this number.
    pub block_height: u64,
}

/// Accounts of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// The slot all of them were read at.
    pub slot: u64,
    /// One per address, in order; `None` where there is none.
    pub accounts: Vec<Option<Account>>,
}

/// What one endpoint tells, and the part of it that is compared.
struct Told {
    read: Accounts,
    quiet: Vec<Option<Account>>,
}

/// An account without the units of its mint or token account.
fn without_units(account: &Account) -> Account {
    let mut quiet = account.clone();
    let units = match quiet.data.len() {
        MINT_BYTES => MINT_SUPPLY,
        _ => ACCOUNT_UNITS,
    };
    if let Some(bytes) = quiet.data.get_mut(units) {
        bytes.fill(0);
    }
    quiet
}

/// What one endpoint says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointReport {
    /// Origin of the endpoint.
    pub endpoint: String,
    /// Genesis hash it answered.
    pub genesis: Option<Hash>,
    /// Its newest confirmed slot.
    pub slot: Option<u64>,
    /// Its newest final slot.
    pub finalised: Option<u64>,
    /// Slots behind the best endpoint of this report.
    pub lag_slots: Option<u64>,
    /// Time of the whole exchange.
    pub latency: Duration,
    /// Everything that is wrong with it.
    pub errors: Vec<String>,
}

pub(super) fn epoch_ask(commitment: Commitment) -> Ask {
    Ask::new(Method::GetEpochInfo, json!([{"commitment": commitment.as_str()}]))
}

impl Inner {
    /// [`Endpoint::ask`] where no refusal is expected, with Solana's codes read.
    pub(super) async fn ask(
        &self,
        endpoint: &Endpoint,
        calls: Vec<Ask>,
        min_slot: u64,
    ) -> Result<Vec<Value>, RpcError> {
        let replies = endpoint.ask(calls).await?;
        replies.into_iter().map(|reply| reply.map_err(|error| meaning(error, min_slot))).collect()
    }

    pub(super) async fn ask_one(
        &self,
        endpoint: &Endpoint,
        call: Ask,
        min_slot: u64,
    ) -> Result<Value, RpcError> {
        let value = self.ask(endpoint, vec![call], min_slot).await?.pop();
        value.ok_or_else(|| malformed("reply", "it is missing"))
    }

    /// Accounts at one slot, in one HTTP request. More than [`ACCOUNTS_PER_CALL`] are asked in
    /// parts, which a slot may end between; the read is then asked again.
    pub(super) async fn accounts(
        &self,
        endpoint: &Endpoint,
        addresses: &[Address],
        commitment: Commitment,
        min_slot: u64,
    ) -> Result<Accounts, RpcError> {
        Ok(self.accounts_with(endpoint, addresses, commitment, min_slot, Vec::new()).await?.0)
    }

    /// The same with `further` questions in the same HTTP request, and their replies.
    pub(super) async fn accounts_with(
        &self,
        endpoint: &Endpoint,
        addresses: &[Address],
        commitment: Commitment,
        min_slot: u64,
        further: Vec<Ask>,
    ) -> Result<(Accounts, Vec<Value>), RpcError> {
        let mut floor = min_slot;
        let mut torn = None;
        for _ in 0..=READ_RETRIES {
            let parts = addresses.chunks(ACCOUNTS_PER_CALL);
            let asks = parts.clone().map(|part| accounts_ask(part, commitment, floor));
            let asks: Vec<Ask> = asks.chain(further.iter().cloned()).collect();
            let mut replies = self.ask(endpoint, asks, floor).await?;
            let mut accounts = Vec::with_capacity(addresses.len());
            let mut slots = Vec::new();
            for (part, reply) in parts.zip(&replies) {
                let (slot, found) = wire::accounts(reply, part.len())?;
                accounts.extend(found);
                slots.push(slot);
            }
            let newest = slots.iter().copied().max().unwrap_or(floor);
            let oldest = slots.iter().copied().min().unwrap_or(floor);
            if oldest < floor {
                return Err(malformed("accounts", "they are of an older slot than was asked for"));
            }
            self.note_slot(endpoint, newest, commitment)?;
            if oldest == newest {
                let rest = replies.split_off(parts_count(addresses).min(replies.len()));
                return Ok((Accounts { slot: newest, accounts }, rest));
            }
            torn = Some(RpcError::TornSlots { first: oldest, second: newest });
            floor = newest;
        }
        Err(torn.unwrap_or_else(|| malformed("accounts", "they were never of one slot")))
    }

    /// Remembers how far an endpoint is. Final slots trail the newest by dozens, so only the others
    /// say anything about lag.
    fn note_slot(&self, endpoint: &Endpoint, slot: u64, commitment: Commitment) -> Result<(), RpcError> {
        match commitment {
            Commitment::Processed | Commitment::Confirmed => self.endpoints.note_head(endpoint, slot),
            Commitment::Finalised => Ok(()),
        }
    }

    async fn epoch(&self, endpoint: &Endpoint, commitment: Commitment) -> Result<EpochInfo, RpcError> {
        wire::epoch_info(&self.ask_one(endpoint, epoch_ask(commitment), 0).await?)
    }
}

fn parts_count(addresses: &[Address]) -> usize {
    addresses.len().div_ceil(ACCOUNTS_PER_CALL)
}

fn accounts_ask(addresses: &[Address], commitment: Commitment, min_slot: u64) -> Ask {
    let options = json!({
        "encoding": "base64",
        "commitment": commitment.as_str(),
        "minContextSlot": min_slot,
    });
    Ask::new(Method::GetMultipleAccounts, json!([wire::texts(addresses), options]))
}

impl SolanaChain {
    /// Accounts at one slot not before `min_slot`, from one endpoint, failing over to the next.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] with every endpoint's reason.
    pub async fn accounts(
        &self,
        addresses: &[Address],
        commitment: Commitment,
        min_slot: u64,
    ) -> Result<Accounts, ChainError> {
        self.inner
            .endpoints
            .first("accounts", |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move { inner.accounts(&endpoint, addresses, commitment, min_slot).await }
            })
            .await
    }

    /// Accounts as a quorum of endpoints tells them, byte for byte. The slot is the oldest of the
    /// quorum's. A node cannot be asked for a past slot, so accounts that change all the time may
    /// never agree; this is for those that an irreversible step rests on.
    ///
    /// # Errors
    /// [`ChainError::Disagreement`] when two endpoints differ at the same slot;
    /// [`ChainError::Undecided`] when they differ at different slots; [`ChainError::QuorumLost`]
    /// when too few answer.
    pub async fn accounts_agreed(
        &self,
        addresses: &[Address],
        commitment: Commitment,
        min_slot: u64,
    ) -> Result<Accounts, ChainError> {
        self.accounts_alike(addresses, &[], commitment, min_slot).await
    }

    /// As [`SolanaChain::accounts_agreed`], but the units of `busy` mints and token accounts are not
    /// compared: everybody's transactions change them in every slot. They are told as the oldest of the
    /// quorum's slots shows them.
    ///
    /// # Errors
    /// As [`SolanaChain::accounts_agreed`].
    pub async fn accounts_alike(
        &self,
        addresses: &[Address],
        busy: &[Address],
        commitment: Commitment,
        min_slot: u64,
    ) -> Result<Accounts, ChainError> {
        const WHAT: &str = "accounts";
        let endpoints = &self.inner.endpoints;
        let addresses: Arc<[Address]> = addresses.into();
        let busy: Arc<[Address]> = busy.into();
        let votes = endpoints
            .votes(
                |endpoint| {
                    let (inner, addresses) = (Arc::clone(&self.inner), Arc::clone(&addresses));
                    let busy = Arc::clone(&busy);
                    async move {
                        let read = inner.accounts(&endpoint, &addresses, commitment, min_slot).await?;
                        let quiet = addresses.iter().zip(&read.accounts).map(|(address, account)| {
                            let account = account.as_ref()?;
                            Some(if busy.contains(address) {
                                without_units(account)
                            } else {
                                account.clone()
                            })
                        });
                        Ok(Told { quiet: quiet.collect(), read })
                    }
                },
                |a, b| a.quiet == b.quiet,
            )
            .await;
        let contradicts = |a: &Told, b: &Told| a.read.slot == b.read.slot && a.quiet != b.quiet;
        let group = endpoints.decide(WHAT, votes, contradicts, |_| false)?;
        let oldest = group.into_iter().map(|told| told.read).min_by_key(|one| one.slot);
        oldest.ok_or_else(|| endpoints.lost(WHAT, 0, Vec::new()))
    }

    /// The newest block of `commitment` that a quorum of endpoints has reached. Lagging endpoints
    /// are asked too: here they show that they caught up.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when too few answer; [`ChainError::Disagreement`] when they give
    /// the same slot different heights.
    pub async fn head(&self, commitment: Commitment) -> Result<Head, ChainError> {
        const WHAT: &str = "the head";
        let endpoints = &self.inner.endpoints;
        let (answers, mut failures) = endpoints
            .each(endpoints.awake(), |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move { inner.epoch(&endpoint, commitment).await }
            })
            .await;
        // Only now are all heads known that each has to be compared with.
        for (endpoint, info) in &answers {
            if commitment != Commitment::Finalised {
                endpoint.health().note_head(Instant::now(), info.absolute_slot);
            }
        }
        let mut heads = Vec::with_capacity(answers.len());
        for (endpoint, info) in answers {
            match self.inner.note_slot(&endpoint, info.absolute_slot, commitment) {
                Ok(()) => heads.push(info),
                Err(error) => failures.push(Failure { endpoint: endpoint.label().to_owned(), error }),
            }
        }
        let differ = |a: &EpochInfo| {
            heads.iter().any(|b| a.absolute_slot == b.absolute_slot && a.block_height != b.block_height)
        };
        if heads.iter().any(differ) {
            endpoints.note_disagreement(WHAT, heads.len());
            endpoints.note_quorum(false);
            let chain = self.inner.name.clone();
            return Err(ChainError::Disagreement { chain, what: WHAT, answers: 2 });
        }
        // The highest value that a quorum has reached is the quorum-th highest.
        let last = endpoints.quorum().saturating_sub(1);
        let have = heads.len();
        let mut slots: Vec<u64> = heads.iter().map(|info| info.absolute_slot).collect();
        let mut heights: Vec<u64> = heads.iter().map(|info| info.block_height).collect();
        slots.sort_unstable_by(|a, b| b.cmp(a));
        heights.sort_unstable_by(|a, b| b.cmp(a));
        match (slots.get(last), heights.get(last)) {
            (Some(slot), Some(height)) => {
                endpoints.note_quorum(true);
                Ok(Head { slot: *slot, block_height: *height })
            }
            _ => Err(endpoints.lost(WHAT, have, failures)),
        }
    }

    /// Lamports an account of `size` bytes must hold to stay for ever, agreed by a quorum.
    ///
    /// # Errors
    /// [`ChainError`] without a quorum.
    pub async fn rent(&self, size: usize) -> Result<u64, ChainError> {
        const WHAT: &str = "rent";
        let answers = self
            .inner
            .endpoints
            .agree(
                WHAT,
                |endpoint| {
                    let inner = Arc::clone(&self.inner);
                    let ask = Ask::new(Method::GetMinimumBalanceForRentExemption, json!([size]));
                    async move { wire::number(WHAT, &inner.ask_one(&endpoint, ask, 0).await?) }
                },
                |a, b| a == b,
            )
            .await?;
        answers.first().copied().ok_or_else(|| self.inner.endpoints.lost(WHAT, 0, Vec::new()))
    }

    /// Asks every endpoint who it is, cooling down or not, and reports what is wrong with each.
    pub async fn verify(&self) -> Vec<EndpointReport> {
        let mut asked = JoinSet::new();
        for (index, endpoint) in self.inner.endpoints.all().iter().enumerate() {
            let (inner, endpoint) = (Arc::clone(&self.inner), Arc::clone(endpoint));
            asked.spawn(async move { (index, report(&inner, &endpoint).await) });
        }
        let mut reports: Vec<(usize, EndpointReport)> = Vec::new();
        while let Some(joined) = asked.join_next().await {
            reports.extend(joined.ok());
        }
        reports.sort_unstable_by_key(|(index, _)| *index);
        let best = reports.iter().filter_map(|(_, one)| one.slot).max();
        let with_lag = |(_, mut one): (usize, EndpointReport)| {
            one.lag_slots = best.zip(one.slot).map(|(best, slot)| best.saturating_sub(slot));
            one
        };
        reports.into_iter().map(with_lag).collect()
    }
}

async fn report(inner: &Inner, endpoint: &Endpoint) -> EndpointReport {
    let asks = vec![
        Ask::new(Method::GetGenesisHash, json!([])),
        epoch_ask(Commitment::Confirmed),
        epoch_ask(Commitment::Finalised),
    ];
    let started = Instant::now();
    let result = inner.ask(endpoint, asks, 0).await;
    endpoint.note(&result);
    let mut report = EndpointReport {
        endpoint: endpoint.label().to_owned(),
        genesis: None,
        slot: None,
        finalised: None,
        lag_slots: None,
        latency: started.elapsed(),
        errors: Vec::new(),
    };
    let replies = match result {
        Ok(replies) => replies,
        Err(error) => {
            report.errors.push(error.to_string());
            return report;
        }
    };
    let [genesis, confirmed, finalised] = replies.as_slice() else {
        report.errors.push("it left replies out".to_owned());
        return report;
    };
    match wire::hash("genesis hash", genesis) {
        Ok(genesis) => report.genesis = Some(genesis),
        Err(error) => report.errors.push(error.to_string()),
    }
    if report.genesis.is_some_and(|genesis| genesis != inner.genesis) {
        report.errors.push(format!("it serves another cluster than {}", inner.genesis));
    }
    for (value, slot) in [(confirmed, &mut report.slot), (finalised, &mut report.finalised)] {
        match wire::epoch_info(value) {
            Ok(info) => *slot = Some(info.absolute_slot),
            Err(error) => report.errors.push(error.to_string()),
        }
    }
    if report.slot.zip(report.finalised).is_some_and(|(newest, last)| last > newest) {
        report.errors.push("its final slot is newer than its newest".to_owned());
    }
    if let Some(slot) = report.slot
        && let Err(error) = inner.note_slot(endpoint, slot, Commitment::Confirmed)
    {
        report.errors.push(error.to_string());
    }
    report
}
