//! What the decisions at one gas price come to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Distribution, Replay};
use crate::domain::plan::Certificate;
use crate::domain::pool::PoolKey;
use crate::domain::snapshot::BlockRef;
use crate::domain::{AssetId, Outcome, Plan, Step, Usd};
use crate::recording::Block;
use crate::strategies::Decision;

/// Kinds of refusals that are told apart; more are counted together.
const MOST_REASONS: usize = 32;
/// Points of a curve; where there are more, every second one is left out.
const MOST_POINTS: usize = 1_024;
/// One, in millionths.
const WHOLE: i128 = 1_000_000;

/// A point of the curve of what there was to be had so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Block.
    pub block: u64,
    /// Value of all opportunities up to it.
    pub value: Usd,
    /// What no routes would have exceeded in their places.
    pub bound: Usd,
}

/// What was counted and may still be there: nobody takes it in a dry run.
#[derive(Debug, Clone)]
struct Open {
    /// Pools of the last route, each with the asset that is sold.
    pools: BTreeSet<(PoolKey, AssetId)>,
    /// Profit before gas that was counted.
    counted: Usd,
    blocks: u64,
}

/// What decisions come to.
///
/// An opportunity counts once, at its first block. It stands while routes lead through some of its pools in the same
/// direction, or none of its pools moves. What it brings before gas while it stands is counted already; more counts as
/// another opportunity when that alone pays for gas and the least profit.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// First and last block.
    pub blocks: Option<(BlockRef, BlockRef)>,
    /// Blocks in all.
    pub count: u64,
    /// Blocks at which nothing paid.
    pub nothing: u64,
    /// Blocks at which nothing could be decided.
    pub refused: u64,
    /// Blocks at which there was a plan.
    pub planned: u64,
    /// Blocks at which the daemon decided nothing because a route of its own was under way.
    pub held: u64,
    /// Why nothing could be decided, without the numbers, and how often.
    pub reasons: BTreeMap<String, u64>,
    /// Millionths of a dollar after gas, by opportunity.
    pub values: Distribution,
    /// Blocks that opportunities stood; those that stood together count once.
    pub lasted: Distribution,
    /// What no routes would have exceeded in their places.
    pub bound: Usd,
    /// Millionths of the bound that a plan is below it, by block.
    pub gaps: Distribution,
    /// Millionths of a dollar that a plan in base units is worth less than its circulation without rounding.
    pub losses: Distribution,
    /// Microseconds of a decision.
    pub times: Distribution,
    /// What there was to be had so far.
    pub curve: Vec<Point>,
    open: Option<Open>,
}

impl Tally {
    /// Adds a block that `replay` decided; `None` where it was held.
    pub fn add(&mut self, block: &Block, decision: Option<&Decision>, replay: &Replay, took: Duration) {
        let first = self.blocks.map_or(block.block, |(first, _)| first);
        self.blocks = Some((first, block.block));
        self.count = self.count.saturating_add(1);
        let Some(Decision { record, plan }) = decision else {
            self.held = self.held.saturating_add(1);
            return self.close();
        };
        self.times.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        match (&record.outcome, plan) {
            (_, Some(plan)) => {
                self.planned = self.planned.saturating_add(1);
                self.plan(block.block.number, plan, replay.min_profit());
            }
            (Outcome::Refused { reason }, None) => {
                self.refuse(reason);
                self.stand(replay);
            }
            (Outcome::Nothing { .. } | Outcome::Previewed { .. } | Outcome::Accepted { .. }, None) => {
                self.nothing = self.nothing.saturating_add(1);
                self.stand(replay);
            }
        }
    }

    /// Without a route an opportunity stands as long as none of its pools moves: then gas or prices did.
    fn stand(&mut self, replay: &Replay) {
        let Some(open) = &mut self.open else { return };
        if open.pools.iter().any(|(pool, _)| replay.moved().contains(pool)) {
            self.close();
        } else {
            open.blocks = open.blocks.saturating_add(1);
        }
    }

    /// Ends the opportunity that stands.
    pub fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.lasted.add(open.blocks);
        }
    }

    fn refuse(&mut self, reason: &str) {
        self.refused = self.refused.saturating_add(1);
        let outline: String = reason.chars().filter(|character| !character.is_ascii_digit()).collect();
        let is_known = self.reasons.contains_key(&outline);
        let outline =
            if is_known || self.reasons.len() < MOST_REASONS { outline } else { "other reasons".to_owned() };
        let count = self.reasons.entry(outline).or_default();
        *count = count.saturating_add(1);
    }

    fn plan(&mut self, block: u64, plan: &Plan, least: Usd) {
        let Some(Step::Route(step)) = plan.steps.first() else { return };
        let net = step.profit_usd.saturating_sub(step.cost.gas);
        let Certificate { value: relaxed, bound } = plan.certificate;
        self.gaps.add(below(bound.saturating_sub(net), bound));
        self.losses.add(positive(relaxed.saturating_sub(net)));
        let pools = step.legs.iter().map(|leg| (leg.pool, leg.amount_in.asset().clone())).collect();
        let stands = self.open.as_ref().is_some_and(|open| !open.pools.is_disjoint(&pools));
        if !stands {
            self.close();
        }
        let open = self.open.get_or_insert(Open { pools: BTreeSet::new(), counted: Usd::ZERO, blocks: 0 });
        open.pools = pools;
        open.blocks = open.blocks.saturating_add(1);
        // Where it brings less than before, others took part of it.
        open.counted = open.counted.min(step.profit_usd);
        let value = net.saturating_sub(open.counted);
        if open.counted > Usd::ZERO && value < least.max(Usd::from_micros(1)) {
            return;
        }
        let bound = bound.saturating_sub(open.counted);
        open.counted = step.profit_usd;
        self.values.add(positive(value));
        self.bound = self.bound.saturating_add(bound);
        self.mark(block);
    }

    /// Adds a point to the curve.
    fn mark(&mut self, block: u64) {
        if self.curve.len() >= MOST_POINTS {
            let mut keep = false;
            self.curve.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.curve.push(Point { block, value: self.total(), bound: self.bound });
    }

    /// What all opportunities were worth.
    pub fn total(&self) -> Usd {
        Usd::from_micros(i128::try_from(self.values.total()).unwrap_or(i128::MAX))
    }

    /// Seconds from the first block to the last one, by their own times.
    pub fn seconds(&self) -> u64 {
        self.blocks.map_or(0, |(first, last)| last.timestamp.saturating_sub(first.timestamp))
    }
}

/// Millionths of a dollar, none of them below zero.
fn positive(usd: Usd) -> u64 {
    u64::try_from(usd.micros().max(0)).unwrap_or(u64::MAX)
}

/// Which part `short` is of `whole`, in millionths.
fn below(short: Usd, whole: Usd) -> u64 {
    let part = short.micros().max(0).saturating_mul(WHOLE).checked_div(whole.micros().max(1));
    part.and_then(|part| u64::try_from(part).ok()).unwrap_or(u64::MAX)
}
