//! The daemon as a process, and its command line as the way to ask it.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::error::Error;

/// How long one command may take.
const COMMAND: Duration = Duration::from_secs(60);
/// How long the daemon may take to end after SIGTERM.
const DRAIN: Duration = Duration::from_secs(30);

/// The daemon under demonstration.
pub(super) struct Daemon {
    purser: PathBuf,
    config: PathBuf,
    log: PathBuf,
    child: Option<Child>,
}

impl Daemon {
    pub(super) fn new(purser: &Path, config: &Path, dir: &Path) -> Self {
        Self { purser: purser.into(), config: config.into(), log: dir.join("purser.log"), child: None }
    }

    pub(super) fn config(&self) -> &Path {
        &self.config
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// The address in the configuration.
    pub(super) fn listen(&self) -> String {
        let text = std::fs::read_to_string(&self.config).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("listen = "));
        line.map(|value| value.trim_matches('"').to_owned()).unwrap_or_default()
    }

    /// Starts `purser run` with its log in a file, behind what an earlier run logged.
    pub(super) fn start(&mut self) -> Result<(), Error> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(|source| Error::File { path: self.log.clone(), source })?;
        let child = self
            .command(&["run"])
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| Error::File { path: self.purser.clone(), source })?;
        self.child = Some(child);
        Ok(())
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        let Some(child) = &mut self.child else { return Ok(None) };
        child.try_wait().map_err(|source| Error::File { path: self.purser.clone(), source })
    }

    /// Asks it to end in order; `true` when it did so with exit code 0.
    pub(super) async fn stop(&mut self) -> Result<bool, Error> {
        let Some(mut child) = self.child.take() else { return Ok(true) };
        if let Some(pid) = child.id() {
            let _ = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await;
        }
        match tokio::time::timeout(DRAIN, child.wait()).await {
            Ok(Ok(status)) => Ok(status.success()),
            Ok(Err(source)) => Err(Error::File { path: self.purser.clone(), source }),
            Err(_) => Ok(false),
        }
    }

    /// The end of its log.
    pub(super) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// How often it has logged `text`, in all its runs.
    pub(super) fn heard(&self, text: &str) -> usize {
        std::fs::read_to_string(&self.log).unwrap_or_default().matches(text).count()
    }

    /// What a command prints for people.
    pub(super) async fn text(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.output(arguments).await?;
        Ok(String::from_utf8_lossy(&output).trim_end().to_owned())
    }

    /// What a command prints for programs.
    pub(super) async fn json(&self, arguments: &[&str]) -> Result<Value, Error> {
        let arguments: Vec<&str> = ["--json"].iter().chain(arguments).copied().collect();
        let output = self.output(&arguments).await?;
        serde_json::from_slice(&output).map_err(|error| Error::Demo {
            reason: format!("`purser {}` printed no JSON ({error})", arguments.join(" ")),
        })
    }

    /// Every operation with its timeline, oldest first.
    pub(super) async fn operations(&self) -> Result<Vec<Value>, Error> {
        let list = self.json(&["operations", "list"]).await?;
        let mut shown = Vec::new();
        for entry in list["operations"].as_array().into_iter().flatten() {
            if let Some(id) = entry["id"].as_str() {
                shown.push(self.json(&["operations", "show", id]).await?);
            }
        }
        shown.sort_by(|a, b| a["operation"]["id"].as_str().cmp(&b["operation"]["id"].as_str()));
        Ok(shown)
    }

    /// Every decision whose plan was accepted, oldest first.
    pub(super) async fn decisions(&self) -> Result<Vec<Value>, Error> {
        let list = self.json(&["decisions", "list"]).await?;
        let mut shown = Vec::new();
        for entry in list["decisions"].as_array().into_iter().flatten().rev() {
            if entry["outcome"] == "accepted" {
                shown.push(self.json(&["decisions", "show", &entry["number"].to_string()]).await?);
            }
        }
        Ok(shown)
    }

    async fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Error> {
        let mut command = self.command(arguments);
        let run = command.stdin(Stdio::null()).output();
        let output = tokio::time::timeout(COMMAND, run)
            .await
            .map_err(|_| Error::Demo { reason: format!("`purser {}` did not end", arguments.join(" ")) })?
            .map_err(|source| Error::File { path: self.purser.clone(), source })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Error::Demo {
            reason: format!("`purser {}` ended with {}:\n{words}", arguments.join(" "), output.status),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.purser);
        command.arg("--config").arg(&self.config).args(arguments);
        command
    }
}
