//! `purser operations list | show | resolve`.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::act::Resolution;
use crate::cli::block::block_on;
use crate::cli::context::{self, usd_json, usd_text};
use crate::cli::{CliError, ExitCode, Global, Output};
use crate::domain::{Operation, OperationId, OperationState, Step, TradeRole};
use crate::journal::{Attempt, Journal, OperationFilter, TimelineEntry};
use crate::telemetry::clock;

/// The subcommands of `operations`.
#[derive(Debug, Subcommand)]
pub enum OperationsCommand {
    /// List operations, newest first.
    List(ListArgs),
    /// Show one operation: its timeline and its transactions.
    Show(ShowArgs),
    /// Decide about an operation that needs an operator.
    Resolve(ResolveArgs),
}

/// Arguments of `operations list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only operations that have not ended.
    #[arg(long)]
    pub open: bool,
    /// At most this many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}

/// Arguments of `operations show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The operation's id.
    pub id: Uuid,
}

/// Arguments of `operations resolve`.
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// The operation's id.
    pub id: Uuid,
    /// What to do with it.
    #[arg(value_enum)]
    pub decision: Decided,
    /// Why you are sure; kept in the operation's timeline.
    #[arg(long)]
    pub reason: String,
}

/// What an operator decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decided {
    /// Take it up again from what the journal and the chains prove.
    Retry,
    /// Give it up; refused while a transaction may still be mined, or after value moved.
    Failed,
}

/// Runs a subcommand.
pub fn run(command: &OperationsCommand, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    let path = house.journal_path();
    block_on(async {
        match command {
            OperationsCommand::List(arguments) => {
                let Some(journal) = context::journal_if_any(&house).await? else {
                    return output
                        .result("no operations: the daemon has not run yet", &json!({ "operations": [] }));
                };
                list(&journal, arguments, output).await
            }
            OperationsCommand::Show(arguments) => {
                let journal = Journal::open_read_only(&path).await?;
                show(&journal, &arguments.id, output).await
            }
            OperationsCommand::Resolve(arguments) => {
                let journal = Journal::open_beside(&path).await?;
                let resolved = resolve(&journal, arguments, output).await;
                journal.close().await;
                resolved
            }
        }
    })?;
    Ok(ExitCode::Success)
}

async fn list(journal: &Journal, arguments: &ListArgs, output: Output) -> Result<(), CliError> {
    let found = if arguments.open {
        journal.open_operations().await?
    } else {
        journal.operations(&OperationFilter { limit: arguments.limit, ..OperationFilter::default() }).await?
    };
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let found: Vec<Operation> = found.into_iter().take(limit).collect();
    let mut text =
        format!("{:<36}  {:<15} {:<32} {:>10} {:>10}", "id", "state", "route", "quoted", "realised");
    for operation in &found {
        text.push_str(&format!(
            "\n{:<36}  {:<15} {:<32} {:>10} {:>10}",
            operation.id,
            operation.state,
            operation.step.route(),
            usd_text(operation.quoted_cost),
            operation.realised_cost.map_or_else(|| "–".to_owned(), usd_text),
        ));
        if let Some(reason) = &operation.reason {
            text.push_str(&format!("\n{:<38}{reason}", ""));
        }
    }
    if found.is_empty() {
        text = "no operations".to_owned();
    }
    let operations: Vec<Value> = found.iter().map(summary).collect();
    output.result(&text, &json!({ "operations": operations }))
}

async fn show(journal: &Journal, id: &Uuid, output: Output) -> Result<(), CliError> {
    let operation = find(journal, id).await?;
    let timeline = journal.timeline(&operation.id).await?;
    let attempts = journal.attempts(&operation.id).await?;
    let profit = profit(journal, &operation).await?;
    let exchange = exchange(journal, &operation).await?;
    let mut text = format!(
        "{}  {}\n{}  {}\nquoted {}, realised {}{}\n\ntimeline",
        operation.id,
        operation.state,
        operation.step.route(),
        operation.step.spends(),
        usd_text(operation.quoted_cost),
        operation.realised_cost.map_or_else(|| "not known yet".to_owned(), usd_text),
        profit.as_ref().or(exchange.as_ref()).map_or_else(String::new, |(text, _)| text.clone()),
    );
    for entry in &timeline {
        let reason = entry.reason.as_deref().unwrap_or("");
        text.push_str(&format!(
            "\n  {}  {:<15} {:<8} {reason}",
            entry.at,
            entry.to.as_str(),
            entry.leg.as_str()
        ));
    }
    text.push_str("\n\ntransactions");
    for attempt in &attempts {
        text.push_str(&format!(
            "\n  {:<8} {:<10} nonce {:<6} {:<10} {}",
            attempt.leg.as_str(),
            attempt.chain,
            attempt.nonce,
            attempt.state.as_str(),
            attempt.hash
        ));
    }
    let document = json!({
        "operation": summary(&operation),
        "timeline": timeline.iter().map(moved).collect::<Vec<_>>(),
        "attempts": attempts.iter().map(attempted).collect::<Vec<_>>(),
        "arbitrage": profit.map_or(Value::Null, |(_, document)| document),
        "swap": exchange.map_or(Value::Null, |(_, document)| document),
    });
    output.result(&text, &document)
}

/// What a swap was to bring and what it brought, and its part in arbitrage between chains, for people and for programs;
/// `None` for other operations.
async fn exchange(journal: &Journal, operation: &Operation) -> Result<Option<(String, Value)>, CliError> {
    let Step::Swap(step) = &operation.step else { return Ok(None) };
    let received = journal.swapped_out(&operation.id).await?;
    let got =
        received.map_or_else(|| "nothing".to_owned(), |units| step.quoted_out.with_units(units).to_string());
    let mut text = format!(
        "\n\nswap at {}\n  {} for {} quoted, {got} received, at least {} demanded",
        step.pool, step.amount_in, step.quoted_out, step.min_out
    );
    match &step.trade {
        Some(TradeRole::Leg { after }) if after.is_empty() => {
            text.push_str("\n  a leg of arbitrage between chains, which goes first");
        }
        Some(TradeRole::Leg { after }) => {
            let first = journal.operations_of(&operation.plan).await?;
            let of =
                |index: &u32| first.get(usize::try_from(*index).ok()?).map(|leader| leader.id.to_string());
            let leaders: Vec<String> = after.iter().filter_map(of).collect();
            text.push_str(&format!(
                "\n  a leg of arbitrage between chains, paid for by {}",
                leaders.join(", ")
            ));
        }
        Some(TradeRole::Unwind { of }) => text.push_str(&format!("\n  closes what plan {of} left open")),
        None => {}
    }
    let document = json!({
        "pool": step.pool.to_string(),
        "amount_in": step.amount_in.to_string(),
        "quoted_out": step.quoted_out.to_string(),
        "sold_units": step.amount_in.units().to_string(),
        "planned_units": step.quoted_out.units().to_string(),
        "least_units": step.min_out.units().to_string(),
        "realised_units": received.map(|units| units.to_string()),
        "trade": step.trade,
    });
    Ok(Some((text, document)))
}

/// What a route was to leave and what it left, with its way, for people and for programs; `None` for other
/// operations.
async fn profit(journal: &Journal, operation: &Operation) -> Result<Option<(String, Value)>, CliError> {
    let Step::Route(step) = &operation.step else { return Ok(None) };
    let moved = journal.route_moved(&operation.id).await?;
    let realised = moved.get(step.loan.asset()).and_then(|(out, back)| back.checked_sub(*out));
    let left = realised.map_or_else(|| "nothing".to_owned(), |units| step.loan.with_units(units).to_string());
    let mut text = format!(
        "\n\nroute of block {}\n  {} lent by the {}\n  {} planned, {left} left, at least {} demanded",
        step.block, step.loan, step.funding, step.profit, step.min_profit
    );
    for leg in &step.legs {
        text.push_str(&format!("\n  {} → {} at {}", leg.amount_in, leg.quoted_out, leg.pool));
    }
    let legs = step.legs.iter().map(|leg| {
        json!({
            "pool": leg.pool.to_string(),
            "amount_in": leg.amount_in.to_string(),
            "quoted_out": leg.quoted_out.to_string(),
        })
    });
    let document = json!({
        "block": step.block,
        "contract": step.contract.to_string(),
        "funding": step.funding.to_string(),
        "loan_units": step.loan.units().to_string(),
        "planned_units": step.profit.units().to_string(),
        "least_units": step.min_profit.units().to_string(),
        "realised_units": realised.map(|units| units.to_string()),
        "legs": legs.collect::<Vec<_>>(),
    });
    Ok(Some((text, document)))
}

async fn resolve(journal: &Journal, arguments: &ResolveArgs, output: Output) -> Result<(), CliError> {
    let operation = find(journal, &arguments.id).await?;
    if operation.state != OperationState::NeedsOperator {
        return Err(CliError::NothingToDecide { id: operation.id, state: operation.state });
    }
    let resolution = match arguments.decision {
        Decided::Retry => Resolution::Retry,
        Decided::Failed => Resolution::Fail,
    };
    let reason = format!("operator: {}", arguments.reason);
    let state = resolution.apply(journal, &operation, &reason, clock::now()).await?;
    let text = format!("{} is {state} now; a running daemon takes it from there", operation.id);
    output.result(&text, &json!({ "id": operation.id, "state": state.as_str() }))
}

async fn find(journal: &Journal, id: &Uuid) -> Result<Operation, CliError> {
    let id = OperationId::new(id.to_string());
    journal.operation(&id).await?.ok_or(CliError::NoOperation(id))
}

fn summary(operation: &Operation) -> Value {
    json!({
        "id": operation.id,
        "kind": operation.step.kind(),
        "route": operation.step.route(),
        "state": operation.state.as_str(),
        "leg": operation.leg.as_str(),
        "amount": operation.step.spends().to_string(),
        "quoted_usd": usd_json(operation.quoted_cost),
        "realised_usd": operation.realised_cost.map_or(Value::Null, usd_json),
        "reason": operation.reason,
        "plan": operation.plan,
        "created_at": operation.created_at.to_string(),
        "updated_at": operation.updated_at.to_string(),
    })
}

fn moved(entry: &TimelineEntry) -> Value {
    json!({
        "at": entry.at.to_string(),
        "from": entry.from.map(|state| state.as_str()),
        "to": entry.to.as_str(),
        "leg": entry.leg.as_str(),
        "reason": entry.reason,
    })
}

fn attempted(attempt: &Attempt) -> Value {
    json!({
        "leg": attempt.leg.as_str(),
        "chain": attempt.chain,
        "nonce": attempt.nonce,
        "hash": attempt.hash.to_string(),
        "state": attempt.state.as_str(),
        "block": attempt.block_number,
        "gas_used": attempt.gas_used,
        "fee_units": attempt.fee_units.map(|wei| wei.to_string()),
        "fee_usd": attempt.fee_usd.map_or(Value::Null, usd_json),
        "success": attempt.success,
    })
}
