//! Circle's CCTP V2: burn USDC on one chain, let Iris attest the burn, mint on another chain.
//!
//! The bytes are what counts. A burn is known by its `MessageSent` event, an attested message is
//! compared with it field by field, the signatures are recovered here against the attesters read
//! from chain, and a mint is believed from its events only.

pub mod attestation;
pub mod contracts;
pub mod ends;
pub mod iris;
pub mod message;
pub mod quote;
pub mod solana;

pub use attestation::{AttestationError, Attesters};
pub use contracts::{ContractError, End};
pub use ends::{AnyEnd, FarEnd};
pub use iris::{Attestation, FeeTier, Iris, IrisError};
pub use message::{Field, Message, MessageError};
pub use quote::QuoteError;
pub use solana::SolanaEnd;
