//! Fields of a CSV row by column name, and numbers as exact decimals.

use std::io::Read;
use std::str::FromStr;
use std::sync::Arc;

use crate::books::ReadError;
use crate::time::{Duration, Instant};

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Rows under a known header.
pub(super) struct Rows<R> {
    reader: csv::Reader<R>,
    /// Place in the file of each column that we know.
    places: Vec<Option<usize>>,
    columns: &'static [&'static str],
    record: csv::StringRecord,
}

impl<R: Read> Rows<R> {
    /// Reads the header, in whatever order and with whatever further columns it comes; the first `required` of the columns
    /// must be there.
    pub(super) fn new(
        from: R,
        book: &'static str,
        columns: &'static [&'static str],
        required: usize,
    ) -> Result<Self, ReadError> {
        let mut reader = csv::Reader::from_reader(from);
        let header = reader.headers()?;
        let place = |(nth, column): (usize, &&'static str)| {
            let place = header.iter().position(|name| name == *column);
            if place.is_none() && nth < required {
                Err(ReadError::Header { book, column })
            } else {
                Ok(place)
            }
        };
        let places = columns.iter().enumerate().map(place).collect::<Result<_, _>>()?;
        Ok(Self { reader, places, columns, record: csv::StringRecord::new() })
    }

    /// The next row, or none after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, ReadError> {
        let found = self.reader.read_record(&mut self.record)?;
        let line = self.record.position().map_or(0, csv::Position::line);
        let row = Row { record: &self.record, places: &self.places, columns: self.columns, line };
        Ok(found.then_some(row))
    }
}

/// One row.
pub(super) struct Row<'a> {
    record: &'a csv::StringRecord,
    places: &'a [Option<usize>],
    columns: &'static [&'static str],
    line: u64,
}

impl Row<'_> {
    fn raw(&self, column: &'static str) -> &str {
        let index = self.columns.iter().position(|name| *name == column);
        let index = index.expect("readers ask for columns of their own book");
        self.places[index].and_then(|place| self.record.get(place)).unwrap_or("")
    }

    /// Whether the book has the column at all.
    pub(super) fn has(&self, column: &'static str) -> bool {
        let index = self.columns.iter().position(|name| *name == column);
        index.is_some_and(|index| self.places[index].is_some())
    }

    pub(super) fn error(&self, column: &'static str, expected: &'static str) -> ReadError {
        ReadError::Field { line: self.line, column, value: self.raw(column).to_owned(), expected }
    }

    /// The field as `convert` understands it.
    pub(super) fn map<T>(
        &self,
        column: &'static str,
        expected: &'static str,
        convert: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ReadError> {
        convert(self.raw(column)).ok_or_else(|| self.error(column, expected))
    }

    /// The same, with nothing for an empty field.
    pub(super) fn optional<T>(
        &self,
        column: &'static str,
        expected: &'static str,
        convert: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        if self.raw(column).is_empty() { Ok(None) } else { self.map(column, expected, convert).map(Some) }
    }

    pub(super) fn text(&self, column: &'static str) -> Arc<str> {
        Arc::from(self.raw(column))
    }

    pub(super) fn optional_text(&self, column: &'static str) -> Option<Arc<str>> {
        Some(self.raw(column)).filter(|text| !text.is_empty()).map(Arc::from)
    }

    pub(super) fn number<T: FromStr>(&self, column: &'static str) -> Result<T, ReadError> {
        self.map(column, "a number", |text| text.parse().ok())
    }

    pub(super) fn optional_number<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, ReadError> {
        self.optional(column, "a number", |text| text.parse().ok())
    }

    pub(super) fn instant(&self, column: &'static str) -> Result<Instant, ReadError> {
        self.map(column, "seconds from the start", parse_instant)
    }

    pub(super) fn optional_instant(&self, column: &'static str) -> Result<Option<Instant>, ReadError> {
        self.optional(column, "seconds from the start", parse_instant)
    }

    pub(super) fn optional_seconds(&self, column: &'static str) -> Result<Option<Duration>, ReadError> {
        self.optional(column, "seconds", |text| nanos(text, 9).map(Duration::from_nanos))
    }

    pub(super) fn optional_millis(&self, column: &'static str) -> Result<Option<Duration>, ReadError> {
        self.optional(column, "milliseconds", |text| nanos(text, 6).map(Duration::from_nanos))
    }
}

fn parse_instant(text: &str) -> Option<Instant> {
    nanos(text, 9).map(Instant::from_nanos)
}

/// A decimal with up to `decimals` decimals, in units of the last one.
fn nanos(text: &str, decimals: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let width = decimals as usize;
    if fraction.len() > width || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let fraction: u64 = format!("{fraction:0<width$}").parse().ok()?;
    whole.checked_mul(10_u64.pow(decimals))?.checked_add(fraction)
}

/// Exact seconds from the start, without trailing zeros.
pub(super) fn instant(at: Instant) -> String {
    decimal(u128::from(at.as_nanos()), NANOS_PER_SECOND, 9)
}

/// Exact seconds.
pub(super) fn seconds(lasting: Duration) -> String {
    decimal(lasting.as_nanos(), NANOS_PER_SECOND, 9)
}

/// Exact milliseconds.
pub(super) fn millis(lasting: Duration) -> String {
    decimal(lasting.as_nanos(), 1_000_000, 6)
}

fn decimal(value: u128, unit: u128, width: usize) -> String {
    let (whole, fraction) = (value / unit, value % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let digits = format!("{fraction:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// The value's text, or nothing.
pub(super) fn or_empty<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map(text).unwrap_or_default()
}

/// An optional text as it is.
pub(super) fn text(value: Option<&Arc<str>>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_to_the_nanosecond() {
        assert_eq!(instant(Instant::from_nanos(12_000_000_001)), "12.000000001");
        assert_eq!(seconds(Duration::from_millis(1500)), "1.5");
        assert_eq!(millis(Duration::from_nanos(250)), "0.00025");
        assert_eq!(nanos("12.000000001", 9), Some(12_000_000_001));
        for refused in ["", "1.0000000001", "-1", "1.-2", "1e3", "99999999999"] {
            assert_eq!(nanos(refused, 9), None, "{refused}");
        }
    }
}
