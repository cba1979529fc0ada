//! What can go wrong with 1inch, in the few kinds that ask for something different.

use crate::chains::http::HttpError;
use crate::config::secret::SecretError;
use crate::domain::Timestamp;

/// Why 1inch gave no answer that can be used. Nothing was signed and nothing moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OneInchError {
    /// It knows no route for this amount.
    #[error("1inch has not enough liquidity for this amount ({said}); other ways are used, or less is moved")]
    InsufficientLiquidity {
        /// What it said, shortened.
        said: String,
    },
    /// It was asked too often; nobody asks until the stand-down ends.
    #[error(
        "1inch limits our rate; requests stand down until {until}. Lower requests_per_second if other programs \
         share the account"
    )]
    RateLimited {
        /// When requests start again.
        until: Timestamp,
    },
    /// The key is missing or not accepted.
    #[error("1inch does not accept the key ({said}); check `key` of the chain's `oneinch` table")]
    KeyRefused {
        /// What it said, shortened, or why the key cannot be read.
        said: String,
    },
    /// It believes that the wallet lacks the amount or the approval.
    #[error("1inch misses balance or allowance ({said}); it may be a block behind: it is asked again")]
    Funds {
        /// What it said, shortened.
        said: String,
    },
    /// It did not answer, or said it cannot now.
    #[error("1inch cannot be reached ({reason}); it is asked again. Check the network if this lasts")]
    Unavailable {
        /// What happened.
        reason: String,
    },
    /// It answered what cannot be read or was not expected.
    #[error("1inch's reply is not used ({reason}); check base_url and version if this lasts")]
    Unexpected {
        /// What is wrong.
        reason: String,
    },
}

impl OneInchError {
    /// Whether the same question may have an answer soon.
    pub const fn passes(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Funds { .. } | Self::Unavailable { .. } => true,
            Self::InsufficientLiquidity { .. } | Self::KeyRefused { .. } | Self::Unexpected { .. } => false,
        }
    }

    /// The word used as a metric label.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::InsufficientLiquidity { .. } => "no-liquidity",
            Self::RateLimited { .. } => "rate-limited",
            Self::KeyRefused { .. } => "key-refused",
            Self::Funds { .. } => "funds",
            Self::Unavailable { .. } => "unavailable",
            Self::Unexpected { .. } => "unexpected",
        }
    }
}

impl From<HttpError> for OneInchError {
    fn from(error: HttpError) -> Self {
        let reason = error.to_string();
        match error {
            HttpError::TooLarge { .. } => Self::Unexpected { reason },
            HttpError::Client(_) | HttpError::Connect(_) | HttpError::Timeout | HttpError::Transport(_) => {
                Self::Unavailable { reason }
            }
        }
    }
}

impl From<SecretError> for OneInchError {
    fn from(error: SecretError) -> Self {
        Self::KeyRefused { said: error.to_string() }
    }
}
