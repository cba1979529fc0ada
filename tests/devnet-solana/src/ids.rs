//! Addresses that every part of the network agrees on.

use solana_pubkey::Pubkey;

/// The system program.
pub const SYSTEM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");
/// SPL Token.
pub const TOKEN: Pubkey = Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// SPL Token-2022.
pub const TOKEN_2022: Pubkey = Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// The associated token account program.
pub const ASSOCIATED_TOKEN: Pubkey = Pubkey::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// The compute budget program.
pub const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// The address lookup table program.
pub const LOOKUP_TABLE: Pubkey = Pubkey::from_str_const("AddressLookupTab1e1111111111111111111111111");

/// USDC on mainnet, 6 decimals.
pub const USDC: Pubkey = Pubkey::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
/// USDT on mainnet, 6 decimals.
pub const USDT: Pubkey = Pubkey::from_str_const("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB");

/// CCTP `MessageTransmitterV2`.
pub const MESSAGE_TRANSMITTER: Pubkey =
    Pubkey::from_str_const("CCTPV2Sm4AdWt5296sk4P66VBZ7bEhcARwFaaS9YPbeC");
/// CCTP `TokenMessengerMinterV2`.
pub const TOKEN_MESSENGER_MINTER: Pubkey =
    Pubkey::from_str_const("CCTPV2vPZJS2u2BBsUoscuikbYjnpFmbFsvVuJdgUMQe");
/// Who gets the CCTP fees on mainnet; the fees go to its USDC account.
pub const FEE_RECIPIENT: Pubkey = Pubkey::from_str_const("4BPnUzFDibVcWQ5zzixGodRUHwqDxHYpUPdPYus3Bn56");
/// The lookup table that Circle publishes for mainnet. Here it holds the
/// accounts that every receipt names.
pub const CCTP_LOOKUP_TABLE: Pubkey = Pubkey::from_str_const("qj4EYgsGpnRdt9rvQW3wWZR8JVaKPg9rG9EB8DNgfz8");
/// CCTP domain of Solana.
pub const DOMAIN: u32 = 5;

/// Jupiter's aggregator.
pub const JUPITER: Pubkey = Pubkey::from_str_const("JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4");
/// The pool program of this network.
pub const POOL_PROGRAM: Pubkey = Pubkey::from_str_const("PooLProgramofthe1oca1network111111111111111");
/// A program that no client has reason to call. It does nothing.
pub const FOREIGN_PROGRAM: Pubkey = Pubkey::from_str_const("ForeignProgramofthe1oca1network1111111111111");
/// A wallet that nobody should pay or give any rights.
pub const STRANGER: Pubkey = Pubkey::from_str_const("Stranger11111111111111111111111111111111111");

/// A fixed address that stands for `name`, on no curve and in no use elsewhere.
pub fn named(name: &str) -> Pubkey {
    Pubkey::find_program_address(&[b"local-network", name.as_bytes()], &SYSTEM).0
}
