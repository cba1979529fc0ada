//! The chains: contracts, pools, and what a test can do to a chain.

use std::time::{Duration, Instant};

use alloy::consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy::eips::Encodable2718;
use alloy::network::TxSignerSync;
use alloy::primitives::aliases::{U24, U160};
use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent};
use devnet::abi::{
    ILayer2, IMessageTransmitterV2, IMulticall3, IToken, ITokenMessengerV2, IUniswapV2, IUniswapV3,
};
use devnet::chain::refusal;
use devnet::iris::message::EXPIRATION_BLOCK;
use devnet::iris::{Message, Signing, attest};
use devnet::manifest::PoolKind;
use devnet::{Asset, Chain, Devnet, Error, Manifest, Options};
use serde_json::json;

fn dollars(whole: u64) -> U256 {
    U256::from(whole) * U256::from(1_000_000)
}

fn word(address: Address) -> B256 {
    B256::left_padding_from(address.as_slice())
}

async fn start() -> Devnet {
    Devnet::start(Options::default()).await.unwrap()
}

fn burn_call(
    chain: &Chain,
    to: &Chain,
    amount: U256,
    recipient: Address,
    max_fee: U256,
) -> ITokenMessengerV2::depositForBurnCall {
    ITokenMessengerV2::depositForBurnCall {
        amount,
        destinationDomain: to.info().domain,
        mintRecipient: word(recipient),
        burnToken: chain.info().usdc,
        destinationCaller: B256::ZERO,
        maxFee: max_fee,
        minFinalityThreshold: 1000,
    }
}

async fn approve(chain: &Chain, asset: Asset, owner: Address, spender: Address) {
    let call = IToken::approveCall { spender, value: U256::MAX };
    chain.send(owner, chain.token(asset).unwrap(), &call).await.unwrap();
}

/// Burns and returns the bytes of `MessageSent`.
async fn burn(chain: &Chain, to: &Chain, owner: Address, amount: U256, max_fee: U256) -> Vec<u8> {
    approve(chain, Asset::Usdc, owner, chain.info().token_messenger).await;
    let call = burn_call(chain, to, amount, owner, max_fee);
    let hash = chain.send(owner, chain.info().token_messenger, &call).await.unwrap();
    let receipt = chain.receipt(hash, Duration::from_secs(5)).await.unwrap();
    let topic = json!(IMessageTransmitterV2::MessageSent::SIGNATURE_HASH);
    let log = receipt["logs"].as_array().unwrap().iter().find(|log| log["topics"][0] == topic).unwrap();
    let data: Bytes = serde_json::from_value(log["data"].clone()).unwrap();
    IMessageTransmitterV2::MessageSent::abi_decode_data(&data).unwrap().0.to_vec()
}

/// Fills what the attester fills.
fn fill(mut message: Vec<u8>, nonce: B256, executed: u32, fee: U256, expiration: u64) -> Message {
    message[12..44].copy_from_slice(nonce.as_slice());
    message[144..148].copy_from_slice(&executed.to_be_bytes());
    message[148 + 164..148 + 196].copy_from_slice(&fee.to_be_bytes::<32>());
    message[148 + 196..148 + 228].copy_from_slice(&U256::from(expiration).to_be_bytes::<32>());
    Message::parse(&message).unwrap()
}

async fn receive(chain: &Chain, message: &Message, attestation: &Bytes) -> Result<B256, Error> {
    let call = IMessageTransmitterV2::receiveMessageCall {
        message: message.bytes(),
        attestation: attestation.clone(),
    };
    let relayer = Address::repeat_byte(0x77);
    chain.set_native(relayer, U256::from(10u64).pow(U256::from(18u64))).await?;
    chain.send(relayer, chain.info().message_transmitter, &call).await
}

fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, words: &str) {
    let error = result.expect_err(words);
    assert!(
        refusal(&error).is_some_and(|message| message.contains(words)),
        "expected {words:?}, got {error}"
    );
}

#[tokio::test]
async fn starts_quickly_with_the_promised_balances_and_contracts() {
    let begun = Instant::now();
    let devnet = start().await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(15), "the start took {took:?}");
    println!("the network started in {took:?}");
    let wallet = devnet.wallet();
    for (chain, asset, amount) in [
        ("ethereum", Asset::Usdc, 1_000_000),
        ("ethereum", Asset::Usdt, 0),
        ("base", Asset::Usdc, 200_000),
        ("base", Asset::Usdt, 150_000),
        ("arbitrum", Asset::Usdc, 50_000),
    ] {
        assert_eq!(
            devnet.chain(chain).balance_of(asset, wallet).await.unwrap(),
            dollars(amount),
            "{chain} {asset:?}"
        );
    }
    for chain in devnet.chains().values() {
        let info = chain.info();
        assert_eq!(chain.rpc().quantity("eth_chainId", json!([])).await.unwrap(), info.chain_id);
        let ten = U256::from(10u64).pow(U256::from(19u64));
        assert_eq!(chain.balance_of(Asset::Native, wallet).await.unwrap(), ten);
        let domain =
            chain.read(info.message_transmitter, &IMessageTransmitterV2::localDomainCall {}).await.unwrap();
        assert_eq!(domain, info.domain);
        assert!(chain.finalized().await.unwrap() > 1, "the contracts are in a finalized block");
        assert_eq!(chain.burns().await.unwrap(), vec![]);
        assert_eq!(chain.swaps().await.unwrap(), vec![]);
        assert_eq!(info.rpc.len(), 2);
    }
    // Both orders of the dollar tokens occur, and both orders of WETH and USDC.
    let orders = |pick: fn(&Chain) -> (Address, Address)| {
        let orders = devnet.chains().values().map(|chain| pick(chain).0 < pick(chain).1);
        orders.collect::<std::collections::BTreeSet<bool>>().len()
    };
    assert_eq!(orders(|chain| (chain.info().usdc, chain.info().usdt)), 2);
    assert_eq!(orders(|chain| (chain.info().usdc, chain.info().weth)), 2);
    let usdc: std::collections::BTreeSet<Address> =
        devnet.chains().values().map(|chain| chain.info().usdc).collect();
    assert_eq!(usdc.len(), 3, "the same address on two chains would hide a mix-up");
    let dir = std::env::temp_dir().join(format!("devnet-manifest-{}", std::process::id()));
    devnet.manifest.write(&dir).unwrap();
    let read = Manifest::read(&dir).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&devnet.manifest).unwrap());
    std::fs::remove_dir_all(&dir).unwrap();
}

#[tokio::test]
async fn head_time_is_the_clocks_time() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    chain.mine(1).await.unwrap();
    let block = chain.rpc().call("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    let time = devnet::rpc::quantity(&block["timestamp"]).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(time) <= 3, "the head is {} s from now", now as i64 - time as i64);
}

#[tokio::test]
async fn a_burn_is_minted_once_with_its_fee() {
    let devnet = start().await;
    let (from, to) = (devnet.chain("ethereum"), devnet.chain("arbitrum"));
    let owner = devnet.wallet();
    let sent = burn(from, to, owner, dollars(1_000), dollars(1)).await;
    assert_eq!(sent.len(), 376);
    assert_eq!(from.balance_of(Asset::Usdc, owner).await.unwrap(), dollars(999_000));
    let burns = from.burns().await.unwrap();
    assert_eq!(burns.len(), 1);
    assert_eq!((burns[0].amount, burns[0].depositor), (dollars(1_000), owner));
    assert_eq!((burns[0].destination_domain, burns[0].mint_recipient), (3, word(owner)));
    // The fields that only the attester knows are zero on chain.
    assert_eq!(&sent[12..44], &[0; 32]);
    assert_eq!(&sent[144..148], &[0; 4]);
    assert_eq!(&sent[148 + 164..], &[0; 64]);

    let nonce = keccak256("one");
    let message = fill(sent, nonce, 1000, U256::from(130_000), 1_000_000);
    let attestation = attest(&message, Signing::Honest);
    receive(to, &message, &attestation).await.unwrap();
    let received = dollars(51_000) - U256::from(130_000);
    assert_eq!(to.balance_of(Asset::Usdc, owner).await.unwrap(), received);
    let fees = to.balance_of(Asset::Usdc, devnet::deploy::FEE_RECIPIENT).await.unwrap();
    assert_eq!(fees, U256::from(130_000));
    let mints = to.mints().await.unwrap();
    assert_eq!(mints.len(), 1);
    assert_eq!((mints[0].recipient, mints[0].fee), (owner, U256::from(130_000)));
    let used = IMessageTransmitterV2::usedNoncesCall { nonce };
    assert_eq!(to.read(to.info().message_transmitter, &used).await.unwrap(), U256::ONE);
    assert_refused(receive(to, &message, &attestation).await, "Nonce already used");
    assert_eq!(to.mints().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_message_is_refused_for_the_first_reason_in_order() {
    let devnet = start().await;
    let (from, to, other) = (devnet.chain("base"), devnet.chain("ethereum"), devnet.chain("arbitrum"));
    let sent = burn(from, to, devnet.wallet(), dollars(100), dollars(1)).await;
    let nonce = keccak256("order");
    let good = fill(sent.clone(), nonce, 1000, U256::ONE, 0);
    let signed = |message: &Message| attest(message, Signing::Honest);

    let attestation = signed(&good);
    assert_refused(receive(to, &good, &attestation.slice(..65)).await, "Invalid attestation length");
    let swapped: Bytes = [&attestation[65..], &attestation[..65]].concat().into();
    assert_refused(receive(to, &good, &swapped).await, "Invalid signature order or dupe");
    let twice: Bytes = [&attestation[..65], &attestation[..65]].concat().into();
    assert_refused(receive(to, &good, &twice).await, "Invalid signature order or dupe");
    assert_refused(
        receive(to, &good, &attest(&good, Signing::Strangers)).await,
        "Invalid signature: not attester",
    );
    // A wrong signature is noticed before a wrong destination.
    assert_refused(receive(other, &good, &attest(&good, Signing::Strangers)).await, "not attester");
    assert_refused(receive(other, &good, &attestation).await, "Invalid destination domain");

    let mut version = sent.clone();
    version[3] = 2;
    let version = fill(version, nonce, 1000, U256::ONE, 0);
    assert_refused(receive(to, &version, &signed(&version)).await, "Invalid message version");
    let low = fill(sent.clone(), nonce, 499, U256::ONE, 0);
    assert_refused(receive(to, &low, &signed(&low)).await, "Unsupported finality threshold");
    let expired = fill(sent.clone(), nonce, 1000, U256::ONE, 1);
    assert_refused(receive(to, &expired, &signed(&expired)).await, "Message expired and must be re-signed");
    let all = fill(sent.clone(), nonce, 1000, dollars(100), 0);
    assert_refused(receive(to, &all, &signed(&all)).await, "Fee equals or exceeds amount");
    let dear = fill(sent.clone(), nonce, 1000, dollars(2), 0);
    assert_refused(receive(to, &dear, &signed(&dear)).await, "Fee exceeds max fee");
    let mut sender = sent.clone();
    sender[75] ^= 1;
    let sender = fill(sender, nonce, 2000, U256::ZERO, 0);
    assert_refused(receive(to, &sender, &signed(&sender)).await, "Remote TokenMessenger unsupported");
    let mut token = sent;
    token[148 + 35] ^= 1;
    let token = fill(token, nonce, 2000, U256::ZERO, 0);
    assert_refused(receive(to, &token, &signed(&token)).await, "Mint token not supported");
    to.set_cctp_paused(true).await.unwrap();
    assert_refused(receive(to, &good, &attestation).await, "Pausable: paused");
    to.set_cctp_paused(false).await.unwrap();
    receive(to, &good, &attestation).await.unwrap();
    assert_eq!(to.balance_of(Asset::Usdc, devnet.wallet()).await.unwrap(), dollars(1_000_100) - U256::ONE);
}

#[tokio::test]
async fn a_burn_is_refused_for_the_first_reason_in_order() {
    let devnet = start().await;
    let (chain, to) = (devnet.chain("base"), devnet.chain("ethereum"));
    let (owner, messenger) = (devnet.wallet(), chain.info().token_messenger);
    let attempt = |amount, max_fee, recipient, domain| {
        let mut call = burn_call(chain, to, amount, recipient, max_fee);
        call.destinationDomain = domain;
        async move { chain.send(owner, messenger, &call).await }
    };
    let (zero, one) = (U256::ZERO, U256::ONE);
    chain.set_denylisted(owner, true).await.unwrap();
    assert_refused(attempt(zero, zero, owner, 0).await, "Denylistable: account is on denylist");
    chain.set_denylisted(owner, false).await.unwrap();
    assert_refused(attempt(zero, zero, Address::ZERO, 0).await, "Amount must be nonzero");
    assert_refused(attempt(one, one, Address::ZERO, 0).await, "Mint recipient must be nonzero");
    assert_refused(attempt(one, one, owner, 9).await, "Max fee must be less than amount");
    chain.set_min_fee(1_000).await.unwrap();
    let minimum = ITokenMessengerV2::getMinFeeAmountCall { amount: dollars(100) };
    assert_eq!(chain.read(messenger, &minimum).await.unwrap(), U256::from(10_000));
    assert_refused(attempt(dollars(100), U256::from(9_999), owner, 9).await, "Insufficient max fee");
    chain.set_min_fee(0).await.unwrap();
    assert_refused(attempt(dollars(1), zero, owner, 9).await, "No TokenMessenger for domain");
    assert_refused(attempt(dollars(1), zero, owner, 0).await, "ERC20: transfer amount exceeds allowance");
    approve(chain, Asset::Usdc, owner, messenger).await;
    assert_refused(attempt(dollars(200_001), zero, owner, 0).await, "ERC20: transfer amount exceeds balance");
    chain.set_burn_limit(999_999).await.unwrap();
    assert_refused(attempt(dollars(1), zero, owner, 0).await, "Burn amount exceeds per tx limit");
    chain.set_burn_limit(0).await.unwrap();
    assert_refused(attempt(dollars(1), zero, owner, 0).await, "Burn token not supported");
    chain.set_burn_limit(1_000_000).await.unwrap();
    chain.set_blacklisted(owner, true).await.unwrap();
    assert_refused(attempt(dollars(1), zero, owner, 0).await, "Blacklistable: account is blacklisted");
    chain.set_blacklisted(owner, false).await.unwrap();
    chain.set_paused(true).await.unwrap();
    assert_refused(attempt(dollars(1), zero, owner, 0).await, "Pausable: paused");
    chain.set_paused(false).await.unwrap();
    attempt(dollars(1), zero, owner, 0).await.unwrap();
    assert_eq!(chain.burns().await.unwrap().len(), 1);
}

#[tokio::test]
async fn pools_quote_and_swap_close_to_the_price() {
    let devnet = start().await;
    for chain in devnet.chains().values() {
        let info = chain.info();
        assert_eq!(info.pools.len(), 4);
        for pool in info.pools.iter().filter(|pool| pool.kind == PoolKind::V3) {
            let active = chain.read(pool.address, &IUniswapV3::liquidityCall {}).await.unwrap();
            assert!(active > 0, "{pool:?}");
        }
        let quote = |token_in, token_out, amount, fee: u32| IUniswapV3::quoteExactInputSingleCall {
            params: IUniswapV3::QuoteExactInputSingleParams {
                tokenIn: token_in,
                tokenOut: token_out,
                amountIn: amount,
                fee: U24::from(fee),
                sqrtPriceLimitX96: U160::ZERO,
            },
        };
        let out =
            chain.read(info.quoter_v2, &quote(info.usdc, info.usdt, dollars(1_000), 100)).await.unwrap();
        let bounds = (U256::from(999_600_000), U256::from(999_800_000));
        assert!(out.amountOut > bounds.0 && out.amountOut < bounds.1, "{}: {}", chain.name(), out.amountOut);
        let ether = U256::from(10u64).pow(U256::from(18u64));
        let out = chain.read(info.quoter_v2, &quote(info.weth, info.usdc, ether, 500)).await.unwrap();
        assert!(out.amountOut > dollars(2_980) && out.amountOut < dollars(3_000), "{}", out.amountOut);
        // A large trade crosses ticks and is worse per unit.
        let large =
            dollars(2_000_000) * U256::from(if chain.name() == "ethereum" { 1 } else { 4 }) / U256::from(10);
        let out = chain.read(info.quoter_v2, &quote(info.usdc, info.usdt, large, 500)).await.unwrap();
        assert!(out.initializedTicksCrossed > 0 && out.amountOut < large);
    }
    let chain = devnet.chain("base");
    let (info, owner) = (chain.info(), devnet.wallet());
    approve(chain, Asset::Usdc, owner, info.swap_router02).await;
    let swap = IUniswapV3::exactInputSingleCall {
        params: IUniswapV3::ExactInputSingleParams {
            tokenIn: info.usdc,
            tokenOut: info.usdt,
            fee: U24::from(100),
            recipient: owner,
            amountIn: dollars(10_000),
            amountOutMinimum: dollars(9_990),
            sqrtPriceLimitX96: U160::ZERO,
        },
    };
    let wrapped = IUniswapV3::multicallCall { deadline: U256::MAX, data: vec![swap.abi_encode().into()] };
    chain.send(owner, info.swap_router02, &wrapped).await.unwrap();
    let after = chain.balance_of(Asset::Usdt, owner).await.unwrap();
    assert!(after > dollars(159_990) && after < dollars(160_000), "{after}");
    let path = vec![info.usdc, info.usdt];
    let v2 = IUniswapV3::swapExactTokensForTokensCall {
        amountIn: dollars(1_000),
        amountOutMin: dollars(990),
        path,
        to: owner,
    };
    chain.send(owner, info.swap_router02, &v2).await.unwrap();
    let swaps = chain.swaps().await.unwrap();
    assert_eq!(swaps.len(), 2);
    assert_eq!(swaps[0].pool, info.pools.iter().find(|pool| pool.kind == PoolKind::V2).unwrap().address);
    let reserves = chain.read(swaps[0].pool, &IUniswapV2::getReservesCall {}).await.unwrap();
    assert!(reserves.reserve0 != reserves.reserve1 && reserves.timestamp > 0);
}

#[tokio::test]
async fn a_reorganisation_drops_or_keeps_transactions() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let owner = devnet.wallet();
    let before = chain.latest().await.unwrap();
    let other = Address::repeat_byte(9);
    let pay = IToken::transferCall { to: other, value: dollars(5) };
    let hash = chain.send(owner, chain.info().usdc, &pay).await.unwrap();
    let first = chain.receipt(hash, Duration::from_secs(5)).await.unwrap();
    chain.mine(1).await.unwrap();
    chain.reorg(2, true).await.unwrap();
    let again = chain.receipt(hash, Duration::from_secs(5)).await.unwrap();
    assert_ne!(first["blockHash"], again["blockHash"]);
    assert_eq!(chain.balance_of(Asset::Usdc, other).await.unwrap(), dollars(5));
    assert_eq!(chain.latest().await.unwrap(), before + 2);
    chain.reorg(2, false).await.unwrap();
    assert_eq!(chain.balance_of(Asset::Usdc, other).await.unwrap(), U256::ZERO);
    let receipt = chain.rpc().call("eth_getTransactionReceipt", json!([hash])).await.unwrap();
    assert!(receipt.is_null(), "{receipt}");
    assert_eq!(chain.latest().await.unwrap(), before + 2);
}

#[tokio::test]
async fn a_kept_signed_transaction_keeps_its_hash() {
    let devnet = start().await;
    let chain = devnet.chain("ethereum");
    let signer = PrivateKeySigner::from_bytes(&devnet.manifest.wallet.private_key).unwrap();
    let data = IToken::transferCall { to: Address::repeat_byte(9), value: dollars(5) }.abi_encode();
    let mut transaction = TxEip1559 {
        chain_id: chain.info().chain_id,
        nonce: 0,
        gas_limit: 100_000,
        max_fee_per_gas: 20_000_000_000,
        max_priority_fee_per_gas: 1,
        to: chain.info().usdc.into(),
        input: data.into(),
        ..Default::default()
    };
    let signature = signer.sign_transaction_sync(&mut transaction).unwrap();
    let raw: Bytes = TxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into();
    let sent = chain.rpc().call("eth_sendRawTransaction", json!([raw])).await.unwrap();
    let hash: B256 = serde_json::from_value(sent).unwrap();
    let first = chain.receipt(hash, Duration::from_secs(5)).await.unwrap();
    chain.mine(3).await.unwrap();
    chain.reorg(4, true).await.unwrap();
    let again = chain.receipt(hash, Duration::from_secs(5)).await.unwrap();
    assert_eq!(first["status"], json!("0x1"));
    assert_eq!(again["status"], json!("0x1"));
    assert_ne!(first["blockHash"], again["blockHash"]);
    assert_eq!(chain.balance_of(Asset::Usdc, Address::repeat_byte(9)).await.unwrap(), dollars(5));
}

#[tokio::test]
async fn finality_follows_two_epochs_behind() {
    let devnet = Devnet::start(Options { slots_in_an_epoch: 3, ..Options::default() }).await.unwrap();
    let chain = devnet.chain("ethereum");
    assert_eq!(chain.finalized().await.unwrap() + 6, chain.latest().await.unwrap());
    chain.mine(2).await.unwrap();
    assert_eq!(chain.finalized().await.unwrap() + 6, chain.latest().await.unwrap());
    let target = chain.latest().await.unwrap();
    chain.finalize().await.unwrap();
    assert_eq!(chain.finalized().await.unwrap(), target);
}

#[tokio::test]
async fn blocks_come_by_command_or_by_the_clock() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let owner = devnet.wallet();
    chain.set_automine(false).await.unwrap();
    let before = chain.latest().await.unwrap();
    // While mining is manual, `send` mines the one block it needs.
    chain.mint(Asset::Usdt, owner, dollars(1)).await.unwrap();
    assert_eq!(chain.latest().await.unwrap(), before + 1);
    chain.set_next_base_fee(7_000_000_000).await.unwrap();
    chain.mine(1).await.unwrap();
    let block = chain.rpc().call("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    assert_eq!(block["baseFeePerGas"], json!("0x1a13b8600"));
    let snapshot = chain.snapshot().await.unwrap();
    chain.mint(Asset::Usdt, owner, dollars(1)).await.unwrap();
    assert!(chain.revert(snapshot).await.unwrap());
    assert_eq!(chain.balance_of(Asset::Usdt, owner).await.unwrap(), dollars(150_001));
    let head = chain.latest().await.unwrap();
    chain.set_interval(0.1).await.unwrap();
    let begun = Instant::now();
    while chain.latest().await.unwrap() < head + 3 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the clock makes no blocks");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let block = chain.rpc().call("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    assert_eq!(block["baseFeePerGas"], json!("0x989680"), "blocks by the clock hold the base fee");
    chain.set_automine(true).await.unwrap();
    assert_refused(
        chain.send(owner, chain.info().usdc, &IToken::pauseCall {}).await,
        "caller is not the owner",
    );
}

#[tokio::test]
async fn layer_two_fees_are_there_and_can_be_set() {
    let devnet = start().await;
    let base = devnet.chain("base");
    let oracle = base.info().gas_price_oracle.unwrap();
    let call = ILayer2::getL1FeeCall { data: vec![1; 332].into() };
    let fee = base.read(oracle, &call).await.unwrap();
    base.set_l1_fee_per_byte(80_000_000_000).await.unwrap();
    assert_eq!(base.read(oracle, &call).await.unwrap(), fee * U256::from(2));
    assert_eq!(fee, U256::from(400u64 * 40_000_000_000));

    let arbitrum = devnet.chain("arbitrum");
    let node = arbitrum.info().node_interface.unwrap();
    let call =
        ILayer2::gasEstimateComponentsCall { to: node, contractCreation: false, data: vec![1; 360].into() };
    let low = arbitrum.read(node, &call).await.unwrap();
    arbitrum.set_l1_base_fee(50_000_000_000, 400_000).await.unwrap();
    let high = arbitrum.read(node, &call).await.unwrap();
    assert!(high.gasEstimateForL1 > low.gasEstimateForL1);
    assert_eq!(high.gasEstimate, high.gasEstimateForL1 + 400_000);
    // Contracts on Arbitrum see a slower block number than the RPC reports.
    let number =
        arbitrum.read(arbitrum.info().multicall3, &IMulticall3::getBlockNumberCall {}).await.unwrap();
    assert_eq!(number, U256::from(arbitrum.latest().await.unwrap() / 4));
    let own = arbitrum.read(devnet::deploy::ARB_SYS, &ILayer2::arbBlockNumberCall {}).await.unwrap();
    assert_eq!(own, U256::from(arbitrum.latest().await.unwrap()));
    let ethereum = devnet.chain("ethereum").info();
    assert_eq!((ethereum.gas_price_oracle, ethereum.node_interface), (None, None));
}

#[tokio::test]
async fn expiration_on_arbitrum_counts_the_blocks_that_contracts_see() {
    let devnet = start().await;
    let (from, to) = (devnet.chain("ethereum"), devnet.chain("arbitrum"));
    let iris = devnet.iris.handle();
    iris.set(|settings| settings.expires_in = 2);
    burn(from, to, devnet.wallet(), dollars(100), dollars(1)).await;
    from.mine(1).await.unwrap();
    let begun = Instant::now();
    let (message, attestation) = loop {
        let seen = iris.burns();
        if let Some((Some(message), Some(attestation))) =
            seen.first().map(|burn| (burn.message.clone(), burn.attestation.clone()))
        {
            break (Message::parse(&message).unwrap(), attestation);
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "Iris does not attest");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let expiration = message.number(EXPIRATION_BLOCK);
    assert!(expiration < U256::from(to.latest().await.unwrap()), "by the RPC's number it would have expired");
    let before = to.snapshot().await.unwrap();
    receive(to, &message, &attestation).await.unwrap();
    assert!(to.revert(before).await.unwrap());
    to.mine(8).await.unwrap();
    assert_refused(receive(to, &message, &attestation).await, "Message expired and must be re-signed");
}

#[tokio::test]
async fn usdt_on_ethereum_is_not_quite_an_erc20() {
    let devnet = start().await;
    let chain = devnet.chain("ethereum");
    let (usdt, owner, spender) = (chain.info().usdt, devnet.wallet(), Address::repeat_byte(3));
    let first = IToken::approveCall { spender, value: U256::ONE };
    chain.send(owner, usdt, &first).await.unwrap();
    assert_refused(chain.send(owner, usdt, &first).await, "revert");
    chain.send(owner, usdt, &IToken::approveCall { spender, value: U256::ZERO }).await.unwrap();
    chain.send(owner, usdt, &first).await.unwrap();
    let data = IToken::transferCall { to: spender, value: U256::ZERO }.abi_encode();
    assert!(chain.call_from(Some(owner), usdt, data.into()).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_outlives_the_network() {
    let mut devnet = start().await;
    assert!(devnet.is_running());
    let rpc = devnet.chain("base").rpc().clone();
    drop(devnet);
    let begun = Instant::now();
    while rpc.call("eth_chainId", json!([])).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(10), "anvil is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
