//! In which keys two scenarios differ.

use std::fmt;

use crate::scenario::node::Entry;
use crate::scenario::node::Node;
use crate::scenario::node::Value;

/// Most characters of a value that are shown.
const SHOWN: usize = 80;

/// A key with another value in another scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The key's path, as `--set` takes it: `traffic.callers[0].talk`.
    pub key: String,
    /// In the first scenario, written on one line; absent where the key isn't there.
    pub one: Option<String>,
    /// In the other.
    pub other: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "absent".to_owned(), shorten);
        write!(f, "{}: {} in the first, {} in the second", self.key, shown(&self.one), shown(&self.other))
    }
}

/// As much of a value as a reader wants to see.
#[must_use]
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The keys in which two effective scenarios differ, as deep as they can be named, in the order of the first; none
/// where a text can't be read.
#[must_use]
pub fn differences(one: &str, other: &str) -> Vec<Difference> {
    let (Ok(one), Ok(other)) = (Node::read(one, ""), Node::read(other, "")) else { return Vec::new() };
    let mut found = Vec::new();
    compare("", &one, &other, &mut found);
    found
}

fn compare(key: &str, one: &Node, other: &Node, found: &mut Vec<Difference>) {
    match (&one.value, &other.value) {
        // Another law or process is one change, not a key gone and a key come.
        (Value::Map(ours), Value::Map(theirs))
            if key.is_empty() || ours.iter().any(|entry| child(theirs, &entry.key).is_some()) =>
        {
            for entry in ours {
                let key = path(key, &entry.key);
                match child(theirs, &entry.key) {
                    Some(node) => compare(&key, &entry.node, node, found),
                    None => found.push(Difference { key, one: Some(line(&entry.node)), other: None }),
                }
            }
            let added = theirs.iter().filter(|entry| child(ours, &entry.key).is_none());
            found.extend(added.map(|entry| Difference {
                key: path(key, &entry.key),
                one: None,
                other: Some(line(&entry.node)),
            }));
        }
        (Value::List(ours), Value::List(theirs)) if ours.len() == theirs.len() => {
            for (place, (one, other)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{key}[{place}]"), one, other, found);
            }
        }
        _ => {
            let (one, other) = (line(one), line(other));
            if one != other {
                found.push(Difference { key: key.to_owned(), one: Some(one), other: Some(other) });
            }
        }
    }
}

fn child<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}

fn path(above: &str, key: &str) -> String {
    if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") }
}

/// A value on one line, as YAML takes it.
fn line(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => text.clone(),
        Value::List(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries = entries.iter().map(|entry| format!("{}: {}", entry.key, line(&entry.node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(one: &str, other: &str) -> Vec<String> {
        differences(one, other).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_are_named_as_deep_as_they_go_with_both_values() {
        let one = "seed: 42\npbx: {channels: 15, legs: 30}\ngrowth: [1, 2]\ncallers: [{name: a, talk: {constant: 3m}}]\n";
        let other = "seed: 7\npbx: {channels: 14, answer_delay: 2s}\ngrowth: [1, 2, 3]\n\
                     callers: [{name: a, talk: {exponential: {mean: 3m}}}]\n";
        let expected = [
            "seed: 42 in the first, 7 in the second",
            "pbx.channels: 15 in the first, 14 in the second",
            "pbx.legs: 30 in the first, absent in the second",
            "pbx.answer_delay: absent in the first, 2s in the second",
            "growth: [1, 2] in the first, [1, 2, 3] in the second",
            "callers[0].talk: {constant: 3m} in the first, {exponential: {mean: 3m}} in the second",
        ];
        assert_eq!(told(one, other), expected);
        assert_eq!(differences(one, one), []);
    }

    #[test]
    fn a_long_value_is_cut_where_it_is_shown_and_nowhere_else() {
        let long = "x".repeat(500);
        let found = differences("question: y\n", &format!("question: {long}\n"));
        assert_eq!(found[0].other.as_deref(), Some(&*long));
        assert!(found[0].to_string().len() < 140, "{}", found[0]);
    }
}
