//! A daemon at work, watched through its journal and its log, and the ends of all stories.

use std::time::{Duration, Instant};

use alloy::primitives::{B256, Bytes, U256};
use devnet::abi::{IMessageTransmitterV2, IToken};
use devnet::proxy::{ProxySettings, Sending};
use devnet::{Asset, Chain};
use purser::domain::{DecisionRecord, Leg, Operation, OperationState, Outcome};
use purser::journal::{Attempt, AttemptState, Journal, OperationFilter};
use serde_json::json;

use crate::support::rig::PATIENCE;
use crate::support::solana::calls;
use crate::support::{Rig, Setup, until};

/// Effects on the canonical chains, all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moves {
    pub(super) burns: usize,
    pub(super) mints: usize,
    pub(super) swaps: usize,
}

/// One transfer.
pub(super) const ONE_TRANSFER: Moves = Moves { burns: 1, mints: 1, swaps: 0 };
/// One swap.
pub(super) const ONE_SWAP: Moves = Moves { burns: 0, mints: 0, swaps: 1 };
/// Nothing at all.
pub(super) const NOTHING: Moves = Moves { burns: 0, mints: 0, swaps: 0 };

/// The network and a running daemon.
pub(super) struct Scene {
    pub(super) rig: Rig,
    journal: Journal,
}

impl Scene {
    /// Starts network and daemon.
    pub(super) async fn start(setup: Setup) -> Self {
        Self::on(Rig::new(setup).await).await
    }

    /// Starts the daemon on a network that a test has prepared.
    pub(super) async fn on(mut rig: Rig) -> Self {
        rig.start();
        let path = rig.dir().join("journal.sqlite");
        let journal =
            until("a journal", PATIENCE, || async { Journal::open_read_only(&path).await.ok() }).await;
        Self { rig, journal }
    }

    pub(super) fn chain(&self, name: &str) -> &Chain {
        self.rig.devnet.chain(name)
    }

    /// Polls `condition`; fails with the operations and the end of the log.
    pub(super) async fn until<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        mut condition: impl FnMut() -> F,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            if Instant::now() > deadline {
                let log = self.rig.log();
                let lines: Vec<&str> = log.lines().collect();
                let end = lines[lines.len().saturating_sub(40)..].join("\n");
                panic!(
                    "{what}: not within {PATIENCE:?}; operations {:#?}\nlog:\n{end}",
                    self.operations().await
                );
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Every operation, oldest first.
    pub(super) async fn operations(&self) -> Vec<Operation> {
        let filter = OperationFilter { limit: 1000, ..OperationFilter::default() };
        let mut operations = self.journal.operations(&filter).await.unwrap();
        operations.sort_by(|a, b| a.id.cmp(&b.id));
        operations
    }

    pub(super) async fn attempts(&self, operation: &Operation) -> Vec<Attempt> {
        self.journal.attempts(&operation.id).await.unwrap()
    }

    /// Waits for an operation in `state`.
    pub(super) async fn reaches(&self, state: OperationState) -> Operation {
        self.until(&format!("an operation in {state}"), || async {
            self.operations().await.into_iter().find(|operation| operation.state == state)
        })
        .await
    }

    /// Waits for the newest attempt of a leg to be in one of `states`.
    pub(super) async fn attempt(&self, leg: Leg, states: &[AttemptState]) -> Attempt {
        self.until(&format!("a {leg} that is one of {states:?}"), || async {
            for operation in self.operations().await {
                let newest = self.attempts(&operation).await.into_iter().rfind(|one| one.leg == leg);
                if let Some(attempt) = newest.filter(|one| states.contains(&one.state)) {
                    return Some(attempt);
                }
            }
            None
        })
        .await
    }

    /// How many transactions were ever signed.
    pub(super) async fn signed(&self) -> usize {
        let mut count = 0;
        for operation in self.operations().await {
            count += self.attempts(&operation).await.len();
        }
        count
    }

    /// Waits until the daemon has logged `text`.
    pub(super) async fn logged(&self, text: &str) {
        self.until(&format!("`{text}` in the log"), || async { self.rig.log().contains(text).then_some(()) })
            .await;
    }

    /// Waits for a decision that answers, and returns its reason.
    pub(super) async fn refused(&self, text: &str) -> String {
        self.until(&format!("a refusal for `{text}`"), || async {
            match self.journal.last_decision().await.unwrap()?.record.outcome {
                Outcome::Refused { reason } | Outcome::Nothing { reason } if reason.contains(text) => {
                    Some(reason)
                }
                Outcome::Refused { .. }
                | Outcome::Nothing { .. }
                | Outcome::Previewed { .. }
                | Outcome::Accepted { .. } => None,
            }
        })
        .await
    }

    /// Waits for a decision whose record says that a way was not taken because of `text`.
    pub(super) async fn not_taken(&self, text: &str) {
        self.until(&format!("a way not taken because of `{text}`"), || async {
            let record = self.journal.last_decision().await.unwrap()?.record;
            record.alternatives.iter().any(|one| one.reason.contains(text)).then_some(())
        })
        .await;
    }

    /// The record of the newest accepted decision.
    pub(super) async fn accepted(&self) -> DecisionRecord {
        let decisions = self.journal.decisions(200).await.unwrap();
        let accepted = |record: &DecisionRecord| matches!(record.outcome, Outcome::Accepted { .. });
        decisions.into_iter().map(|one| one.record).find(accepted).expect("an accepted decision")
    }

    /// Waits for so many further decisions.
    pub(super) async fn decisions(&self, further: i64) {
        let last = || async { self.journal.last_decision().await.unwrap().map_or(0, |decision| decision.id) };
        let enough = last().await + further;
        self.until(&format!("{further} further decisions"), || async {
            (last().await >= enough).then_some(())
        })
        .await;
    }

    /// Whether the daemon says it is ready, and the whole answer.
    pub(super) async fn ready(&self) -> (bool, String) {
        let log = self.rig.log();
        let (_, rest) = log.split_once("\"listen\":\"").expect("the daemon says where it listens");
        let (address, _) = rest.split_once('"').unwrap();
        let reply = devnet::rpc::http().get(format!("http://{address}/readyz")).send().await.unwrap();
        (reply.status().is_success(), reply.text().await.unwrap())
    }

    /// Waits until there are `count` operations and all are settled.
    pub(super) async fn settled(&self, count: usize) -> Vec<Operation> {
        let ended = self.ended(count).await;
        for operation in &ended {
            assert_eq!(operation.state, OperationState::Settled, "{ended:#?}\nlog:\n{}", self.rig.log());
            assert!(operation.realised_cost.is_some(), "no realised cost: {operation:#?}");
        }
        ended
    }

    /// Waits until there are at least `count` operations and all have ended.
    pub(super) async fn ended(&self, count: usize) -> Vec<Operation> {
        self.until(&format!("{count} ended operations"), || async {
            let operations = self.operations().await;
            let over = operations.len() >= count && operations.iter().all(|one| one.state.is_end());
            over.then_some(operations)
        })
        .await
    }

    /// Waits until no transaction can be unmade any more: only then the books cannot change either.
    pub(super) async fn all_final(&self) {
        self.until("every transaction to be final", || async {
            for operation in self.operations().await {
                if self.attempts(&operation).await.iter().any(|attempt| attempt.state.is_live()) {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// What happened on the chains so far.
    pub(super) async fn moves(&self) -> Moves {
        let mut moves = NOTHING;
        for chain in self.rig.devnet.chains().values() {
            moves.burns += chain.burns().await.unwrap().len();
            moves.mints += chain.mints().await.unwrap().len();
            moves.swaps += chain.swaps().await.unwrap().len();
        }
        if self.rig.devnet.manifest.solana.is_some() {
            let there = calls(self.rig.devnet.solana()).await;
            moves.burns += there.burns;
            moves.mints += there.mints;
            moves.swaps += there.swaps;
        }
        moves
    }

    /// The effects are exactly `moves`, nothing may be taken from the wallet, every unit is accounted for.
    pub(super) async fn assert_sound(&self, moves: Moves) {
        assert_eq!(self.moves().await, moves, "{:#?}", self.operations().await);
        self.assert_no_allowance().await;
        self.rig.assert_conserved();
    }

    /// Nobody may take anything from the wallet.
    pub(super) async fn assert_no_allowance(&self) {
        let owner = self.rig.devnet.wallet();
        for (name, chain) in self.rig.devnet.chains() {
            let info = chain.info();
            for token in [Asset::Usdc, Asset::Usdt].map(|asset| chain.token(asset).unwrap()) {
                for spender in [info.token_messenger, info.swap_router02, info.aggregation_router] {
                    let call = IToken::allowanceCall { owner, spender };
                    let left = chain.read(token, &call).await.unwrap();
                    assert_eq!(left, U256::ZERO, "{spender} may still take {token} on {name}");
                }
            }
        }
    }

    /// Changes the settings of every provider of `chain`.
    pub(super) fn providers(&self, chain: &str, change: impl Fn(&mut ProxySettings)) {
        providers(&self.rig, chain, change);
    }

    /// From now on providers of `chain` take transactions and keep them.
    pub(super) fn hold(&self, chain: &str) {
        hold(&self.rig, chain);
    }

    /// Providers of `chain` pass transactions on again.
    pub(super) fn let_go(&self, chain: &str) {
        self.providers(chain, |settings| settings.send = Sending::Forward);
    }

    /// Hands held bytes to the node.
    pub(super) async fn deliver(&self, attempt: &Attempt) {
        let raw = json!([attempt.raw]);
        self.chain(attempt.chain.as_str()).rpc().call("eth_sendRawTransaction", raw).await.unwrap();
    }

    /// Waits for a held transaction of a leg.
    pub(super) async fn held(&self, leg: Leg) -> Attempt {
        self.attempt(leg, &[AttemptState::Broadcast]).await
    }

    /// Waits until Iris has attested a burn; its message and attestation.
    pub(super) async fn attested(&self) -> (Bytes, Bytes) {
        self.until("an attestation", || async {
            let burn = self.rig.devnet.iris.handle().burns().pop()?;
            Some((burn.message?, burn.attestation?))
        })
        .await
    }

    /// Somebody else mints on `chain`.
    pub(super) async fn front_run(&self, chain: &str) -> B256 {
        let (message, attestation) = self.attested().await;
        let chain = self.chain(chain);
        let call = IMessageTransmitterV2::receiveMessageCall { message, attestation };
        chain.send(chain.admin(), chain.info().message_transmitter, &call).await.unwrap()
    }
}

/// Changes the settings of every provider of `chain`.
pub(super) fn providers(rig: &Rig, chain: &str, change: impl Fn(&mut ProxySettings)) {
    for proxy in &rig.devnet.proxies[chain] {
        proxy.handle().set(&change);
    }
}

/// From now on providers of `chain` take transactions and keep them.
pub(super) fn hold(rig: &Rig, chain: &str) {
    providers(rig, chain, |settings| settings.send = Sending::Swallow);
}
