//! The seeds of `fuzz/corpus` are what they claim to be: a seed nobody reads leads nowhere.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, Bytes, address};
use purser::act::effect_of;
use purser::bridges::cctp::attestation::Attesters;
use purser::bridges::cctp::iris::reply;
use purser::bridges::cctp::message::Message;
use purser::chains::evm::errors::DIALECT;
use purser::chains::evm::{Call, Signed, envelope, scan, wire};
use purser::config::Config;
use purser::venues::oneinch::{self, OneInchError};
use purser::venues::uniswap::RouterSwap;

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join("corpus").join(target)
}

fn seed(target: &str, name: &str) -> Vec<u8> {
    std::fs::read(corpus(target).join(name)).unwrap()
}

/// The seeds of a target that begin with an address, split from it.
fn calls(target: &str) -> Vec<(Address, Bytes)> {
    let files = std::fs::read_dir(corpus(target)).unwrap();
    let split = |bytes: Vec<u8>| (Address::from_slice(&bytes[..20]), Bytes::copy_from_slice(&bytes[20..]));
    files.map(|file| split(std::fs::read(file.unwrap().path()).unwrap())).collect()
}

#[test]
fn every_target_has_seeds() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join("fuzz_targets");
    for target in std::fs::read_dir(targets).unwrap() {
        let target = target.unwrap().path();
        let seeds = std::fs::read_dir(corpus(target.file_stem().unwrap().to_str().unwrap())).unwrap();
        assert!(seeds.count() >= 2, "{}", target.display());
    }
}

#[test]
fn messages_and_attestations_are_real() {
    let message = seed("cctp_message", "attested");
    let attested = Message::decode(&message).unwrap();
    let burnt = Message::decode(&seed("cctp_message", "burnt")).unwrap();
    attested.attests(&burnt).unwrap();
    let signers = [
        address!("52ed4cbff8dce6a19748043f3240ec03c834bcef"),
        address!("725b06f73ff761ef5390e39315e2bfbf60d33f96"),
    ];
    let input = seed("cctp_attestation", "two_signers");
    let (length, rest) = input.split_first_chunk::<2>().unwrap();
    let (signed, attestation) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
    assert_eq!(Attesters::new(&signers, 2).unwrap().verify(signed, attestation), Ok(signers.to_vec()));
    let complete = seed("iris_replies", "complete");
    assert!(matches!(reply::attestation(&complete[1..], &burnt), Ok(reply::Attestation::Ready { .. })));
    assert_eq!(reply::fees(&seed("iris_replies", "fees")[1..]).unwrap().len(), 2);
    assert!(reply::allowance(&seed("iris_replies", "allowance")[1..]).unwrap() > 0);
    reply::reattested(&seed("iris_replies", "reattested")[1..], attested.nonce).unwrap();
}

#[test]
fn calls_and_transactions_have_an_effect() {
    for (to, data) in calls("cctp_calls") {
        effect_of(to, &data).unwrap();
    }
    for (to, data) in calls("router_swap") {
        RouterSwap::decode(&Call::new(to, data)).unwrap();
    }
    for (to, data) in calls("aggregator_swap") {
        effect_of(to, &data).unwrap();
    }
    for leg in ["approve", "burn", "mint", "swap"] {
        let signed = Signed::decode(&seed("signed_transaction", leg)).unwrap();
        effect_of(signed.transaction.to, &signed.transaction.data).unwrap();
    }
}

#[test]
fn replies_of_1inch_are_what_they_are_called() {
    let body = |name: &str| seed("oneinch_replies", name).split_off(1);
    let written = oneinch::reply::written(&body("swap")).unwrap();
    effect_of(written.to, &written.data).unwrap();
    assert_eq!(oneinch::reply::quoted(&body("quote")).unwrap().amount_out, written.amount_out);
    assert_eq!(oneinch::reply::spender(&body("spender")).unwrap(), written.to);
    let refusal = oneinch::reply::refusal(400, &body("refusal"));
    assert!(matches!(refusal, OneInchError::InsufficientLiquidity { .. }), "{refusal:?}");
}

#[test]
fn replies_and_configurations_are_read() {
    let first = |name: &str, count| {
        let replies =
            envelope::replies(&seed("rpc_replies", name)[1..], count, &DIALECT, str::to_owned).unwrap();
        replies.into_iter().filter_map(Result::ok).collect::<Vec<_>>()
    };
    wire::header("block", &first("header", 1)[0]).unwrap();
    let receipt = &first("receipt", 1)[0];
    let hash = wire::hash(&receipt["transactionHash"]).unwrap();
    assert!(wire::receipt(hash, receipt).unwrap().is_some());
    let parts = scan::sub_calls(&wire::bytes(&first("scan", 4)[3]).unwrap()).unwrap();
    assert_eq!((parts.len(), parts[0].is_ok(), parts[1].is_ok()), (2, true, false));
    scan::components_fee(&wire::bytes(&first("components", 1)[0]).unwrap()).unwrap();
    assert_eq!(first("refusal", 2).len(), 1);
    for name in ["example", "testnet", "small"] {
        let text = seed("configuration", name);
        Config::from_bytes(&text, Path::new("/etc/purser"), []).unwrap();
    }
}
