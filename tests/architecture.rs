//! The shape of the source tree: import ranks, lengths of files, where floats and SQL may be.
//!
//! Every check is a function from (path, text) to violations, and is tried on texts that violate it.

mod checks;
mod text;

use std::path::{Path, PathBuf};

use checks::{floats, imports, length, sql};

/// Folders that hold no source of ours.
const SKIPPED: [&str; 3] = ["node_modules", "artifacts", "target"];

/// Files below `folders` with one of `extensions`, as (path from the root, text).
fn files(folders: &[&str], extensions: &[&str]) -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file()
            && extensions.iter().any(|extension| path.extension().is_some_and(|it| it == *extension))
        {
            found.push((relative(&path, &root), std::fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()
}

/// Fails with all violations of a check.
fn hold(files: &[(String, String)], check: fn(&str, &str) -> Vec<String>) {
    assert!(files.len() > 20, "only {} files were found", files.len());
    let violations: Vec<String> = files.iter().flat_map(|(path, text)| check(path, text)).collect();
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn rooms_import_only_rooms_below_them() {
    hold(&files(&["src"], &["rs"]), imports);
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    hold(&files(&["src", "tests"], &["rs", "toml", "sql", "sol", "mjs"]), length);
}

#[test]
fn floats_live_only_where_the_mathematics_is() {
    hold(&files(&["src"], &["rs"]), floats);
}

#[test]
fn sql_lives_only_in_the_journal() {
    hold(&files(&["src"], &["rs"]), sql);
}

/// Checks that `check` finds as many violations as stated in each text.
fn finds(check: fn(&str, &str) -> Vec<String>, cases: &[(&str, &str, usize)]) {
    for (path, text, count) in cases {
        let found = check(path, text);
        assert_eq!(found.len(), *count, "{path}: {text}: {found:?}");
        assert!(found.iter().all(|violation| violation.starts_with(path)), "{found:?}");
    }
}

#[test]
fn the_check_of_imports_can_fail() {
    finds(
        imports,
        &[
            ("src/domain/a.rs", "use crate::journal::Journal;", 1),
            ("src/domain/a.rs", "use crate::domain::Amount;", 0),
            ("src/domain/a.rs", "// use crate::journal::Journal;", 0),
            ("src/domain/a.rs", "/* use crate::run::X; */ let a = \"crate::run::x\";", 0),
            ("src/domain/a.rs", "fn f() { crate::config::load() }", 1),
            ("src/network/a.rs", "use crate::solve::X;", 1),
            ("src/solve/a.rs", "use crate::network::X;", 0),
            ("src/strategies/r/a.rs", "use crate::{domain::Usd, policy::Rules, solve::S};", 1),
            ("src/policy/a.rs", "use crate::config::Config;", 1),
            ("src/policy/a.rs", "use crate::network::X;", 1),
            ("src/config/a.rs", "use crate::solve::X;", 1),
            ("src/journal/a.rs", "use crate::config::Config;\nuse crate::telemetry::x;", 1),
            (
                "src/chains/evm/a.rs",
                "use crate::{\n    bridges::{cctp, x},\n    config::{Url, chain},\n};",
                1,
            ),
            ("src/venues/a.rs", "use crate::bridges::X;", 1),
            ("src/act/a.rs", "use crate::observe::X; use crate::chains::Y;", 1),
            ("src/cycle.rs", "use crate::act::X; use crate::cli::Y;", 1),
            ("src/run.rs", "use crate::cli::X;", 1),
            ("src/cli/a.rs", "use crate::run::X;", 0),
            ("src/domain/a.rs", "use super::super::journal::X;", 1),
            ("src/domain/mod.rs", "use super::journal::X;", 1),
            ("src/domain/a.rs", "use super::amount::X;", 0),
            ("src/domain/deep/a.rs", "use super::super::amount::X;", 0),
            ("src/domain/a.rs", "use crate::*;", 1),
            ("src/domain/a.rs", "use crate as everything;", 1),
            ("src/attic/a.rs", "use crate::domain::X;", 1),
            ("src/domain/a.rs", "use crate::attic::X;", 1),
            ("src/lib.rs", "pub mod run;", 0),
        ],
    );
}

#[test]
fn the_check_of_lengths_can_fail() {
    let long = "line\n".repeat(601);
    finds(length, &[("src/a.rs", &long, 1), ("tests/a.rs", &long[..3000], 0)]);
}

#[test]
fn the_check_of_floats_can_fail() {
    finds(
        floats,
        &[
            ("src/act/a.rs", "let a = b as f64;", 1),
            ("src/act/a.rs", "fn f(x: f32) -> Option<f64> {}", 2),
            ("src/act/a.rs", "// f64 is not used\nlet a = \"f64\"; let f64x = 1;", 0),
            ("src/solve/a.rs", "let a = b as f64;", 0),
            ("src/network/pool/a.rs", "let a = b as f64;", 0),
            ("src/config/setting.rs", "Float(f64)", 0),
            ("src/config/secret.rs", "Float(f64)", 1),
        ],
    );
}

#[test]
fn the_check_of_sql_can_fail() {
    finds(
        sql,
        &[
            ("src/act/a.rs", "sqlx::query(\"select 1\")", 1),
            ("src/api/a.rs", "use sqlx::SqlitePool;", 1),
            ("src/api/a.rs", "use {sqlx, serde};", 1),
            ("src/journal/a.rs", "use sqlx::SqlitePool;", 0),
            ("src/api/a.rs", "// sqlx:: is the journal's\nlet name = \"sqlx::\";", 0),
        ],
    );
}

#[test]
fn comments_and_strings_are_no_code() {
    let code = |text: &str| text::code(text).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(code("a /* b /* c */ d */ e // f\ng"), "a e g");
    assert_eq!(code(r#"a "b \" c" d"#), "a d");
    assert_eq!(code("a r#\"b \" c\"# d"), "a d");
    assert_eq!(code("fn f<'a>(c: &'a str) { '\"' ; '\\'' ; b } "), "fn f<'a>(c: &'a str) { ; ; b }");
    assert_eq!(code("b\"x\" br\"y\" c"), "c");
}
