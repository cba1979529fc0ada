//! The text of a configuration: refused with reasons and lines, or accepted with all its rules kept.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use purser::config::Config;

fuzz_target!(|data: &[u8]| {
    match Config::from_bytes(data, Path::new("/etc/purser"), []) {
        Ok(loaded) => {
            let config = loaded.config;
            assert!(config.data_dir.is_absolute() && config.wallet.keystore.is_absolute());
            assert!(!config.chains.is_empty());
            assert!(config.chains.values().all(|chain| (1..=chain.rpc.len()).contains(&chain.quorum)));
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "a refusal has a reason");
            assert!(problems.iter().all(|problem| !problem.message.is_empty()));
        }
    }
});
