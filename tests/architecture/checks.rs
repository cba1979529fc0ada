//! The checks: from (path, text) to violations.

use super::text::code;

/// Longest file, in lines.
const MAX_LINES: usize = 600;

/// Rooms by rank: a room may import those of lower rank and itself.
const RANKS: [(&str, u8); 23] = [
    ("domain", 0),
    ("network", 1),
    ("solve", 2),
    ("strategies", 3),
    ("policy", 4),
    ("config", 4),
    ("telemetry", 5),
    ("journal", 5),
    ("tasks", 6),
    ("recording", 6),
    ("backtest", 7),
    ("chains", 6),
    ("venues", 7),
    ("bridges", 7),
    ("markets", 7),
    ("feeds", 7),
    ("observe", 8),
    ("act", 8),
    ("alerts", 8),
    ("cycle", 9),
    ("api", 9),
    ("run", 10),
    ("cli", 11),
];

/// Rooms that may import only the domain, whatever is below them.
const DOMAIN_ONLY: [&str; 2] = ["policy", "config"];

/// Files outside the mathematics that may name a float, each with its reason.
const FLOAT_EXCEPTIONS: [(&str, &str); 3] = [
    (
        "src/strategies/arbitrage/decide.rs",
        "terms of the optimiser are floats; every amount of a plan is computed in integers",
    ),
    ("src/config/setting.rs", "reads a number as TOML spells it and turns its text into an integer"),
    ("src/telemetry/metrics.rs", "Prometheus gauges and buckets are floats; nothing reads them back"),
];

/// Rooms that are imported against their rank.
pub(super) fn imports(path: &str, text: &str) -> Vec<String> {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let parts: Vec<&str> = inside.trim_end_matches(".rs").split('/').collect();
    let room = parts[0];
    if matches!(room, "lib" | "main") {
        return Vec::new();
    }
    let Some(rank) = rank_of(room) else {
        return vec![format!("{path}: the room `{room}` has no rank")];
    };
    let allowed = |target: &str| {
        target == room
            || target == "domain"
            || (!DOMAIN_ONLY.contains(&room) && rank_of(target).is_some_and(|below| below < rank))
    };
    // Modules between this file's and the crate's: that many `super` lead to the root.
    let depth = if parts.last() == Some(&"mod") { parts.len() - 1 } else { parts.len() };
    imported(&code(text), depth)
        .into_iter()
        .filter(|target| !allowed(target))
        .map(|target| format!("{path}: `{room}` may not import `{target}`"))
        .collect()
}

fn rank_of(room: &str) -> Option<u8> {
    RANKS.iter().find(|(name, _)| *name == room).map(|(_, rank)| *rank)
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
