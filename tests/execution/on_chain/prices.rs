//! Without a price that can be trusted nothing is planned and nothing is signed.

use devnet::Devnet;
use devnet::iris::MessageMode;
use devnet::misbehave::Fault;
use devnet::operator::Choices;
use devnet::prices::PriceSettings;
use purser::domain::OperationState;

use super::scene::{Moves, NOTHING, ONE_TRANSFER, Scene};
use crate::support::{Rig, Setup};

const SOURCES: [&str; 3] = ["coingecko", "kraken", "binance"];

/// Prices are asked for again every second.
fn setup() -> Setup {
    Setup::bridge().choose(|choices| choices.prices = "cache_seconds = 1".to_owned())
}

fn heal(devnet: &Devnet) {
    for source in SOURCES {
        devnet.price(source).set(|settings| *settings = PriceSettings::default());
    }
}

/// A name of a source with what is wrong with it.
type Wrong = fn(&str, &mut PriceSettings);

async fn refused_until_healed((wrong, words): (Wrong, &str)) {
    let rig = Rig::new(setup()).await;
    for source in SOURCES {
        rig.devnet.price(source).set(|settings| wrong(source, settings));
    }
    let scene = Scene::on(rig).await;
    scene.refused(words).await;
    scene.decisions(1).await;
    assert_eq!((scene.operations().await, scene.moves().await), (vec![], NOTHING));
    heal(&scene.rig.devnet);
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { refused_until_healed;
    missing: (|_, settings| settings.usd.retain(|asset, _| asset != "USDC"), "no usable price of USDC"),
    unreachable: (|_, settings| settings.fault = Fault::Refuse, "no usable price of USDC"),
    single: (
        |source, settings| if source != "kraken" { settings.fault = Fault::Garbage },
        "must agree",
    ),
    stale: (
        |source, settings| match source {
            "coingecko" => settings.age_s = 2_000,
            "kraken" => {}
            _ => settings.fault = Fault::Refuse,
        },
        "must agree",
    ),
    disagreeing: (
        |source, settings| if source == "kraken" { settings.usd.extend([("USDC".to_owned(), 1.015)]) },
        "sources disagree on USDC",
    ),
    depegged: (
        |_, settings| settings.usd.extend([("USDC".to_owned(), 0.95)]),
        "USDC is depegged",
    ),
}

/// Gas cannot be priced while the mint is due: it waits, and goes on later.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn gas_without_a_price_waits() {
    let forgetful = |choices: &mut Choices| {
        choices.prices = "cache_seconds = 1\nmax_age_seconds = 10".to_owned();
    };
    let rig = Rig::new(setup().choose(forgetful)).await;
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| settings.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    for source in SOURCES {
        scene.rig.devnet.price(source).set(|settings| settings.usd.retain(|asset, _| asset != "ETH"));
    }
    // A source that lacks a price counts as failing: its last answer is used until it is stale.
    scene.rig.devnet.price("coingecko").set(|settings| settings.age_s = 0);
    scene.refused("usable price").await;
    iris.set(|settings| settings.message_mode = MessageMode::Normal);
    scene.logged("gas on base cannot be priced").await;
    assert_eq!(scene.moves().await, Moves { burns: 1, mints: 0, swaps: 0 });
    heal(&scene.rig.devnet);
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}
