//! A chain that stops at a height, and how long a blockhash is good.

use devnet_solana::client::compute_limit;

use crate::support::{refused, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_blockhash_is_good_through_its_last_valid_height() {
    for (below, lands) in [(2, true), (1, true), (0, false)] {
        let network = start().await;
        let (client, state) = (network.client(), network.state());
        state.stop_at(state.height() + 5).unwrap();
        let signed = client.build(&[compute_limit(10_000)], &[network.wallet()], &[]).await.unwrap();
        let (blockhash, last_valid) = client.blockhash().await.unwrap();
        assert_eq!(signed.message.recent_blockhash(), &blockhash, "the chain stands still");

        // What is sent now belongs to the next block.
        state.stop_at(last_valid - below).unwrap();
        assert_eq!(state.height(), last_valid - below);
        let sent = client.send(&signed, false).await;
        if lands {
            state.resume().unwrap();
            client.confirm(&sent.unwrap()).await.unwrap();
        } else {
            refused(sent, "Blockhash not found");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_does_not_go_back() {
    let network = start().await;
    let state = network.state();
    let height = state.height();
    refused(state.stop_at(height - 1), "cannot be stopped at height");
    state.resume().unwrap();
    network.client().run(&[compute_limit(10_000)], &[network.wallet()], &[]).await.unwrap();
    assert!(state.height() > height);
}
