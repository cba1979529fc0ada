//! Builders: keys, mints, token accounts, a burn, the accounts of the programs, attesters who sign.

use alloy::primitives::{Address as EvmAddress, B256, Bytes, U256, keccak256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use purser::bridges::cctp::Message;
use purser::bridges::cctp::solana::accounts::discriminators as layouts;
use purser::bridges::cctp::solana::{Burn, SolanaEnd, word};
use purser::chains::solana::keys::Wallet;
use purser::chains::solana::table::Table;
use purser::chains::solana::{Account, Address, Blockhash};
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use purser::config::{MintExtension, SolanaCctpConfig, SolanaTokenConfig};
use purser::domain::{AssetId, ChainName, Domain};

use super::fake::BLOCKHASH;

pub(super) const USDC: Address = Address::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
pub(super) const TRANSMITTER: Address =
    Address::from_str_const("CCTPV2Sm4AdWt5296sk4P66VBZ7bEhcARwFaaS9YPbeC");
pub(super) const MINTER: Address = Address::from_str_const("CCTPV2vPZJS2u2BBsUoscuikbYjnpFmbFsvVuJdgUMQe");
pub(super) const FEE_RECIPIENT: Address =
    Address::from_str_const("4BPnUzFDibVcWQ5zzixGodRUHwqDxHYpUPdPYus3Bn56");
pub(super) const BASE: Domain = Domain(6);
pub(super) const BASE_MESSENGER: EvmAddress = EvmAddress::repeat_byte(0x28);
pub(super) const BASE_USDC: EvmAddress = EvmAddress::repeat_byte(0x83);
pub(super) const EVM_WALLET: EvmAddress = EvmAddress::repeat_byte(0x11);

/// A key that is the same in every run.
pub(super) fn wallet(seed: u8) -> Wallet {
    let bytes = solana_keypair::Keypair::new_from_array([seed; 32]).to_bytes();
    Wallet::parse(&serde_json::to_string(&bytes.to_vec()).unwrap()).unwrap()
}

pub(super) fn usdc() -> SolanaTokenConfig {
    SolanaTokenConfig { mint: USDC, program: TOKEN_PROGRAM, decimals: 6, extensions: Vec::new() }
}

pub(super) fn token_2022(extensions: &[MintExtension]) -> SolanaTokenConfig {
    let mint = Address::from([0x22; 32]);
    SolanaTokenConfig { mint, program: TOKEN_2022_PROGRAM, decimals: 6, extensions: extensions.to_vec() }
}

pub(super) fn end() -> SolanaEnd {
    SolanaEnd::new(ChainName::new("solana"), AssetId::new("USDC"), &SolanaCctpConfig::default(), usdc())
}

pub(super) fn blockhash() -> Blockhash {
    Blockhash { hash: BLOCKHASH, slot: 1000, last_valid_block_height: 1050 }
}

pub(super) fn owned_by(owner: Address, data: Vec<u8>) -> Account {
    Account { lamports: 2_039_280, owner, data, executable: false }
}

/// Type-length-value entries behind the padding and the kind.
fn extended(mut data: Vec<u8>, kind: u8, extensions: &[(u16, usize)]) -> Vec<u8> {
    if extensions.is_empty() {
        return data;
    }
    data.resize(165, 0);
    data.push(kind);
    for (number, length) in extensions {
        data.extend_from_slice(&number.to_le_bytes());
        data.extend_from_slice(&u16::try_from(*length).unwrap().to_le_bytes());
        data.extend(std::iter::repeat_n(1, *length));
    }
    data
}

pub(super) fn mint_data(decimals: u8, extensions: &[(u16, usize)]) -> Vec<u8> {
    let mut data = vec![0; 82];
    data[36..44].copy_from_slice(&1_000_000_u64.to_le_bytes());
    data[44] = decimals;
    data[45] = 1;
    extended(data, 1, extensions)
}

/// What a token account says. Written out byte by byte: the decoder must not be its own judge.
#[derive(Clone)]
pub(super) struct Holding {
    pub(super) mint: Address,
    pub(super) owner: Address,
    pub(super) amount: u64,
    pub(super) delegate: Option<(Address, u64)>,
    pub(super) state: u8,
    pub(super) close_authority: Option<Address>,
    pub(super) extensions: Vec<(u16, usize)>,
}

impl Holding {
    pub(super) fn of(mint: Address, owner: Address, amount: u64) -> Self {
        Self { mint, owner, amount, delegate: None, state: 1, close_authority: None, extensions: Vec::new() }
    }

    pub(super) fn data(&self) -> Vec<u8> {
        let mut data = vec![0; 165];
        data[..32].copy_from_slice(self.mint.as_ref());
        data[32..64].copy_from_slice(self.owner.as_ref());
        data[64..72].copy_from_slice(&self.amount.to_le_bytes());
        if let Some((delegate, amount)) = self.delegate {
            data[72] = 1;
            data[76..108].copy_from_slice(delegate.as_ref());
            data[121..129].copy_from_slice(&amount.to_le_bytes());
        }
        data[108] = self.state;
        if let Some(authority) = self.close_authority {
            data[129] = 1;
            data[133..].copy_from_slice(authority.as_ref());
        }
        extended(data, 2, &self.extensions)
    }

    pub(super) fn account(&self, program: Address) -> Account {
        owned_by(program, self.data())
    }
}

pub(super) fn attesters() -> Vec<PrivateKeySigner> {
    let mut signers: Vec<PrivateKeySigner> =
        (1..=2).map(|seed| PrivateKeySigner::from_bytes(&B256::from(U256::from(seed))).unwrap()).collect();
    signers.sort_by_key(PrivateKeySigner::address);
    signers
}

/// The signatures of `signers` over `message`, in their order.
pub(super) fn attest(message: &[u8], signers: &[PrivateKeySigner]) -> Bytes {
    let digest = keccak256(message);
    let signatures = signers.iter().map(|signer| signer.sign_hash_sync(&digest).unwrap().as_bytes());
    signatures.flatten().collect::<Vec<u8>>().into()
}

/// A burn of 5 USDC to Base.
pub(super) fn burn(owner: Address, event: Address) -> Burn {
    Burn {
        owner,
        rent_payer: owner,
        event,
        amount: 5_000_000,
        destination: BASE,
        mint_recipient: EVM_WALLET.into_word(),
        max_fee: 700,
        min_finality_threshold: 1000,
    }
}

/// An attested message from Base that pays 5 USDC to `recipient`.
pub(super) fn incoming(recipient: B256) -> Message {
    Message {
        source_domain: BASE,
        destination_domain: Domain(5),
        nonce: B256::repeat_byte(0x6e),
        sender: BASE_MESSENGER.into_word(),
        recipient: word(&MINTER),
        destination_caller: B256::ZERO,
        min_finality_threshold: 1000,
        finality_threshold_executed: 1000,
        burn_token: BASE_USDC.into_word(),
        mint_recipient: recipient,
        amount: 5_000_000,
        message_sender: EVM_WALLET.into_word(),
        max_fee: 700,
        fee_executed: 650,
        expiration_block: 0,
    }
}

/// State of the MessageTransmitter with our attesters, both required.
pub(super) fn transmitter(paused: bool) -> Vec<u8> {
    let mut data = layouts::MESSAGE_TRANSMITTER.to_vec();
    data.extend_from_slice(&[3; 128]);
    data.push(u8::from(paused));
    for number in [5_u32, 1, 2, 2] {
        data.extend_from_slice(&number.to_le_bytes());
    }
    for signer in attesters() {
        data.extend_from_slice(signer.address().into_word().as_slice());
    }
    data.extend_from_slice(&8192_u64.to_le_bytes());
    data
}

pub(super) fn messenger(min_fee: u32) -> Vec<u8> {
    let mut data = layouts::TOKEN_MESSENGER.to_vec();
    data.extend_from_slice(&[4; 96]);
    data.extend_from_slice(&1_u32.to_le_bytes());
    data.push(254);
    data.extend_from_slice(FEE_RECIPIENT.as_ref());
    data.extend_from_slice(&[5; 32]);
    data.extend_from_slice(&min_fee.to_le_bytes());
    data
}

pub(super) fn minter(paused: bool) -> Vec<u8> {
    let mut data = layouts::TOKEN_MINTER.to_vec();
    data.extend_from_slice(&[6; 64]);
    data.extend_from_slice(&[u8::from(paused), 253]);
    data
}

pub(super) fn local_token(limit: u64) -> Vec<u8> {
    let mut data = layouts::LOCAL_TOKEN.to_vec();
    data.extend_from_slice(end().programs.custody(&USDC).as_ref());
    data.extend_from_slice(USDC.as_ref());
    data.extend_from_slice(&limit.to_le_bytes());
    data.extend_from_slice(&[9; 50]);
    data
}

pub(super) fn remote_messenger(domain: u32, messenger: B256) -> Vec<u8> {
    let mut data = layouts::REMOTE_TOKEN_MESSENGER.to_vec();
    data.extend_from_slice(&domain.to_le_bytes());
    data.extend_from_slice(messenger.as_slice());
    data
}

pub(super) fn token_pair(domain: u32, remote: B256, local: Address) -> Vec<u8> {
    let mut data = layouts::TOKEN_PAIR.to_vec();
    data.extend_from_slice(&domain.to_le_bytes());
    data.extend_from_slice(remote.as_slice());
    data.extend_from_slice(local.as_ref());
    data.push(255);
    data
}

/// The lookup table with what every mint names.
pub(super) fn mint_table(end: &SolanaEnd) -> Table {
    let fee_account = end.account_of(&FEE_RECIPIENT);
    Table { address: end.lookup_table, addresses: end.programs.lookup_addresses(&USDC, &fee_account) }
}
