//! CCTP on Solana against known values: derived addresses, discriminators, bytes and sizes.

use alloy::primitives::{B256, Bytes, address};
use purser::bridges::cctp::solana::instructions::discriminators as instructions;
use purser::bridges::cctp::solana::{Mint, accounts, events, key, word};
use purser::bridges::cctp::{FarEnd, Message};
use purser::chains::solana::associated::{associated_account, create_associated_account};
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::transaction::{Draft, MAX_TRANSACTION_BYTES, TransactionError};
use purser::chains::solana::{Address, Instruction};
use purser::config::solana::TOKEN_PROGRAM;
use purser::domain::Domain;
use sha2::{Digest, Sha256};

use super::support::{
    BASE, FEE_RECIPIENT, USDC, attest, attesters, blockhash, burn, end, incoming, mint_table, wallet,
};

const DEVNET_USDC: Address = Address::from_str_const("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU");

fn is(found: Address, expected: &str) {
    assert_eq!(found.to_string(), expected);
}

#[test]
fn derived_addresses_are_those_on_chain() {
    let programs = end().programs;
    is(programs.message_transmitter_state(), "W1k5ijkaSTo5iA5zChNpfzcy796fLhkBxfmJuR8W8HU");
    is(programs.transmitter_event_authority(), "2PcXTomVAbX5Es1NUZUkxwuCm8tvV4NmRk3fmQWFCWoV");
    is(programs.receive_authority(), "DsAdX23SVpTPYhKP2ua1mx8gTPqLyzx7a43cyxYjS2up");
    is(programs.token_messenger(), "AawthJCGRmggpfv9MMWV6Jmo9cue4gL9wUZgRBShg58W");
    is(programs.token_minter(), "E1bQJ8eMMn3zmeSewW3HQ8zmJr7KR75JonbwAtWx2bux");
    is(programs.sender_authority(), "45hzrGLQ2EGo1Ln7QpXjDwb589GDQ9H2aEXXw6ds6BFE");
    is(programs.messenger_event_authority(), "6TCCnJ9R1m1RXFzyoH7GYH2J6NJDtZaUvfipPuLWxHNd");
    is(programs.local_token(&USDC), "CRBBbuLCyrkQy4dCTHxqstSmDQv4ajBeUVb9qUdMVaP1");
    is(programs.local_token(&DEVNET_USDC), "7MwmWTK2R9Na6rnoSAEt5gytFmSZj9WLVdazvxvru9AU");
    is(programs.custody(&USDC), "6xTBTqJMBr5m7BKqVxmW2x11DfqUwtD3TJsqpxELx72L");
    is(programs.custody(&DEVNET_USDC), "CFUgYpbas5UdJkwwSobYgzhFqFuj6C8MfXwBetE3o4SY");
    is(
        associated_account(&FEE_RECIPIENT, &USDC, &TOKEN_PROGRAM),
        "6zNSMmZGMhNyqZMHkx2L63DLuqh5qoqBhaQJPJD7Fvt3",
    );
}

#[test]
fn seeds_of_domains_are_decimal_digits() {
    let programs = end().programs;
    for (domain, expected) in [
        (0, "3EzN2mcmdfSNGXRCAixSpTteK6ywdmFDZZWvkMnznFt9"),
        (1, "4b57QJUqvibhT5CoxwfNikZDd3xoYhUgknNNbJXtCtWh"),
        (2, "G3AoR3et5ZuCPqvmbXinnneA8qK8MAT6tAoqwJWMaxq2"),
        (3, "53NSDvEXmUixWSsCQF5rnTxcKdihq19WXNaZFXrX3ojf"),
        (6, "BwmDYtQ7jFj8ddaTmKa7fz9hyuK9n58mvc8G7DYNcKjM"),
        (7, "7d7hdxsH6YaDmh8iGMBF59yDDY5JfWB5soMaatfKgrWu"),
    ] {
        is(programs.remote_token_messenger(Domain(domain)), expected);
    }
    let pair =
        |domain, token: alloy::primitives::Address| programs.token_pair(Domain(domain), token.into_word());
    for (domain, token, expected) in [
        (
            0,
            address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
            "E4ZYkwNfR73MqQB6Kfmf515aQVBk2Wxjp57LbkaGWQ5q",
        ),
        (
            6,
            address!("833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"),
            "3udrkuozTYGBVMyMdxmXWVTUrnpmSh7kEZiq67A8jTws",
        ),
        (
            6,
            address!("036CbD53842c5426634e7929541eC2318f3dCF7e"),
            "2dCbi9Mb8EaMpjCX2LyBE6yma5f4qTQiHhk3hhybNhXH",
        ),
        (
            0,
            address!("1c7D4B196Cb0C7B01d743Fbc6116a902379C7238"),
            "AR6mnr7XRVDUvK7SDGKpREBwGQMxZbKRsY22gXN8bvQU",
        ),
    ] {
        is(pair(domain, token), expected);
    }
}

fn discriminator(text: &str) -> [u8; 8] {
    Sha256::digest(text)[..8].try_into().unwrap()
}

#[test]
fn discriminators_are_hashes_of_names() {
    for (name, found) in [
        ("deposit_for_burn", instructions::DEPOSIT_FOR_BURN),
        ("receive_message", instructions::RECEIVE_MESSAGE),
        ("reclaim_event_account", instructions::RECLAIM_EVENT_ACCOUNT),
    ] {
        assert_eq!(found, discriminator(&format!("global:{name}")), "{name}");
    }
    for (name, found) in [
        ("MessageSent", accounts::discriminators::MESSAGE_SENT),
        ("UsedNonce", accounts::discriminators::USED_NONCE),
        ("MessageTransmitter", accounts::discriminators::MESSAGE_TRANSMITTER),
        ("TokenMessenger", accounts::discriminators::TOKEN_MESSENGER),
        ("RemoteTokenMessenger", accounts::discriminators::REMOTE_TOKEN_MESSENGER),
        ("LocalToken", accounts::discriminators::LOCAL_TOKEN),
        ("TokenPair", accounts::discriminators::TOKEN_PAIR),
        ("TokenMinter", accounts::discriminators::TOKEN_MINTER),
    ] {
        assert_eq!(found, discriminator(&format!("account:{name}")), "{name}");
    }
    for (name, found) in
        [("DepositForBurn", events::DEPOSIT_FOR_BURN), ("MintAndWithdraw", events::MINT_AND_WITHDRAW)]
    {
        assert_eq!(found, discriminator(&format!("event:{name}")), "{name}");
    }
    assert_eq!(0x1d9a_cb51_2ea5_45e4_u64.to_le_bytes(), events::EVENT_TAG);
}

#[test]
fn keys_are_words_of_messages() {
    let programs = end().programs;
    assert_eq!(
        word(&programs.token_messenger_minter).to_string(),
        "0xa65fc81d0fefa8860cb3b83f089b0224be8a6687b7ae49f594c0b9b4d7e93893"
    );
    assert_eq!(word(&USDC).to_string(), "0xc6fa7af3bedbad3a3d65f36aabc97431b1bbe4c2d2f6e0e47ca60203452f5d61");
    assert_eq!(
        word(&DEVNET_USDC).to_string(),
        "0x3b442cb3912157f13a933d0134282d032b5ffecd01a2dbf1b7790608df002ea7"
    );
    assert_eq!(key(word(&USDC)), USDC);
}

/// Names of accounts with w for writable and s for signer, as Circle's IDL has them.
fn shape(instruction: &Instruction) -> Vec<String> {
    let flags = instruction.accounts.iter().map(|meta| match (meta.is_writable, meta.is_signer) {
        (true, true) => "ws",
        (true, false) => "w",
        (false, true) => "s",
        (false, false) => "",
    });
    flags.map(str::to_owned).collect()
}

#[test]
fn a_burn_has_the_bytes_and_accounts_of_the_idl() {
    let (owner, event, end) = (wallet(1).address(), wallet(2).address(), end());
    let instruction = end.burn(&burn(owner, event));
    assert_eq!(instruction.data.len(), 96);
    assert_eq!(
        alloy::hex::encode(&instruction.data),
        "d73c3d2e723780b0\
         404b4c0000000000\
         06000000\
         0000000000000000000000001111111111111111111111111111111111111111\
         0000000000000000000000000000000000000000000000000000000000000000\
         bc02000000000000\
         e8030000"
    );
    let flags = ["s", "ws", "", "w", "", "w", "", "", "", "w", "w", "ws", "", "", "", "", "", ""];
    assert_eq!(shape(&instruction), flags);
    let programs = end.programs;
    let keys: Vec<Address> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
    assert_eq!((keys[0], keys[1], keys[11]), (owner, owner, event));
    assert_eq!(keys[3], associated_account(&owner, &USDC, &TOKEN_PROGRAM));
    assert_eq!(keys[4], programs.denylist(&owner));
    assert_eq!(keys[7], programs.remote_token_messenger(BASE));
    assert_eq!((keys[13], keys[17]), (programs.token_messenger_minter, programs.token_messenger_minter));
    assert_eq!(instruction.program_id, programs.token_messenger_minter);
}

/// A mint with two signatures that also creates the receiving account.
fn mint_instructions() -> (Vec<Instruction>, Message) {
    let (payer, end) = (wallet(1).address(), end());
    let message = incoming(end.recipient_word(payer.into()).unwrap());
    let bytes = message.encode();
    let attestation = attest(&bytes, &attesters());
    assert_eq!((bytes.len(), attestation.len()), (376, 130));
    let fee_account = end.account_of(&FEE_RECIPIENT);
    let mint = Mint { payer, message: bytes, attestation, fee_account };
    let create = create_associated_account(&payer, &payer, &USDC, &TOKEN_PROGRAM);
    (vec![create, end.mint(&mint, &message)], message)
}

#[test]
fn a_mint_has_the_accounts_of_the_idl() {
    let (parts, message) = mint_instructions();
    let (end, instruction) = (end(), &parts[1]);
    let flags = ["ws", "s", "", "", "w", "", "", "", "", "", "", "", "w", "", "w", "w", "w", "", "", ""];
    assert_eq!(shape(instruction), flags);
    let keys: Vec<Address> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
    let programs = end.programs;
    assert_eq!(keys[4], programs.used_nonce(message.nonce));
    assert_eq!(keys[5], programs.token_messenger_minter);
    assert_eq!(keys[10], programs.remote_token_messenger(BASE));
    assert_eq!(keys[13], programs.token_pair(BASE, message.burn_token));
    assert_eq!(keys[15], key(message.mint_recipient));
    assert_eq!(keys[16], programs.custody(&USDC));
    assert_eq!(
        &instruction.data[..12],
        [&instructions::RECEIVE_MESSAGE[..], &376_u32.to_le_bytes()].concat()
    );
}

#[test]
fn a_mint_with_two_signatures_fits_only_with_a_lookup_table() {
    let (instructions, _) = mint_instructions();
    let payer = wallet(1);
    let budget = ComputeBudget { limit: 350_000, price: 1000 };
    let draft = |instructions: &[Instruction], tables| Draft {
        payer: payer.address(),
        instructions: instructions.to_vec(),
        tables,
    };
    let bare = draft(&instructions[1..], Vec::new()).compile(budget, &blockhash());
    assert_eq!(bare, Err(TransactionError::TooLarge { bytes: 1278 }));
    let with_creation = draft(&instructions, vec![mint_table(&end())]).compile(budget, &blockhash()).unwrap();
    let signed = with_creation.sign(&[payer.signer()]).unwrap();
    assert_eq!(with_creation.size(), signed.bytes.len());
    assert!(signed.bytes.len() < MAX_TRANSACTION_BYTES, "{}", signed.bytes.len());
    // Room is left for growth, such as a second creation.
    assert!(signed.bytes.len() <= 1000, "{}", signed.bytes.len());
    let without = draft(&instructions[1..], vec![mint_table(&end())]).compile(budget, &blockhash()).unwrap();
    assert!(without.size() < with_creation.size());
}

#[test]
fn a_burn_fits_without_a_table() {
    let (payer, event) = (wallet(1), wallet(2));
    let draft = Draft {
        payer: payer.address(),
        instructions: vec![end().burn(&burn(payer.address(), event.address()))],
        tables: Vec::new(),
    };
    let budget = ComputeBudget { limit: 200_000, price: 1000 };
    let unsigned = draft.compile(budget, &blockhash()).unwrap();
    assert_eq!(unsigned.signatures(), 2);
    let missing = unsigned.sign(&[payer.signer()]);
    assert_eq!(missing, Err(TransactionError::NoKey(event.address())));
    let signed = unsigned.sign(&[event.signer(), payer.signer()]).unwrap();
    assert_eq!(signed.bytes.len(), unsigned.size());
    assert!(signed.bytes.len() < 1000, "{}", signed.bytes.len());
}

#[test]
fn a_reclaim_puts_the_attestation_first() {
    let (payee, event) = (wallet(1).address(), wallet(2).address());
    let instruction = end().reclaim(&payee, &event, &[7; 376], &[8; 130]);
    let data = Bytes::from(instruction.data.clone());
    assert_eq!(&data[8..12], 130_u32.to_le_bytes());
    assert_eq!(&data[142..146], 376_u32.to_le_bytes());
    assert_eq!(data.len(), 8 + 4 + 130 + 4 + 376);
    assert_eq!(shape(&instruction), ["ws", "w", "w"]);
    assert_eq!(instruction.accounts[1].pubkey, end().programs.message_transmitter_state());
}

#[test]
fn the_expected_message_is_the_one_the_program_writes() {
    let (owner, event, end) = (wallet(1).address(), wallet(2).address(), end());
    let messenger = B256::repeat_byte(0x28);
    let message = end.message_of(&burn(owner, event), messenger);
    assert_eq!(message.source_domain, Domain(5));
    assert_eq!(message.sender, word(&end.programs.token_messenger_minter));
    assert_eq!(message.message_sender, word(&owner));
    assert_eq!(message.burn_token, word(&USDC));
    assert_eq!(message.encode().len(), 376);
    assert!(message.nonce.is_zero() && message.fee_executed == 0 && message.expiration_block == 0);
}
