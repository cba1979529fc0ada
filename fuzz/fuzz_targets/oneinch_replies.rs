//! 1inch's replies. The first byte says which one the rest is.
#![no_main]

use alloy::primitives::{Address, address};
use libfuzzer_sys::fuzz_target;
use purser::venues::oneinch::client::Exchange;
use purser::venues::oneinch::{AggregatorSwap, Intent, reply};

const WALLET: Address = address!("00000000000000000000000000000000000a11ce");
const INTENT: Intent = Intent {
    router: address!("111111125421cA6dc452d289314280a0f8842A65"),
    exchange: Exchange {
        token_in: address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
        token_out: address!("dAC17F958D2ee523a2206206994597C13D831ec7"),
        amount_in: 1_000_000_000,
    },
    min_out: 999_000_000,
    wallet: WALLET,
};

fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else { return };
    match which {
        b's' => {
            let Ok(written) = reply::written(body) else { return };
            let Ok(call) = INTENT.accept(&written) else { return };
            assert_eq!(call.to, INTENT.router);
            let swap = AggregatorSwap::decode(&call).expect("what is accepted was read");
            assert_eq!((swap.recipient, swap.amount_in), (WALLET, INTENT.exchange.amount_in));
            assert_eq!(swap.token_in, INTENT.exchange.token_in);
            assert_eq!(swap.token_out, INTENT.exchange.token_out);
            assert!(swap.min_out >= INTENT.min_out);
        }
        b'q' => {
            if let Ok(quoted) = reply::quoted(body) {
                assert!(quoted.amount_out > 0);
            }
        }
        b'a' => drop(reply::spender(body)),
        _ => {
            let said = reply::refusal(400, body).to_string();
            assert!(said.len() < 2_000);
        }
    }
});
