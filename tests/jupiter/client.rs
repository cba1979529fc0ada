//! The client against a small server: what it asks, how often, and what it makes of the answers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use purser::config::{JupiterConfig, Landing};
use purser::domain::Timestamp;
use purser::venues::jupiter::rate::{LONGEST_STAND_DOWN, WINDOW, Window, reset};
use purser::venues::jupiter::{Code, Executed, Jupiter, JupiterError, PartiallySigned};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::{QUOTED, exchange, owner, recorded, wallet};

const KEY: &str = "a-key-that-must-not-be-seen";

#[derive(Clone)]
struct Server(Arc<Mutex<Script>>);

struct Script {
    status: u16,
    body: Vec<u8>,
    headers: Vec<(&'static str, String)>,
    asked: Vec<(String, String, String)>,
}

impl Server {
    fn answer(&self, status: u16, body: impl Into<Vec<u8>>) {
        self.answer_with(status, body, &[]);
    }

    fn answer_with(&self, status: u16, body: impl Into<Vec<u8>>, headers: &[(&'static str, i64)]) {
        let mut script = self.0.lock().unwrap();
        (script.status, script.body) = (status, body.into());
        script.headers = headers.iter().map(|(name, value)| (*name, value.to_string())).collect();
    }

    /// Method with path and query, the key that came with it, and the body.
    fn asked(&self) -> Vec<(String, String, String)> {
        self.0.lock().unwrap().asked.clone()
    }
}

async fn handle(State(server): State<Server>, request: Request) -> Response {
    let key = request.headers().get("x-api-key").map_or("", |value| value.to_str().unwrap()).to_owned();
    let line = format!("{} {}", request.method(), request.uri());
    let body = to_bytes(request.into_body(), 100_000).await.unwrap();
    let mut script = server.0.lock().unwrap();
    script.asked.push((line, key, String::from_utf8(body.to_vec()).unwrap()));
    let mut reply = (StatusCode::from_u16(script.status).unwrap(), script.body.clone()).into_response();
    for (name, value) in &script.headers {
        reply.headers_mut().insert(*name, value.parse().unwrap());
    }
    reply
}

struct Bench {
    client: Jupiter,
    config: JupiterConfig,
    server: Server,
    key: tempfile::TempDir,
}

async fn bench(settings: Value) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let script = Script { status: 200, body: Vec::new(), headers: Vec::new(), asked: Vec::new() };
    let server = Server(Arc::new(Mutex::new(script)));
    let app = Router::new().fallback(handle).with_state(server.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let mut table = json!({
        "base_url": format!("http://{address}/swap/v2/"),
        "key": { "file": path },
        "timeout_seconds": 2,
    });
    for (key, value) in settings.as_object().unwrap() {
        table[key] = value.clone();
    }
    let config: JupiterConfig = serde_json::from_value(table).unwrap();
    Bench { client: Jupiter::new(&config).unwrap(), config, server, key: folder }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

#[tokio::test]
async fn it_asks_as_the_interface_wants_it() {
    let bench = bench(json!({ "exclude_dexes": ["Orca V2", "Deep"], "max_accounts": 50 })).await;
    let (client, server) = (&bench.client, &bench.server);
    assert_eq!(client.landing(), Landing::Own);
    server.answer(200, recorded("quote"));
    assert_eq!(client.quote(&exchange()).await.unwrap().amount_out, QUOTED);
    server.answer(200, recorded("order"));
    let order = client.order(&exchange(), &owner(), 10, 20_000).await.unwrap();
    server.answer(200, recorded("build"));
    client.build(&exchange(), &owner(), 10).await.unwrap();
    server.answer(200, json!({ "status": "Failed", "code": -1000, "error": "late" }).to_string());
    let signed = PartiallySigned::sign(&order.transaction, &wallet()).unwrap();
    let executed =
        client.execute(&order.request_id, &signed.bytes, Some(order.last_valid_block_height)).await.unwrap();
    let failed = Executed::Failed { code: Code::NotLanded, signature: None, said: "late".to_owned() };
    assert_eq!(executed, failed);

    let asked = server.asked();
    assert!(asked.iter().all(|(_, key, _)| *key == KEY));
    let pair = "inputMint=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v\
                &outputMint=Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB&amount=1000000000\
                &excludeDexes=Orca+V2%2CDeep";
    let routers = "swapMode=ExactIn&excludeRouters=jupiterz%2Cdflow%2Cokx";
    assert_eq!(asked[0].0, format!("GET /swap/v2/order?{pair}&{routers}"));
    let taker = format!("taker={}&slippageBps=10", owner());
    let fee = "priorityFeeLamports=20000&broadcastFeeType=maxCap";
    assert_eq!(asked[1].0, format!("GET /swap/v2/order?{pair}&{routers}&{taker}&{fee}"));
    assert_eq!(
        asked[2].0,
        format!("GET /swap/v2/build?{pair}&{taker}&wrapAndUnwrapSol=false&maxAccounts=50")
    );
    assert_eq!(asked[3].0, "POST /swap/v2/execute");
    let body: Value = serde_json::from_str(&asked[3].2).unwrap();
    assert_eq!(
        (&body["requestId"], &body["lastValidBlockHeight"]),
        (&json!(order.request_id), &json!("280"))
    );
    assert!(body["signedTransaction"].as_str().unwrap().len() > 800);
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let bench = bench(json!({ "key": null })).await;
    bench.server.answer(200, recorded("quote"));
    bench.client.quote(&exchange()).await.unwrap();
    assert_eq!(bench.server.asked()[0].1, "");
    assert_eq!((bench.config.request_limit(), bench.config.execute_limit()), (30, 1_200));
}

#[tokio::test]
async fn too_many_requests_stop_everybody_until_the_reset() {
    let bench = bench(json!({})).await;
    let reset = now() + 40;
    bench.server.answer_with(429, "", &[("x-ratelimit-reset", reset), ("x-ratelimit-remaining", -1)]);
    let Err(JupiterError::RateLimited { until }) = bench.client.quote(&exchange()).await else {
        panic!("a 429 is a rate limit");
    };
    assert!((reset..=reset + 2).contains(&until.seconds()), "{until} for {reset}");
    bench.server.answer(200, recorded("quote"));
    let clone = bench.client.clone();
    for client in [&bench.client, &clone] {
        assert!(matches!(client.quote(&exchange()).await, Err(JupiterError::RateLimited { .. })));
    }
    assert_eq!(bench.server.asked().len(), 1, "nobody asks during the stand-down");
    // What lands transactions has a limit of its own.
    bench.server.answer(400, recorded("refused"));
    let order = purser::venues::jupiter::reply::order(&recorded("order"), &exchange()).unwrap();
    let signed = PartiallySigned::sign(&order.transaction, &wallet()).unwrap();
    let refused = bench.client.execute(&order.request_id, &signed.bytes, None).await.unwrap();
    assert!(matches!(refused, Executed::Failed { code: Code::NoOrder, .. }), "{refused:?}");
}

#[tokio::test]
async fn a_last_request_is_followed_by_a_pause() {
    let bench = bench(json!({})).await;
    let left = |remaining| [("x-ratelimit-reset", now() + 30), ("x-ratelimit-remaining", remaining)];
    bench.server.answer_with(200, recorded("quote"), &left(1));
    bench.client.quote(&exchange()).await.unwrap();
    bench.server.answer_with(200, recorded("quote"), &left(0));
    bench.client.quote(&exchange()).await.unwrap();
    assert!(matches!(bench.client.quote(&exchange()).await, Err(JupiterError::RateLimited { .. })));
    assert_eq!(bench.server.asked().len(), 2);
}

#[tokio::test]
async fn requests_wait_for_their_turn_and_not_for_ever() {
    let bench = bench(json!({ "requests_per_minute": 2 })).await;
    bench.server.answer(200, recorded("quote"));
    for _ in 0..2 {
        bench.client.quote(&exchange()).await.unwrap();
    }
    let error = bench.client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, JupiterError::Unavailable { sent: false, .. }), "{error:?}");
    assert!(error.to_string().contains("waiting for their turn") && error.passes() && !error.was_sent());
    assert_eq!(bench.server.asked().len(), 2);
}

#[test]
fn no_window_sees_more_than_its_limit() {
    let begun = Instant::now();
    let mut window = Window::new(3, WINDOW);
    let mut turns = Vec::new();
    for request in 0..12_u64 {
        let at = begun + Duration::from_secs(request * 5);
        turns.push(window.take(at, Duration::from_secs(600)).unwrap());
    }
    assert_eq!(turns[..3], [0, 5, 10].map(|seconds| begun + Duration::from_secs(seconds)));
    for pair in turns.windows(4) {
        assert!(pair[3].duration_since(pair[0]) >= WINDOW, "{turns:?}");
    }
    let late = begun + Duration::from_secs(60);
    assert_eq!(window.take(late, Duration::from_secs(100)), None, "its turn is further away");
    let later = begun + Duration::from_secs(1_000);
    assert_eq!(window.take(later, Duration::ZERO), Some(later));
}

#[test]
fn resets_are_absolute_and_bounded() {
    let at = Timestamp::from_millis(1_000_000_500);
    let until = |text: &'static str| {
        let headers =
            HeaderMap::from_iter([("x-ratelimit-reset".parse().unwrap(), HeaderValue::from_static(text))]);
        reset(&headers, at)
    };
    assert_eq!(until("1000030"), Some(Duration::from_millis(30_500)), "the second begun counts whole");
    assert_eq!(until("999000"), Some(Duration::from_secs(1)), "it is over already");
    assert_eq!(until("9999999999"), Some(LONGEST_STAND_DOWN));
    for text in ["", "soon", "-5", "0", "9223372036854775807", "99999999999999999999"] {
        assert_eq!(until(text), None, "{text}");
    }
    assert_eq!(reset(&HeaderMap::new(), at), None);
}

#[tokio::test]
async fn what_cannot_be_used_says_what_to_do() {
    let bench = bench(json!({})).await;
    bench.server.answer(401, r#"{"code":401,"message":"Unauthorized"}"#);
    let error = bench.client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, JupiterError::KeyRefused { .. }), "{error:?}");
    assert!(error.to_string().contains("check `key`") && !error.passes());
    bench.server.answer(200, vec![b'x'; 600 * 1024]);
    let error = bench.client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, JupiterError::Unexpected { .. }), "{error:?}");
    bench.server.answer(302, "");
    assert!(matches!(bench.client.quote(&exchange()).await, Err(JupiterError::Unexpected { .. })));
    std::fs::write(bench.key.path().join("key"), "two\nlines").unwrap();
    assert!(matches!(bench.client.quote(&exchange()).await, Err(JupiterError::KeyRefused { .. })));
    std::fs::remove_dir_all(bench.key.path()).unwrap();
    let error = bench.client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, JupiterError::KeyRefused { .. }), "{error:?}");
    assert_eq!(bench.server.asked().len(), 3, "nobody is asked without the key");
}

#[tokio::test]
async fn nobody_there_is_unavailable_and_the_key_is_never_shown() {
    let bench = bench(json!({})).await;
    let gone =
        JupiterConfig { base_url: purser::config::Url::known("http://127.0.0.1:1"), ..bench.config.clone() };
    let client = Jupiter::new(&gone).unwrap();
    let error = client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, JupiterError::Unavailable { sent: false, .. }) && error.passes(), "{error:?}");
    let shown = format!("{client:?} {error:?} {error} {:?}", bench.config);
    assert!(!shown.contains(KEY), "{shown}");
}
