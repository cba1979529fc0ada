//! The `purser` binary: arguments in, exit code out.

fn main() -> std::process::ExitCode {
    purser::cli::main(std::env::args_os()).into()
}
