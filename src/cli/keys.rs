//! `purser keys new | import | list | adopt`.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::act::adopt;
use crate::chains::evm::keys::{self, Key, KeyError};
use crate::chains::solana::keys::Wallet;
use crate::cli::block::block_on;
use crate::cli::password::{NewPassword, PasswordSource};
use crate::cli::{CliError, ExitCode, Global, Output, context};
use crate::config::SecretRef;
use crate::domain::ChainName;
use crate::journal::Journal;
use crate::telemetry::clock;

/// Longest key text read from standard input, in bytes.
const MAX_KEY_BYTES: u64 = 1024;

/// The subcommands of `keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a random key and write it to a new encrypted file.
    New(NewArgs),
    /// Make a random key for Solana and write it to a new file, readable by its owner alone.
    NewSolana(NewSolanaArgs),
    /// Encrypt a key read from a file or from standard input; never from an argument.
    Import(ImportArgs),
    /// List the keystores of a folder with their addresses.
    List(ListArgs),
    /// Accept that the key was used outside the daemon: signing goes on from the chain's final nonce.
    Adopt(AdoptArgs),
}

/// Arguments of `keys adopt`.
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// Chain, by its name in the configuration.
    pub chain: String,
    /// Who used it, and why that is all right; kept in the journal.
    #[arg(long)]
    pub reason: String,
}

/// Arguments of `keys new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The new keystore file.
    #[arg(long, value_name = "PATH", default_value = "keystore.json")]
    pub out: PathBuf,
    /// File with the password; without one it is asked for, or generated next to the keystore.
    #[arg(long, value_name = "PATH")]
    pub password_file: Option<PathBuf>,
}

/// Arguments of `keys new-solana`.
#[derive(Debug, Args)]
pub struct NewSolanaArgs {
    /// The new file, as `solana-keygen` writes it.
    #[arg(long, value_name = "PATH", default_value = "solana-key.json")]
    pub out: PathBuf,
}

/// Arguments of `keys import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// File with the private key as 64 hexadecimal digits; without one it is read from standard input.
    #[arg(long, value_name = "PATH")]
    pub from: Option<PathBuf>,
    /// Where the encrypted key goes.
    #[command(flatten)]
    pub new: NewArgs,
}

/// Arguments of `keys list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The folder; by default the one of the configuration file.
    #[arg(long, value_name = "PATH")]
    pub dir: Option<PathBuf>,
}

/// Runs the subcommand.
pub fn run(command: &KeysCommand, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    match command {
        KeysCommand::New(arguments) => save(&Key::generate(), arguments, output)?,
        KeysCommand::NewSolana(arguments) => {
            let key = Wallet::fresh();
            key.save(&arguments.out)?;
            let (address, path) = (key.address().to_string(), arguments.out.display().to_string());
            let text = format!(
                "address: {address}\nkey:     {path} (not encrypted: keep it where only the daemon reads)"
            );
            output.result(&text, &json!({ "address": address, "key": path }))?;
        }
        KeysCommand::Import(arguments) => {
            let key = Key::from_hex(&private_key(arguments.from.as_deref())?)?;
            save(&key, &arguments.new, output)?;
        }
        KeysCommand::List(arguments) => {
            let beside = global.config.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = arguments.dir.as_deref().or(beside).unwrap_or(Path::new("."));
            list(folder, output)?;
        }
        KeysCommand::Adopt(arguments) => adopt_nonce(arguments, global, output)?,
    }
    Ok(ExitCode::Success)
}

fn save(key: &Key, arguments: &NewArgs, output: Output) -> Result<(), CliError> {
    let path = &arguments.out;
    if path.exists() {
        return Err(KeyError::Exists(path.clone()).into());
    }
    let mut beside = path.clone().into_os_string();
    beside.push(".password");
    let password = NewPassword::obtain(arguments.password_file.as_deref(), Path::new(&beside))?;
    password.keep()?;
    key.save(path, &password.secret)?;
    let text = format!("address:  {}\nkeystore: {}\n{}", key.address(), path.display(), password.describe());
    output.result(&text, &document(key, path, &password))
}

/// What `--json` says of a new key.
pub(crate) fn document(key: &Key, path: &Path, password: &NewPassword) -> Value {
    let file = match &password.source {
        PasswordSource::Prompt => None,
        PasswordSource::File(path) | PasswordSource::Generated(path) => Some(path.display().to_string()),
    };
    json!({
        "address": key.address().to_string(),
        "keystore": path.display().to_string(),
        "password_file": file,
    })
}

fn private_key(from: Option<&Path>) -> Result<SecretString, CliError> {
    let unread = |error: String| CliError::Secret(error);
    if let Some(path) = from {
        return SecretRef::File(path.to_owned()).read().map_err(|error| unread(error.to_string()));
    }
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Private key: ")
            .map(SecretString::from)
            .map_err(|error| unread(format!("no key was read: {error}")));
    }
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_KEY_BYTES)
        .read_to_string(&mut text)
        .map_err(|_| unread("standard input is no text".to_owned()))?;
    Ok(SecretString::from(text))
}

fn adopt_nonce(arguments: &AdoptArgs, global: &Global, output: Output) -> Result<(), CliError> {
    let house = context::house(global)?;
    let name = ChainName::new(&arguments.chain);
    let chain = house.chains.get(&name).ok_or_else(|| context::no_chain(&house, &arguments.chain))?;
    block_on(async {
        let wallet = house.wallet()?;
        let journal = Journal::open_beside(&house.journal_path()).await?;
        let adopted = adopt(&journal, chain, wallet, &arguments.reason, clock::now()).await;
        journal.close().await;
        let adopted = adopted?;
        let text = format!(
            "{wallet} on {name}: the journal's next nonce was {}, the chain's final nonce is {}; signing goes on \
             from there. {} transaction(s) of ours at the nonces taken are proven dead; `purser operations list \
             --open` shows what waits for you",
            adopted.journal,
            adopted.finalized,
            adopted.dead.len()
        );
        output.result(
            &text,
            &json!({
                "chain": name,
                "wallet": wallet.to_string(),
                "journal_nonce": adopted.journal,
                "chain_nonce": adopted.finalized,
                "dead_attempts": adopted.dead.iter().map(|id| id.0).collect::<Vec<_>>(),
            }),
        )
    })
}

fn list(folder: &Path, output: Output) -> Result<(), CliError> {
    let found = keys::list(folder)?;
    let address = |address: Option<alloy::primitives::Address>| address.map(|address| address.to_string());
    let mut text = String::new();
    for file in &found {
        let address = address(file.address).unwrap_or_else(|| "(address not in the file)".to_owned());
        text.push_str(&format!("{address}  {}\n", file.path.display()));
    }
    if found.is_empty() {
        text = format!("no keystore in {}", folder.display());
    }
    let document: Vec<Value> = found
        .iter()
        .map(|file| json!({ "address": address(file.address), "keystore": file.path.display().to_string() }))
        .collect();
    output.result(&text, &Value::Array(document))
}
