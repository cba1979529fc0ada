//! Burns to other chains.

use alloy::primitives::U256;
use devnet::iris::message::{EXPIRATION_BLOCK, FINALITY_THRESHOLD_EXECUTED, NONCE};
use devnet::iris::{Message, Signing, attest};
use devnet_solana::cctp::accounts::{
    DenylistedAccount, LocalToken, MessageSent, TokenMessenger, TokenMinter,
};
use devnet_solana::cctp::genesis::account;
use devnet_solana::cctp::instructions::{deposit_for_burn, reclaim_event_account};
use devnet_solana::cctp::messenger::Deposit;
use devnet_solana::cctp::{message, pda};
use devnet_solana::genesis::WHOLE;
use devnet_solana::ids::{TOKEN_MESSENGER_MINTER, USDC};
use devnet_solana::program::{EVENT_TAG, State, discriminator};
use devnet_solana::{Error, Network};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::support::{refused, start, usdc};

fn deposit() -> Deposit {
    let mut recipient = [0; 32];
    recipient[12..].fill(0xab);
    Deposit {
        amount: 250 * WHOLE,
        destination_domain: 0,
        mint_recipient: recipient.into(),
        destination_caller: Pubkey::default(),
        max_fee: 30_000,
        min_finality_threshold: 1_000,
    }
}

async fn burn(network: &Network, deposit: &Deposit) -> Result<(String, Keypair), Error> {
    let (owner, event) = (network.wallet(), Keypair::new());
    let instruction = deposit_for_burn(&owner.pubkey(), &event.pubkey(), deposit);
    let signature = network.client().run(&[instruction], &[owner, &event], &[]).await?;
    Ok((signature, event))
}

fn state<T: State>(network: &Network, address: Pubkey) -> T {
    T::from_data(&network.state().account(&address).unwrap().data).unwrap()
}

fn change<T: State>(network: &Network, address: Pubkey, change: impl FnOnce(&mut T)) {
    let mut state: T = state(network, address);
    change(&mut state);
    network.state().put(vec![(address, account(&state))]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burn_leaves_a_message_that_decodes() {
    let network = start().await;
    let (client, wallet) = (network.client(), network.wallet().pubkey());
    let (signature, event) = burn(&network, &deposit()).await.unwrap();
    assert_eq!(client.tokens(&usdc(&network)).await.unwrap(), Some((100_000 - 250) * WHOLE));

    let stored = network.state().account(&event.pubkey()).unwrap();
    assert_eq!((stored.data.len(), stored.lamports), (428, 3_869_760));
    assert_eq!(stored.data[..8], hex::decode("83648538a6e1973c").unwrap());
    let sent = MessageSent::from_data(&stored.data).unwrap();
    assert_eq!(sent.rent_payer, wallet);
    assert_eq!(stored.data[52..], sent.message);
    let header = message::Message::parse(&sent.message).unwrap();
    let peer = devnet::deploy::peers()[0];
    assert_eq!((header.version(), header.source_domain(), header.destination_domain()), (1, 5, 0));
    assert_eq!((header.nonce(), header.finality_threshold_executed()), ([0; 32], 0));
    assert_eq!(header.sender(), TOKEN_MESSENGER_MINTER);
    assert_eq!(header.recipient().to_bytes(), peer.token_messenger.into_word().0);
    let body = message::Burn::parse(header.body()).unwrap();
    assert_eq!(body.burn_token(), USDC.to_bytes());
    assert_eq!(body.mint_recipient(), deposit().mint_recipient);
    assert_eq!((body.amount(), body.max_fee()), (Some(250 * WHOLE), Some(30_000)));
    assert_eq!(body.message_sender(), wallet.to_bytes());
    assert_eq!((body.fee_executed(), body.expiration_block()), (Some(0), Some(0)));

    let local: LocalToken = state(&network, pda::local_token(&USDC));
    assert_eq!((local.messages_sent, local.amount_sent), (1, u128::from(250 * WHOLE)));
    // The event is an inner instruction of the program to itself.
    let recorded = client.transaction(&signature).await.unwrap();
    let inner = recorded["meta"]["innerInstructions"][0]["instructions"].as_array().unwrap().clone();
    let last = bs58::decode(inner.last().unwrap()["data"].as_str().unwrap()).into_vec().unwrap();
    assert_eq!(last[..8], EVENT_TAG);
    assert_eq!(last[8..16], discriminator("event", "DepositForBurn"));
    assert_eq!(hex::encode(&last[8..16]), "90fc9192064aa7eb");
    assert_eq!(last[16..48], USDC.to_bytes());
    let log = recorded["meta"]["logMessages"].to_string();
    assert!(log.contains("Program log: Instruction: DepositForBurn"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn burns_are_refused_as_on_the_real_chain() {
    let network = start().await;
    let with = |change: fn(&mut Deposit)| {
        let mut deposit = deposit();
        change(&mut deposit);
        deposit
    };
    refused(burn(&network, &with(|deposit| deposit.amount = 0)).await, "InvalidAmount. Error Number: 6006");
    refused(
        burn(&network, &with(|deposit| deposit.max_fee = deposit.amount)).await,
        "MaxFeeMustBeLessThanAmount. Error Number: 6027",
    );
    refused(
        burn(&network, &with(|deposit| deposit.mint_recipient = Pubkey::default())).await,
        "InvalidMintRecipient. Error Number: 6009",
    );
    refused(
        burn(&network, &with(|deposit| deposit.destination_domain = 19)).await,
        "AccountNotInitialized. Error Number: 3012",
    );
    refused(
        burn(&network, &with(|deposit| deposit.amount = 10_000_001 * WHOLE)).await,
        "BurnAmountExceeded. Error Number: 6007",
    );
    // More than the wallet holds: SPL Token's own error.
    refused(
        burn(&network, &with(|deposit| deposit.amount = 100_001 * WHOLE)).await,
        "custom program error: 0x1",
    );

    let messenger = pda::token_messenger();
    change::<TokenMessenger>(&network, messenger, |state| state.min_fee = 10_000);
    refused(burn(&network, &deposit()).await, "InsufficientMaxFee. Error Number: 6026");
    change::<TokenMessenger>(&network, messenger, |state| state.min_fee = 0);
    change::<TokenMinter>(&network, pda::token_minter(), |state| state.paused = true);
    refused(burn(&network, &deposit()).await, "ProgramPaused. Error Number: 6002");
    change::<TokenMinter>(&network, pda::token_minter(), |state| state.paused = false);
    let denied = pda::denylist(&network.wallet().pubkey());
    let entry = DenylistedAccount { account: network.wallet().pubkey() };
    network.state().put(vec![(denied, account(&entry))]).unwrap();
    refused(burn(&network, &deposit()).await, "DenylistedAccount. Error Number: 6021");
    network.state().remove(denied).unwrap();
    burn(&network, &deposit()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rent_of_a_burn_comes_back_after_five_days() {
    let network = start().await;
    let (client, wallet) = (network.client(), network.wallet());
    let (_, event) = burn(&network, &deposit()).await.unwrap();
    let sent = MessageSent::from_data(&network.state().account(&event.pubkey()).unwrap().data).unwrap();
    let mut attested = Message::parse(&sent.message).unwrap();
    attested.set_word(NONCE, [9; 32].into());
    attested.set_short(FINALITY_THRESHOLD_EXECUTED, 2_000);
    attested.set_number(EXPIRATION_BLOCK, U256::ZERO);
    let attestation = attest(&attested, Signing::Honest);
    let reclaim = reclaim_event_account(&wallet.pubkey(), &event.pubkey(), &attested.bytes(), &attestation);
    let early = client.run(std::slice::from_ref(&reclaim), &[wallet], &[]).await;
    refused(early, "EventAccountWindowNotExpired. Error Number: 6033");
    network.state().pass_time(5 * 24 * 3_600);
    let slot = network.state().slot();
    while network.state().slot() < slot + 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let stranger = attest(&attested, Signing::Strangers);
    let forged = reclaim_event_account(&wallet.pubkey(), &event.pubkey(), &attested.bytes(), &stranger);
    refused(client.run(&[forged], &[wallet], &[]).await, "Error Number: 602");
    let before = network.state().account(&wallet.pubkey()).unwrap().lamports;
    client.run(&[reclaim], &[wallet], &[]).await.unwrap();
    assert!(network.state().account(&event.pubkey()).is_none());
    let after = network.state().account(&wallet.pubkey()).unwrap().lamports;
    assert_eq!(after, before + 3_869_760 - 5_000);
}
