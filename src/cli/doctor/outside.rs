//! Parties that are not chains: price sources and Iris.

use super::Finding;
use crate::domain::Domain;
use crate::run::House;
use crate::telemetry::clock;

/// Examines prices and Iris.
pub(super) async fn examine(house: &House) -> Vec<Finding> {
    let (mut findings, iris) = tokio::join!(prices(house), iris(house));
    findings.extend(iris);
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
