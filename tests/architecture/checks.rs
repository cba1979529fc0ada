//! The checks: from (path, text) to violations.

use super::text::code;

/// Longest file, in lines.
const MAX_LINES: usize = 600;

/// Rooms and what each may import besides itself.
const RANKS: [(&str, &[&str]); 20] = {
    const PURE: &[&str] = &["domain"];
    const LOW: &[&str] = &["domain", "network", "solve", "strategies", "policy", "config"];
    const CHAINS: &[&str] =
        &["domain", "network", "solve", "strategies", "policy", "config", "telemetry", "journal"];
    const OUTSIDE: &[&str] =
        &["domain", "network", "solve", "strategies", "policy", "config", "telemetry", "journal", "chains"];
    const WORK: &[&str] = &[
        "domain",
        "network",
        "solve",
        "strategies",
        "policy",
        "config",
        "telemetry",
        "journal",
        "chains",
        "venues",
        "bridges",
        "markets",
        "feeds",
    ];
    const TOP: &[&str] = &[
        "domain",
        "network",
        "solve",
        "strategies",
        "policy",
        "config",
        "telemetry",
        "journal",
        "chains",
        "venues",
        "bridges",
        "markets",
        "feeds",
        "observe",
        "act",
        "alerts",
    ];
    const RUN: &[&str] = &[
        "domain",
        "network",
        "solve",
        "strategies",
        "policy",
        "config",
        "telemetry",
        "journal",
        "chains",
        "venues",
        "bridges",
        "markets",
        "feeds",
        "observe",
        "act",
        "alerts",
        "cycle",
        "api",
    ];
    const CLI: &[&str] = &[
        "domain",
        "network",
        "solve",
        "strategies",
        "policy",
        "config",
        "telemetry",
        "journal",
        "chains",
        "venues",
        "bridges",
        "markets",
        "feeds",
        "observe",
        "act",
        "alerts",
        "cycle",
        "api",
        "run",
    ];
    [
        ("domain", &[]),
        ("network", PURE),
        ("solve", &["domain", "network"]),
        ("strategies", &["domain", "network", "solve"]),
        ("policy", PURE),
        ("config", PURE),
        ("telemetry", LOW),
        ("journal", LOW),
        ("chains", CHAINS),
        ("venues", OUTSIDE),
        ("bridges", OUTSIDE),
        ("markets", OUTSIDE),
        ("feeds", OUTSIDE),
        ("observe", WORK),
        ("act", WORK),
        ("alerts", WORK),
        ("cycle", TOP),
        ("api", TOP),
        ("run", RUN),
        ("cli", CLI),
    ]
};

/// Files outside the mathematics that may name a float, each with its reason.
const FLOAT_EXCEPTIONS: [(&str, &str); 1] =
    [("src/config/setting.rs", "reads a number as TOML spells it and turns its text into an integer")];

/// Rooms that are imported against their rank.
pub(super) fn imports(path: &str, text: &str) -> Vec<String> {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let parts: Vec<&str> = inside.trim_end_matches(".rs").split('/').collect();
    let room = parts[0];
    if matches!(room, "lib" | "main") {
        return Vec::new();
    }
    let Some((_, allowed)) = RANKS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{path}: the room `{room}` has no rank")];
    };
    // Modules between this file's and the crate's: that many `super` lead to the root.
    let depth = if parts.last() == Some(&"mod") { parts.len() - 1 } else { parts.len() };
    imported(&code(text), depth)
        .into_iter()
        .filter(|target| target != room && !allowed.contains(&target.as_str()))
        .map(|target| format!("{path}: `{room}` may not import `{target}`"))
        .collect()
}

/// First names after `crate::` or after enough `super::` to be at the root.
fn imported(code: &str, depth: usize) -> Vec<String> {
    let tokens = tokens(code);
    let token = |at: usize| tokens.get(at).map_or("", String::as_str);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let after = match token(at) {
            // `pub(crate)` is followed by a bracket, a path by two colons.
            "crate" if token(at + 1) == "as" => {
                found.push("crate as a whole".to_owned());
                continue;
            }
            "crate" if token(at + 1) == "::" => at + 2,
            "super" if at < 2 || token(at - 2) != "super" => {
                let supers = (0..).take_while(|step| token(at + 2 * step) == "super").count();
                if supers < depth {
                    continue;
                }
                at + 2 * supers
            }
            _ => continue,
        };
        if token(after) != "{" {
            found.push(token(after).to_owned());
            continue;
        }
        let (mut level, mut next, mut first) = (1, after + 1, true);
        while level > 0 && next < tokens.len() {
            match token(next) {
                "{" => level += 1,
                "}" => level -= 1,
                "," if level == 1 => first = true,
                name if level == 1 && first => {
                    found.push(name.to_owned());
                    first = false;
                }
                _ => {}
            }
            next += 1;
        }
    }
    found
}

/// Words, `::` and single other characters.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for character in code.chars() {
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if character == ':' && tokens.last().is_some_and(|last| last == ":") {
            tokens.pop();
            tokens.push("::".to_owned());
        } else if !character.is_whitespace() {
            tokens.push(character.to_string());
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

/// Files that are too long.
pub(super) fn length(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    (lines > MAX_LINES).then(|| format!("{path}: {lines} lines, more than {MAX_LINES}")).into_iter().collect()
}

/// Float types outside the mathematics.
pub(super) fn floats(path: &str, text: &str) -> Vec<String> {
    let mathematics = path.starts_with("src/solve/") || path.starts_with("src/network/");
    if mathematics || FLOAT_EXCEPTIONS.iter().any(|(file, _)| *file == path) {
        return Vec::new();
    }
    words(path, text, &["f32", "f64"])
}

/// SQL outside the journal.
pub(super) fn sql(path: &str, text: &str) -> Vec<String> {
    if path.starts_with("src/journal/") { Vec::new() } else { words(path, text, &["sqlx"]) }
}

fn words(path: &str, text: &str, refused: &[&str]) -> Vec<String> {
    tokens(&code(text))
        .into_iter()
        .filter(|token| refused.contains(&token.as_str()))
        .map(|token| format!("{path}: `{token}` does not belong here"))
        .collect()
}
