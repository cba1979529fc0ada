//! Burns of other chains that arrive.

use devnet::iris::{Message, Signing, attest};
use devnet_solana::cctp::accounts::MessageTransmitter;
use devnet_solana::cctp::genesis::{CUSTODY, account};
use devnet_solana::cctp::instructions::receive_message;
use devnet_solana::cctp::{message, pda};
use devnet_solana::client::{compute_limit, compute_price, wire};
use devnet_solana::genesis::{USDC_MINT, WHOLE};
use devnet_solana::ids::{FEE_RECIPIENT, USDC};
use devnet_solana::program::State;
use devnet_solana::token::Holding;
use devnet_solana::{Error, Network};
use solana_signer::Signer;

use crate::support::{Arrival, refused, start, table, usdc};

async fn receive(network: &Network, message: &[u8], attestation: &[u8]) -> Result<String, Error> {
    let wallet = network.wallet();
    let receipt = receive_message(&wallet.pubkey(), message, attestation).unwrap();
    let table = table(network, &network.manifest.cctp.lookup_table).await;
    network.client().run(&[compute_limit(350_000), receipt], &[wallet], &[table]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_with_two_signatures_fits_and_pays() {
    let network = start().await;
    let (client, wallet) = (network.client(), network.wallet());
    let arrival = Arrival::new(&network, 1);
    let (message, attestation) = arrival.attested();
    assert_eq!((message.len(), attestation.len()), (376, 130));
    let receipt = receive_message(&wallet.pubkey(), &message, &attestation).unwrap();
    let instructions = [
        compute_limit(350_000),
        compute_price(1),
        USDC_MINT.create_ata(&wallet.pubkey(), &wallet.pubkey()),
        receipt,
    ];
    let bare = client.build(&instructions, &[wallet], &[]).await.unwrap();
    assert!(wire(&bare).len() > 1_232, "without a table it does not fit");
    let table = table(&network, &network.manifest.cctp.lookup_table).await;
    let transaction = client.build(&instructions, &[wallet], &[table]).await.unwrap();
    assert!(wire(&transaction).len() <= 1_232, "{} bytes", wire(&transaction).len());
    let signature = client.send(&transaction, false).await.unwrap();
    client.confirm(&signature).await.unwrap();

    let held = client.tokens(&usdc(&network)).await.unwrap();
    assert_eq!(held, Some(100_100 * WHOLE - 13_000));
    assert_eq!(client.tokens(&USDC_MINT.ata(&FEE_RECIPIENT)).await.unwrap(), Some(13_000));
    assert_eq!(client.tokens(&pda::custody(&USDC)).await.unwrap(), Some(CUSTODY - 100 * WHOLE));
    let nonce = message::Message::parse(&message).unwrap().nonce();
    let used = network.state().account(&pda::used_nonce(&nonce)).unwrap();
    assert_eq!((used.data.len(), used.lamports), (9, 953_520));
    let units =
        client.transaction(&signature).await.unwrap()["meta"]["computeUnitsConsumed"].as_u64().unwrap();
    assert!((200_000..300_000).contains(&units), "{units} compute units");

    // Once more: the nonce's account cannot be created again.
    refused(receive(&network, &message, &attestation).await, "custom program error: 0x0");
    assert_eq!(client.tokens(&usdc(&network)).await.unwrap(), held);
}

#[tokio::test(flavor = "multi_thread")]
async fn attestations_are_checked_as_on_the_real_chain() {
    let network = start().await;
    let message = Arrival::new(&network, 2).message();
    let signed = |signing| attest(&message, signing);
    for (signing, words) in [
        (Signing::Alone, "InvalidAttestationLength. Error Number: 6028"),
        (Signing::Descending, "InvalidSignatureOrderOrDupe. Error Number: 6026"),
        (Signing::Twice, "InvalidSignatureOrderOrDupe. Error Number: 6026"),
        (Signing::Strangers, "InvalidAttesterSignature. Error Number: 6027"),
    ] {
        refused(receive(&network, &message.bytes(), &signed(signing)).await, words);
    }
    let mut odd = signed(Signing::Honest).to_vec();
    odd[64] = 31;
    refused(
        receive(&network, &message.bytes(), &odd).await,
        "InvalidSignatureRecoveryId. Error Number: 6029",
    );
    // With a threshold of one, two signatures are one too many.
    let transmitter = pda::message_transmitter();
    let mut state =
        MessageTransmitter::from_data(&network.state().account(&transmitter).unwrap().data).unwrap();
    state.signature_threshold = 1;
    network.state().put(vec![(transmitter, account(&state))]).unwrap();
    let honest = signed(Signing::Honest);
    refused(
        receive(&network, &message.bytes(), &honest).await,
        "InvalidAttestationLength. Error Number: 6028",
    );
    receive(&network, &message.bytes(), &signed(Signing::Alone)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_checked_as_on_the_real_chain() {
    let network = start().await;
    let stranger = solana_pubkey::Pubkey::from([3; 32]);
    let arrival = || Arrival::new(&network, 3);
    let cases: [(Arrival, &str); 6] = [
        (Arrival { fee: 100 * WHOLE, ..arrival() }, "FeeExceedsAmount. Error Number: 6014"),
        (Arrival { fee: 20_001, ..arrival() }, "FeeExceedsMaxFee. Error Number: 6015"),
        (Arrival { expiration: 1, ..arrival() }, "MessageExpired. Error Number: 6016"),
        (Arrival { executed: 499, ..arrival() }, "UnsupportedFinalityThreshold. Error Number: 6017"),
        (Arrival { caller: stranger, ..arrival() }, "InvalidDestinationCaller. Error Number: 6014"),
        // A wallet in place of its token account can never be paid.
        (
            Arrival { recipient: network.wallet().pubkey(), ..arrival() },
            "AccountOwnedByWrongProgram. Error Number: 3007",
        ),
    ];
    for (case, words) in cases {
        let (message, attestation) = case.attested();
        refused(receive(&network, &message, &attestation).await, words);
    }
    let mut foreign = arrival().message();
    foreign.set_short(8, 0);
    let attestation = attest(&foreign, Signing::Honest);
    refused(
        receive(&network, &foreign.bytes(), &attestation).await,
        "InvalidDestinationDomain. Error Number: 6018",
    );
    let unsigned: Message = arrival().message();
    let other = attest(&Arrival::new(&network, 4).message(), Signing::Honest);
    refused(receive(&network, &unsigned.bytes(), &other).await, "Error Number: 602");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_custody_pays_later() {
    let network = start().await;
    let custody = pda::custody(&USDC);
    let full = network.state().account(&custody).unwrap();
    network.state().put(vec![(custody, Holding::with_amount(full.clone(), 99 * WHOLE))]).unwrap();
    let (message, attestation) = Arrival::new(&network, 5).attested();
    refused(receive(&network, &message, &attestation).await, "custom program error: 0x1");
    let nonce = message::Message::parse(&message).unwrap().nonce();
    assert!(network.state().account(&pda::used_nonce(&nonce)).is_none(), "nothing of it remains");
    network.state().put(vec![(custody, full)]).unwrap();
    receive(&network, &message, &attestation).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_needs_more_than_the_default_compute_units() {
    let network = start().await;
    let wallet = network.wallet();
    let (message, attestation) = Arrival::new(&network, 6).attested();
    let receipt = receive_message(&wallet.pubkey(), &message, &attestation).unwrap();
    let table = table(&network, &network.manifest.cctp.lookup_table).await;
    let outcome = network.client().run(&[receipt], &[wallet], &[table]).await;
    let error = outcome.unwrap_err().to_string().to_lowercase();
    assert!(error.contains("computational budget exceeded") || error.contains("exceeded cus"), "{error}");
}
