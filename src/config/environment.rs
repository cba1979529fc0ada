//! Overrides from the environment: `PURSER_SECTION__KEY`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::document::{Node, Tree};
use crate::config::path::KeyPath;
use crate::config::shape::{Shape, guess, scalar};
use crate::config::{Origin, Problem};

/// What the names of all variables begin with.
const PREFIX: &str = "PURSER_";
/// The variable that names the file itself.
const CONFIG_VARIABLE: &str = "PURSER_CONFIG";

/// Applies every variable that names a setting.
///
/// Two underscores go one table deeper; case does not matter and a dash is an underscore. A name
/// with two underscores must be a setting. One without may be anything (a password the file refers
/// to), unless it is a setting of the top level.
pub(crate) fn apply(
    tree: &mut Node,
    shape: &Shape,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Vec<Problem> {
    let secrets = referenced(tree);
    let mut problems = Vec::new();
    for (name, text) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        if name == CONFIG_VARIABLE || secrets.contains(&name) {
            continue;
        }
        let origin = Origin::Environment(name.clone());
        let mut refuse = |key: String, message: String| {
            problems.push(Problem { origin: origin.clone(), key, message });
        };
        match resolve(tree, shape, rest) {
            Ok((path, branches)) => match scalar(&branches, &text) {
                Some(Ok(value)) => set(tree, &path, Node::new(value, origin)),
                Some(Err(message)) => refuse(path.to_string(), message),
                None => refuse(path.to_string(), "only single values can be set here".to_owned()),
            },
            Err(message) if rest.contains("__") => refuse(String::new(), message),
            Err(_) => {}
        }
    }
    problems
}

/// Names of variables that hold secrets of the file.
fn referenced(tree: &Node) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    tree.walk(&KeyPath::root(), &mut |_, node| {
        let name = node.as_table().and_then(|table| table.get("env")).and_then(Node::as_text);
        names.extend(name.map(str::to_owned));
    });
    names
}

fn resolve<'s>(tree: &Node, shape: &'s Shape, rest: &str) -> Result<(KeyPath, Vec<&'s Value>), String> {
    let mut path = KeyPath::root();
    let mut branches = shape.root();
    for part in rest.split("__") {
        let known: Vec<&str> = branches
            .iter()
            .filter_map(|branch| branch.get("properties")?.as_object())
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        let present = tree.get(&path).and_then(Node::as_table);
        let named = present.into_iter().flat_map(|table| table.keys().map(String::as_str));
        let key = known.iter().copied().chain(named).find(|key| normal(key) == normal(part));
        let inner = key.and_then(|key| shape.member(&branches, key).map(|inner| (key, inner)));
        let Some((key, inner)) = inner else {
            let hint = guess(&part.to_lowercase(), known.iter().copied());
            return Err(format!("names no setting{hint}"));
        };
        path = path.key(key);
        branches = inner;
    }
    Ok((path, branches))
}

fn normal(key: &str) -> String {
    key.replace('-', "_").to_ascii_uppercase()
}

fn set(tree: &mut Node, path: &KeyPath, node: Node) {
    let mut nested = node;
    for segment in path.segments().iter().rev() {
        let crate::config::path::Segment::Key(key) = segment else { return };
        let origin = nested.origin.clone();
        nested = Node::new(Tree::Table([(key.clone(), nested)].into()), origin);
    }
    overlay(tree, nested);
}

fn overlay(below: &mut Node, above: Node) {
    match (&mut below.tree, above.tree) {
        (Tree::Table(table), Tree::Table(new)) => {
            for (key, value) in new {
                match table.get_mut(&key) {
                    Some(present) => overlay(present, value),
                    None => {
                        table.insert(key, value);
                    }
                }
            }
        }
        (_, tree) => *below = Node::new(tree, above.origin),
    }
}
