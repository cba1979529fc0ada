//! Parties that are not chains: price sources, Iris and 1inch.

use super::Finding;
use crate::domain::Domain;
use crate::run::House;
use crate::telemetry::clock;

/// Examines prices, Iris and 1inch.
pub(super) async fn examine(house: &House) -> Vec<Finding> {
    let (mut findings, iris, oneinch) = tokio::join!(prices(house), iris(house), oneinch(house));
    findings.extend(iris);
    findings.extend(oneinch);
    findings
}

async fn prices(house: &House) -> Vec<Finding> {
    let read = house.prices.prices(clock::now()).await;
    let finding = |(asset, reading): (&crate::domain::AssetId, &Result<_, String>)| {
        let subject = format!("price of {asset}");
        let view: Result<&crate::domain::snapshot::PriceView, &String> = reading.as_ref();
        match view {
            Ok(view) => {
                Finding::ok(subject, format!("{} from {} ({} agree)", view.price, view.source, view.agreeing))
            }
            Err(reason) => Finding::error(
                subject,
                reason.clone(),
                "check the network and [prices]; nothing that needs this price is done meanwhile",
            ),
        }
    };
    read.iter().map(finding).collect()
}

async fn iris(house: &House) -> Vec<Finding> {
    let domains: Vec<Domain> =
        house.settings.values().filter_map(|chain| Some(Domain(chain.cctp.as_ref()?.domain))).collect();
    let [from, to, ..] = domains.as_slice() else { return Vec::new() };
    let subject = format!("Iris at {}", house.config.cctp.iris_url);
    vec![match house.iris.fees(*from, *to).await {
        Ok(tiers) => {
            Finding::ok(subject, format!("answers, {} speed(s) from domain {from} to {to}", tiers.len()))
        }
        Err(error) => Finding::error(
            subject,
            error.to_string(),
            "check the network and cctp.iris_url; without Iris nothing can be bridged, burns wait",
        ),
    }]
}

/// Without 1inch the pools are used, so only a spender that is not the pinned router is an error.
async fn oneinch(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (chain, venue) in &house.oneinch {
        let (subject, pinned) = (format!("1inch on {chain}"), venue.router());
        findings.push(match venue.spender().await {
            Ok(spender) if spender == pinned => Finding::ok(subject, "answers, and names the pinned router"),
            Ok(spender) => Finding::error(
                subject,
                format!(
                    "it would have {spender} approved, the pinned router is {pinned}; its swaps are refused"
                ),
                format!("find out why, then correct chains.{chain}.oneinch.router or remove the table"),
            ),
            Err(error) => Finding::warning(
                subject,
                error.to_string(),
                format!("check the network and chains.{chain}.oneinch; meanwhile swaps go through the pools"),
            ),
        });
    }
    findings
}
