//! Writing results: text for people, one JSON document for programs.

use std::io::{self, Write as _};

use serde_json::Value;

use crate::cli::CliError;

/// How results are written.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
}

impl Output {
    /// Writes a result in the form that was asked for.
    pub fn result(self, text: &str, json: &Value) -> Result<(), CliError> {
        if self.json { Self::raw(&format!("{json:#}")) } else { Self::raw(text) }
    }

    /// Writes text as it is, with a line end.
    pub fn raw(text: &str) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()).or_else(closed)
    }

    /// Writes an error: text to standard error, and with `--json` the document to standard output.
    pub fn error(self, error: &CliError) {
        // There is nowhere left to say that saying it failed.
        let _ = writeln!(io::stderr().lock(), "error: {error}");
        if self.json {
            let _ = Self::raw(&format!("{:#}", error.to_json()));
        }
    }
}

/// A reader that has seen enough (`| head`) is no failure.
fn closed(error: io::Error) -> Result<(), CliError> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(CliError::Output(error)) }
}
