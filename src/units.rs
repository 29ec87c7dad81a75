//! Quantities with units, and how users write them.
//!
//! A number without its unit is refused wherever a unit is needed: `talk: 180` could be seconds or
//! milliseconds, and a guess would be wrong by a thousand. Every type reads what it writes
//! (`"3m".parse::<Period>()`, `Period::to_string`), to the last bit.

use std::fmt;
use std::str::FromStr;

use crate::time::Duration;

/// A text that is no quantity of the wanted kind, and what would have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; write {example}")]
pub struct UnitError {
    /// What is wrong with the text, the text included.
    pub problem: String,
    /// The right form.
    pub example: &'static str,
}

impl UnitError {
    fn new(problem: String, example: &'static str) -> Self {
        Self { problem, example }
    }
}

/// A length of time: `180s`, `3m`, `500ms`, `1h30m`, `2d`. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub Duration);

impl Period {
    pub(crate) const EXAMPLE: &str = "a duration as 180s, 3m, 500ms or 1h30m";
    const UNITS: [(&str, f64); 10] = [
        ("us", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("sec", 1.0),
        ("m", 60.0),
        ("min", 60.0),
        ("h", 3_600.0),
        ("hours", 3_600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
    ];

    /// The length in seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0.as_secs_f64()
    }
}

impl FromStr for Period {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = |what: &str| UnitError::new(format!("`{text}` {what}"), Self::EXAMPLE);
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(wrong("is no duration"));
        }
        let mut total = Duration::ZERO;
        while !rest.is_empty() {
            let (number, after) = split_number(rest);
            let amount = number.parse::<f64>().map_err(|_| wrong("is no duration"))?;
            let (unit, after) = split_word(after.trim_start());
            if unit.is_empty() {
                return Err(wrong("has no unit"));
            }
            let (_, seconds) = Self::UNITS
                .into_iter()
                .find(|(name, _)| *name == unit)
                .ok_or_else(|| wrong(&format!("has the unknown unit `{unit}`")))?;
            let part = Duration::try_from_secs_f64(amount * seconds).map_err(|_| wrong("is too long"))?;
            total = total.checked_add(part).ok_or_else(|| wrong("is too long"))?;
            rest = after.trim_start();
        }
        if total > MAX_PERIOD {
            return Err(wrong("is too long"));
        }
        Ok(Self(total))
    }
}

/// A century: longer is a slip of the keyboard, and would not fit the clock.
const MAX_PERIOD: Duration = Duration::from_secs(100 * 366 * 86_400);

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.as_secs();
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        let nanos = self.0.subsec_nanos();
        if self.0.is_zero() {
            return f.write_str("0s");
        }
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        match (seconds, nanos) {
            (0, 0) => Ok(()),
            (_, 0) => write!(f, "{seconds}s"),
            (0, _) if nanos.is_multiple_of(1_000_000) => write!(f, "{}ms", nanos / 1_000_000),
            _ => {
                let fraction = format!("{nanos:09}");
                write!(f, "{seconds}.{}s", fraction.trim_end_matches('0'))
            }
        }
    }
}

/// Events per unit of time: `12/s`, `600/min`, `1200/h`. Finite, never negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate {
    /// Per second.
    pub per_second: f64,
}

impl Rate {
    pub(crate) const EXAMPLE: &str = "a rate as 12/s, 600/min or 1200/h";

    fn unit_seconds(unit: &str) -> Option<f64> {
        match unit {
            "s" | "sec" | "second" => Some(1.0),
            "m" | "min" | "minute" => Some(60.0),
            "h" | "hour" => Some(3_600.0),
            "d" | "day" => Some(86_400.0),
            _ => None,
        }
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = |what: &str| UnitError::new(format!("`{text}` {what}"), Self::EXAMPLE);
        let (number, unit) = split_number(text.trim());
        let amount = number.parse::<f64>().map_err(|_| wrong("is no rate"))?;
        let unit = unit.trim();
        if unit.is_empty() {
            return Err(wrong("has no unit"));
        }
        let unit = unit.strip_prefix('/').ok_or_else(|| wrong("is no rate"))?.trim();
        let seconds =
            Self::unit_seconds(unit).ok_or_else(|| wrong(&format!("is per unknown unit `{unit}`")))?;
        if !amount.is_finite() || amount > 1e12 {
            return Err(wrong("is too high"));
        }
        Ok(Self { per_second: amount / seconds })
    }
}

impl fmt::Display for Rate {
    /// The shortest form that reads back as the same number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forms = [("s", 1.0), ("min", 60.0), ("h", 3_600.0)].map(|(unit, seconds)| {
            let rounded = round_to_12_digits(self.per_second * seconds);
            let text = format!("{rounded}/{unit}");
            let same = text.parse::<Self>().is_ok_and(|rate| rate == *self);
            if same { text } else { format!("{}/s", self.per_second) }
        });
        let shortest = forms.iter().min_by_key(|text| text.len()).expect("there are three forms");
        f.write_str(shortest)
    }
}

/// A proportion from 0 to 1: `20%` or `0.2`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ratio(pub f64);

impl Ratio {
    pub(crate) const EXAMPLE: &str = "a ratio as 20% or 0.2";
}

impl FromStr for Ratio {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = |what: &str| UnitError::new(format!("`{text}` {what}"), Self::EXAMPLE);
        let (number, unit) = split_number(text.trim());
        let amount = number.parse::<f64>().map_err(|_| wrong("is no ratio"))?;
        let ratio = match unit.trim() {
            "" => amount,
            "%" => amount / 100.0,
            _ => return Err(wrong("is no ratio")),
        };
        if !(0.0..=1.0).contains(&ratio) {
            return Err(wrong("lies outside 0 to 100%"));
        }
        Ok(Self(ratio))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = format!("{}%", round_to_12_digits(self.0 * 100.0));
        if percent.parse::<Self>() == Ok(*self) { f.write_str(&percent) } else { write!(f, "{}", self.0) }
    }
}

/// Bits per second: `4 Mbit/s`, `64 kbit/s`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Bandwidth {
    /// Bits per second.
    pub bits_per_second: f64,
}

impl FromStr for Bandwidth {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong =
            |what: &str| UnitError::new(format!("`{text}` {what}"), "a bandwidth as 4 Mbit/s or 64 kbit/s");
        let (number, unit) = split_number(text.trim());
        let amount = number.parse::<f64>().map_err(|_| wrong("is no bandwidth"))?;
        let factor = match unit.trim() {
            "bit/s" => 1.0,
            "kbit/s" => 1e3,
            "Mbit/s" => 1e6,
            "Gbit/s" => 1e9,
            "" => return Err(wrong("has no unit")),
            _ => return Err(wrong("is no bandwidth")),
        };
        Ok(Self { bits_per_second: amount * factor })
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bits_per_second;
        match bits {
            1e9.. => write!(f, "{} Gbit/s", bits / 1e9),
            1e6.. => write!(f, "{} Mbit/s", bits / 1e6),
            1e3.. => write!(f, "{} kbit/s", bits / 1e3),
            _ => write!(f, "{bits} bit/s"),
        }
    }
}

/// Offered or carried traffic: `10.118 E`. Finite, never negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Erlangs(pub f64);

impl FromStr for Erlangs {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = |what: &str| UnitError::new(format!("`{text}` {what}"), "a load as 10.1 E");
        let (number, unit) = split_number(text.trim());
        let amount = number.parse::<f64>().map_err(|_| wrong("is no load"))?;
        match unit.trim() {
            "E" | "Erl" | "erl" | "erlangs" if amount.is_finite() => Ok(Self(amount)),
            "" => Err(wrong("has no unit")),
            _ => Err(wrong("is no load")),
        }
    }
}

impl fmt::Display for Erlangs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} E", self.0)
    }
}

/// An exact amount in a currency: `1000 RUB`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    pub amount: rust_decimal::Decimal,
    /// Three capital letters, ISO 4217.
    pub currency: String,
}

impl Money {
    pub(crate) const EXAMPLE: &str = "an amount with its currency as 1000 RUB or 12.50 EUR";
}

impl FromStr for Money {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = |what: &str| UnitError::new(format!("`{text}` {what}"), Self::EXAMPLE);
        let (number, unit) = split_number(text.trim());
        let amount = number.parse().map_err(|_| wrong("is no amount of money"))?;
        let currency = unit.trim();
        if currency.is_empty() {
            return Err(wrong("has no currency"));
        }
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong("has an unknown currency"));
        }
        Ok(Self { amount, currency: currency.to_owned() })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// A promise of speed: `80/20` is 80 % answered within 20 seconds; `80%/20s` is the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceLevel {
    pub ratio: Ratio,
    pub threshold: Period,
}

impl FromStr for ServiceLevel {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let example = "a service level as 80/20 (80 % within 20 seconds) or 80%/20s";
        let wrong = || UnitError::new(format!("`{text}` is no service level"), example);
        let (ratio, threshold) = text.split_once('/').ok_or_else(wrong)?;
        let (ratio, threshold) = (ratio.trim(), threshold.trim());
        let percent = if ratio.ends_with('%') { ratio.to_owned() } else { format!("{ratio}%") };
        let bare = threshold.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let seconds = if bare { format!("{threshold}s") } else { threshold.to_owned() };
        let ratio = percent.parse().map_err(|_| wrong())?;
        Ok(Self { ratio, threshold: seconds.parse().map_err(|_| wrong())? })
    }
}

impl fmt::Display for ServiceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ratio, self.threshold)
    }
}

/// Splits a leading decimal number (no sign: no quantity here is negative) from the rest.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.split_at(end)
}

/// Splits leading letters from the rest.
fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    text.split_at(end)
}

fn round_to_12_digits(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Duration {
        text.parse::<Period>().unwrap_or_else(|error| panic!("{error}")).0
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(period("180s"), Duration::from_secs(180));
        assert_eq!(period("3m"), Duration::from_secs(180));
        assert_eq!(period("500ms"), Duration::from_millis(500));
        assert_eq!(period("1h30m"), Duration::from_secs(5_400));
        assert_eq!(period("1.5 s"), Duration::from_millis(1_500));
        assert_eq!(period("0s"), Duration::ZERO);
    }

    #[test]
    fn a_number_without_its_unit_is_refused_with_the_right_form() {
        let error = "30".parse::<Period>().unwrap_err().to_string();
        assert_eq!(error, "`30` has no unit; write a duration as 180s, 3m, 500ms or 1h30m");
        let error = "12".parse::<Rate>().unwrap_err().to_string();
        assert_eq!(error, "`12` has no unit; write a rate as 12/s, 600/min or 1200/h");
        assert!("1000".parse::<Money>().is_err());
        assert!("24".parse::<Erlangs>().is_err());
        assert!("64".parse::<Bandwidth>().is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "s", "-3s", "3 parsecs", "1e999s", "9999999999d", "1..2s", "NaNs", "infs"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        for text in ["", "/s", "-1/s", "5/fortnight", "5 s", "5//s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
        for text in ["", "101%", "1.1", "-1", "20 %%"] {
            assert!(text.parse::<Ratio>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_per_second_inside() {
        assert_eq!("12/s".parse::<Rate>().unwrap().per_second.to_bits(), 12_f64.to_bits());
        assert_eq!("600/min".parse::<Rate>().unwrap().per_second.to_bits(), 10_f64.to_bits());
        assert!(("1200/h".parse::<Rate>().unwrap().per_second - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn what_is_written_reads_back_to_the_last_bit() {
        for text in ["202.4/h", "12/s", "0.1/s", "665.3/h", "7/min"] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate), "{text}");
            assert!(rate.to_string().len() <= text.len(), "{text} became {rate}");
        }
        for nanos in [0, 1, 999, 1_000_000, 1_500_000_000, 180_000_000_000, 5_400_000_000_001] {
            let period = Period(Duration::from_nanos(nanos));
            assert_eq!(period.to_string().parse::<Period>(), Ok(period), "{period}");
        }
        for value in [0.0, 0.01, 0.2, 1.0 / 3.0, 0.07, 1.0] {
            assert_eq!(Ratio(value).to_string().parse::<Ratio>(), Ok(Ratio(value)));
        }
        let level: ServiceLevel = "80/20".parse().unwrap();
        assert_eq!(level.to_string(), "80%/20s");
        assert_eq!(level.to_string().parse::<ServiceLevel>(), Ok(level));
    }

    #[test]
    fn money_is_exact() {
        let price: Money = "1000 RUB".parse().unwrap();
        assert_eq!(price.to_string(), "1000 RUB");
        assert_eq!("12.50 EUR".parse::<Money>().unwrap().to_string(), "12.50 EUR");
    }
}
