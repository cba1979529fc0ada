//! Which part of a V3 pool is read: whole bitmap words, and the initialised ticks within a window.

use alloy::primitives::U256;

use crate::network::pool::tick::{MAX_TICK, MIN_TICK};

/// Usable ticks per bitmap word.
const WORD: i32 = 256;

/// Ticks around a price, and which of them were initialised when they were last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    spacing: i32,
    centre: i32,
    half: i32,
    /// First and last tick that is read.
    pub(super) low: i32,
    pub(super) high: i32,
    /// Initialised ticks in ascending order.
    pub(super) ticks: Vec<i32>,
}

impl Window {
    /// A window around `tick`: 500 ticks (5 %) to each side, or 100 usable ticks where those are
    /// further apart. That is the depth any sensible stablecoin swap stays within, at a cost of a
    /// few hundred storage reads.
    pub(super) fn around(tick: i32, spacing: i32) -> Self {
        let half = spacing.saturating_mul(100).clamp(500, 20_000);
        Self {
            spacing,
            centre: tick,
            half,
            low: tick.saturating_sub(half).max(MIN_TICK),
            high: tick.saturating_add(half).min(MAX_TICK),
            ticks: Vec::new(),
        }
    }

    /// Whether `tick` has come so close to an end that a new window is due.
    pub(super) fn is_left_by(&self, tick: i32) -> bool {
        tick.abs_diff(self.centre) > self.half.unsigned_abs() / 2
    }

    pub(super) fn spacing(&self) -> i32 {
        self.spacing
    }

    /// The bitmap words that cover the window.
    pub(super) fn words(&self) -> impl Iterator<Item = i16> {
        let word = |tick: i32| tick.div_euclid(self.spacing).div_euclid(WORD);
        // |tick| < 2²⁰ and a word is 2⁸ ticks, so a word's number has at most 13 bits.
        (word(self.low)..=word(self.high)).filter_map(|word| i16::try_from(word).ok())
    }

    /// The initialised ticks of one bitmap word that lie within the window, ascending.
    pub(super) fn initialised(&self, word: i16, bits: U256) -> impl Iterator<Item = i32> {
        (0..WORD)
            .filter(move |bit| usize::try_from(*bit).is_ok_and(|bit| bits.bit(bit)))
            .filter_map(move |bit| {
                i32::from(word).checked_mul(WORD)?.checked_add(bit)?.checked_mul(self.spacing)
            })
            .filter(|tick| (self.low..=self.high).contains(tick))
    }
}
