//! `purser keys` and the keystore files.

use std::path::Path;

use alloy::primitives::address;
use purser::chains::evm::keys::{Key, KeyError, list};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{fed, mode, purser};

/// A key and the address it signs for, from the web3 documentation.
const KEY: &str = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
const ADDRESS: alloy::primitives::Address = address!("2c7536E3605D9C16a7a3D7b1898e529396a65c23");

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

#[test]
fn a_key_survives_its_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key.json");
    let key = Key::from_hex(&secret(&format!("0x{KEY}\n"))).unwrap();
    assert_eq!(key.address(), ADDRESS);
    key.save(&path, &secret("password")).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(Key::open(&path, &secret("password")).unwrap().address(), ADDRESS);
    assert!(matches!(Key::open(&path, &secret("passwort")), Err(KeyError::WrongPassword(_))));
    assert!(matches!(key.save(&path, &secret("password")), Err(KeyError::Exists(_))));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(KEY) && !format!("{key:?}").contains(KEY));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no folder is left behind");
}

#[test]
fn what_is_no_key_is_refused() {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    for text in ["", "0x", &KEY[1..], &format!("{KEY}00"), &"0".repeat(64), order, &KEY.replace('4', "g")] {
        let error = Key::from_hex(&secret(text)).unwrap_err();
        assert!(matches!(error, KeyError::NotAKey));
        assert!(text.is_empty() || text == "0x" || !error.to_string().contains(text));
    }
}

/// The example keystore of the Web3 Secret Storage definition (PBKDF2).
fn published() -> Value {
    json!({
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262144, "dklen": 32, "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3
    })
}

#[test]
fn keystores_of_other_programs_open() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("other.json");
    std::fs::write(&path, published().to_string()).unwrap();
    let key = Key::open(&path, &secret("testpassword")).unwrap();
    let expected =
        Key::from_hex(&secret("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")).unwrap();
    assert_eq!(key.address(), expected.address());
    assert_eq!(list(folder.path()).unwrap()[0].address, None);
}

#[test]
fn keystores_that_would_break_or_exhaust_the_program_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bad.json");
    let scrypt = |n: u64, r: u64, p: u64| json!({ "dklen": 32, "n": n, "r": r, "p": p, "salt": "00" });
    let cases = [
        ("/version", json!(4)),
        ("/crypto/cipher", json!("aes-256-gcm")),
        ("/crypto/cipherparams/iv", json!("00")),
        ("/crypto/ciphertext", json!("00")),
        ("/crypto/ciphertext", json!("not hex")),
        ("/crypto/kdf", json!("argon2")),
        ("/crypto/kdfparams/dklen", json!(16)),
        ("/crypto/kdfparams/c", json!(4_000_000_000_u64)),
        ("/crypto/kdfparams/c", json!(0)),
        ("/crypto/kdfparams/prf", json!("hmac-md5")),
        ("/crypto", json!(null)),
    ];
    let refused = |keystore: &Value| {
        std::fs::write(&path, keystore.to_string()).unwrap();
        let error = Key::open(&path, &secret("testpassword")).unwrap_err();
        assert!(matches!(error, KeyError::NotAKeystore { .. }), "{error}: {keystore}");
    };
    for (pointer, value) in cases {
        let mut keystore = published();
        *keystore.pointer_mut(pointer).unwrap() = value;
        refused(&keystore);
    }
    for params in [
        scrypt(1 << 31, 8, 1),
        scrypt(8191, 8, 1),
        scrypt(8192, 0, 1),
        scrypt(8192, 8, 1000),
        scrypt(0, 8, 1),
        scrypt(1 << 20, 1 << 60, 1),
    ] {
        let mut keystore = published();
        keystore["crypto"]["kdf"] = json!("scrypt");
        keystore["crypto"]["kdfparams"] = params;
        refused(&keystore);
    }
    std::fs::write(&path, " ".repeat(70_000)).unwrap();
    assert!(matches!(Key::open(&path, &secret("x")), Err(KeyError::NotAKeystore { .. })));
    assert!(list(folder.path()).unwrap().is_empty());
}

#[test]
fn a_file_that_states_another_address_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("swapped.json");
    let mut keystore = published();
    keystore["address"] = json!("2c7536e3605d9c16a7a3d7b1898e529396a65c23");
    std::fs::write(&path, keystore.to_string()).unwrap();
    assert!(matches!(Key::open(&path, &secret("testpassword")), Err(KeyError::AddressMismatch(_))));
}

/// Runs a `keys` command that writes to `out`.
fn keys(command: &str, out: &Path, more: &[&str], input: &str) -> super::Ended {
    fed(&[&["--json", "keys", command, "--out", out.to_str().unwrap()], more].concat(), &[], input)
}

#[test]
fn a_new_key_has_a_generated_password_beside_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hot.json");
    let ended = keys("new", &path, &[], "");
    assert_eq!(ended.code, 0, "{}", ended.all());
    let password = folder.path().join("hot.json.password");
    assert_eq!((mode(&path), mode(&password)), (0o600, 0o600));
    let text = std::fs::read_to_string(&password).unwrap();
    assert!(!ended.all().contains(text.trim()));
    let key = Key::open(&path, &secret(text.trim())).unwrap();
    assert_eq!(ended.json()["address"], key.address().to_string());
    let again = keys("new", &path, &[], "");
    assert_eq!(again.code, 1);
    assert_eq!(Key::open(&path, &secret(text.trim())).unwrap().address(), key.address());
}

#[test]
fn a_key_is_imported_from_input_or_file() {
    let folder = TempDir::new().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "a password").unwrap();
    let with_password = ["--password-file", password.to_str().unwrap()];
    let from_input = folder.path().join("input.json");
    let ended = keys("import", &from_input, &with_password, &format!("0x{KEY}\n"));
    assert_eq!(ended.code, 0, "{}", ended.all());
    assert_eq!(ended.json()["address"], ADDRESS.to_string());
    assert!(!ended.all().contains(KEY));

    let plain = folder.path().join("plain");
    std::fs::write(&plain, KEY).unwrap();
    let from_file = folder.path().join("file.json");
    let more = [&with_password[..], &["--from", plain.to_str().unwrap()]].concat();
    assert_eq!(keys("import", &from_file, &more, "").code, 0);
    for path in [&from_input, &from_file] {
        assert_eq!(Key::open(path, &secret("a password")).unwrap().address(), ADDRESS);
    }

    let listed = purser(&["--json", "keys", "list", "--dir", folder.path().to_str().unwrap()], &[]).json();
    let addresses: Vec<&Value> = listed.as_array().unwrap().iter().map(|file| &file["address"]).collect();
    assert_eq!(addresses, [&json!(ADDRESS.to_string()); 2]);
}

#[test]
fn what_is_imported_must_be_a_key_and_is_not_repeated() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key.json");
    let wrong = KEY.replace('4', "x");
    let ended = keys("import", &path, &[], &wrong);
    assert_eq!(ended.code, 1);
    assert!(!ended.all().contains(&wrong[..20]), "{}", ended.all());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
