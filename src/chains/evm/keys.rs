//! Signing keys and their encrypted files (Web3 secret storage, version 3).
//!
//! A key exists in memory only inside [`Key`], which prints nothing but its address and is wiped
//! when dropped.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use alloy::hex;
use alloy::primitives::Address;
use alloy::signers::k256::elliptic_curve::rand_core::{OsRng, RngCore as _};
use alloy::signers::local::PrivateKeySigner;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

/// Largest keystore file that is read, in bytes.
const MAX_KEYSTORE_BYTES: u64 = 64 * 1024;
/// Most memory scrypt may take (128 × n × r bytes): geth's standard takes 256 MiB.
const MAX_SCRYPT_BYTES: u64 = 1024 * 1024 * 1024;
/// Most rounds of PBKDF2: geth's take 262,144.
const MAX_PBKDF2_ROUNDS: u64 = 10_000_000;
/// Most files looked at when a folder is listed.
const MAX_LISTED_FILES: usize = 1000;

/// Why a key could not be made, written or read. No message holds key or password.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file exists; a key is never overwritten.
    #[error("{} exists and is left as it is: overwriting a key can lose money; choose another path", .0.display())]
    Exists(PathBuf),
    /// The file cannot be read or written.
    #[error("{} cannot be used: {error}; check its path, owner and free space", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The text is no private key.
    #[error(
        "not a private key: expected 64 hexadecimal digits, with or without 0x, of a valid secp256k1 key"
    )]
    NotAKey,
    /// The file is no keystore this program reads.
    #[error("{} is not a version 3 keystore: {reason}", .path.display())]
    NotAKeystore {
        /// The file.
        path: PathBuf,
        /// What was expected.
        reason: &'static str,
    },
    /// Decryption failed.
    #[error("{} does not open with this password; nothing was signed", .0.display())]
    WrongPassword(PathBuf),
    /// Decryption gave another key than the file says.
    #[error("{} holds another key than the address written in it; do not use it", .0.display())]
    AddressMismatch(PathBuf),
    /// Encryption failed.
    #[error("the key could not be encrypted; nothing was written")]
    Encryption,
}

/// A signing key.
pub struct Key(PrivateKeySigner);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.address())
    }
}

impl Key {
    /// A new random key from the system's source of randomness.
    pub fn generate() -> Self {
        Self(PrivateKeySigner::random_with(&mut OsRng))
    }

    /// From 64 hexadecimal digits, as other wallets export them.
    pub fn from_hex(text: &SecretString) -> Result<Self, KeyError> {
        let text = text.expose_secret().trim();
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| KeyError::NotAKey)?;
        PrivateKeySigner::from_slice(bytes.as_slice()).map(Self).map_err(|_| KeyError::NotAKey)
    }

    /// The account this key signs for.
    pub fn address(&self) -> Address {
        self.0.address()
    }

    /// The signer itself.
    pub fn signer(&self) -> &PrivateKeySigner {
        &self.0
    }

    /// Writes the key, encrypted, to a new file only its owner can read.
    pub fn save(&self, path: &Path, password: &SecretString) -> Result<(), KeyError> {
        if path.exists() {
            return Err(KeyError::Exists(path.to_owned()));
        }
        let folder = folder_of(path);
        // The cipher writes with the usual mode of new files, so it writes into a closed folder.
        let closed = ClosedFolder::create(folder)?;
        let secret = Zeroizing::new(self.0.to_bytes().0);
        PrivateKeySigner::encrypt_keystore(
            &closed.0,
            &mut OsRng,
            secret.as_slice(),
            password.expose_secret(),
            Some(ClosedFolder::FILE),
        )
        .map_err(|_| KeyError::Encryption)?;
        let text = std::fs::read_to_string(closed.file()).map_err(|error| io(path, error))?;
        let mut keystore: Value = serde_json::from_str(&text).map_err(|_| KeyError::Encryption)?;
        let table = keystore.as_object_mut().ok_or(KeyError::Encryption)?;
        // Lower case without 0x, as geth writes it: `keys list` needs no password.
        table.insert("address".to_owned(), Value::String(hex::encode(self.address())));
        write_private(path, format!("{keystore}\n").as_bytes())
    }

    /// Reads a key of an encrypted file.
    pub fn open(path: &Path, password: &SecretString) -> Result<Self, KeyError> {
        let stated = Keystore::read(path)?.check(path)?;
        let signer = PrivateKeySigner::decrypt_keystore(path, password.expose_secret())
            .map_err(|_| KeyError::WrongPassword(path.to_owned()))?;
        if stated.is_some_and(|address| address != signer.address()) {
            return Err(KeyError::AddressMismatch(path.to_owned()));
        }
        Ok(Self(signer))
    }
}

/// A keystore found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeystoreFile {
    /// The file.
    pub path: PathBuf,
    /// The account the file says it is for; not every program writes it.
    pub address: Option<Address>,
}

/// Whether a file belongs to a database. Whoever closes one that was opened beside the database's own connections
/// takes away every lock this process holds on it, and others may then cut it off under them.
fn is_of_database(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| name.contains(".sqlite"))
}

/// The version 3 keystores of a folder, by name. Other files are passed over, a database's unopened.
pub fn list(folder: &Path) -> Result<Vec<KeystoreFile>, KeyError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| io(folder, error))?.take(MAX_LISTED_FILES) {
        let path = entry.map_err(|error| io(folder, error))?.path();
        if !path.is_file() || is_of_database(&path) {
            continue;
        }
        if let Ok(address) = Keystore::read(&path).and_then(|keystore| keystore.check(&path)) {
            found.push(KeystoreFile { path, address });
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

/// Writes a new file that only its owner can read; never over an existing one.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                KeyError::Exists(path.to_owned())
            } else {
                io(path, error)
            }
        })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| io(path, error))?;
    // The name of a new file is on disk only once its folder is.
    File::open(folder_of(path)).and_then(|folder| folder.sync_all()).map_err(|error| io(path, error))
}

/// The parts of a keystore whose values the decryption relies on. Other keys are allowed: the
/// format is not ours.
#[derive(Deserialize)]
struct Keystore {
    version: u64,
    #[serde(default)]
    address: Option<String>,
    #[serde(alias = "Crypto")]
    crypto: Crypto,
}

#[derive(Deserialize)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParams,
    ciphertext: String,
    kdf: String,
    kdfparams: KdfParams,
}

#[derive(Deserialize)]
struct CipherParams {
    iv: String,
}

#[derive(Deserialize)]
struct KdfParams {
    dklen: u64,
    #[serde(default)]
    n: Option<u64>,
    #[serde(default)]
    r: Option<u64>,
    #[serde(default)]
    p: Option<u64>,
    #[serde(default)]
    c: Option<u64>,
    #[serde(default)]
    prf: Option<String>,
}

impl Keystore {
    fn read(path: &Path) -> Result<Self, KeyError> {
        let file = File::open(path).map_err(|error| io(path, error))?;
        let mut text = Vec::new();
        file.take(MAX_KEYSTORE_BYTES.saturating_add(1))
            .read_to_end(&mut text)
            .map_err(|error| io(path, error))?;
        let small = u64::try_from(text.len()).is_ok_and(|length| length <= MAX_KEYSTORE_BYTES);
        let refuse = |reason| KeyError::NotAKeystore { path: path.to_owned(), reason };
        if !small {
            return Err(refuse("it is larger than 64 KiB"));
        }
        serde_json::from_slice(&text).map_err(|_| refuse("expected JSON with `version` and `crypto`"))
    }

    /// Refuses whatever the decryption could not take in bounded time and memory. Gives the address
    /// the file states.
    fn check(&self, path: &Path) -> Result<Option<Address>, KeyError> {
        let refuse = |reason| Err(KeyError::NotAKeystore { path: path.to_owned(), reason });
        let Crypto { cipher, cipherparams, ciphertext, kdf, kdfparams } = &self.crypto;
        let length = |text: &str| hex::decode(text).map(|bytes| bytes.len()).unwrap_or(0);
        if self.version != 3 {
            return refuse("expected `version` 3");
        }
        if cipher != "aes-128-ctr" || length(&cipherparams.iv) != 16 || length(ciphertext) != 32 {
            return refuse("expected the cipher aes-128-ctr with an iv of 16 bytes and a key of 32 bytes");
        }
        if kdfparams.dklen != 32 {
            return refuse("expected `dklen` 32");
        }
        let bounded = match (kdf.as_str(), kdfparams) {
            ("scrypt", KdfParams { n: Some(n), r: Some(r), p: Some(p), .. }) => {
                let memory = n.checked_mul(*r).and_then(|product| product.checked_mul(128));
                n.is_power_of_two()
                    && *n > 1
                    && (1..=16).contains(p)
                    && *r > 0
                    && memory.is_some_and(|bytes| bytes <= MAX_SCRYPT_BYTES)
            }
            ("pbkdf2", KdfParams { c: Some(c), prf: Some(prf), .. }) => {
                (1..=MAX_PBKDF2_ROUNDS).contains(c) && prf == "hmac-sha256"
            }
            _ => false,
        };
        if !bounded {
            return refuse("expected scrypt or pbkdf2 with parameters that fit in 1 GiB and a few seconds");
        }
        match &self.address {
            None => Ok(None),
            Some(text) => match hex::decode_to_array::<_, 20>(text) {
                Ok(bytes) => Ok(Some(Address::from(bytes))),
                Err(_) => refuse("expected `address` to be 40 hexadecimal digits"),
            },
        }
    }
}

fn io(path: &Path, error: std::io::Error) -> KeyError {
    KeyError::Io { path: path.to_owned(), error }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// A folder only its owner can enter, removed when dropped.
struct ClosedFolder(PathBuf);

impl ClosedFolder {
    const FILE: &'static str = "keystore";

    fn create(parent: &Path) -> Result<Self, KeyError> {
        let path = parent.join(format!(".purser-{:016x}", OsRng.next_u64()));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| io(&path, error))?;
        Ok(Self(path))
    }

    fn file(&self) -> PathBuf {
        self.0.join(Self::FILE)
    }
}

impl Drop for ClosedFolder {
    fn drop(&mut self) {
        // What may be left behind is encrypted and in a folder of its owner alone.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
