//! The demonstration: the real daemon, live, on the local network, until its inventory is where
//! it should be. Everything shown is asked of the daemon's own command line.

mod between;
mod daemon;
mod gap;
mod report;
mod scene;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Devnet;
use crate::error::Error;
use crate::operator;

use daemon::Daemon;
use gap::Gap;

/// How long the inventory may take to come into its bands.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often the daemon is asked.
const LOOK: Duration = Duration::from_millis(500);
/// What the daemon logs when it has read all pools.
const FOLLOWS: &str = "arbitrage follows the chain";
/// And when it has seen all chains.
const FOLLOWS_ALL: &str = "arbitrage between chains follows them";

/// What to do.
#[derive(Debug, Clone)]
pub struct Demo {
    /// The daemon's binary.
    pub purser: PathBuf,
    /// The program of the Solana chain.
    pub devnet_solana: PathBuf,
    /// Address of metrics and health; port 0 lets the system choose.
    pub listen: String,
    /// Folder for configuration, journal and log.
    pub dir: PathBuf,
    /// End when the inventory is in its bands; otherwise go on until told to stop.
    pub once: bool,
    /// End with one JSON object on standard output.
    pub json: bool,
}

impl Demo {
    /// Runs it. `true` when every target was reached and every unit is accounted for.
    ///
    /// # Errors
    /// [`Error`] if the network or the daemon does not start, or the daemon's answers cannot be read.
    pub async fn run(&self) -> Result<bool, Error> {
        let started = Instant::now();
        self.say(
            "Starting three local EVM chains with Uniswap, 1inch and CCTP, a Solana chain with Jupiter and CCTP, \
             Iris and price servers",
        );
        let devnet = Devnet::start(scene::options(&self.devnet_solana)).await?;
        devnet.manifest.write(&self.dir)?;
        scene::terms(&devnet).await?;
        let routes = gap::contract(&devnet).await?;
        between::fund(&devnet).await?;
        let choices = scene::choices(&self.listen);
        let config = operator::write(&devnet.manifest, &self.dir, &choices)?;
        let mut daemon = Daemon::new(&self.purser, &config, &self.dir);

        self.say("Inventory before");
        self.show(&daemon.text(&["balances"]).await?);
        self.say("The plan, explained; nothing is sent (`purser plan`)");
        self.show(&daemon.text(&["plan"]).await?);

        self.say("Starting the daemon, live (`purser run`)");
        daemon.start()?;
        let mut reached = self.until_balanced(&mut daemon, 0).await?;
        if reached {
            let done = daemon.operations().await?.len();
            reached =
                self.deposit(&devnet, &mut daemon).await? && self.until_balanced(&mut daemon, done).await?;
        }
        let mut gap = None;
        if reached {
            let choices = gap::choices(choices, routes);
            operator::write(&devnet.manifest, &self.dir, &choices)?;
            gap = self.arbitrage(&devnet, &mut daemon).await?;
            operator::write(&devnet.manifest, &self.dir, &between::choices(choices))?;
            self.between_chains(&devnet, &mut daemon).await?;
        }

        let balances = daemon.json(&["balances"]).await?;
        let (operations, decisions) = (daemon.operations().await?, daemon.decisions().await?);
        self.say("What happened, operation by operation");
        for operation in &operations {
            self.show(&report::timeline(operation));
        }
        self.say("What the venues quoted, and why the plans are as they are (`purser decisions show`)");
        for decision in &decisions {
            self.show(&daemon.text(&["decisions", "show", &decision["number"].to_string()]).await?);
        }
        self.say("The gap that the third party opened, and the one transaction that closed it");
        let closed = gap.as_ref().and_then(|gap| Some((gap, gap.closed(&operations)?)));
        self.show(&closed.as_ref().map_or_else(|| "none".to_owned(), |(gap, closed)| closed.text(gap)));
        self.say("The gap that the third party opened between two chains, and the legs that closed it");
        let between = between::Closed::of(&operations);
        self.show(&between.as_ref().map_or_else(|| "none".to_owned(), between::Closed::text));
        self.say("Quoted against realised cost");
        self.show(&report::costs(&operations));
        self.say("Inventory after");
        self.show(&daemon.text(&["balances"]).await?);
        self.say("Conservation: on chain + in flight − what the ledger expects");
        let conservation = balances.get("conservation").cloned().unwrap_or(Value::Null);
        self.show(&report::conservation(&conservation));
        let conserved = report::is_conserved(&conservation);
        let mut missing = report::missing(&operations, &decisions);
        if closed.is_none() {
            missing.push(
                "a gap at a V2, a V3 and a V4 pool closed by one transaction, with the profit as planned",
            );
        }
        if between.is_none() {
            missing.push("a gap between two chains closed on both, with the profit as planned");
        }
        if !missing.is_empty() {
            self.say(&format!("NOT shown: {}", missing.join(", ")));
        }
        self.say(&format!(
            "{} after {:.1} s",
            if reached { "Every target reached" } else { "Targets NOT reached" },
            started.elapsed().as_secs_f64()
        ));

        if !self.once {
            self.urls(&devnet, &daemon);
            tokio::signal::ctrl_c()
                .await
                .map_err(|source| Error::Server { server: "signal".into(), source })?;
        }
        let clean = daemon.stop().await?;
        if !clean {
            self.say("The daemon did not end cleanly; see its log");
        }
        devnet.stop().await;
        if self.json {
            let mut summary = report::summary(reached, &conservation, &operations, &decisions);
            summary["arbitrage"] = closed.map_or(Value::Null, |(gap, closed)| closed.summary(gap));
            summary["cross_chain"] = between.map_or(Value::Null, |closed| closed.summary());
            println!("{summary}");
        }
        Ok(reached && conserved && missing.is_empty() && clean)
    }

    /// Somebody pays the operator in USDC on Solana, who books it while the daemon is down: that way
    /// nothing is done with the money before it is accounted for.
    async fn deposit(&self, devnet: &Devnet, daemon: &mut Daemon) -> Result<bool, Error> {
        self.say("Somebody pays in USDC on Solana; the operator books it while the daemon is down");
        if !daemon.stop().await? {
            return Ok(false);
        }
        scene::deposit(devnet).await?;
        let booking =
            ["ledger", "book", "--chain", "solana", "--asset", "USDC", "--reason", "a customer paid"];
        self.show(&daemon.text(&booking).await?);
        self.say("The plan, explained");
        self.show(&daemon.text(&["plan"]).await?);
        self.say("Starting the daemon again: it recovers, then goes on");
        daemon.start()?;
        Ok(true)
    }

    /// The operator lets the daemon do arbitrage on Base, and a third party pushes prices apart there. `None` when the
    /// daemon did not end in order.
    async fn arbitrage(&self, devnet: &Devnet, daemon: &mut Daemon) -> Result<Option<Gap>, Error> {
        self.say("The operator adds arbitrage on Base to the configuration and starts the daemon again");
        if !daemon.stop().await? {
            return Ok(None);
        }
        let deadline = Instant::now() + PATIENCE;
        start_until(daemon, FOLLOWS, deadline).await?;
        self.say("A third party pushes the price of WETH apart at three pools, in one block");
        let gap = gap::open(devnet).await?;
        self.show(&gap.text());
        while Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
            let operations = daemon.operations().await?;
            let open = operations.iter().filter(|shown| !is_over(shown)).count();
            if open == 0 && gap.closed(&operations).is_some() {
                break;
            }
        }
        Ok(Some(gap))
    }

    /// The same between Base and Arbitrum.
    async fn between_chains(&self, devnet: &Devnet, daemon: &mut Daemon) -> Result<(), Error> {
        self.say("The operator adds arbitrage between Base and Arbitrum and starts the daemon again");
        if !daemon.stop().await? {
            return Ok(());
        }
        let deadline = Instant::now() + PATIENCE;
        start_until(daemon, FOLLOWS_ALL, deadline).await?;
        self.say("A third party pushes the price of WETH up on Arbitrum");
        self.show(&between::open(devnet).await?);
        while Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
            let operations = daemon.operations().await?;
            if operations.iter().all(is_over) && between::Closed::of(&operations).is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Waits until the inventory is in its bands and more operations than `before` have ended.
    async fn until_balanced(&self, daemon: &mut Daemon, before: usize) -> Result<bool, Error> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = String::new();
        while Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
            if let Some(status) = daemon.ended()? {
                let log = daemon.log_tail();
                return Err(Error::Demo {
                    reason: format!("the daemon ended with {status}; its last words:\n{log}"),
                });
            }
            let operations = daemon.operations().await?;
            let line = report::states(&operations);
            if line != seen && !line.is_empty() {
                self.show(&line);
                seen = line;
            }
            if operations.len() > before && operations.iter().all(is_over) {
                let balances = daemon.json(&["balances"]).await?;
                if balances["inside_bands"].as_bool() == Some(true) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn urls(&self, devnet: &Devnet, daemon: &Daemon) {
        self.say("Running until ctrl-c");
        let manifest = &devnet.manifest;
        for (name, chain) in &manifest.chains {
            self.show(&format!("{name:<10} {}", chain.rpc.join(" ")));
        }
        if let Some(solana) = &manifest.solana {
            self.show(&format!("{:<10} {}", "solana", solana.rpc.join(" ")));
            self.show(&format!("Jupiter    {}", solana.jupiter_url));
            self.show(&format!("control    {}   (see tests/devnet-solana/README.md)", solana.control_url));
        }
        self.show(&format!("Iris       {}", manifest.iris_url));
        self.show(&format!("1inch      {}", manifest.oneinch.url));
        self.show(&format!("control    {}   (see tests/devnet/README.md)", manifest.control_url));
        self.show(&format!("metrics    http://{}/metrics", daemon.listen()));
        self.show(&format!("health     http://{}/readyz", daemon.listen()));
        self.show(&format!("config     {}", daemon.config().display()));
        self.show(&format!("log        {}", daemon.log().display()));
    }

    fn say(&self, text: &str) {
        self.show(&format!("\n== {text}"));
    }

    /// People read standard output, or standard error when a program reads the other.
    fn show(&self, text: &str) {
        if self.json {
            eprintln!("{text}");
        } else {
            println!("{text}");
        }
    }
}

/// Starts the daemon and waits until it says so once more.
async fn start_until(daemon: &mut Daemon, text: &str, deadline: Instant) -> Result<(), Error> {
    let heard = daemon.heard(text);
    daemon.start()?;
    while daemon.heard(text) == heard && Instant::now() < deadline {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

fn is_over(shown: &Value) -> bool {
    matches!(shown["operation"]["state"].as_str(), Some("settled" | "failed"))
}
