//! The program itself.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use devnet_solana::Manifest;
use devnet_solana::client::Client;
use devnet_solana::node::{Node, NodeConfig};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::start;

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_until_its_input_closes() {
    let dir = std::env::temp_dir().join(format!("solana-chain-{}", std::process::id()));
    let mut child = Command::new(env!("CARGO_BIN_EXE_devnet-solana"))
        .args(["up", "--until-stdin-closes", "--slot-ms", "50", "--dir"])
        .arg(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.unwrap();
    let manifest: Manifest = serde_json::from_str(&line.unwrap().unwrap()).unwrap();
    let written = std::fs::read_to_string(dir.join("solana.json")).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&written).unwrap().node_url, manifest.node_url);
    std::fs::remove_dir_all(&dir).unwrap();
    for url in manifest.rpc.iter().chain([&manifest.node_url]) {
        Client::new(url).blockhash().await.unwrap();
    }
    drop(child.stdin.take());
    let status = tokio::time::timeout(Duration::from_secs(20), child.wait()).await;
    assert!(status.expect("it ends with its input").unwrap().success());
    assert!(Client::new(&manifest.node_url).blockhash().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outlives_the_chain() {
    let network = start().await;
    assert!(network.is_running());
    let clients = [network.client(), Client::new(&network.manifest.rpc[0])];
    drop(network);
    let begun = Instant::now();
    for client in clients {
        while client.blockhash().await.is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it is still there");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[test]
fn a_port_that_is_taken_ends_the_start_with_its_reason() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let config = NodeConfig { slot_ms: 50, port: Some(port), programs: vec![], accounts: vec![] };
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(Node::start(&config).err().map(|error| error.to_string())));
    let refusal = receiver.recv_timeout(Duration::from_secs(60)).expect("the start ends").unwrap();
    assert!(refusal.contains(&format!("{port} is already in use")), "{refusal}");
}
