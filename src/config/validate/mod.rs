//! Rules over the whole configuration that types cannot state.

mod arbitrage;
mod assets;
mod chains;
mod cross_chain;
mod goal;
mod jupiter;
mod limits;
mod oneinch;
mod solana;
mod uniswap;

use alloy::primitives::Address;
use tokio_cron_scheduler::JobBuilder;

use crate::config::document::Node;
use crate::config::path::KeyPath;
use crate::config::{Config, Problem, Url};

/// Everything that breaks a rule.
pub(crate) fn problems(config: &Config, tree: &Node) -> Vec<Problem> {
    let mut check = Check { config, tree, problems: Vec::new() };
    chains::check(&mut check);
    oneinch::check(&mut check);
    solana::check(&mut check);
    assets::check(&mut check);
    goal::check(&mut check);
    cross_chain::check(&mut check);
    limits::check(&mut check);
    check.problems
}

/// Addresses in mixed case whose EIP-55 checksum is wrong: one digit was mistyped.
pub(crate) fn checksums(tree: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    tree.walk(&KeyPath::root(), &mut |path, node| {
        let Some(digits) = node.as_text().and_then(|text| text.strip_prefix("0x")) else { return };
        let mixed = digits.bytes().any(|byte| byte.is_ascii_lowercase())
            && digits.bytes().any(|byte| byte.is_ascii_uppercase());
        let hex = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex && mixed && Address::parse_checksummed(format!("0x{digits}"), None).is_err() {
            problems.push(Problem {
                origin: node.origin.clone(),
                key: path.to_string(),
                message: "the address's checksum is wrong; a digit was mistyped".to_owned(),
            });
        }
    });
    problems
}

/// What is checked and what was found.
struct Check<'c> {
    config: &'c Config,
    tree: &'c Node,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn refuse(&mut self, path: &KeyPath, message: impl Into<String>) {
        self.problems.push(Problem {
            origin: self.tree.origin_near(path),
            key: path.to_string(),
            message: message.into(),
        });
    }

    fn refuse_if(&mut self, wrong: bool, path: &KeyPath, message: &str) {
        if wrong {
            self.refuse(path, message);
        }
    }

    /// A plain URL must be http(s) with a host and without user, password or fragment.
    fn url(&mut self, path: &KeyPath, url: &Url) {
        self.address(path, url, ["http", "https"]);
    }

    /// The same for ws(s).
    fn socket_url(&mut self, path: &KeyPath, url: &Url) {
        self.address(path, url, ["ws", "wss"]);
    }

    fn address(&mut self, path: &KeyPath, url: &Url, [plain, tls]: [&str; 2]) {
        let Url::Plain(text) = url else { return };
        let Ok(parsed) = reqwest::Url::parse(text) else {
            return self.refuse(path, format!("not a URL; expected {plain}:// or {tls}:// and a host"));
        };
        if ![plain, tls].contains(&parsed.scheme()) || !parsed.has_host() {
            self.refuse(path, format!("not a web address; expected {plain}:// or {tls}:// and a host"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            let message = "a user and password must not be in the file; keep the URL elsewhere and write \
                           { env = \"NAME\" } or { file = \"PATH\" }";
            self.refuse(path, message);
        }
    }

    /// A schedule is read by the same parser that will run it.
    fn schedule(&mut self, path: &KeyPath, text: &str) {
        if JobBuilder::new().with_schedule(text).is_err() {
            let message = "not a cron expression with six fields: second minute hour day month weekday, in UTC, \
                           as in \"0 0 6 * * *\"";
            self.refuse(path, message);
        }
    }
}
