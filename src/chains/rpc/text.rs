//! Texts of outside parties.

/// Longest text that is kept.
const MAX_TEXT: usize = 300;

/// Outside text, fit for a log line: no control characters, at most 300 characters.
pub fn printable(text: &str) -> String {
    let mut short: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TEXT).collect();
    if text.chars().nth(MAX_TEXT).is_some() {
        short.push('…');
    }
    short
}

/// Whether `phrase` stands in `text` as words of its own: "unknown transaction" is not "known transaction".
pub(in crate::chains) fn has_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(start, found)| {
        let before = text.get(..start).and_then(|head| head.chars().next_back());
        let after = text.get(start.saturating_add(found.len())..).and_then(|tail| tail.chars().next());
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !is_word(before) && !is_word(after)
    })
}
