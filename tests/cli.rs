//! The command line, through the binary itself.

mod arguments;
mod backtest;
mod config;
mod convert;
mod init;
mod keys;
mod no_network;
mod on_chain;
mod solve;

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// How the binary ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    /// Everything that was printed.
    fn all(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    /// The one JSON document on standard output.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.all()))
    }
}

/// Runs the binary with no terminal, no input and only these variables.
fn purser(arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    fed(arguments, environment, "")
}

/// Runs the binary with this standard input.
fn fed(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_purser"))
        .args(arguments.iter().map(OsStr::new))
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// A file of `config/`.
fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

/// Permission bits of a file.
fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
