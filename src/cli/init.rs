//! `purser init`: a configuration for test networks, a new encrypted key and its password.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::chains::evm::keys::{Key, KeyError, write_private};
use crate::chains::solana::keys::Wallet;
use crate::cli::password::{NewPassword, PasswordSource};
use crate::cli::{CliError, ExitCode, Output, keys};

/// The configuration that is written, with three of its lines fitted to the arguments.
const TEMPLATE: &str = include_str!("../../config/testnet.toml");
const PROFILE_LINE: &str = "profile = \"balanced\"";
const CHAINS_LINE: &str = "chains = [\"base-sepolia\", \"arbitrum-sepolia\", \"solana\"]";
const PASSWORD_LINE: &str = "password = { file = \"password\" }";
/// The variable a typed password is expected in later.
const PASSWORD_VARIABLE: &str = "PURSER_PASSWORD";

/// A built-in profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BuiltInProfile {
    /// 60/40 over two chains, weekly.
    Conservative,
    /// 40/35/25 over three chains, daily.
    Balanced,
    /// 40/35/25 over three chains, four times a day.
    Aggressive,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Folder to write to; made if it is missing.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub dir: PathBuf,
    /// How the inventory is spread.
    #[arg(long, value_enum, default_value = "balanced")]
    pub profile: BuiltInProfile,
    /// File with the keystore's password; without one it is asked for, or generated into a file.
    #[arg(long, value_name = "PATH")]
    pub password_file: Option<PathBuf>,
}

/// Writes the files; refuses before the first one if any of them exists.
pub fn run(arguments: &InitArgs, output: Output) -> Result<ExitCode, CliError> {
    let folder = &arguments.dir;
    let config = folder.join("purser.toml");
    let keystore = folder.join("keystore.json");
    let generated = folder.join("password");
    let solana = folder.join("solana-key.json");
    let generates = arguments.password_file.is_none();
    let ours = [Some(&config), Some(&keystore), Some(&solana), generates.then_some(&generated)];
    if let Some(path) = ours.into_iter().flatten().find(|path| path.exists()) {
        return Err(KeyError::Exists(path.clone()).into());
    }
    std::fs::create_dir_all(folder).map_err(|error| CliError::File { path: folder.clone(), error })?;
    let password = NewPassword::obtain(arguments.password_file.as_deref(), &generated)?;
    let text = configuration(arguments.profile, &password.source)?;
    let key = Key::generate();
    password.keep()?;
    key.save(&keystore, &password.secret)?;
    let solana_key = Wallet::fresh();
    solana_key.save(&solana)?;
    write_private(&config, text.as_bytes())?;

    let mut document = keys::document(&key, &keystore, &password);
    if let Value::Object(table) = &mut document {
        table.insert("config".to_owned(), json!(config.display().to_string()));
        table.insert("solana_address".to_owned(), json!(solana_key.address().to_string()));
        table.insert("solana_key".to_owned(), json!(solana.display().to_string()));
    }
    let mut text = report(&config, &keystore, &key, &password);
    text.push_str(&format!("\n\nsolana:   {}\nkey:      {}", solana_key.address(), solana.display()));
    output.result(&text, &document)?;
    Ok(ExitCode::Success)
}

fn configuration(profile: BuiltInProfile, source: &PasswordSource) -> Result<String, CliError> {
    let (name, chains) = match profile {
        BuiltInProfile::Conservative => ("conservative", "chains = [\"base-sepolia\", \"arbitrum-sepolia\"]"),
        BuiltInProfile::Balanced => ("balanced", CHAINS_LINE),
        BuiltInProfile::Aggressive => ("aggressive", CHAINS_LINE),
    };
    let password = match source {
        PasswordSource::Generated(_) => PASSWORD_LINE.to_owned(),
        PasswordSource::Prompt => format!("password = {{ env = \"{PASSWORD_VARIABLE}\" }}"),
        PasswordSource::File(path) => {
            let path =
                std::path::absolute(path).map_err(|error| CliError::File { path: path.clone(), error })?;
            // Written as a TOML string, so that quotes and backslashes of the path survive.
            format!("password = {{ file = {} }}", toml::Value::String(path.display().to_string()))
        }
    };
    let text = replace_line(TEMPLATE, PROFILE_LINE, &format!("profile = \"{name}\""))?;
    let text = replace_line(&text, CHAINS_LINE, chains)?;
    replace_line(&text, PASSWORD_LINE, &password)
}

fn replace_line(text: &str, line: &'static str, new: &str) -> Result<String, CliError> {
    if text.lines().filter(|candidate| *candidate == line).count() != 1 {
        return Err(CliError::Template(line));
    }
    let lines: Vec<&str> =
        text.lines().map(|candidate| if candidate == line { new } else { candidate }).collect();
    Ok(format!("{}\n", lines.join("\n")))
}

fn report(config: &Path, keystore: &Path, key: &Key, password: &NewPassword) -> String {
    let variable = match &password.source {
        PasswordSource::Prompt => format!("\nset {PASSWORD_VARIABLE} to it before starting the daemon"),
        PasswordSource::File(_) | PasswordSource::Generated(_) => String::new(),
    };
    format!(
        "address:  {}\nconfig:   {}\nkeystore: {}\n{}{variable}\n\n\
         Back up the keystore and the password apart from each other: without both, what the address \
         holds is lost.\n\
         The configuration is for test networks and in dry-run mode: nothing is sent. Check it with\n  \
         purser --config {} config validate",
        key.address(),
        config.display(),
        keystore.display(),
        password.describe(),
        config.display(),
    )
}
