//! Observation: everything a decision is made from, as one snapshot.
