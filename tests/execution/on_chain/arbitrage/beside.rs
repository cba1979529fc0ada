//! Arbitrage beside everything else the daemon does with the same wallet on the same chain.

use alloy::primitives::U256;
use devnet::Asset;
use purser::domain::{Operation, OperationState, Step};

use super::{BASE, Scene, V4};
use super::{booked, dollars, open, push, route};
use crate::support::{Rig, Setup};

fn kinds(operations: &[Operation]) -> Vec<&'static str> {
    operations.iter().map(|operation| operation.step.kind()).collect()
}

/// The gap is there and the inventory is out of place when the daemon starts; both are put right, and neither
/// takes what is the other's.
async fn both((setup, kind): (Setup, &str)) {
    let rig = Rig::new(Setup { arbitrage: open(20).arbitrage, ..setup }).await;
    push(rig.devnet.chain(BASE), V4, 100_000).await;
    let scene = Scene::on(rig).await;
    scene
        .until("both", || async {
            let found = scene.operations().await;
            let kinds = kinds(&found);
            (kinds.contains(&"route") && kinds.contains(&kind)).then_some(())
        })
        .await;
    let ended = scene.ended(2).await;
    let mut profits = 0;
    for operation in &ended {
        if let Step::Route(step) = &operation.step {
            if operation.state == OperationState::Settled {
                let profit = booked(&scene, operation).await;
                assert!(profit >= step.min_profit.units(), "{operation:#?}");
                profits += profit;
            }
        } else {
            assert_eq!(operation.state, OperationState::Settled, "{operation:#?}");
        }
    }
    assert!(ended.iter().any(|one| one.step.kind() == "route" && one.state == OperationState::Settled));
    assert!(profits > 0 && U256::from(profits) < dollars(20_000));
    let first = ended.iter().find(|one| one.step.kind() == "route").unwrap();
    assert!(route(first).profit.units() > 0);
    scene.all_final().await;
    scene.assert_no_allowance().await;
    scene.rig.assert_conserved();
}

super::super::cases! { both;
    a_route_beside_a_swap: (
        Setup::with(vec![(BASE, Asset::Usdt, 1_000), (BASE, Asset::Usdc, 1_000)], vec![(BASE, "USDC", 100)]),
        "swap",
    ),
    a_route_beside_a_transfer: (
        Setup::with(vec![("ethereum", Asset::Usdc, 1_000)], vec![("ethereum", "USDC", 50), (BASE, "USDC", 50)]),
        "bridge",
    ),
    a_route_beside_a_transfer_away: (
        Setup::with(vec![(BASE, Asset::Usdc, 1_000)], vec![("ethereum", "USDC", 50), (BASE, "USDC", 50)]),
        "bridge",
    ),
}
