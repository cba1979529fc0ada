//! 1inch's server and its router: what one quotes the other pays.

use alloy::primitives::{Bytes, U256};
use devnet::abi::{IAggregationRouterV6, IToken};
use devnet::chain::refusal;
use devnet::oneinch::Twist;
use devnet::{Asset, Chain, Devnet, Options};
use serde_json::Value;

const AMOUNT: u64 = 10_000_000_000;

async fn ask(devnet: &Devnet, path: &str, key: &str) -> (u16, Value) {
    let url = format!("{}/swap/v6.1/{path}", devnet.oneinch.url());
    let reply = devnet::rpc::http().get(url).bearer_auth(key).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

fn pair(chain: &Chain) -> String {
    format!("src={}&dst={}&amount={AMOUNT}", chain.info().usdc, chain.info().usdt)
}

async fn written(devnet: &Devnet, slippage: &str) -> Value {
    let (chain, wallet) = (devnet.chain("base"), devnet.wallet());
    let more = format!("from={wallet}&origin={wallet}&slippage={slippage}&disableEstimate=true");
    let path = format!("{}/swap?{}&{more}", chain.info().chain_id, pair(chain));
    let (status, body) = ask(devnet, &path, &devnet.manifest.oneinch.key).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn send(chain: &Chain, body: &Value) -> Result<(), devnet::Error> {
    let (tx, from) = (&body["tx"], body["tx"]["from"].as_str().unwrap().parse().unwrap());
    let data: Bytes = tx["data"].as_str().unwrap().parse().unwrap();
    chain.transact(from, tx["to"].as_str().unwrap().parse().unwrap(), data, U256::ZERO).await.map(|_| ())
}

fn amount(body: &Value) -> U256 {
    body["dstAmount"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_is_quoted_is_paid() {
    let devnet = Devnet::start(Options::default()).await.unwrap();
    let (chain, wallet, key) = (devnet.chain("base"), devnet.wallet(), devnet.manifest.oneinch.key.clone());
    let (info, id) = (chain.info(), chain.info().chain_id);
    let quote = format!("{id}/quote?{}", pair(chain));
    assert_eq!(ask(&devnet, &quote, "wrong").await.0, 401);
    let (_, spender) = ask(&devnet, &format!("{id}/approve/spender"), &key).await;
    assert_eq!(spender["address"].as_str().unwrap().parse(), Ok(info.aggregation_router));
    let (_, plain) = ask(&devnet, &quote, &key).await;
    chain.set_oneinch_edge(1_000).await.unwrap();
    let (_, better) = ask(&devnet, &quote, &key).await;
    assert!(amount(&better) > amount(&plain), "{better} after {plain}");

    // The price sinks with the size, and with what was sold before.
    let approve = IToken::approveCall { spender: info.aggregation_router, value: U256::from(AMOUNT) };
    chain.send(wallet, info.usdc, &approve).await.unwrap();
    let before = chain.balance_of(Asset::Usdt, wallet).await.unwrap();
    let body = written(&devnet, "0.5").await;
    assert_eq!(amount(&body), amount(&better));
    send(chain, &body).await.unwrap();
    assert_eq!(chain.balance_of(Asset::Usdt, wallet).await.unwrap() - before, amount(&better));
    assert_eq!(chain.swaps().await.unwrap().len(), 1);
    let (_, after) = ask(&devnet, &quote, &key).await;
    assert!(amount(&after) < amount(&better));
}

#[tokio::test]
async fn it_refuses_as_the_real_one_does() {
    let devnet = Devnet::start(Options::default()).await.unwrap();
    let (chain, wallet, key) = (devnet.chain("base"), devnet.wallet(), devnet.manifest.oneinch.key.clone());
    let (info, id) = (chain.info(), chain.info().chain_id);
    let swap = format!("{id}/swap?{}&from={wallet}&slippage=1", pair(chain));
    for (path, words) in [
        (format!("{id}/quote?src={}&dst={}", info.usdc, info.usdt), "amount is not set"),
        (swap.clone(), "origin is not set"),
        (format!("{swap}&origin={wallet}"), "Not enough allowance"),
        (format!("{swap}1000&origin={wallet}"), "slippage must be"),
        ("1/quote?src=0x&dst=0x&amount=1".to_owned(), "unknown chain"),
    ] {
        let (status, body) = ask(&devnet, &path, &key).await;
        assert!(status >= 400, "{path}: {body}");
        assert_eq!(body["statusCode"], status);
        assert!(body["description"].as_str().unwrap().contains(words), "{path}: {body}");
    }
    // A stale quote insists on more than the router pays.
    devnet.oneinch.handle().set(|settings| settings.swap_off_ppm = 20_000);
    let approve = IToken::approveCall { spender: info.aggregation_router, value: U256::from(AMOUNT) };
    chain.send(wallet, info.usdc, &approve).await.unwrap();
    let error = send(chain, &written(&devnet, "0.5").await).await.unwrap_err();
    assert!(refusal(&error).unwrap().contains("ReturnAmountIsNotEnough"), "{error}");
}

#[tokio::test]
async fn the_executors_data_misbehaves() {
    let devnet = Devnet::start(Options::default()).await.unwrap();
    let (chain, wallet) = (devnet.chain("base"), devnet.wallet());
    let info = chain.info();
    let approve = IToken::approveCall { spender: info.aggregation_router, value: U256::from(AMOUNT) };
    chain.send(wallet, info.usdc, &approve).await.unwrap();
    devnet.oneinch.handle().set(|settings| settings.twist = Twist::TakesHalf);
    send(chain, &written(&devnet, "1").await).await.unwrap();
    let left = IToken::allowanceCall { owner: wallet, spender: info.aggregation_router };
    assert_eq!(chain.read(info.usdc, &left).await.unwrap(), U256::from(AMOUNT / 2));
    chain.send(wallet, info.usdc, &approve).await.unwrap();
    devnet.oneinch.handle().set(|settings| settings.twist = Twist::PaysHalf);
    let before = chain.balance_of(Asset::Usdt, wallet).await.unwrap();
    let body = written(&devnet, "1").await;
    send(chain, &body).await.unwrap();
    let got = chain.balance_of(Asset::Usdt, wallet).await.unwrap() - before;
    assert!(got < amount(&body) / U256::from(2), "{got}");
    let quote =
        IAggregationRouterV6::quoteCall { srcToken: info.usdc, dstToken: info.usdt, amount: U256::from(1) };
    assert!(chain.read(info.aggregation_router, &quote).await.is_ok());
}
