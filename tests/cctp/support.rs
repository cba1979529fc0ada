//! Builders: two ends, a transfer between them, attesters who really sign, and one real transfer.

use alloy::primitives::{Address, B256, Bytes, address, b256, hex, keccak256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use purser::bridges::cctp::contracts::calls::Burn;
use purser::bridges::cctp::{End, Message};
use purser::config::CctpContracts;
use purser::domain::plan::{BridgeStep, Cost, Speed};
use purser::domain::{Amount, AssetId, ChainName};

pub(super) const WALLET: Address = address!("1111111111111111111111111111111111111111");
pub(super) const RECIPIENT: Address = address!("2222222222222222222222222222222222222222");
pub(super) const NONCE: B256 = b256!("be761cca8a69cb0e710f3c765ca929dacd58ab31238952b2889b406f6406866b");

/// A transfer from Base to Avalanche as it was attested on mainnet.
pub(super) fn real_message() -> Bytes {
    Bytes::from_static(&hex!(
        "00000001 00000006 00000001"
        "be761cca8a69cb0e710f3c765ca929dacd58ab31238952b2889b406f6406866b"
        "00000000000000000000000028b5a0e9c621a5badaa536219b3a228c8168cf5d"
        "00000000000000000000000028b5a0e9c621a5badaa536219b3a228c8168cf5d"
        "0000000000000000000000000000000000000000000000000000000000000000"
        "000001f4 000003e8"
        "00000001"
        "000000000000000000000000833589fcd6edb6e08f4c7c32d4f71b54bda02913"
        "0000000000000000000000005c2632cedb167609c7f12e9bbfbc5665cfd66d40"
        "00000000000000000000000000000000000000000000000000000000000f4240"
        "0000000000000000000000005c2632cedb167609c7f12e9bbfbc5665cfd66d40"
        "0000000000000000000000000000000000000000000000000000000000000064"
        "0000000000000000000000000000000000000000000000000000000000000064"
        "000000000000000000000000000000000000000000000000000000000388a9f0"
    ))
}

/// Its attestation.
pub(super) fn real_attestation() -> Bytes {
    Bytes::from_static(&hex!(
        "16cb98f66ee534db19669a851eadc319a6da1070a8e8352cd7b6744aa7a6781a"
        "6d840dbbe1c69963f3d519bc0a8c1ed5ce5f649c86b4cad008cbca0d097a364a1c"
        "121405ac78591a5e279311fe07cf1c0fb89e3ade79ae4082efe67a38be72d7e9"
        "3854ee341ec9ff80bd87e884dfdc37b6803d0c40ac83a08b9220e26d20b3b6ff1b"
    ))
}

pub(super) const REAL_SIGNERS: [Address; 2] = [
    address!("52ed4cbff8dce6a19748043f3240ec03c834bcef"),
    address!("725b06f73ff761ef5390e39315e2bfbf60d33f96"),
];

fn end(chain: &str, domain: u32, token: Address, tag: u8) -> End {
    let contracts = CctpContracts {
        domain,
        token_messenger: Address::repeat_byte(tag),
        message_transmitter: Address::repeat_byte(tag + 1),
        token_minter: Address::repeat_byte(tag + 2),
        fast_seconds: 8,
        standard_seconds: 1140,
    };
    End::new(ChainName::new(chain), AssetId::new("USDC"), token, &contracts)
}

pub(super) fn base() -> End {
    end("base", 6, address!("833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"), 0xb0)
}

pub(super) fn avalanche() -> End {
    end("avalanche", 1, address!("B97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E"), 0xa0)
}

pub(super) fn usdc(units: u128) -> Amount {
    Amount::new(AssetId::new("USDC"), 6, units)
}

pub(super) fn step(units: u128, max_fee: u128, speed: Speed) -> BridgeStep {
    BridgeStep {
        from: base().chain,
        to: avalanche().chain,
        amount: usdc(units),
        speed,
        max_fee: usdc(max_fee),
        recipient: RECIPIENT.into(),
        cost: Cost::default(),
    }
}

/// The message a burn emits on chain.
pub(super) fn burnt(units: u128, max_fee: u128, speed: Speed) -> Message {
    Burn::of_step(&base(), &avalanche(), &step(units, max_fee, speed)).unwrap().message(
        &base(),
        &avalanche(),
        WALLET,
    )
}

/// The same as Iris attests it.
pub(super) fn attested(burn: &Message, fee: u128) -> Message {
    let fast = burn.min_finality_threshold <= 1000;
    Message {
        nonce: NONCE,
        finality_threshold_executed: if fast { 1000 } else { 2000 },
        fee_executed: fee,
        expiration_block: if fast { 1_000_000 } else { 0 },
        ..burn.clone()
    }
}

/// Attesters in ascending order of their addresses.
pub(super) fn attesters(count: u8) -> Vec<PrivateKeySigner> {
    let mut signers: Vec<PrivateKeySigner> =
        (1..=count).map(|n| PrivateKeySigner::from_bytes(&B256::repeat_byte(n)).unwrap()).collect();
    signers.sort_by_key(PrivateKeySigner::address);
    signers
}

/// Their signatures over `message`, in the order given.
pub(super) fn attest(message: &[u8], signers: &[PrivateKeySigner]) -> Bytes {
    let digest = keccak256(message);
    signers
        .iter()
        .flat_map(|signer| signer.sign_hash_sync(&digest).unwrap().as_bytes())
        .collect::<Vec<u8>>()
        .into()
}
