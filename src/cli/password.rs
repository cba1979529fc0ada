//! Passwords of new keystores: asked for, read from a file, or generated into one.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use alloy::hex;
use alloy::signers::k256::elliptic_curve::rand_core::{OsRng, RngCore as _};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::chains::evm::keys::write_private;
use crate::cli::CliError;
use crate::config::SecretRef;

/// Shortest password that may be typed.
const MIN_LENGTH: usize = 12;

/// Where a password came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// Typed; it is written nowhere.
    Prompt,
    /// Read from a file of the operator's.
    File(PathBuf),
    /// Generated, and to be written to this file.
    Generated(PathBuf),
}

/// A password for a new keystore.
pub struct NewPassword {
    /// The password.
    pub secret: SecretString,
    /// Where it came from.
    pub source: PasswordSource,
}

impl NewPassword {
    /// From `file`; without one asks on a terminal; an empty answer, or no terminal, means 256
    /// random bits. [`Self::keep`] writes those to `generated`.
    pub fn obtain(file: Option<&Path>, generated: &Path) -> Result<Self, CliError> {
        if let Some(path) = file {
            let secret = SecretRef::File(path.to_owned())
                .read()
                .map_err(|error| CliError::Secret(error.to_string()))?;
            if secret.expose_secret().is_empty() {
                return Err(CliError::Secret(format!("the password file {} is empty", path.display())));
            }
            return Ok(Self { secret, source: PasswordSource::File(path.to_owned()) });
        }
        if std::io::stdin().is_terminal()
            && let Some(secret) = ask()?
        {
            return Ok(Self { secret, source: PasswordSource::Prompt });
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        OsRng.fill_bytes(bytes.as_mut_slice());
        let secret = SecretString::from(hex::encode(bytes.as_slice()));
        Ok(Self { secret, source: PasswordSource::Generated(generated.to_owned()) })
    }

    /// Writes a generated password to its file, which only its owner can read. Done before the
    /// keystore is written: a key whose password is lost is lost too.
    pub fn keep(&self) -> Result<(), CliError> {
        match &self.source {
            PasswordSource::Generated(path) => {
                let line = Zeroizing::new(format!("{}\n", self.secret.expose_secret()));
                Ok(write_private(path, line.as_bytes())?)
            }
            PasswordSource::Prompt | PasswordSource::File(_) => Ok(()),
        }
    }

    /// One sentence on where the password is.
    pub fn describe(&self) -> String {
        match &self.source {
            PasswordSource::Prompt => "password: the one you typed; it is written nowhere".to_owned(),
            PasswordSource::File(path) => format!("password: {}", path.display()),
            PasswordSource::Generated(path) => {
                format!("password: generated into {}; keep it apart from the keystore", path.display())
            }
        }
    }
}

/// Asks twice without echo; `None` for an empty answer.
fn ask() -> Result<Option<SecretString>, CliError> {
    let prompt = |text: &str| {
        rpassword::prompt_password(text)
            .map(SecretString::from)
            .map_err(|error| CliError::Secret(format!("no password was read: {error}")))
    };
    let first = prompt("Password of the new keystore (empty: generate one into a file): ")?;
    if first.expose_secret().is_empty() {
        return Ok(None);
    }
    if first.expose_secret().chars().count() < MIN_LENGTH {
        return Err(CliError::Secret(format!("the password is shorter than {MIN_LENGTH} characters")));
    }
    let second = prompt("Again: ")?;
    if first.expose_secret() != second.expose_secret() {
        return Err(CliError::Secret("the two passwords differ".to_owned()));
    }
    Ok(Some(first))
}
