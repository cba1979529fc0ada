//! What can go wrong with Jupiter, in the few kinds that ask for something different.

use crate::chains::http::HttpError;
use crate::config::secret::SecretError;
use crate::domain::Timestamp;

/// Why Jupiter gave no answer that can be used. Quotes, orders and builds move nothing. A transaction
/// handed to `/execute` may have been sent whatever came back, unless `was_sent` says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JupiterError {
    /// It knows no route for this amount.
    #[error("Jupiter has no route for this amount ({said}); other ways are used, or less is moved")]
    NoRoute {
        /// What it said, shortened.
        said: String,
    },
    /// It was asked too often; nobody asks until the stand-down ends.
    #[error(
        "Jupiter limits our rate; requests stand down until {until}. Lower requests_per_minute if other programs \
         share the key or, without one, the address"
    )]
    RateLimited {
        /// When requests start again.
        until: Timestamp,
    },
    /// The key is not accepted.
    #[error("Jupiter does not accept the key ({said}); check `key` of the `jupiter` table")]
    KeyRefused {
        /// What it said, shortened, or why the key cannot be read.
        said: String,
    },
    /// It believes that the wallet lacks the amount, an account or lamports.
    #[error("Jupiter misses what the wallet needs ({said}); it may be a slot behind: it is asked again")]
    Funds {
        /// What it said, shortened.
        said: String,
    },
    /// It did not answer, or said it cannot now.
    #[error("Jupiter cannot be reached ({reason}); it is asked again. Check the network if this lasts")]
    Unavailable {
        /// What happened.
        reason: String,
        /// Whether the request may have arrived.
        sent: bool,
    },
    /// It answered what cannot be read or was not expected.
    #[error("Jupiter's reply is not used ({reason}); check base_url if this lasts")]
    Unexpected {
        /// What is wrong.
        reason: String,
    },
}

impl JupiterError {
    /// Whether the same question may have an answer soon.
    pub const fn passes(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Funds { .. } | Self::Unavailable { .. } => true,
            Self::NoRoute { .. } | Self::KeyRefused { .. } | Self::Unexpected { .. } => false,
        }
    }

    /// Whether the request may have been acted upon. After an `/execute` for which this holds, only the
    /// chain knows what became of the transaction.
    pub const fn was_sent(&self) -> bool {
        match self {
            Self::Unavailable { sent, .. } => *sent,
            Self::RateLimited { .. } | Self::KeyRefused { .. } => false,
            Self::NoRoute { .. } | Self::Funds { .. } | Self::Unexpected { .. } => true,
        }
    }

    /// The word used as a metric label.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NoRoute { .. } => "no-route",
            Self::RateLimited { .. } => "rate-limited",
            Self::KeyRefused { .. } => "key-refused",
            Self::Funds { .. } => "funds",
            Self::Unavailable { .. } => "unavailable",
            Self::Unexpected { .. } => "unexpected",
        }
    }
}

impl From<HttpError> for JupiterError {
    fn from(error: HttpError) -> Self {
        let reason = error.to_string();
        match error {
            HttpError::TooLarge { .. } => Self::Unexpected { reason },
            HttpError::Client(_) | HttpError::Connect(_) => Self::Unavailable { reason, sent: false },
            HttpError::Timeout | HttpError::Transport(_) => Self::Unavailable { reason, sent: true },
        }
    }
}

impl From<SecretError> for JupiterError {
    fn from(error: SecretError) -> Self {
        Self::KeyRefused { said: error.to_string() }
    }
}
