//! Overrides from the environment.

use purser::config::Mode;

use super::{VALID, load_in, with};

#[test]
fn single_values_can_be_overridden() {
    let config = load_in(
        VALID,
        &[
            ("PURSER_MODE", "live"),
            ("PURSER_DATA_DIR", "/var/lib/purser"),
            ("PURSER_EXECUTION__MAX_ATTEMPTS", "3"),
            ("PURSER_CHAINS__BASE__MAX_GAS_USD", "0.25"),
            ("PURSER_ASSETS__USDC__DEPEG_BAND", "0.5"),
            ("PURSER_CCTP__IRIS_URL", "http://127.0.0.1:9"),
        ],
    )
    .unwrap()
    .config;
    assert_eq!(config.mode, Mode::Live);
    assert_eq!(config.data_dir, std::path::Path::new("/var/lib/purser"));
    assert_eq!(config.execution.max_attempts, 3);
    assert_eq!(config.chains["base"].max_gas_usd.usd().micros(), 250_000);
    assert_eq!(config.assets["USDC"].depeg_band.unwrap().ppm(), 5_000);
    assert_eq!(config.cctp.iris_url.to_string(), "http://127.0.0.1:9");
}

#[test]
fn a_dash_of_a_name_is_an_underscore() {
    let text = VALID.replace("chains.base]", "chains.base-one]").replace("\"base\"", "\"base-one\"");
    let config = load_in(text, &[("PURSER_CHAINS__BASE_ONE__QUORUM", "1")]).unwrap().config;
    assert_eq!(config.chains["base-one"].quorum, 1);
}

#[test]
fn a_name_that_is_no_setting_is_refused() {
    for (name, hint) in [
        ("PURSER_LOG__LEVL", "did you mean `level`?"),
        ("PURSER_LOGS__LEVEL", "did you mean `log`?"),
        ("PURSER_CHAINS__OPTIMISM__QUORUM", "names no setting"),
        ("PURSER_CHAINS__BASE__RPC", "only single values"),
    ] {
        let error = load_in(VALID, &[(name, "1")]).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(hint), "{error}");
    }
}

#[test]
fn variables_that_hold_secrets_of_the_file_are_no_settings() {
    let text = with("TEST_PASSWORD", "PURSER_WALLET__PASSPHRASE");
    load_in(&text, &[("PURSER_WALLET__PASSPHRASE", "c4n4ry")]).unwrap();
    load_in(VALID, &[("PURSER_PASSWORD", "c4n4ry"), ("PURSER_CONFIG", "x"), ("HOME", "/")]).unwrap();
}

#[test]
fn a_wrong_number_is_refused() {
    let error = load_in(VALID, &[("PURSER_EXECUTION__POLL_MS", "soon")]).unwrap_err();
    assert_eq!(error.problems()[0].key, "execution.poll_ms");
    assert!(error.to_string().contains("environment PURSER_EXECUTION__POLL_MS"), "{error}");
}
