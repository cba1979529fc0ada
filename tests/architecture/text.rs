//! Rust source without its comments, strings and characters.

/// The code of a file; everything else is left out.
pub(super) fn code(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let rest = &characters[at..];
        at += match character {
            '/' if starts(rest, "//") => rest.iter().take_while(|next| **next != '\n').count(),
            '/' if starts(rest, "/*") => block_comment(rest),
            '"' => string(rest),
            'r' | 'b' if !ends_in_word(&out) && literal(rest).is_some() => literal(rest).unwrap_or(1),
            '\'' if quoted_character(rest).is_some() => quoted_character(rest).unwrap_or(1),
            _ => {
                out.push(character);
                1
            }
        };
    }
    out
}

fn starts(rest: &[char], prefix: &str) -> bool {
    prefix.chars().enumerate().all(|(index, wanted)| rest.get(index) == Some(&wanted))
}

fn ends_in_word(out: &str) -> bool {
    out.chars().next_back().is_some_and(|last| last.is_alphanumeric() || last == '_')
}

fn block_comment(rest: &[char]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if starts(&rest[at..], "/*") {
            depth += 1;
            at += 2;
        } else if starts(&rest[at..], "*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while let Some(character) = rest.get(at) {
        match character {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Length of a literal that begins with `b`, `r` or `br`.
fn literal(rest: &[char]) -> Option<usize> {
    let prefix = rest.iter().take_while(|next| matches!(next, 'b' | 'r')).count();
    let hashes = rest[prefix..].iter().take_while(|next| **next == '#').count();
    let raw = rest[..prefix].contains(&'r');
    if prefix > 2 || rest.get(prefix + hashes) != Some(&'"') || (hashes > 0 && !raw) {
        return None;
    }
    if !raw {
        return Some(prefix + string(&rest[prefix..]));
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = prefix + hashes + 1;
    (start..rest.len()).find(|at| starts(&rest[*at..], &end)).map(|at| at + 1 + hashes)
}

/// Length of a character literal; a lifetime is none.
fn quoted_character(rest: &[char]) -> Option<usize> {
    match rest.get(1)? {
        '\\' => rest.iter().skip(3).position(|next| *next == '\'').map(|at| at + 4),
        _ => (rest.get(2) == Some(&'\'')).then_some(3),
    }
}
