//! `purser config validate | show | schema`.

use serde_json::Value;
use tempfile::TempDir;

use super::{purser, shipped};

/// Writes a configuration and gives its path.
fn write(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("purser.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn testnet() -> String {
    std::fs::read_to_string(shipped("testnet.toml")).unwrap()
}

#[test]
fn validate_reports_every_problem_with_its_line() {
    let folder = TempDir::new().unwrap();
    let text =
        testnet().replace("trigger = 5", "trigger = 0.5").replace("max_day_usd = 500", "max_day_usd = 50");
    let path = write(&folder, &text);
    let ended = purser(&["--config", &path, "config", "validate"], &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.out.is_empty());
    for piece in ["trigger = 0.5", "max_operation_usd"] {
        let line = text.lines().position(|line| line.contains(piece)).unwrap() + 1;
        assert!(ended.err.contains(&format!("{path}:{line}:")), "{}", ended.err);
    }
    assert!(ended.err.contains("2 problems"), "{}", ended.err);
}

#[test]
fn problems_are_json_on_request() {
    let folder = TempDir::new().unwrap();
    let path = write(&folder, &testnet().replace("\nband = 1\n", "\nbend = 1\n"));
    let ended = purser(&["--config", &path, "--json", "config", "validate"], &[]);
    assert_eq!(ended.code, 2);
    let problems = ended.json()["error"]["problems"].clone();
    assert_eq!(problems.as_array().unwrap().len(), 1, "{problems:#}");
    assert_eq!(problems[0]["key"], "rebalance.bend");
    assert!(problems[0]["message"].as_str().unwrap().contains("did you mean `band`?"));
    assert!(problems[0]["line"].is_u64());
}

#[test]
fn validate_says_what_is_valid() {
    let path = shipped("testnet.toml");
    let ended = purser(&["--config", path.to_str().unwrap(), "--json", "config", "validate"], &[]);
    assert_eq!(ended.code, 0, "{}", ended.all());
    let document = ended.json();
    assert_eq!(document["valid"], true);
    assert_eq!(document["mode"], "dry-run");
    assert_eq!(document["chains"].as_array().unwrap().len(), 4);
    assert_eq!(document["targets"][0]["weight"], "40");
}

#[test]
fn show_tells_where_each_value_comes_from() {
    let folder = TempDir::new().unwrap();
    let text = testnet();
    let path = write(&folder, &text);
    let environment = [("PURSER_LOG__LEVEL", "debug")];
    let shown = purser(&["--config", &path, "config", "show"], &environment).out;
    let line = |piece: &str| text.lines().position(|line| line.starts_with(piece)).unwrap() + 1;
    let row = |key: &str| {
        let row = shown
            .lines()
            .find(|line| line.starts_with(&format!("{key} ")))
            .unwrap_or_else(|| panic!("no {key}"));
        row.to_owned()
    };
    assert!(row("mode").ends_with(&format!("= \"dry-run\"  # {path}:{}", line("mode ="))));
    assert!(row("log.level").ends_with("= \"debug\"  # environment PURSER_LOG__LEVEL"));
    assert!(row("execution.poll_ms").ends_with("= 1000  # default"));
    let usdc = row("chains.base-sepolia.tokens.USDC.address");
    assert!(
        usdc.ends_with("\"0x036CbD53842c5426634e7929541eC2318f3dCF7e\"  # known value of chain 84532"),
        "{usdc}"
    );
    assert!(row("cctp.iris_url").ends_with("# known value of testnets"));
    assert!(row("profiles.aggressive.schedule").ends_with("# built-in profile"));
    assert!(row("prices.coingecko_key").contains("= (not set)"));

    let rows = purser(&["--config", &path, "--json", "config", "show"], &environment).json();
    assert_eq!(rows.as_array().unwrap().len(), shown.lines().count());
}

#[test]
fn the_schema_describes_every_section() {
    let schema: Value = purser(&["config", "schema"], &[]).json();
    for key in ["mode", "chains", "assets", "rebalance", "policy", "cctp", "prices", "execution"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn no_command_prints_a_secret() {
    let canary = "c4n4ry53cr3t";
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("password"), canary).unwrap();
    std::fs::write(folder.path().join("url"), format!("https://rpc.example/{canary}")).unwrap();
    let text = testnet()
        .replace(
            "\"https://sepolia.base.org\"",
            &format!("\"https://rpc.example/{canary}\", {{ env = \"RPC\" }}, {{ file = \"url\" }}"),
        )
        .replace("[policy]", "[prices]\ncoingecko_key = { env = \"COINGECKO\" }\n\n[policy]");
    let path = write(&folder, &text);
    let url = format!("https://user:{canary}@rpc.example/{canary}");
    let environment = [("RPC", url.as_str()), ("COINGECKO", canary), ("PURSER_PASSWORD", canary)];
    let broken = |from: &str, to: &str| {
        let path = folder.path().join("broken.toml");
        assert!(text.contains(from));
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let commands = [&["config", "show"][..], &["config", "validate"], &["keys", "list"]];
    for command in commands {
        for flags in [&["--config", &path][..], &["--json", "--config", &path]] {
            let ended = purser(&[flags, command].concat(), &environment);
            assert_eq!(ended.code, 0, "{}", ended.all());
            assert!(!ended.all().contains(canary), "{command:?}: {}", ended.all());
        }
    }
    let quoted = format!("\"{canary}\"");
    for (from, to) in [
        ("{ file = \"password\" }", quoted.clone()),
        ("{ env = \"COINGECKO\" }", quoted.clone()),
        ("{ env = \"COINGECKO\" }", canary.to_owned()),
        ("{ env = \"RPC\" }", format!("{{ env = {quoted} ")),
        ("{ env = \"RPC\" }", format!("\"{url}\"")),
        ("chain_id = 84532", format!("chain_id = {quoted}")),
    ] {
        let ended = purser(&["--json", "--config", &broken(from, &to), "config", "show"], &environment);
        assert_eq!(ended.code, 2, "{}", ended.all());
        assert!(!ended.all().contains(canary), "{from} -> {to}: {}", ended.all());
    }
}
