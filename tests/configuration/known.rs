//! Known values of chains, the URL of Iris, and the built-in profiles.

use std::collections::BTreeMap;

use alloy::primitives::{Address, address};
use purser::config::{ChainKind, Network, Origin, known};

use super::{VALID, load, replaced, with};

/// (chain id, network, domain, native USDC, kind, native coin), from Circle's list of chains.
const CHAINS: [(u64, Network, u32, Address, ChainKind, &str); 12] = [
    (
        1,
        Network::Mainnet,
        0,
        address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
        ChainKind::Ethereum,
        "ETH",
    ),
    (
        10,
        Network::Mainnet,
        2,
        address!("0b2C639c533813f4Aa9D7837CAf62653d097Ff85"),
        ChainKind::OpStack,
        "ETH",
    ),
    (
        137,
        Network::Mainnet,
        7,
        address!("3c499c542cEF5E3811e1192ce70d8cC03d5c3359"),
        ChainKind::Ethereum,
        "POL",
    ),
    (
        8453,
        Network::Mainnet,
        6,
        address!("833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"),
        ChainKind::OpStack,
        "ETH",
    ),
    (
        42161,
        Network::Mainnet,
        3,
        address!("af88d065e77c8cC2239327C5EDb3A432268e5831"),
        ChainKind::Arbitrum,
        "ETH",
    ),
    (
        43114,
        Network::Mainnet,
        1,
        address!("B97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E"),
        ChainKind::Ethereum,
        "AVAX",
    ),
    (
        11155111,
        Network::Testnet,
        0,
        address!("1c7D4B196Cb0C7B01d743Fbc6116a902379C7238"),
        ChainKind::Ethereum,
        "ETH",
    ),
    (
        11155420,
        Network::Testnet,
        2,
        address!("5fd84259d66Cd46123540766Be93DFE6D43130D7"),
        ChainKind::OpStack,
        "ETH",
    ),
    (
        80002,
        Network::Testnet,
        7,
        address!("41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582"),
        ChainKind::Ethereum,
        "POL",
    ),
    (
        84532,
        Network::Testnet,
        6,
        address!("036CbD53842c5426634e7929541eC2318f3dCF7e"),
        ChainKind::OpStack,
        "ETH",
    ),
    (
        421614,
        Network::Testnet,
        3,
        address!("75faf114eafb1BDbe2F0316DF893fd58CE46AA4d"),
        ChainKind::Arbitrum,
        "ETH",
    ),
    (
        43113,
        Network::Testnet,
        1,
        address!("5425890298aed601595a70AB815c96711a31Bc65"),
        ChainKind::Ethereum,
        "AVAX",
    ),
];

/// TokenMessengerV2, MessageTransmitterV2, TokenMinterV2 of each network.
const CCTP: [(Network, [Address; 3]); 2] = [
    (
        Network::Mainnet,
        [
            address!("28b5a0e9C621a5BadaA536219b3a228C8168cf5d"),
            address!("81D40F21F12A8F0E3252Bccb954D722d4c464B64"),
            address!("fd78EE919681417d192449715b2594ab58f5D002"),
        ],
    ),
    (
        Network::Testnet,
        [
            address!("8FE6B999Dc680CcFDD5Bf7EB0974218be2542DAA"),
            address!("E737e5cEBEEBa77EFE34D4aa090756590b1CE275"),
            address!("b43db544E2c27092c107639Ad201b3dEfAbcF192"),
        ],
    ),
];

/// A file with this one chain, which says nothing about it but its id.
fn one_chain(chain_id: u64) -> String {
    let start = VALID.find("[chains.base]").unwrap();
    let end = VALID.find("[assets.USDC]").unwrap();
    let chain =
        format!("[chains.only]\nchain_id = {chain_id}\nrpc = [\"https://a.example\"]\nmax_gas_usd = 1\n\n");
    let text = format!("{}{chain}{}", &VALID[..start], &VALID[end..]);
    let text = replaced(&text, "  { chain = \"base\", asset = \"USDC\", weight = 60 },\n", "");
    let text = replaced(
        &text,
        "chain = \"arbitrum\", asset = \"USDC\", weight = 40",
        "chain = \"only\", asset = \"USDC\", weight = 100",
    );
    let priced = |symbol: &str| format!("\n[assets.{symbol}]\ncoingecko = \"x\"\nkraken = \"y\"\n");
    format!("{text}{}{}", priced("POL"), priced("AVAX"))
}

#[test]
fn every_known_chain_is_complete_and_as_published() {
    let listed: Vec<u64> = CHAINS.iter().map(|chain| chain.0).collect();
    let mut known: Vec<u64> = known::chain_ids().collect();
    let mut sorted = listed;
    sorted.sort_unstable();
    known.sort_unstable();
    assert_eq!(known, sorted);
    let contracts = BTreeMap::from(CCTP);
    for (chain_id, network, domain, usdc, kind, native) in CHAINS {
        assert_eq!(known::network(chain_id), Some(network));
        let loaded = load(one_chain(chain_id)).unwrap();
        let chain = &loaded.config.chains["only"];
        let cctp = chain.cctp.as_ref().unwrap();
        assert_eq!((cctp.domain, chain.kind, chain.native.as_str()), (domain, kind, native), "{chain_id}");
        assert_eq!((chain.tokens["USDC"].address, chain.tokens["USDC"].decimals), (usdc, 6), "{chain_id}");
        assert_eq!([cctp.token_messenger, cctp.message_transmitter, cctp.token_minter], contracts[&network]);
        let slow = !matches!(chain_id, 137 | 43114 | 80002 | 43113);
        assert_eq!(cctp.standard_seconds, if slow { 1140 } else { 8 }, "{chain_id}");
        assert_eq!(cctp.fast_seconds, if matches!(chain_id, 1 | 11155111) { 20 } else { 8 }, "{chain_id}");
        let iris = match network {
            Network::Mainnet => "https://iris-api.circle.com",
            Network::Testnet => "https://iris-api-sandbox.circle.com",
        };
        let entry = loaded.provenance.get("cctp.iris_url").unwrap();
        assert_eq!((entry.value.as_str(), &entry.origin), (Some(iris), &Origin::Network(network)));
    }
}

#[test]
fn uniswap_is_known_where_it_is_deployed() {
    let deployed = [1, 137, 8453, 42161, 43114, 11155111, 84532, 421614];
    for (chain_id, ..) in CHAINS {
        let loaded = load(one_chain(chain_id)).unwrap();
        let uniswap = loaded.config.chains["only"].uniswap.as_ref();
        assert_eq!(uniswap.is_some(), deployed.contains(&chain_id), "{chain_id}");
        let without_v2 = [11155111, 421614];
        assert!(
            uniswap.is_none_or(|it| it.v2_factory.is_none() == without_v2.contains(&chain_id)),
            "{chain_id}"
        );
        assert!(uniswap.is_none_or(|it| it.pool_manager.is_some() && it.state_view.is_some()), "{chain_id}");
        assert!(uniswap.is_none_or(|it| it.pools.is_empty()), "nothing is discovered");
    }
    let base = load(one_chain(8453)).unwrap().config.chains["only"].uniswap.clone().unwrap();
    assert_eq!(base.v2_factory, Some(address!("8909Dc15e40173Ff4699343b6eB8132c65e18eC6")));
    assert_eq!(base.v3_factory, address!("33128a8fC17869897dcE68Ed026d694621f6FDfD"));
    assert_eq!(base.quoter_v2, address!("3d4e44Eb1374240CE5F1B871ab261CD16335B76a"));
    assert_eq!(base.swap_router02, address!("2626664c2603336E57B271c5C0b26F421741e481"));
    assert_eq!(base.pool_manager, Some(address!("498581fF718922c3f8e6A244956aF099B2652b2b")));
    assert_eq!(base.state_view, Some(address!("a3c0c9b65bad0b08107aa264b0f3db444b867a71")));
}

#[test]
fn known_addresses_are_written_with_their_checksums() {
    let text = include_str!("../../src/config/known.toml");
    let addresses: Vec<&str> = text.split('"').filter(|piece| piece.starts_with("0x")).collect();
    assert!(addresses.len() > 70, "{}", addresses.len());
    for text in addresses {
        Address::parse_checksummed(text, None).unwrap();
    }
}

#[test]
fn the_files_value_wins() {
    let mine = "0x1111111111111111111111111111111111111111";
    let text = format!(
        "{}\n[chains.base.cctp]\nfast_seconds = 99\ntoken_minter = \"{mine}\"\n\n[cctp]\niris_url = \"https://iris.example\"\n",
        with("quorum = 2", "quorum = 2\nkind = \"ethereum\"")
    );
    let config = load(&text).unwrap().config;
    let base = &config.chains["base"];
    let cctp = base.cctp.as_ref().unwrap();
    assert_eq!(base.kind, ChainKind::Ethereum);
    assert_eq!((cctp.fast_seconds, cctp.token_minter), (99, mine.parse().unwrap()));
    assert_eq!((cctp.standard_seconds, cctp.domain), (1140, 6));
    assert_eq!(config.cctp.iris_url.to_string(), "https://iris.example");
}

#[test]
fn a_token_nobody_prices_is_not_added() {
    let text = VALID.replace("USDC", "USDT");
    let text = replaced(
        &text,
        "quorum = 2",
        "quorum = 2\ntokens.USDT = { address = \"0xfde4c96c8593536e31f229ea8f37b2ada2699bb2\", decimals = 6 }",
    );
    let text = replaced(
        &text,
        "[\"https://arbitrum.example\"]",
        "[\"https://arbitrum.example\"]\ntokens.USDT = { address = \"0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9\", decimals = 6 }",
    );
    let config = load(text).unwrap().config;
    assert_eq!(config.chains["base"].tokens.keys().collect::<Vec<_>>(), ["USDT"]);
}

#[test]
fn profiles_are_built_in_and_can_be_replaced() {
    let goal = |profile: &str, chains: &str| {
        let start = VALID.find("schedule = ").unwrap();
        let end = VALID.find("[policy]").unwrap();
        format!(
            "{}profile = \"{profile}\"\nasset = \"USDC\"\nchains = [{chains}]\n\n{}",
            &VALID[..start],
            &VALID[end..]
        )
    };
    let weights = |text: String| {
        let config = load(text).unwrap().config;
        let weights: Vec<u32> = config.targets().iter().map(|target| target.weight.ppm()).collect();
        (weights, config.schedule().unwrap().to_owned())
    };
    let two = "\"base\", \"arbitrum\"";
    assert_eq!(weights(goal("conservative", two)), (vec![600_000, 400_000], "0 0 6 * * MON".to_owned()));
    let three = "\"base\", \"arbitrum\", \"ethereum\"";
    let ethereum = "\n[chains.ethereum]\nchain_id = 1\nrpc = [\"https://e.example\"]\nmax_gas_usd = 1\n";
    let over_three = |profile: &str| weights(format!("{}{ethereum}", goal(profile, three)));
    assert_eq!(over_three("balanced"), (vec![400_000, 350_000, 250_000], "0 0 6 * * *".to_owned()));
    assert_eq!(over_three("aggressive"), (vec![400_000, 350_000, 250_000], "0 0 0,6,12,18 * * *".to_owned()));
    let own = format!("{}\n[profiles.conservative]\nweights = [90, 10]\n", goal("conservative", two));
    assert_eq!(weights(own), (vec![900_000, 100_000], "0 0 6 * * MON".to_owned()));
}
