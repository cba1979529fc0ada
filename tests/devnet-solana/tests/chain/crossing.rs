//! Transfers between this chain and the EVM chains of `devnet`, attested by
//! its Iris.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes, U256};
use devnet::abi::{IMessageTransmitterV2, IToken, ITokenMessengerV2};
use devnet::rpc::http;
use devnet::{Devnet, Options, Solana};
use devnet_solana::cctp::instructions::{deposit_for_burn, receive_message};
use devnet_solana::cctp::messenger::Deposit;
use devnet_solana::client::compute_limit;
use devnet_solana::genesis::WHOLE;
use serde_json::Value;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::support::{start, table, usdc};

/// What Iris answers once the transaction is attested.
async fn attested(devnet: &Devnet, domain: u32, transaction: &str) -> (Value, Bytes, Bytes) {
    let url = format!("{}/v2/messages/{domain}?transactionHash={transaction}", devnet.manifest.iris_url);
    let begun = Instant::now();
    loop {
        let reply: Value = http().get(&url).send().await.unwrap().json().await.unwrap();
        let entry = &reply["messages"][0];
        if entry["status"] == "complete" {
            assert_eq!(reply["sourceTxHash"], transaction);
            let bytes = |name: &str| entry[name].as_str().unwrap().parse().unwrap();
            return (entry.clone(), bytes("message"), bytes("attestation"));
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "Iris does not attest: {reply}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usdc_crosses_in_both_directions() {
    let network = start().await;
    let solana = Solana::Attach(network.manifest.control_url.clone());
    let devnet = Devnet::start(Options { solana, ..Options::default() }).await.unwrap();
    let (base, wallet) = (devnet.chain("base"), network.wallet());
    let recipient = Address::repeat_byte(0x5a);

    // There, fast.
    let event = Keypair::new();
    let deposit = Deposit {
        amount: 500 * WHOLE,
        destination_domain: 6,
        mint_recipient: recipient.into_word().0.into(),
        destination_caller: Pubkey::default(),
        max_fee: WHOLE,
        min_finality_threshold: 1_000,
    };
    let burn = deposit_for_burn(&wallet.pubkey(), &event.pubkey(), &deposit);
    let signature = network.client().run(&[burn], &[wallet, &event], &[]).await.unwrap();
    let (entry, message, attestation) = attested(&devnet, 5, &signature).await;
    assert_eq!(entry["decodedMessage"]["finalityThresholdExecuted"], "1000");
    let receive = IMessageTransmitterV2::receiveMessageCall { message, attestation };
    base.send(devnet.wallet(), base.info().message_transmitter, &receive).await.unwrap();
    let balance = IToken::balanceOfCall { account: recipient };
    // One basis point of 500 USDC is the fee.
    assert_eq!(base.read(base.info().usdc, &balance).await.unwrap(), U256::from(500 * WHOLE - 50_000));

    // And back, to the wallet's token account.
    let (owner, amount) = (devnet.wallet(), U256::from(70 * WHOLE));
    let spender = base.info().token_messenger;
    base.send(owner, base.info().usdc, &IToken::approveCall { spender, value: amount }).await.unwrap();
    let burn = ITokenMessengerV2::depositForBurnCall {
        amount,
        destinationDomain: 5,
        mintRecipient: B256::from(usdc(&network).to_bytes()),
        burnToken: base.info().usdc,
        destinationCaller: B256::ZERO,
        maxFee: U256::from(WHOLE),
        minFinalityThreshold: 1_000,
    };
    let hash = base.send(owner, spender, &burn).await.unwrap().to_string();
    base.mine(1).await.unwrap();
    let (entry, message, attestation) = attested(&devnet, 6, &hash).await;
    assert!(entry["decodedMessage"]["recipient"].is_null());
    let before = network.client().tokens(&usdc(&network)).await.unwrap().unwrap();
    let receipt = receive_message(&wallet.pubkey(), &message, &attestation).unwrap();
    let table = table(&network, &network.manifest.cctp.lookup_table).await;
    network.client().run(&[compute_limit(350_000), receipt], &[wallet], &[table]).await.unwrap();
    let after = network.client().tokens(&usdc(&network)).await.unwrap().unwrap();
    assert_eq!(after - before, 70 * WHOLE - 9_100, "1.3 basis points are the fee");
}
