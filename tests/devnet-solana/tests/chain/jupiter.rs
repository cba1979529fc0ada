//! Orders, builds and executions of the Jupiter server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devnet::rpc::http;
use devnet_solana::Network;
use devnet_solana::client::{compute_limit, from_base64, sign, to_base64};
use devnet_solana::genesis::{USDC_MINT, USDT_MINT, WHOLE};
use devnet_solana::ids::{FOREIGN_PROGRAM, JUPITER, STRANGER, TOKEN};
use devnet_solana::jupiter::{Execution, Tamper};
use devnet_solana::pool::POOLS;
use devnet_solana::pool::math::{output, threshold};
use devnet_solana::steer::Steer;
use serde_json::{Value, json};
use solana_instruction::{AccountMeta, Instruction};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use crate::support::start;

const AMOUNT: u64 = 10_000 * WHOLE;

async fn get(network: &Network, path: &str, query: &str, key: Option<&str>) -> (u16, Value, Option<i64>) {
    let url = format!("{}/swap/v2/{path}?{query}", network.jupiter.url());
    let mut request = http().get(url);
    if let Some(key) = key {
        request = request.header("x-api-key", key);
    }
    let reply = request.send().await.unwrap();
    let remaining =
        reply.headers().get("x-ratelimit-remaining").map(|value| value.to_str().unwrap().parse().unwrap());
    (reply.status().as_u16(), reply.json().await.unwrap(), remaining)
}

fn query(network: &Network) -> String {
    let (input, output) = (USDC_MINT.address, USDT_MINT.address);
    let taker = network.wallet().pubkey();
    format!("inputMint={input}&outputMint={output}&amount={AMOUNT}&taker={taker}&slippageBps=20")
}

async fn order(network: &Network) -> Value {
    let (status, body, _) = get(network, "order", &query(network), Some("local-key")).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn transaction(order: &Value) -> VersionedTransaction {
    from_base64(order["transaction"].as_str().unwrap()).unwrap()
}

async fn execute(network: &Network, transaction: &VersionedTransaction, request: &Value) -> (u16, Value) {
    let url = format!("{}/swap/v2/execute", network.jupiter.url());
    let body = json!({ "signedTransaction": to_base64(transaction), "requestId": request });
    let reply = http().post(url).json(&body).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

async fn signed(network: &Network) -> (VersionedTransaction, Value) {
    let order = order(network).await;
    let mut transaction = transaction(&order);
    assert!(sign(&mut transaction, network.wallet()));
    (transaction, order)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_signed_executed_and_exact() {
    let network = start().await;
    let (client, owner) = (network.client(), network.wallet().pubkey());
    let deep = POOLS[0];
    let paid = output(deep.depth, deep.depth, AMOUNT, deep.fee_bps).unwrap();
    let (transaction, order) = signed(&network).await;
    assert_eq!(order["outAmount"], paid.to_string());
    assert_eq!(order["otherAmountThreshold"], threshold(paid, 20).to_string());
    assert_eq!(order["routePlan"][0]["swapInfo"]["label"], "Deep");
    assert_eq!(
        (&order["router"], &order["mode"], &order["swapMode"]),
        (&json!("metis"), &json!("ultra"), &json!("ExactIn"))
    );
    assert!(order["lastValidBlockHeight"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    let (status, result) = execute(&network, &transaction, &order["requestId"]).await;
    assert_eq!((status, &result["status"], &result["code"]), (200, &json!("Success"), &json!(0)), "{result}");
    assert_eq!(result["totalOutputAmount"], paid.to_string());
    assert_eq!(result["signature"], transaction.signatures[0].to_string());
    assert_eq!(client.tokens(&USDT_MINT.ata(&owner)).await.unwrap(), Some(50_000 * WHOLE + paid));
    assert_eq!(client.tokens(&USDC_MINT.ata(&owner)).await.unwrap(), Some(90_000 * WHOLE));
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_are_refused_with_the_codes_of_the_api() {
    let network = start().await;
    let order = order(&network).await;
    let (unsigned, request) = (transaction(&order), &order["requestId"]);
    let refused = async |transaction: &VersionedTransaction, request: &Value| {
        let (status, body) = execute(&network, transaction, request).await;
        (status, body["code"].as_i64().unwrap())
    };
    assert_eq!(refused(&unsigned, &json!("another")).await, (400, -1));
    assert_eq!(refused(&unsigned, request).await, (400, -1_003));
    network.jupiter.handle().set(|settings| settings.tamper = Some(Tamper::ForeignProgram));
    let (other, _) = signed(&network).await;
    assert_eq!(refused(&other, request).await, (400, -3));
    network.jupiter.handle().set(|settings| settings.tamper = None);
    network.jupiter.handle().set(|settings| settings.execution = Execution::Failed(-1_000));
    let (own, order) = signed(&network).await;
    let (status, body) = execute(&network, &own, &order["requestId"]).await;
    assert_eq!((status, &body["status"], &body["code"]), (200, &json!("Failed"), &json!(-1_000)));
    network.jupiter.handle().set(|settings| settings.execution = Execution::Invented);
    let (own, order) = signed(&network).await;
    let (_, body) = execute(&network, &own, &order["requestId"]).await;
    assert_eq!(body["status"], "Success");
    assert!(network.client().status(&own.signatures[0].to_string()).await.unwrap().is_null());
    network.jupiter.handle().set(|settings| settings.execution = Execution::LandedButFailed(-1_001));
    let (own, order) = signed(&network).await;
    let (_, body) = execute(&network, &own, &order["requestId"]).await;
    assert_eq!((&body["status"], &body["code"]), (&json!("Failed"), &json!(-1_001)));
    network.client().confirm(&own.signatures[0].to_string()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tampering_shows_in_the_transaction() {
    let network = start().await;
    let tamper = |tamper| network.jupiter.handle().set(|settings| settings.tamper = tamper);
    let keys = |order: &Value| transaction(order).message.static_account_keys().to_vec();
    let honest = order(&network).await;
    assert!(keys(&honest).contains(&JUPITER));
    for foreign in [FOREIGN_PROGRAM, STRANGER] {
        assert!(!keys(&honest).contains(&foreign));
    }
    tamper(Some(Tamper::NullTransaction));
    assert!(order(&network).await["transaction"].is_null());
    tamper(Some(Tamper::EmptyTransaction));
    let empty = order(&network).await;
    assert_eq!((&empty["transaction"], &empty["errorCode"]), (&json!(""), &json!(1)));
    tamper(Some(Tamper::ForeignProgram));
    assert!(keys(&order(&network).await).contains(&FOREIGN_PROGRAM));
    for (case, first) in [(Tamper::SetAuthority, 6), (Tamper::Approve, 4)] {
        tamper(Some(case));
        let order = order(&network).await;
        let transaction = transaction(&order);
        let keys = transaction.message.static_account_keys();
        let last = transaction.message.instructions().last().unwrap();
        assert_eq!((keys[usize::from(last.program_id_index)], last.data[0]), (TOKEN, first));
        assert!(last.data.ends_with(STRANGER.as_ref()) || keys.contains(&STRANGER));
    }
    tamper(Some(Tamper::OtherRecipient));
    let other = order(&network).await;
    assert!(keys(&other).contains(&USDT_MINT.ata(&STRANGER)));
    tamper(Some(Tamper::SpikedPrice(7_000_000_000)));
    let spiked = order(&network).await;
    let price = transaction(&spiked).message.instructions()[1].data.clone();
    assert_eq!((price[0], &price[1..9]), (3, &7_000_000_000_u64.to_le_bytes()[..]));
    assert_eq!(spiked["prioritizationFeeLamports"], 1_400_000_000);
    tamper(Some(Tamper::WorseOutput(100)));
    let worse = order(&network).await;
    let amount = |order: &Value| order["outAmount"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(amount(&worse) > amount(&honest));
    let mut transaction = transaction(&worse);
    sign(&mut transaction, network.wallet());
    let (_, result) = execute(&network, &transaction, &worse["requestId"]).await;
    assert_eq!(result["totalOutputAmount"], honest["outAmount"]);
}

/// An instruction of a build.
fn instruction(value: &Value) -> Instruction {
    let accounts = value["accounts"].as_array().unwrap().iter().map(|meta| AccountMeta {
        pubkey: meta["pubkey"].as_str().unwrap().parse().unwrap(),
        is_signer: meta["isSigner"].as_bool().unwrap(),
        is_writable: meta["isWritable"].as_bool().unwrap(),
    });
    Instruction {
        program_id: value["programId"].as_str().unwrap().parse().unwrap(),
        accounts: accounts.collect(),
        data: STANDARD.decode(value["data"].as_str().unwrap()).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_can_be_assembled_and_sent() {
    let network = start().await;
    let (_, build, _) = get(&network, "build", &query(&network), None).await;
    assert_eq!(build["blockhashWithMetadata"]["blockhash"].as_array().unwrap().len(), 32);
    assert!(build["cleanupInstruction"].is_null() && build["tipInstruction"].is_null());
    let mut all = vec![compute_limit(200_000)];
    for list in ["computeBudgetInstructions", "setupInstructions"] {
        all.extend(build[list].as_array().unwrap().iter().map(instruction));
    }
    all.push(instruction(&build["swapInstruction"]));
    assert_eq!((all[1].data[0], all[1].data.len()), (3, 9));
    network.client().run(&all, &[network.wallet()], &[]).await.unwrap();
    let held = network.client().tokens(&USDT_MINT.ata(&network.wallet().pubkey())).await.unwrap();
    let paid: u64 = build["outAmount"].as_str().unwrap().parse().unwrap();
    assert_eq!(held, Some(50_000 * WHOLE + paid));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_limited_by_key() {
    let network = start().await;
    network.jupiter.handle().set(|settings| settings.keyless = 2);
    let query = query(&network);
    assert_eq!(get(&network, "order", &query, Some("stolen")).await.0, 401);
    assert_eq!(get(&network, "order", &query, None).await.2, Some(1));
    assert_eq!(get(&network, "build", &query, None).await.2, Some(0));
    let (status, _, remaining) = get(&network, "order", &query, None).await;
    assert_eq!((status, remaining), (429, Some(-1)));
    assert_eq!(get(&network, "order", &query, Some("local-key")).await.0, 200);
    for (bad, words) in [
        (query.replace("amount=1", "amount=x1"), "amount"),
        (query.replace(&USDT_MINT.address.to_string(), &STRANGER.to_string()), "tradable"),
        (format!("{query}&swapMode=ExactOut"), "ExactIn"),
    ] {
        let (status, body, _) = get(&network, "order", &bad, Some("local-key")).await;
        assert_eq!(status, 400);
        assert!(body["error"].as_str().unwrap().contains(words), "{body}");
    }
    let without = query.split("&taker").next().unwrap().to_owned();
    let (_, quote, _) = get(&network, "order", &without, Some("local-key")).await;
    assert!(quote["transaction"].is_null() && quote["taker"].is_null());
}
