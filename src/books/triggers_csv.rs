//! `triggers.csv`: what calls set off.

use std::io::Write;

use crate::books::fields;
use crate::pbx::routing::Triggered;

/// The columns; the instant in seconds from the start.
pub const COLUMNS: [&str; 6] = ["at_s", "trigger", "call_id", "from", "to", "webhook"];

/// Writes rows as they come.
#[derive(Debug)]
pub struct Writer<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    pub fn new(to: W) -> Result<Self, csv::Error> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(COLUMNS)?;
        Ok(Self { csv })
    }

    /// Writes what one call set off.
    pub fn write(&mut self, triggered: &Triggered) -> Result<(), csv::Error> {
        self.csv.write_record([
            fields::instant(triggered.at),
            triggered.trigger.to_string(),
            triggered.call.to_string(),
            triggered.from.to_string(),
            triggered.to.to_string(),
            triggered.webhook.as_ref().map(ToString::to_string).unwrap_or_default(),
        ])
    }

    /// Hands all that was written on to the file.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}
