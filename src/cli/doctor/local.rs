//! What needs no network: mode, keystore, journal.

use super::Finding;
use crate::config::Mode;
use crate::journal::{Journal, JournalError};
use crate::run::House;

/// Examines this machine.
pub(super) async fn examine(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.push(match house.config.mode {
        Mode::DryRun => Finding::ok("mode", "dry-run: nothing is sent"),
        Mode::Live => Finding::ok("mode", "live: transactions are sent within policy"),
    });
    findings.push(match house.key() {
        Ok(key) => Finding::ok("wallet", key.address().to_string()),
        Err(error) => Finding::error(
            "wallet",
            error.to_string(),
            "make a key with `purser keys new`, or set wallet.keystore and wallet.password",
        ),
    });
    findings.push(journal(house).await);
    findings
}

async fn journal(house: &House) -> Finding {
    let path = house.journal_path();
    if !path.exists() {
        return Finding::ok("journal", format!("none yet; {} is made at the first start", path.display()));
    }
    match examined(&path).await {
        Ok((open, None)) => Finding::ok("journal", format!("sound, {open} open operation(s)")),
        Ok((_, Some(reason))) => {
            Finding::warning("journal", format!("halted: {reason}"), "`purser resume` when it is safe again")
        }
        Err(error) => Finding::error(
            "journal",
            error.to_string(),
            "do not start the daemon; restore the journal or ask for help",
        ),
    }
}

async fn examined(path: &std::path::Path) -> Result<(usize, Option<String>), JournalError> {
    let journal = Journal::open_read_only(path).await?;
    journal.integrity_check().await?;
    let open = journal.open_operations().await?.len();
    Ok((open, journal.halted().await?.map(|halt| halt.reason)))
}
