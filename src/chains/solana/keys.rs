//! The key that signs on Solana.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use zeroize::Zeroizing;

use crate::config::secret::{SecretError, SecretRef};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The file cannot be written.
    #[error("{path} cannot be written: {error}; no key was made. An existing key is never overwritten")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is no key. What it holds is never told.
    #[error(
        "the secret is no Solana key: expected 64 bytes as a JSON list, as solana-keygen writes it, or in base58, \
         whose second half is the public key of the first"
    )]
    Malformed,
}

/// A key pair in memory. It never prints.
pub struct Wallet(Keypair);

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wallet({})", self.address())
    }
}

impl Wallet {
    /// Reads the key `secret` refers to.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be read or is no key.
    pub fn load(secret: &SecretRef) -> Result<Self, KeyError> {
        Self::parse(secret.read()?.expose_secret())
    }

    /// Reads a key as `solana-keygen` writes it, or in base58.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is neither, or its halves do not belong together.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with('[') {
            let bytes: Zeroizing<Vec<u8>> =
                serde_json::from_str(text).map(Zeroizing::new).map_err(|_| KeyError::Malformed)?;
            Keypair::try_from(bytes.as_slice()).map(Self).map_err(|_| KeyError::Malformed)
        } else {
            Keypair::try_from_base58_string(text).map(Self).map_err(|_| KeyError::Malformed)
        }
    }

    /// A fresh random key, as the account of one burn's message needs. Its one signature is in the
    /// journalled bytes, so the key itself is never kept.
    pub fn fresh() -> Self {
        Self(Keypair::new())
    }

    /// Writes it as `solana-keygen` does into a new file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError::Unwritable`] when the file exists already or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let unwritable = |error| KeyError::Unwritable { path: path.to_owned(), error };
        let bytes = Zeroizing::new(self.0.to_bytes());
        let text = serde_json::to_string(bytes.as_slice()).map(Zeroizing::new);
        let text = text.map_err(|error| unwritable(error.into()))?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(unwritable)
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.0.pubkey()
    }

    /// What signs.
    pub fn signer(&self) -> &dyn Signer {
        &self.0
    }
}
