//! Operations on real nodes.

mod on_chain;
mod on_solana;
mod scene;

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
