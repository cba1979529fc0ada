//! `purser halt` and `purser resume` beside a running daemon.

use super::{answers, ended, rig, sent, served};
use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_stops_signing_and_resume_lifts_it() {
    let mut rig = rig(Setup::bridge()).await;
    let nothing = ended(&rig, &["resume"]);
    assert_eq!((nothing.code, nothing.out.trim()), (0, "nothing was halted"), "{}", nothing.err);
    let halted = rig.json(&["halt", "--reason", "an audit"]);
    assert_eq!((&halted["halted"], &halted["reason"]), (&true.into(), &"an audit".into()));

    rig.start();
    let url = served(&rig).await;
    // A look was taken and nothing came of it.
    let page = answers(&format!("{url}/readyz"), 503).await;
    assert!(!page.is_empty());
    let reason = crate::support::until("the halt on /readyz", super::PATIENCE, || async {
        let (_, body) = super::get(&format!("{url}/readyz")).await?;
        (body.contains("halted: an audit") && body.contains("\"scan\":\"ok\"")).then_some(body)
    })
    .await;
    assert!(reason.contains("\"ok\":false"), "{reason}");
    let metrics = answers(&format!("{url}/metrics"), 200).await;
    assert!(metrics.contains("purser_halted 1"), "{metrics}");
    assert_eq!((sent(&rig), rig.operations().len()), (0, 0));

    let lifted = ended(&rig, &["resume"]);
    assert_eq!(lifted.code, 0, "{}", lifted.all());
    assert!(lifted.out.contains("resumed"), "{}", lifted.out);
    let done = rig.all_ended().await;
    assert!(done.iter().all(|one| one["state"] == "settled"), "{done:#?}");
    assert!(sent(&rig) > 0);
    answers(&format!("{url}/readyz"), 200).await;

    // Halted again while it runs: it shows at once and survives the end of the daemon.
    assert_eq!(ended(&rig, &["halt", "--reason", "the night"]).code, 0);
    let page = answers(&format!("{url}/readyz"), 503).await;
    assert!(page.contains("the night"), "{page}");
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    let doctor = ended(&rig, &["doctor"]);
    assert!(doctor.out.contains("halted: the night"), "{}", doctor.out);
    assert!(doctor.out.contains("purser resume"), "{}", doctor.out);
    assert_eq!(doctor.code, 0, "a halt is a warning: {}", doctor.out);
}
