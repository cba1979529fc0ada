//! `purser operations list | show | resolve`.

use super::{ended, rig};
use crate::support::Setup;

const UNKNOWN: &str = "01890000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_listed_shown_and_not_resolved_without_need() {
    let mut rig = rig(Setup::bridge()).await;
    let none = ended(&rig, &["operations", "list"]);
    assert_eq!((none.code, none.out.contains("no operations")), (0, true), "{}", none.all());
    assert_eq!(rig.json(&["operations", "list"])["operations"].as_array().unwrap().len(), 0);
    let early = ended(&rig, &["operations", "show", UNKNOWN]);
    assert_eq!(early.code, 1, "{}", early.all());

    // Held while Iris waits for confirmations.
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| settings.message_mode = devnet::iris::MessageMode::Pending);
    rig.start();
    let open = rig.reaches("attesting", "").await;
    let id = open["id"].as_str().unwrap().to_owned();
    // An operation that goes on by itself is none of the operator's business.
    for decision in ["retry", "failed"] {
        let refused = ended(&rig, &["operations", "resolve", &id, decision, "--reason", "impatience"]);
        assert_eq!(refused.code, 1, "{}", refused.all());
        assert!(refused.err.contains("needs no decision"), "{}", refused.err);
    }
    iris.set(|settings| settings.message_mode = devnet::iris::MessageMode::Normal);
    let done = rig.all_ended().await;
    assert!(done.iter().all(|one| one["state"] == "settled"), "{done:#?}");
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    rig.assert_conserved();

    let list = ended(&rig, &["operations", "list"]);
    assert_eq!(list.code, 0);
    assert!(list.out.contains(&id) && list.out.contains("settled"), "{}", list.out);
    let open = rig.json(&["operations", "list", "--open"]);
    assert_eq!(open["operations"].as_array().unwrap().len(), 0);

    let show = ended(&rig, &["operations", "show", &id]);
    assert_eq!(show.code, 0, "{}", show.all());
    for words in ["timeline", "transactions", "realised $", "burn", "mint", "nonce", "0x"] {
        assert!(show.out.contains(words), "`{words}` is missing in\n{}", show.out);
    }
    let shown = rig.json(&["operations", "show", &id]);
    let states: Vec<&str> =
        shown["timeline"].as_array().unwrap().iter().map(|entry| entry["to"].as_str().unwrap()).collect();
    assert_eq!(states.first().copied(), Some("planned"), "{states:?}");
    assert_eq!(states.last().copied(), Some("settled"), "{states:?}");
    assert!(shown["operation"]["realised_usd"].is_number(), "{shown:#}");
    for attempt in shown["attempts"].as_array().unwrap() {
        assert_eq!(attempt["success"], true, "{shown:#}");
    }

    for decision in ["retry", "failed"] {
        let refused = ended(&rig, &["operations", "resolve", &id, decision, "--reason", "curiosity"]);
        assert_eq!(refused.code, 1, "{}", refused.all());
        assert!(refused.err.contains("needs no decision"), "{}", refused.err);
        let refused = ended(&rig, &["operations", "resolve", UNKNOWN, decision, "--reason", "curiosity"]);
        assert_eq!(refused.code, 1, "{}", refused.all());
        assert!(refused.err.contains("there is no operation"), "{}", refused.err);
    }
    assert_eq!(ended(&rig, &["operations", "show", UNKNOWN]).code, 1);
    assert_eq!(ended(&rig, &["operations", "show", "not-an-id"]).code, 2);
    assert_eq!(ended(&rig, &["operations", "list", "--limit", "0"]).code, 2);
    assert_eq!(rig.json(&["operations", "show", &id]), shown, "refusals change nothing");
}
