//! CCTP V2 as it is on Solana: the two programs at their addresses, with the
//! accounts, instructions, events and errors that they have there.

pub mod accounts;
pub mod attestation;
pub mod genesis;
pub mod instructions;
pub mod ledger;
pub mod message;
pub mod messenger;
pub mod pda;
pub mod refusals;
pub mod transmitter;

pub use genesis::Remote;
