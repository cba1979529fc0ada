//! The JSON log of a daemon that settles a transfer.

use std::collections::BTreeSet;

use super::{log_lines, rig};
use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_an_object_and_tells_the_operation() {
    let mut rig = rig(Setup::bridge()).await;
    rig.start();
    let done = rig.all_ended().await;
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    let lines = log_lines(&rig.log());
    for line in &lines {
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        assert!(line["message"].is_string(), "{line}");
    }
    for operation in &done {
        let id = &operation["id"];
        let states: BTreeSet<&str> = lines
            .iter()
            .filter(|line| line["operation"] == *id)
            .filter_map(|line| line["state"].as_str())
            .collect();
        for state in
            ["reserved", "signed", "broadcast", "included", "attesting", "attested", "minting", "settled"]
        {
            assert!(states.contains(state), "{state} of {id} is not in the log: {states:?}");
        }
        let sent = lines.iter().filter(|line| line["operation"] == *id && line["hash"].is_string());
        assert!(sent.count() >= 2, "at least the burn and the mint were sent");
    }
    // Whatever tells a leg or a state tells whose it is.
    for line in &lines {
        if line["leg"].is_string() || line["state"].is_string() {
            assert!(line["operation"].is_string(), "{line}");
        }
    }
}
