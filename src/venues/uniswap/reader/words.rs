//! Strict reading of a scan's answers, one after the other.

use alloy::primitives::Bytes;
use alloy::sol_types::SolCall;

use super::ReadError;
use crate::domain::pool::PoolKey;

/// The answers to one reader's calls.
pub(super) struct Answers<'a> {
    pool: PoolKey,
    results: &'a [Result<Bytes, String>],
    read: usize,
}

impl<'a> Answers<'a> {
    pub(super) fn new(pool: PoolKey, results: &'a [Result<Bytes, String>]) -> Self {
        Self { pool, results, read: 0 }
    }

    pub(super) fn pool(&self) -> PoolKey {
        self.pool
    }

    pub(super) fn malformed(&self, call: &'static str, reason: &'static str) -> ReadError {
        ReadError::Malformed { pool: self.pool, call, reason }
    }

    /// The next answer, which must be exactly `words` canonical 32-byte words.
    pub(super) fn next<C: SolCall>(
        &mut self,
        call: &'static str,
        words: usize,
    ) -> Result<C::Return, ReadError> {
        let data = match self.results.get(self.read) {
            Some(Ok(data)) => data,
            Some(Err(reason)) => {
                return Err(ReadError::Failed { pool: self.pool, call, reason: reason.clone() });
            }
            None => return Err(self.count(self.read.saturating_add(1))),
        };
        self.read = self.read.saturating_add(1);
        if data.is_empty() {
            return Err(ReadError::NoContract { pool: self.pool, call });
        }
        if data.len() != words.saturating_mul(32) {
            return Err(self.malformed(call, "wrong length"));
        }
        C::abi_decode_returns_validate(data).map_err(|_| self.malformed(call, "not of its types"))
    }

    /// Passes over answers whose question turned out to be out of date.
    pub(super) fn skip(&mut self, count: usize) {
        self.read = self.read.saturating_add(count);
    }

    /// Every answer must have been used.
    pub(super) fn finish(self) -> Result<(), ReadError> {
        if self.read == self.results.len() { Ok(()) } else { Err(self.count(self.read)) }
    }

    fn count(&self, asked: usize) -> ReadError {
        ReadError::Count { pool: self.pool, got: self.results.len(), asked }
    }
}
