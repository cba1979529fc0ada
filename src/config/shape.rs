//! The tree against the schema: unknown keys, missing keys, wrong kinds. Finds all of them at once,
//! which deserialisation (it stops at the first) cannot.

use serde_json::{Map, Value};

use crate::config::document::{Node, Tree};
use crate::config::path::{KeyPath, printable};
use crate::config::{Config, Problem};

/// The configuration's JSON schema.
pub(crate) struct Shape(Value);

impl Shape {
    /// Derives it from the types.
    pub(crate) fn new() -> Self {
        Self(schemars::schema_for!(Config).to_value())
    }

    /// Everything about the tree that does not fit.
    pub(crate) fn problems(&self, tree: &Node) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check(&[&self.0], tree, &KeyPath::root(), &mut problems);
        problems
    }

    /// The schemas one of which a value of `schema` must fit.
    fn branches<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let target = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#').and_then(|pointer| self.0.pointer(pointer)));
        if let Some(target) = target {
            return self.branches(target);
        }
        match schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
            Some(inner) => inner.iter().flat_map(|branch| self.branches(branch)).collect(),
            None => vec![schema],
        }
    }

    /// Property `key` of a table schema, and whether the table has free keys instead.
    pub(crate) fn member<'s>(&'s self, branches: &[&'s Value], key: &str) -> Option<Vec<&'s Value>> {
        let found = branches.iter().find_map(|branch| branch.get("properties")?.get(key));
        let free = || branches.iter().find_map(|branch| free_keys(branch));
        found.or_else(free).map(|schema| self.branches(schema))
    }

    /// The schema of the whole file.
    pub(crate) fn root(&self) -> Vec<&Value> {
        vec![&self.0]
    }

    fn check(&self, branches: &[&Value], node: &Node, path: &KeyPath, problems: &mut Vec<Problem>) {
        let fitting: Vec<&Value> =
            branches.iter().copied().filter(|branch| fits(branch, &node.tree)).collect();
        let mut refuse = |message: String| problems.push(problem(node, path, message));
        if fitting.is_empty() {
            return refuse(format!("expected {}", expectation(branches)));
        }
        match &node.tree {
            Tree::Text(text) => {
                let words = words(&fitting);
                if !words.is_empty() && !words.contains(&text.as_str()) {
                    refuse(format!("expected {}{}", quoted(&words), guess(text, words.iter().copied())));
                }
            }
            Tree::Integer(number) => {
                if let Some(message) = fitting.iter().find_map(|branch| out_of_range(branch, *number)) {
                    refuse(message);
                }
            }
            Tree::Decimal(_) | Tree::Boolean(_) => {}
            Tree::List(list) => {
                let Some(branch) = fitting.first() else { return };
                if let Some(message) = wrong_length(branch, list.len()) {
                    refuse(message);
                }
                let Some(items) = branch.get("items") else { return };
                let items = self.branches(items);
                for (index, inner) in list.iter().enumerate() {
                    self.check(&items, inner, &path.index(index), problems);
                }
            }
            Tree::Table(table) => {
                if fitting.len() > 1 && table.len() != 1 {
                    let keys: Vec<&str> = properties(&fitting).map(|(key, _)| key.as_str()).collect();
                    return refuse(format!("expected exactly one of {}", quoted(&keys)));
                }
                for (key, inner) in table {
                    match self.member(&fitting, key) {
                        Some(schema) => self.check(&schema, inner, &path.key(key), problems),
                        None => problems.push(unknown(inner, &path.key(key), key, &fitting)),
                    }
                }
                if let [branch] = fitting.as_slice() {
                    let missing = strings(branch.get("required")).filter(|key| !table.contains_key(*key));
                    for key in missing {
                        problems.push(problem(node, path, format!("the key `{key}` is missing")));
                    }
                }
            }
        }
    }
}

fn problem(node: &Node, path: &KeyPath, message: String) -> Problem {
    Problem { origin: node.origin.clone(), key: path.to_string(), message }
}

fn unknown(node: &Node, path: &KeyPath, key: &str, branches: &[&Value]) -> Problem {
    let known: Vec<&str> = properties(branches).map(|(known, _)| known.as_str()).collect();
    let hint = match guess(key, known.iter().copied()) {
        none if none.is_empty() => format!("; known here: {}", known.join(", ")),
        some => some,
    };
    problem(node, path, format!("unknown key `{}`{hint}", printable(key)))
}

/// `; did you mean …?`, when something is near.
pub(crate) fn guess<'k>(text: &str, known: impl Iterator<Item = &'k str>) -> String {
    let nearest = known.map(|word| (strsim::damerau_levenshtein(text, word), word)).min();
    match nearest {
        Some((distance, word)) if distance <= word.len().div_euclid(3).max(2) => {
            format!("; did you mean `{word}`?")
        }
        Some(_) | None => String::new(),
    }
}

fn properties<'s>(branches: &[&'s Value]) -> impl Iterator<Item = (&'s String, &'s Value)> {
    let tables: Vec<&Map<String, Value>> =
        branches.iter().filter_map(|branch| branch.get("properties")?.as_object()).collect();
    tables.into_iter().flatten()
}

fn free_keys(branch: &Value) -> Option<&Value> {
    branch.get("additionalProperties").filter(|schema| schema.is_object())
}

/// Names of JSON types a schema allows.
fn types(branch: &Value) -> Vec<&str> {
    match branch.get("type") {
        Some(Value::String(name)) => vec![name],
        list => strings(list).collect(),
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a value is of a schema's kind. A number may be written as text, a whole one is one too.
fn fits(branch: &Value, tree: &Tree) -> bool {
    let types = types(branch);
    let any = |names: &[&str]| names.iter().any(|name| types.contains(name));
    match tree {
        Tree::Text(_) => any(&["string", "number"]),
        Tree::Integer(_) => any(&["integer", "number"]),
        Tree::Decimal(_) => any(&["number"]),
        Tree::Boolean(_) => any(&["boolean"]),
        Tree::List(_) => any(&["array"]),
        Tree::Table(_) => any(&["object"]),
    }
}

/// The only words a text may be; empty when any may.
fn words<'s>(branches: &[&'s Value]) -> Vec<&'s str> {
    branches
        .iter()
        .flat_map(|branch| {
            branch.get("const").and_then(Value::as_str).into_iter().chain(strings(branch.get("enum")))
        })
        .collect()
}

fn out_of_range(branch: &Value, number: i64) -> Option<String> {
    let bound = |key: &str| branch.get(key).and_then(Value::as_i64);
    let (least, most) = (bound("minimum"), bound("maximum"));
    let wrong = least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most);
    wrong.then(|| match (least, most) {
        (Some(least), Some(most)) => format!("expected a whole number from {least} to {most}"),
        (Some(least), None) => format!("expected a whole number of at least {least}"),
        (None, Some(most)) => format!("expected a whole number of at most {most}"),
        (None, None) => "expected another whole number".to_owned(),
    })
}

fn wrong_length(branch: &Value, length: usize) -> Option<String> {
    let bound = |key: &str| branch.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let fits = bound("minItems").is_none_or(|least| length >= least)
        && bound("maxItems").is_none_or(|most| length <= most);
    (!fits).then(|| format!("expected {} entries", bound("maxItems").or(bound("minItems")).unwrap_or(0)))
}

fn expectation(branches: &[&Value]) -> String {
    let words = words(branches);
    if !words.is_empty() {
        return quoted(&words);
    }
    let mut kinds: Vec<&str> = Vec::new();
    for name in branches.iter().flat_map(|branch| types(branch)) {
        let kind = match name {
            "string" => "text in quotes",
            "integer" => "a whole number",
            "number" => "a number such as 5, 0.5 or \"0.5\"",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "a table",
            _ => continue,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}

/// How the text of an environment variable becomes a value of a schema; `None` for lists and tables.
pub(crate) fn scalar(branches: &[&Value], text: &str) -> Option<Result<Tree, String>> {
    let types: Vec<&str> = branches.iter().flat_map(|branch| types(branch)).collect();
    let refuse = || Err(format!("expected {}", expectation(branches)));
    if types.contains(&"string") || types.contains(&"number") {
        Some(Ok(Tree::Text(text.to_owned())))
    } else if types.contains(&"integer") {
        Some(text.parse().map(Tree::Integer).or_else(|_| refuse()))
    } else if types.contains(&"boolean") {
        Some(text.parse().map(Tree::Boolean).or_else(|_| refuse()))
    } else {
        None
    }
}
