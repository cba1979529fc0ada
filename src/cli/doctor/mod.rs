//! `purser doctor`: what would keep the daemon from working, each finding with its fix.

mod arbitrage;
mod chain;
mod local;
mod outside;
mod solana;

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::block::block_on;
use crate::cli::{CliError, ExitCode, Global, Output};
use crate::config::Config;
use crate::run::House;

/// The whole examination ends within this time, whatever the network does.
const LIMIT: Duration = Duration::from_secs(60);

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Check only what needs no network: configuration, files, keystore, journal.
    #[arg(long)]
    pub offline: bool,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Works, but look at it.
    Warning,
    /// The daemon cannot do its work.
    Error,
}

impl Severity {
    /// The word shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What was looked at.
    pub subject: String,
    /// What was found.
    pub text: String,
    /// What to do about it; empty when nothing is to be done.
    pub fix: String,
}

impl Finding {
    fn ok(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, subject: subject.into(), text: text.into(), fix: String::new() }
    }

    fn warning(subject: impl Into<String>, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, subject: subject.into(), text: text.into(), fix: fix.into() }
    }

    fn error(subject: impl Into<String>, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Error, subject: subject.into(), text: text.into(), fix: fix.into() }
    }
}

/// Examines everything; the exit code is the worst finding.
pub fn run(arguments: &DoctorArgs, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let loaded = Config::load(&global.config)?;
    let mut findings = vec![Finding::ok("configuration", format!("{} is valid", global.config.display()))];
    let house = House::build(loaded.config)?;
    block_on(async {
        findings.extend(local::examine(&house).await);
        findings.extend(solana::key(&house));
        if !arguments.offline {
            let network = async {
                let mut found = outside::examine(&house).await;
                found.extend(chain::examine(&house).await);
                found.extend(arbitrage::examine(&house).await);
                found.extend(solana::examine(&house).await);
                found
            };
            match tokio::time::timeout(LIMIT, network).await {
                Ok(found) => findings.extend(found),
                Err(_) => findings.push(Finding::error(
                    "network",
                    format!("the examination did not end within {} s", LIMIT.as_secs()),
                    "check the network; lower chains.*.timeout_ms if endpoints hang",
                )),
            }
        }
        Ok(())
    })?;
    print(&findings, output)
}

fn print(findings: &[Finding], output: Output) -> Result<ExitCode, CliError> {
    let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "{:<8} {:<28} {}", finding.severity.as_str(), finding.subject, finding.text);
        if !finding.fix.is_empty() {
            let _ = writeln!(text, "{:<8} {:<28} fix: {}", "", "", finding.fix);
        }
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let _ = write!(
        text,
        "{} error(s), {} warning(s), {} ok",
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Ok)
    );
    let listed: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "severity": finding.severity.as_str(),
                "subject": finding.subject,
                "text": finding.text,
                "fix": finding.fix,
            })
        })
        .collect();
    output.result(&text, &json!({ "worst": worst.as_str(), "findings": listed }))?;
    Ok(if worst == Severity::Error { ExitCode::Findings } else { ExitCode::Success })
}
