//! `purser decisions list | show`.

use super::{ended, rig};
use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_listed_newest_first_and_shown() {
    let rig = rig(Setup::bridge()).await;
    let none = ended(&rig, &["decisions", "list"]);
    assert_eq!((none.code, none.out.trim()), (0, "no decisions yet"), "{}", none.all());
    assert_eq!(ended(&rig, &["decisions", "show"]).code, 1);

    for _ in 0..2 {
        let once = ended(&rig, &["run", "--once"]);
        assert_eq!(once.code, 0, "{}", once.all());
    }
    let list = rig.json(&["decisions", "list"]);
    let outcomes: Vec<_> =
        list["decisions"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["nothing", "accepted"], "{list:#}");
    assert_eq!(rig.json(&["decisions", "list", "--limit", "1"])["decisions"].as_array().unwrap().len(), 1);

    let accepted = list["decisions"][1]["number"].as_i64().unwrap().to_string();
    let show = ended(&rig, &["decisions", "show", &accepted]);
    assert_eq!(show.code, 0, "{}", show.all());
    for words in [
        "accepted: plan 0x",
        "read at",
        "positions",
        "policy",
        "allowed",
        "certificate",
        "no plan is worth more",
    ] {
        assert!(show.out.contains(words), "`{words}` is missing in\n{}", show.out);
    }
    let newest = rig.json(&["decisions", "show"]);
    assert_eq!(newest["number"], list["decisions"][0]["number"]);
    assert_eq!(newest["decision"]["deviations"].as_array().unwrap().len(), 2, "{newest:#}");

    let unknown = ended(&rig, &["decisions", "show", "99"]);
    assert_eq!(unknown.code, 1, "{}", unknown.all());
    assert!(unknown.err.contains("there is no such decision"), "{}", unknown.err);
    assert_eq!(ended(&rig, &["decisions", "list", "--limit", "0"]).code, 2);
}
