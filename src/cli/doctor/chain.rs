//! Each chain: endpoints, clock, contracts, decimals, funds, gas, allowances.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;

use super::Finding;
use crate::chains::evm::{At, Call, EvmChain, ScanRequest, erc20};
use crate::config::ChainConfig;
use crate::domain::amount::{format_fixed, parse_fixed};
use crate::domain::snapshot::Reading;
use crate::domain::{Amount, AssetId, ChainName, Domain};
use crate::observe::chain::{Bridge, ChainObserver, Observed};
use crate::observe::commitments::Commitments;
use crate::run::House;
use crate::telemetry::clock;

mod abi {
    #![allow(missing_docs, reason = "the interface is its own documentation")]

    alloy::sol! {
        interface Periphery {
            function factory() external view returns (address);
        }
    }
}

/// Seconds the chain's clock and ours may be apart.
const SKEW: u64 = 60;

/// Examines every chain at once.
pub(super) async fn examine(house: &House) -> Vec<Finding> {
    let wallet = house.wallet().ok();
    let mut examining = tokio::task::JoinSet::new();
    for (name, chain) in &house.chains {
        let Some(settings) = house.settings.get(name).cloned() else { continue };
        let (name, chain) = (name.clone(), chain.clone());
        let recipients = house.config.policy.recipients.clone();
        let far = house.config.solana.as_ref().and_then(|solana| Some(solana.cctp.as_ref()?.domain));
        let remotes = house.settings.iter().filter(|(other, _)| **other != name);
        let remotes = remotes.filter_map(|(_, other)| Some(other.cctp.as_ref()?.domain));
        let remotes: Vec<Domain> = remotes.chain(far).map(Domain).collect();
        let trades =
            house.config.cross_chain.iter().filter(|trades| trades.chains.contains(&name.to_string()));
        let traded = trades.flat_map(|trades| trades.assets.iter().chain([&trades.base]));
        let traded: Vec<AssetId> = traded.map(|asset| AssetId::new(asset)).collect();
        examining.spawn(async move {
            let mut findings = endpoints(&name, &chain, &settings).await;
            if findings.iter().all(|finding| finding.severity != super::Severity::Ok) {
                return findings;
            }
            findings.extend(tokens(&name, &chain, &settings).await);
            findings.extend(router(&name, &chain, &settings).await);
            if let Some(wallet) = wallet {
                let observer = ChainObserver::new(wallet, &recipients, chain.clone(), &settings, &remotes);
                match observer {
                    Ok(mut observer) => match observer.read(&Commitments::default()).await {
                        Ok(observed) => {
                            findings.extend(state(&name, &settings, &observed));
                            findings.extend(unheld(&name, &traded, &observed));
                        }
                        Err(reason) => {
                            findings.push(Finding::error(format!("{name} scan"), reason, scan_fix(&name)))
                        }
                    },
                    Err(error) => findings.push(Finding::error(
                        format!("{name} pools"),
                        error.to_string(),
                        format!("correct chains.{name}.uniswap.pools"),
                    )),
                }
                findings.extend(allowances(&name, &chain, &settings, wallet).await);
            }
            findings
        });
    }
    let mut findings = examining.join_all().await;
    findings.sort_by(|a, b| a.first().map(|one| &one.subject).cmp(&b.first().map(|one| &one.subject)));
    findings.into_iter().flatten().collect()
}

/// What to do when endpoints answer, but not everything at once.
fn scan_fix(name: &ChainName) -> String {
    format!(
        "correct what is named above; then check chains.{name}.multicall3 and the limits of the endpoints"
    )
}

async fn endpoints(name: &ChainName, chain: &EvmChain, settings: &ChainConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    for report in chain.verify().await {
        let subject = format!("{name} {}", report.endpoint);
        if !report.errors.is_empty() {
            findings.push(Finding::error(
                subject,
                report.errors.join("; "),
                format!("check chains.{name}.rpc and chain_id, or the provider's status"),
            ));
            continue;
        }
        let Some(head) = report.head else { continue };
        let now = u64::try_from(clock::now().seconds()).unwrap_or(0);
        let ahead = head.timestamp.saturating_sub(now);
        findings.push(if ahead > SKEW {
            Finding::error(
                subject,
                format!("its newest block is {ahead} s in the future"),
                "correct this machine's clock",
            )
        } else {
            Finding::ok(
                subject,
                format!(
                    "chain id {}, block {}, {} ms",
                    settings.chain_id,
                    head.number,
                    report.latency.as_millis()
                ),
            )
        });
    }
    if let Err(error) = chain.head().await {
        findings.push(Finding::error(
            format!("{name} quorum"),
            error.to_string(),
            format!(
                "{} endpoint(s) must agree: repair them, or add more to chains.{name}.rpc",
                settings.quorum
            ),
        ));
    }
    findings
}

async fn tokens(name: &ChainName, chain: &EvmChain, settings: &ChainConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (asset, token) in &settings.tokens {
        let subject = format!("{name} {asset}");
        let answer = chain.call(&erc20::decimals(token.address), At::Latest).await;
        let found = answer.map_err(|error| error.to_string()).and_then(|data| erc20::decimals_of(&data));
        findings.push(match found {
            Ok(found) if found == token.decimals => Finding::ok(subject, format!("{found} decimals")),
            Ok(found) => Finding::error(
                subject,
                format!("{found} decimals on chain, {} configured", token.decimals),
                format!("correct chains.{name}.tokens.{asset}: amounts would be off by powers of ten"),
            ),
            Err(reason) => Finding::error(
                subject,
                format!("{} does not answer as a token: {reason}", token.address),
                format!("correct chains.{name}.tokens.{asset}.address"),
            ),
        });
    }
    findings
}

async fn router(name: &ChainName, chain: &EvmChain, settings: &ChainConfig) -> Vec<Finding> {
    let Some(uniswap) = &settings.uniswap else { return Vec::new() };
    let mut findings = Vec::new();
    for (what, contract) in [("swap_router02", uniswap.swap_router02), ("quoter_v2", uniswap.quoter_v2)] {
        let subject = format!("{name} {what}");
        let call = Call::new(contract, abi::Periphery::factoryCall {}.abi_encode());
        let answer = chain.call(&call, At::Latest).await.map_err(|error| error.to_string());
        let found = answer.and_then(|data| {
            abi::Periphery::factoryCall::abi_decode_returns(&data).map_err(|error| error.to_string())
        });
        findings.push(match found {
            Ok(factory) if factory == uniswap.v3_factory => {
                Finding::ok(subject, "deployed, of the configured factory")
            }
            Ok(factory) => Finding::error(
                subject,
                format!("it belongs to factory {factory}, not to {}", uniswap.v3_factory),
                format!("correct chains.{name}.uniswap"),
            ),
            Err(reason) => Finding::error(
                subject,
                format!("{contract} does not answer: {reason}"),
                format!("correct chains.{name}.uniswap.{what}, or remove the table"),
            ),
        });
    }
    findings
}

/// What arbitrage between chains could sell here and is not there.
fn unheld(name: &ChainName, traded: &[AssetId], observed: &Observed) -> Vec<Finding> {
    let is_missing = |asset: &&AssetId| {
        observed.balances.get(*asset).is_some_and(|balance| balance.as_ref().is_ok_and(Amount::is_zero))
    };
    let found = traded.iter().filter(is_missing).map(|asset| {
        Finding::warning(
            format!("{name} cross_chain"),
            format!("the wallet holds no {asset}, so no gap is closed by selling it here"),
            format!("send {asset} to the wallet on {name}, or take the chain out of cross_chain.chains"),
        )
    });
    found.collect()
}

/// What one scan says: gas, funds, CCTP, pools.
fn state(name: &ChainName, settings: &ChainConfig, observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    let native = observed.native.units();
    let least = settings.min_native.as_deref().and_then(|text| parse_fixed(text, 18)).unwrap_or(1);
    findings.push(if native < least {
        Finding::error(
            format!("{name} gas"),
            format!("the wallet holds {} {}", format_fixed(native, 18), settings.native),
            "send native coin to the wallet: without it nothing can be sent or minted there",
        )
    } else {
        Finding::ok(format!("{name} gas"), format!("{} {}", format_fixed(native, 18), settings.native))
    });
    for (asset, balance) in &observed.balances {
        findings.push(funds(name, asset, balance));
    }
    if let Some(Bridge::Evm(bridge)) = &observed.bridge {
        findings.push(match &bridge.1 {
            Ok(state) if state.burn_limit == 0 => Finding::error(
                format!("{name} CCTP"),
                "this USDC cannot be burnt: it is a bridged look-alike, or CCTP does not support it",
                format!("correct chains.{name}.tokens.USDC"),
            ),
            Ok(state) if state.transmitter_paused || state.minter_paused || state.token_paused => {
                Finding::error(
                    format!("{name} CCTP"),
                    "paused by Circle",
                    "wait; the route is closed meanwhile",
                )
            }
            Ok(state) => Finding::ok(
                format!("{name} CCTP"),
                format!(
                    "domain {}, burn limit {} units, minimum fee {}",
                    state.local_domain, state.burn_limit, state.min_fee
                ),
            ),
            Err(reason) => Finding::error(
                format!("{name} CCTP"),
                reason.clone(),
                format!("correct chains.{name}.cctp: a contract is not there, or is another"),
            ),
        });
    }
    if let Some(uniswap) = &settings.uniswap {
        let (read, configured) =
            (observed.pools.len(), uniswap.pools.iter().filter(|pool| pool.is_routed()).count());
        findings.push(if read == configured {
            Finding::ok(format!("{name} pools"), format!("{read} read"))
        } else {
            Finding::warning(
                format!("{name} pools"),
                format!("{read} of {configured} could be read"),
                format!("remove pools that do not exist from chains.{name}.uniswap.pools"),
            )
        });
    }
    findings
}

fn funds(name: &ChainName, asset: &AssetId, balance: &Reading<crate::domain::Amount>) -> Finding {
    let subject = format!("{name} {asset} balance");
    match balance {
        Ok(amount) => Finding::ok(subject, amount.to_string()),
        Err(reason) => {
            Finding::error(subject, reason.clone(), format!("correct chains.{name}.tokens.{asset}"))
        }
    }
}

/// Allowances are exact and used up at once: any that stands is a leftover.
async fn allowances(
    name: &ChainName,
    chain: &EvmChain,
    settings: &ChainConfig,
    wallet: Address,
) -> Vec<Finding> {
    let mut calls = Vec::new();
    let spenders = [
        settings.cctp.as_ref().map(|cctp| ("CCTP", cctp.token_messenger)),
        settings.uniswap.as_ref().map(|uniswap| ("the router", uniswap.swap_router02)),
        settings.oneinch.as_ref().map(|oneinch| ("1inch", oneinch.router)),
        settings.arbitrage.as_ref().map(|arbitrage| ("the contract for routes", arbitrage.contract)),
    ];
    for (asset, token) in &settings.tokens {
        for (who, spender) in spenders.iter().flatten() {
            calls.push((asset, *who, erc20::allowance(token.address, wallet, *spender)));
        }
    }
    let request = ScanRequest {
        wallet,
        tokens: Vec::new(),
        calls: calls.iter().map(|(_, _, call)| call.clone()).collect(),
    };
    let scan = match chain.scan(&request).await {
        Ok(scan) => scan,
        Err(error) => {
            return vec![Finding::error(format!("{name} allowances"), error.to_string(), scan_fix(name))];
        }
    };
    let standing: Vec<String> = calls
        .iter()
        .zip(&scan.results)
        .filter_map(|((asset, who, _), answer)| {
            let units = U256::try_from_be_slice(answer.as_ref().ok()?)?;
            (!units.is_zero()).then(|| format!("{who} may take {units} units of {asset}"))
        })
        .collect();
    vec![if standing.is_empty() {
        Finding::ok(format!("{name} allowances"), "none stands")
    } else {
        Finding::warning(
            format!("{name} allowances"),
            standing.join("; "),
            "an operation under way uses it up; otherwise revoke it with your wallet's tools",
        )
    }]
}
