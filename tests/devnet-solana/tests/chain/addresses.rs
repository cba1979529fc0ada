//! The addresses and discriminators of the real programs.

use devnet_solana::cctp::pda;
use devnet_solana::genesis::USDC_MINT;
use devnet_solana::ids::{FEE_RECIPIENT, MESSAGE_TRANSMITTER, TOKEN_MESSENGER_MINTER, USDC};
use devnet_solana::program::discriminator;

#[test]
fn derived_addresses_are_those_of_mainnet() {
    let mut base_usdc = [0; 32];
    base_usdc[12..].copy_from_slice(&hex::decode("833589fcd6edb6e08f4c7c32d4f71b54bda02913").unwrap());
    for (derived, real) in [
        (pda::message_transmitter(), "W1k5ijkaSTo5iA5zChNpfzcy796fLhkBxfmJuR8W8HU"),
        (pda::event_authority(&MESSAGE_TRANSMITTER), "2PcXTomVAbX5Es1NUZUkxwuCm8tvV4NmRk3fmQWFCWoV"),
        (pda::receive_authority(), "DsAdX23SVpTPYhKP2ua1mx8gTPqLyzx7a43cyxYjS2up"),
        (pda::token_messenger(), "AawthJCGRmggpfv9MMWV6Jmo9cue4gL9wUZgRBShg58W"),
        (pda::token_minter(), "E1bQJ8eMMn3zmeSewW3HQ8zmJr7KR75JonbwAtWx2bux"),
        (pda::sender_authority(), "45hzrGLQ2EGo1Ln7QpXjDwb589GDQ9H2aEXXw6ds6BFE"),
        (pda::event_authority(&TOKEN_MESSENGER_MINTER), "6TCCnJ9R1m1RXFzyoH7GYH2J6NJDtZaUvfipPuLWxHNd"),
        (pda::local_token(&USDC), "CRBBbuLCyrkQy4dCTHxqstSmDQv4ajBeUVb9qUdMVaP1"),
        (pda::custody(&USDC), "6xTBTqJMBr5m7BKqVxmW2x11DfqUwtD3TJsqpxELx72L"),
        (pda::remote_token_messenger(0), "3EzN2mcmdfSNGXRCAixSpTteK6ywdmFDZZWvkMnznFt9"),
        (pda::remote_token_messenger(6), "BwmDYtQ7jFj8ddaTmKa7fz9hyuK9n58mvc8G7DYNcKjM"),
        (pda::token_pair(6, &base_usdc), "3udrkuozTYGBVMyMdxmXWVTUrnpmSh7kEZiq67A8jTws"),
        (USDC_MINT.ata(&FEE_RECIPIENT), "6zNSMmZGMhNyqZMHkx2L63DLuqh5qoqBhaQJPJD7Fvt3"),
    ] {
        assert_eq!(derived.to_string(), real);
    }
}

#[test]
fn discriminators_are_those_of_the_real_programs() {
    for (space, name, real) in [
        ("global", "deposit_for_burn", "d73c3d2e723780b0"),
        ("global", "deposit_for_burn_with_hook", "6ff53e83cc6cdf9b"),
        ("global", "receive_message", "26907fe11fe1ee19"),
        ("global", "reclaim_event_account", "5ec6b49f83ec0fae"),
        ("global", "send_message", "392822b2bd0a411a"),
        ("global", "is_nonce_used", "90486b9423da1fbb"),
        ("global", "handle_receive_finalized_message", "bafcef4656b46e5f"),
        ("global", "handle_receive_unfinalized_message", "c8a9af14c83ab63d"),
        ("account", "MessageSent", "83648538a6e1973c"),
        ("account", "UsedNonce", "d4de9dfc8247b3ee"),
        ("account", "MessageTransmitter", "4728b48e13cb23fc"),
        ("account", "TokenMessenger", "a204f23493f3dd60"),
        ("account", "RemoteTokenMessenger", "6973ae225fe98afc"),
        ("account", "LocalToken", "9f833aaac15480b6"),
        ("account", "TokenPair", "11d62db0e595c547"),
        ("account", "TokenMinter", "7a85543f399fabce"),
        ("account", "DenylistedAccount", "ba3ad4ef66839d92"),
        ("event", "DepositForBurn", "90fc9192064aa7eb"),
        ("event", "MintAndWithdraw", "4b43e546a27e0047"),
        ("event", "MessageReceived", "e7442f4dadf19da6"),
    ] {
        assert_eq!(hex::encode(discriminator(space, name)), real, "{space}:{name}");
    }
}
