//! Assets by their symbol in the configuration.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An asset as the configuration names it (`USDC`, `USDT`, `ETH`), the same on every chain.
///
/// Which contract holds it on which chain is the registry's business; a symbol read from a
/// contract is never used to identify an asset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetId(Arc<str>);

impl AssetId {
    /// Wraps a symbol as written in the configuration.
    pub fn new(symbol: &str) -> Self {
        Self(Arc::from(symbol))
    }

    /// The symbol.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
