//! The table of moves: no dead ends, no surprises, and documented as it is.

use std::collections::BTreeSet;

use purser::domain::OperationState as State;
use purser::domain::{Leg, OperationState};

#[test]
fn every_state_reaches_an_end_and_only_ends_have_no_successor() {
    for state in State::ALL {
        let mut reached = BTreeSet::from([state]);
        let mut open = vec![state];
        while let Some(next) = open.pop() {
            open.extend(next.successors().iter().copied().filter(|next| reached.insert(*next)));
        }
        assert!(reached.iter().any(|state| state.is_end()), "{state} never ends");
        assert!(reached.contains(&State::Settled) || state == State::Failed, "{state} cannot succeed");
        assert_eq!(state.successors().is_empty(), state.is_end());
    }
    let ends: Vec<_> = State::ALL.into_iter().filter(|state| state.is_end()).collect();
    assert_eq!(ends, [State::Settled, State::Failed]);
}

#[test]
fn every_state_is_reached_from_planned() {
    let mut reached = BTreeSet::from([State::Planned]);
    let mut open = vec![State::Planned];
    while let Some(state) = open.pop() {
        open.extend(state.successors().iter().copied().filter(|next| reached.insert(*next)));
    }
    assert_eq!(reached, State::ALL.into_iter().collect());
}

#[test]
fn no_state_lists_itself_or_a_successor_twice() {
    for state in State::ALL {
        let distinct: BTreeSet<_> = state.successors().iter().collect();
        assert_eq!(distinct.len(), state.successors().len(), "{state}");
        assert!(!state.can_become(state), "{state}");
    }
}

#[test]
fn unknown_is_entered_after_signing_only_and_left_by_proof_only() {
    let before: Vec<_> = State::ALL.into_iter().filter(|state| state.can_become(State::Unknown)).collect();
    assert_eq!(before, [State::Signed, State::Broadcast]);
    let after: BTreeSet<_> = State::Unknown.successors().iter().copied().collect();
    let listed = [State::Broadcast, State::Included, State::Signed, State::Failed, State::NeedsOperator];
    assert_eq!(after, listed.into_iter().collect());
}

#[test]
fn nothing_is_signed_before_its_amount_is_reserved() {
    assert!(!State::Planned.can_become(State::Signed) && !State::Approved.can_become(State::Signed));
    assert!(!State::Planned.can_become(State::Reserved), "policy comes between");
}

#[test]
fn a_burnt_transfer_never_fails() {
    for state in [State::Attesting, State::Attested, State::Minting] {
        assert!(!state.can_become(State::Failed), "{state}: its value is still to be minted");
        assert!(!state.can_become(State::Signed), "{state}: a burn is never repeated");
    }
}

#[test]
fn every_word_is_read_back_and_others_are_refused() {
    for state in State::ALL {
        assert_eq!(state.as_str().parse::<State>().unwrap(), state);
        assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{state}\""));
    }
    for leg in Leg::ALL {
        assert_eq!(leg.as_str().parse::<Leg>().unwrap(), leg);
        assert_eq!(serde_json::to_string(&leg).unwrap(), format!("\"{leg}\""));
    }
    for junk in ["", "Planned", "planned ", "done"] {
        assert!(junk.parse::<State>().is_err() && junk.parse::<Leg>().is_err(), "{junk:?}");
    }
}

/// The doc comment above each variant ends in `Next: a, b.` or `End.`: it must be the table.
#[test]
fn each_states_documentation_names_its_successors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/operation.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let body = source.split_once("pub enum OperationState {").unwrap().1.split_once("\n}").unwrap().0;
    let mut comment = String::new();
    let mut seen = 0;
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(text) = line.strip_prefix("///") {
            comment.push_str(text);
            continue;
        }
        let variant = line.trim_end_matches(',');
        let state = State::ALL.into_iter().find(|state| format!("{state:?}") == variant).unwrap();
        let documented: BTreeSet<State> = match comment.split_once("Next:") {
            Some((_, list)) => {
                list.trim().trim_end_matches('.').split(", ").map(|word| word.parse().unwrap()).collect()
            }
            None => {
                assert!(comment.trim_end().ends_with("End."), "{variant}");
                BTreeSet::new()
            }
        };
        assert_eq!(documented, state.successors().iter().copied().collect(), "{variant}");
        comment.clear();
        seen += 1;
    }
    assert_eq!(seen, OperationState::ALL.len());
}
