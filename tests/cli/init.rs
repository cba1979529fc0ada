//! `purser init`.

use std::path::Path;

use purser::chains::evm::keys::Key;
use purser::config::SecretRef;
use tempfile::TempDir;

use super::{mode, purser};

fn init(folder: &Path, more: &[&str]) -> super::Ended {
    purser(&[&["--json", "init", "--dir", folder.to_str().unwrap()], more].concat(), &[])
}

#[test]
fn what_init_writes_is_valid_closed_and_opens() {
    for (profile, targets) in [("conservative", 2), ("balanced", 3), ("aggressive", 3)] {
        let temporary = TempDir::new().unwrap();
        let folder = temporary.path().join("new").join("deep");
        let ended = init(&folder, &["--profile", profile]);
        assert_eq!(ended.code, 0, "{}", ended.all());
        let written = ended.json();

        let config = folder.join("purser.toml");
        assert_eq!(written["config"], config.to_str().unwrap());
        let checked = purser(&["--json", "--config", config.to_str().unwrap(), "config", "validate"], &[]);
        assert_eq!(checked.code, 0, "{}", checked.all());
        assert_eq!(checked.json()["mode"], "dry-run");
        assert_eq!(checked.json()["targets"].as_array().unwrap().len(), targets);

        for file in ["purser.toml", "keystore.json", "password", "solana-key.json"] {
            assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
        }
        let mut names: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let expected = ["keystore.json", "password", "purser.toml", "solana-key.json"];
        assert_eq!(names, expected, "nothing else is left behind");

        let wallet = purser::config::Config::load_with(&config, []).unwrap().config.wallet;
        assert_eq!(wallet.password, SecretRef::File(folder.join("password")));
        let key = Key::open(&wallet.keystore, &wallet.password.read().unwrap()).unwrap();
        assert_eq!(written["address"], key.address().to_string());

        let password = std::fs::read_to_string(folder.join("password")).unwrap();
        assert_eq!(password.trim().len(), 64, "256 random bits");
        assert!(!ended.all().contains(password.trim()), "{}", ended.all());
    }
}

#[test]
fn a_second_init_refuses_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    assert_eq!(init(folder.path(), &[]).code, 0);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let before = ["purser.toml", "keystore.json", "password", "solana-key.json"].map(read);
    let again = init(folder.path(), &[]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("left as it is"), "{}", again.err);
    assert_eq!(["purser.toml", "keystore.json", "password", "solana-key.json"].map(read), before);
}

#[test]
fn any_one_of_the_files_stops_init_before_it_writes() {
    for file in ["purser.toml", "keystore.json", "password", "solana-key.json"] {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join(file), "mine").unwrap();
        assert_eq!(init(folder.path(), &[]).code, 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(folder.path().join(file)).unwrap(), "mine");
    }
}

#[test]
fn a_password_file_of_the_operators_is_used_and_referred_to() {
    let folder = TempDir::new().unwrap();
    let odd = folder.path().join("a \"quoted\" name");
    std::fs::write(&odd, "correct horse battery staple\n").unwrap();
    let target = folder.path().join("target");
    let ended = init(&target, &["--password-file", odd.to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{}", ended.all());
    assert!(!target.join("password").exists());
    let wallet = purser::config::Config::load_with(&target.join("purser.toml"), []).unwrap().config.wallet;
    assert_eq!(wallet.password, SecretRef::File(odd));
    Key::open(&wallet.keystore, &"correct horse battery staple".to_owned().into()).unwrap();
}

#[test]
fn a_password_file_without_a_password_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let target = folder.path().join("target");
    for file in [empty, folder.path().join("missing"), "/dev/zero".into()] {
        let ended = init(&target, &["--password-file", file.to_str().unwrap()]);
        assert_eq!(ended.code, 1, "{}", ended.all());
        assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
    }
}
