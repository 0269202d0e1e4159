//! What changed between two programs, in words.

use super::Program;
use crate::error::{escaped, quote};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One difference between two programs.
///
/// # Example
/// ```
/// use sentby::Program;
/// let old = Program::from_toml("sentby = 1\nvendor = \"v\"")?;
/// let new = Program::from_toml("sentby = 1\nvendor = \"v\"\nattribution = { window = \"60d\" }")?;
/// let change = &old.diff(&new)[0];
/// assert_eq!((change.place.as_str(), change.sentence.as_str()), ("/attribution/window", "`30d` becomes `60d`"));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where, as a JSON pointer; products, affiliates and rules stand under their ids and names instead of their numbers.
    pub place: String,
    /// What changes, in words.
    pub sentence: String,
}

impl Program {
    /// What `newer` changes, in words, by place; empty if both decide and pay alike.
    ///
    /// # Example
    /// ```
    /// # use sentby::Program;
    /// let old = Program::from_toml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"")?;
    /// let new = Program::from_toml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"q\"")?;
    /// let words: Vec<String> = old.diff(&new).into_iter().map(|c| format!("{} {}", c.place, c.sentence)).collect();
    /// assert_eq!(words, ["/products/p is gone", "/products/q is new"]);
    /// assert!(old.diff(&old).is_empty());
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn diff(&self, newer: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        // A program's own canonical text is JSON.
        let value = |program: &Self| serde_json::from_str(program.to_json()).unwrap_or(Value::Null);
        compare("", &value(self), &value(newer), &mut changes);
        changes
    }
}

fn compare(place: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(old), Value::Object(new)) => objects(place, old, new, changes),
        (Value::Array(old), Value::Array(new)) if old.iter().chain(new).any(|item| key(item).is_some()) => keyed(place, old, new, changes),
        (old, new) => changes.push(Change { place: place.into(), sentence: format!("{} becomes {}", shown(old), shown(new)) }),
    }
}

fn objects(place: &str, old: &Map<String, Value>, new: &Map<String, Value>, changes: &mut Vec<Change>) {
    // Sorted here: how a map of serde_json is ordered depends on its features.
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let place = format!("{place}/{}", escaped(name));
        match (old.get(name), new.get(name)) {
            (Some(before), Some(after)) => compare(&place, before, after, changes),
            (Some(before), None) => changes.push(Change { place, sentence: format!("was {}, and is the default again", shown(before)) }),
            (None, Some(after)) => changes.push(Change { place, sentence: format!("becomes {}", shown(after)) }),
            (None, None) => {}
        }
    }
}

/// Lists whose items have an id or a name: products, partners, affiliates, classes, rules.
fn keyed(place: &str, old: &[Value], new: &[Value], changes: &mut Vec<Change>) {
    let keys = |list: &[Value]| -> Vec<String> {
        let key = |(n, item): (usize, &Value)| key(item).unwrap_or_else(|| format!("rule {}", n + 1));
        list.iter().enumerate().map(key).collect()
    };
    let (old_keys, new_keys) = (keys(old), keys(new));
    for (key, before) in old_keys.iter().zip(old) {
        let place = format!("{place}/{}", escaped(key));
        match new_keys.iter().position(|k| k == key).and_then(|n| new.get(n)) {
            Some(after) => compare(&place, before, after, changes),
            None => changes.push(Change { place, sentence: "is gone".into() }),
        }
    }
    for key in new_keys.iter().filter(|key| !old_keys.contains(key)) {
        changes.push(Change { place: format!("{place}/{}", escaped(key)), sentence: "is new".into() });
    }
    // The first rule that fits pays, so their order is a rule of its own. Elsewhere it means nothing.
    let common = |keys: &[String], others: &[String]| -> Vec<String> { keys.iter().filter(|key| others.contains(key)).cloned().collect() };
    let (before, after) = (common(&old_keys, &new_keys), common(&new_keys, &old_keys));
    if place == "/commission" && before != after {
        let list = |keys: &[String]| keys.iter().map(|key| quote(key)).collect::<Vec<_>>().join(", ");
        changes.push(Change { place: place.into(), sentence: format!("the order {} becomes {}", list(&before), list(&after)) });
    }
}

/// What tells an item of a list from the others.
fn key(item: &Value) -> Option<String> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    // A partnership's states are told apart by their time and product.
    let since = || Some(format!("{}{}", text("since")?, text("product").map(|p| format!(" {p}")).unwrap_or_default()));
    text("id").or_else(|| text("class")).or_else(|| text("name")).or_else(since)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(text) => quote(text),
        Value::Array(items) if items.is_empty() => "an empty list".into(),
        other => quote(&json(other)),
    }
}

/// JSON with sorted names.
fn json(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Value::Object(object) => {
            let entries: BTreeSet<String> =
                object.iter().map(|(name, item)| format!("{}:{}", Value::from(name.as_str()), json(item))).collect();
            format!("{{{}}}", entries.into_iter().collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}
