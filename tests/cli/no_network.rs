//! Every command where no network is: it ends soon, and says what is missing.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Ended, purser, shipped};

/// Nothing waits for a network that refuses at once.
const SOON: Duration = Duration::from_secs(30);

const PASSWORD: &str = "a long enough password";

/// A folder with this shipped configuration and a wallet of its own.
struct Operator {
    folder: TempDir,

    /// A proxy for everything, where nobody listens.
    nowhere: String,
}

impl Operator {
    fn new(name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::copy(shipped(name), folder.path().join("purser.toml")).unwrap();
        // The port was free a moment ago and is refused from now on.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { folder, nowhere: format!("http://{address}") }
    }

    fn with_wallet(name: &str) -> Self {
        let operator = Self::new(name);
        let password = operator.path("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let store = operator.path("keystore.json");
        let made = operator.run(&[
            "keys",
            "new",
            "--out",
            store.to_str().unwrap(),
            "--password-file",
            password.to_str().unwrap(),
        ]);
        assert_eq!(made.code, 0, "{}", made.all());
        let solana = operator.path("solana-key.json");
        let made = operator.run(&["keys", "new-solana", "--out", solana.to_str().unwrap()]);
        assert_eq!(made.code, 0, "{}", made.all());
        operator
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command that must end soon, without a panic.
    fn run(&self, arguments: &[&str]) -> Ended {
        let config = self.path("purser.toml");
        let config = config.to_str().unwrap();
        let proxies = [
            ("ALL_PROXY", self.nowhere.as_str()),
            ("HTTPS_PROXY", &self.nowhere),
            ("HTTP_PROXY", &self.nowhere),
            // Where the example for main networks keeps it.
            ("PURSER_PASSWORD", PASSWORD),
        ];
        let started = Instant::now();
        let ended = purser(&[&["--config", config], arguments].concat(), &proxies);
        assert!(started.elapsed() < SOON, "{arguments:?} took {:?}", started.elapsed());
        assert!(!ended.all().contains("panicked"), "{}", ended.all());
        ended
    }
}

/// What `doctor` says of one subject.
fn finding(document: &serde_json::Value, subject: &str) -> serde_json::Value {
    let findings = document["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["subject"].as_str().unwrap().contains(subject));
    found.unwrap_or_else(|| panic!("nothing about {subject}: {document:#}")).clone()
}

fn chains(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(shipped(name)).unwrap();
    let document: toml::Table = text.parse().unwrap();
    document["chains"].as_table().unwrap().keys().cloned().collect()
}

fn every_command_says_what_is_missing(name: &str) {
    let operator = Operator::with_wallet(name);
    let doctor = operator.run(&["--json", "doctor"]);
    assert_eq!(doctor.code, 3, "{}", doctor.all());
    let document = doctor.json();
    for subject in chains(name).iter().map(String::as_str).chain(["price of USDC", "price of ETH", "Iris at"])
    {
        let found = finding(&document, subject);
        assert_eq!(found["severity"], "error", "{found}");
        assert!(!found["fix"].as_str().unwrap().is_empty(), "{found}");
    }
    assert_eq!(finding(&document, "wallet")["severity"], "ok");
    let text = operator.run(&["doctor"]);
    assert_eq!((text.code, text.out.contains("fix: ")), (3, true), "{}", text.all());
    assert_eq!(operator.run(&["doctor", "--offline"]).code, 0);

    let plan = operator.run(&["plan"]);
    assert_eq!(plan.code, 3, "{}", plan.all());
    for chain in chains(name) {
        assert!(plan.out.contains(&format!("{chain:<12} cannot be read")), "{chain}: {}", plan.all());
    }
    assert!(plan.out.contains("USDC         has no usable price"), "{}", plan.all());
    assert!(plan.out.contains("refused: "), "{}", plan.all());
    assert!(operator.run(&["--json", "plan"]).json()["plan"].is_null());

    let chain = &chains(name)[0];
    let sale = ["convert", "--chain", chain, "--sell", "1 USDC", "--for", "WETH"];
    let convert = operator.run(&sale);
    assert!(matches!(convert.code, 2 | 3), "{}", convert.all());
    let words = if convert.code == 3 { "refused: " } else { "there is no asset `WETH`" };
    assert!(convert.all().contains(words), "{}", convert.all());

    let balances = operator.run(&["balances"]);
    assert_eq!(balances.code, 3, "{}", balances.all());
    assert!(balances.out.contains("problem: "), "{}", balances.all());
    let document = operator.run(&["--json", "balances"]).json();
    assert_eq!(document["inside_bands"], false);

    let once = operator.run(&["run", "--once"]);
    assert_eq!(once.code, 1, "{}", once.all());
    assert!(once.err.contains("nothing was sent"), "{}", once.all());
    assert!(!once.err.contains('\u{1b}'), "colours are for a terminal: {:?}", once.err);

    assert_eq!(operator.run(&["operations", "list"]).code, 0);
    assert_eq!(operator.run(&["halt", "--reason", "no network"]).code, 0);
    assert_eq!(operator.run(&["resume"]).code, 0);
    assert_eq!(operator.run(&["config", "validate"]).code, 0);
    assert_eq!(operator.run(&["config", "show"]).code, 0);
}

#[test]
fn test_networks_without_a_network() {
    every_command_says_what_is_missing("testnet.toml");
}

#[test]
fn main_networks_without_a_network() {
    every_command_says_what_is_missing("mainnet.toml");
}

#[test]
fn without_a_wallet_either_everything_is_said_at_once() {
    let operator = Operator::new("testnet.toml");
    let plan = operator.run(&["plan"]);
    assert_eq!(plan.code, 3, "{}", plan.all());
    assert!(plan.out.contains("there is no wallet") && plan.out.contains("keys new"), "{}", plan.all());
    assert!(plan.out.contains("cannot be read"), "{}", plan.all());
    let doctor = operator.run(&["--json", "doctor"]);
    assert_eq!(doctor.code, 3, "{}", doctor.all());
    let wallet = finding(&doctor.json(), "wallet");
    assert_eq!(wallet["severity"], "error");
    assert!(wallet["fix"].as_str().unwrap().contains("keys new"), "{wallet}");
    for command in [&["balances"][..], &["run"], &["run", "--once"]] {
        let ended = operator.run(command);
        assert_eq!(ended.code, 1, "{}", ended.all());
        assert!(ended.err.contains("password") || ended.err.contains("keystore"), "{}", ended.all());
    }
}

#[test]
fn files_that_are_damaged_or_wrong_are_named_offline() {
    let operator = Operator::with_wallet("testnet.toml");
    let offline = || operator.run(&["--json", "doctor", "--offline"]);
    let sound = offline();
    assert_eq!((sound.code, &sound.json()["worst"]), (0, &"ok".into()), "{}", sound.all());

    std::fs::write(operator.path("password"), "another password").unwrap();
    let wrong = offline();
    let wallet = finding(&wrong.json(), "wallet");
    assert_eq!((wrong.code, &wallet["severity"]), (3, &"error".into()), "{}", wrong.all());
    assert!(wallet["text"].as_str().unwrap().contains("password"), "{wallet}");
    assert!(wallet["fix"].as_str().unwrap().contains("wallet.password"), "{wallet}");
    assert!(!wrong.all().contains("another password"), "{}", wrong.all());
    std::fs::write(operator.path("password"), PASSWORD).unwrap();

    std::fs::rename(operator.path("keystore.json"), operator.path("elsewhere.json")).unwrap();
    let missing = offline();
    let wallet = finding(&missing.json(), "wallet");
    assert_eq!((missing.code, &wallet["severity"]), (3, &"error".into()), "{}", missing.all());
    assert!(wallet["text"].as_str().unwrap().contains("keystore.json"), "{wallet}");
    assert!(wallet["fix"].as_str().unwrap().contains("purser keys new"), "{wallet}");
    std::fs::rename(operator.path("elsewhere.json"), operator.path("keystore.json")).unwrap();

    assert_eq!(operator.run(&["halt", "--reason", "a look inside"]).code, 0);
    let halted = offline();
    let found = finding(&halted.json(), "journal");
    assert_eq!((halted.code, &found["severity"]), (0, &"warning".into()), "{}", halted.all());
    assert!(found["text"].as_str().unwrap().contains("halted: a look inside"), "{found}");
    assert!(found["fix"].as_str().unwrap().contains("purser resume"), "{found}");
    assert_eq!(operator.run(&["resume"]).code, 0);

    damage(&operator.path("data").join("journal.sqlite"));
    let damaged = offline();
    let found = finding(&damaged.json(), "journal");
    assert_eq!((damaged.code, &found["severity"]), (3, &"error".into()), "{}", damaged.all());
    assert!(found["fix"].as_str().unwrap().contains("do not start the daemon"), "{found}");
    // And the daemon does not start on it.
    let run = operator.run(&["run", "--once"]);
    assert_eq!(run.code, 1, "{}", run.all());
}

/// Overwrites every page but the first, and leaves no log that could repair it.
fn damage(journal: &Path) {
    let mut bytes = std::fs::read(journal).unwrap();
    let page = 4096.min(bytes.len());
    for byte in bytes.iter_mut().skip(page) {
        *byte = 0xA5;
    }
    if bytes.len() == page {
        bytes.iter_mut().skip(100).for_each(|byte| *byte = 0xA5);
    }
    std::fs::write(journal, bytes).unwrap();
    for suffix in ["-wal", "-shm"] {
        let mut beside = journal.as_os_str().to_owned();
        beside.push(suffix);
        let _ = std::fs::remove_file(beside);
    }
}
