//! Shapes and words as elements of SVG. Coordinates are tenths of pixels where they are computed, pixels where they
//! are fixed.

use std::fmt::Write as _;

/// Colour of words and axes.
const INK: &str = "#24292f";
/// Tenths of a pixel.
const TENTHS: i32 = 10;

/// A place in tenths of pixels.
pub(super) type Spot = (i32, i32);

/// What was drawn so far.
#[derive(Default)]
pub(super) struct Canvas {
    body: String,
}

impl Canvas {
    pub(super) fn body(&self) -> &str {
        &self.body
    }

    /// Words at a place in pixels; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, at: (i32, i32), anchor: &str, size: i32, weight: &str, words: &str) {
        self.words((at.0.saturating_mul(TENTHS), at.1.saturating_mul(TENTHS)), anchor, size, weight, words);
    }

    /// Words at a computed place.
    pub(super) fn words(&mut self, at: Spot, anchor: &str, size: i32, weight: &str, words: &str) {
        let (x, y) = (pixels(at.0), pixels(at.1));
        let words = escaped(words);
        let _ = writeln!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"{size}\" font-weight=\"{weight}\" \
             fill=\"{INK}\" stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\">{words}</text>"
        );
    }

    /// A line through `spots`, dashed or not.
    pub(super) fn line(&mut self, spots: &[Spot], colour: &str, width: i32, dashed: bool) {
        let mut points = String::new();
        for (x, y) in spots {
            let _ = write!(points, "{},{} ", pixels(*x), pixels(*y));
        }
        let dash = if dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let _ = writeln!(
            self.body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash}/>",
            points.trim_end()
        );
    }

    /// A rectangle from one corner to the opposite one; `says` is what pointing at it shows.
    pub(super) fn bar(&mut self, from: Spot, to: Spot, colour: &str, says: &str) {
        let width = pixels(to.0.saturating_sub(from.0).max(0));
        let height = pixels(to.1.saturating_sub(from.1).max(0));
        let (x, y, says) = (pixels(from.0), pixels(from.1), escaped(says));
        let _ = writeln!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\">\
             <title>{says}</title></rect>"
        );
    }
}

/// Tenths of a pixel as pixels.
fn pixels(tenths: i32) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    format!("{sign}{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))
}

/// Words as XML has them.
pub(super) fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write them.
            other if other.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
