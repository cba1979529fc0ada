//! 1inch: a swap by its quote, split with the pools where that is cheaper, and everything it may answer
//! that must never be signed.

use devnet::oneinch::{OneInchSettings, Refusal, Twist};
use devnet::{Asset, misbehave::Fault};
use purser::chains::evm::Signed;
use purser::domain::{Leg, Operation, OperationState, Step, SwapStep, Usd, Venue};

use super::scene::{Moves, ONE_SWAP, Scene};
use crate::support::{Rig, Setup};

/// A rig on which 1inch is asked; on Base it pays a little more than the pools. The price of USDT is that
/// of the pools: at any other, one direction would be free in all of them.
async fn rig(setup: Setup) -> Rig {
    let rig = Rig::new(setup.choose(|choices| choices.oneinch = Some(String::new()))).await;
    rig.devnet.chain("base").set_oneinch_edge(100).await.unwrap();
    for source in ["coingecko", "kraken", "binance"] {
        rig.devnet.price(source).set_usd("USDT", 1.0002);
    }
    rig
}

/// One swap to make, large enough that the better price is worth the dearer gas.
async fn swap() -> Rig {
    rig(Setup::with(vec![("base", Asset::Usdt, 20_000)], vec![("base", "USDC", 100)])).await
}

fn step(operation: &Operation) -> &SwapStep {
    match &operation.step {
        Step::Swap(step) => step,
        Step::Bridge(_) | Step::Route(_) => panic!("not a swap: {operation:#?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_swap_by_1inch_settles() {
    let scene = Scene::on(swap().await).await;
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(step(&settled).venue, Venue::OneInch, "{settled:#?} {:#?}", scene.accepted().await);
    let oneinch = scene.rig.devnet.oneinch.handle();
    let asked = oneinch.requests("quote");
    scene.decisions(2).await;
    assert_eq!(scene.operations().await.len(), 1, "the inventory is where it belongs");
    assert_eq!(oneinch.requests("quote"), asked, "nobody is asked when nothing is to be moved");
    assert_eq!((oneinch.requests("swap"), oneinch.requests("approve/spender")), (2, 1));
    scene.assert_sound(ONE_SWAP).await;
    let legs: Vec<Leg> = scene.attempts(&settled).await.iter().map(|attempt| attempt.leg).collect();
    assert_eq!(legs, [Leg::Approve, Leg::Swap]);
    assert!(settled.realised_cost.unwrap() < Usd::from_micros(10_000_000));
}

/// Tether on Ethereum returns nothing, and takes no approval on top of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tether_on_ethereum() {
    let setup = Setup::with(vec![("ethereum", Asset::Usdt, 50_000)], vec![("ethereum", "USDC", 100)]);
    let rig = rig(setup).await;
    rig.devnet.chain("ethereum").set_oneinch_edge(1_000).await.unwrap();
    let scene = Scene::on(rig).await;
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(step(&settled).venue, Venue::OneInch);
    scene.assert_sound(ONE_SWAP).await;
}

/// Its price sinks with the size: past some amount the pools are cheaper. The decision has both quotes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_swap_is_split_where_that_is_cheaper() {
    let setup = Setup::with(vec![("base", Asset::Usdt, 150_000)], vec![("base", "USDC", 100)]);
    let scene = Scene::on(rig(setup).await).await;
    let settled = scene.settled(2).await;
    let venues: Vec<Venue> = settled.iter().map(|operation| step(operation).venue).collect();
    assert!(venues.contains(&Venue::OneInch) && venues.contains(&Venue::UniswapV3), "{venues:?}");
    assert_eq!(settled[0].plan, settled[1].plan, "one decision");
    let record = scene.accepted().await;
    for way in ["1inch base USDT→USDC", "uniswap-v3 base USDT→USDC"] {
        let alone = record.alternatives.iter().find(|one| {
            one.route.starts_with(way)
                && one.reason.starts_with("alone for")
                && one.reason.contains("it gives")
                && one.reason.contains("more than the split")
        });
        assert!(alone.is_some(), "{way} is not in {:#?}", record.alternatives);
    }
    scene.assert_sound(Moves { burns: 0, mints: 0, swaps: settled.len() }).await;
}

/// A worse quote is not taken, and the decision keeps it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_worse_quote_is_kept_as_refused() {
    let rig = swap().await;
    rig.devnet.chain("base").set_oneinch_edge(-3_000).await.unwrap();
    let scene = Scene::on(rig).await;
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(step(&settled).venue, Venue::UniswapV3);
    let record = scene.accepted().await;
    let refused = record.alternatives.iter().find(|one| one.route.starts_with("1inch base USDT→USDC"));
    assert!(refused.is_some(), "{:#?}", record.alternatives);
    scene.assert_sound(ONE_SWAP).await;
}

/// The step fails with its reason before anything of it is signed, and the money goes through a pool.
async fn nothing_is_signed((change, words): (fn(&mut OneInchSettings), &str)) {
    let rig = swap().await;
    rig.devnet.oneinch.handle().set(change);
    let scene = Scene::on(rig).await;
    let failed = scene.reaches(OperationState::Failed).await;
    let reason = failed.reason.clone().unwrap_or_default();
    assert!(reason.contains(words), "`{words}` is not in `{reason}`");
    assert_eq!(scene.attempts(&failed).await, [], "something was signed");
    let settled = scene.reaches(OperationState::Settled).await;
    assert_eq!(step(&settled).venue, Venue::UniswapV3, "it is left alone after that");
    let record = scene.accepted().await;
    let left = record.alternatives.iter().any(|one| one.reason.contains("left alone"));
    assert!(left, "{:#?}", record.alternatives);
    scene.ended(2).await;
    scene.assert_sound(ONE_SWAP).await;
}

super::cases! { nothing_is_signed;
    another_router: (|settings| settings.twist = Twist::OtherRouter, "the pinned router is"),
    another_recipient: (|settings| settings.twist = Twist::OtherRecipient, "receive, wanted is"),
    another_token: (|settings| settings.twist = Twist::OtherToken, "would swap"),
    another_amount: (|settings| settings.twist = Twist::OtherAmount, "would sell"),
    no_minimum: (|settings| settings.twist = Twist::NoMinimum, "an amount is zero"),
    a_low_minimum: (|settings| settings.twist = Twist::LowMinimum, "minimum-out"),
    native_value: (|settings| settings.twist = Twist::NativeValue, "1 wei"),
    a_partial_fill: (|settings| settings.twist = Twist::PartialFill, "flags allow"),
    an_endless_approval: (|settings| settings.twist = Twist::EndlessApproval, "the pinned router is"),
    an_allowance_is_left: (|settings| settings.twist = Twist::TakesHalf, "the rehearsed swap takes"),
    less_than_the_least: (|settings| settings.twist = Twist::PaysHalf, "the rehearsed swap gives"),
    another_spender: (
        |settings| settings.spender = Some(alloy::primitives::Address::repeat_byte(0x66)),
        "approved, the pinned router is"
    ),
    null_transaction: (|settings| settings.twist = Twist::Null, "reply is not used"),
    an_empty_reply: (|settings| settings.twist = Twist::Empty, "reply is not used"),
    no_calldata: (|settings| settings.twist = Twist::NoData, "calldata is refused"),
    a_stale_quote: (|settings| settings.swap_off_ppm = 20_000, "ReturnAmountIsNotEnough"),
    a_quote_that_sank: (|settings| settings.swap_off_ppm = -20_000, "the step needs at least"),
    insufficient_liquidity: (
        |settings| settings.refuse_swap = Some(refusal(400, "insufficient liquidity")),
        "not enough liquidity"
    ),
    a_refused_key: (|settings| settings.refuse_swap = Some(refusal(403, "Forbidden")), "does not accept the key"),
    cannot_sync: (|settings| settings.refuse_swap = Some(refusal(400, "Cannot sync token")), "Cannot sync token"),
}

fn refusal(status: u16, description: &str) -> Refusal {
    Refusal { status, description: description.to_owned() }
}

/// What may pass is waited for; nothing is signed meanwhile, and then the swap is made.
async fn it_waits((change, words): (fn(&mut OneInchSettings), &str)) {
    let rig = swap().await;
    let oneinch = rig.devnet.oneinch.handle();
    oneinch.set(change);
    let scene = Scene::on(rig).await;
    scene.logged(words).await;
    assert_eq!(scene.signed().await, 0, "something was signed");
    oneinch.set(|settings| *settings = OneInchSettings::default());
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(step(&settled).venue, Venue::OneInch);
    scene.assert_sound(ONE_SWAP).await;
}

super::cases! { it_waits;
    too_many_requests: (|settings| settings.refuse_swap = Some(refusal(429, "limit")), "limits our rate"),
    unavailable: (|settings| settings.refuse_swap = Some(refusal(503, "banned")), "cannot be reached"),
    missing_funds: (
        |settings| settings.refuse_swap = Some(refusal(400, "Not enough allowance. Spender: 0x00")),
        "misses balance or allowance"
    ),
}

/// Without quotes the pools are used, and the decision says why there was none.
async fn no_quote((change, words): (fn(&mut OneInchSettings), &str)) {
    let rig = swap().await;
    rig.devnet.oneinch.handle().set(change);
    let scene = Scene::on(rig).await;
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(step(&settled).venue, Venue::UniswapV3);
    let record = scene.accepted().await;
    let said = record.alternatives.iter().any(|one| one.reason.contains(words));
    assert!(said, "`{words}` is not in {:#?}", record.alternatives);
    scene.assert_sound(ONE_SWAP).await;
}

super::cases! { no_quote;
    no_quote_without_a_key: (|settings| settings.key = "another".to_owned(), "does not accept the key"),
    no_quote_when_limited: (
        |settings| settings.fault = Fault::Status { code: 429, retry_after: None },
        "limits our rate"
    ),
    no_quote_when_gone: (|settings| settings.fault = Fault::Refuse, "cannot be reached"),
    no_quote_of_garbage: (|settings| settings.fault = Fault::Garbage, "reply is not used"),
    no_quote_of_a_flood: (|settings| settings.fault = Fault::Oversized { bytes: 5_000_000 }, "reply is not used"),
    no_quote_without_liquidity: (
        |settings| settings.refuse_quote = Some(refusal(400, "insufficient liquidity")),
        "not enough liquidity"
    ),
}

/// A node that cannot simulate leaves nothing to sign by; another one can.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_rehearsal_nothing_is_signed() {
    let rig = swap().await;
    let simulate = || "eth_simulateV1".to_owned();
    super::scene::providers(&rig, "base", |settings| settings.unsupported = [simulate()].into());
    let scene = Scene::on(rig).await;
    scene.logged("cannot be rehearsed").await;
    assert_eq!(scene.signed().await, 0);
    scene.rig.devnet.proxy("base", 1).set(|settings| settings.unsupported.clear());
    scene.settled(1).await;
    scene.assert_sound(ONE_SWAP).await;
}

/// What the swaps gave less than quoted is taken off the next quotes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_given_less_is_taken_off_later_quotes() {
    let rig = swap().await;
    let oneinch = rig.devnet.oneinch.handle();
    // Quoted is 0.05 % more than is given: within the slippage, so the swap is made.
    oneinch.set(|settings| settings.quote_off_ppm = 500);
    let scene = Scene::on(rig).await;
    scene.settled(1).await;
    let wallet = scene.rig.devnet.wallet();
    let more = alloy::primitives::U256::from(20_000_000_000_u64);
    scene.chain("base").mint(Asset::Usdt, wallet, more).await.unwrap();
    let later = scene.settled(2).await.remove(1);
    let haircut = step(&later).haircut_ppm;
    assert!((400..=600).contains(&haircut), "{later:#?}");
}

/// A transaction that is not mined gets a higher fee: the same call, nobody is asked again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replacement_is_the_same_call() {
    let rig = swap().await;
    super::scene::hold(&rig, "base");
    let scene = Scene::on(rig).await;
    let approval = scene.held(Leg::Approve).await;
    scene.deliver(&approval).await;
    scene.held(Leg::Swap).await;
    let oneinch = scene.rig.devnet.oneinch.handle();
    let asked = oneinch.requests("swap");
    // Another price now: a new call would be another one.
    scene.chain("base").set_oneinch_edge(90).await.unwrap();
    let attempts = scene
        .until("a replacement", || async {
            let attempts = scene.attempts(&scene.operations().await[0]).await;
            let swaps: Vec<_> = attempts.into_iter().filter(|one| one.leg == Leg::Swap).collect();
            (swaps.len() > 1).then_some(swaps)
        })
        .await;
    let calls: Vec<_> =
        attempts.iter().map(|one| Signed::decode(&one.raw).unwrap().transaction.data).collect();
    assert!(calls.iter().all(|call| *call == calls[0]), "{calls:#?}");
    assert_eq!(oneinch.requests("swap"), asked);
    scene.let_go("base");
    scene.settled(1).await;
    scene.assert_sound(ONE_SWAP).await;
}
