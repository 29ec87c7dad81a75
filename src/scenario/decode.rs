//! From the positioned tree to the document types, through serde.
//!
//! Serde stops at the first error. Since every field of a document may be absent, a wrong value can be noted,
//! taken out of the tree, and the rest read again: so all mistakes are found in one go, each with its place.

use serde::de;
use serde::de::DeserializeOwned;
use serde::de::DeserializeSeed;
use serde::de::IntoDeserializer;
use serde::de::Visitor;

use crate::scenario::node::Entry;
use crate::scenario::node::Node;
use crate::scenario::node::Place;
use crate::scenario::node::Step;
use crate::scenario::node::Value;
use crate::scenario::problem::Problem;
use crate::scenario::problem::nearest;

/// Mistakes after which nothing more is looked for.
const PROBLEMS_MAX: usize = 50;

/// Keys that belong to a scenario, but that nothing honours yet: refused, never ignored.
const NOT_YET: [&str; 7] = ["bandwidth", "processor", "hours", "ivr", "blacklist", "voicemail", "callback"];

/// Reads `tree` as `T`; whatever is wrong is reported and taken out of the tree.
pub(crate) fn decode<T: DeserializeOwned>(tree: &mut Node, file: &str) -> (Option<T>, Vec<Problem>) {
    let mut problems = Vec::new();
    while problems.len() < PROBLEMS_MAX {
        match T::deserialize(Decoder(tree)) {
            Ok(document) => return (Some(document), problems),
            Err(mut fault) => {
                fault.steps.reverse();
                let place = fault.place.unwrap_or_else(|| tree.place.clone());
                let key = path_of(tree, &fault.steps);
                problems.push(Problem { written_at: place.describe(file), key, message: fault.message });
                if fault.steps.is_empty() {
                    break;
                }
                tree.remove(&fault.steps);
            }
        }
    }
    (None, problems)
}

/// The path in words of steps from the root.
fn path_of(tree: &Node, steps: &[Step]) -> String {
    let mut path = String::new();
    let mut node = tree;
    for step in steps {
        node = match (&node.value, *step) {
            (Value::Map(entries), Step::Entry(index)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&entries[index].key);
                &entries[index].node
            }
            (Value::List(items), Step::Item(index)) => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
                &items[index]
            }
            _ => break,
        };
    }
    path
}

/// What serde found wrong. Steps are collected from the inside out.
#[derive(Debug)]
pub(crate) struct Fault {
    message: String,
    place: Option<Place>,
    steps: Vec<Step>,
}

impl Fault {
    fn at(mut self, place: &Place, step: Step) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self.steps.push(step);
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), place: None, steps: Vec::new() }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        if NOT_YET.contains(&field) {
            return Self::custom(format_args!("`{field}` is not supported yet; remove it"));
        }
        let remedy = match nearest(field, expected) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", expected.join(", ")),
        };
        Self::custom(format_args!("unknown key `{field}`; {remedy}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let meant = nearest(variant, expected).map(|near| format!("did you mean `{near}`? "));
        let meant = meant.unwrap_or_default();
        Self::custom(format_args!("`{variant}` is not known here; {meant}write {}", expected.join(" or ")))
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match unexpected {
            de::Unexpected::Str(text) => format!("`{text}`"),
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Map => "a block of keys".to_owned(),
            de::Unexpected::Unit | de::Unexpected::Option => "nothing".to_owned(),
            other => other.to_string(),
        };
        Self::custom(format_args!("{found} is not what belongs here; write {expected}"))
    }
}

/// Serde's view of one node.
struct Decoder<'a>(&'a Node);

impl Decoder<'_> {
    fn text(&self, wanted: &str) -> Result<&str, Fault> {
        match &self.0.value {
            Value::Text(text) => Ok(text),
            other => Err(de::Error::custom(format_args!("{} found; write {wanted}", other.kind()))),
        }
    }

    fn number<T: std::str::FromStr>(&self, kind: &str, wanted: &str) -> Result<T, Fault> {
        let text = self.text(wanted)?;
        text.parse().map_err(|_| de::Error::custom(format_args!("`{text}` is not {kind}; write {wanted}")))
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let wanted = if <$type>::MIN == 0 {
                format!("a whole number from 0 to {}", <$type>::MAX)
            } else {
                "a whole number".to_owned()
            };
            visitor.$visit(self.number::<$type>("a whole number", &wanted)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Decoder<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Map(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if matches!(self.0.value, Value::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.number("a yes or no", "true or false")?)
    }

    whole_numbers! {
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number: f64 = self.number("a number", "a number as 1.5")?;
        if !number.is_finite() {
            return Err(de::Error::custom(format_args!("`{number}` is not finite; write a number")));
        }
        visitor.visit_f64(number)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text("text")?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::List(_) => self.deserialize_any(visitor),
            other => Err(de::Error::custom(format_args!("{} found; write a list as [a, b]", other.kind()))),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Map(_) => self.deserialize_any(visitor),
            Value::Text(text) => Err(de::Error::custom(format_args!(
                "`{text}` found; write keys and values as {{key: value}}"
            ))),
            other => Err(de::Error::custom(format_args!("{} found; write keys and values", other.kind()))),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(self.text(&variants.join(" or "))?.into_deserializer())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<'a> {
    items: &'a [Node],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let step = Step::Item(self.next);
        self.next += 1;
        seed.deserialize(Decoder(item)).map(Some).map_err(|fault| fault.at(&item.place, step))
    }
}

struct Entries<'a> {
    entries: &'a [Entry],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        let key = entry.key.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|fault: Fault| fault.at(&entry.key_place, Step::Entry(self.next)))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let entry = &self.entries[self.next];
        let step = Step::Entry(self.next);
        self.next += 1;
        seed.deserialize(Decoder(&entry.node)).map_err(|fault| fault.at(&entry.node.place, step))
    }
}
