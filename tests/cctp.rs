//! CCTP: messages, attestations, contracts, Iris, fees.

mod attestation;
mod calls;
mod decoders;
mod fees;
mod iris;
mod iris_replies;
mod message;
mod mint;
mod preflight;
mod support;
