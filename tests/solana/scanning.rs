//! A scan: one request, one slot, a living clock, and every token an answer or an error of its own.

use purser::chains::solana::associated::associated_account;
use purser::chains::solana::scan::clock_of;
use purser::chains::solana::token::{Held, TokenError};
use purser::chains::solana::{Account, Address, ChainError, Commitment, RpcError, ScanRequest};
use purser::config::SolanaTokenConfig;
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use serde_json::json;

use super::fake::{Fake, chain};
use super::support::{Holding, mint_data, owned_by, token_2022, usdc, wallet};

fn request(tokens: &[SolanaTokenConfig], more: usize) -> ScanRequest {
    let number = |n: usize| Address::from([u8::try_from(n % 256).unwrap(); 32]);
    ScanRequest {
        wallet: wallet(1).address(),
        tokens: tokens.to_vec(),
        accounts: (0..more).map(number).collect(),
        commitment: Commitment::Confirmed,
        min_slot: 7,
    }
}

fn put(fake: &Fake, token: &SolanaTokenConfig, holding: Option<Account>, extensions: &[(u16, usize)]) {
    let mut world = fake.world();
    world.accounts.insert(token.mint, owned_by(token.program, mint_data(6, extensions)));
    if let Some(account) = holding {
        let address = associated_account(&wallet(1).address(), &token.mint, &token.program);
        world.accounts.insert(address, account);
    }
}

#[tokio::test]
async fn everything_comes_in_one_request_of_one_slot() {
    let fake = Fake::start().await;
    let owner = wallet(1).address();
    let lamports =
        Account { lamports: 12_345, owner: Address::default(), data: Vec::new(), executable: false };
    fake.world().accounts.insert(owner, lamports);
    let newer = token_2022(&[]);
    put(&fake, &usdc(), Some(Holding::of(usdc().mint, owner, 42).account(TOKEN_PROGRAM)), &[]);
    let fees = Holding { extensions: vec![(7, 0)], ..Holding::of(newer.mint, owner, 9) };
    put(&fake, &newer, Some(fees.account(TOKEN_2022_PROGRAM)), &[(1, 108)]);
    let scan = chain(&[&fake], json!({})).scan(&request(&[usdc(), newer], 3)).await.unwrap();
    assert_eq!(fake.requests(), 1);
    assert_eq!((scan.slot, scan.lamports, scan.accounts.len()), (1000, 12_345, 3));
    assert_eq!(scan.tokens[0], Ok(Held::Units(42)));
    assert!(matches!(scan.tokens[1], Err(TokenError::Extensions { .. })), "{:?}", scan.tokens[1]);
    let calls = fake.calls("getMultipleAccounts");
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0][1], json!({"encoding": "base64", "commitment": "confirmed", "minContextSlot": 7}));
}

#[tokio::test]
async fn a_hundred_accounts_are_one_call_and_more_are_one_batch() {
    for (more, parts) in [(98, 1), (99, 2), (250, 3)] {
        let fake = Fake::start().await;
        let scan = chain(&[&fake], json!({})).scan(&request(&[], more)).await.unwrap();
        assert_eq!((fake.requests(), fake.calls("getMultipleAccounts").len()), (1, parts));
        assert_eq!(scan.accounts.len(), more);
    }
}

#[tokio::test]
async fn parts_of_different_slots_are_read_again() {
    let fake = Fake::start().await;
    fake.world().races = 1;
    let chain = chain(&[&fake], json!({}));
    let scan = chain.scan(&request(&[], 150)).await.unwrap();
    assert_eq!((scan.slot, fake.requests()), (1001, 2));
    assert_eq!(fake.calls("getMultipleAccounts")[2][1]["minContextSlot"], 1001);
    fake.world().races = u32::MAX;
    let never = chain.scan(&request(&[], 150)).await;
    assert!(never.unwrap_err().to_string().contains("of the slots"));
}

#[tokio::test]
async fn a_cluster_that_stands_still_is_not_believed() {
    let (stopped, sound) = (Fake::start().await, Fake::start().await);
    stopped.world().age = 3600;
    let both = chain(&[&stopped, &sound], json!({}));
    both.scan(&request(&[], 0)).await.unwrap();
    assert_eq!(sound.calls("getMultipleAccounts").len(), 1);
    let alone = chain(&[&stopped], json!({})).scan(&request(&[], 0)).await;
    let Err(ChainError::Unavailable { failures, .. }) = alone else { panic!("{alone:?}") };
    assert!(matches!(failures[0].error, RpcError::Stale { .. }), "{failures:?}");
}

#[tokio::test]
async fn a_clock_of_another_slot_betrays_a_wrong_answer() {
    let fake = Fake::start().await;
    fake.world().clock_slot = Some(998);
    let scan = chain(&[&fake], json!({})).scan(&request(&[], 0)).await;
    let Err(ChainError::Unavailable { failures, .. }) = scan else { panic!("{scan:?}") };
    assert_eq!(failures[0].error, RpcError::TornSlots { first: 998, second: 1000 });
}

#[tokio::test]
async fn a_token_without_an_account_has_none() {
    let fake = Fake::start().await;
    put(&fake, &usdc(), None, &[]);
    let scan = chain(&[&fake], json!({})).scan(&request(&[usdc()], 0)).await.unwrap();
    assert_eq!((&scan.tokens[0], scan.lamports), (&Ok(Held::NoAccount), 0));
    let nothing = Fake::start().await;
    let scan = chain(&[&nothing], json!({})).scan(&request(&[usdc()], 0)).await.unwrap();
    assert_eq!(scan.tokens[0], Err(TokenError::NoMint(usdc().mint)));
}

#[test]
fn a_clock_has_forty_bytes() {
    assert_eq!(clock_of(&[0; 39]), None);
    assert_eq!(clock_of(&[1; 40]), Some((0x0101_0101_0101_0101, 0x0101_0101_0101_0101)));
    assert_eq!(clock_of(&[0xff; 40]), None, "a time before the epoch");
}
