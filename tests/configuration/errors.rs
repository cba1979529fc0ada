//! Errors: places, hints, several at once, and never a value.

use purser::config::ConfigError;
use purser::config::load::MAX_FILE_BYTES;

use super::{VALID, line, line_of, load, load_in, problems, refused, replaced, with};

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_key() {
    let text = with("quorum = 2", "quorun = 2");
    let problem = refused(&text, "chains.base.quorun", "unknown key `quorun`; did you mean `quorum`?");
    assert_eq!(line(&problem.origin), line_of(&text, "quorun"));
}

#[test]
fn an_unknown_key_far_from_all_lists_the_known_ones() {
    refused(&with("max_fee = 0.1", "max_fee = 0.1\ncheese = 1"), "policy.cheese", "known here: max_day_usd");
}

#[test]
fn unknown_keys_are_found_at_every_depth() {
    let text = with("asset = \"USDC\", weight = 60", "asset = \"USDC\", wieght = 60, weight = 60");
    refused(&text, "rebalance.targets[0].wieght", "did you mean `weight`?");
    refused(&format!("polcy = 1\n{VALID}"), "polcy", "did you mean `policy`?");
    let text = with("password = { env = \"TEST_PASSWORD\" }", "password = { en = \"TEST_PASSWORD\" }");
    refused(&text, "wallet.password.en", "did you mean `env`?");
}

#[test]
fn several_errors_come_at_once_in_the_order_of_the_file() {
    let text = with("chain_id = 8453", "chain_id = \"8453\"");
    let text = replaced(&text, "max_operation_usd = 100\n", "");
    let text = replaced(&text, "keystore = ", "keystor = ");
    let keys: Vec<String> = problems(&text).into_iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["wallet", "wallet.keystor", "chains.base.chain_id", "policy"]);
}

#[test]
fn errors_of_types_come_at_once_too() {
    let text = with("max_day_usd = 500", "max_day_usd = \"lots\"");
    let text = replaced(&text, "weight = 60", "weight = -60");
    let text = replaced(&text, "[policy]", "[server]\nlisten = \"here\"\n\n[policy]");
    let keys: Vec<String> = problems(&text).into_iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["rebalance.targets[0].weight", "server.listen", "policy.max_day_usd"]);
}

#[test]
fn errors_of_syntax_name_line_and_column() {
    let text = with("quorum = 2", "quorum = = 2");
    let problem = problems(&text).remove(0);
    assert_eq!(line(&problem.origin), line_of(&text, "quorum"));
    let shown = load(&text).unwrap_err().to_string();
    assert!(shown.contains(&format!("purser.toml:{}:", line_of(&text, "quorum"))), "{shown}");
}

#[test]
fn a_wrong_kind_says_what_was_expected() {
    refused(&with("mode = \"dry-run\"", "mode = \"wet\""), "mode", "expected `dry-run` or `live`");
    refused(&with("mode = \"dry-run\"", "mode = \"liv\""), "mode", "did you mean `live`?");
    refused(&with("quorum = 2", "quorum = \"2\""), "chains.base.quorum", "expected a whole number");
    refused(&with("quorum = 2", "quorum = -2"), "chains.base.quorum", "at least 0");
    refused(&with("max_fee = 0.1", "max_fee = []"), "policy.max_fee", "expected a number such as");
    refused(
        &with("[\"https://arbitrum.example\"]", "\"https://arbitrum.example\""),
        "chains.arbitrum.rpc",
        "a list",
    );
    refused(&with("data_dir = \"data\"", "data_dir = 2026-01-01"), "data_dir", "no setting is a date");
    let huge = with("quorum = 2", "quorum = 99999999999999999999");
    refused(&huge, "chains.base.quorum", "too large");
    let decimals = with(
        "[rebalance]",
        "[chains.base.tokens]\nUSDC = { address = \
        \"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913\", decimals = 256 }\n\n[rebalance]",
    );
    refused(&decimals, "chains.base.tokens.USDC.decimals", "from 0 to 255");
    let both = with("{ env = \"TEST_PASSWORD\" }", "{ env = \"A\", file = \"b\" }");
    refused(&both, "wallet.password", "exactly one of `env` or `file`");
    let address = with("[rebalance]", "[chains.base.tokens.USDC]\naddress = \"0x12\"\n\n[rebalance]");
    refused(&address, "chains.base.tokens.USDC.address", "40 hexadecimal digits");
}

#[test]
fn a_missing_key_is_named_at_its_table() {
    let text = with("chain_id = 8453\n", "");
    let problem = refused(&text, "chains.base", "the key `chain_id` is missing");
    assert_eq!(line(&problem.origin), line_of(&text, "[chains.base]"));
}

#[test]
fn files_that_are_no_text_or_too_large_are_refused() {
    let mut bytes = VALID.as_bytes().to_vec();
    bytes.extend([0xff, 0xfe]);
    assert!(problems(&bytes)[0].message.contains("UTF-8"));
    let large = "#".repeat(usize::try_from(MAX_FILE_BYTES).unwrap() + 1);
    assert!(matches!(load(large), Err(ConfigError::TooLarge { .. })));
}

#[test]
fn deep_nesting_is_refused_before_it_costs_stack() {
    let deep = vec!["a"; 40_000].join(".");
    assert!(problems(format!("{deep} = 1"))[0].message.contains("dots"));
    assert!(problems(format!("[{deep}]"))[0].message.contains("dots"));
    assert!(!problems(format!("a = {}", "[".repeat(50_000))).is_empty());
}

/// Text that no message may repeat.
const CANARY: &str = "c4n4ry53cr3t";

#[test]
fn no_error_repeats_a_value() {
    let quoted = format!("\"{CANARY}\"");
    let lines: Vec<&str> = VALID.lines().collect();
    let mut refused = 0;
    for (index, line) in lines.iter().enumerate() {
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let spellings = [
            format!("{key} = {quoted}"),
            format!("{key} = [{quoted}]"),
            format!("{key} = {{ env = [{quoted}] }}"),
            format!("{key} = {{ {CANARY} }}"),
            format!("{key} = {CANARY}"),
            format!("{key} = \"{CANARY}"),
            format!("{key} {CANARY} = {value}"),
            format!("{key} = {value} {CANARY}"),
            format!("{key} = \"\\{CANARY}\""),
            format!("{key} = \"https://user:{CANARY}@host/{CANARY}\""),
            format!("{key} = [\"https://user:{CANARY}@host/{CANARY}\"]"),
            format!("{key} = \"0x{CANARY}, expected {CANARY}\""),
        ];
        for spelling in spellings {
            let mut changed = lines.clone();
            changed[index] = &spelling;
            if let Err(error) = load(changed.join("\n")) {
                refused += 1;
                let shown = format!("{error}\n{error:?}");
                assert!(!shown.contains(CANARY), "`{spelling}` printed the value: {shown}");
            }
        }
    }
    assert!(refused > 200, "only {refused} spellings were refused");
}

#[test]
fn no_error_of_the_environment_repeats_a_value() {
    for name in
        ["PURSER_MODE", "PURSER_SERVER__LISTEN", "PURSER_POLICY__MAX_FEE", "PURSER_EXECUTION__POLL_MS"]
    {
        let error = load_in(VALID, &[(name, CANARY)]).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
        assert!(!format!("{error}\n{error:?}").contains(CANARY), "{error}");
    }
}

#[test]
fn a_key_as_long_as_a_secret_is_not_printed() {
    let key = "deadbeef".repeat(8);
    let error = load(format!("{key} = 1\n{VALID}")).unwrap_err();
    assert!(!error.to_string().contains(&key), "{error}");
    assert!(error.to_string().contains("a key of 64 characters"), "{error}");
}
