//! Where values come from, and that secrets stay where they are.

use purser::config::{Origin, SecretRef};

use super::{VALID, line_of, load, load_in, shipped, with};

fn origin(text: &str, key: &str) -> Origin {
    let loaded = load(text).unwrap();
    loaded.provenance.get(key).unwrap_or_else(|| panic!("no value {key}")).origin.clone()
}

#[test]
fn a_value_of_the_file_has_its_line_and_column() {
    let at = |piece: &str, column| Origin::File { line: line_of(VALID, piece), column };
    assert_eq!(origin(VALID, "mode"), at("mode =", 1));
    assert_eq!(origin(VALID, "chains.base.quorum"), at("quorum", 1));
    assert_eq!(origin(VALID, "chains.base.rpc[1]"), at("base.example.net", 35));
    assert_eq!(origin(VALID, "wallet.password.env"), at("TEST_PASSWORD", 14));
    assert_eq!(origin(VALID, "rebalance.targets[1].weight"), at("weight = 40", 41));
}

#[test]
fn columns_count_characters() {
    let text =
        with("mode = \"dry-run\"", "mode = \"dry-run\" # ü\nlog = { level = \"info\", format = \"json\" }");
    assert_eq!(origin(&text, "log.format"), Origin::File { line: 2, column: 25 });
    let text = with("coingecko = \"usd-coin\"\nkraken = \"USDCUSD\"\ndepeg_band = 1\n", "");
    let text = text
        .replace("[assets.USDC]", "[assets]\nUSDC = { coingecko = \"ü\", kraken = \"U\", depeg_band = 1 }");
    assert_eq!(origin(&text, "assets.USDC.kraken"), Origin::File { line: line_of(&text, "ü"), column: 27 });
}

#[test]
fn what_the_file_does_not_say_is_known_built_in_or_default() {
    assert_eq!(origin(VALID, "chains.base.cctp.domain"), Origin::Known(8453));
    assert_eq!(origin(VALID, "chains.arbitrum.kind"), Origin::Known(42161));
    assert_eq!(origin(VALID, "chains.arbitrum.quorum"), Origin::Default);
    assert_eq!(origin(VALID, "execution.poll_ms"), Origin::Default);
    assert_eq!(origin(VALID, "profiles.balanced.schedule"), Origin::BuiltIn);
}

#[test]
fn an_override_has_the_name_of_its_variable() {
    let loaded = load_in(VALID, &[("PURSER_LOG__LEVEL", "debug")]).unwrap();
    let entry = loaded.provenance.get("log.level").unwrap();
    assert_eq!(entry.value, "debug");
    assert_eq!(entry.origin, Origin::Environment("PURSER_LOG__LEVEL".to_owned()));
}

#[test]
fn every_effective_value_is_listed_once() {
    let loaded = purser::config::Config::load_with(&shipped("example.toml"), []).unwrap();
    let mut keys: Vec<&str> = loaded.provenance.entries().iter().map(|entry| entry.key.as_str()).collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count);
    for key in [
        "mode",
        "data_dir",
        "server.listen",
        "policy.max_fee",
        "policy.recipients",
        "prices.coingecko_key.env",
    ] {
        assert!(keys.contains(&key), "{key}");
    }
}

#[test]
fn urls_show_only_their_host() {
    let text = with("https://arbitrum.example", "https://arbitrum.example:8443/v2/c4n4ry?key=c4n4ry#c4n4ry");
    let loaded = load(text).unwrap();
    assert_eq!(
        loaded.provenance.get("chains.arbitrum.rpc[0]").unwrap().value,
        "https://arbitrum.example:8443"
    );
    assert!(!format!("{loaded:?}").contains("c4n4ry"));
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("purser.toml");
    let text = with("{ env = \"TEST_PASSWORD\" }", "{ file = \"secrets/password\" }");
    let text = text.replace("\"https://arbitrum.example\"", "{ file = \"/absolute/url\" }");
    std::fs::write(&path, text).unwrap();
    let config = purser::config::Config::load_with(&path, []).unwrap().config;
    assert_eq!(config.data_dir, folder.path().join("data"));
    assert_eq!(config.wallet.keystore, folder.path().join("keystore.json"));
    assert_eq!(config.wallet.password, SecretRef::File(folder.path().join("secrets/password")));
    assert_eq!(config.chains["arbitrum"].rpc[0].to_string(), "file /absolute/url");
}
