//! What the manifest says of CCTP and the pools.

use devnet::iris::{ATTESTERS, SIGNATURE_THRESHOLD};
pub use devnet::solana::manifest::{Cctp, Manifest, MintInfo, PoolInfo, RemoteInfo, Wallet};

use crate::cctp::{Remote, pda};
use crate::genesis::USDC_MINT;
use crate::ids::{
    CCTP_LOOKUP_TABLE, DOMAIN, FEE_RECIPIENT, MESSAGE_TRANSMITTER, TOKEN_MESSENGER_MINTER, USDC,
};
use crate::pool::POOLS;

/// Every pool.
pub(crate) fn pools() -> Vec<PoolInfo> {
    let pools = POOLS.map(|spec| {
        let (address, pool) = spec.pool();
        PoolInfo {
            name: pool.name,
            address: address.to_string(),
            mint_a: pool.mint_a.to_string(),
            mint_b: pool.mint_b.to_string(),
            vault_a: pool.vault_a.to_string(),
            vault_b: pool.vault_b.to_string(),
            fee_bps: pool.fee_bps,
        }
    });
    pools.into()
}

/// CCTP that knows these domains.
pub(crate) fn cctp(remotes: &[Remote]) -> Cctp {
    let hex = |bytes: &[u8; 32]| format!("0x{}", hex::encode(bytes));
    let remotes = remotes.iter().map(|remote| RemoteInfo {
        domain: remote.domain,
        token_messenger: hex(&remote.messenger),
        usdc: hex(&remote.token),
    });
    Cctp {
        domain: DOMAIN,
        message_transmitter: MESSAGE_TRANSMITTER.to_string(),
        token_messenger_minter: TOKEN_MESSENGER_MINTER.to_string(),
        custody: pda::custody(&USDC).to_string(),
        fee_recipient: FEE_RECIPIENT.to_string(),
        fee_account: USDC_MINT.ata(&FEE_RECIPIENT).to_string(),
        lookup_table: CCTP_LOOKUP_TABLE.to_string(),
        attesters: ATTESTERS.iter().map(|attester| attester.to_string().to_lowercase()).collect(),
        signature_threshold: SIGNATURE_THRESHOLD,
        remotes: remotes.collect(),
    }
}
