//! Arguments of `purser convert` that mean nothing: refused before anything is asked or written.

use super::{purser, shipped};

#[test]
fn arguments_that_mean_nothing_are_usage_errors() {
    let config = shipped("testnet.toml");
    let config = config.to_str().unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["--chain", "nowhere", "--sell", "1 USDC", "--for", "USDC"], "there is no chain `nowhere`"),
        (&["--chain", "CHAIN", "--sell", "USDC", "--for", "USDC"], "is not an amount and an asset"),
        (&["--chain", "CHAIN", "--sell", "1 USDC now", "--for", "USDC"], "is not an amount and an asset"),
        (&["--chain", "CHAIN", "--sell", "1.0000001 USDC", "--for", "USDC"], "at most 6 decimals"),
        (&["--chain", "CHAIN", "--sell", "one USDC", "--for", "USDC"], "is not an amount"),
        (&["--chain", "CHAIN", "--sell", "1 XYZ", "--for", "USDC"], "there is no asset `XYZ`"),
        (&["--chain", "CHAIN", "--sell", "1 USDC", "--for", "USDC"], "for another asset"),
        (&["--chain", "CHAIN", "--sell", "1 USDC", "--for", "XYZ"], "there is no asset `XYZ`"),
    ];
    let loaded = purser::config::Config::load(std::path::Path::new(config)).unwrap().config;
    let chain = loaded.chains.keys().next().unwrap().clone();
    for (arguments, words) in cases {
        let named: Vec<&str> =
            arguments.iter().map(|one| if *one == "CHAIN" { chain.as_str() } else { *one }).collect();
        let ended = purser(&[&["--config", config, "convert"], &named[..]].concat(), &[]);
        assert_eq!(ended.code, 2, "{named:?}: {}", ended.all());
        assert!(ended.err.contains(words), "`{words}` is not in {}", ended.all());
    }
}
