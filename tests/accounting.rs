//! Conservation of every asset, and what an operator may decide.

mod blocks;
mod booking;
mod missing;
mod quiet;
mod resolving;
mod world;
