//! What happens, one function per event: each logs with the operation's id and counts.

use tracing::{error, info, warn};

use crate::domain::{
    Amount, ChainName, DecisionRecord, Leg, Operation, OperationState, Outcome, PlanHash, Usd,
};
use crate::policy::{Denial, Verdict};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::dollars;

/// An outcome as a label and as a text.
fn said(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Nothing { reason } => ("nothing", reason.clone()),
        Outcome::Refused { reason } => ("refused", reason.clone()),
        Outcome::Previewed { plan } => ("previewed", format!("plan {plan}")),
        Outcome::Accepted { plan } => ("accepted", format!("plan {plan}")),
    }
}

/// A tick came to a decision.
pub fn decided(metrics: &Metrics, record: &DecisionRecord) {
    let (word, text) = said(&record.outcome);
    metrics.decisions.with_label_values(&[word]).inc();
    match record.outcome {
        Outcome::Refused { .. } => warn!(outcome = word, "{text}"),
        Outcome::Nothing { .. } | Outcome::Previewed { .. } | Outcome::Accepted { .. } => {
            info!(outcome = word, "{text}");
        }
    }
}

/// Arbitrage decided a block; it is logged only where it `is_news`, since there is one per block.
pub fn dealt(metrics: &Metrics, chain: &ChainName, record: &DecisionRecord, is_news: bool) {
    let (word, text) = said(&record.outcome);
    metrics.arbitrage_blocks.with_label_values(&[chain.as_str(), word]).inc();
    let bound = record.certificate.map_or(0.0, |certificate| dollars(certificate.bound));
    metrics.arbitrage_bound.with_label_values(&[chain.as_str()]).set(bound);
    match &record.outcome {
        Outcome::Refused { .. } if is_news => warn!(%chain, outcome = word, "arbitrage: {text}"),
        Outcome::Nothing { .. } | Outcome::Previewed { .. } | Outcome::Accepted { .. } if is_news => {
            info!(%chain, outcome = word, "arbitrage: {text}");
        }
        Outcome::Nothing { .. }
        | Outcome::Refused { .. }
        | Outcome::Previewed { .. }
        | Outcome::Accepted { .. } => {}
    }
}

/// A route settled with a profit.
pub fn earned(metrics: &Metrics, chain: &ChainName, profit: Usd) {
    metrics.arbitrage_profit.with_label_values(&[chain.as_str()]).inc_by(dollars(profit.max(Usd::ZERO)));
}

/// Arbitrage between chains looked at them; it is logged only where it `is_news`.
pub fn traded(metrics: &Metrics, record: &DecisionRecord, is_news: bool) {
    let (word, text) = said(&record.outcome);
    metrics.cross_chain_decisions.with_label_values(&[word]).inc();
    match &record.outcome {
        _ if !is_news => {}
        Outcome::Refused { .. } => warn!(outcome = word, "arbitrage between chains: {text}"),
        Outcome::Nothing { .. } | Outcome::Previewed { .. } | Outcome::Accepted { .. } => {
            info!(outcome = word, "arbitrage between chains: {text}");
        }
    }
}

/// Nothing of a trade between chains is open any more; `amount` is what it brought, or took.
pub fn trade_ended(metrics: &Metrics, plan: &PlanHash, amount: &Amount, worth: Usd, is_profit: bool) {
    let outcome = if is_profit { "profit" } else { "loss" };
    metrics.cross_chain_result.with_label_values(&[outcome]).inc_by(dollars(worth));
    info!(%plan, outcome, "arbitrage between chains: {amount} before gas");
}

/// Policy judged something.
pub fn judged(metrics: &Metrics, what: &str, verdict: &Verdict) {
    match verdict {
        Verdict::Allow => metrics.policy_decisions.with_label_values(&["all", "allow"]).inc(),
        Verdict::Deny(Denial { rule, reason }) => {
            metrics.policy_decisions.with_label_values(&[rule.as_str(), "deny"]).inc();
            warn!(rule = rule.as_str(), "policy denied {what}: {reason}");
        }
    }
}

/// An operation moved from one state to another.
pub fn moved(metrics: &Metrics, operation: &Operation, to: OperationState, leg: Leg, reason: Option<&str>) {
    let id = operation.id.as_str();
    let route = operation.step.route();
    let reason = reason.unwrap_or("");
    match to {
        OperationState::Settled | OperationState::Failed => {
            metrics.operations.with_label_values(&[operation.step.kind(), to.as_str()]).inc();
        }
        OperationState::NeedsOperator => {
            error!(operation = id, route, state = to.as_str(), "{reason}");
            return;
        }
        OperationState::Planned
        | OperationState::Approved
        | OperationState::Reserved
        | OperationState::Signed
        | OperationState::Broadcast
        | OperationState::Included
        | OperationState::Unknown
        | OperationState::Final
        | OperationState::Attesting
        | OperationState::Attested
        | OperationState::Minting => {}
    }
    info!(operation = id, route, leg = leg.as_str(), state = to.as_str(), "{reason}");
}

/// A transaction was handed to the nodes.
pub fn broadcast(
    metrics: &Metrics,
    operation: &Operation,
    chain: &ChainName,
    leg: Leg,
    hash: &str,
    outcome: &str,
) {
    metrics.submissions.with_label_values(&[chain.as_str()]).inc();
    info!(
        operation = operation.id.as_str(),
        chain = chain.as_str(),
        leg = leg.as_str(),
        hash,
        outcome,
        "transaction sent"
    );
}

/// A transaction got a higher fee.
pub fn replaced(metrics: &Metrics, operation: &Operation, chain: &ChainName, hash: &str) {
    metrics.replacements.with_label_values(&[chain.as_str()]).inc();
    info!(operation = operation.id.as_str(), chain = chain.as_str(), hash, "fee raised, same nonce");
}

/// A reorg took a transaction out of the chain.
pub fn reorged(metrics: &Metrics, operation: &Operation, chain: &ChainName, leg: Leg) {
    metrics.reorgs.with_label_values(&[chain.as_str()]).inc();
    warn!(
        operation = operation.id.as_str(),
        chain = chain.as_str(),
        leg = leg.as_str(),
        "a reorg removed the transaction; the same bytes are sent again"
    );
}

/// An operation cannot go on right now and is tried again.
pub fn waiting(operation: &Operation, reason: &str) {
    info!(operation = operation.id.as_str(), state = operation.state.as_str(), "waiting: {reason}");
}

/// Work on an operation met an error; it is tried again.
pub fn troubled(operation: &Operation, error: &dyn std::fmt::Display) {
    warn!(operation = operation.id.as_str(), state = operation.state.as_str(), "{error}");
}

/// Gas was paid.
pub fn paid(metrics: &Metrics, chain: &ChainName, usd: Usd) {
    metrics.gas_usd.with_label_values(&[chain.as_str()]).inc_by(dollars(usd).max(0.0));
}
