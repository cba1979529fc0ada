//! Why what Jupiter wrote is not signed.

use solana_address::Address;

use super::route::RouteError;

/// Why a transaction, or what its simulation shows, is refused. Nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody else pays, so the transaction would not go by our signature.
    #[error("Jupiter would have {0} pay the fee, which is not the wallet")]
    Payer(Address),
    /// Somebody else must sign.
    #[error("Jupiter's transaction needs the signature of {0}, which is not the wallet")]
    Signer(Address),
    /// A program that has no business in a swap.
    #[error("Jupiter would have program {found} called; only {pinned} swaps")]
    Program {
        /// What it named.
        found: Address,
        /// The pinned aggregator.
        pinned: Address,
    },
    /// Something that a swap does not need.
    #[error("Jupiter's transaction {does} ({account}); a swap needs nothing of the kind")]
    Beside {
        /// What it does.
        does: &'static str,
        /// To which account.
        account: Address,
    },
    /// The same thing twice.
    #[error("Jupiter's transaction {0} more than once")]
    Repeated(&'static str),
    /// No swap in it.
    #[error("Jupiter's transaction swaps nothing")]
    NoSwap,
    /// The swap's instruction cannot be judged.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The priority fee is above its cap.
    #[error("Jupiter would have {lamports} lamports paid for being included, at most {most} are allowed")]
    Price {
        /// What it offers.
        lamports: u64,
        /// The cap.
        most: u64,
    },
    /// Another mint is sold or bought.
    #[error("Jupiter would swap {found}, wanted is {wanted}")]
    Mint {
        /// What it named.
        found: Address,
        /// The step's mint.
        wanted: Address,
    },
    /// Another token program.
    #[error("Jupiter names the token program {found}, the mint belongs to {wanted}")]
    TokenProgram {
        /// What it named.
        found: Address,
        /// The mint's.
        wanted: Address,
    },
    /// Somebody else's tokens, or on somebody else's word.
    #[error("Jupiter would take from {found}, ours is {wanted}")]
    Source {
        /// What it named.
        found: Address,
        /// The wallet's.
        wanted: Address,
    },
    /// Somebody else would receive.
    #[error("Jupiter would have {found} receive, ours is {wanted}")]
    Destination {
        /// Whom it named.
        found: Address,
        /// The wallet's account.
        wanted: Address,
    },
    /// Another amount is sold.
    #[error("Jupiter would sell {found} base units, wanted are {wanted}")]
    Amount {
        /// What it named.
        found: i128,
        /// The step's amount.
        wanted: u64,
    },
    /// Less than the step's least would be accepted, or came out of the simulation.
    #[error("Jupiter's swap may give {found} base units, the step needs at least {wanted}")]
    MinimumOut {
        /// What it named.
        found: i128,
        /// The step's least.
        wanted: u64,
    },
    /// The simulation costs more than fee and rent.
    #[error("Jupiter's transaction costs {found} lamports, fee and rent are at most {most}")]
    Lamports {
        /// What leaves the wallet.
        found: i128,
        /// What may.
        most: u64,
    },
    /// An account changed that should not have.
    #[error("Jupiter's transaction changes {account}: {what}")]
    Changed {
        /// The account.
        account: Address,
        /// How.
        what: &'static str,
    },
    /// The simulation does not show an account.
    #[error("the simulation does not show {0}, so the swap is not signed")]
    Unwatched(Address),
}
