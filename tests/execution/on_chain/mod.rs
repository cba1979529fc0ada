//! The daemon as a process against three chains, Iris, prices and providers that misbehave.

mod conditions;
mod fees;
mod foreign;
mod front_run;
mod happy;
mod iris;
mod oneinch;
mod prices;
mod providers;
mod reorgs;

use super::scene;

/// One test per line: a name, and the case that `run` is given.
macro_rules! cases {
    ($run:path; $($name:ident: $case:expr,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                $run($case).await;
            }
        )+
    };
}
use cases;
