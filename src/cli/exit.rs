//! Exit codes: what a script may rely on.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Done.
    Success = 0,
    /// It could not be done; the message says why and what it means.
    Failure = 1,
    /// The arguments or the configuration are wrong; nothing was started.
    Usage = 2,
    /// It was done and found something of severity error.
    Findings = 3,
}

/// The table of `--help`; a test holds it against the enum.
pub const HELP: &str = "\
Exit codes:
  0  done
  1  failure; the message says why
  2  wrong arguments or configuration; nothing was started
  3  findings of severity error";

impl ExitCode {
    /// All codes.
    pub const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Usage, Self::Findings];

    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}
