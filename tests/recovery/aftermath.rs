//! What must be true in the end, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};

use alloy::consensus::{Transaction as _, TxEnvelope};
use alloy::eips::Decodable2718;
use alloy::primitives::{Address, B256, U256};
use devnet::Asset;
use devnet::abi::IToken;
use purser::domain::{Leg, OperationState, Step};
use purser::journal::Journal;
use serde_json::Value;

use super::scene::Scene;
use crate::support::rig::PATIENCE;
use crate::support::solana::calls;
use crate::support::until;

impl Scene {
    /// Waits until every operation has ended, then asserts that each was done exactly once.
    pub(super) async fn settles_once(&self) {
        let operations = self.rig.all_ended().await;
        for operation in &operations {
            assert_eq!(operation["state"], "settled", "{operation:#}\n{}", self.rig.log());
        }
        let count = |kind: &str| operations.iter().filter(|operation| operation["kind"] == kind).count();
        let (mut burns, mut mints, mut swaps) = (0, 0, 0);
        for chain in self.rig.devnet.chains().values() {
            burns += chain.burns().await.unwrap().len();
            mints += chain.mints().await.unwrap().len();
            swaps += chain.swaps().await.unwrap().len();
        }
        if self.rig.devnet.manifest.solana.is_some() {
            let there = calls(self.rig.devnet.solana()).await;
            burns += there.burns;
            mints += there.mints;
            swaps += there.swaps;
        }
        assert_eq!(
            (burns, mints, swaps),
            (count("bridge"), count("bridge"), count("swap")),
            "{operations:#?}"
        );
        self.assert_no_allowance().await;
        self.assert_bytes().await;
        self.assert_conserved().await;
    }

    /// [`Scene::settles_once`], of the one operation there was to make.
    pub(super) async fn settles_the_one(&self) {
        self.settles_once().await;
        assert_eq!(self.operations().await.len(), 1, "{:#?}", self.operations().await);
    }

    /// Waits until the gap is closed, then asserts that one route did it and that every other failed without a trace.
    pub(super) async fn closes_the_gap_once(&self) {
        let is_settled = |operation: &Value| operation["state"] == "settled";
        until("a settled route", PATIENCE, || async {
            self.rig.operations().iter().any(is_settled).then_some(())
        })
        .await;
        let operations = self.rig.all_ended().await;
        let settled = operations.iter().filter(|one| is_settled(one)).count();
        assert_eq!(settled, 1, "{operations:#?}\n{}", self.rig.log());
        let (mut profit, mut planned) = (0, 0);
        for operation in self.operations().await {
            let Step::Route(step) = &operation.step else { panic!("not a route: {operation:#?}") };
            let journal = Journal::open_read_only(&self.journal()).await.unwrap();
            let moved = journal.route_moved(&operation.id).await.unwrap();
            journal.close().await;
            assert_eq!(moved.is_empty(), operation.state == OperationState::Failed, "{operation:#?}");
            for (out, back) in moved.values() {
                profit += back - out;
                planned += step.profit.units();
            }
        }
        assert_eq!(profit, planned);
        let chain = self.rig.devnet.chain("base");
        let wallet = self.rig.devnet.wallet();
        let held = U256::from(100_000_000_000_u64) + U256::from(profit);
        assert_eq!(chain.balance_of(Asset::Usdc, wallet).await.unwrap(), held);
        let routes = self.attempts().await;
        let succeeded =
            routes.iter().filter(|one| one.leg == Leg::Swap && one.success == Some(true) && !one.cancels);
        assert_eq!(succeeded.count(), 1, "{routes:#?}");
        self.assert_no_allowance().await;
        self.assert_bytes().await;
        self.assert_conserved().await;
    }

    /// Nobody may take anything.
    async fn assert_no_allowance(&self) {
        let owner = self.rig.devnet.wallet();
        for chain in self.rig.devnet.chains().values() {
            for asset in [Asset::Usdc, Asset::Usdt] {
                for spender in [chain.info().token_messenger, chain.info().swap_router02] {
                    let token = chain.token(asset).unwrap();
                    let left = chain.read(token, &IToken::allowanceCall { owner, spender }).await.unwrap();
                    assert!(left.is_zero(), "{asset:?} on {}: {left} may still be taken", chain.name());
                }
            }
        }
    }

    /// Nothing was sent that is not in the journal, and no nonce was used for two different things:
    /// other bytes of the same nonce are the same call with a higher fee.
    pub(super) async fn assert_bytes(&self) {
        let journalled: BTreeSet<B256> =
            self.attempts().await.iter().filter_map(|attempt| attempt.hash.evm()).collect();
        self.assert_bytes_on_solana().await;
        for (name, proxies) in &self.rig.devnet.proxies {
            let mut by_nonce = BTreeMap::<u64, BTreeMap<u128, (B256, Option<Address>, Vec<u8>)>>::new();
            for sent in proxies.iter().flat_map(|proxy| proxy.handle().sent()) {
                assert!(journalled.contains(&sent.hash), "{} was sent unrecorded on {name}", sent.hash);
                let transaction = TxEnvelope::decode_2718(&mut sent.raw.as_ref()).unwrap();
                let selector = transaction.input().iter().take(4).copied().collect();
                let what = (sent.hash, transaction.to(), selector);
                let fees = by_nonce.entry(transaction.nonce()).or_default();
                let before = fees.insert(transaction.max_fee_per_gas(), what.clone());
                assert!(
                    before.is_none_or(|before| before == what),
                    "two contents at one nonce and fee on {name}"
                );
            }
            for (nonce, fees) in by_nonce {
                // A cancellation calls nothing.
                let calls = fees.values().filter(|(_, _, selector)| !selector.is_empty());
                let calls: BTreeSet<_> = calls.map(|(_, to, selector)| (to, selector)).collect();
                assert!(calls.len() <= 1, "nonce {nonce} on {name} was used for different calls");
            }
        }
    }

    /// Nothing was handed to a provider that is not in the journal, and of one leg only one transaction has
    /// an effect.
    async fn assert_bytes_on_solana(&self) {
        if self.rig.devnet.manifest.solana.is_none() {
            return;
        }
        let attempts = self.attempts().await;
        let journalled: BTreeSet<String> = attempts.iter().map(|attempt| attempt.hash.to_string()).collect();
        for signature in self.handed_on_solana().await.keys() {
            assert!(journalled.contains(signature), "{signature} was sent unrecorded");
        }
        let mut landed = BTreeSet::new();
        for attempt in attempts.iter().filter(|one| one.lifetime.is_some() && one.success == Some(true)) {
            let leg = (attempt.operation.clone(), attempt.leg);
            assert!(landed.insert(leg), "a leg had its effect twice: {attempts:#?}");
        }
    }

    /// Every unit is accounted for.
    async fn assert_conserved(&self) {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let balances = self.rig.json(&["balances"]);
            let conservation = balances["conservation"].as_object().expect("a conservation table");
            let adds_up = conservation.values().all(|units| units.as_i64() == Some(0));
            if !conservation.is_empty() && adds_up {
                return;
            }
            assert!(std::time::Instant::now() < deadline, "not conserved: {balances:#}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}
