//! What is read from chain before money moves.

use alloy::primitives::{Address, B256, Bytes, U256, hex};
use alloy::sol_types::SolValue;
use purser::bridges::cctp::contracts::preflight::{self, Answer, Blocker, Preflight, State};
use purser::bridges::cctp::{Attesters, ContractError, End, FarEnd};

use super::support::{NONCE, RECIPIENT, WALLET, avalanche, base};

fn word(value: impl SolValue) -> Answer {
    Ok(Bytes::from(value.abi_encode()))
}

/// The answers of a healthy chain `end` with one remote, for the wallet alone.
fn answers(end: &End, remote: &End) -> Vec<Answer> {
    vec![
        word(U256::from(10_000_000_000_000_u64)),
        word(U256::ZERO),
        word(end.token_minter),
        word(1_u32),
        word(end.domain.0),
        word(1_u32),
        word(false),
        word(false),
        word(false),
        word(false),
        word(false),
        word(remote.messenger_word()),
    ]
}

fn questions(end: &End, remote: &End) -> Preflight {
    Preflight::new(end, &[WALLET], &[remote.domain])
}

fn state() -> State {
    let (end, remote) = (base(), avalanche());
    questions(&end, &remote).decode(&answers(&end, &remote)).unwrap()
}

#[test]
fn questions_are_the_contracts_own() {
    let end = base();
    let preflight = questions(&end, &avalanche());
    let asked: Vec<(Address, [u8; 4])> =
        preflight.calls().iter().map(|call| (call.to, call.data[..4].try_into().unwrap())).collect();
    let expected = [
        (end.token_minter, hex!("a56ec632")),
        (end.token_messenger, hex!("24ec7590")),
        (end.token_messenger, hex!("cb75c11c")),
        (end.token_messenger, hex!("9cdbb181")),
        (end.message_transmitter, hex!("8d3638f4")),
        (end.message_transmitter, hex!("54fd4d50")),
        (end.message_transmitter, hex!("5c975abb")),
        (end.token_minter, hex!("5c975abb")),
        (end.token, hex!("5c975abb")),
        (end.token_messenger, hex!("e877a526")),
        (end.token, hex!("fe575a87")),
        (end.token_messenger, hex!("82a5e665")),
    ];
    assert_eq!(asked, expected);
}

#[test]
fn a_healthy_chain_blocks_nothing() {
    let state = state();
    assert_eq!(state.burn_limit, 10_000_000_000_000);
    assert_eq!(state.burn_blocker(&base(), WALLET, &avalanche()), None);
    assert_eq!(state.mint_blocker(&base(), WALLET, &avalanche()), None);
}

#[test]
fn missing_empty_and_odd_answers_are_errors() {
    let (end, remote) = (base(), avalanche());
    let preflight = questions(&end, &remote);
    let honest = answers(&end, &remote);
    for at in 0..honest.len() {
        let with = |answer: Answer| {
            let mut changed = honest.clone();
            changed[at] = answer;
            preflight.decode(&changed).unwrap_err()
        };
        assert!(matches!(with(Ok(Bytes::new())), ContractError::Empty { .. }), "answer {at}");
        assert!(matches!(with(Err("reverted".to_owned())), ContractError::Unread { .. }), "answer {at}");
        for length in [1, 31, 33, 64] {
            let error = with(Ok(Bytes::from(vec![0; length])));
            assert!(matches!(error, ContractError::Form { .. }), "answer {at} of {length} bytes");
        }
        // Only remoteTokenMessengers, the last, may use every bit of its word.
        if at + 1 < honest.len() {
            let error = with(Ok(Bytes::from(vec![0xff; 32])));
            assert!(matches!(error, ContractError::Form { .. }), "answer {at}");
        }
    }
    let error = preflight.decode(&honest[1..]).unwrap_err();
    assert_eq!(error, ContractError::Count { asked: 12, found: 11 });
}

#[test]
fn each_pause_closes_both_directions() {
    for (at, contract) in [(6, "MessageTransmitterV2"), (7, "TokenMinterV2"), (8, "USDC")] {
        let mut changed = answers(&base(), &avalanche());
        changed[at] = word(true);
        let state = questions(&base(), &avalanche()).decode(&changed).unwrap();
        let paused = Some(Blocker::Paused { contract });
        assert_eq!(state.burn_blocker(&base(), WALLET, &avalanche()), paused);
        assert_eq!(state.mint_blocker(&base(), WALLET, &avalanche()), paused);
    }
}

#[test]
fn blocked_accounts_and_foreign_tokens_are_named() {
    let mut denied = state();
    denied.denylisted.insert(WALLET, true);
    let blocker = Some(Blocker::Denylisted { account: WALLET });
    assert_eq!(denied.burn_blocker(&base(), WALLET, &avalanche()), blocker);
    // The denylist is about burning.
    assert_eq!(denied.mint_blocker(&base(), WALLET, &avalanche()), None);

    let mut blocked = state();
    blocked.blacklisted.insert(WALLET, true);
    let blocker = Some(Blocker::Blacklisted { account: WALLET });
    assert_eq!(blocked.burn_blocker(&base(), WALLET, &avalanche()), blocker);
    assert_eq!(blocked.mint_blocker(&base(), WALLET, &avalanche()), blocker);

    let not_asked = Some(Blocker::NotAsked { account: RECIPIENT });
    assert_eq!(state().mint_blocker(&base(), RECIPIENT, &avalanche()), not_asked);

    let bridged = State { burn_limit: 0, ..state() };
    let blocker = Some(Blocker::NotBurnable { token: base().token });
    assert_eq!(bridged.burn_blocker(&base(), WALLET, &avalanche()), blocker);
}

#[test]
fn a_configuration_that_differs_from_the_chain_is_a_blocker() {
    let mut unknown_remote = state();
    unknown_remote.remotes.clear();
    let mut other_remote = state();
    other_remote.remotes.insert(avalanche().domain, B256::repeat_byte(1));
    for state in [
        unknown_remote,
        other_remote,
        State { local_domain: avalanche().domain, ..state() },
        State { version: 0, ..state() },
        State { body_version: 2, ..state() },
        State { local_minter: Address::ZERO, ..state() },
    ] {
        let blocker = state.burn_blocker(&base(), WALLET, &avalanche());
        assert!(matches!(blocker, Some(Blocker::Mismatch { .. })), "{state:?}");
    }
}

#[test]
fn a_used_nonce_is_yes_or_no() {
    let call = preflight::used_nonce(&avalanche(), NONCE);
    assert_eq!(call.data[..4], hex!("feb61724"));
    assert_eq!(call.data[4..], NONCE.0);
    assert_eq!(preflight::decode_used_nonce(&word(U256::ZERO)), Ok(false));
    assert_eq!(preflight::decode_used_nonce(&word(U256::from(1))), Ok(true));
    assert!(preflight::decode_used_nonce(&word(U256::from(2))).is_err());
    assert!(preflight::decode_used_nonce(&Ok(Bytes::new())).is_err());
}

#[test]
fn the_minimum_fee_is_asked_for_the_amount() {
    let call = preflight::min_fee_amount(&base(), 77);
    assert_eq!(call.data[..4], hex!("516990e3"));
    assert_eq!(preflight::decode_min_fee_amount(&word(U256::from(3))), Ok(3));
    assert!(preflight::decode_min_fee_amount(&word(U256::MAX)).is_err());
}

#[test]
fn attesters_are_counted_then_read() {
    let end = avalanche();
    let [threshold, count] = preflight::attester_counts(&end);
    assert_eq!((&threshold.data[..], &count.data[..]), (&hex!("a82f2e26")[..], &hex!("51079a53")[..]));
    let counts = [word(U256::from(2)), word(U256::from(3))];
    assert_eq!(preflight::decode_attester_counts(&counts), Ok((2, 3)));
    assert!(preflight::decode_attester_counts(&counts[..1]).is_err());
    assert!(preflight::decode_attester_counts(&[word(U256::from(2)), word(U256::from(65))]).is_err());

    let calls = preflight::attesters(&end, 3);
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[2].data[..4], hex!("beb673d8"));
    let addresses = [1, 2, 3].map(Address::repeat_byte);
    let read = addresses.map(word);
    let expected = Attesters::new(&addresses, 2).unwrap();
    assert_eq!(preflight::decode_attesters(2, 3, &read), Ok(expected));
    assert!(preflight::decode_attesters(2, 3, &read[..2]).is_err());
    assert!(preflight::decode_attesters(4, 3, &read).is_err());
    // The contract swaps on removal: one attester seen twice means the set changed in between.
    let twice = [addresses[0], addresses[1], addresses[0]].map(word);
    assert!(preflight::decode_attesters(2, 3, &twice).is_err());
}
