//! Key paths: `chains.base.rpc[0]`.

use std::fmt;

/// Longest key that is printed; a longer one might be a pasted secret.
const MAX_PRINTED_KEY: usize = 40;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Key of a table.
    Key(String),
    /// Index of a list.
    Index(usize),
}

/// Path of a value in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPath(Vec<Segment>);

impl KeyPath {
    /// The whole file.
    pub fn root() -> Self {
        Self::default()
    }

    /// From dotted keys without indices (`policy.max_day_usd`).
    pub fn dotted(text: &str) -> Self {
        Self(text.split('.').map(|key| Segment::Key(key.to_owned())).collect())
    }

    /// The path of `key` in this table.
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// The path of entry `index` of this list.
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The path one step further.
    pub fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// The steps.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => f.write_str(&printable(key))?,
                Segment::Key(key) => write!(f, ".{}", printable(key))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A key as it may be printed.
pub(crate) fn printable(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if key.len() <= MAX_PRINTED_KEY && !key.is_empty() && key.bytes().all(bare) {
        key.to_owned()
    } else {
        format!("\"(a key of {} characters)\"", key.chars().count())
    }
}
