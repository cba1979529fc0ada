//! Recorded blocks decided again by the core that decides live, and what that comes to.
//!
//! Blocks are replayed as they were: what a route of ours would have changed is not in the blocks after it.

mod distribution;
pub mod plot;
mod replay;
mod report;
mod tally;

use std::str::FromStr;

pub use distribution::Distribution;
pub use replay::Replay;
pub use report::{GasRow, Report};
pub use tally::{Point, Tally};

use crate::domain::amount::{format_fixed, parse_fixed};
use crate::domain::snapshot::GasPrice;
use crate::domain::{ChainName, Usd};
use crate::recording::{Block, Header};

/// Decimals of a [`GasMultiple`].
const DECIMALS: u32 = 6;
/// One, in millionths.
const WHOLE: u128 = 1_000_000;

/// How often the recorded gas price is taken, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GasMultiple(u64);

impl GasMultiple {
    /// The gas price as it was.
    pub const ONE: Self = Self(1_000_000);
    /// More is no question of sensitivity.
    const MOST: u64 = 1_000_000_000;

    /// Millionths.
    pub const fn millionths(self) -> u64 {
        self.0
    }

    /// So often `gas`, rounded up. None at all is one wei per gas: zero is what a broken endpoint answers, and refused.
    pub fn of(self, gas: GasPrice) -> GasPrice {
        if self == Self::ONE {
            return gas;
        }
        let times = |wei: u128| wei.saturating_mul(u128::from(self.0)).div_ceil(WHOLE);
        let priority_fee = times(gas.priority_fee);
        let base_fee = times(gas.base_fee).max(u128::from(priority_fee == 0));
        GasPrice { base_fee, priority_fee, l1_fee: times(gas.l1_fee) }
    }
}

impl FromStr for GasMultiple {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let millionths = parse_fixed(text.trim(), DECIMALS).and_then(|units| u64::try_from(units).ok());
        let multiple = millionths.filter(|millionths| *millionths <= Self::MOST).map(Self);
        multiple.ok_or_else(|| {
            format!("`{text}` is no multiple of the gas price: expected such as 0.5, at most 1000")
        })
    }
}

impl std::fmt::Display for GasMultiple {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format_fixed(u128::from(self.0), DECIMALS))
    }
}

/// What to replay, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// First block.
    pub from: Option<u64>,
    /// Last block.
    pub to: Option<u64>,
    /// Gas prices to try, as multiples of the recorded one.
    pub gas: Vec<GasMultiple>,
    /// Least profit after gas, instead of the recorded goal's.
    pub min_profit: Option<Usd>,
    /// Most that one route may begin with, instead of the recorded goal's.
    pub max_loan: Option<Usd>,
}

/// A recording of another chain than those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is a recording of {found}, the ones before it are of {known}; replay one chain at a time")]
pub struct OtherChain {
    /// This one's.
    pub found: ChainName,
    /// The first one's.
    pub known: ChainName,
}

/// One gas price.
struct Lane {
    multiple: GasMultiple,
    replay: Option<Replay>,
    tally: Tally,
}

/// Replays recordings of one chain.
pub struct Backtest {
    settings: Settings,
    header: Option<Header>,
    /// The recorded gas price first.
    lanes: Vec<Lane>,
}

impl Backtest {
    /// Nothing was replayed yet.
    pub fn new(settings: Settings) -> Self {
        let others = settings.gas.iter().copied().filter(|multiple| *multiple != GasMultiple::ONE);
        let lane = |multiple| Lane { multiple, replay: None, tally: Tally::default() };
        let lanes = std::iter::once(GasMultiple::ONE).chain(others).map(lane).collect();
        Self { settings, header: None, lanes }
    }

    /// Goes on with the blocks after `header`.
    ///
    /// # Errors
    /// [`OtherChain`].
    pub fn header(&mut self, header: Header) -> Result<(), OtherChain> {
        if let Some(known) = self.header.as_ref().filter(|known| known.goal.chain != header.goal.chain) {
            return Err(OtherChain { found: header.goal.chain, known: known.goal.chain.clone() });
        }
        // The next file of the same recorder: it remembered what it knew, and so does the replay.
        if self.header.as_ref() != Some(&header) {
            let mut goal = header.goal.clone();
            goal.min_profit = self.settings.min_profit.unwrap_or(goal.min_profit);
            goal.max_loan = self.settings.max_loan.unwrap_or(goal.max_loan);
            for lane in &mut self.lanes {
                lane.replay = Some(Replay::new(goal.clone(), header.pools, lane.multiple));
            }
        }
        self.header = Some(header);
        Ok(())
    }

    /// Decides a block at every gas price. Blocks before a header are not decided.
    pub fn block(&mut self, block: &Block) {
        let number = block.block.number;
        let outside = self.settings.from.is_some_and(|from| number < from)
            || self.settings.to.is_some_and(|to| number > to);
        for lane in &mut self.lanes {
            let Some(replay) = &mut lane.replay else { continue };
            if outside {
                replay.skip(block);
                continue;
            }
            let started = std::time::Instant::now();
            let decision = replay.decide(block);
            let took = started.elapsed();
            lane.tally.add(block, decision.as_ref(), replay, took);
        }
    }

    /// What it came to.
    pub fn report(self) -> Report {
        let chain = self.header.map(|header| header.goal.chain);
        let mut lanes = self.lanes.into_iter().map(|mut lane| {
            lane.tally.close();
            (lane.multiple, lane.tally)
        });
        let recorded = lanes.next().map(|(_, tally)| tally).unwrap_or_default();
        let others: Vec<(GasMultiple, Tally)> = lanes.collect();
        let mut others = others.iter();
        let row = |multiple: &GasMultiple| match *multiple {
            GasMultiple::ONE => Some(GasRow::of(GasMultiple::ONE, &recorded)),
            _ => others.next().map(|(multiple, tally)| GasRow::of(*multiple, tally)),
        };
        let gas = self.settings.gas.iter().filter_map(row).collect();
        Report { chain, recorded, gas }
    }
}
