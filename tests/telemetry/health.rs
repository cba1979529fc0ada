//! Truth tables of liveness and readiness.

use std::time::Duration;

use purser::api::Health;
use purser::domain::Timestamp;

const ALLOWED: Duration = Duration::from_secs(60);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

#[test]
fn live_means_that_every_loop_made_progress_in_its_time() {
    for (scan, act, live) in
        [(0, 0, true), (60, 60, true), (61, 60, false), (60, 61, false), (1_000, 1_000, false), (-5, 0, true)]
    {
        let health = Health::default();
        health.beat("scan", at(2_000 - scan), ALLOWED);
        health.beat("act", at(2_000 - act), ALLOWED);
        let report = health.live(at(2_000));
        assert_eq!(report.ok, live, "{scan} s and {act} s ago: {report:?}");
        assert_eq!(report.checks.len(), 2);
        assert_eq!(report.checks["scan"] == "ok", scan <= 60);
    }
}

#[test]
fn each_loop_has_a_time_of_its_own_and_a_beat_revives_it() {
    let health = Health::default();
    health.beat("scan", at(0), Duration::from_secs(300));
    health.beat("act", at(0), Duration::from_secs(10));
    let report = health.live(at(11));
    assert_eq!(report.checks["scan"], "ok");
    assert_eq!(report.checks["act"], "no progress for 11 s, allowed are 10 s");
    health.beat("act", at(11), Duration::from_secs(10));
    assert!(health.live(at(21)).ok);
}

#[test]
fn before_any_loop_runs_the_process_is_live_but_not_ready() {
    let health = Health::default();
    assert!(health.live(at(0)).ok);
    assert!(!health.ready().ok);
}

#[test]
fn ready_means_that_every_check_passed() {
    let good = || Ok(());
    let bad = || Err("no quorum on base".to_owned());
    for (first, second, ready) in
        [(good(), good(), true), (good(), bad(), false), (bad(), good(), false), (bad(), bad(), false)]
    {
        let health = Health::default();
        health.set("journal", first.clone());
        health.set("chains", second);
        let report = health.ready();
        assert_eq!(report.ok, ready);
        assert_eq!(report.checks["journal"], first.err().unwrap_or("ok".to_owned()));
    }
}

#[test]
fn a_check_is_replaced_by_its_next_result_also_when_its_reason_reads_ok() {
    let health = Health::default();
    health.set("halt", Err("ok".to_owned()));
    assert!(!health.ready().ok, "the result counts, not its words");
    health.set("halt", Ok(()));
    assert!(health.ready().ok);
}

#[test]
fn liveness_does_not_depend_on_readiness() {
    let health = Health::default();
    health.set("chains", Err("every endpoint is down".to_owned()));
    health.beat("scan", at(0), ALLOWED);
    assert!(health.live(at(1)).ok && !health.ready().ok);
}
