//! The three parts of the plot.

use super::axis::{Axis, Frame, Words, along, mark, micros};
use super::canvas::{Canvas, Spot};
use crate::backtest::{Distribution, GasRow, Tally};
use crate::domain::Usd;

/// Colour of values.
const VALUE: &str = "#0969da";
/// Colour of bounds; they are dashed besides.
const BOUND: &str = "#9a6700";
/// Bars of the spread at most.
const MOST_BARS: usize = 18;
/// Space on either side of a bar, in tenths of pixels.
const GAP: i32 = 15;

/// What there was to be had up to each block, and its bound.
pub(super) fn curve(canvas: &mut Canvas, frame: &Frame, tally: &Tally) {
    let [left, right, top, bottom] = frame.sides();
    let (first, last) = tally.blocks.map_or((0, 1), |(first, last)| (first.number, last.number));
    let most = tally.total().max(tally.bound);
    let (across, upright) = (Axis::between(first.into(), last.into()), Axis::from_zero(most.micros()));
    let words =
        Words { title: "Value of the opportunities so far", below: "block", beside: "US dollars after gas" };
    frame.draw(canvas, &words, &upright, &micros);
    for value in across.values() {
        mark(canvas, (across.place(value, left, right), bottom), &value.to_string());
    }
    if tally.curve.is_empty() {
        return none(canvas, frame);
    }
    let steps = |of: fn(&super::super::Point) -> Usd| {
        let mut spots: Vec<Spot> = vec![(left, bottom)];
        let mut height = bottom;
        for point in &tally.curve {
            let x = across.place(point.block.into(), left, right);
            spots.push((x, height));
            height = upright.place(of(point).micros(), bottom, top);
            spots.push((x, height));
        }
        spots.push((right, height));
        spots
    };
    canvas.line(&steps(|point| point.bound), BOUND, 2, true);
    canvas.line(&steps(|point| point.value), VALUE, 2, false);
    // The legend, where both curves are still low.
    let legend = [
        (VALUE, false, "exact routes, at first sight"),
        (BOUND, true, "certified bound: no routes exceed it"),
    ];
    for (place, (colour, dashed, says)) in (0_i32..).zip(legend) {
        let y = top.saturating_add(140).saturating_add(place.saturating_mul(200));
        let x = left.saturating_add(140);
        canvas.line(&[(x, y), (x.saturating_add(320), y)], colour, 2, dashed);
        canvas.words((x.saturating_add(400), y.saturating_add(40)), "start", 12, "normal", says);
    }
}

/// How many opportunities brought how much.
pub(super) fn spread(canvas: &mut Canvas, frame: &Frame, values: &Distribution) {
    let [left, right, top, bottom] = frame.sides();
    let edges = edges(values.least(), values.most());
    let bars: Vec<(u64, u64, u64)> = edges
        .windows(2)
        .filter_map(|pair| match pair {
            [from, to] => Some((*from, *to, values.between(*from, *to))),
            _ => None,
        })
        .collect();
    let most = bars.iter().map(|(_, _, count)| *count).max().unwrap_or(0);
    let upright = Axis::from_zero(most.into());
    let words = Words {
        title: "Profit per opportunity",
        below: "US dollars after gas, by steps of 1, 2 and 5",
        beside: "opportunities",
    };
    frame.draw(canvas, &words, &upright, &|value| value.to_string());
    if values.count() == 0 {
        return none(canvas, frame);
    }
    // As many names as have room.
    let every = bars.len().div_ceil(5).max(1);
    for (place, edge) in edges.iter().enumerate().step_by(every) {
        mark(canvas, (along(left, right, place, bars.len()), bottom), &micros((*edge).into()));
    }
    for (place, (from, to, count)) in bars.iter().enumerate() {
        let (x, end) =
            (along(left, right, place, bars.len()), along(left, right, place.saturating_add(1), bars.len()));
        let y = upright.place((*count).into(), bottom, top);
        let says = format!("{count} from {} to {}", micros((*from).into()), micros((*to).into()));
        canvas.bar((x.saturating_add(GAP), y), (end.saturating_sub(GAP), bottom), VALUE, &says);
    }
}

/// Edges 1, 2 and 5 of powers of ten around `least..=most`; a last bar takes what is below the others.
fn edges(least: u64, most: u64) -> Vec<u64> {
    let powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(10));
    let all: Vec<u64> = powers.flat_map(|power| [1, 2, 5].map(|times| power.saturating_mul(times))).collect();
    let begin = all.iter().rposition(|edge| *edge <= least);
    let end = all.iter().position(|edge| *edge > most).unwrap_or(all.len().saturating_sub(1));
    let begin_at = begin.unwrap_or(0).max(end.saturating_sub(MOST_BARS));
    let mut edges: Vec<u64> = all.get(begin_at..=end).unwrap_or_default().to_vec();
    if begin.is_none_or(|begin| begin < begin_at) {
        edges.insert(0, 0);
    }
    edges
}

/// What gas makes of it.
pub(super) fn gas(canvas: &mut Canvas, frame: &Frame, rows: &[GasRow]) {
    let [left, right, top, bottom] = frame.sides();
    let most = rows.iter().map(|row| row.value.max(row.bound).micros()).max().unwrap_or(0);
    let upright = Axis::from_zero(most);
    let words = Words {
        title: "Sensitivity to gas",
        below: "times the recorded gas price",
        beside: "US dollars after gas",
    };
    frame.draw(canvas, &words, &upright, &micros);
    if rows.is_empty() {
        return none(canvas, frame);
    }
    for (place, row) in rows.iter().enumerate() {
        let (from, to) =
            (along(left, right, place, rows.len()), along(left, right, place.saturating_add(1), rows.len()));
        let quarter = to.saturating_sub(from) / 4;
        let (x, end) = (from.saturating_add(quarter), to.saturating_sub(quarter));
        let y = upright.place(row.value.micros(), bottom, top);
        let says = format!("{} opportunities worth {}", row.opportunities, micros(row.value.micros()));
        canvas.bar((x, y), (end, bottom), VALUE, &says);
        let over = upright.place(row.bound.micros(), bottom, top);
        canvas.line(&[(from.saturating_add(GAP), over), (to.saturating_sub(GAP), over)], BOUND, 2, true);
        let middle = from.saturating_add(to) / 2;
        mark(canvas, (middle, bottom), &format!("{}×", row.multiple));
        let head = y.min(over).saturating_sub(50);
        canvas.words((middle, head), "middle", 11, "normal", &micros(row.value.micros()));
    }
}

/// That there is nothing to show.
fn none(canvas: &mut Canvas, frame: &Frame) {
    let middle = (frame.left.saturating_add(frame.right) / 2, frame.top.saturating_add(frame.bottom) / 2);
    canvas.text(middle, "middle", 13, "normal", "no opportunity in these blocks");
}
