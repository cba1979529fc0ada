//! `purser solve`: the best circulation through the pools of a file, or what an amount brings through all of them at
//! once, with its certificate.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use crate::cli::{CliError, ExitCode, Output};
use crate::solve::arbitrage::{Instance, Market, MarketError, Quote, Quoter, Sale, Solver, Status};

/// Arguments of `solve`.
#[derive(Debug, Args)]
pub struct SolveArgs {
    /// The instance: JSON, plain or compressed with gzip.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Instead of the best circulation: what this many base units of a token bring, as TOKEN=AMOUNT.
    #[arg(long, value_name = "TOKEN=AMOUNT", requires = "buy")]
    pub sell: Option<Sale>,
    /// The token that is bought, by index.
    #[arg(long = "for", value_name = "TOKEN", requires = "sell")]
    pub buy: Option<usize>,
}

/// Solves it. Without a proof it ends with [`ExitCode::Findings`].
pub fn run(arguments: &SolveArgs, output: Output) -> Result<ExitCode, CliError> {
    let path = &arguments.file;
    let bytes = std::fs::read(path).map_err(|error| CliError::File { path: path.clone(), error })?;
    let refused = |reason: String| CliError::Instance { path: path.clone(), reason };
    let instance = Instance::read(&bytes).map_err(|error| refused(error.to_string()))?;
    if let (Some(sale), Some(bought)) = (arguments.sell, arguments.buy) {
        return quote(&instance, sale, bought, output).map_err(refused)?;
    }
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
    Ok(ended(answer.status))
}

/// What an amount brings. The outer error is about the file or the tokens.
fn quote(
    instance: &Instance,
    Sale { token: sold, amount }: Sale,
    bought: usize,
    output: Output,
) -> Result<Result<ExitCode, CliError>, String> {
    let refused = |error: MarketError| error.to_string();
    let mut quoter = Quoter::new(&instance.values, &instance.pools, sold, bought).map_err(refused)?;
    let started = Instant::now();
    let quote = quoter.quote(amount).map_err(refused)?;
    let took = started.elapsed();
    let Quote { out, bound, sold: went, answer } = quote;
    let text = format!(
        "{went} of token {sold} bring\nout            {out} of token {bought}\nbound          {bound}\n\
         status         {}\niterations     {} of Newton's method, {} interior\ntime           {took:.1?}",
        answer.status.as_str(),
        answer.newton_steps,
        answer.interior_steps,
    );
    let document = json!({
        "sold": went,
        "out": out,
        "bound": bound,
        "gap": answer.gap,
        "infeasibility": answer.infeasibility,
        "status": answer.status.as_str(),
        "iterations": { "newton": answer.newton_steps, "interior": answer.interior_steps },
        "time_us": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    });
    Ok(output.result(&text, &document).map(|()| ended(answer.status)))
}

const fn ended(status: Status) -> ExitCode {
    match status {
        Status::Solved => ExitCode::Success,
        Status::Inexact => ExitCode::Findings,
    }
}
