//! The plot of a backtest as one SVG file: what there was to be had, how it was spread, what gas makes of it.

mod axis;
mod canvas;
mod panels;

use std::fmt::Write as _;

use self::axis::Frame;
use self::canvas::Canvas;
use super::Report;

/// Width and height, in pixels.
const SIZE: (i32, i32) = (960, 680);
/// Where the curve is.
const CURVE: Frame = Frame { left: 92, right: 928, top: 104, bottom: 326 };
/// Where the spread of profits is.
const SPREAD: Frame = Frame { left: 92, right: 476, top: 430, bottom: 604 };
/// Where the sensitivity to gas is.
const GAS: Frame = Frame { left: 572, right: 928, top: 430, bottom: 604 };

/// The plot. It needs no script, no font and no other file, and is legible without colours.
pub fn svg(report: &Report) -> String {
    let mut canvas = Canvas::default();
    let tally = &report.recorded;
    let chain = report.chain.as_ref().map_or("no chain", |chain| chain.as_str());
    let title = format!("Backtest of arbitrage on {chain}");
    let about = match tally.blocks {
        Some((first, last)) => format!(
            "{} blocks from {} to {}, {} opportunities worth {} after gas; no routes were worth more than {}",
            tally.count,
            first.number,
            last.number,
            tally.values.count(),
            axis::dollars(tally.total()),
            axis::dollars(tally.bound),
        ),
        None => "no block was replayed".to_owned(),
    };
    canvas.text((24, 36), "start", 20, "bold", &title);
    canvas.text((24, 58), "start", 13, "normal", &about);
    panels::curve(&mut canvas, &CURVE, tally);
    panels::spread(&mut canvas, &SPREAD, &tally.values);
    panels::gas(&mut canvas, &GAS, &report.gas);
    let (width, height) = SIZE;
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title about\" \
         font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n<title id=\"title\">{}</title>\n\
         <desc id=\"about\">{}</desc>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}</svg>\n",
        canvas::escaped(&title),
        canvas::escaped(&about),
        canvas.body(),
    );
    out
}
