//! One block of arbitrage on one chain: follow the pools, decide, judge, record, accept.

use std::time::{Duration, Instant};

use alloy::primitives::Address;

use crate::chains::evm::{At, Call, CallError, ChainError, EvmChain, erc20};
use crate::cycle::{CycleError, News, halted, judge, outcome};
use crate::domain::pool::PoolKey;
use crate::domain::snapshot::{BlockRef, GasPrice, Prices};
use crate::domain::{
    AnyAddress, DecisionRecord, Funding, Leg, Operation, OperationState, Outcome, Plan, Position, Spent,
    Step, Timestamp,
};
use crate::feeds::PriceBook;
use crate::journal::{Attempt, Journal, JournalError};
use crate::observe::pools::{PoolError, PoolTable, Update};
use crate::policy::Rules;
use crate::recording::Recorder;
use crate::strategies::Decision;
use crate::strategies::arbitrage::{Arbitrage, View};
use crate::telemetry::{Metrics, clock, events};

/// Why a block was not decided. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The pools are not those of the newest block.
    #[error(transparent)]
    Pools(#[from] PoolError),
    /// The chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The inventory could not be read.
    #[error("the inventory could not be read: {0}; nothing is decided until it can be")]
    Call(#[from] CallError),
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The plan could not be written.
    #[error(transparent)]
    Cycle(#[from] CycleError),
}

/// Arbitrage on one chain.
pub struct Desk {
    /// The chain.
    pub chain: EvmChain,
    /// Its pools in memory.
    pub table: PoolTable,
    /// What decides, and remembers.
    pub arbitrage: Arbitrage,
    /// The token that loans and profit are in.
    pub base: Address,
    /// The wallet.
    pub wallet: Address,
    /// What may be signed.
    pub rules: Rules,
    /// Metrics.
    pub metrics: Metrics,
    /// Whether plans are accepted for execution.
    pub live: bool,
    /// The block that was decided last.
    pub decided: Option<BlockRef>,
    /// What was last recorded.
    pub news: News,
    /// Records every block, where that is configured.
    pub recorder: Option<Recorder>,
}

/// What a block came to.
#[derive(Debug, Clone)]
pub struct Dealt {
    /// Which pools changed.
    pub update: Update,
    /// The decision; `None` where the block was the last one, or a route of ours is under way.
    pub decision: Option<(DecisionRecord, Option<Plan>)>,
    /// Operations recorded for execution.
    pub accepted: usize,
    /// From having the block's logs to having the decision.
    pub took: Duration,
}

impl Desk {
    /// Goes to the newest block and, when it is another one, decides. Where one `is_announced` everything is asked for
    /// at once; else there may be none, and whether there is is asked first.
    ///
    /// # Errors
    /// [`DeskError`]; the next call goes on from wherever the pools are by then.
    pub async fn deal(
        &mut self,
        journal: &Journal,
        book: &PriceBook,
        is_announced: bool,
    ) -> Result<Dealt, DeskError> {
        let goal = self.arbitrage.goal();
        // A call of the size of a route, for the price of its data on layer 1.
        let sample = Call::new(goal.contract, vec![0xff; SAMPLE_BYTES]);
        let holder = (goal.funding == Funding::Inventory).then_some(self.wallet);
        // Before the pools: what is in a block by now is in them too.
        let open = journal.open_operations().await?;
        let (evm, base) = (self.chain.clone(), self.base);
        let besides = || async {
            let gas = evm.gas_price(&sample);
            tokio::join!(gas, book.prices(clock::now()), inventory(&evm, base, holder))
        };
        let (update, known) = if is_announced {
            let (update, known) = tokio::join!(self.table.follow(), besides());
            (update?, Some(known))
        } else {
            (self.table.follow().await?, None)
        };
        let mut started = Instant::now();
        let changed = (!update.resnapshot).then_some(update.changed.as_slice());
        // Whatever keeps this block from being decided, the next decision has to know.
        self.arbitrage.skip(changed);
        if let Some(recorder) = &mut self.recorder {
            recorder.skip(changed);
        }
        if self.decided == Some(update.block) && update.changed.is_empty() {
            return Ok(Dealt { update, decision: None, accepted: 0, took: Duration::ZERO });
        }
        let (gas, prices, inventory) = match known {
            Some(known) => known,
            None => {
                let known = besides().await;
                started = Instant::now();
                known
            }
        };
        let chain = self.chain.name().clone();
        for one in open.iter().filter(|one| *one.step.source_chain() == chain && is_open_route(one)) {
            // In a block that the pools have, it has done to them what it could. One that a reorganisation took out of
            // its block may come back: until then the gap is its own.
            let has_run = |attempt: &Attempt| {
                attempt.leg == Leg::Swap
                    && attempt.block_number.is_some_and(|number| self.table.has(number, attempt.block_hash))
            };
            if !journal.attempts(&one.id).await?.iter().any(has_run) {
                if let (Ok(gas), Ok(inventory)) = (gas, inventory) {
                    self.record(&update, &prices, gas, inventory, clock::now(), true);
                }
                return Ok(Dealt { update, decision: None, accepted: 0, took: Duration::ZERO });
            }
        }
        self.arbitrage.set_busy(open.iter().flat_map(|one| pools_of(one, &chain)));
        let (gas, inventory, at) = (gas?, inventory?, clock::now());
        let view =
            View { block: update.block, at, pools: self.table.pools(), prices: &prices, gas, inventory };
        // What changed is known to it already.
        let decided = self.arbitrage.decide(&view, Some(&[]));
        let took = update.applied_in.saturating_add(started.elapsed());
        self.metrics.arbitrage_duration.observe(took.as_secs_f64());
        self.record(&update, &prices, gas, inventory, at, false);
        let Decision { mut record, mut plan } = decided;
        let values: Vec<_> = plan.iter().flat_map(|plan| &plan.steps).map(value).collect();
        if let Some(considered) = &plan {
            let spent = journal.spent_since(clock::now().minus(Spent::WINDOW)).await?;
            if let Err(reason) = judge(&self.rules, &self.metrics, considered, &values, spent, &mut record) {
                record.outcome = Outcome::Refused { reason };
                plan = None;
            }
        }
        let unopened = match plan.as_ref().filter(|_| self.live) {
            Some(plan) => self.unopened(journal, plan).await?,
            None => None,
        };
        // The books may be opened without another block.
        self.decided = unopened.is_none().then_some(update.block);
        if let Some(position) = unopened {
            let reason = format!("the books of {position} are not open; the first scan opens them");
            record.outcome = Outcome::Refused { reason };
            plan = None;
        }
        let accepted = self.accept(journal, plan.as_ref(), &mut record).await?;
        let is_news = self.news.is_news(&record);
        events::dealt(&self.metrics, &chain, &record, is_news);
        if is_news {
            journal.record_decision(&record).await?;
        }
        if let (Some(plan), true) = (&plan, accepted) {
            journal.accept_plan(plan, &values, clock::now()).await?;
        }
        Ok(Dealt { update, decision: Some((record, plan)), accepted: usize::from(accepted), took })
    }

    /// Hands the block to the recorder, where there is one; `held` says that nothing was decided.
    fn record(
        &mut self,
        update: &Update,
        prices: &Prices,
        gas: GasPrice,
        inventory: u128,
        at: Timestamp,
        held: bool,
    ) {
        let view = View { block: update.block, at, pools: self.table.pools(), prices, gas, inventory };
        if let Some(recorder) = &mut self.recorder {
            // What changed is known to it already.
            recorder.block(&view, self.arbitrage.goal(), Some(&[]), held);
        }
    }

    /// Whether the plan is accepted; its decision says so, or why not.
    async fn accept(
        &self,
        journal: &Journal,
        plan: Option<&Plan>,
        record: &mut DecisionRecord,
    ) -> Result<bool, DeskError> {
        let Some(plan) = plan.filter(|_| self.live) else { return Ok(false) };
        record.outcome = outcome(plan, halted(journal).await?)?;
        Ok(matches!(record.outcome, Outcome::Accepted { .. }))
    }

    /// What a plan moves and the ledger does not have: opened later, with the plan's own effect in it, the books
    /// would count that twice.
    async fn unopened(&self, journal: &Journal, plan: &Plan) -> Result<Option<Position>, DeskError> {
        let ledger = journal.ledger().await?;
        let legs = plan.steps.iter().flat_map(|step| match step {
            Step::Route(step) => step.legs.as_slice(),
            Step::Bridge(_) | Step::Swap(_) => &[],
        });
        let tokens = legs.flat_map(|leg| [leg.amount_in.asset(), leg.quoted_out.asset()]);
        let goal = self.arbitrage.goal();
        let mut moved = tokens.chain([&goal.base, &goal.native]).map(|asset| {
            let chain = self.chain.name().clone();
            Position::new(chain, asset.clone())
        });
        Ok(moved.find(|position| !ledger.positions.iter().any(|one| one.position == *position)))
    }
}

/// What `holder` has of the token that routes begin with; nothing where nobody lends it.
async fn inventory(chain: &EvmChain, token: Address, holder: Option<Address>) -> Result<u128, CallError> {
    let Some(holder) = holder else { return Ok(0) };
    let answer = chain.call(&erc20::balance_of(token, holder), At::Latest).await?;
    Ok(erc20::units(&answer).unwrap_or(0))
}

/// Bytes of a route's calldata that cost on layer 1: most of the rest are zeros.
const SAMPLE_BYTES: usize = 400;

/// What the limits count.
fn value(step: &Step) -> crate::domain::Usd {
    match step {
        Step::Route(step) => step.at_stake(),
        Step::Bridge(_) | Step::Swap(_) => crate::domain::Usd::MAX,
    }
}

/// Until its transaction is in a block that stays, a route is the only one of its chain.
fn is_open_route(operation: &Operation) -> bool {
    matches!(operation.step, Step::Route(_)) && operation.state != OperationState::Final
}

/// Pools that an open operation is about to change.
fn pools_of(operation: &Operation, chain: &crate::domain::ChainName) -> Vec<PoolKey> {
    match &operation.step {
        _ if operation.has_swapped() || operation.step.source_chain() != chain => Vec::new(),
        Step::Swap(step) => match step.pool {
            AnyAddress::Evm(address) => vec![PoolKey::Contract(address)],
            AnyAddress::Solana(_) => Vec::new(),
        },
        Step::Route(step) => step.pools().collect(),
        Step::Bridge(_) => Vec::new(),
    }
}
