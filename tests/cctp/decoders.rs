//! Arbitrary bytes into every decoder: an answer or an error, never a panic.

use alloy::primitives::{Address, B256, Bytes, Log, LogData, hex};
use proptest::prelude::*;
use purser::bridges::cctp::contracts::{calls, events, preflight};
use purser::bridges::cctp::iris::{decimal, reply};
use purser::bridges::cctp::{Attesters, Message};
use purser::domain::plan::Speed;
use purser::domain::price::Rounding;

use super::support::{NONCE, REAL_SIGNERS, WALLET, avalanche, base, burnt, real_attestation, real_message};

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..max)
}

/// Real topics and selectors, so that the decoders behind them are reached.
fn topic() -> impl Strategy<Value = B256> {
    prop_oneof![
        Just(B256::from(hex!("0c8c1cbdc5190613ebd485511d4e2812cfa45eecb79d845893331fedad5130a5"))),
        Just(B256::from(hex!("50c55e915134d457debfa58eb6f4342956f8b0616d51a89a3659360178e1ab63"))),
        Just(B256::from(hex!("8c5261668696ce22758910d05bab8f186d6eb247ceac2af2e82c7dc17669b036"))),
        Just(B256::from(hex!("ff48c13eda96b1cceacc6b9edeedc9e9db9d6226afbc30146b720c19d3addb1c"))),
    ]
}

fn selector() -> impl Strategy<Value = [u8; 4]> {
    prop_oneof![Just(hex!("8e0250ee")), Just(hex!("57ecfd28")), Just(hex!("095ea7b3")), any::<[u8; 4]>()]
}

fn emitter() -> impl Strategy<Value = Address> {
    let end = avalanche();
    prop_oneof![Just(end.token_messenger), Just(end.message_transmitter)]
}

fn log() -> impl Strategy<Value = Log> {
    let others = proptest::collection::vec(any::<[u8; 32]>().prop_map(B256::from), 0..5);
    (emitter(), topic(), others, bytes(400)).prop_map(|(address, topic, others, data)| Log {
        address,
        data: LogData::new_unchecked(std::iter::once(topic).chain(others).collect(), Bytes::from(data)),
    })
}

proptest! {
    #[test]
    fn messages(raw in bytes(500)) {
        let _ = Message::decode(&raw);
    }

    #[test]
    fn messages_of_the_right_length(raw in proptest::collection::vec(any::<u8>(), 376)) {
        if let Ok(message) = Message::decode(&raw) {
            let encoded = message.encode();
            prop_assert_eq!(&encoded[..], &raw[..]);
        }
    }

    #[test]
    fn attestations(message in bytes(500), attestation in proptest::collection::vec(any::<u8>(), 130)) {
        let attesters = Attesters::new(&REAL_SIGNERS, 2).unwrap();
        prop_assert!(attesters.verify(&message, &attestation).is_err());
    }

    #[test]
    fn attestation_lengths(attestation in bytes(400)) {
        let attesters = Attesters::new(&REAL_SIGNERS, 2).unwrap();
        prop_assert!(attesters.verify(&real_message(), &attestation).is_err());
    }

    #[test]
    fn calldata(selector in selector(), arguments in bytes(700)) {
        let data = [&selector[..], &arguments].concat();
        let _ = calls::decode(&data);
        let _ = calls::decode(&arguments);
    }

    #[test]
    fn damaged_mints(at in 0_usize..700, value: u8) {
        let mut data = calls::mint(&avalanche(), &real_message(), &real_attestation()).data.to_vec();
        let at = at % data.len();
        data[at] = value;
        let _ = calls::decode(&data);
    }

    #[test]
    fn logs(logs in proptest::collection::vec(log(), 0..5)) {
        let end = avalanche();
        let burn = burnt(1_000_000, 143, Speed::Fast);
        let _ = events::sent(&logs, &end);
        let _ = events::deposits(&logs, &end);
        let _ = events::withdrawals(&logs, &end);
        let _ = events::received(&logs, &end);
        prop_assert!(events::burnt(&logs, &end, &burn).is_err());
        let minted = events::minted_for(&logs, &end, &burn, NONCE);
        let is_ours = matches!(minted, Ok(events::Minted::Ours { .. }));
        prop_assert!(!is_ours);
    }

    #[test]
    fn answers(answers in proptest::collection::vec(prop_oneof![
        bytes(70).prop_map(|raw| Ok(Bytes::from(raw))),
        proptest::collection::vec(any::<u8>(), 32).prop_map(|raw| Ok(Bytes::from(raw))),
        Just(Err("reverted".to_owned())),
    ], 0..14)) {
        let _ = preflight::Preflight::new(&base(), &[WALLET], &[avalanche().domain]).decode(&answers);
        let _ = preflight::decode_attester_counts(&answers);
        let _ = preflight::decode_attesters(2, answers.len(), &answers);
        for answer in &answers {
            let _ = preflight::decode_used_nonce(answer);
            let _ = preflight::decode_min_fee_amount(answer);
        }
    }

    #[test]
    fn replies(raw in bytes(300), text in "\\PC{0,200}") {
        let burn = burnt(1_000_000, 143, Speed::Fast);
        for body in [&raw[..], text.as_bytes()] {
            let _ = reply::attestation(body, &burn);
            let _ = reply::fees(body);
            let _ = reply::allowance(body);
            let _ = reply::reattested(body, NONCE);
        }
    }

    #[test]
    fn nearly_json(fee in "[-+0-9.eE\"]{0,50}", hex in "0?x?[0-9a-fA-F]{0,800}", status in "complete|pending_confirmations|[a-z]{0,8}") {
        let burn = burnt(1_000_000, 143, Speed::Fast);
        let _ = reply::fees(format!(r#"[{{"finalityThreshold":1000,"minimumFee":{fee}}}]"#).as_bytes());
        let _ = reply::allowance(format!(r#"{{"allowance":{fee}}}"#).as_bytes());
        let body = format!(r#"{{"messages":[{{"message":"{hex}","attestation":"{hex}","status":"{status}"}}]}}"#);
        let _ = reply::attestation(body.as_bytes(), &burn);
        let _ = decimal::scaled(&fee, 6, Rounding::Up);
        let _ = decimal::scaled(&fee, 2, Rounding::Down);
    }
}
