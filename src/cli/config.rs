//! `purser config validate | show | schema`.

use std::path::Path;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::{CliError, ExitCode, Global, Output};
use crate::config::{Config, Entry, Loaded, Mode, Origin};

/// The subcommands of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the file and report everything that is wrong with it.
    Validate,
    /// Print every effective value and where it comes from; secrets are never shown.
    Show,
    /// Print the JSON schema of the file.
    Schema,
}

/// Runs the subcommand.
pub fn run(command: &ConfigCommand, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    match command {
        ConfigCommand::Validate => validate(&Config::load(&global.config)?, &global.config, output)?,
        ConfigCommand::Show => show(&Config::load(&global.config)?, &global.config, output)?,
        ConfigCommand::Schema => Output::raw(&format!("{:#}", schemars::schema_for!(Config).as_value()))?,
    }
    Ok(ExitCode::Success)
}

fn validate(loaded: &Loaded, path: &Path, output: Output) -> Result<(), CliError> {
    let config = &loaded.config;
    let mode = match config.mode {
        Mode::DryRun => "dry-run",
        Mode::Live => "live",
    };
    let chains: Vec<&str> = config.chains.keys().map(String::as_str).collect();
    let mut text = format!("{} is valid: mode {mode}, chains {}\n", path.display(), chains.join(", "));
    for target in config.targets() {
        text.push_str(&format!(
            "  {} of the inventory as {} on {}\n",
            target.weight, target.asset, target.chain
        ));
    }
    let document = json!({
        "valid": true,
        "path": path.display().to_string(),
        "mode": mode,
        "chains": chains,
        "targets": config.targets(),
        "schedule": config.schedule(),
    });
    output.result(&text, &document)
}

fn show(loaded: &Loaded, path: &Path, output: Output) -> Result<(), CliError> {
    let entries = loaded.provenance.entries();
    let width = entries.iter().map(|entry| entry.key.len()).max().unwrap_or(0);
    let mut text = String::new();
    for entry in entries {
        let Entry { key, value, origin } = entry;
        text.push_str(&format!("{key:width$} = {}  # {}\n", shown(value), place(origin, path)));
    }
    let document: Vec<Value> = entries
        .iter()
        .map(|Entry { key, value, origin }| json!({ "key": key, "value": value, "origin": place(origin, path) }))
        .collect();
    output.result(&text, &Value::Array(document))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn place(origin: &Origin, path: &Path) -> String {
    match origin {
        Origin::File { line, column: _ } => format!("{}:{line}", path.display()),
        Origin::Default
        | Origin::BuiltIn
        | Origin::Network(_)
        | Origin::Known(_)
        | Origin::Cluster
        | Origin::Environment(_) => origin.to_string(),
    }
}
