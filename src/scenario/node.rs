//! YAML as a tree in which every value knows where it was written.
//!
//! Only this file knows the YAML crate's reader. Scalars keep their text as written, so that `0123` and
//! `+7495…` reach a phone number intact; what they mean is decided by whoever reads them.

use std::fmt;

use serde::Deserialize;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_yaml::Spanned;

use crate::scenario::problem::Problem;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Line and column of the file, from 1.
    File { line: u64, column: u64 },
    /// `--set KEY=…` on the command line.
    Override { key: String },
}

impl Place {
    pub(crate) fn describe(&self, file: &str) -> String {
        match self {
            Self::File { line: 0, .. } => file.to_owned(),
            Self::File { line, column } => format!("{file}:{line}:{column}"),
            Self::Override { key } => format!("--set {key}"),
        }
    }

    /// `file.yaml:23`, for lists of gates.
    pub(crate) fn line_of(&self, file: &str) -> String {
        match self {
            Self::File { line, .. } => format!("{file}:{line}"),
            Self::Override { key } => format!("--set {key}"),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) node: Node,
}

impl Value {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "keys and values",
        }
    }
}

/// One step down the tree: an entry of a map or an item of a list, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Entry(usize),
    Item(usize),
}

/// What the reader of YAML says, with our remedy. Of a key that stands twice it would name a setting of its own.
fn not_yaml(said: &str) -> String {
    let twice = said.strip_prefix("duplicate mapping key: ").and_then(|rest| rest.split(", set ").next());
    match twice {
        Some(key) => format!("the key `{key}` stands here a second time; leave one of the two"),
        None => format!("{said}; this is not valid YAML: check indentation, quotes and brackets"),
    }
}

impl Node {
    /// Reads YAML text.
    pub(crate) fn read(text: &str, file: &str) -> Result<Self, Problem> {
        let options = serde_yaml::options! { with_snippet: false };
        match serde_yaml::from_str_with_options::<Spanned<Raw>>(text, options) {
            Ok(raw) => Ok(place(raw, text)),
            Err(error) => {
                let location = error.location();
                let place = location.map_or(Place::File { line: 0, column: 0 }, |at| Place::File {
                    line: at.line(),
                    column: at.column(),
                });
                let message = not_yaml(without_place(&error.to_string()));
                Err(Problem { written_at: place.describe(file), key: String::new(), message })
            }
        }
    }

    /// The node at a path of keys and `[n]`, or the nearest one above it that exists.
    pub(crate) fn nearest_to(&self, path: &str) -> &Self {
        let mut node = self;
        for part in parts(path) {
            match node.child(part) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    /// The node at a path of keys and `[n]`.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        parts(path).try_fold(self, |node, part| node.child(part))
    }

    fn child(&self, part: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == part).map(|entry| &entry.node),
            Value::List(items) => items.get(part.parse::<usize>().ok()?),
            Value::Null | Value::Text(_) => None,
        }
    }

    /// Keys of a map, in order; none of anything else.
    pub(crate) fn keys(&self) -> Vec<&str> {
        match &self.value {
            Value::Map(entries) => entries.iter().map(|entry| entry.key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// A key stands there without a value.
    pub(crate) const fn is_nothing(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Removes what the steps lead to.
    pub(crate) fn remove(&mut self, steps: &[Step]) {
        let Some((last, before)) = steps.split_last() else { return };
        let mut node = self;
        for step in before {
            node = match (&mut node.value, *step) {
                (Value::Map(entries), Step::Entry(index)) => &mut entries[index].node,
                (Value::List(items), Step::Item(index)) => &mut items[index],
                _ => return,
            };
        }
        match (&mut node.value, *last) {
            (Value::Map(entries), Step::Entry(index)) => drop(entries.remove(index)),
            (Value::List(items), Step::Item(index)) => drop(items.remove(index)),
            _ => {}
        }
    }

    /// Puts `value` at `path`, making maps on the way where nothing is.
    pub(crate) fn set(&mut self, path: &str, value: &str) -> Result<(), String> {
        if path.is_empty() {
            return Err("there is no key; write --set pbx.channels=12".to_owned());
        }
        let mut node = self;
        let place = Place::Override { key: path.to_owned() };
        for part in parts(path) {
            if part.is_empty() {
                return Err(format!("`{path}` is no key; write --set pbx.channels=12"));
            }
            if matches!(node.value, Value::Null) {
                node.value = Value::Map(Vec::new());
            }
            node = match &mut node.value {
                Value::Map(entries) => {
                    let found = entries.iter().position(|entry| entry.key == part).unwrap_or_else(|| {
                        let empty = Self { place: place.clone(), value: Value::Null };
                        entries.push(Entry { key: part.to_owned(), key_place: place.clone(), node: empty });
                        entries.len() - 1
                    });
                    &mut entries[found].node
                }
                Value::List(items) => {
                    let length = items.len();
                    part.parse::<usize>().ok().and_then(|index| items.get_mut(index)).ok_or_else(|| {
                        format!(
                            "`{part}` is no place in a list of {length}; write 0 to {}",
                            length.max(1) - 1
                        )
                    })?
                }
                // What was a single value becomes keys: `profile: 5/s` overridden by `profile.peak.base=…`.
                other => {
                    let empty = Self { place: place.clone(), value: Value::Null };
                    let entry = Entry { key: part.to_owned(), key_place: place.clone(), node: empty };
                    *other = Value::Map(vec![entry]);
                    let Value::Map(entries) = other else { unreachable!("it has just been made a map") };
                    &mut entries[0].node
                }
            };
        }
        let read = Self::read(value, "--set").map_err(|problem| problem.message)?;
        *node = read.moved_to(&place);
        Ok(())
    }

    fn moved_to(mut self, place: &Place) -> Self {
        self.place = place.clone();
        self.value = match self.value {
            Value::List(items) => Value::List(items.into_iter().map(|item| item.moved_to(place)).collect()),
            Value::Map(entries) => {
                let moved = entries.into_iter().map(|entry| Entry {
                    key: entry.key,
                    key_place: place.clone(),
                    node: entry.node.moved_to(place),
                });
                Value::Map(moved.collect())
            }
            other => other,
        };
        self
    }
}

/// Splits `traffic.callers[0].talk` into its keys and indices. A key that holds a dot cannot be named.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[']).map(|part| part.trim_end_matches(']')).take(if path.is_empty() {
        0
    } else {
        usize::MAX
    })
}

/// The first line of the crate's message, without the place, which is told in our own form.
fn without_place(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.split_once(" at line ").map_or(line, |(message, _)| message)
}

/// What the YAML crate gives, before numbers are put back to how they were written.
#[derive(Debug)]
enum Raw {
    Null,
    Text(String),
    /// A plain scalar that the crate took for a number or a truth value.
    Typed(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn place(raw: Spanned<Raw>, text: &str) -> Node {
    let at = raw.referenced;
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Text(text) => Value::Text(text),
        Raw::Typed(shown) => Value::Text(source_text(raw.defined, text).map_or(shown, str::to_owned)),
        Raw::List(items) => Value::List(items.into_iter().map(|item| place(item, text)).collect()),
        Raw::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| Entry {
                    key_place: Place::File { line: key.referenced.line(), column: key.referenced.column() },
                    key: key.value,
                    node: place(value, text),
                })
                .collect(),
        ),
    };
    Node { place: Place::File { line: at.line(), column: at.column() }, value }
}

fn source_text(at: serde_yaml::Location, text: &str) -> Option<&str> {
    let span = at.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len()?).ok()?;
    let written = text.get(start..start.checked_add(length)?)?.trim();
    (!written.is_empty()).then_some(written)
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_at(tree: &Node, path: &str) -> String {
        match &tree.at(path).unwrap_or_else(|| panic!("nothing at {path}")).value {
            Value::Text(text) => text.clone(),
            other => panic!("{path} is {}", other.kind()),
        }
    }

    #[test]
    fn scalars_keep_the_text_that_was_written() {
        let yaml =
            "a: 0123\nb: +74951234567\nc: 1e3\nd: yes\ne: \"10\"\nf: 08:30\ng: 5 # five\nh: [0x10, 1_000]\n";
        let tree = Node::read(yaml, "x.yaml").unwrap();
        for (key, text) in [("a", "0123"), ("b", "+74951234567"), ("c", "1e3"), ("d", "yes"), ("e", "10")] {
            assert_eq!(text_at(&tree, key), text);
        }
        assert_eq!(text_at(&tree, "f"), "08:30");
        assert_eq!(text_at(&tree, "g"), "5");
        assert_eq!(text_at(&tree, "h[1]"), "1_000");
    }

    #[test]
    fn a_key_that_stands_twice_is_told_without_the_readers_own_settings() {
        let told = Node::read("name: x\nseed: 1\nseed: 2\n", "x.yaml").unwrap_err().to_string();
        assert_eq!(told, "x.yaml:3:1: the key `seed` stands here a second time; leave one of the two");
    }

    #[test]
    fn values_know_their_line_and_column() {
        let tree = Node::read("traffic:\n  callers:\n    - name: x\n      share: 7\n", "x.yaml").unwrap();
        let node = tree.at("traffic.callers[0].share").unwrap();
        assert_eq!(node.place, Place::File { line: 4, column: 14 });
    }

    #[test]
    fn an_override_replaces_or_makes_its_key() {
        let mut tree = Node::read("pbx:\n  channels: 10\nlist: [1, 2]\n", "x.yaml").unwrap();
        tree.set("pbx.channels", "12").unwrap();
        tree.set("pbx.refusal.channels.status", "486").unwrap();
        tree.set("list.1", "{a: 3}").unwrap();
        assert_eq!(text_at(&tree, "pbx.channels"), "12");
        assert_eq!(text_at(&tree, "pbx.refusal.channels.status"), "486");
        assert_eq!(text_at(&tree, "list[1].a"), "3");
        assert!(tree.set("list.7", "1").is_err() && tree.set("", "1").is_err());
    }
}
