//! The seeds of `fuzz/corpus` are what they claim to be: a seed nobody reads leads nowhere.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256, Bytes, address};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use purser::act::effect_of;
use purser::backtest::{Backtest, Settings};
use purser::bridges::cctp::attestation::Attesters;
use purser::bridges::cctp::iris::reply;
use purser::bridges::cctp::message::Message;
use purser::bridges::cctp::solana::accounts::{LocalToken, MessageTransmitter, TokenMessenger, TokenPair};
use purser::bridges::cctp::solana::{BridgeEffect, MessageSent, SolanaEnd, bridge_effects};
use purser::chains::evm::errors::DIALECT;
use purser::chains::evm::{Call, Signed, envelope, scan, wire};
use purser::chains::solana::effects::Effect;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::table::Table;
use purser::chains::solana::token::{Mint, TokenAccount};
use purser::chains::solana::{self, Account, Address as Key};
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use purser::config::{Config, PoolKind, SolanaCctpConfig, SolanaTokenConfig};
use purser::domain::pool::{PoolState, V2State, V4State};
use purser::domain::{AssetId, ChainName};
use purser::network::pool::event::apply;
use purser::policy::Effect as PolicyEffect;
use purser::recording::{Entry, Reader};
use purser::venues::jupiter::{self, Executed, JupiterError, Route};
use purser::venues::oneinch::{self, OneInchError};
use purser::venues::uniswap::{RouterSwap, events};

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

#[path = "../fuzz/pool_log.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the fuzz targets")]
mod pool_log;

#[test]
fn logs_of_pools_are_events() {
    let pair = PoolState::V2(V2State { reserves: [1 << 60, 1 << 61], fee: 3_000 });
    let v3 = PoolState::V3(pool_log::concentrated());
    let v4 = PoolState::V4(V4State {
        id: B256::repeat_byte(1),
        currencies: [Address::repeat_byte(2), Address::repeat_byte(3)],
        protocol_fees: [1_000, 7],
        concentrated: pool_log::concentrated(),
    });
    let targets = [
        ("pair_events", PoolKind::V2, pair, ["swap", "mint"].as_slice()),
        ("v3_events", PoolKind::V3, v3, ["positions", "swaps"].as_slice()),
        ("v4_events", PoolKind::V4, v4, ["followed"].as_slice()),
    ];
    for (target, kind, state, followed) in targets {
        for seed in std::fs::read_dir(corpus(target)).unwrap() {
            let bytes = std::fs::read(seed.unwrap().path()).unwrap();
            pool_log::follow(kind, state.clone(), &bytes);
            let logs = pool_log::logs(&bytes);
            assert!(!logs.is_empty() && logs.iter().all(|log| events::decode(kind, log).is_ok()));
        }
        for name in followed {
            let mut state = state.clone();
            let mut gross = pool_log::gross(&state);
            let logs = pool_log::logs(&seed(target, name));
            let events = logs.iter().filter_map(|log| events::decode(kind, log).unwrap());
            assert!(events.map(|event| apply(&mut state, &mut gross, &event).unwrap()).count() > 0, "{name}");
        }
    }
}

#[test]
fn recordings_are_decided() {
    for (name, blocks, is_cut) in [("plain", 6, false), ("packed", 20, false), ("cut", 1, true)] {
        let mut reader = Reader::new(std::io::Cursor::new(seed("recording", name))).unwrap();
        let mut backtest = Backtest::new(Settings::default());
        for entry in &mut reader {
            match entry.unwrap() {
                Entry::Header(header) => backtest.header(*header).unwrap(),
                Entry::Block(block) => backtest.block(&block),
            }
        }
        let tally = backtest.report().recorded;
        assert!(tally.count >= blocks && tally.planned + u64::from(is_cut) > 0, "{name}: {tally:?}");
        assert_eq!(reader.is_cut(), is_cut, "{name}");
    }
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
    for (to, data) in calls("atomic_route") {
        assert!(matches!(effect_of(to, &data), Ok(PolicyEffect::Route(_))));
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
fn replies_of_jupiter_are_what_they_are_called() {
    let body = |name: &str| seed("jupiter_replies", name).split_off(1);
    let exchange = jupiter::Exchange {
        mint_in: Key::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"),
        mint_out: Key::from_str_const("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB"),
        amount_in: 1_000_000_000,
    };
    let quoted = jupiter::reply::quoted(&body("quote"), &exchange).unwrap();
    let order = jupiter::reply::order(&body("order"), &exchange).unwrap();
    let built = jupiter::build::built(&body("build"), &exchange).unwrap();
    assert_eq!([order.quoted.amount_out, built.quoted.amount_out], [quoted.amount_out; 2]);
    assert_eq!(order.transaction, seed("jupiter_replies", "transaction")[1..]);
    let route = Route::decode(&built.swap).unwrap();
    let resolved = Resolved::decode(&order.transaction, &[]).unwrap();
    assert_eq!(Route::decode(resolved.instructions.last().unwrap()), Ok(route));
    let empty = jupiter::reply::order(&body("empty"), &exchange);
    assert!(matches!(empty, Err(JupiterError::Funds { .. })), "{empty:?}");
    let landed = jupiter::execute::executed(&body("executed")).unwrap();
    assert!(matches!(landed, Executed::Succeeded { .. }), "{landed:?}");
    let refused = jupiter::execute::refused(400, &body("refused")).unwrap();
    assert!(matches!(refused, Executed::Failed { .. }), "{refused:?}");
    let refusal = jupiter::reply::refusal(400, &body("refusal"));
    assert!(matches!(refusal, JupiterError::NoRoute { .. }), "{refusal:?}");
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
    let logs = &first("logs", 1)[0];
    let block = wire::hash(&logs[0]["blockHash"]).unwrap();
    assert_eq!(wire::block_logs(block, logs).unwrap().len(), 2);
    assert!(wire::block_logs(!block, logs).is_err());
    scan::components_fee(&wire::bytes(&first("components", 1)[0]).unwrap()).unwrap();
    assert_eq!(first("refusal", 2).len(), 1);
    for name in ["example", "testnet", "small"] {
        let text = seed("configuration", name);
        Config::from_bytes(&text, Path::new("/etc/purser"), []).unwrap();
    }
}

#[test]
fn transactions_of_solana_have_an_effect() {
    let config = SolanaCctpConfig::default();
    let mint = Key::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
    let token = SolanaTokenConfig { mint, program: TOKEN_PROGRAM, decimals: 6, extensions: Vec::new() };
    let end = SolanaEnd::new(ChainName::new("solana"), AssetId::new("USDC"), &config, token);
    let table = Account {
        lamports: 1,
        owner: Key::from_str_const("AddressLookupTab1e1111111111111111111111111"),
        data: seed("solana_accounts", "lookup_table"),
        executable: false,
    };
    let table = Table::decode(config.lookup_table, Some(&table), 101).unwrap();
    let last = |name: &str| {
        let bytes = seed("solana_transaction", name);
        solana::Signed::decode(&bytes, 0, 0).unwrap();
        let resolved = Resolved::decode(&bytes, std::slice::from_ref(&table)).unwrap();
        bridge_effects(&end, &resolved)
    };
    assert!(matches!(last("burn").last(), Some(BridgeEffect::Burn(_))));
    assert!(matches!(last("mint").last(), Some(BridgeEffect::Mint { .. })));
    assert!(matches!(last("reclaim").last(), Some(BridgeEffect::Reclaim { .. })));
    assert!(
        last("authority").iter().any(|one| matches!(one, BridgeEffect::Other(Effect::SetAuthority { .. })))
    );
}

#[test]
fn accounts_and_replies_of_solana_are_read() {
    let data = |name: &str| seed("solana_accounts", name);
    for (name, program) in [("plain", TOKEN_PROGRAM), ("extended", TOKEN_2022_PROGRAM)] {
        TokenAccount::decode(&program, &data(&format!("{name}_account"))).unwrap();
        Mint::decode(&program, &data(&format!("{name}_mint"))).unwrap();
    }
    MessageTransmitter::decode(&data("transmitter")).unwrap();
    TokenMessenger::decode(&data("messenger")).unwrap();
    LocalToken::decode(&data("local_token")).unwrap();
    TokenPair::decode(&data("token_pair")).unwrap();
    MessageSent::decode(&data("message_sent")).unwrap();
    let first = |name: &str| {
        let body = &seed("solana_replies", name)[1..];
        envelope::replies(body, 1, &solana::errors::DIALECT, str::to_owned).unwrap().remove(0).unwrap()
    };
    solana::wire::accounts(&first("accounts"), 2).unwrap();
    assert!(solana::wire::signature_status(&first("status")).unwrap().1.unwrap().failure.is_some());
    solana::wire::simulation(&first("simulation"), 1).unwrap();
    solana::wire::latest_blockhash(&first("blockhash")).unwrap();
    solana::wire::epoch_info(&first("epoch")).unwrap();
    solana::wire::priority_fees(&first("fees")).unwrap();
    let text = first("landed")["transaction"][0].as_str().unwrap().to_owned();
    let bytes = STANDARD.decode(text).unwrap();
    let signature = solana::Signed::decode(&bytes, 0, 0).unwrap().signature;
    assert!(solana::landed::landed(signature, &first("landed")).unwrap().is_some());
}
