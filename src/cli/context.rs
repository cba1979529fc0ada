//! What several commands need: the parts, the journal, numbers for programs.

use std::fs::{File, TryLockError};

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use crate::cli::{CliError, Global};
use crate::config::Config;
use crate::config::solana::CHAIN as SOLANA;
use crate::domain::Usd;
use crate::domain::amount::format_fixed;
use crate::journal::Journal;
use crate::run::House;

/// Loads the configuration and puts the parts together.
pub fn house(global: &Global) -> Result<House, CliError> {
    Ok(House::build(Config::load(&global.config)?.config)?)
}

/// What is wrong with naming a chain that is not configured.
pub fn no_chain(house: &House, name: &str) -> CliError {
    let solana = house.config.solana.iter().map(|_| SOLANA);
    let known: Vec<&str> = house.config.chains.keys().map(String::as_str).chain(solana).collect();
    CliError::NoChain { name: name.to_owned(), known: known.join(", ") }
}

/// Whether `name` is a configured chain.
pub fn is_chain(house: &House, name: &str) -> bool {
    house.config.chains.contains_key(name) || (house.config.solana.is_some() && name == SOLANA)
}

/// Decimals of the tokens of the chain `name`, by asset; `None` when there is no such chain.
pub fn tokens<'h>(house: &'h House, name: &str) -> Option<BTreeMap<&'h str, u8>> {
    if let Some(chain) = house.config.chains.get(name) {
        return Some(chain.tokens.iter().map(|(asset, token)| (asset.as_str(), token.decimals)).collect());
    }
    let solana = house.config.solana.as_ref().filter(|_| name == SOLANA)?;
    Some(solana.tokens.iter().map(|(asset, token)| (asset.as_str(), token.decimals)).collect())
}

/// The journal for reading; `None` when the daemon never ran.
pub async fn journal_if_any(house: &House) -> Result<Option<Journal>, CliError> {
    let path = house.journal_path();
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(Journal::open_read_only(&path).await?))
}

/// Whether a daemon holds the journal. Its lock goes with its process, however that ends.
pub fn daemon_runs(house: &House) -> bool {
    let mut lock = house.journal_path().into_os_string();
    lock.push(".lock");
    let tried = File::open(lock).map(|file| file.try_lock_shared());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

/// Dollars as a JSON number with all its digits.
pub fn usd_json(usd: Usd) -> Value {
    let sign = if usd.micros() < 0 { "-" } else { "" };
    let text = format!("{sign}{}", format_fixed(usd.micros().unsigned_abs(), 6));
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// Dollars for people, to the cent, or finer when it is less than one.
pub fn usd_text(usd: Usd) -> String {
    let sign = if usd.micros() < 0 { "-" } else { "" };
    let micros = usd.micros().unsigned_abs();
    let decimals: u32 = if micros >= 1_000_000 || micros == 0 { 2 } else { 6 };
    let unit = 10_u128.saturating_pow(6_u32.saturating_sub(decimals));
    let scaled = micros.div_euclid(unit);
    let one = 10_u128.saturating_pow(decimals);
    let (whole, fraction) = (scaled.div_euclid(one), scaled.rem_euclid(one));
    let width = usize::try_from(decimals).unwrap_or(0);
    format!("{sign}${whole}.{fraction:0width$}")
}

/// Millionths as a percentage for people.
pub fn percent_text(ppm: i64) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let hundredths = ppm.unsigned_abs().div_euclid(100);
    format!("{sign}{}.{:02} %", hundredths.div_euclid(100), hundredths.rem_euclid(100))
}
