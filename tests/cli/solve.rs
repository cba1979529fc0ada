//! `purser solve`: text, JSON, and files that are no instance.

use super::purser;
use crate::arbitrage::folder;

#[test]
fn a_file_is_solved_with_its_proof() {
    let path = folder().join("product_1000.json.gz");
    let path = path.to_str().unwrap();
    let text = purser(&["solve", path], &[]);
    assert_eq!(text.code, 0, "{}", text.all());
    for words in [
        "1000 pools of 63 tokens",
        "objective      73343.89176459",
        "bound          73343.89176459",
        "solved",
    ] {
        assert!(text.out.contains(words), "`{words}` is missing in\n{}", text.out);
    }
    let shown = purser(&["solve", path, "--json"], &[]).json();
    let number = |key: &str| shown[key].as_f64().unwrap();
    assert!((number("objective") - 73_343.891_764_594_8).abs() < 1e-6, "{shown:#}");
    assert!(number("gap") <= 1e-10 && number("infeasibility") <= 1e-10, "{shown:#}");
    assert_eq!((&shown["status"], &shown["pools"]), (&"solved".into(), &1000.into()));
    assert!(shown["iterations"]["newton"].as_u64().unwrap() > 0 && shown["time_us"].as_u64().unwrap() > 0);
}

#[test]
fn what_cannot_be_solved_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("instance.json");
    let missing = purser(&["solve", path.to_str().unwrap()], &[]);
    assert_eq!(missing.code, 1, "{}", missing.all());
    assert!(missing.err.contains("instance.json cannot be used"), "{}", missing.err);
    for (text, words) in [
        ("{\"n\":1,\"c\":[1],\n\"pools\":[[0,", "line 2 column"),
        ("{\"n\":2,\"c\":[1,1],\"pools\":[[0,1,1,1,2,0.5]]}", "pool 0 has kept of an input 2"),
    ] {
        std::fs::write(&path, text).unwrap();
        let refused = purser(&["solve", path.to_str().unwrap(), "--json"], &[]);
        assert_eq!(refused.code, 2, "{}", refused.all());
        assert!(refused.err.contains(words), "`{words}` is not in {}", refused.err);
        assert!(refused.json()["error"]["message"].as_str().unwrap().contains(words), "{}", refused.out);
    }
}

/// What an amount brings: two pools of the same pair, by hand.
#[test]
fn what_an_amount_brings_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("instance.json");
    std::fs::write(
        &path,
        "{\"n\":2,\"c\":[1,1],\"pools\":[[0,1,1e6,1e6,0.997,0.5],[0,1,1e6,1e6,0.997,0.5]]}",
    )
    .unwrap();
    let path = path.to_str().unwrap();
    let shown = purser(&["solve", path, "--sell", "0=100000", "--for", "1", "--json"], &[]).json();
    let exact = 2e6 * 0.997 * 1e5 / (2e6 + 0.997 * 1e5);
    let number = |key: &str| shown[key].as_f64().unwrap();
    assert!((number("out") - exact).abs() < 1e-6 * exact, "{shown:#} {exact}");
    assert!((number("bound") - exact).abs() < 1e-6 * exact, "{shown:#}");
    assert_eq!(shown["status"], "solved");
    let text = purser(&["solve", path, "--sell", "0=100000", "--for", "1"], &[]);
    assert!(text.out.contains("of token 0 bring"), "{}", text.all());
    let refused = purser(&["solve", path, "--sell", "0=100000", "--for", "2"], &[]);
    assert_eq!(refused.code, 2, "{}", refused.all());
    assert!(refused.err.contains("tokens 0 and 2 are no pair of the 2"), "{}", refused.err);
    for wrong in [&["--sell", "0=0", "--for", "1"][..], &["--sell", "0", "--for", "1"], &["--sell", "0=5"]] {
        let refused = purser(&[&["solve", path][..], wrong].concat(), &[]);
        assert_eq!(refused.code, 2, "{}", refused.all());
    }
}
