//! Atomic arbitrage: every rule of its table, each broken once.

use purser::domain::Funding;

use super::{VALID, load, refused, replaced};

const TABLE: &str = "[chains.base.arbitrage]\ncontract = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"\n\
    factories = [\"uniswap-v3\", \"other\", \"uniswap-v2\"]\nbase = \"USDC\"\nmax_loan_usd = 1000\nmin_profit_usd = 5\n\
    max_profit_usd = 100\nprivate_rpc = [\"https://private.example\"]\n";

const POOLS: &str = "pools = [{ kind = \"v3\", assets = [\"USDC\", \"USDT\"], fee = 100 }]\n";

/// The valid file with a second token, a pool, a fork and the table.
fn valid() -> String {
    format!(
        "{VALID}\n[assets.USDT]\ncoingecko = \"tether\"\nkraken = \"USDTUSD\"\n\n[chains.base.tokens.USDT]\naddress = \
         \"0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2\"\ndecimals = 6\n\n[chains.base.uniswap]\n{POOLS}\n\
         [[chains.base.uniswap.forks]]\nname = \"other\"\nkind = \"v2\"\nfactory = \
         \"0x8909dc15e40173ff4699343b6eb8132c65e18ec6\"\ninit_code_hash = \"0x{}\"\n\n{TABLE}",
        "ab".repeat(32)
    )
}

fn with(from: &str, to: &str) -> String {
    replaced(&valid(), from, to)
}

/// The table with a line more.
fn plus(line: &str) -> String {
    format!("{}{line}\n", valid())
}

/// On a chain of which no contract of Uniswap is known.
fn elsewhere(text: &str) -> String {
    replaced(text, "chain_id = 8453\n", "chain_id = 10\n")
}

fn key(key: &str) -> String {
    format!("chains.base.arbitrage.{key}")
}

#[test]
fn the_table_has_cautious_defaults() {
    let config = load(valid()).unwrap().config;
    let arbitrage = config.chains["base"].arbitrage.clone().unwrap();
    assert_eq!(Funding::from(arbitrage.funding), Funding::PoolManager);
    assert_eq!((arbitrage.keep.ppm(), arbitrage.blocks, arbitrage.public), (900_000, 1, false));
    assert_eq!(arbitrage.private_rpc.len(), 1);
    assert!(config.chains["arbitrum"].arbitrage.is_none(), "none is done where none is configured");
    let lent = load(plus("funding = \"inventory\"\nblocks = 3")).unwrap().config;
    let lent = lent.chains["base"].arbitrage.clone().unwrap();
    assert_eq!(Funding::from(lent.funding), Funding::Inventory);
    let hasty = plus("funding = \"inventory\"\nblocks = 2");
    refused(&hasty, &key("blocks"), "a block of its own");
}

#[test]
fn what_is_required_is_named() {
    for line in [
        "contract = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"\n",
        "factories = [\"uniswap-v3\", \"other\", \"uniswap-v2\"]\n",
        "base = \"USDC\"\n",
        "max_loan_usd = 1000\n",
        "min_profit_usd = 5\n",
        "max_profit_usd = 100\n",
    ] {
        let name = line.split(' ').next().unwrap();
        refused(&with(line, ""), "chains.base.arbitrage", &format!("`{name}` is missing"));
    }
    refused(&plus("factory = 1"), &key("factory"), "did you mean `factories`");
    refused(&plus("funding = \"flash\""), &key("funding"), "pool-manager");
}

#[test]
fn the_contract_and_its_factories_exist() {
    let zero =
        with("0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x0000000000000000000000000000000000000000");
    refused(&zero, &key("contract"), "zero address");
    let mistyped =
        with("0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x5FbDB2315678afecb367f032d93F642f64180aA3");
    refused(&mistyped, &key("contract"), "checksum");
    refused(&with("\"other\", ", "\"another\", "), &key("factories[1]"), "the name of a fork");
    refused(&with("\"other\", ", "\"uniswap-v4\", "), &key("factories[1]"), "the name of a fork");
    let list = |count: usize| {
        let names = vec!["\"uniswap-v3\""; count].join(", ");
        with("[\"uniswap-v3\", \"other\", \"uniswap-v2\"]", &format!("[{names}]"))
    };
    load(list(255)).unwrap();
    refused(&list(256), &key("factories"), "at most 255");
    // Sepolia has no V2 factory of Uniswap.
    let testnet = valid().replace("chain_id = 8453\n", "chain_id = 11155111\n").replace("42161", "421614");
    refused(&testnet, &key("factories[2]"), "expected `uniswap-v2`");
}

#[test]
fn there_are_pools_to_route_through() {
    refused(&with(POOLS, "pools = []\n"), "chains.base.arbitrage", "no pools");
    let start = valid().find("[chains.base.uniswap]").unwrap();
    let end = valid().find("[chains.base.arbitrage]").unwrap();
    let without = format!("{}{}", &valid()[..start], &valid()[end..]);
    refused(&elsewhere(&without), "chains.base.arbitrage", "no `uniswap`");
}

#[test]
fn the_base_is_a_token_of_the_chain() {
    refused(&with("base = \"USDC\"", "base = \"ETH\""), &key("base"), "no token of this chain");
    refused(&with("base = \"USDC\"", "base = \"DAI\""), &key("base"), "no token of this chain");
    load(with("base = \"USDC\"", "base = \"USDT\"")).unwrap();
}

#[test]
fn who_lends_exists() {
    let contracts = "[chains.base.uniswap]\nv2_factory = \"0x8909dc15e40173ff4699343b6eb8132c65e18ec6\"\n\
        v3_factory = \"0x33128a8fc17869897dce68ed026d694621f6fdfd\"\n\
        quoter_v2 = \"0x3d4e44eb1374240ce5f1b871ab261cd16335b76a\"\n\
        swap_router02 = \"0x2626664c2603336e57b271c5c0b26f421741e481\"\n";
    let nobody = elsewhere(&with("[chains.base.uniswap]\n", contracts));
    refused(&nobody, &key("funding"), "no `pool_manager`");
    load(format!("{nobody}funding = \"inventory\"\nblocks = 3\n")).unwrap();
}

#[test]
fn amounts_are_in_order() {
    refused(&with("max_loan_usd = 1000", "max_loan_usd = 0"), &key("max_loan_usd"), "nothing could be lent");
    load(with("max_loan_usd = 1000", "max_loan_usd = 0.000001")).unwrap();
    refused(&with("max_profit_usd = 100", "max_profit_usd = 5"), &key("max_profit_usd"), "`min_profit_usd`");
    refused(&with("max_profit_usd = 100", "max_profit_usd = 4"), &key("max_profit_usd"), "`min_profit_usd`");
    load(with("max_profit_usd = 100", "max_profit_usd = 5.000001")).unwrap();
    for keep in ["0", "100.0001"] {
        refused(&plus(&format!("keep = {keep}")), &key("keep"), "more than 0, at most 100");
    }
    for keep in ["0.0001", "100"] {
        load(plus(&format!("keep = {keep}"))).unwrap();
    }
    for blocks in [0, 51] {
        refused(&plus(&format!("blocks = {blocks}")), &key("blocks"), "1 to 50");
    }
    for blocks in [1, 50] {
        load(plus(&format!("blocks = {blocks}"))).unwrap();
    }
}

#[test]
fn routes_are_private_unless_it_is_said_that_they_need_not_be() {
    let private = "private_rpc = [\"https://private.example\"]\n";
    refused(&with(private, ""), "chains.base.arbitrage", "a route needs `private_rpc`");
    refused(&with(private, "private_rpc = []\n"), "chains.base.arbitrage", "a route needs `private_rpc`");
    load(with(private, "public = true\n")).unwrap();
    load(plus("public = true")).unwrap();
    refused(&with("https://private.example", "wss://private.example"), &key("private_rpc[0]"), "web address");
    refused(
        &with("https://private.example", "https://a:b@private.example"),
        &key("private_rpc[0]"),
        "password",
    );
    load(with("\"https://private.example\"", "{ env = \"PRIVATE_URL\" }")).unwrap();
}
