//! Haircuts: what is taken off a venue's quotes because its last swaps gave less than was quoted.

use std::collections::BTreeMap;

use tokio::sync::Mutex;

use crate::domain::{SwapStep, Venue};
use crate::journal::{Journal, JournalError};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::ratio;

/// How many of a venue's last swaps its haircut is the mean of.
const REMEMBERED: usize = 20;
/// How many swaps are looked through for them.
const PAGE: u32 = 200;
/// The most a haircut may be, in millionths: beyond that the venue is to be looked into, not priced in.
const MAX_HAIRCUT_PPM: u32 = 5_000;
/// One, in millionths.
const WHOLE: u128 = 1_000_000;

/// The haircuts of all venues, read again only when another swap was booked.
pub struct Haircuts {
    known: Mutex<Known>,
    metrics: Metrics,
}

#[derive(Default)]
struct Known {
    newest: Option<i64>,
    haircuts: BTreeMap<Venue, u32>,
}

impl Haircuts {
    /// Nothing read yet.
    pub fn new(metrics: Metrics) -> Self {
        Self { known: Mutex::default(), metrics }
    }

    /// What is taken off now, in millionths. Without a journal nothing ever was swapped.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn now(&self, journal: Option<&Journal>) -> Result<BTreeMap<Venue, u32>, JournalError> {
        let Some(journal) = journal else { return Ok(BTreeMap::new()) };
        let mut known = self.known.lock().await;
        let newest = journal.newest_swap().await?;
        if newest != known.newest {
            *known = Known { newest, haircuts: haircuts(journal).await? };
            for (venue, ppm) in &known.haircuts {
                let gauge = self.metrics.quote_haircut.with_label_values(&[&venue.to_string()]);
                gauge.set(ratio(i64::from(*ppm)));
            }
        }
        Ok(known.haircuts.clone())
    }
}

/// By how much each venue's last swaps gave less than it quoted, on the mean, in millionths, rounded up:
/// never negative, and at most [`MAX_HAIRCUT_PPM`]. Venues of which nothing is known are left out.
///
/// # Errors
/// When the journal cannot be read.
pub async fn haircuts(journal: &Journal) -> Result<BTreeMap<Venue, u32>, JournalError> {
    let mut apart: BTreeMap<Venue, Vec<i64>> = BTreeMap::new();
    for (step, got) in journal.swaps_realised(PAGE).await? {
        let known = apart.entry(step.venue).or_default();
        if known.len() < REMEMBERED {
            known.extend(shortfall_ppm(&step, got));
        }
    }
    Ok(apart.into_iter().map(|(venue, known)| (venue, mean_haircut(&known))).collect())
}

/// The mean of shortfalls in millionths as a haircut. Swaps that gave more than was quoted count against
/// those that gave less; a venue never gets a bonus.
pub fn mean_haircut(shortfalls: &[i64]) -> u32 {
    let sum = shortfalls.iter().fold(0_i64, |sum, one| sum.saturating_add(*one));
    let count = u64::try_from(shortfalls.len()).unwrap_or(u64::MAX);
    let mean = u64::try_from(sum).unwrap_or(0).checked_add(count.saturating_sub(1));
    let mean = mean.and_then(|sum| sum.checked_div(count)).unwrap_or(0);
    u32::try_from(mean).unwrap_or(u32::MAX).min(MAX_HAIRCUT_PPM)
}

/// How far `got` is below what the venue itself quoted for `step`, in millionths of it; negative when it is
/// above. The haircut that was taken off the quote then is put back on.
fn shortfall_ppm(step: &SwapStep, got: u128) -> Option<i64> {
    let keeps = WHOLE.checked_sub(u128::from(step.haircut_ppm))?;
    let quoted = step.quoted_out.units().checked_mul(WHOLE)?.checked_div(keeps)?;
    let apart = quoted.abs_diff(got).checked_mul(WHOLE)?.checked_div(quoted)?;
    let apart = i64::try_from(apart).ok()?;
    Some(if got < quoted { apart } else { 0_i64.saturating_sub(apart) })
}
