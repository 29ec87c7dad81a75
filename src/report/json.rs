//! `result.json`: pretty-printed, floats to twelve significant digits, so that two machines write one text.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::ser::PrettyFormatter;

use crate::result::RunResult;

/// The result as JSON, ending in a newline.
///
/// # Panics
/// Never: a result holds nothing that JSON cannot say.
#[must_use]
pub fn render(result: &RunResult) -> String {
    pretty(result)
}

/// Any of our results as JSON, ending in a newline.
///
/// # Panics
/// If `value` has maps whose keys are no strings: a mistake of ours, not of a user's.
#[must_use]
pub fn pretty(value: &(impl Serialize + ?Sized)) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, TwelveDigits::default());
    value.serialize(&mut serializer).expect("maps have string keys and memory takes every byte");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("serde_json writes UTF-8")
}

/// Pretty printing with floats rounded to twelve significant digits.
#[derive(Default)]
struct TwelveDigits {
    pretty: PrettyFormatter<'static>,
}

impl Formatter for TwelveDigits {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // Through text: the shortest decimal of the rounded value is what the next reader parses.
        let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(value);
        self.pretty.write_f64(writer, rounded)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(writer)
    }
}
