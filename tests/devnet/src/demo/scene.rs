//! What the demonstration starts from, and what happens to it from outside.

use std::path::Path;

use alloy::primitives::U256;

use crate::chain::Asset;
use crate::deploy::Balance;
use crate::error::Error;
use crate::operator::Choices;
use crate::solana::{Command, NAME as SOLANA};
use crate::{Devnet, Options, Solana, Spawn};

/// Base units of a dollar.
pub(super) const DOLLAR: u64 = 1_000_000;
/// What is paid in on Solana, in whole USDC.
const DEPOSIT: u64 = 200_000;
/// What Jupiter's pool has of USDT, in whole ones: as deep as what 1inch pays from.
const DEPTH: u64 = 500_000_000;

/// Too much on Ethereum and Arbitrum, the wrong asset everywhere else, and not enough of it there: one
/// transfer to Solana that pays for speed, one from a chain without a fast tier, one swap at Jupiter, one at
/// 1inch, and one that is split over 1inch and Uniswap.
pub(super) fn options(devnet_solana: &Path) -> Options {
    let spawn = Spawn { program: devnet_solana.to_owned(), slot_ms: 100 };
    let solana = Solana::Spawn(spawn);
    let mut options = Options { block_time: Some(1.0), solana, arbitrage: true, ..Options::default() };
    options.balances.retain(|balance| balance.asset == Asset::Native);
    let holdings = [
        ("ethereum", Asset::Usdc, 700_000),
        ("arbitrum", Asset::Usdc, 600_000),
        ("arbitrum", Asset::Usdt, 40_000),
        ("base", Asset::Usdt, 150_000),
        (SOLANA, Asset::Usdt, 60_000),
    ];
    for (chain, asset, whole) in holdings {
        let amount = U256::from(whole) * U256::from(DOLLAR);
        options.balances.push(Balance { chain: chain.to_owned(), asset, amount });
    }
    options
}

/// 1inch pays a little more than the pools as long as the amount is not too large: the swap on Arbitrum is
/// its alone, and the one on Base is split. USDT has the pools' price, on Solana too: at any other, one
/// direction would be free in all of them.
pub(super) async fn terms(devnet: &Devnet) -> Result<(), Error> {
    for chain in ["arbitrum", "base"] {
        devnet.chain(chain).set_oneinch_edge(100).await?;
    }
    for server in devnet.prices.values() {
        server.handle().set_usd("USDT", 1.0002);
    }
    let usdt = DEPTH * DOLLAR;
    let usdc = usdt / 10_000 * 10_002;
    devnet.solana().change(&Command::Reserves { pool: "Deep".to_owned(), a: usdc, b: usdt }).await
}

/// Most of it belongs where it is; Base and Solana get the rest.
pub(super) fn choices(listen: &str) -> Choices {
    let target = |(chain, weight): (&str, u32)| (chain.to_owned(), "USDC".to_owned(), weight);
    let targets = [("ethereum", 40), ("arbitrum", 25), ("base", 27), (SOLANA, 8)];
    Choices {
        listen: listen.to_owned(),
        poll_ms: 500,
        targets: targets.map(target).into(),
        oneinch: Some(String::new()),
        jupiter: Some(String::new()),
        ..Choices::default()
    }
}

/// Solana gets so much that most of it has to leave.
pub(super) async fn deposit(devnet: &Devnet) -> Result<(), Error> {
    devnet.solana().mint(Asset::Usdc, DEPOSIT * DOLLAR).await
}
