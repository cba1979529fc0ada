//! `purser backtest`: text, JSON, the plot, and files that cannot be replayed.

use std::path::Path;

use purser::recording::Limits;

use super::purser;
use crate::recording::scene;

/// Runs it over all files of `folder`.
fn backtest(folder: &Path, more: &[&str]) -> super::Ended {
    let files: Vec<String> =
        scene::files(folder).iter().map(|file| file.to_str().unwrap().to_owned()).collect();
    let arguments: Vec<&str> = ["backtest"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .chain(more.iter().copied())
        .collect();
    purser(&arguments, &[])
}

#[tokio::test]
async fn recorded_blocks_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { file_bytes: 8_000, ..Limits::default() };
    let decisions = scene::record(folder.path(), &scene::blocks(200), limits).await;
    let planned = decisions.iter().flatten().filter(|decision| decision.plan.is_some()).count();
    let elsewhere = tempfile::tempdir().unwrap();
    let plot = elsewhere.path().join("plot.svg");
    let text = backtest(folder.path(), &["--plot", plot.to_str().unwrap()]);
    assert_eq!(text.code, 0, "{}", text.all());
    for words in [
        "test: 200 blocks from 1000 to 1199, 398 seconds".to_owned(),
        format!("decisions      {planned} planned"),
        "opportunities  ".to_owned(),
        "integer loss   median $".to_owned(),
        "      0.5× ".to_owned(),
        "Blocks are replayed as they were".to_owned(),
    ] {
        assert!(text.out.contains(&words), "`{words}` is missing in\n{}", text.out);
    }
    assert!(std::fs::read_to_string(&plot).unwrap().starts_with("<svg "));
    let shown = backtest(folder.path(), &["--gas", "1,3", "--json"]).json();
    assert_eq!(shown["decisions"]["planned"], planned);
    assert_eq!(
        (&shown["chain"], &shown["blocks"], &shown["seconds"]),
        (&"test".into(), &200.into(), &398.into())
    );
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or_else(|| panic!("{value}"));
    let (value, bound) = (number(&shown["value_usd"]["total"]), number(&shown["bound_usd"]));
    assert!(value > 100.0 && value <= bound, "{shown:#}");
    assert!(number(&shown["value_usd"]["median"]) <= number(&shown["value_usd"]["max"]));
    assert!(number(&shown["gap_ppm"]["p50"]) < 1_000.0, "{shown:#}");
    assert!(number(&shown["integer_loss_usd"]["max"]) < 0.01, "{shown:#}");
    assert!(number(&shown["decision_us"]["p50"]) > 0.0);
    let gas = shown["gas"].as_array().unwrap();
    assert_eq!(
        (gas.len(), &gas[0]["value_usd"], &gas[1]["multiple"]),
        (2, &shown["value_usd"]["total"], &3.into())
    );
    assert!(number(&gas[1]["value_usd"]) < value);
}

#[tokio::test]
async fn blocks_and_limits_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    scene::record(folder.path(), &scene::blocks(60), Limits::default()).await;
    let all = backtest(folder.path(), &["--json"]).json();
    let some = backtest(folder.path(), &["--from", "1020", "--to", "1039", "--json"]).json();
    assert_eq!(
        (&some["blocks"], &some["first_block"], &some["last_block"]),
        (&20.into(), &1020.into(), &1039.into())
    );
    let dear = backtest(folder.path(), &["--min-profit-usd", "400.5", "--json"]).json();
    assert!(dear["opportunities"].as_u64() < all["opportunities"].as_u64(), "{dear:#}");
    let small = backtest(folder.path(), &["--max-loan-usd", "1000", "--json"]).json();
    assert!(small["value_usd"]["total"].as_f64() < all["value_usd"]["total"].as_f64(), "{small:#}");
    // Nothing was decided there.
    let none = backtest(folder.path(), &["--from", "5000"]);
    assert_eq!(none.code, 3, "{}", none.all());
    assert!(none.out.contains("no block to decide"), "{}", none.out);
    for wrong in [["--gas", "1,much"], ["--min-profit-usd", "-1"], ["--from", "latest"]] {
        assert_eq!(backtest(folder.path(), &wrong).code, 2, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_cut_or_foreign_says_so() {
    let folder = tempfile::tempdir().unwrap();
    scene::record(folder.path(), &scene::blocks(50), Limits::default()).await;
    let file = scene::files(folder.path()).remove(0);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let cut = backtest(folder.path(), &[]);
    assert_eq!(cut.code, 0, "{}", cut.all());
    assert!(cut.out.contains("ends within a line, which is left out"), "{}", cut.out);
    assert_eq!(backtest(folder.path(), &["--json"]).json()["cut_files"].as_array().unwrap().len(), 1);
    std::fs::write(&file, "{\"n\":1}\n").unwrap();
    let foreign = backtest(folder.path(), &["--json"]);
    assert_eq!(foreign.code, 2, "{}", foreign.all());
    let words = "cannot be replayed: line 1: this is no header of a recording";
    assert!(foreign.err.contains(words) && foreign.err.contains(file.to_str().unwrap()), "{}", foreign.err);
    assert!(foreign.json()["error"]["message"].as_str().unwrap().contains(words));
    let missing = purser(&["backtest", "/nowhere/at.all"], &[]);
    assert_eq!(missing.code, 1, "{}", missing.all());
    assert_eq!(purser(&["backtest"], &[]).code, 2);
}
