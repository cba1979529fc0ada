//! The file as a tree in which every value knows where it comes from.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::config::path::{KeyPath, Segment};
use crate::config::{Origin, Problem};

/// Dots in one line, above which a line is no setting: dotted keys nest, and nesting costs stack.
const MAX_DOTS: usize = 100;

/// A value and its origin.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The value.
    pub(crate) tree: Tree,
    /// Where it comes from.
    pub(crate) origin: Origin,
}

/// A value of the file. Decimals stay text, so that no digit is lost.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    /// Text.
    Text(String),
    /// Whole number.
    Integer(i64),
    /// Number with a fraction, as written.
    Decimal(String),
    /// True or false.
    Boolean(bool),
    /// List.
    List(Vec<Node>),
    /// Table.
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// A value with an origin.
    pub(crate) fn new(tree: Tree, origin: Origin) -> Self {
        Self { tree, origin }
    }

    /// The value at `path`, if there is one.
    pub(crate) fn get(&self, path: &KeyPath) -> Option<&Self> {
        path.segments().iter().try_fold(self, |node, segment| node.step(segment))
    }

    /// The origin of the value at `path`, or of the nearest table around it.
    pub(crate) fn origin_near(&self, path: &KeyPath) -> Origin {
        let mut node = self;
        for segment in path.segments() {
            match node.step(segment) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node.origin.clone()
    }

    fn step(&self, segment: &Segment) -> Option<&Self> {
        match (&self.tree, segment) {
            (Tree::Table(table), Segment::Key(key)) => table.get(key),
            (Tree::List(list), Segment::Index(index)) => list.get(*index),
            (
                Tree::Text(_)
                | Tree::Integer(_)
                | Tree::Decimal(_)
                | Tree::Boolean(_)
                | Tree::List(_)
                | Tree::Table(_),
                _,
            ) => None,
        }
    }

    /// The table below `key`.
    pub(crate) fn table(&self, key: &str) -> Option<&BTreeMap<String, Self>> {
        self.as_table()?.get(key)?.as_table()
    }

    /// This value's keys, if it is a table.
    pub(crate) fn as_table(&self) -> Option<&BTreeMap<String, Self>> {
        match &self.tree {
            Tree::Table(table) => Some(table),
            Tree::Text(_) | Tree::Integer(_) | Tree::Decimal(_) | Tree::Boolean(_) | Tree::List(_) => None,
        }
    }

    /// This value's keys for writing, if it is a table.
    pub(crate) fn as_table_mut(&mut self) -> Option<&mut BTreeMap<String, Self>> {
        match &mut self.tree {
            Tree::Table(table) => Some(table),
            Tree::Text(_) | Tree::Integer(_) | Tree::Decimal(_) | Tree::Boolean(_) | Tree::List(_) => None,
        }
    }

    /// The whole number, if it is one.
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match &self.tree {
            Tree::Integer(value) => Some(*value),
            Tree::Text(_) | Tree::Decimal(_) | Tree::Boolean(_) | Tree::List(_) | Tree::Table(_) => None,
        }
    }

    /// The text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.tree {
            Tree::Text(text) => Some(text),
            Tree::Integer(_) | Tree::Decimal(_) | Tree::Boolean(_) | Tree::List(_) | Tree::Table(_) => None,
        }
    }

    /// Adds what is missing here from `other`; what is here stays.
    pub(crate) fn fill(&mut self, other: Self) {
        let Tree::Table(new) = other.tree else { return };
        let Some(table) = self.as_table_mut() else { return };
        for (key, value) in new {
            match table.get_mut(&key) {
                Some(present) => present.fill(value),
                None => {
                    table.insert(key, value);
                }
            }
        }
    }

    /// Gives this value and all below another origin.
    pub(crate) fn set_origin(&mut self, origin: &Origin) {
        self.origin = origin.clone();
        match &mut self.tree {
            Tree::Table(table) => table.values_mut().for_each(|node| node.set_origin(origin)),
            Tree::List(list) => list.iter_mut().for_each(|node| node.set_origin(origin)),
            Tree::Text(_) | Tree::Integer(_) | Tree::Decimal(_) | Tree::Boolean(_) => {}
        }
    }

    /// Calls `visit` for this value and all below, with their paths.
    pub(crate) fn walk(&self, path: &KeyPath, visit: &mut impl FnMut(&KeyPath, &Self)) {
        visit(path, self);
        match &self.tree {
            Tree::Table(table) => {
                for (key, node) in table {
                    node.walk(&path.key(key), visit);
                }
            }
            Tree::List(list) => {
                for (index, node) in list.iter().enumerate() {
                    node.walk(&path.index(index), visit);
                }
            }
            Tree::Text(_) | Tree::Integer(_) | Tree::Decimal(_) | Tree::Boolean(_) => {}
        }
    }

    /// The value without origins, for deserialisation.
    pub(crate) fn to_value(&self) -> toml::Value {
        match &self.tree {
            Tree::Text(text) | Tree::Decimal(text) => toml::Value::String(text.clone()),
            Tree::Integer(value) => toml::Value::Integer(*value),
            Tree::Boolean(value) => toml::Value::Boolean(*value),
            Tree::List(list) => toml::Value::Array(list.iter().map(Self::to_value).collect()),
            Tree::Table(table) => {
                toml::Value::Table(table.iter().map(|(key, node)| (key.clone(), node.to_value())).collect())
            }
        }
    }
}

/// Parses TOML. All errors of the syntax come at once; their messages never quote the text.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<Problem>> {
    let lines = Lines::new(text);
    for (index, line) in text.lines().enumerate() {
        if !line.trim_start().starts_with('#') && line.bytes().filter(|byte| *byte == b'.').count() > MAX_DOTS
        {
            let origin = Origin::File { line: index.saturating_add(1), column: 1 };
            let message = format!("more than {MAX_DOTS} dots in one line; no setting looks like this");
            return Err(vec![Problem { origin, key: String::new(), message }]);
        }
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    let problems: Vec<Problem> = errors
        .iter()
        .map(|error| Problem {
            origin: lines.origin(error.span().map_or(0, |span| span.start)),
            key: String::new(),
            message: error.message().to_owned(),
        })
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let root = Origin::File { line: 1, column: 1 };
    let mut reader = Reader { lines, problems };
    let node = reader.table(document.get_ref(), root, &KeyPath::root());
    if reader.problems.is_empty() { Ok(node) } else { Err(reader.problems) }
}

/// Turns parsed TOML into nodes that know where they stand; gathers what no setting can be.
struct Reader<'t> {
    lines: Lines<'t>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, origin: Origin, path: &KeyPath) -> Node {
        let entries = table.iter().map(|(key, inner)| {
            let name = key.get_ref().to_string();
            let origin = self.lines.origin(key.span().start);
            let node = self.value(inner.get_ref(), origin, &path.key(&name));
            (name, node)
        });
        let entries = entries.collect();
        Node::new(Tree::Table(entries), origin)
    }

    fn value(&mut self, value: &DeValue<'_>, origin: Origin, path: &KeyPath) -> Node {
        let tree = match value {
            DeValue::String(text) => Tree::Text(text.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Tree::Integer(number),
                Err(_) => self.refuse(&origin, path, "the whole number is too large"),
            },
            DeValue::Float(number) => Tree::Decimal(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Tree::Boolean(*flag),
            DeValue::Datetime(_) => self.refuse(&origin, path, "no setting is a date or a time"),
            DeValue::Array(list) => {
                let nodes = list.iter().enumerate().map(|(index, inner)| {
                    let place = self.lines.origin(inner.span().start);
                    self.value(inner.get_ref(), place, &path.index(index))
                });
                Tree::List(nodes.collect())
            }
            DeValue::Table(inner) => return self.table(inner, origin, path),
        };
        Node::new(tree, origin)
    }

    fn refuse(&mut self, origin: &Origin, path: &KeyPath, message: &str) -> Tree {
        let (origin, key, message) = (origin.clone(), path.to_string(), message.to_owned());
        self.problems.push(Problem { origin, key, message });
        Tree::Boolean(false)
    }
}

/// Byte offsets to lines and columns.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at.saturating_add(1));
        Self { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    fn origin(&self, offset: usize) -> Origin {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        Origin::File { line, column: before.chars().count().saturating_add(1) }
    }
}
