//! What proves that a transaction is in a block, on a chain of either kind.

use crate::chains::evm::Receipt;
use crate::chains::solana::Landed;

/// What a quorum shows of a transaction that had its effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// A receipt on an EVM chain.
    Evm(Receipt),
    /// What it did on Solana.
    Solana {
        /// Fee, balances and calls.
        landed: Landed,
        /// Whether its slot is final.
        is_final: bool,
    },
}

impl Proof {
    /// Whether it stays for good.
    pub(super) const fn is_final(&self) -> bool {
        match self {
            Self::Evm(receipt) => receipt.is_final,
            Self::Solana { is_final, .. } => *is_final,
        }
    }
}
