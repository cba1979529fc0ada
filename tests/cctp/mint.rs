//! Receipts: what counts as burnt and what counts as arrived.

use alloy::primitives::{Address, B256, Bytes, Log, LogData, U256, b256};
use alloy::sol;
use alloy::sol_types::SolEvent;
use purser::bridges::cctp::contracts::events::{self, Minted};
use purser::bridges::cctp::{ContractError, End, FarEnd, Message};
use purser::domain::plan::Speed;

use super::support::{NONCE, RECIPIENT, WALLET, attested, avalanche, base, burnt};

sol! {
    event DepositForBurn(address indexed burnToken, uint256 amount, address indexed depositor, bytes32 mintRecipient, uint32 destinationDomain, bytes32 destinationTokenMessenger, bytes32 destinationCaller, uint256 maxFee, uint32 indexed minFinalityThreshold, bytes hookData);
    event MintAndWithdraw(address indexed mintRecipient, uint256 amount, address indexed mintToken, uint256 feeCollected);
    event MessageSent(bytes message);
    event MessageReceived(address indexed caller, uint32 sourceDomain, bytes32 indexed nonce, bytes32 sender, uint32 indexed finalityThresholdExecuted, bytes messageBody);
}

const STRANGER: Address = Address::repeat_byte(0x77);

fn log(address: Address, event: &impl SolEvent) -> Log {
    Log { address, data: event.encode_log_data() }
}

fn paid(end: &End, recipient: Address, amount: u128, fee: u128) -> Log {
    let event = MintAndWithdraw {
        mintRecipient: recipient,
        amount: U256::from(amount),
        mintToken: end.token,
        feeCollected: U256::from(fee),
    };
    log(end.token_messenger, &event)
}

fn received(end: &End, message: &Message) -> Log {
    let event = MessageReceived {
        caller: STRANGER,
        sourceDomain: message.source_domain.0,
        nonce: message.nonce,
        sender: message.sender,
        finalityThresholdExecuted: message.finality_threshold_executed,
        messageBody: message.encode().slice(148..),
    };
    log(end.message_transmitter, &event)
}

fn sent(end: &End, message: impl Into<Bytes>) -> Log {
    log(end.message_transmitter, &MessageSent { message: message.into() })
}

fn transfer() -> (Message, Message) {
    let burn = burnt(1_000_000, 143, Speed::Fast);
    let message = attested(&burn, 130);
    (burn, message)
}

fn verdict(logs: &[Log]) -> Minted {
    events::minted_for(logs, &avalanche(), &transfer().0, NONCE).unwrap()
}

fn is_wrong(logs: &[Log]) -> bool {
    matches!(verdict(logs), Minted::Wrong { .. })
}

#[test]
fn topics_are_the_contracts() {
    let known = [
        (
            DepositForBurn::SIGNATURE_HASH,
            b256!("0c8c1cbdc5190613ebd485511d4e2812cfa45eecb79d845893331fedad5130a5"),
        ),
        (
            MintAndWithdraw::SIGNATURE_HASH,
            b256!("50c55e915134d457debfa58eb6f4342956f8b0616d51a89a3659360178e1ab63"),
        ),
        (
            MessageSent::SIGNATURE_HASH,
            b256!("8c5261668696ce22758910d05bab8f186d6eb247ceac2af2e82c7dc17669b036"),
        ),
        (
            MessageReceived::SIGNATURE_HASH,
            b256!("ff48c13eda96b1cceacc6b9edeedc9e9db9d6226afbc30146b720c19d3addb1c"),
        ),
    ];
    for (ours, theirs) in known {
        assert_eq!(ours, theirs);
    }
    let topics = events::received_topics(NONCE);
    assert_eq!(topics, [Some(MessageReceived::SIGNATURE_HASH), None, Some(NONCE), None]);
}

#[test]
fn a_mint_by_anybody_is_ours_when_the_money_is() {
    let (_, message) = transfer();
    let end = avalanche();
    let ours = Minted::Ours { amount: 999_870, fee: 130, caller: STRANGER.into() };
    assert_eq!(verdict(&[paid(&end, RECIPIENT, 999_870, 130), received(&end, &message)]), ours);
}

#[test]
fn a_message_attested_again_is_still_ours() {
    let (_, message) = transfer();
    let end = avalanche();
    let again = Message { finality_threshold_executed: 2000, expiration_block: 0, ..message };
    let logs = [paid(&end, RECIPIENT, 999_870, 130), received(&end, &again)];
    assert!(matches!(verdict(&logs), Minted::Ours { amount: 999_870, .. }));
}

#[test]
fn in_a_batch_each_message_has_its_own_mint() {
    let (_, message) = transfer();
    let end = avalanche();
    let before = Message { nonce: B256::repeat_byte(1), ..message.clone() };
    let after = Message { nonce: B256::repeat_byte(2), ..message.clone() };
    let good = [
        paid(&end, STRANGER, 5, 0),
        received(&end, &before),
        paid(&end, RECIPIENT, 999_870, 130),
        received(&end, &message),
        paid(&end, STRANGER, 7, 0),
        received(&end, &after),
    ];
    assert!(matches!(verdict(&good), Minted::Ours { .. }));
    // The right mint under another message does not make up for a wrong one under ours.
    let swapped = [
        paid(&end, RECIPIENT, 999_870, 130),
        received(&end, &before),
        paid(&end, STRANGER, 999_870, 130),
        received(&end, &message),
    ];
    assert!(is_wrong(&swapped));
    let none = [paid(&end, RECIPIENT, 999_870, 130), received(&end, &before), received(&end, &message)];
    assert!(is_wrong(&none));
}

#[test]
fn another_nonce_or_another_contract_is_not_ours() {
    let (_, message) = transfer();
    let end = avalanche();
    let other = Message { nonce: B256::repeat_byte(1), ..message.clone() };
    assert_eq!(verdict(&[paid(&end, RECIPIENT, 999_870, 130), received(&end, &other)]), Minted::Absent);
    assert_eq!(verdict(&[]), Minted::Absent);
    let mut forged = received(&end, &message);
    forged.address = STRANGER;
    assert_eq!(verdict(&[paid(&end, RECIPIENT, 999_870, 130), forged]), Minted::Absent);
    let mut forged = paid(&end, RECIPIENT, 999_870, 130);
    forged.address = STRANGER;
    assert!(is_wrong(&[forged, received(&end, &message)]));
}

#[test]
fn money_that_went_elsewhere_is_wrong() {
    let (_, message) = transfer();
    let end = avalanche();
    let ours = received(&end, &message);
    let mut other_token = end.clone();
    other_token.token = STRANGER;
    for payment in [
        paid(&end, STRANGER, 999_870, 130),
        paid(&end, RECIPIENT, 999_869, 130),
        paid(&end, RECIPIENT, 999_870, 131),
        paid(&end, RECIPIENT, 1_000_000, 0),
        paid(&other_token, RECIPIENT, 999_870, 130),
    ] {
        assert!(is_wrong(&[payment, ours.clone()]));
    }
    let good = paid(&end, RECIPIENT, 999_870, 130);
    let mut domain = message.clone();
    domain.source_domain.0 = 3;
    let dear = attested(&transfer().0, 144);
    let for_another = Message { mint_recipient: STRANGER.into_word(), ..message.clone() };
    for body in [domain, dear, for_another, Message { sender: B256::ZERO, ..message }] {
        assert!(is_wrong(&[good.clone(), received(&end, &body)]), "{body:?}");
    }
}

#[test]
fn an_event_that_cannot_be_read_is_an_error() {
    let end = avalanche();
    let topics = vec![MessageReceived::SIGNATURE_HASH, B256::ZERO, NONCE, B256::ZERO];
    let broken = Log {
        address: end.message_transmitter,
        data: LogData::new_unchecked(topics, Bytes::from_static(b"x")),
    };
    let error = events::minted_for(&[broken], &end, &transfer().0, NONCE).unwrap_err();
    assert!(matches!(error, ContractError::Form { what: "MessageReceived", .. }));
}

#[test]
fn the_burn_is_found_among_other_logs() {
    let (burn, message) = transfer();
    let source = base();
    let deposit = DepositForBurn {
        burnToken: source.token,
        amount: U256::from(1_000_000),
        depositor: WALLET,
        mintRecipient: RECIPIENT.into_word(),
        destinationDomain: 1,
        destinationTokenMessenger: avalanche().messenger_word(),
        destinationCaller: B256::ZERO,
        maxFee: U256::from(143),
        minFinalityThreshold: 1000,
        hookData: Bytes::new(),
    };
    let mut elsewhere = sent(&source, message.encode());
    elsewhere.address = STRANGER;
    let logs = [elsewhere, sent(&source, burn.encode()), log(source.token_messenger, &deposit)];
    assert_eq!(events::burnt(&logs, &source, &burn), Ok(burn.encode()));
    let deposits = events::deposits(&logs, &source).unwrap();
    assert_eq!(deposits.len(), 1);
    assert_eq!((deposits[0].amount, deposits[0].depositor), (1_000_000, WALLET));
    assert_eq!(deposits[0].max_fee, 143);
}

#[test]
fn a_receipt_without_exactly_our_burn_is_refused() {
    let (burn, message) = transfer();
    let source = base();
    let other = burnt(1_000_001, 143, Speed::Fast);
    let ours = sent(&source, burn.encode());
    for logs in [
        vec![],
        vec![ours.clone(), ours],
        vec![sent(&source, other.encode())],
        vec![sent(&source, message.encode())],
        vec![sent(&source, burn.encode().slice(..375))],
    ] {
        assert!(matches!(events::burnt(&logs, &source, &burn), Err(ContractError::NoBurn { .. })));
    }
}
