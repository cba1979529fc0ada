//! Whatever happens, the nonces in use have no gap, and no nonce is used by two operations.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use purser::domain::{Leg, OperationId, OperationState};
use purser::journal::{AttemptId, AttemptState, Journal, JournalError, NewAttempt};

use super::support::{Bench, at, base, mined, reserved, signed, swap, try_sign, wallet};

/// The key's nonce on the chain when the journal begins.
const FIRST: u64 = 7;

#[derive(Debug, Clone)]
enum Event {
    /// A new operation is signed at the next nonce.
    Allocate,
    /// Somebody tries another nonce: so far above or below the next.
    AllocateAt(i64),
    /// Signing is refused by a halt.
    AllocateHalted,
    /// The process dies and starts again.
    Restart,
    /// A node takes the bytes.
    Broadcast(prop::sample::Index),
    /// Nothing is known any more.
    Lose(prop::sample::Index),
    /// The bytes are signed again at a higher fee.
    Replace(prop::sample::Index),
    /// The chain mines one of the attempts at its next nonce.
    Mine(prop::sample::Index),
    /// The block of the highest mined attempt goes.
    Reorg,
    /// The lowest mined attempt becomes final.
    Finalise,
    /// Somebody says an attempt is dead.
    Kill(prop::sample::Index),
}

fn event() -> impl Strategy<Value = Event> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        5 => Just(Event::Allocate),
        1 => (-3_i64..4).prop_map(Event::AllocateAt),
        1 => Just(Event::AllocateHalted),
        1 => Just(Event::Restart),
        4 => index().prop_map(Event::Broadcast),
        1 => index().prop_map(Event::Lose),
        3 => index().prop_map(Event::Replace),
        4 => index().prop_map(Event::Mine),
        1 => Just(Event::Reorg),
        3 => Just(Event::Finalise),
        3 => index().prop_map(Event::Kill),
    ]
}

struct Known {
    operation: OperationId,
    nonce: u64,
    state: AttemptState,
    fee: u128,
}

/// What the journal should believe.
#[derive(Default)]
struct Model {
    attempts: BTreeMap<AttemptId, Known>,
    /// Nonces below it are final on the chain.
    floor: u64,
    salt: i64,
}

impl Model {
    fn next(&self) -> u64 {
        let used = self.attempts.values().filter(|known| known.state != AttemptState::Dead);
        used.map(|known| known.nonce + 1).max().unwrap_or(0).max(self.floor)
    }

    fn pick(&self, index: &prop::sample::Index, states: &[AttemptState]) -> Option<AttemptId> {
        let fit = |(_, known): &(&AttemptId, &Known)| states.contains(&known.state);
        let ids: Vec<AttemptId> = self.attempts.iter().filter(fit).map(|(id, _)| *id).collect();
        (!ids.is_empty()).then(|| *index.get(&ids))
    }

    fn set(&mut self, id: AttemptId, state: AttemptState) {
        self.attempts.get_mut(&id).unwrap().state = state;
    }

    fn included(&self) -> BTreeMap<u64, AttemptId> {
        let included = self.attempts.iter().filter(|(_, known)| known.state == AttemptState::Included);
        included.map(|(id, known)| (known.nonce, *id)).collect()
    }

    /// Whether it can be known that the attempt is never mined.
    fn may_die(&self, id: AttemptId) -> bool {
        let known = &self.attempts[&id];
        let later = self.attempts.iter().any(|(other, rival)| {
            *other != id && rival.nonce >= known.nonce && rival.state != AttemptState::Dead
        });
        known.state == AttemptState::Signed && !later
    }
}

async fn new_operation(model: &mut Model, journal: &Journal) -> OperationId {
    model.salt += 1;
    reserved(journal, model.salt, swap(10)).await
}

async fn apply(event: &Event, model: &mut Model, bench: Bench) -> Bench {
    use AttemptState::{Broadcast, Dead, Final, Included, Signed, Unknown};
    let journal = bench.journal.clone();
    match event {
        Event::Allocate => {
            let operation = new_operation(model, &journal).await;
            let nonce = journal.next_nonce(&base(), wallet()).await.unwrap().unwrap_or(FIRST);
            let id = try_sign(&journal, &signed(&operation, Leg::Swap, &base(), nonce, 100)).await.unwrap();
            model.floor = model.floor.max(FIRST);
            assert_eq!(nonce, model.next());
            model.attempts.insert(id, Known { operation, nonce, state: Signed, fee: 100 });
        }
        Event::AllocateAt(offset) => {
            if *offset == 0 || model.floor == 0 {
                return bench;
            }
            let Some(nonce) = model.next().checked_add_signed(*offset) else { return bench };
            let operation = new_operation(model, &journal).await;
            let refusal = try_sign(&journal, &signed(&operation, Leg::Swap, &base(), nonce, 100)).await;
            assert!(
                matches!(refusal, Err(JournalError::NonceNotNext { .. } | JournalError::NonceHeld { .. })),
                "{refusal:?}"
            );
        }
        Event::AllocateHalted => {
            journal.halt("test", at(1)).await.unwrap();
            let operation = new_operation(model, &journal).await;
            let nonce = model.next();
            let refusal = try_sign(&journal, &signed(&operation, Leg::Swap, &base(), nonce, 100)).await;
            assert!(matches!(refusal, Err(JournalError::Halted { .. })), "{refusal:?}");
            journal.resume(at(1)).await.unwrap();
        }
        Event::Restart => {
            drop(journal);
            return bench.reopen().await;
        }
        Event::Broadcast(index) => {
            if let Some(id) = model.pick(index, &[Signed, Broadcast, Unknown]) {
                journal.set_attempt(id, Broadcast, None, at(2)).await.unwrap();
                model.set(id, Broadcast);
            }
        }
        Event::Lose(index) => {
            if let Some(id) = model.pick(index, &[Signed, Broadcast]) {
                journal.set_attempt(id, Unknown, None, at(2)).await.unwrap();
                model.set(id, Unknown);
            }
        }
        Event::Replace(index) => {
            let Some(id) = model.pick(index, &[Signed, Broadcast, Unknown]) else { return bench };
            let (operation, nonce) = (model.attempts[&id].operation.clone(), model.attempts[&id].nonce);
            let rivals = model.attempts.values().filter(|known| known.nonce == nonce);
            let fee = rivals.map(|known| known.fee).max().unwrap() + 1;
            let new = NewAttempt { replaces: Some(id), ..signed(&operation, Leg::Swap, &base(), nonce, fee) };
            let replacement = try_sign(&journal, &new).await.unwrap();
            model.attempts.insert(replacement, Known { operation, nonce, state: Signed, fee });
        }
        Event::Mine(index) => {
            let height = model.included().keys().max().map_or(model.floor, |nonce| nonce + 1);
            let rivals: Vec<AttemptId> = model
                .attempts
                .iter()
                .filter(|(_, known)| known.nonce == height && known.state.is_live())
                .map(|(id, _)| *id)
                .collect();
            if !rivals.is_empty() {
                let id = *index.get(&rivals);
                journal.set_attempt(id, Included, Some(&mined(height, true)), at(3)).await.unwrap();
                model.set(id, Included);
            }
        }
        Event::Reorg => {
            if let Some((_, id)) = model.included().into_iter().next_back() {
                journal.set_attempt(id, Broadcast, None, at(4)).await.unwrap();
                model.set(id, Broadcast);
            }
        }
        Event::Finalise => {
            if let Some((nonce, id)) = model.included().into_iter().next() {
                journal.set_attempt(id, Final, None, at(5)).await.unwrap();
                for known in model.attempts.values_mut().filter(|known| known.nonce == nonce) {
                    known.state = if known.state.is_live() { Dead } else { known.state };
                }
                model.set(id, Final);
                model.floor = nonce + 1;
            }
        }
        Event::Kill(index) => {
            if let Some(id) = model.pick(index, &[Signed, Broadcast, Unknown, Included]) {
                let result = journal.set_attempt(id, Dead, None, at(6)).await;
                assert_eq!(result.is_ok(), model.may_die(id), "{result:?}");
                if result.is_ok() {
                    model.set(id, Dead);
                }
            }
        }
    }
    bench
}

async fn check(model: &Model, journal: &Journal) {
    let next = journal.next_nonce(&base(), wallet()).await.unwrap();
    assert_eq!(next, (model.floor > 0).then(|| model.next()));
    let live = journal.live_attempts(&base()).await.unwrap();
    let expected: Vec<_> = model.attempts.iter().filter(|(_, known)| known.state.is_live()).collect();
    assert_eq!(live.len(), expected.len());
    for (attempt, (id, known)) in live.iter().zip(expected) {
        assert_eq!((attempt.id, attempt.nonce, attempt.state), (*id, known.nonce, known.state));
    }
    // No gap between the chain's final nonce and the next one, and one operation for each nonce.
    let mut holders: BTreeMap<u64, BTreeSet<&OperationId>> = BTreeMap::new();
    for attempt in &live {
        holders.entry(attempt.nonce).or_default().insert(&attempt.operation);
    }
    assert!(holders.values().all(|operations| operations.len() == 1));
    let used: Vec<u64> = holders.into_keys().collect();
    let wanted: Vec<u64> = (model.floor..next.unwrap_or(model.floor)).collect();
    assert_eq!(used, wanted);
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 24;
    }
    config.failure_persistence = None;
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn occupied_nonces_stay_contiguous(events in prop::collection::vec(event(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut bench = Bench::new().await;
            let mut model = Model::default();
            for event in &events {
                bench = apply(event, &mut model, bench).await;
                check(&model, &bench.journal).await;
            }
            let open = bench.journal.open_operations().await.unwrap();
            prop_assert!(open.iter().all(|operation| operation.state != OperationState::Failed));
            bench.journal.integrity_check().await.unwrap();
            Ok(())
        })?;
    }
}
