//! Arguments, help, exit codes.

use purser::cli::ExitCode;

use super::{purser, shipped};

#[test]
fn help_lists_every_exit_code() {
    let help = purser(&["--help"], &[]);
    assert_eq!(help.code, 0);
    for code in ExitCode::ALL {
        assert!(help.out.contains(&format!("\n  {}  ", code.code())), "{}", help.out);
    }
}

#[test]
fn wrong_arguments_end_with_two() {
    for arguments in
        [&["dance"][..], &[], &["config"], &["config", "show", "extra"], &["init", "--profile", "wild"]]
    {
        let ended = purser(arguments, &[]);
        assert_eq!(ended.code, i32::from(ExitCode::Usage.code()), "{arguments:?}: {}", ended.all());
        assert!(ended.out.is_empty());
    }
}

#[test]
fn a_key_given_as_an_argument_is_not_repeated() {
    let key = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
    for arguments in [
        &["keys", "import", key][..],
        &["keys", "import", &format!("0x{key}")],
        &["keys", "import", &format!("--key={key}")],
        &["init", &format!("--key=0x{key}")],
        &[key],
    ] {
        let ended = purser(arguments, &[]);
        assert_eq!(ended.code, 2);
        assert!(!ended.all().contains(key), "{}", ended.all());
        assert!(ended.err.contains("take this key out of use"), "{}", ended.err);
    }
}

#[test]
fn completions_are_scripts_for_the_shell() {
    for (shell, piece) in [("bash", "_purser()"), ("zsh", "#compdef purser"), ("fish", "complete -c purser")]
    {
        let ended = purser(&["completions", shell], &[]);
        assert_eq!(ended.code, 0);
        assert!(ended.out.contains(piece) && ended.out.contains("validate"), "{shell}: {}", ended.out);
    }
}

#[test]
fn the_configuration_file_is_an_argument_a_variable_or_purser_toml() {
    let path = shipped("testnet.toml");
    let path = path.to_str().unwrap();
    assert_eq!(purser(&["--config", path, "config", "validate"], &[]).code, 0);
    assert_eq!(purser(&["config", "validate", "--config", path], &[]).code, 0);
    assert_eq!(purser(&["config", "validate"], &[("PURSER_CONFIG", path)]).code, 0);
    let missing = purser(&["config", "validate"], &[]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("purser.toml cannot be read"), "{}", missing.err);
}
