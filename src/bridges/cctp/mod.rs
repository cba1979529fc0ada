//! Circle's CCTP V2: burn, attest, mint.
