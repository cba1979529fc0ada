//! Figures, their targets, and the table.

use std::time::Duration;

use serde_json::{Value, json};

/// One figure.
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    /// The most it may be.
    target: Option<f64>,
}

impl Figure {
    fn met(&self) -> Option<bool> {
        self.target.map(|target| self.value <= target)
    }
}

/// All figures in the order they were measured.
#[derive(Default)]
pub struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// A figure nothing was promised about.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.push(Figure { name: name.into(), value, unit, target: None });
    }

    /// A figure that must not exceed `target`.
    pub fn promise(&mut self, name: impl Into<String>, value: f64, unit: &'static str, target: f64) {
        self.push(Figure { name: name.into(), value, unit, target: Some(target) });
    }

    fn push(&mut self, figure: Figure) {
        eprintln!("  {}: {} {}", figure.name, shown(figure.value), figure.unit);
        self.figures.push(figure);
    }

    /// Whether every target is met.
    pub fn met(&self) -> bool {
        self.figures.iter().all(|figure| figure.met() != Some(false))
    }

    /// The table, and all of it as one object where `json` says so; where standard output is `taken` by other
    /// objects, the table goes to standard error.
    pub fn print(&self, json: bool, taken: bool) {
        let say = |line: &str| if taken { eprintln!("{line}") } else { println!("{line}") };
        say(&format!("Machine: {}", machine()));
        say(&format!("{:<58} {:>11} {:<6} {:>8}", "Figure", "Measured", "Unit", "Target"));
        for figure in &self.figures {
            let target = figure.target.map_or_else(String::new, |target| format!("≤ {}", shown(target)));
            let verdict = match figure.met() {
                Some(true) => "met",
                Some(false) => "NOT MET",
                None => "",
            };
            let line = format!(
                "{:<58} {:>11} {:<6} {target:>8} {verdict}",
                figure.name,
                shown(figure.value),
                figure.unit
            );
            say(line.trim_end());
        }
        say(if self.met() { "Every target is met." } else { "Targets are missed." });
        if json && !taken {
            println!("{}", self.json());
        }
    }

    fn json(&self) -> Value {
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|figure| {
                json!({
                    "name": figure.name,
                    "value": figure.value,
                    "unit": figure.unit,
                    "target": figure.target,
                    "met": figure.met(),
                })
            })
            .collect();
        json!({ "machine": machine(), "figures": figures, "met": self.met() })
    }
}

/// The smallest value that `share` of all values do not exceed.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn shown(value: f64) -> String {
    if value == value.round() || value >= 100.0 {
        format!("{value:.0}")
    } else if value < 5e-3 {
        format!("{value:.0e}")
    } else {
        format!("{value:.2}")
    }
}

/// Cores and clock, where the system tells them.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let clock = text.lines().find(|line| line.starts_with("cpu MHz")).and_then(|line| line.split(':').nth(1));
    match clock.and_then(|mhz| mhz.trim().parse::<f64>().ok()) {
        Some(mhz) => format!("{cores} cores, {:.1} GHz", mhz / 1000.0),
        None => format!("{cores} cores"),
    }
}
