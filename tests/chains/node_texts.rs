//! What nodes say, word for word, and what it means.

use alloy::primitives::hex;
use purser::chains::evm::errors::{
    amount_of, classify, is_insufficient_funds, is_rate_limit, is_revert, node_revert_reason, printable,
    revert_reason,
};
use purser::chains::evm::{Broadcast, NodeError};

#[derive(Debug, PartialEq)]
enum Meaning {
    Known,
    NonceTooLow,
    Underpriced,
    InsufficientFunds,
    Refused,
    Unknown,
}

fn meaning(text: &str) -> Meaning {
    match classify(text) {
        Broadcast::Accepted => panic!("no error text accepts"),
        Broadcast::Known => Meaning::Known,
        Broadcast::NonceTooLow => Meaning::NonceTooLow,
        Broadcast::Underpriced => Meaning::Underpriced,
        Broadcast::InsufficientFunds => Meaning::InsufficientFunds,
        Broadcast::Refused(_) => Meaning::Refused,
        Broadcast::Unknown(_) => Meaning::Unknown,
    }
}

#[test]
fn broadcast_texts_of_every_client() {
    use Meaning::{InsufficientFunds, Known, NonceTooLow, Refused, Underpriced, Unknown};
    let table = [
        // go-ethereum
        ("geth", "already known", Known),
        ("geth", "nonce too low: next nonce 5, tx nonce 3", NonceTooLow),
        ("geth", "replacement transaction underpriced", Underpriced),
        (
            "geth",
            "replacement transaction underpriced: new tx gas fee cap 1 < 2 queued + 10% replacement penalty",
            Underpriced,
        ),
        ("geth", "transaction underpriced: tip needed 1000000, tip permitted 1", Underpriced),
        (
            "geth",
            "insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000",
            InsufficientFunds,
        ),
        (
            "geth",
            "max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 7",
            Underpriced,
        ),
        ("geth", "intrinsic gas too low: gas 20000, minimum needed 21000", Refused),
        ("geth", "exceeds block gas limit", Refused),
        ("geth", "tx fee (1.50 ether) exceeds the configured cap (1.00 ether)", Refused),
        ("geth", "max priority fee per gas higher than max fee per gas: address 0x00", Refused),
        ("geth", "invalid chain id for signer: have 1 want 5", Refused),
        ("geth", "invalid sender", Refused),
        ("geth", "txpool is full", Underpriced),
        ("geth", "future transaction tries to replace pending", Unknown),
        // Erigon
        ("erigon", "INTERNAL_ERROR: existing tx with same hash", Known),
        ("erigon", "ALREADY_EXISTS: already known", Known),
        ("erigon", "INTERNAL_ERROR: could not replace existing tx", Underpriced),
        ("erigon", "underpriced", Underpriced),
        ("erigon", "fee too low", Underpriced),
        ("erigon", "nonce too low", NonceTooLow),
        ("erigon", "queued sub-pool is full", Underpriced),
        ("erigon", "insufficient funds", InsufficientFunds),
        // Nethermind
        ("nethermind", "AlreadyKnown", Known),
        ("nethermind", "OldNonce, Current nonce: 5, nonce of rejected tx: 3", NonceTooLow),
        ("nethermind", "FeeTooLow, MaxFeePerGas too low", Underpriced),
        ("nethermind", "FeeTooLowToCompete", Underpriced),
        ("nethermind", "ReplacementNotAllowed", Underpriced),
        ("nethermind", "InsufficientFunds, Account balance: 0, cumulative cost: 1", InsufficientFunds),
        ("nethermind", "GasLimitExceeded", Refused),
        ("nethermind", "FailedToResolveSender", Refused),
        ("nethermind", "OwnNonceAlreadyUsed", Unknown),
        // Besu
        ("besu", "Known transaction", Known),
        ("besu", "Nonce too low", NonceTooLow),
        ("besu", "NONCE_TOO_LOW", NonceTooLow),
        ("besu", "Replacement transaction underpriced", Underpriced),
        ("besu", "TRANSACTION_REPLACEMENT_UNDERPRICED", Underpriced),
        ("besu", "Gas price below configured minimum gas price", Underpriced),
        ("besu", "Upfront cost exceeds account balance", InsufficientFunds),
        ("besu", "Intrinsic gas exceeds gas limit", Refused),
        ("besu", "Transaction fee cap exceeded", Refused),
        // Arbitrum Nitro
        ("arbitrum", "nonce too low: address 0x1234, tx: 3 state: 5", NonceTooLow),
        ("arbitrum", "nonce too high: address 0x1234, tx: 9 state: 5", Refused),
        (
            "arbitrum",
            "max fee per gas less than block base fee: address 0x12, maxFeePerGas: 1 baseFee: 100000000",
            Underpriced,
        ),
        (
            "arbitrum",
            "insufficient funds for gas * price + value: address 0x12 have 0 want 9",
            InsufficientFunds,
        ),
        ("arbitrum", "sequencer is temporarily not available", Unknown),
        ("arbitrum", "context deadline exceeded", Unknown),
        // op-geth and Reth on the OP stack
        ("op", "already known", Known),
        ("op", "transaction already imported", Known),
        ("op", "insufficient funds for gas * price + value: have 1 want 2", InsufficientFunds),
        ("op", "replacement transaction underpriced", Underpriced),
        ("op", "nonce too low: next nonce 12, tx nonce 11", NonceTooLow),
        ("op", "transaction type not supported", Refused),
        // Anvil
        ("anvil", "transaction already imported", Known),
        ("anvil", "nonce too low", NonceTooLow),
        ("anvil", "replacement transaction underpriced", Underpriced),
        ("anvil", "Insufficient funds for gas * price + value", InsufficientFunds),
        ("anvil", "max fee per gas less than block base fee", Underpriced),
        ("anvil", "Failed to decode transaction", Refused),
        // Anything else may be alive.
        ("any", "internal error", Unknown),
        ("any", "", Unknown),
        ("any", "unknown transaction", Unknown),
        ("any", "unknown transaction type", Refused),
        ("any", "upstream request timeout", Unknown),
        ("any", "the balance is known", Unknown),
    ];
    for (client, text, expected) in table {
        assert_eq!(meaning(text), expected, "{client}: {text}");
    }
}

#[test]
fn a_kept_text_is_short_and_harmless() {
    let text = format!("first\nsecond\u{1b}[31m{}", "x".repeat(10_000));
    let Broadcast::Unknown(kept) = classify(&text) else { panic!("not unknown") };
    assert!(kept.chars().count() <= 301);
    assert!(!kept.chars().any(char::is_control));
    assert_eq!(printable("as it is"), "as it is");
}

fn node_error(code: i64, message: &str, data: &[u8]) -> NodeError {
    NodeError { code, message: message.to_owned(), data: (!data.is_empty()).then(|| data.to_vec().into()) }
}

#[test]
fn reverts_are_recognised_and_read() {
    let reason = hex!(
        "08c379a0"
        "0000000000000000000000000000000000000000000000000000000000000020"
        "0000000000000000000000000000000000000000000000000000000000000012"
        "4e6f6e636520616c726561647920757365640000000000000000000000000000"
    );
    let panicked = hex!("4e487b710000000000000000000000000000000000000000000000000000000000000011");
    let table = [
        (node_error(3, "execution reverted: Nonce already used", &reason), "Nonce already used"),
        (node_error(-32000, "execution reverted", &[]), "it reverted without a reason"),
        (node_error(-32000, "Execution reverted", &reason), "Nonce already used"),
        (node_error(-32015, "VM execution error.", &reason), "Nonce already used"),
        (node_error(3, "execution reverted: Too little received", &[]), "Too little received"),
        (node_error(3, "execution reverted", &hex!("12345678aa")), "custom error 0x12345678"),
        (node_error(3, "execution reverted", &hex!("12")), "unreadable revert data 0x12"),
    ];
    for (error, expected) in table {
        assert!(is_revert(&error), "{error:?}");
        assert_eq!(node_revert_reason(&error), expected, "{error:?}");
    }
    assert!(revert_reason(&panicked).starts_with("panic 0x11: "), "{}", revert_reason(&panicked));
    for text in ["header not found", "missing trie node", "the method is not available"] {
        assert!(!is_revert(&node_error(-32000, text, &[])), "{text}");
    }
    let poor = node_error(-32000, "insufficient funds for transfer", &[]);
    assert!(is_insufficient_funds(&poor) && !is_revert(&poor));
}

#[test]
fn limits_are_recognised() {
    assert!(is_rate_limit(-32005, "limit exceeded"));
    assert!(is_rate_limit(-32000, "Your app has exceeded its compute units per second capacity"));
    assert!(is_rate_limit(-32090, "Too many requests, retry in 10s"));
    assert!(!is_rate_limit(-32000, "intrinsic gas too low"));
}

#[test]
fn nothing_is_not_zero() {
    assert_eq!(amount_of(&[0; 32]), Ok(0));
    assert!(amount_of(&[]).unwrap_err().contains("no contract"));
    assert!(amount_of(&[0; 31]).is_err());
    assert!(amount_of(&[0; 64]).is_err());
    assert!(amount_of(&[0xff; 32]).unwrap_err().contains("large"));
}
