//! Solana transactions: one encoding each, indexes that lead somewhere, effects of every instruction.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use purser::bridges::cctp::solana::{BridgeEffect, SolanaEnd, bridge_effects};
use purser::chains::solana::Signed;
use purser::chains::solana::effects::Effect;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::table::Table;
use purser::config::solana::TOKEN_PROGRAM;
use purser::config::{SolanaCctpConfig, SolanaTokenConfig};
use purser::domain::{AssetId, ChainName};

/// CCTP's programs and their lookup table; deriving the addresses takes longer than reading bytes.
static SETTING: LazyLock<(SolanaEnd, Table)> = LazyLock::new(|| {
    let config = SolanaCctpConfig::default();
    let mint = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v".parse().unwrap();
    let token = SolanaTokenConfig { mint, program: TOKEN_PROGRAM, decimals: 6, extensions: Vec::new() };
    let end = SolanaEnd::new(ChainName::new("solana"), AssetId::new("USDC"), &config, token);
    let addresses = end.programs.lookup_addresses(&mint, &mint);
    (end, Table { address: config.lookup_table, addresses })
});

fuzz_target!(|data: &[u8]| {
    let (end, table) = &*SETTING;
    if let Ok(signed) = Signed::decode(data, 0, 0) {
        assert_eq!(signed.bytes, data);
    }
    let Ok(resolved) = Resolved::decode(data, std::slice::from_ref(table)) else { return };
    assert_eq!(resolved.signers.first(), Some(&resolved.payer));
    let effects = bridge_effects(end, &resolved);
    assert_eq!(effects.len(), resolved.instructions.len());
    for (effect, instruction) in effects.iter().zip(&resolved.instructions) {
        if let BridgeEffect::Other(Effect::Unknown(unknown)) = effect {
            assert_eq!(unknown, instruction);
        }
        let _ = (end.paid(instruction), end.burnt(instruction));
    }
});
