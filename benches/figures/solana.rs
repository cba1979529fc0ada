//! How many HTTP requests one look at Solana takes, and how long it takes beside the network.

use std::time::Instant;

use purser::chains::solana::associated::associated_account;
use purser::chains::solana::scan::Further;
use purser::chains::solana::{Account, Address, Commitment, ScanRequest};
use purser::config::SolanaTokenConfig;
use purser::config::solana::TOKEN_PROGRAM;
use serde_json::json;

use crate::fake::{Fake, chain};
use crate::report::{Report, millis, quantile};

/// Token accounts of the wallet.
const TOKENS: u8 = 50;
/// Looks.
const SCANS: usize = 50;

pub async fn measure(report: &mut Report) {
    eprintln!("Looking at Solana");
    let node = Fake::start().await;
    let wallet = Address::from([200; 32]);
    let tokens: Vec<SolanaTokenConfig> = (1..=TOKENS).map(token).collect();
    for token in &tokens {
        let mut world = node.world();
        world.accounts.insert(token.mint, owned(mint()));
        let account = associated_account(&wallet, &token.mint, &token.program);
        world.accounts.insert(account, owned(holding(&token.mint, &wallet)));
    }
    let fee_accounts = vec![tokens[0].mint];
    let request =
        ScanRequest { wallet, tokens, accounts: Vec::new(), commitment: Commitment::Confirmed, min_slot: 0 };
    let further = Further { signatures: Vec::new(), fee_accounts };
    let chain = chain(&[&node], json!({}));
    // The first look also asks who the node is.
    chain.scan_with(&request, &further).await.unwrap();
    let before = node.requests();
    let mut times = Vec::new();
    for _ in 0..SCANS {
        let start = Instant::now();
        let (scan, _) = chain.scan_with(&request, &further).await.unwrap();
        times.push(millis(start.elapsed()));
        assert!(scan.tokens.iter().all(Result::is_ok));
    }
    let requests = (node.requests() - before) as f64 / SCANS as f64;
    report.promise("HTTP requests per scan of Solana, 50 token accounts", requests, "", 1.0);
    report.add("scan of Solana, 50 token accounts, p50", quantile(&times, 0.5), "ms");
}

fn token(number: u8) -> SolanaTokenConfig {
    let mint = Address::from([number; 32]);
    SolanaTokenConfig { mint, program: TOKEN_PROGRAM, decimals: 6, extensions: Vec::new() }
}

fn owned(data: Vec<u8>) -> Account {
    Account { lamports: 2_039_280, owner: TOKEN_PROGRAM, data, executable: false }
}

fn mint() -> Vec<u8> {
    let mut data = vec![0; 82];
    data[44] = 6;
    data[45] = 1;
    data
}

fn holding(mint: &Address, owner: &Address) -> Vec<u8> {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(mint.as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[64..72].copy_from_slice(&1_000_000_u64.to_le_bytes());
    data[108] = 1;
    data
}
