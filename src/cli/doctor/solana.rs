//! Solana: endpoints, funds, tokens, CCTP's programs and the lookup table.

use std::os::unix::fs::PermissionsExt as _;

use crate::chains::solana::table::Table;
use crate::chains::solana::{Commitment, SolanaChain};
use crate::cli::doctor::{Finding, Severity};
use crate::config::{SecretRef, SolanaConfig};
use crate::domain::amount::{format_fixed, parse_fixed};
use crate::domain::{ChainName, Domain};
use crate::observe::chain::{Bridge, Observed};
use crate::observe::commitments::Commitments;
use crate::observe::solana::SolanaObserver;
use crate::run::House;

/// What a file's mode allows its group and everybody.
const OTHERS: u32 = 0o077;
/// Decimals of the native coin.
const DECIMALS: u32 = 9;
/// Endpoints without which no transaction is ever called dead.
const WITNESSES: usize = crate::chains::solana::death::WITNESSES;

/// Examines Solana, where it is configured.
pub(super) async fn examine(house: &House) -> Vec<Finding> {
    let Some((chain, config)) = house.solana.as_ref().zip(house.config.solana.as_ref()) else {
        return Vec::new();
    };
    let mut findings = endpoints(chain, config).await;
    let owner = house.solana_owner().ok().flatten();
    let answers = findings.iter().any(|one| one.severity == Severity::Ok && one.subject.contains("endpoint"));
    if let (Some(owner), true) = (owner, answers) {
        let domains = house.settings.values().filter_map(|chain| Some(Domain(chain.cctp.as_ref()?.domain)));
        let mut observer = SolanaObserver::new(owner, chain.clone(), config, domains.collect());
        match observer.read(&Commitments::default()).await {
            Ok(observed) => findings.extend(state(chain.name(), config, &observed)),
            Err(reason) => findings.push(Finding::error(
                "solana scan",
                reason,
                "correct what is named above; then check the limits of the endpoints",
            )),
        }
        findings.extend(lookup_table(chain, config).await);
    }
    findings
}

/// The key's file is not encrypted, so nobody else may read it.
fn key_file(keypair: &SecretRef, owner: &str) -> Finding {
    if let SecretRef::File(path) = keypair
        && let Ok(metadata) = std::fs::metadata(path)
        && metadata.permissions().mode() & OTHERS != 0
    {
        let text = format!("{owner}; others may read {}", path.display());
        return Finding::warning("solana key", text, format!("chmod 600 {}", path.display()));
    }
    Finding::ok("solana key", owner)
}

/// Whether the key can be read, by its owner alone.
pub(super) fn key(house: &House) -> Option<Finding> {
    let config = house.config.solana.as_ref()?;
    Some(match house.solana_owner() {
        Ok(owner) => key_file(&config.keypair, &owner.unwrap_or_default().to_string()),
        Err(error) => {
            let fix =
                "point solana.keypair at the key's file or variable; `purser keys new-solana` makes one";
            Finding::error("solana key", error.to_string(), fix)
        }
    })
}

async fn endpoints(chain: &SolanaChain, config: &SolanaConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    for report in chain.verify().await {
        let subject = format!("solana endpoint {}", report.endpoint);
        findings.push(match (report.errors.first(), report.slot) {
            (None, Some(slot)) => {
                Finding::ok(subject, format!("slot {slot}, {} ms", report.latency.as_millis()))
            }
            (error, _) => Finding::error(
                subject,
                error.cloned().unwrap_or_else(|| "it did not say where it is".to_owned()),
                "check the URL, the network and solana.genesis_hash, or use another endpoint",
            ),
        });
    }
    if config.rpc.len() < WITNESSES {
        findings.push(Finding::warning(
            "solana endpoints",
            "one endpoint alone never proves that a transaction is dead: a lost one would wait for ever",
            "add a second endpoint of another provider to solana.rpc",
        ));
    }
    findings
}

fn state(name: &ChainName, config: &SolanaConfig, observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    let native = observed.native.units();
    let least = config.min_native.as_deref().and_then(|text| parse_fixed(text, DECIMALS)).unwrap_or(1);
    let held = format!("{} {}", format_fixed(native, DECIMALS), config.native);
    findings.push(if native < least {
        let fix = "send native coin to the wallet: without it nothing can be sent or minted there";
        Finding::error(format!("{name} gas"), format!("the wallet holds {held}"), fix)
    } else {
        Finding::ok(format!("{name} gas"), held)
    });
    for (asset, balance) in &observed.balances {
        let subject = format!("{name} {asset} balance");
        findings.push(match balance {
            Ok(amount) => Finding::ok(subject, amount.to_string()),
            Err(reason) => Finding::error(subject, reason.clone(), format!("correct solana.tokens.{asset}")),
        });
    }
    if let Some(Bridge::Solana(bridge)) = &observed.bridge {
        findings.push(match &bridge.1 {
            Ok(state) => {
                let limits = state.limits();
                let text = format!("burn limit {} units, minimum fee {}", limits.burn_limit, limits.min_fee);
                Finding::ok(format!("{name} CCTP"), text)
            }
            Err(reason) => Finding::error(
                format!("{name} CCTP"),
                reason.clone(),
                "correct solana.cctp: a program is not there, or is another",
            ),
        });
    }
    findings
}

/// Without a usable lookup table no mint fits into a transaction.
async fn lookup_table(chain: &SolanaChain, config: &SolanaConfig) -> Vec<Finding> {
    let Some(cctp) = &config.cctp else { return Vec::new() };
    let subject = "solana lookup table";
    let read = chain.accounts(&[cctp.lookup_table], Commitment::Confirmed, 0).await;
    let found = match &read {
        Ok(read) => {
            let account = read.accounts.first().and_then(Option::as_ref);
            Table::decode(cctp.lookup_table, account, read.slot).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    vec![match found {
        Ok(table) => Finding::ok(subject, format!("{} addresses", table.addresses.len())),
        Err(reason) => Finding::error(subject, reason, "correct solana.cctp.lookup_table"),
    }]
}
