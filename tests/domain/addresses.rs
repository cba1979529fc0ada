//! Addresses and names of transactions of both kinds, in text and in JSON.

use alloy::primitives::{Address, B256, address};
use purser::domain::snapshot::{BlockRef, Height};
use purser::domain::{AnyAddress, ChainName, DecisionRecord, TransactionId, Wallets};
use serde_json::json;
use solana_address::Address as SolanaAddress;
use solana_signature::Signature;

const EVM: Address = address!("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
const MINT: &str = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

fn mint() -> SolanaAddress {
    SolanaAddress::from_str_const(MINT)
}

#[test]
fn addresses_are_read_as_they_are_written() {
    for address in [AnyAddress::Evm(EVM), AnyAddress::Solana(mint())] {
        assert_eq!(address.to_string().parse::<AnyAddress>().unwrap(), address);
        let stored = serde_json::to_string(&address).unwrap();
        assert_eq!(serde_json::from_str::<AnyAddress>(&stored).unwrap(), address);
    }
    assert_eq!(AnyAddress::from(EVM).to_string(), "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
    assert_eq!(AnyAddress::from(mint()).to_string(), MINT);
}

/// Plans and their hashes hold addresses in this form.
#[test]
fn json_of_an_evm_address_is_that_of_the_bare_address() {
    let stored = serde_json::to_value(AnyAddress::Evm(EVM)).unwrap();
    assert_eq!(stored, json!("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"));
    assert_eq!(stored, serde_json::to_value(EVM).unwrap());
    assert_eq!(serde_json::to_value(AnyAddress::Solana(mint())).unwrap(), json!(MINT));
}

#[test]
fn an_address_is_of_one_kind() {
    let (evm, solana) = (AnyAddress::from(EVM), AnyAddress::from(mint()));
    assert_eq!((evm.evm(), evm.solana()), (Some(EVM), None));
    assert_eq!((solana.evm(), solana.solana()), (None, Some(mint())));
    assert!(!evm.is_zero() && AnyAddress::from(Address::ZERO).is_zero());
    assert!(!solana.is_zero() && AnyAddress::from(SolanaAddress::from([0; 32])).is_zero());
    assert_ne!(AnyAddress::from(Address::ZERO), AnyAddress::from(SolanaAddress::from([0; 32])));
}

#[test]
fn other_texts_are_no_addresses() {
    let short = &MINT[..MINT.len() - 2];
    let hash = B256::repeat_byte(1).to_string();
    let signature = Signature::from([1; 64]).to_string();
    for text in ["", "0x", "0x11", "0xzz", short, "O0Il", &hash, &signature, " 1111", "é"] {
        let error = text.parse::<AnyAddress>().unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
        assert!(serde_json::from_value::<AnyAddress>(json!(text)).is_err(), "{text}");
    }
    for other in [json!(7), json!(null), json!([1, 2]), json!({"Evm": "0x11"})] {
        assert!(serde_json::from_value::<AnyAddress>(other.clone()).is_err(), "{other}");
    }
    // What is repeated of a text is bounded.
    assert!("1".repeat(100_000).parse::<AnyAddress>().unwrap_err().to_string().len() < 200);
}

#[test]
fn names_of_transactions_are_read_as_they_are_written() {
    let (hash, signature) = (B256::repeat_byte(0xab), Signature::from([7; 64]));
    for id in [TransactionId::from(hash), TransactionId::from(signature)] {
        assert_eq!(id.to_string().parse::<TransactionId>().unwrap(), id);
    }
    assert_eq!(TransactionId::from(hash).to_string(), format!("0x{}", "ab".repeat(32)));
    let (evm, solana) = (TransactionId::from(hash), TransactionId::from(signature));
    assert_eq!((evm.evm(), evm.solana()), (Some(hash), None));
    assert_eq!((solana.evm(), solana.solana()), (None, Some(signature)));
    for text in ["", "0x", "0xab", MINT, "O0Il", &EVM.to_string()] {
        assert!(text.parse::<TransactionId>().is_err(), "{text}");
    }
    assert!("1".repeat(100_000).parse::<TransactionId>().unwrap_err().to_string().len() < 250);
}

#[test]
fn a_wallet_stands_for_its_chain_alone() {
    let solana = ChainName::new("solana");
    let both = Wallets { evm: EVM, solana: Some((solana.clone(), mint().into())) };
    assert_eq!(both.on(&solana), mint().into());
    assert_eq!(both.on(&ChainName::new("base")), EVM.into());
    assert_eq!(Wallets::evm(EVM).on(&ChainName::new("base")), EVM.into());
}

#[test]
fn decisions_recorded_with_a_block_are_read_with_a_height() {
    let block = BlockRef { number: 7, hash: B256::repeat_byte(7), timestamp: 1_700_000_000 };
    let stored = serde_json::to_value(block).unwrap();
    assert_eq!(serde_json::from_value::<Height>(stored.clone()).unwrap(), block.into());
    assert_eq!(serde_json::to_value(Height::from(block)).unwrap(), stored, "and written as before");
    let slot = Height { number: 7, hash: None, timestamp: 1_700_000_000 };
    let written = serde_json::to_value(slot).unwrap();
    assert_eq!(written, json!({"number": 7, "timestamp": 1_700_000_000}));
    assert_eq!(serde_json::from_value::<Height>(written).unwrap(), slot);
    let record = json!({
        "at": 1_000, "blocks": [["base", stored]], "deviations": [],
        "outcome": {"outcome": "nothing", "reason": "calm"}, "certificate": null,
        "shadow_prices": [], "alternatives": [], "policy": [],
    });
    let record: DecisionRecord = serde_json::from_value(record).unwrap();
    assert_eq!(record.blocks, [(ChainName::new("base"), block.into())]);
}
