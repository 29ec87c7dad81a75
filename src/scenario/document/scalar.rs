//! How single values are written, and values that may be written in more than one way.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;
use serde::de::IntoDeserializer;
use serde::de::Visitor;

use crate::scenario::document::PenaltyChange;
use crate::scenario::document::TimeOfDay;
use crate::units::Bandwidth;
use crate::units::Money;
use crate::units::Period;
use crate::units::Rate;
use crate::units::Ratio;
use crate::units::ServiceLevel;
use crate::units::UnitError;

/// Gives a type that reads and writes itself as text its place in documents and in the JSON Schema.
macro_rules! written_as_text {
    ($type:ty, $name:literal, $description:literal, $types:tt, $pattern:literal, $example:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(TextVisitor(PhantomData))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": $types,
                    "description": $description,
                    "pattern": $pattern,
                    "examples": [$example],
                })
            }
        }
    };
}

written_as_text!(
    Period,
    "Duration",
    "A duration with its unit.",
    "string",
    r"^\s*([0-9.]+\s*[a-z]+\s*)+$",
    "180s"
);
written_as_text!(
    WarmUp,
    "WarmUp",
    "A duration with its unit, or auto.",
    "string",
    r"^\s*(auto|([0-9.]+\s*[a-z]+\s*)+)$",
    "10m"
);
written_as_text!(
    Rate,
    "Rate",
    "Events per unit of time.",
    "string",
    r"^\s*[0-9.]+\s*/\s*[a-z]+\s*$",
    "1200/h"
);
written_as_text!(
    Ratio,
    "Ratio",
    "A proportion from 0 to 1.",
    ["string", "number"],
    r"^\s*[0-9.]+\s*%?\s*$",
    "20%"
);
written_as_text!(
    ExactRatio,
    "ExactRatio",
    "A proportion from 0 to 1.",
    ["string", "number"],
    r"^\s*[0-9.]+\s*%?\s*$",
    "20%"
);
written_as_text!(
    Money,
    "Money",
    "An amount and its currency.",
    "string",
    r"^\s*[0-9.]+\s*[A-Z]{3}\s*$",
    "1000 RUB"
);
written_as_text!(
    PerSecond,
    "PerSecond",
    "Calls per second.",
    ["string", "number"],
    r"^\s*[0-9.]+\s*(/\s*[a-z]+)?\s*$",
    "5"
);
written_as_text!(
    Bandwidth,
    "Bandwidth",
    "Bits per second.",
    "string",
    r"^\s*[0-9.]+\s*[kMG]?bit/s\s*$",
    "4 Mbit/s"
);
written_as_text!(
    PenaltyChange,
    "PenaltyChange",
    "A penalty, or by how much it changes.",
    ["string", "integer"],
    r"^\s*[+-]?[0-9]+\s*$",
    "+1"
);
written_as_text!(
    TimeOfDay,
    "TimeOfDay",
    "A time of day.",
    "string",
    r"^\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\s*$",
    "08:00"
);
written_as_text!(
    ServiceLevel,
    "ServiceLevel",
    "Share answered within a time.",
    "string",
    r"^\s*[0-9.]+\s*%?\s*/\s*[0-9.a-z]+\s*$",
    "80/20"
);

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err = UnitError>> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity with its unit")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// A proportion in exact decimals, for money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExactRatio(pub(crate) Decimal);

impl FromStr for ExactRatio {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        // The inexact reading checks form and range.
        text.parse::<Ratio>()?;
        let wrong =
            || UnitError { problem: format!("`{text}` has too many digits"), example: Ratio::EXAMPLE };
        let text = text.trim();
        let exact = match text.strip_suffix('%') {
            Some(percent) => Decimal::from_str(percent.trim()).map(|value| value / Decimal::ONE_HUNDRED),
            None => Decimal::from_str(text),
        };
        Ok(Self(exact.map_err(|_| wrong())?.normalize()))
    }
}

impl fmt::Display for ExactRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * Decimal::ONE_HUNDRED).normalize())
    }
}

/// A stated warm-up, or one to be found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum WarmUp {
    Stated(Period),
    Auto,
}

impl FromStr for WarmUp {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        if text.trim() == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Stated) }
    }
}

impl fmt::Display for WarmUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stated(period) => period.fmt(f),
            Self::Auto => f.write_str("auto"),
        }
    }
}

/// A whole number above 0, where keys and values may stand instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) u32);

impl FromStr for Whole {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        match text.trim().parse() {
            Ok(0) => Err(UnitError { problem: "no call fits into 0".to_owned(), example: "1 or more" }),
            Ok(number) => Ok(Self(number)),
            Err(_) => Err(UnitError {
                problem: format!("`{text}` is no whole number"),
                example: "a whole number as 30",
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

/// As the number that it is.
impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl JsonSchema for Whole {
    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "description": "A whole number, 1 or more.",
            "pattern": r"^\s*[0-9]+\s*$",
            "examples": ["30"],
        })
    }
}

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A rate whose key already says "per second": `5`, or `300/min`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PerSecond(pub(crate) f64);

impl FromStr for PerSecond {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let bare = text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let text = if bare { format!("{text}/s") } else { text.to_owned() };
        text.parse::<Rate>().map(|rate| Self(rate.per_second))
    }
}

impl fmt::Display for PerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Rate { per_second: self.0 }.fmt(f)
    }
}

/// A value that may be written as text, as a list or as a block of keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written<T, L, M> {
    Text(T),
    List(L),
    Keys(M),
}

impl<T: Serialize, L: Serialize, M: Serialize> Serialize for Written<T, L, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::List(list) => list.serialize(serializer),
            Self::Keys(keys) => keys.serialize(serializer),
        }
    }
}

impl<'de, T, L, M> Deserialize<'de> for Written<T, L, M>
where
    T: Deserialize<'de>,
    L: Deserialize<'de>,
    M: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor(PhantomData))
    }
}

struct WrittenVisitor<T, L, M>(PhantomData<(T, L, M)>);

impl<'de, T, L, M> Visitor<'de> for WrittenVisitor<T, L, M>
where
    T: Deserialize<'de>,
    L: Deserialize<'de>,
    M: Deserialize<'de>,
{
    type Value = Written<T, L, M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or keys and values")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(text.into_deserializer()).map(Written::Text)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        L::deserialize(de::value::SeqAccessDeserializer::new(items)).map(Written::List)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        M::deserialize(de::value::MapAccessDeserializer::new(entries)).map(Written::Keys)
    }
}

impl<T: JsonSchema, L: JsonSchema, M: JsonSchema> JsonSchema for Written<T, L, M> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}_{}_{}", T::schema_name(), L::schema_name(), M::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = vec![generator.subschema_for::<T>()];
        if L::schema_name() != Never::schema_name() {
            forms.push(generator.subschema_for::<L>());
        }
        if M::schema_name() != Never::schema_name() {
            forms.push(generator.subschema_for::<M>());
        }
        json_schema!({ "anyOf": forms })
    }
}

/// A form that is not allowed: reading it is a mistake, and there is no value of it to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Never {}

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("this form is not known here; see `busyhour schema` for what is"))
    }
}

impl Serialize for Never {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl JsonSchema for Never {
    fn schema_name() -> Cow<'static, str> {
        "Never".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        false.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_ratios_are_exact() {
        let ratio: ExactRatio = "20%".parse().unwrap();
        assert_eq!(ratio.0, Decimal::new(2, 1));
        assert_eq!(ratio.to_string(), "20%");
        assert_eq!("0.333".parse::<ExactRatio>().unwrap().to_string(), "33.3%");
        assert!("120%".parse::<ExactRatio>().is_err());
    }

    #[test]
    fn a_key_that_says_per_second_takes_a_bare_number() {
        assert_eq!("5".parse::<PerSecond>().unwrap(), PerSecond(5.0));
        assert_eq!("300/min".parse::<PerSecond>().unwrap(), PerSecond(5.0));
        assert!("five".parse::<PerSecond>().is_err());
    }
}
