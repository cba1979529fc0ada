//! The Prometheus text format, as far as a linter needs it.

use std::collections::{BTreeMap, BTreeSet};

/// One metric family.
#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) help: String,
    pub(crate) kind: String,
    pub(crate) labels: BTreeSet<String>,
    /// Values by the text between the braces.
    pub(crate) samples: BTreeMap<String, f64>,
}

/// Reads an exposition; panics on a line that is none.
pub(crate) fn parse(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            families.entry(name.to_owned()).or_default().help = help.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            families.entry(name.to_owned()).or_default().kind = kind.to_owned();
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.strip_suffix('}').unwrap();
            let family = ["", "_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|suffix| name.strip_suffix(suffix))
                .find(|base| families.contains_key(*base))
                .unwrap_or_else(|| panic!("{line} belongs to no family"))
                .to_owned();
            let family = families.get_mut(&family).unwrap();
            for label in labels.split("\",").filter(|label| !label.is_empty()) {
                family.labels.insert(label.split_once('=').unwrap().0.to_owned());
            }
            if family.kind == "histogram" {
                family.labels.remove("le");
            } else {
                family.samples.insert(labels.to_owned(), value.parse().unwrap());
            }
        }
    }
    families
}
