//! Where values are on the page, and the round values that axes name. All in integers.

use super::canvas::{Canvas, Spot};
use crate::domain::Usd;
use crate::domain::amount::format_fixed;

/// Colour of axes and of the lines across.
const AXIS: &str = "#57606a";
const GRID: &str = "#d8dee4";
/// Values an axis names at most, beyond its first.
const NAMED: i128 = 5;
/// Tenths of a pixel.
const TENTHS: i32 = 10;

/// Where a panel is, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) top: i32,
    pub(super) bottom: i32,
}

impl Frame {
    /// Its sides in tenths of pixels: left, right, top, bottom.
    pub(super) fn sides(&self) -> [i32; 4] {
        [self.left, self.right, self.top, self.bottom].map(|side| side.saturating_mul(TENTHS))
    }

    /// Title, both axes, what they measure, and a line across for every value that is named.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        words: &Words<'_>,
        upright: &Axis,
        name: &dyn Fn(i128) -> String,
    ) {
        let [left, right, top, bottom] = self.sides();
        let above = self.top.saturating_sub(12);
        canvas.text((self.left, above), "start", 14, "bold", words.title);
        for value in upright.values() {
            let y = upright.place(value, bottom, top);
            canvas.line(&[(left, y), (right, y)], GRID, 1, false);
            let spot = (left.saturating_sub(80), y.saturating_add(40));
            canvas.words(spot, "end", 12, "normal", &name(value));
        }
        canvas.line(&[(left, top), (left, bottom), (right, bottom)], AXIS, 1, false);
        let middle = left.saturating_add(right) / 2;
        canvas.words((middle, bottom.saturating_add(420)), "middle", 12, "normal", words.below);
        canvas.words((right, top.saturating_sub(120)), "end", 12, "normal", words.beside);
    }
}

/// What a panel says.
pub(super) struct Words<'a> {
    /// What it shows.
    pub(super) title: &'a str,
    /// What its axis from left to right measures.
    pub(super) below: &'a str,
    /// What its upright axis measures.
    pub(super) beside: &'a str,
}

/// The values along one side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    first: i128,
    last: i128,
    step: i128,
}

impl Axis {
    /// From zero to at least `most`, ending at a round value.
    pub(super) fn from_zero(most: i128) -> Self {
        let most = most.max(1);
        let step = round_step(most);
        Self {
            first: 0,
            last: most
                .div_euclid(step)
                .saturating_add(i128::from(most.rem_euclid(step) > 0))
                .saturating_mul(step),
            step,
        }
    }

    /// From `first` to `last` exactly.
    pub(super) fn between(first: i128, last: i128) -> Self {
        let last = last.max(first.saturating_add(1));
        Self { first, last, step: round_step(last.saturating_sub(first)) }
    }

    /// The round values on it.
    pub(super) fn values(&self) -> impl Iterator<Item = i128> {
        let rest = self.first.rem_euclid(self.step);
        let begin =
            if rest == 0 { self.first } else { self.first.saturating_sub(rest).saturating_add(self.step) };
        let (last, step) = (self.last, self.step);
        std::iter::successors(Some(begin), move |value| value.checked_add(step))
            .take_while(move |value| *value <= last)
    }

    /// Where `value` is between the places `from` and `to` of the axis' ends.
    pub(super) fn place(&self, value: i128, from: i32, to: i32) -> i32 {
        let length = self.last.saturating_sub(self.first).max(1);
        let along = value.saturating_sub(self.first).clamp(0, length);
        let moved = along.saturating_mul(i128::from(to.saturating_sub(from))).div_euclid(length);
        from.saturating_add(i32::try_from(moved).unwrap_or(0))
    }
}

/// 1, 2 or 5 of a power of ten, so that few fit into `length`.
fn round_step(length: i128) -> i128 {
    let mut power = 1_i128;
    loop {
        for times in [1, 2, 5] {
            let step = power.saturating_mul(times);
            if step.saturating_mul(NAMED) >= length {
                return step;
            }
        }
        power = match power.checked_mul(10) {
            Some(power) => power,
            None => return length,
        };
    }
}

/// Dollars, short.
pub(super) fn dollars(usd: Usd) -> String {
    micros(usd.micros())
}

/// Millionths of a dollar as dollars, short: at most four digits of those that matter.
pub(super) fn micros(micros: i128) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let size = micros.unsigned_abs();
    let (decimals, unit) = match size {
        0..10_000_000_000 => (6, ""),
        10_000_000_000..10_000_000_000_000 => (9, "k"),
        _ => (12, "M"),
    };
    // Four digits, whatever their size.
    let mut coarse = 1_u128;
    while size.checked_div(coarse).is_some_and(|digits| digits >= 10_000) {
        coarse = coarse.saturating_mul(10);
    }
    let short = size.checked_div(coarse).unwrap_or(0).saturating_mul(coarse);
    format!("{sign}${}{unit}", format_fixed(short, decimals))
}

/// A spot between two others, `part` of `parts` along, on the same height.
pub(super) fn along(from: i32, to: i32, part: usize, parts: usize) -> i32 {
    let part = i128::try_from(part).unwrap_or(0);
    let parts = i128::try_from(parts).unwrap_or(1);
    Axis { first: 0, last: parts.max(1), step: 1 }.place(part, from, to)
}

/// A mark below the axis with its name.
pub(super) fn mark(canvas: &mut Canvas, (x, bottom): Spot, name: &str) {
    canvas.line(&[(x, bottom), (x, bottom.saturating_add(50))], AXIS, 1, false);
    canvas.words((x, bottom.saturating_add(200)), "middle", 12, "normal", name);
}
