//! What may be signed: every rule from both sides, every wrong combination, every mutation.

mod combinations;
mod mutations;
mod reference;
mod routes;
mod rules;
mod solana;
mod steps;
mod trades;
mod world;
