//! The HTTP server: status codes, content types, and how it starts and stops.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use purser::api::{Health, ServeError, serve};
use purser::chains::http::http_client;
use purser::telemetry::{Metrics, clock};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

struct Running {
    address: SocketAddr,
    metrics: Metrics,
    health: Health,
    stop: CancellationToken,
    server: JoinHandle<Result<(), ServeError>>,
}

async fn start() -> Running {
    let (metrics, health, stop) = (Metrics::new().unwrap(), Health::default(), CancellationToken::new());
    let (address, serving) = serve(ANY_PORT, metrics.clone(), health.clone(), stop.clone()).await.unwrap();
    Running { address, metrics, health, stop, server: tokio::spawn(serving) }
}

impl Running {
    async fn get(&self, path: &str) -> (u16, String, String) {
        let client = http_client(Duration::from_secs(5)).unwrap();
        let reply = client.get(format!("http://{}{path}", self.address)).send().await.unwrap();
        let status = reply.status().as_u16();
        let kind = reply.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (status, kind.unwrap_or_default(), reply.text().await.unwrap())
    }
}

#[tokio::test]
async fn metrics_come_in_the_format_prometheus_asks_for() {
    let running = start().await;
    running.metrics.decisions.with_label_values(&["nothing"]).inc();
    let (status, kind, body) = running.get("/metrics").await;
    assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4"));
    assert!(body.contains("purser_decisions_total{outcome=\"nothing\"} 1\n"), "{body}");
}

#[tokio::test]
async fn readiness_is_the_status_code_and_the_body_says_why() {
    let running = start().await;
    assert_eq!(running.get("/readyz").await.0, 503, "before any check");
    running.health.set("recovery", Ok(()));
    let (status, kind, body) = running.get("/readyz").await;
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    assert_eq!(body, r#"{"ok":true,"checks":{"recovery":"ok"}}"#);
    running.health.set("halt", Err("halted by the operator".to_owned()));
    let (status, _, body) = running.get("/readyz").await;
    assert_eq!(status, 503);
    assert_eq!(body, r#"{"ok":false,"checks":{"halt":"halted by the operator","recovery":"ok"}}"#);
}

#[tokio::test]
async fn liveness_is_the_status_code_too() {
    let running = start().await;
    assert_eq!(running.get("/livez").await.0, 200);
    let long_ago = clock::now().minus(Duration::from_secs(3_600));
    running.health.beat("scan", long_ago, Duration::from_secs(60));
    let (status, _, body) = running.get("/livez").await;
    assert_eq!(status, 503);
    assert!(body.contains("no progress for 36"), "{body}");
    running.health.beat("scan", clock::now(), Duration::from_secs(60));
    assert_eq!(running.get("/livez").await.0, 200);
}

#[tokio::test]
async fn nothing_else_is_served_and_nothing_can_be_changed() {
    let running = start().await;
    for path in ["/", "/metrics/", "/v1/operations", "/../metrics.rs"] {
        assert_eq!(running.get(path).await.0, 404, "{path}");
    }
    let client = http_client(Duration::from_secs(5)).unwrap();
    let reply = client.post(format!("http://{}/readyz", running.address)).send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 405);
}

#[tokio::test]
async fn a_taken_port_is_told_with_the_setting_and_the_remedy() {
    let holder = TcpListener::bind(ANY_PORT).await.unwrap();
    let taken = holder.local_addr().unwrap();
    let outcome = serve(taken, Metrics::new().unwrap(), Health::default(), CancellationToken::new()).await;
    let Err(error) = outcome else { panic!("two servers on {taken}") };
    assert!(matches!(error, ServeError::Listen { listen, .. } if listen == taken));
    let told = error.to_string();
    assert!(told.contains(&format!("server.listen = \"{taken}\" cannot be used")), "{told}");
    assert!(told.contains("Choose a free address"), "{told}");
}

#[tokio::test]
async fn it_stops_when_asked_and_frees_its_port() {
    let running = start().await;
    assert_eq!(running.get("/livez").await.0, 200);
    running.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), running.server).await;
    ended.expect("it ends").unwrap().unwrap();
    TcpListener::bind(running.address).await.expect("the port is free again");
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_the_shutdown() {
    let running = start().await;
    let mut open = TcpStream::connect(running.address).await.unwrap();
    open.write_all(b"GET /livez HTTP/1.1\r\nHost: purser\r\n").await.unwrap();
    assert_eq!(running.get("/livez").await.0, 200, "the open one is accepted by now");
    let begun = Instant::now();
    running.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), running.server).await;
    ended.expect("it ends").unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
