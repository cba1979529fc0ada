//! A network that has started the chain.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use alloy::primitives::{B256, Bytes, U256};
use devnet::abi::{IToken, ITokenMessengerV2};
use devnet::deploy::{Balance, peers};
use devnet::iris::Message;
use devnet::iris::message::{AMOUNT, DESTINATION_DOMAIN};
use devnet::operator::{self, Choices};
use devnet::rpc::http;
use devnet::solana::command::{Command, Mint};
use devnet::solana::jupiter::Tamper;
use devnet::solana::provider::Sending;
use devnet::{Asset, Devnet, Options, Rpc, Solana, Spawn};
use serde_json::{Value, json};

const WHOLE: u64 = 1_000_000;
const PATIENCE: Duration = Duration::from_secs(20);

async fn start() -> Devnet {
    // The tests' program is in the folder of the target that the network's is in.
    let target = Path::new(env!("CARGO_BIN_EXE_devnet")).ancestors().nth(2).unwrap();
    let balance = |asset, amount: u64| Balance { chain: "solana".into(), asset, amount: U256::from(amount) };
    let mut options =
        Options { solana: Solana::Spawn(Spawn::of(target)), providers_per_chain: 3, ..Options::default() };
    options.balances.retain(|balance| balance.chain != "solana" || balance.asset == Asset::Native);
    options.balances.push(balance(Asset::Usdc, 7 * WHOLE));
    Devnet::start(options).await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_what_was_asked_for_and_ends_with_the_network() {
    let mut devnet = start().await;
    assert!(devnet.is_running());
    let solana = devnet.solana().clone();
    let manifest = devnet.manifest.solana.clone().unwrap();
    assert_eq!(manifest.rpc.len(), 3);
    assert_eq!(solana.rpc().call("getGenesisHash", json!([])).await.unwrap(), manifest.genesis_hash);
    assert_eq!(solana.balance(Asset::Native).await.unwrap(), 100_000_000_000);
    assert_eq!(solana.balance(Asset::Usdc).await.unwrap(), 7 * WHOLE);
    assert_eq!(solana.balance(Asset::Usdt).await.unwrap(), 0);
    let known: Vec<u32> = manifest.cctp.remotes.iter().map(|remote| remote.domain).collect();
    assert_eq!(known, peers().map(|peer| peer.domain));
    drop(devnet);
    let begun = Instant::now();
    while Rpc::new(manifest.node_url.clone()).call("getHealth", json!([])).await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "the chain is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_steered_by_typed_commands_and_settings() {
    let devnet = start().await;
    let solana = devnet.solana();
    let wallet = solana.wallet().to_owned();
    solana.mint(Asset::Usdt, 5).await.unwrap();
    solana.mint(Asset::Native, 11).await.unwrap();
    assert_eq!(solana.balance(Asset::Usdt).await.unwrap(), 5);
    assert_eq!(solana.balance(Asset::Native).await.unwrap(), 100_000_000_011);
    solana.change(&Command::Close { asset: Mint::Usdt, account: wallet.clone() }).await.unwrap();
    assert_eq!(solana.balance(Asset::Usdt).await.unwrap(), 0);
    let refused = solana.change(&Command::Freeze { asset: Mint::Usdt, account: wallet, on: true }).await;
    assert!(refused.unwrap_err().to_string().contains("is no token account"));
    assert!(solana.mint(Asset::Weth, 1).await.is_err(), "there is no WETH");

    let settings = solana.jupiter(|settings| settings.tamper = Some(Tamper::WorseOutput(7))).await.unwrap();
    assert_eq!((settings.tamper, settings.keyless), (Some(Tamper::WorseOutput(7)), 6_000));
    solana.provider(1, |settings| settings.send = Sending::Hold).await.unwrap();
    solana.providers(|settings| settings.lag = 2).await.unwrap();
    let state = solana.state().await.unwrap();
    let sending = ["a", "b", "c"].map(|name| state["proxies"][name]["settings"]["send"].clone());
    assert_eq!(sending, [json!("forward"), json!("hold"), json!("forward")]);
    assert_eq!(state["proxies"]["c"]["settings"]["lag"], 2);
    assert_eq!(solana.sent(1).await.unwrap(), []);
    solana.release(1).await.unwrap();
    assert!(solana.provider(3, |_| {}).await.is_err(), "there is no fourth provider");
    solana.heal().await.unwrap();
    let state = solana.state().await.unwrap();
    assert_eq!(state["proxies"]["b"]["settings"]["send"], "forward");
    assert_eq!(state["jupiter"]["settings"]["tamper"], Value::Null);
    let departures = solana.departures(0).await.unwrap();
    assert_eq!((departures.domain, departures.messages), (5, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn burns_for_it_are_attested() {
    let devnet = start().await;
    let base = devnet.chain("base");
    let info = base.info();
    let solana = devnet.manifest.solana.as_ref().unwrap();
    let recipient = B256::repeat_byte(0x5a);
    let (amount, spender) = (U256::from(70 * WHOLE), info.token_messenger);
    base.send(devnet.wallet(), info.usdc, &IToken::approveCall { spender, value: amount }).await.unwrap();
    let burn = ITokenMessengerV2::depositForBurnCall {
        amount,
        destinationDomain: solana.cctp.domain,
        mintRecipient: recipient,
        burnToken: info.usdc,
        destinationCaller: B256::ZERO,
        maxFee: U256::from(WHOLE),
        minFinalityThreshold: 1_000,
    };
    let hash = base.send(devnet.wallet(), spender, &burn).await.unwrap();
    let url = format!("{}/v2/messages/6?transactionHash={hash}", devnet.iris.url());
    let begun = Instant::now();
    let message = loop {
        let reply: Value = http().get(&url).send().await.unwrap().json().await.unwrap();
        if reply["messages"][0]["status"] == "complete" {
            let message: Bytes = reply["messages"][0]["message"].as_str().unwrap().parse().unwrap();
            break Message::parse(&message).unwrap();
        }
        assert!(begun.elapsed() < PATIENCE, "Iris does not attest: {reply}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(message.short(DESTINATION_DOMAIN), 5);
    assert_eq!(message.number(AMOUNT), amount);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_gets_its_tables_and_a_private_key() {
    let devnet = start().await;
    let dir = std::env::temp_dir().join(format!("devnet-operator-{}", std::process::id()));
    let choices = Choices {
        solana: "max_lag_slots = 31\n".into(),
        jupiter: Some("# of the test".into()),
        ..Choices::default()
    };
    let path = operator::write(&devnet.manifest, &dir, &choices).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let key = dir.canonicalize().unwrap().join("solana-key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode() & 0o777;
    let written = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    let manifest = devnet.manifest.solana.as_ref().unwrap();
    assert_eq!((written, mode), (manifest.wallet.secret_key.clone(), 0o600));
    for line in [
        "[assets.SOL]",
        &format!("[solana]\ngenesis_hash = \"{}\"", manifest.genesis_hash),
        &format!("keypair = {{ file = \"{}\" }}", key.display()),
        "max_lag_slots = 31\n",
        &format!("[solana.tokens.USDT]\nmint = \"{}\"", manifest.mints["usdt"].address),
        &format!("lookup_table = \"{}\"", manifest.cctp.lookup_table),
        &format!("[solana.jupiter]\nbase_url = \"{}/swap/v2\"\n", manifest.jupiter_url),
        "# of the test",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let without = operator::config(&devnet.manifest, &dir, &Choices::default());
    assert!(!without.contains("[solana.jupiter]"));
}
