//! Secrets appear nowhere: not in outputs, logs, the journal or the metrics.

use devnet::misbehave::Fault;
use devnet::proxy::ProxySettings;
use devnet::proxy::RpcFailure;

use super::{answers, edit, ended, rig, served};
use crate::support::{Rig, Setup};

const PASSWORD: &str = "canary-password-3f9a1c";
const API_KEY: &str = "canaryApiKey7d21e0b94c";

/// Everything secret of this run, in the forms it could leak in.
struct Secrets {
    texts: Vec<String>,
    key: Vec<u8>,
}

impl Secrets {
    fn check(&self, place: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        for secret in &self.texts {
            let at = text.find(&secret.to_lowercase());
            assert!(at.is_none(), "{place} holds a secret near {:?}", at.map(|at| text.split_at(at).0.len()));
        }
        assert!(!bytes.windows(self.key.len()).any(|window| window == self.key), "{place} holds the raw key");
    }
}

/// A wallet with a password of its own, and an API key in every RPC URL.
fn with_secrets(rig: &Rig) -> Secrets {
    let key = rig.devnet.manifest.wallet.private_key;
    let plain = hex::encode(key);
    let from = rig.dir().join("plain-key");
    std::fs::write(&from, &plain).unwrap();
    std::fs::write(rig.dir().join("password"), PASSWORD).unwrap();
    std::fs::remove_file(rig.dir().join("keystore.json")).unwrap();
    let (store, password) = (rig.dir().join("keystore.json"), rig.dir().join("password"));
    let imported = ended(
        rig,
        &[
            "keys",
            "import",
            "--from",
            from.to_str().unwrap(),
            "--out",
            store.to_str().unwrap(),
            "--password-file",
            password.to_str().unwrap(),
        ],
    );
    assert_eq!(imported.code, 0, "{}", imported.all());
    std::fs::remove_file(from).unwrap();
    for chain in rig.devnet.manifest.chains.values() {
        for url in &chain.rpc {
            edit(rig, &format!("\"{url}\""), &format!("\"{}/v2/{API_KEY}\"", url.trim_end_matches('/')));
        }
    }
    let secrets =
        Secrets { texts: vec![plain, PASSWORD.to_owned(), API_KEY.to_owned()], key: key.as_slice().to_vec() };
    secrets.check("keys import", imported.all().as_bytes());
    secrets
}

/// Runs every command that looks, and checks what it prints.
fn look_everywhere(rig: &Rig, secrets: &Secrets, id: &str) {
    let commands: &[&[&str]] = &[
        &["doctor"],
        &["doctor", "--offline"],
        &["plan", "--alternatives"],
        &["balances"],
        &["operations", "list"],
        &["operations", "show", id],
        &["operations", "resolve", id, "retry", "--reason", "curiosity"],
        &["config", "show"],
        &["config", "validate"],
        &["keys", "list"],
        &["halt", "--reason", "a look"],
        &["resume"],
    ];
    for command in commands {
        let text = ended(rig, command);
        secrets.check(&format!("{command:?}"), text.all().as_bytes());
        assert!(!text.all().contains("panicked"), "{}", text.all());
        let json = ended(rig, &[&["--json"], *command].concat());
        assert!(!json.json().is_null());
        secrets.check(&format!("--json {command:?}"), json.all().as_bytes());
        assert_eq!(text.code, json.code, "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_output_log_journal_or_metric() {
    let mut rig = rig(Setup::bridge()).await;
    let secrets = with_secrets(&rig);
    // A provider that quotes the key in its errors.
    let quoting = RpcFailure { code: -32000, message: format!("key {API_KEY} is over its plan"), data: None };
    rig.devnet.proxy("base", 1).set(|settings| {
        settings.errors.insert("eth_estimateGas".to_owned(), quoting.clone());
    });
    rig.start();
    let url = served(&rig).await;
    let done = rig.all_ended().await;
    assert!(done.iter().all(|one| one["state"] == "settled"), "{done:#?}");
    let id = done[0]["id"].as_str().unwrap().to_owned();
    for page in ["metrics", "livez", "readyz"] {
        let body = super::get(&format!("{url}/{page}")).await.unwrap().1;
        secrets.check(page, body.as_bytes());
    }
    // Now with everything failing in turn: errors are where secrets leak.
    let faults: [Fault; 3] = [Fault::Refuse, Fault::Garbage, Fault::Status { code: 401, retry_after: None }];
    for (fault, chain) in faults.into_iter().zip(["base", "ethereum", "arbitrum"]) {
        rig.devnet.proxy(chain, 0).set(|settings| settings.fault = fault.clone());
    }
    rig.devnet.proxy("base", 1).set(|settings| {
        settings.errors =
            [("eth_call", &quoting), ("eth_getBlockByNumber", &quoting), ("eth_chainId", &quoting)]
                .map(|(method, failure)| (method.to_owned(), failure.clone()))
                .into();
    });
    look_everywhere(&rig, &secrets, &id);
    for page in ["metrics", "readyz"] {
        let body = super::get(&format!("{url}/{page}")).await.unwrap().1;
        secrets.check(page, body.as_bytes());
    }
    for proxy in rig.devnet.proxies.values().flatten() {
        proxy.handle().set(|settings| *settings = ProxySettings::default());
    }
    answers(&format!("{url}/livez"), 200).await;
    look_everywhere(&rig, &secrets, &id);
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    secrets.check("the log", rig.log().as_bytes());

    let mut journal_files = 0;
    for entry in std::fs::read_dir(rig.dir()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Where the operator keeps them.
        if ["password", "purser.toml"].contains(&name.as_str()) {
            continue;
        }
        journal_files += usize::from(name.starts_with("journal"));
        secrets.check(&name, &std::fs::read(&path).unwrap());
    }
    assert!(journal_files > 0, "the journal was looked at");
}
