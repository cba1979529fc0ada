//! Jupiter's replies. The first byte says which one the rest is.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use purser::chains::solana::associated::associated_account;
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::{Address, Blockhash, Hash};
use purser::config::jupiter::AGGREGATOR;
use purser::config::solana::TOKEN_PROGRAM;
use purser::venues::jupiter::{Executed, Exchange, Intent, Terms, build, execute, reply};

const USDC: Address = Address::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
const USDT: Address = Address::from_str_const("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB");
const WALLET: Address = Address::from_str_const("8b6GbSuHLfM3oHdBUuw5BQ9h3Fivi2FnCn7fT5PdCQQk");
const EXCHANGE: Exchange = Exchange { mint_in: USDC, mint_out: USDT, amount_in: 1_000_000_000 };
const INTENT: Intent = Intent {
    wallet: WALLET,
    mint_in: USDC,
    token_program_in: TOKEN_PROGRAM,
    mint_out: USDT,
    token_program_out: TOKEN_PROGRAM,
    amount_in: EXCHANGE.amount_in,
    min_out: 998_800_000,
    program: AGGREGATOR,
};
const TERMS: Terms = Terms { cosigners: false, max_priority_lamports: 100_000 };

/// Where the wallet's tokens are; deriving it takes longer than reading bytes.
static PLACES: LazyLock<[Address; 2]> =
    LazyLock::new(|| [USDC, USDT].map(|mint| associated_account(&WALLET, &mint, &TOKEN_PROGRAM)));

/// What is accepted is exactly what was wanted.
fn judge(bytes: &[u8]) {
    let Ok(resolved) = Resolved::decode(bytes, &[]) else { return };
    let Ok(accepted) = INTENT.judge(&resolved, &TERMS) else { return };
    assert_eq!((resolved.payer, resolved.signers.as_slice()), (WALLET, &[WALLET][..]));
    let route = &accepted.route;
    assert_eq!((route.program, route.authority), (AGGREGATOR, WALLET));
    assert_eq!([route.source, route.destination], *PLACES);
    assert_eq!(route.amount_in, INTENT.amount_in);
    assert!(route.floor() >= INTENT.min_out);
    assert!(accepted.budget.priority_lamports() <= TERMS.max_priority_lamports);
    assert!(accepted.creates.iter().all(|account| PLACES.contains(account)));
}

fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else { return };
    match which {
        b'q' => {
            if let Ok(quoted) = reply::quoted(body, &EXCHANGE) {
                assert!(quoted.amount_out > 0 && quoted.min_out <= quoted.amount_out);
            }
        }
        b'o' => match reply::order(body, &EXCHANGE) {
            Ok(order) => judge(&order.transaction),
            Err(error) => assert!(error.to_string().len() < 2_000),
        },
        b'b' => {
            let Ok(built) = build::built(body, &EXCHANGE) else { return };
            let draft = built.draft(WALLET, Vec::new());
            assert!(draft.instructions.contains(&built.swap));
            let blockhash = Blockhash { hash: Hash::default(), slot: 0, last_valid_block_height: 0 };
            let bytes = draft.compile(ComputeBudget::WIDEST, &blockhash).and_then(|one| one.bytes());
            if let Ok(bytes) = bytes {
                judge(&bytes);
            }
        }
        b't' => judge(body),
        b'e' => {
            if let Ok(Executed::Failed { said, .. }) = execute::executed(body) {
                assert!(said.chars().count() <= 200);
            }
        }
        b'f' => drop(execute::refused(400, body)),
        _ => {
            let said = reply::refusal(400, body).to_string();
            assert!(said.len() < 2_000);
        }
    }
});
