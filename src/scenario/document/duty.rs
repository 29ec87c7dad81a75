//! When agents are there, as written.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

use crate::scenario::document::DistributionValue;
use crate::scenario::document::Never;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::time::Duration;
use crate::units::Period;
use crate::units::UnitError;

/// A number of agents all the time, or one for each interval.
pub(crate) type CountValue = Written<Headcount, Never, CountsDocument>;

document! {
    /// Agents on duty by intervals of the day, from the scenario's `start` on its calendar.
    CountsDocument {
        /// Length of an interval. Default 30m.
        every: Period,
        /// Time of day at which the first interval begins, as "08:00". Default "00:00".
        from: TimeOfDay,
        /// Agents in each interval.
        counts: Vec<u32>,
        /// Agents before the first and after the last interval. Default 0.
        outside: u32,
        /// day or week: what the intervals repeat with; a week begins on Monday. Default day.
        repeat: RepeatWord,
    }
}

/// What a plan of intervals repeats with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RepeatWord {
    Day,
    Week,
}

document! {
    /// A shift.
    ShiftDocument {
        /// Agents who work it; only where agents are of a kind. Default 1.
        count: u32,
        /// When it begins, as "08:00".
        from: TimeOfDay,
        /// When it ends; the next day if that is not later.
        to: TimeOfDay,
        /// Days on which it begins: mon, tue, wed, thu, fri, sat, sun. Default: every day.
        days: Vec<DayWord>,
        /// Breaks within it.
        breaks: Vec<BreakDocument>,
    }
}

document! {
    /// A break.
    BreakDocument {
        /// When it begins, as "12:00".
        at: TimeOfDay,
        /// How long it lasts.
        lasts: Period,
    }
}

document! {
    /// Work away from the phone: it begins when the call in hand is over.
    OtherWorkDocument {
        /// From the end of one piece to when the next comes up.
        every: DistributionValue,
        /// How long a piece lasts.
        lasts: DistributionValue,
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DayWord {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// So many people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Headcount(pub(crate) u32);

impl<'de> Deserialize<'de> for Headcount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            serde::de::Error::custom(format_args!(
                "`{text}` is no whole number of agents; write 10, or {{every: 30m, from: 08:00, counts: [4, 6]}}"
            ))
        })
    }
}

impl Serialize for Headcount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl JsonSchema for Headcount {
    fn schema_name() -> Cow<'static, str> {
        "Headcount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "description": "How many."})
    }
}

/// A time of day, from midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimeOfDay(pub(crate) Duration);

impl FromStr for TimeOfDay {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = || UnitError {
            problem: format!("`{text}` is no time of day"),
            example: "hours and minutes as 08:00 or 17:30",
        };
        let mut seconds = 0;
        let mut parts = 0;
        for (part, (limit, unit)) in text.trim().split(':').zip([(24, 3_600), (59, 60), (59, 1)]) {
            let digits =
                !part.is_empty() && part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            let number: u64 =
                part.parse().ok().filter(|number| digits && *number <= limit).ok_or_else(wrong)?;
            seconds += number * unit;
            parts += 1;
        }
        if parts < 2 || parts != text.split(':').count() || seconds > 86_400 {
            return Err(wrong());
        }
        Ok(Self(Duration::from_secs(seconds)))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        write!(f, "{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)?;
        if seconds.is_multiple_of(60) { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_reads_as_on_a_clock() {
        let seconds = |text: &str| text.parse::<TimeOfDay>().map(|time| time.0.as_secs());
        assert_eq!(seconds("08:00"), Ok(28_800));
        assert_eq!(seconds("7:30:15"), Ok(27_015));
        assert_eq!(seconds("24:00"), Ok(86_400));
        for wrong in ["8", "25:00", "24:01", "08:60", "08:00:00:00", "-1:00", "08:", "8h"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
        assert_eq!("7:30".parse::<TimeOfDay>().unwrap().to_string(), "07:30");
    }
}
