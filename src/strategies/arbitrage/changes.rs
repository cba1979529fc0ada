//! Which pools changed since they were last looked at.

use std::collections::BTreeSet;

/// Pools, by index, that may not be as they were when they were last looked at. A block can pass without a decision;
/// what changed in it still has to reach the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Any pool may be another.
    any: bool,
    pools: BTreeSet<usize>,
}

impl Changes {
    /// Nothing is known yet: any pool may be another.
    pub const fn any() -> Self {
        Self { any: true, pools: BTreeSet::new() }
    }

    /// Adds the pools `changed`; `None` when any may be another.
    pub fn add(&mut self, changed: Option<&[usize]>) {
        match changed {
            Some(changed) => self.pools.extend(changed),
            None => self.any = true,
        }
    }

    /// What was added since it was last taken, ascending; `None` when any pool may be another.
    pub fn take(&mut self) -> Option<Vec<usize>> {
        let pools = std::mem::take(&mut self.pools);
        (!std::mem::take(&mut self.any)).then(|| pools.into_iter().collect())
    }
}
