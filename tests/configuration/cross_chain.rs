//! Arbitrage between chains: every rule of its table, each broken once.

use purser::config::Problem;

use super::{VALID, load, refused, replaced};

const TABLE: &str = "[cross_chain]\nassets = [\"USDT\"]\nchains = [\"base\", \"arbitrum\"]\nmax_exposure_usd = 50\n\
    min_profit_usd = 5\nmax_profit_usd = 100\n";

/// The valid file with a second token and a pool of it on two chains, and the table.
fn valid() -> String {
    let chain = |name: &str, token: &str| {
        format!(
            "[chains.{name}.tokens.USDT]\naddress = \"{token}\"\ndecimals = 6\n\n[chains.{name}.uniswap]\n\
             pools = [{{ kind = \"v3\", assets = [\"USDC\", \"USDT\"], fee = 100 }}]\n\n"
        )
    };
    let base = chain("base", "0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2");
    let arbitrum = chain("arbitrum", "0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9");
    format!("{VALID}\n[assets.USDT]\ncoingecko = \"tether\"\nkraken = \"USDTUSD\"\n\n{base}{arbitrum}{TABLE}")
}

fn with(from: &str, to: &str) -> String {
    replaced(&valid(), from, to)
}

#[test]
fn the_table_has_cautious_defaults() {
    let config = load(valid()).unwrap().config;
    let trades = config.cross_chain.unwrap();
    assert_eq!(
        (trades.base.as_str(), trades.risk.ppm(), trades.max_unwind_loss.ppm()),
        ("USDC", 500, 20_000)
    );
    assert_eq!((trades.plan_seconds, trades.pause_ms), (120, 1_000));
    let without = load(replaced(&valid(), TABLE, "")).unwrap().config;
    assert!(without.cross_chain.is_none(), "none is done where none is configured");
}

#[test]
fn what_is_required_is_named() {
    for line in TABLE.lines().skip(1) {
        let name = line.split(' ').next().unwrap();
        refused(&with(&format!("{line}\n"), ""), "cross_chain", &format!("`{name}` is missing"));
    }
    refused(&format!("{}risks = 1\n", valid()), "cross_chain.risks", "did you mean `risk`");
}

#[test]
fn every_rule_is_kept() {
    let key = |key: &str| format!("cross_chain.{key}");
    let assets = "assets = [\"USDT\"]";
    let chains = "chains = [\"base\", \"arbitrum\"]\nmax_exposure";
    for (from, to, at, words) in [
        (assets, "assets = []", "assets", "nothing could be traded"),
        (assets, "assets = [\"USDT\", \"USDT\"]", "assets[1]", "the same asset twice"),
        (assets, "assets = [\"USDC\"]", "assets[0]", "cannot be traded for itself"),
        (assets, "assets = [\"DAI\"]", "assets[0]", "no such asset under [assets]"),
        ("max_exposure_usd = 50", "max_exposure_usd = 0", "max_exposure_usd", "nothing could be traded"),
        ("max_exposure_usd = 50", "max_exposure_usd = 50000", "max_exposure_usd", "would be denied"),
        ("min_profit_usd = 5", "min_profit_usd = 100", "max_profit_usd", "must be more than"),
        ("max_profit_usd = 100", "max_profit_usd = 100\nrisk = 100", "risk", "less than 100"),
        (
            "max_profit_usd = 100",
            "max_profit_usd = 100\nmax_unwind_loss = 100",
            "max_unwind_loss",
            "less than 100",
        ),
        ("max_profit_usd = 100", "max_profit_usd = 100\nplan_seconds = 0", "plan_seconds", "1 to 3600"),
        ("max_profit_usd = 100", "max_profit_usd = 100\npause_ms = 49", "pause_ms", "50 to 60000"),
    ] {
        refused(&with(from, to), &key(at), words);
    }
    // What is wrong with a chain is wrong with its pools, too.
    for (to, at, words) in [
        ("chains = [\"base\"]", "chains", "two chains at least"),
        ("chains = [\"base\", \"base\"]", "chains[1]", "the same chain twice"),
        ("chains = [\"base\", \"mars\"]", "chains[1]", "no such EVM chain"),
        ("base = \"EURC\"\nchains = [\"base\", \"arbitrum\"]", "chains[0]", "no token of this chain"),
        ("base = \"EURC\"\nchains = [\"base\", \"arbitrum\"]", "base", "has no price"),
    ] {
        let found = super::problems(with(chains, &format!("{to}\nmax_exposure")));
        let is_it = |problem: &Problem| problem.key == key(at) && problem.message.contains(words);
        assert!(found.iter().any(is_it), "{to}: {found:#?}");
    }
    // Pools of forks and of V4 are no way for a swap of its own.
    let elsewhere = with(
        "pools = [{ kind = \"v3\", assets = [\"USDC\", \"USDT\"], fee = 100 }]\n\n[chains.arbitrum",
        "pools = [{ kind = \"v4\", assets = [\"USDC\", \"USDT\"], fee = 100, tick_spacing = 1 }]\n\n[chains.arbitrum",
    );
    refused(&elsewhere, &key("assets[0]"), "fewer than two");
}
