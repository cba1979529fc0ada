//! Every rule that types cannot state, each broken once.

use super::{VALID, load, load_in, problems, refused, replaced, with};

/// The valid file with lines added to the end of its `[policy]` table or new tables after it.
fn plus(lines: &str) -> String {
    format!("{VALID}\n{lines}\n")
}

#[test]
fn weights_add_up_to_one_hundred() {
    refused(&with("weight = 40", "weight = 39.9999"), "rebalance.targets", "add up to 99.9999, not to 100");
    refused(&with("weight = 40", "weight = \"40.0001\""), "rebalance.targets", "100.0001");
    load(replaced(&with("weight = 60", "weight = 66.6667"), "weight = 40", "weight = 33.3333")).unwrap();
    let zero = with("weight = 40 },", "weight = 40 },\n  { chain = \"base\", asset = \"ETH\", weight = 0 },");
    assert!(problems(zero).iter().any(|problem| problem.message.contains("a weight is 0")));
    refused(
        &plus("[profiles.mine]\nweights = [50, 49]\nschedule = \"0 0 6 * * *\""),
        "profiles.mine.weights",
        "99",
    );
}

#[test]
fn the_trigger_is_above_the_band() {
    let text = with("[rebalance]", "[rebalance]\ntrigger = 1\nband = 1");
    refused(&text, "rebalance.trigger", "hysteresis");
    refused(&with("[rebalance]", "[rebalance]\ntrigger = 101"), "rebalance.trigger", "at most 100");
}

#[test]
fn targets_refer_to_chains_and_assets_that_exist() {
    let text = with("{ chain = \"base\"", "{ chain = \"bas\"");
    refused(&text, "rebalance.targets[0].chain", "no such chain");
    let text = with("asset = \"USDC\", weight = 60", "asset = \"DAI\", weight = 60");
    refused(&text, "rebalance.targets[0].asset", "no such asset");
    let text = with("asset = \"USDC\", weight = 60", "asset = \"USDT\", weight = 60");
    let text =
        format!("{text}\n[assets.USDT]\ncoingecko = \"tether\"\nkraken = \"USDTUSD\"\ndepeg_band = 1\n");
    refused(&text, "rebalance.targets[0].asset", "no token of the chain");
    let text = with("chain = \"arbitrum\", asset", "chain = \"base\", asset");
    refused(&text, "rebalance.targets[1]", "twice");
}

#[test]
fn a_target_is_a_stablecoin_with_prices() {
    refused(&with("depeg_band = 1\n", ""), "assets.USDC", "set `depeg_band`");
    refused(&with("kraken = \"USDCUSD\"\n", ""), "assets.USDC", "2 of `coingecko`, `kraken`, `binance`");
    refused(&with("depeg_band = 1", "depeg_band = 100"), "assets.USDC.depeg_band", "less than 100");
    load(plus("[prices]\nmin_sources = 1").replace("kraken = \"USDCUSD\"\n", "")).unwrap();
}

#[test]
fn a_goal_is_a_profile_or_targets() {
    let both = with("[rebalance]", "[rebalance]\nprofile = \"balanced\"");
    refused(&both, "rebalance.targets", "not both");
    let start = VALID.find("schedule = ").unwrap();
    let end = VALID.find("[policy]").unwrap();
    let goal = |lines: &str| format!("{}{lines}\n\n{}", &VALID[..start], &VALID[end..]);
    refused(&goal(""), "rebalance", "set `profile`");
    let profile = "asset = \"USDC\"\nchains = [\"base\", \"arbitrum\"]";
    load(goal(&format!("profile = \"conservative\"\n{profile}"))).unwrap();
    let wrong = goal(&format!("profile = \"balanced\"\n{profile}"));
    refused(&wrong, "rebalance.chains", "exactly 3");
    let wrong = goal(&format!("profile = \"reckless\"\n{profile}"));
    refused(&wrong, "rebalance.profile", "aggressive, balanced, conservative");
    let wrong = goal("profile = \"conservative\"\nchains = [\"base\", \"arbitrum\"]");
    refused(&wrong, "rebalance.asset", "needs the asset");
    let wrong = goal("profile = \"conservative\"\nasset = \"USDC\"\nchains = [\"base\", \"base\"]");
    refused(&wrong, "rebalance.chains[1]", "twice");
    let wrong = goal("profile = \"conservative\"\nasset = \"USDC\"\nchains = [\"base\", \"optimism\"]");
    refused(&wrong, "rebalance.chains[1]", "no such chain");
}

#[test]
fn schedules_are_cron_with_seconds() {
    for wrong in ["0 6 * * *", "hourly", "", "61 0 6 * * *", "0 0 25 * * *", "0 0 6 * * * * *", "@never"] {
        let text = with("schedule = \"0 0 6 * * *\"", &format!("schedule = \"{wrong}\""));
        refused(&text, "rebalance.schedule", "six fields");
    }
    for right in ["*/5 * * * * *", "0 */15 * * * *", "0 0 0,6,12,18 * * *", "0 0 6 * * MON"] {
        load(with("schedule = \"0 0 6 * * *\"", &format!("schedule = \"{right}\""))).unwrap();
    }
    refused(&with("schedule = \"0 0 6 * * *\"\n", ""), "rebalance", "need a `schedule`");
    let text = plus("[profiles.mine]\nweights = [100]\nschedule = \"sometimes\"");
    refused(&text, "profiles.mine.schedule", "six fields");
}

#[test]
fn the_quorum_is_at_most_the_endpoints() {
    refused(&with("quorum = 2", "quorum = 3"), "chains.base.quorum", "at most the number of endpoints");
    refused(&with("quorum = 2", "quorum = 0"), "chains.base.quorum", "at least 1");
    refused(
        &with("\"https://base.example.net\"", "\"https://base.example/v1\""),
        "chains.base.rpc[1]",
        "twice",
    );
    let none = with("[\"https://arbitrum.example\"]", "[]");
    refused(&none, "chains.arbitrum.rpc", "at least one endpoint");
}

#[test]
fn urls_are_http_and_hold_no_password() {
    for (wrong, message) in [
        ("ftp://arbitrum.example", "not a web address"),
        ("wss://arbitrum.example", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("arbitrum.example", "not a URL"),
        ("", "not a URL"),
        ("https://user:password@arbitrum.example", "must not be in the file"),
        ("https://token@arbitrum.example", "must not be in the file"),
    ] {
        let text = with("https://arbitrum.example", wrong);
        refused(&text, "chains.arbitrum.rpc[0]", message);
    }
    for key in ["coingecko_url", "kraken_url", "binance_url"] {
        refused(&plus(&format!("[prices]\n{key} = \"x\"")), &format!("prices.{key}"), "not a URL");
    }
    refused(&plus("[cctp]\niris_url = \"https://a:b@c\""), "cctp.iris_url", "must not be in the file");
    load(with("\"https://arbitrum.example\"", "{ env = \"ARBITRUM_URL\" }")).unwrap();
}

#[test]
fn live_mode_needs_limits() {
    let live = with("mode = \"dry-run\"", "mode = \"live\"");
    load(&live).unwrap();
    for key in ["max_day_usd = 500", "max_gas_day_usd = 20", "max_operation_usd = 100"] {
        let name = key.split(' ').next().unwrap();
        let zero = |text: &str| {
            let text = replaced(text, key, &format!("{name} = 0"));
            // An operation may not be larger than a day, whatever the mode.
            if name == "max_day_usd" {
                replaced(&text, "max_operation_usd = 100", "max_operation_usd = 0")
            } else {
                text
            }
        };
        load(zero(VALID)).unwrap();
        let found = problems(zero(&live));
        let path = format!("policy.{name}");
        assert!(found.iter().any(|it| it.key == path && it.message.contains("above 0")), "{found:?}");
    }
    let text = replaced(
        &live,
        "[\"https://arbitrum.example\"]\nmax_gas_usd = 1",
        "[\"https://a.example\"]\nmax_gas_usd = 0",
    );
    refused(&text, "chains.arbitrum.max_gas_usd", "above 0");
    let found = load_in(&text, &[("PURSER_MODE", "dry-run")]);
    found.unwrap();
}

#[test]
fn limits_are_in_order() {
    refused(
        &with("max_operation_usd = 100", "max_operation_usd = 501"),
        "policy.max_operation_usd",
        "max_day_usd",
    );
    refused(&with("max_fee = 0.1", "max_fee = 100"), "policy.max_fee", "less than 100");
    let zero =
        with("max_fee = 0.1", "max_fee = 0.1\nrecipients = [\"0x0000000000000000000000000000000000000000\"]");
    refused(&zero, "policy.recipients[0]", "zero address");
}

#[test]
fn chain_ids_and_domains_are_unique() {
    let text = with("chain_id = 42161", "chain_id = 8453");
    let found = problems(text);
    assert!(found.iter().any(|it| it.key == "chains.base.chain_id" && it.message.contains("same chain id")));
    assert!(
        found.iter().any(|it| it.key == "chains.base.cctp.domain" && it.message.contains("same CCTP domain"))
    );
    let text = plus("[chains.base.cctp]\ndomain = 3");
    refused(&text, "chains.base.cctp.domain", "same CCTP domain as `arbitrum`");
}

#[test]
fn mainnets_and_testnets_do_not_mix() {
    refused(&with("chain_id = 42161", "chain_id = 421614"), "chains", "one file for each");
}

#[test]
fn a_mistyped_address_is_found_by_its_checksum() {
    let token = |address: &str| plus(&format!("[chains.base.tokens.USDC]\naddress = \"{address}\""));
    load(token("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913")).unwrap();
    load(token("0x833589fcd6edb6e08f4c7c32d4f71b54bda02913")).unwrap();
    let wrong = token("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02914");
    refused(&wrong, "chains.base.tokens.USDC.address", "checksum");
    let zero = token("0x0000000000000000000000000000000000000000");
    refused(&zero, "chains.base.tokens.USDC.address", "zero address");
}

#[test]
fn tokens_and_native_coins_are_assets() {
    let text = plus(
        "[chains.base.tokens.DAI]\naddress = \"0x50c5725949A6F0c72E6C4a641F24049A917DB0Cb\"\ndecimals = 18",
    );
    refused(&text, "chains.base.tokens.DAI", "under [assets]");
    let text = with("[assets.ETH]", "[assets.WETH]");
    assert!(
        problems(text).iter().all(|it| it.key.ends_with(".native") && it.message.contains("under [assets]"))
    );
    let twice = plus(
        "[assets.USDX]\ncoingecko = \"x\"\nkraken = \"x\"\n\n[chains.base.tokens.USDX]\naddress = \
        \"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913\"\ndecimals = 6",
    );
    refused(&twice, "chains.base.tokens.USDX.address", "same contract as `USDC`");
}

#[test]
fn pools_are_of_tokens_and_of_fees_that_exist() {
    let pools = |pools: &str| {
        plus(&format!(
            "[assets.USDT]\ncoingecko = \"tether\"\nkraken = \"USDTUSD\"\n\n[chains.base.tokens.USDT]\naddress = \
             \"0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2\"\ndecimals = 6\n\n[chains.base.uniswap]\npools = [{pools}]"
        ))
    };
    let v3 = "{ kind = \"v3\", assets = [\"USDC\", \"USDT\"], fee = 100 }";
    let v2 = "{ kind = \"v2\", assets = [\"USDT\", \"USDC\"] }";
    load(pools(&format!("{v3}, {v2}"))).unwrap();
    let at = "chains.base.uniswap.pools";
    refused(
        &pools(&format!("{v3}, {}", v3.replace("\"USDC\", \"USDT\"", "\"USDT\", \"USDC\""))),
        &format!("{at}[1]"),
        "twice",
    );
    refused(&pools(&v3.replace("100", "200")), &format!("{at}[0].fee"), "100, 500, 3000 or 10000");
    refused(&pools(&v2.replace(" }", ", fee = 500 }")), &format!("{at}[0].fee"), "every V2 pool is 3000");
    refused(&pools(&v3.replace("USDT", "ETH")), &format!("{at}[0].assets[1]"), "no token");
    refused(&pools(&v3.replace("USDT", "USDC")), &format!("{at}[0].assets"), "two different");
    refused(&pools(&v3.replace("\"USDC\", ", "")), &format!("{at}[0].assets"), "expected 2 entries");
    let bare = pools(v2).replace("8453", "84532").replace("42161", "421614");
    load(&bare).unwrap();
    let sepolia = pools(v2).replace("8453", "11155111").replace("42161", "421614");
    refused(&sepolia, &format!("{at}[0].kind"), "no `v2_factory`");
}

#[test]
fn a_socket_is_no_web_address() {
    let text = |url: &str| with("quorum = 2", &format!("quorum = 2\nws = \"{url}\""));
    load(text("wss://base.example/key")).unwrap();
    refused(&text("https://base.example"), "chains.base.ws", "ws:// or wss://");
    refused(&text("wss://me:word@base.example"), "chains.base.ws", "must not be in the file");
}

#[test]
fn pools_of_v4_and_of_forks_say_what_they_need() {
    let pools = |pools: &str, rest: &str| {
        plus(&format!(
            "[assets.USDT]\ncoingecko = \"tether\"\nkraken = \"USDTUSD\"\n\n[chains.base.tokens.USDT]\naddress = \
             \"0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2\"\ndecimals = 6\n\n[chains.base.uniswap]\npools = [{pools}]\n{rest}"
        ))
    };
    let v4 = "{ kind = \"v4\", assets = [\"USDC\", \"USDT\"], fee = 10, tick_spacing = 1 }";
    let v2 = "{ kind = \"v2\", assets = [\"USDC\", \"USDT\"], factory = \"other\" }";
    let v3 = "{ kind = \"v3\", assets = [\"USDC\", \"USDT\"], fee = 2500, factory = \"more\" }";
    let fork = |name: &str, kind: &str| {
        format!(
            "[[chains.base.uniswap.forks]]\nname = \"{name}\"\nkind = \"{kind}\"\nfactory = \
             \"0x8909dc15e40173ff4699343b6eb8132c65e18ec6\"\ninit_code_hash = \"0x{}\"\nfee = 2500\n",
            "ab".repeat(32)
        )
    };
    let forks = format!("{}{}", fork("other", "v2"), fork("more", "v3"));
    let config = load(pools(&format!("{v4}, {v2}, {v3}"), &forks)).unwrap().config;
    let uniswap = config.chains["base"].uniswap.as_ref().unwrap();
    assert_eq!(uniswap.pools.iter().filter(|pool| pool.is_routed()).count(), 0);
    let at = "chains.base.uniswap";
    let pool = |key: &str| format!("{at}.pools[0].{key}");
    refused(&pools(&v4.replace(", tick_spacing = 1", ""), ""), &pool("tick_spacing"), "1 to 32767");
    refused(&pools(&v4.replace("spacing = 1", "spacing = 0"), ""), &pool("tick_spacing"), "1 to 32767");
    refused(&pools(&v4.replace("fee = 10", "fee = 1000000"), ""), &pool("fee"), "0 to 999999");
    refused(&pools(&v4.replace(" }", ", factory = \"other\" }"), &forks), &pool("factory"), "PoolManager");
    refused(&pools(&v4.replace(" }", ", hooks = 1 }"), ""), &pool("hooks"), "unknown");
    refused(&pools(v2, ""), &pool("factory"), "no fork");
    refused(&pools(&v2.replace(" }", ", fee = 100 }"), &forks), &pool("fee"), "set at the fork");
    refused(
        &pools(&v2.replace(" }", ", tick_spacing = 1 }"), &forks),
        &pool("tick_spacing"),
        "only a V4 pool",
    );
    refused(&pools(&v2.replace("other", "more"), &forks), &pool("kind"), "other kind");
    refused(&pools(&v3.replace("fee = 2500", "fee = 0"), &forks), &pool("fee"), "1 to 999999");
    let twice = format!("{forks}{}", fork("other", "v3"));
    refused(&pools(v2, &twice), &format!("{at}.forks[2].name"), "twice");
    refused(&pools("", &fork("x", "v4")), &format!("{at}.forks[0].kind"), "`v2` or `v3`");
    refused(
        &pools("", &fork("x", "v2").replace("ab", "00")),
        &format!("{at}.forks[0].init_code_hash"),
        "no code",
    );
    refused(&pools("", &fork("x", "v2").replace("2500", "0")), &format!("{at}.forks[0].fee"), "1 to 999999");
}

#[test]
fn one_inch_has_a_key_a_router_and_bounds() {
    let table = |lines: &str| plus(&format!("[chains.base.oneinch]\nkey = {{ env = \"K\" }}\n{lines}"));
    let config = load(table("")).unwrap().config.chains["base"].oneinch.clone().unwrap();
    assert_eq!(config.router.to_string(), "0x111111125421cA6dc452d289314280a0f8842A65");
    assert_eq!((config.version.as_str(), config.requests_per_second), ("v6.1", 1));
    load(table("version = \"v7\"\nslippage = 0.1\nquote_seconds = 120\nexcluded_protocols = [\"A_1\"]"))
        .unwrap();
    for (line, key, message) in [
        ("version = \"6.1\"", "version", "such as `v6.1`"),
        ("version = \"v6.1/../v5\"", "version", "such as `v6.1`"),
        ("router = \"0x0000000000000000000000000000000000000000\"", "router", "zero address"),
        ("requests_per_second = 0", "requests_per_second", "1 to 100"),
        ("requests_per_second = 101", "requests_per_second", "1 to 100"),
        ("slippage = 0.2", "slippage", "wider than `execution.slippage`"),
        ("timeout_seconds = 0", "timeout_seconds", "at least 1"),
        ("quote_seconds = 121", "quote_seconds", "at most 120"),
        ("excluded_protocols = [\"A,B\"]", "excluded_protocols[0]", "letters, digits"),
        ("base_url = \"ftp://host\"", "base_url", "http"),
        ("base_url = \"https://user:word@host\"", "base_url", "must not be in the file"),
    ] {
        let text = table(line);
        let problem = refused(&text, &format!("chains.base.oneinch.{key}"), message);
        assert_eq!(super::line(&problem.origin), super::line_of(&text, line), "{problem:?}");
    }
    refused(&table("").replace("\"K\"", "\"\""), "chains.base.oneinch.key", "empty");
    refused(&table("keys = 1"), "chains.base.oneinch.keys", "did you mean `key`");
    let without = plus("[chains.base.oneinch]\nversion = \"v6.1\"");
    refused(&without, "chains.base.oneinch", "`key` is missing");
}

#[test]
fn one_inch_is_where_it_is_and_has_one_rate_per_account() {
    let table = |chain: &str, key: &str, rate: u32| {
        format!("[chains.{chain}.oneinch]\nkey = {{ env = \"{key}\" }}\nrequests_per_second = {rate}\n")
    };
    load(plus(&format!("{}{}", table("base", "K", 5), table("arbitrum", "K", 5)))).unwrap();
    load(plus(&format!("{}{}", table("base", "K", 5), table("arbitrum", "L", 6)))).unwrap();
    let apart = plus(&format!("{}{}", table("base", "K", 5), table("arbitrum", "K", 6)));
    refused(&apart, "chains.base.oneinch.requests_per_second", "share one limit");
    let testnet = plus(&table("base", "K", 1)).replace("8453", "84532").replace("42161", "421614");
    refused(&testnet, "chains.base.oneinch", "no test networks");
    let zksync = plus(&table("base", "K", 1)).replace("chain_id = 8453", "chain_id = 324");
    let found = problems(zksync);
    let router =
        found.iter().any(|it| it.key == "chains.base.oneinch.router" && it.message.contains("zkSync"));
    assert!(router, "{found:#?}");
}

#[test]
fn unknown_chains_with_cctp_need_the_url_of_iris() {
    let cctp = "[chains.base.cctp]\ndomain = 6\ntoken_messenger = \"0x28b5a0e9c621a5badaa536219b3a228c8168cf5d\"\n\
        message_transmitter = \"0x81d40f21f12a8f0e3252bccb954d722d4c464b64\"\n\
        token_minter = \"0xfd78ee919681417d192449715b2594ab58f5d002\"\n\n[chains.base.tokens.USDC]\n\
        address = \"0x833589fcd6edb6e08f4c7c32d4f71b54bda02913\"\ndecimals = 6\n\n[chains.arbitrum.tokens.USDC]\n\
        address = \"0x833589fcd6edb6e08f4c7c32d4f71b54bda02913\"\ndecimals = 6";
    let text = plus(cctp).replace("8453\n", "31337\n").replace("42161", "31338");
    refused(&text, "cctp.iris_url", "must be set");
    load(format!("{text}\n[cctp]\niris_url = \"http://127.0.0.1:1\"\n")).unwrap();
}

#[test]
fn bounds_are_bounds() {
    for key in [
        "poll_ms",
        "drain_seconds",
        "plan_seconds",
        "bump_seconds",
        "max_attempts",
        "stuck_seconds",
        "swap_deadline_seconds",
    ] {
        refused(&plus(&format!("[execution]\n{key} = 0")), &format!("execution.{key}"), "at least 1");
    }
    refused(&plus("[execution]\nslippage = 100"), "execution.slippage", "less than 100");
    for key in ["poll_ms", "timeout_seconds", "max_in_flight"] {
        refused(&plus(&format!("[cctp]\n{key} = 0")), &format!("cctp.{key}"), "at least 1");
    }
    for rate in [0, 35] {
        refused(
            &plus(&format!("[cctp]\nrequests_per_second = {rate}")),
            "cctp.requests_per_second",
            "1 to 34",
        );
    }
    for count in [0, 4] {
        let text = plus(&format!("[prices]\nmin_sources = {count}"));
        assert!(problems(text).iter().any(|it| it.key == "prices.min_sources"));
    }
    refused(&plus("[prices]\ncache_seconds = 901"), "prices.cache_seconds", "older than");
    refused(&plus("[prices]\ntimeout_seconds = 0"), "prices.timeout_seconds", "at least 1");
    refused(&plus("[prices]\ntolerance = 100"), "prices.tolerance", "less than 100");
    refused(&plus("[log]\nlevel = \"purser=loud\""), "log.level", "log filter");
    let chain = |line: &str| with("quorum = 2", &format!("quorum = 2\n{line}"));
    refused(&chain("timeout_ms = 0"), "chains.base.timeout_ms", "at least 1");
    refused(&chain("max_head_age_seconds = 0"), "chains.base.max_head_age_seconds", "at least 1");
    refused(&chain("finality = { confirmations = 0 }"), "chains.base.finality", "at least 1");
    refused(&chain("min_native = \"a bit\""), "chains.base.min_native", "decimal number");
    load(chain("finality = { confirmations = 12 }\nmin_native = \"0.05\"")).unwrap();
}
