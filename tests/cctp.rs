//! CCTP: messages, attestations, Iris.
