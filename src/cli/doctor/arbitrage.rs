//! The contracts for routes: whose they are, and which pools they reach.

use super::Finding;
use crate::run::House;
use crate::run::identity::{self, Difference};

/// Examines the contract of every chain with arbitrage.
pub(super) async fn examine(house: &House) -> Vec<Finding> {
    let found = identity::check(house).await.into_iter();
    found
        .map(|(chain, result)| {
            let subject = format!("{chain} arbitrage");
            match result {
                Ok(()) => Finding::ok(subject, "the contract is ours and has the configured factories"),
                Err(Difference::Unread(reason)) => {
                    Finding::error(subject, reason, format!("check the wallet and chains.{chain}.rpc"))
                }
                Err(Difference::Found(difference)) => Finding::error(
                    subject,
                    difference,
                    format!(
                        "correct chains.{chain}.arbitrage, or deploy the contract anew (contracts/README.md)"
                    ),
                ),
            }
        })
        .collect()
}
