//! Bridges between chains. One so far: Circle's CCTP V2.

pub mod cctp;
