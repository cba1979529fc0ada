//! Chains: endpoints that fail, lag, lie or race; transactions and what nodes say about them.

mod agreement;
mod endpoints;
mod fake;
mod fees;
mod node_texts;
mod real;
mod scanning;
mod sending;
mod transactions;
