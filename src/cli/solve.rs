//! `purser solve`: the best circulation through the pools of a file, with its certificate.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use crate::cli::{CliError, ExitCode, Output};
use crate::solve::arbitrage::{Instance, Market, Solver, Status};

/// Arguments of `solve`.
#[derive(Debug, Args)]
pub struct SolveArgs {
    /// The instance: JSON, plain or compressed with gzip.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Solves it. Without a proof it ends with [`ExitCode::Findings`].
pub fn run(arguments: &SolveArgs, output: Output) -> Result<ExitCode, CliError> {
    let path = &arguments.file;
    let bytes = std::fs::read(path).map_err(|error| CliError::File { path: path.clone(), error })?;
    let refused = |reason: String| CliError::Instance { path: path.clone(), reason };
    let instance = Instance::read(&bytes).map_err(|error| refused(error.to_string()))?;
    let market =
        Market::new(&instance.values, &instance.pools).map_err(|error| refused(error.to_string()))?;
    let started = Instant::now();
    let answer = Solver::new(&market).solve(&market);
    let took = started.elapsed();
    let (tokens, pools) = (market.tokens(), market.pools());
    let text = format!(
        "{pools} pools of {tokens} tokens\n\
         objective      {}\nbound          {}\ngap            {:.1e}\ninfeasibility  {:.1e}\n\
         status         {}\niterations     {} of Newton's method, {} interior\ntime           {took:.1?}",
        answer.objective,
        answer.bound,
        answer.gap,
        answer.infeasibility,
        answer.status.as_str(),
        answer.newton_steps,
        answer.interior_steps,
    );
    let document = json!({
        "pools": pools,
        "tokens": tokens,
        "objective": answer.objective,
        "bound": answer.bound,
        "gap": answer.gap,
        "infeasibility": answer.infeasibility,
        "status": answer.status.as_str(),
        "iterations": { "newton": answer.newton_steps, "interior": answer.interior_steps },
        "time_us": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    });
    output.result(&text, &document)?;
    Ok(match answer.status {
        Status::Solved => ExitCode::Success,
        Status::Inexact => ExitCode::Findings,
    })
}
