//! 1inch: calldata, replies, the client, quotes as edges.

mod calldata;
mod client;
mod haircut;
mod quotes;
mod replies;

use alloy::primitives::{Address, Bytes, address};
use purser::venues::oneinch::client::Exchange;
use purser::venues::oneinch::{AggregatorSwap, Intent};

const USDC: Address = address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
const USDT: Address = address!("dAC17F958D2ee523a2206206994597C13D831ec7");
const ROUTER: Address = address!("111111125421cA6dc452d289314280a0f8842A65");
const EXECUTOR: Address = address!("e37e799d5077682fa0a244d46e5649f71457bd09");
const WALLET: Address = address!("00000000000000000000000000000000000a11ce");
const SOLD: u128 = 1_000_000_000;
const LEAST: u128 = 999_000_000;

fn swap() -> AggregatorSwap {
    AggregatorSwap {
        router: ROUTER,
        executor: EXECUTOR,
        token_in: USDC,
        token_out: USDT,
        source_receiver: EXECUTOR,
        recipient: WALLET,
        amount_in: SOLD,
        min_out: LEAST,
        data: Bytes::from_iter(1..100_u8),
    }
}

fn exchange() -> Exchange {
    Exchange { token_in: USDC, token_out: USDT, amount_in: SOLD }
}

fn intent() -> Intent {
    Intent { router: ROUTER, exchange: exchange(), min_out: LEAST, wallet: WALLET }
}

/// A reply as it was recorded.
fn recorded() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/oneinch_replies/swap");
    std::fs::read(path).unwrap().split_off(1)
}
