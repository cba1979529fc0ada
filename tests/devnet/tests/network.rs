//! The whole network together: Iris and the proxies over real chains.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;
use devnet::abi::{IMessageTransmitterV2, IToken, ITokenMessengerV2};
use devnet::chain::refusal;
use devnet::iris::Tamper;
use devnet::proxy::Ratio;
use devnet::{Asset, Chain, Devnet, Error, Options, Rpc};
use serde_json::{Value, json};

const AMOUNT: u64 = 1_000_000_000;

/// Burns on `base` for `ethereum`; the transaction's hash.
async fn burn(devnet: &Devnet, threshold: u32) -> B256 {
    let (base, wallet) = (devnet.chain("base"), devnet.wallet());
    let messenger = base.info().token_messenger;
    let approve = IToken::approveCall { spender: messenger, value: U256::MAX };
    base.send(wallet, base.info().usdc, &approve).await.unwrap();
    let call = ITokenMessengerV2::depositForBurnCall {
        amount: U256::from(AMOUNT),
        destinationDomain: 0,
        mintRecipient: wallet.into_word(),
        burnToken: base.info().usdc,
        destinationCaller: B256::ZERO,
        maxFee: U256::from(200_000),
        minFinalityThreshold: threshold,
    };
    base.send(wallet, messenger, &call).await.unwrap()
}

async fn ask(devnet: &Devnet, tx: B256) -> (u16, Value) {
    let url = format!("{}/v2/messages/6?transactionHash={tx}", devnet.iris.url());
    let reply = devnet::rpc::http().get(url).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

/// Iris' entry for the burn once `accept` takes the answer.
async fn until(devnet: &Devnet, tx: B256, accept: impl Fn(u16, &Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let (status, body) = ask(devnet, tx).await;
        if accept(status, &body) {
            return body["messages"][0].clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "Iris still answers {status} {body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn complete(status: u16, body: &Value) -> bool {
    status == 200 && body["messages"][0]["status"] == "complete"
}

fn bytes(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

async fn mint(chain: &Chain, entry: &Value) -> Result<B256, Error> {
    let (message, attestation) = (bytes(&entry["message"]), bytes(&entry["attestation"]));
    let call = IMessageTransmitterV2::receiveMessageCall { message, attestation };
    let relayer = Address::repeat_byte(0x77);
    chain.set_native(relayer, U256::from(10_u64.pow(18))).await?;
    let transmitter = chain.info().message_transmitter;
    // The call tells the reason of a refusal, a mined transaction does not.
    chain.call_from(Some(relayer), transmitter, call.abi_encode().into()).await?;
    chain.send(relayer, transmitter, &call).await
}

#[tokio::test]
async fn the_contracts_take_what_iris_attests_and_nothing_else() {
    let devnet = Devnet::start(Options::default()).await.unwrap();
    let ethereum = devnet.chain("ethereum");
    let before = ethereum.balance_of(Asset::Usdc, devnet.wallet()).await.unwrap();
    let tx = burn(&devnet, 1_000).await;
    until(&devnet, tx, complete).await;
    for (tamper, words) in [
        (Tamper::WrongKeys, "Invalid signature: not attester"),
        (Tamper::SwappedSignatures, "Invalid signature order or dupe"),
        (Tamper::DoubledSignature, "Invalid signature order or dupe"),
        (Tamper::OneSignature, "Invalid attestation length"),
        (Tamper::DestinationDomain(3), "Invalid destination domain"),
        (Tamper::Sender(B256::repeat_byte(1)), "Remote TokenMessenger unsupported"),
        (Tamper::BurnToken(B256::repeat_byte(1)), "Mint token not supported"),
        (Tamper::FeeAboveMax, "Fee exceeds max fee"),
    ] {
        let name = format!("{tamper:?}");
        devnet.iris.handle().set(|settings| settings.tamper = Some(tamper));
        let error = mint(ethereum, &until(&devnet, tx, complete).await).await.expect_err(&name);
        assert!(refusal(&error).is_some_and(|reason| reason.contains(words)), "{name}: {error}");
    }
    devnet.iris.handle().set(|settings| settings.tamper = None);
    let entry = until(&devnet, tx, complete).await;
    mint(ethereum, &entry).await.unwrap();
    let minted = &ethereum.mints().await.unwrap()[..];
    let fee = U256::from(AMOUNT * 13 / 100_000);
    assert_eq!((minted.len(), minted[0].fee), (1, fee));
    let after = ethereum.balance_of(Asset::Usdc, devnet.wallet()).await.unwrap();
    assert_eq!(after - before, U256::from(AMOUNT) - fee);
    let error = mint(ethereum, &entry).await.expect_err("minted twice");
    assert!(refusal(&error).is_some_and(|reason| reason.contains("Nonce already used")), "{error}");
}

#[tokio::test]
async fn an_expired_attestation_is_renewed_at_finality() {
    let devnet = Devnet::start(Options::default()).await.unwrap();
    let ethereum = devnet.chain("ethereum");
    devnet.iris.handle().set(|settings| settings.expires_in = 1);
    let tx = burn(&devnet, 1_000).await;
    let expired = until(&devnet, tx, complete).await;
    ethereum.mine(3).await.unwrap();
    let error = mint(ethereum, &expired).await.expect_err("expired");
    let words = "Message expired and must be re-signed";
    assert!(refusal(&error).is_some_and(|reason| reason.contains(words)), "{error}");
    let nonce = expired["eventNonce"].as_str().unwrap();
    let url = format!("{}/v2/reattest/{nonce}", devnet.iris.url());
    assert_eq!(devnet::rpc::http().post(url).send().await.unwrap().status(), 200);
    devnet.chain("base").finalize().await.unwrap();
    let renewed = until(&devnet, tx, |_, body| {
        body["messages"][0]["decodedMessage"]["decodedMessageBody"]["expirationBlock"] == "0"
    });
    let renewed = renewed.await;
    assert_eq!(renewed["eventNonce"], expired["eventNonce"]);
    mint(ethereum, &renewed).await.unwrap();
}

#[tokio::test]
async fn a_burn_that_is_reorganised_away_is_unknown_to_iris() {
    let devnet = Devnet::start(Options::default()).await.unwrap();
    let tx = burn(&devnet, 2_000).await;
    let entry = until(&devnet, tx, |status, _| status == 200).await;
    assert_eq!(entry["status"], "pending_confirmations");
    devnet.chain("base").reorg(1, false).await.unwrap();
    until(&devnet, tx, |status, _| status == 404).await;
    assert_eq!(devnet.iris.handle().burns(), []);
}

#[tokio::test]
async fn proxies_show_a_real_chain_late_and_with_other_balances() {
    let devnet = Devnet::start(Options::default()).await.unwrap();
    let (base, wallet) = (devnet.chain("base"), devnet.wallet());
    let (liar, late) = (devnet.proxy("base", 0), devnet.proxy("base", 1));
    let [liar_rpc, late_rpc] = [0, 1].map(|index| Rpc::new(base.info().rpc[index].clone()));
    let before = base.balance_of(Asset::Usdc, wallet).await.unwrap();
    base.mint(Asset::Usdc, wallet, U256::from(5)).await.unwrap();
    let owner = format!("0x70a08231{}", hex::encode(wallet.into_word()));
    let balance = async |rpc: &Rpc| {
        let call = json!([{ "to": base.info().usdc, "data": owner }, "latest"]);
        bytes(&rpc.call("eth_call", call).await.unwrap())
    };
    let now = before + U256::from(5);
    assert_eq!(U256::from_be_slice(&balance(&late_rpc).await), now);
    late.set(|settings| settings.lag = 1);
    assert_eq!(U256::from_be_slice(&balance(&late_rpc).await), before);
    liar.set(|settings| settings.scale_balances = Some(Ratio { numerator: 2, denominator: 1 }));
    assert_eq!(U256::from_be_slice(&balance(&liar_rpc).await), now * U256::from(2));
}
