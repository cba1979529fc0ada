//! The real daemon on real nodes, stopped in every state and started again. Whatever happened before
//! it was stopped, afterwards everything was done exactly once.

mod aftermath;
mod copies;
mod halts;
mod hold;
mod restarts;
mod scene;
mod states;
