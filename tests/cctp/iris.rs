//! The Iris client against a small server.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use alloy::primitives::B256;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use purser::bridges::cctp::{Attestation, FeeTier, Iris, IrisError, Message};
use purser::config::{CctpConfig, Url};
use purser::domain::plan::Speed;
use purser::domain::{Domain, Timestamp};
use serde_json::json;
use tokio::net::TcpListener;

use super::iris_replies::complete;
use super::support::{NONCE, attested, burnt, real_attestation};

const TRANSACTION: B256 = B256::repeat_byte(0xcc);

/// What the server answers from now on, and what it was asked.
#[derive(Clone)]
struct Server(Arc<Mutex<Script>>);

struct Script {
    status: StatusCode,
    body: Vec<u8>,
    location: Option<String>,
    asked: Vec<String>,
}

impl Server {
    fn answer(&self, status: u16, body: impl Into<Vec<u8>>) {
        let mut script = self.0.lock().unwrap();
        script.status = StatusCode::from_u16(status).unwrap();
        script.body = body.into();
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }
}

async fn handle(State(server): State<Server>, request: Request) -> Response {
    let mut script = server.0.lock().unwrap();
    script.asked.push(format!("{} {}", request.method(), request.uri()));
    let mut response = (script.status, script.body.clone()).into_response();
    if let Some(location) = &script.location {
        response.headers_mut().insert("location", location.parse().unwrap());
    }
    response
}

async fn serve(adjust: impl FnOnce(&mut CctpConfig)) -> (Iris, Server) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let script = Script { status: StatusCode::OK, body: Vec::new(), location: None, asked: Vec::new() };
    let server = Server(Arc::new(Mutex::new(script)));
    let app = Router::new().fallback(handle).with_state(server.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (client(&format!("http://{address}/"), adjust).unwrap(), server)
}

fn client(url: &str, adjust: impl FnOnce(&mut CctpConfig)) -> Result<Iris, IrisError> {
    let mut config = CctpConfig {
        iris_url: Url::known(url),
        requests_per_second: 30,
        timeout_seconds: 2,
        ..CctpConfig::default()
    };
    adjust(&mut config);
    Iris::new(&config)
}

fn burn() -> Message {
    burnt(1_000_000, 143, Speed::Fast)
}

async fn ask(iris: &Iris) -> Result<Attestation, IrisError> {
    iris.attestation(Domain(6), TRANSACTION, &burn()).await
}

#[tokio::test]
async fn from_unseen_to_ready() {
    let (iris, server) = serve(|_| ()).await;
    server.answer(404, r#"{"error":"Message not found for provided parameters"}"#);
    assert_eq!(ask(&iris).await, Ok(Attestation::NotSeen));
    server.answer(200, r#"{"messages":[]}"#);
    assert_eq!(ask(&iris).await, Ok(Attestation::NotSeen));
    let pending =
        json!({"messages":[{"message":"0x","attestation":"PENDING","status":"pending_confirmations"}]});
    server.answer(200, pending.to_string());
    assert_eq!(ask(&iris).await, Ok(Attestation::Pending { delay: None }));
    let message = attested(&burn(), 130);
    server.answer(200, json!({ "messages": [complete(&message)] }).to_string());
    let ready = Attestation::Ready { message: message.encode(), attestation: real_attestation() };
    assert_eq!(ask(&iris).await, Ok(ready.clone()));
    assert_eq!(iris.attestation_of_nonce(Domain(6), NONCE, &burn()).await, Ok(ready));
    let asked = server.asked();
    assert_eq!(asked[0], format!("GET /v2/messages/6?transactionHash={TRANSACTION}"));
    assert_eq!(asked[4], format!("GET /v2/messages/6?nonce={NONCE}"));
}

#[tokio::test]
async fn fees_allowance_and_reattestation() {
    let (iris, server) = serve(|_| ()).await;
    server.answer(200, r#"[{"finalityThreshold":1000,"minimumFee":1.3}]"#);
    let tiers = iris.fees(Domain(6), Domain(1)).await.unwrap();
    assert_eq!(tiers, [FeeTier { finality_threshold: 1000, fee_ppm: 130 }]);
    server.answer(200, r#"{"allowance":54656758.473146,"lastUpdated":"2026-08-12T00:00:00Z"}"#);
    assert_eq!(iris.allowance().await, Ok(54_656_758_473_146));
    server.answer(200, json!({ "message": "requested", "nonce": NONCE }).to_string());
    iris.reattest(NONCE).await.unwrap();
    let expected = [
        "GET /v2/burn/USDC/fees/6/1".to_owned(),
        "GET /v2/fastBurn/USDC/allowance".to_owned(),
        format!("POST /v2/reattest/{NONCE}"),
    ];
    assert_eq!(server.asked(), expected);
}

#[tokio::test]
async fn a_base_url_keeps_its_path() {
    let (_, server) = serve(|_| ()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/secret-key/iris", listener.local_addr().unwrap());
    let app = Router::new().fallback(handle).with_state(server.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    server.answer(500, "down");
    let iris = client(&url, |_| ()).unwrap();
    let error = iris.allowance().await.unwrap_err();
    assert_eq!(server.asked(), ["GET /secret-key/iris/v2/fastBurn/USDC/allowance"]);
    assert!(!format!("{error} {error:?} {iris:?}").contains("secret-key"));
}

#[tokio::test]
async fn after_429_all_clones_stand_down_for_the_configured_time() {
    let (iris, server) = serve(|config| config.stand_down_seconds = 2).await;
    let clone = iris.clone();
    server.answer(429, "slow down");
    let began = Instant::now();
    let Err(IrisError::RateLimited { until }) = ask(&iris).await else { panic!("not rate limited") };
    assert!(until > Timestamp::from_millis(0));
    assert_eq!(iris.stands_down_until(), Some(until));
    server.answer(200, r#"{"messages":[]}"#);
    assert_eq!(ask(&clone).await, Err(IrisError::RateLimited { until }));
    assert_eq!(clone.allowance().await, Err(IrisError::RateLimited { until }));
    assert_eq!(server.asked().len(), 1, "nothing is sent while standing down");
    while clone.stands_down_until().is_some() {
        assert!(began.elapsed() < Duration::from_secs(10), "the stand-down never ends");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(ask(&clone).await, Ok(Attestation::NotSeen));
}

#[tokio::test]
async fn clones_share_one_rate() {
    let (iris, server) = serve(|config| config.requests_per_second = 10).await;
    server.answer(404, "");
    let began = Instant::now();
    let clients: Vec<Iris> = (0..11).map(|_| iris.clone()).collect();
    let asked: Vec<_> =
        clients.into_iter().map(|iris| tokio::spawn(async move { ask(&iris).await })).collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), Ok(Attestation::NotSeen));
    }
    assert_eq!(server.asked().len(), 11);
    // The first goes at once, each further one a tenth of a second later.
    assert!(began.elapsed() >= Duration::from_millis(990), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let iris = client(&url, |config| config.timeout_seconds = 1).unwrap();
    let began = Instant::now();
    assert!(matches!(ask(&iris).await, Err(IrisError::Unreachable { .. })));
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(listener);
    assert!(matches!(ask(&iris).await, Err(IrisError::Unreachable { .. })));
}

#[tokio::test]
async fn a_server_that_fails_is_unreachable_and_one_that_refuses_refuses() {
    let (iris, server) = serve(|_| ()).await;
    for status in [500, 502, 503] {
        server.answer(status, "down\nfor now");
        let error = ask(&iris).await.unwrap_err();
        assert!(matches!(error, IrisError::Unreachable { .. }));
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    for status in [400, 403, 204] {
        server.answer(status, "no");
        assert!(matches!(ask(&iris).await, Err(IrisError::Refused { status: told, .. }) if told == status));
    }
    server.answer(404, "no such route");
    assert!(matches!(iris.allowance().await, Err(IrisError::Refused { status: 404, .. })));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (iris, server) = serve(|_| ()).await;
    server.answer(302, "");
    server.0.lock().unwrap().location = Some("/elsewhere".to_owned());
    assert!(matches!(ask(&iris).await, Err(IrisError::Refused { status: 302, .. })));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_oversized_reply_is_not_read() {
    let (iris, server) = serve(|_| ()).await;
    let mut body = br#"{"messages":[],"padding":""#.to_vec();
    body.resize(1024 * 1024, b'x');
    server.answer(200, [&body[..body.len() - 2], br#""}"#].concat());
    assert_eq!(ask(&iris).await, Ok(Attestation::NotSeen));
    server.answer(200, [&body[..], br#""}"#].concat());
    assert!(matches!(ask(&iris).await, Err(IrisError::Malformed { .. })));
}

#[tokio::test]
async fn replies_that_cannot_be_true_are_malformed() {
    let (iris, server) = serve(|_| ()).await;
    let message = attested(&burn(), 130);
    let mut truncated = complete(&message);
    let text = truncated["message"].as_str().unwrap().to_owned();
    truncated["message"] = json!(text[..text.len() - 1]);
    let foreign = complete(&Message { mint_recipient: B256::repeat_byte(7), ..message });
    for body in ["<html>", "{", "[]", r#"{"messages":"none"}"#] {
        server.answer(200, body);
        assert!(matches!(ask(&iris).await, Err(IrisError::Malformed { .. })), "{body}");
    }
    for entry in [truncated, foreign] {
        server.answer(200, json!({ "messages": [entry] }).to_string());
        assert!(matches!(ask(&iris).await, Err(IrisError::Malformed { .. })), "{entry}");
    }
}

#[test]
fn settings_that_would_get_us_blocked_are_refused() {
    for rate in [0, 31, u32::MAX] {
        let refused = client("http://127.0.0.1:1", |config| config.requests_per_second = rate);
        assert!(matches!(refused, Err(IrisError::Settings { .. })), "{rate}");
    }
    for url in ["", "iris", "ftp://iris", "file:///etc/passwd", "http://"] {
        assert!(matches!(client(url, |_| ()), Err(IrisError::Settings { .. })), "{url}");
    }
}

#[test]
fn every_failure_says_what_it_means_for_the_money() {
    let text = "because".to_owned();
    for error in [
        IrisError::Unreachable { reason: text.clone() },
        IrisError::RateLimited { until: Timestamp::from_millis(0) },
        IrisError::Refused { status: 400, reason: text.clone() },
        IrisError::Malformed { reason: text },
    ] {
        let line = error.to_string();
        assert!(line.contains("nothing is lost") || line.contains("Nothing is lost"), "{line}");
    }
}
