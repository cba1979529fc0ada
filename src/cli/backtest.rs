//! `purser backtest`: recorded blocks decided again; needs no configuration, network or wallet.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::backtest::{Backtest, Distribution, GasMultiple, Report, Settings, plot};
use crate::cli::context::{usd_json, usd_text};
use crate::cli::{CliError, ExitCode, Output};
use crate::domain::Usd;
use crate::domain::amount::format_fixed;
use crate::recording::{Entry, Reader};

/// Arguments of `backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// Recordings of one chain, the oldest first: plain or compressed with gzip.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// First block to decide.
    #[arg(long, value_name = "BLOCK")]
    pub from: Option<u64>,
    /// Last block to decide.
    #[arg(long, value_name = "BLOCK")]
    pub to: Option<u64>,
    /// Gas prices to try, as multiples of the recorded one.
    #[arg(long, value_name = "MULTIPLES", value_delimiter = ',', default_value = "0,0.5,1,2,5")]
    pub gas: Vec<GasMultiple>,
    /// Least profit after gas, instead of the recorded setting.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub min_profit_usd: Option<Usd>,
    /// Most that one route may begin with, instead of the recorded setting.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub max_loan_usd: Option<Usd>,
    /// Also draw it, as SVG.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
}

fn dollars(text: &str) -> Result<Usd, String> {
    let usd = Usd::parse(text).filter(|usd| *usd >= Usd::ZERO);
    usd.ok_or_else(|| format!("`{text}` is no amount of dollars: expected such as 12.5"))
}

/// Replays the files. Where nothing could be decided it ends with [`ExitCode::Findings`].
pub fn run(arguments: &BacktestArgs, output: Output) -> Result<ExitCode, CliError> {
    let mut backtest = Backtest::new(Settings {
        from: arguments.from,
        to: arguments.to,
        gas: arguments.gas.clone(),
        min_profit: arguments.min_profit_usd,
        max_loan: arguments.max_loan_usd,
    });
    let mut cut: Vec<&Path> = Vec::new();
    for path in &arguments.files {
        if replay(&mut backtest, path)? {
            cut.push(path);
        }
    }
    let report = backtest.report();
    if let Some(path) = &arguments.plot {
        std::fs::write(path, plot::svg(&report))
            .map_err(|error| CliError::File { path: path.clone(), error })?;
    }
    output.result(&text(&report, &cut), &document(&report, &cut))?;
    let tally = &report.recorded;
    let decided = tally.nothing.saturating_add(tally.planned);
    Ok(if decided == 0 { ExitCode::Findings } else { ExitCode::Success })
}

/// Replays one file; answers whether it is cut off.
fn replay(backtest: &mut Backtest, path: &Path) -> Result<bool, CliError> {
    let mut reader = Reader::open(path).map_err(|error| CliError::File { path: path.to_owned(), error })?;
    let refused = |reason: String| CliError::Recording { path: path.to_owned(), reason };
    for entry in &mut reader {
        match entry.map_err(|error| refused(error.to_string()))? {
            Entry::Header(header) => {
                backtest.header(*header).map_err(|error| refused(error.to_string()))?;
            }
            Entry::Block(block) => backtest.block(&block),
        }
    }
    Ok(reader.is_cut())
}

/// A part in millionths as a percentage.
fn percent(ppm: u64) -> String {
    format!("{} %", format_fixed(ppm.into(), 4))
}

fn usd(micros: u64) -> Usd {
    Usd::from_micros(micros.into())
}

const MEDIAN: u32 = 500_000;
const P90: u32 = 900_000;
const P99: u32 = 990_000;

fn text(report: &Report, cut: &[&Path]) -> String {
    let tally = &report.recorded;
    let mut out = String::new();
    let chain = report.chain.as_ref().map_or("no chain", |chain| chain.as_str());
    let _ = match tally.blocks {
        Some((first, last)) => writeln!(
            out,
            "{chain}: {} blocks from {} to {}, {} seconds",
            tally.count,
            first.number,
            last.number,
            tally.seconds()
        ),
        None => writeln!(out, "{chain}: no block to decide"),
    };
    for path in cut {
        let _ = writeln!(out, "{} ends within a line, which is left out", path.display());
    }
    let _ = writeln!(
        out,
        "decisions      {} planned, {} nothing, {} refused, {} held",
        tally.planned, tally.nothing, tally.refused, tally.held
    );
    for (reason, count) in &tally.reasons {
        let _ = writeln!(out, "  refused {count} times: {reason}");
    }
    let (values, of) =
        (&tally.values, |distribution: &Distribution, ppm| usd_text(usd(distribution.quantile(ppm))));
    let _ = writeln!(out, "opportunities  {}", values.count());
    let _ = writeln!(
        out,
        "value          {} in all, median {}, most {}",
        usd_text(tally.total()),
        of(values, MEDIAN),
        usd_text(usd(values.most()))
    );
    let _ = writeln!(out, "bound          {} in all", usd_text(tally.bound));
    let _ = writeln!(
        out,
        "lasted         median {} blocks, most {}",
        tally.lasted.quantile(MEDIAN),
        tally.lasted.most()
    );
    let [median, p90, p99] = [MEDIAN, P90, P99].map(|ppm| percent(tally.gaps.quantile(ppm)));
    let _ = writeln!(
        out,
        "gap            median {median}, p90 {p90}, p99 {p99}, most {}",
        percent(tally.gaps.most())
    );
    let _ = writeln!(
        out,
        "integer loss   median {}, most {}",
        of(&tally.losses, MEDIAN),
        usd_text(usd(tally.losses.most()))
    );
    let _ = writeln!(
        out,
        "decision time  p50 {} ms, p99 {} ms",
        format_fixed(tally.times.quantile(MEDIAN).into(), 3),
        format_fixed(tally.times.quantile(P99).into(), 3)
    );
    let _ = writeln!(out, "\n{:>10} {:>14} {:>16} {:>16}", "gas price", "opportunities", "value", "bound");
    for row in &report.gas {
        let _ = writeln!(
            out,
            "{:>10} {:>14} {:>16} {:>16}",
            format!("{}×", row.multiple),
            row.opportunities,
            usd_text(row.value),
            usd_text(row.bound)
        );
    }
    let _ = writeln!(
        out,
        "\nBlocks are replayed as they were: what our own routes would have changed is not in them."
    );
    out
}

fn document(report: &Report, cut: &[&Path]) -> Value {
    let tally = &report.recorded;
    let dollars = |distribution: &Distribution| {
        json!({
            "total": usd_json(Usd::from_micros(i128::try_from(distribution.total()).unwrap_or(i128::MAX))),
            "median": usd_json(usd(distribution.quantile(MEDIAN))),
            "max": usd_json(usd(distribution.most())),
        })
    };
    let spread = |distribution: &Distribution| {
        json!({
            "p50": distribution.quantile(MEDIAN),
            "p90": distribution.quantile(P90),
            "p99": distribution.quantile(P99),
            "max": distribution.most(),
        })
    };
    let gas = report.gas.iter().map(|row| {
        json!({
            "multiple": row.multiple.to_string().parse::<serde_json::Number>().ok(),
            "opportunities": row.opportunities,
            "value_usd": usd_json(row.value),
            "bound_usd": usd_json(row.bound),
        })
    });
    json!({
        "chain": report.chain.as_ref().map(|chain| chain.as_str()),
        "blocks": tally.count,
        "first_block": tally.blocks.map(|(first, _)| first.number),
        "last_block": tally.blocks.map(|(_, last)| last.number),
        "seconds": tally.seconds(),
        "cut_files": cut.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "decisions": {
            "planned": tally.planned,
            "nothing": tally.nothing,
            "refused": tally.refused,
            "held": tally.held,
        },
        "refusals": tally.reasons,
        "opportunities": tally.values.count(),
        "value_usd": dollars(&tally.values),
        "bound_usd": usd_json(tally.bound),
        "lasted_blocks": spread(&tally.lasted),
        "gap_ppm": spread(&tally.gaps),
        "integer_loss_usd": dollars(&tally.losses),
        "decision_us": spread(&tally.times),
        "gas": gas.collect::<Vec<_>>(),
    })
}
