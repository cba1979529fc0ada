//! What the tests share.

use alloy::primitives::{B256, U256};
use devnet::iris::message::{EXPIRATION_BLOCK, FEE_EXECUTED, FINALITY_THRESHOLD_EXECUTED, NONCE};
use devnet::iris::{Message, Signing, attest};
use devnet_solana::cctp::message::{Burn, Draft};
use devnet_solana::genesis::{USDC_MINT, WHOLE};
use devnet_solana::ids::TOKEN_MESSENGER_MINTER;
use devnet_solana::{Error, Network, Options};
use solana_address_lookup_table_interface::state::AddressLookupTable;
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// A chain with short slots.
pub async fn start() -> Network {
    Network::start(Options { slot_ms: 50, ..Options::default() }).await.unwrap()
}

/// The wallet's USDC account.
pub fn usdc(network: &Network) -> Pubkey {
    USDC_MINT.ata(&network.wallet().pubkey())
}

/// A lookup table as the chain holds it.
pub async fn table(network: &Network, address: &str) -> AddressLookupTableAccount {
    let key: Pubkey = address.parse().unwrap();
    let (_, data) = network.client().account(&key).await.unwrap().unwrap();
    let addresses = AddressLookupTable::deserialize(&data).unwrap().addresses.to_vec();
    AddressLookupTableAccount { key, addresses }
}

/// A burn on another chain that pays this chain's wallet.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub amount: u64,
    pub fee: u64,
    pub expiration: u64,
    pub executed: u32,
    pub nonce: u8,
    pub recipient: Pubkey,
    pub caller: Pubkey,
}

impl Arrival {
    pub fn new(network: &Network, nonce: u8) -> Self {
        Self {
            amount: 100 * WHOLE,
            fee: 13_000,
            expiration: 0,
            executed: 1_000,
            nonce,
            recipient: usdc(network),
            caller: Pubkey::default(),
        }
    }

    /// The message as the attesters fill it in.
    pub fn message(&self) -> Message {
        let peer = devnet::deploy::peers()[0];
        let word = |address: alloy::primitives::Address| Pubkey::from(address.into_word().0);
        let sender = Pubkey::from([7; 32]);
        let body = Burn::draft(&word(peer.usdc), &self.recipient, self.amount, &sender, 20_000, &[]);
        let draft = Draft {
            version: 1,
            source_domain: peer.domain,
            destination_domain: 5,
            sender: word(peer.token_messenger),
            recipient: TOKEN_MESSENGER_MINTER,
            destination_caller: self.caller,
            min_finality_threshold: 1_000,
            body: &body,
        };
        let mut message = Message::parse(&draft.bytes()).unwrap();
        message.set_word(NONCE, B256::repeat_byte(self.nonce));
        message.set_short(FINALITY_THRESHOLD_EXECUTED, self.executed);
        message.set_number(FEE_EXECUTED, U256::from(self.fee));
        message.set_number(EXPIRATION_BLOCK, U256::from(self.expiration));
        message
    }

    /// Message and attestation.
    pub fn attested(&self) -> (Vec<u8>, Vec<u8>) {
        let message = self.message();
        (message.bytes().to_vec(), attest(&message, Signing::Honest).to_vec())
    }
}

/// Asserts that the node refused, with these words in the program's log.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>, words: &str) {
    let error = outcome.expect_err("it must be refused").to_string();
    assert!(error.contains(words), "{words:?} is not in {error}");
}
