//! The same against real nodes: the local network's three chains.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, U256};
use alloy::signers::local::PrivateKeySigner;
use devnet::proxy::{ProxySettings, Receipts};
use devnet::{Asset, Devnet, Options};
use purser::chains::evm::erc20::{self, Erc20};
use purser::chains::evm::{
    At, Broadcast, CallError, ChainError, EvmChain, Fees, Inclusion, Receipt, ScanRequest, Signed,
    Transaction, TransactionRequest,
};
use purser::domain::{AssetId, ChainName};
use serde_json::json;

const SPENDER: Address = Address::repeat_byte(0x55);

fn evm(net: &Devnet, name: &str) -> EvmChain {
    let info = &net.manifest.chains[name];
    let config = serde_json::from_value(json!({
        "chain_id": info.chain_id, "kind": info.kind, "rpc": info.rpc, "quorum": 2,
        "multicall3": info.multicall3, "max_gas_usd": 5,
    }));
    EvmChain::new(ChainName::new(name), &config.unwrap()).unwrap()
}

fn signer(net: &Devnet) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&net.manifest.wallet.private_key).unwrap()
}

fn usdc(net: &Devnet, chain: &str) -> Address {
    net.chain(chain).token(Asset::Usdc).unwrap()
}

/// A signed approval of `units`, simulated first.
async fn approval(net: &Devnet, chain: &EvmChain, nonce: u64, units: u128, tip: u128) -> Signed {
    let token = usdc(net, chain.name().as_str());
    let call = erc20::approve(token, SPENDER, units);
    let request = TransactionRequest {
        from: net.wallet(),
        to: call.to,
        data: call.data.clone(),
        value: U256::ZERO,
        after: 0,
    };
    let prepared = chain.prepare(&request).await.unwrap();
    let mut fees = Fees::from_quote(&prepared.quote).unwrap();
    fees.max_priority_fee_per_gas = tip;
    fees.max_fee_per_gas += tip;
    let transaction = Transaction {
        chain_id: chain.chain_id(),
        nonce,
        to: call.to,
        value: U256::ZERO,
        data: call.data,
        gas_limit: prepared.gas_limit,
        fees,
    };
    transaction.sign(&signer(net)).unwrap()
}

/// The receipt, once the node has mined: it answers a broadcast before it does.
async fn included(chain: &EvmChain, hash: B256) -> Receipt {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match chain.inclusion(hash).await {
            Ok(Inclusion::Included(receipt)) => return receipt,
            other => assert!(Instant::now() < deadline, "never included: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn scans_of_real_chains_are_one_request_and_exact() {
    let net = Devnet::start(Options::default()).await.unwrap();
    for name in ["ethereum", "base", "arbitrum"] {
        let (chain, node) = (evm(&net, name), net.chain(name));
        net.proxy(name, 0).reset_counts();
        let request = ScanRequest {
            wallet: net.wallet(),
            tokens: vec![(AssetId::new("USDC"), usdc(&net, name)), (AssetId::new("NONE"), SPENDER)],
            calls: vec![erc20::decimals(usdc(&net, name))],
        };
        let scan = chain.scan(&request).await.unwrap();
        assert_eq!(net.proxy(name, 0).requests(), 1, "{name}");
        assert_eq!(net.proxy(name, 1).requests(), 0, "{name}");
        let balance = node.balance_of(Asset::Usdc, net.wallet()).await.unwrap();
        assert_eq!(scan.tokens[0].clone().map(U256::from), Ok(balance), "{name}");
        assert!(balance > U256::ZERO);
        assert!(scan.tokens[1].is_err(), "an address without code has no balance");
        let native = node.balance_of(Asset::Native, net.wallet()).await.unwrap();
        assert_eq!(U256::from(scan.native), native, "{name}");
        assert_eq!(erc20::decimals_of(scan.results[0].as_ref().unwrap()), Ok(6));
        assert_eq!(scan.block.number, node.latest().await.unwrap());
        assert_eq!(scan.finalized, node.finalized().await.unwrap());
        assert_eq!(scan.gas.l1_fee > 0, name != "ethereum", "{name}: {:?}", scan.gas);
        let head = chain.head().await.unwrap();
        assert_eq!((head.latest, head.finalized.number), (scan.block.number, scan.finalized));
        assert_eq!(chain.latest().await.unwrap(), scan.block);
        let pinned = chain.call_agreed(&request.calls[0], At::Block(scan.block.hash)).await.unwrap();
        assert_eq!(erc20::decimals_of(&pinned), Ok(6));
        assert!(chain.verify().await.iter().all(|report| report.errors.is_empty()));
    }
    net.stop().await;
}

#[tokio::test]
async fn scans_stay_consistent_while_blocks_race() {
    let net = Devnet::start(Options { block_time: Some(0.02), ..Options::default() }).await.unwrap();
    for name in ["ethereum", "arbitrum"] {
        let chain = evm(&net, name);
        let tokens = vec![(AssetId::new("USDC"), usdc(&net, name))];
        let request = ScanRequest { wallet: net.wallet(), tokens, calls: Vec::new() };
        let mut last = 0;
        for _ in 0..30 {
            let scan = chain.scan(&request).await.unwrap();
            assert!(scan.tokens[0].is_ok());
            assert!(scan.block.number >= last);
            last = scan.block.number;
        }
        let requests = chain.stats().endpoints.iter().map(|one| one.http_requests).sum::<u64>();
        assert!(requests <= 90, "three requests per scan at most, not {requests} for 30");
    }
    net.stop().await;
}

#[tokio::test]
async fn a_transaction_from_simulation_to_finality_and_back_by_a_reorganisation() {
    let net = Devnet::start(Options::default()).await.unwrap();
    let (chain, node) = (evm(&net, "base"), net.chain("base"));
    let nonce = chain.nonce(net.wallet(), At::Latest).await.unwrap();
    let signed = approval(&net, &chain, nonce, 77, 1).await;
    assert_eq!(chain.inclusion(signed.hash).await.unwrap(), Inclusion::Absent);

    node.set_automine(false).await.unwrap();
    assert_eq!(chain.broadcast(&signed.raw).await, Broadcast::Accepted);
    assert_eq!(chain.broadcast(&signed.raw).await, Broadcast::Known, "the same bytes again");
    assert_eq!(chain.inclusion(signed.hash).await.unwrap(), Inclusion::Absent);
    let rival = approval(&net, &chain, nonce, 78, 1).await;
    assert_eq!(chain.broadcast(&rival.raw).await, Broadcast::Underpriced);

    node.mine(1).await.unwrap();
    let Inclusion::Included(receipt) = chain.inclusion(signed.hash).await.unwrap() else { panic!("absent") };
    assert!(receipt.success && !receipt.is_final);
    let log = receipt.logs.iter().find_map(|log| {
        use alloy::sol_types::SolEvent;
        Erc20::Approval::decode_log_data(&log.data).ok()
    });
    assert_eq!(log.unwrap().value, U256::from(77));
    assert_eq!(chain.broadcast(&rival.raw).await, Broadcast::NonceTooLow);
    let allowance = erc20::allowance(usdc(&net, "base"), net.wallet(), SPENDER);
    assert_eq!(erc20::units(&chain.call_agreed(&allowance, At::Latest).await.unwrap()), Ok(77));
    assert_eq!(erc20::units(&chain.call_agreed(&allowance, At::Finalized).await.unwrap()), Ok(0));
    assert_eq!(chain.nonce(net.wallet(), At::Finalized).await.unwrap(), nonce);

    node.reorg(1, false).await.unwrap();
    assert_eq!(chain.inclusion(signed.hash).await.unwrap(), Inclusion::Absent, "it was reorganised away");
    assert_eq!(chain.broadcast(&signed.raw).await, Broadcast::Accepted, "and is sent again");
    node.mine(1).await.unwrap();
    node.finalize().await.unwrap();
    let Inclusion::Included(receipt) = chain.inclusion(signed.hash).await.unwrap() else { panic!("absent") };
    assert!(receipt.is_final);
    assert_eq!(chain.nonce(net.wallet(), At::Finalized).await.unwrap(), nonce + 1);
    net.stop().await;
}

#[tokio::test]
async fn a_lying_provider_of_a_real_chain_stops_decisions() {
    let net = Devnet::start(Options::default()).await.unwrap();
    let chain = evm(&net, "ethereum");
    let nonce = chain.nonce(net.wallet(), At::Latest).await.unwrap();
    let signed = approval(&net, &chain, nonce, 5, 1).await;
    assert_eq!(chain.broadcast(&signed.raw).await, Broadcast::Accepted);
    assert!(included(&chain, signed.hash).await.success);
    for lie in [Receipts::Reverted, Receipts::WithoutLogs] {
        net.proxy("ethereum", 1).set(|settings| settings.receipts = lie);
        let error = chain.inclusion(signed.hash).await.unwrap_err();
        assert!(matches!(error, ChainError::Disagreement { .. }), "{lie:?}: {error}");
    }
    for lie in [Receipts::Missing, Receipts::Honest] {
        let forge = lie == Receipts::Honest;
        net.proxy("ethereum", 1).set(|settings| {
            *settings =
                ProxySettings { receipts: lie, forge_block_hashes: forge, ..ProxySettings::default() };
        });
        assert!(chain.inclusion(signed.hash).await.is_err(), "{lie:?}");
    }
    net.proxy("ethereum", 1).set(|settings| *settings = ProxySettings::default());
    assert!(matches!(chain.inclusion(signed.hash).await.unwrap(), Inclusion::Included(_)));
    net.stop().await;
}

#[tokio::test]
async fn real_reverts_are_read() {
    let net = Devnet::start(Options::default()).await.unwrap();
    let chain = evm(&net, "arbitrum");
    net.chain("arbitrum").set_paused(true).await.unwrap();
    let call = erc20::approve(usdc(&net, "arbitrum"), SPENDER, 1);
    let request =
        TransactionRequest { from: net.wallet(), to: call.to, data: call.data, value: U256::ZERO, after: 0 };
    let refused = chain.prepare(&request).await;
    assert!(
        matches!(refused, Err(CallError::Reverted { ref reason, .. }) if reason == "Pausable: paused"),
        "{refused:?}"
    );
    let poor = TransactionRequest { from: SPENDER, value: U256::from(10_u64.pow(18)), ..request };
    net.chain("arbitrum").set_paused(false).await.unwrap();
    assert!(chain.prepare(&poor).await.is_err());
    tokio::time::timeout(Duration::from_secs(60), net.stop()).await.unwrap();
}
