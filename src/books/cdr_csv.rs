//! `cdr.csv`: every call offered to the PBX, refused ones included, as the PBX saw it.
//!
//! A request that must first prove a password (407), or may not call at all (403), is no call yet and has no row: as in
//! Asterisk, whose SIP channel driver answers both before it makes a channel, and without a channel there is no CDR.

use std::io::Read;
use std::io::Write;

use crate::books::ReadError;
use crate::books::calls_csv::ended_by_name;
use crate::books::calls_csv::named;
use crate::books::fields;
use crate::books::fields::Row;
use crate::books::fields::Rows;
use crate::outcome::Limiter;
use crate::pbx::books::CdrRow;
use crate::pbx::books::Disposition;
use crate::pbx::books::cause;

/// The columns; instants in seconds from the start.
pub const COLUMNS: [&str; 22] = [
    "call_id",
    "from",
    "to",
    "start_s",
    "answer_s",
    "connected_s",
    "end_s",
    "disposition",
    "sip_status",
    "q850",
    "limiter",
    "cause",
    "queue",
    "agent",
    "ended_by",
    "scope",
    "billed",
    "recorded_bytes",
    "class",
    "route",
    "wrap_up",
    "transferred_to",
];

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

    /// Writes one call.
    pub fn write(&mut self, row: &CdrRow) -> Result<(), csv::Error> {
        self.csv.write_record([
            row.name.to_string(),
            row.from.to_string(),
            row.to.to_string(),
            fields::instant(row.start),
            fields::or_empty(row.answer, fields::instant),
            fields::or_empty(row.connected, fields::instant),
            fields::instant(row.end),
            row.disposition.name().to_owned(),
            fields::or_empty(row.sip_status, |status| status.to_string()),
            fields::or_empty(row.q850, |cause| cause.to_string()),
            fields::or_empty(row.limiter, |limiter| limiter.name().to_owned()),
            row.cause.to_owned(),
            fields::text(row.queue.as_ref()),
            fields::text(row.agent.as_ref()),
            ended_by_name(row.ended_by).to_owned(),
            fields::text(row.scope.as_ref()),
            if row.billed { "yes" } else { "" }.to_owned(),
            fields::or_empty(row.recorded_bytes, |bytes| bytes.to_string()),
            fields::text(row.class.as_ref()),
            fields::text(row.route.as_ref()),
            fields::text(row.wrap_up.as_ref()),
            fields::text(row.transferred_to.as_ref()),
        ])
    }

    /// Hands all that was written on to the file.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}

/// Reads rows one after the other.
pub struct Reader<R> {
    rows: Rows<R>,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// The text is no CSV or lacks a column.
    pub fn new(from: R) -> Result<Self, ReadError> {
        Ok(Self { rows: Rows::new(from, "cdr.csv", &COLUMNS, COLUMNS.len())? })
    }
}

impl<R> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<CdrRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next().transpose()?;
        Some(row.and_then(|row| cdr_row(&row)))
    }
}

fn cdr_row(row: &Row<'_>) -> Result<CdrRow, ReadError> {
    Ok(CdrRow {
        name: row.text("call_id"),
        from: row.text("from"),
        to: row.text("to"),
        start: row.instant("start_s")?,
        answer: row.optional_instant("answer_s")?,
        connected: row.optional_instant("connected_s")?,
        end: row.instant("end_s")?,
        disposition: row.map("disposition", "a disposition", Disposition::from_name)?,
        sip_status: row.optional_number("sip_status")?,
        q850: row.optional_number("q850")?,
        limiter: row.optional("limiter", "a limiter", Limiter::from_name)?,
        cause: row.map("cause", "a cause of the PBX", cause::from_name)?,
        queue: row.optional_text("queue"),
        agent: row.optional_text("agent"),
        ended_by: row.map("ended_by", "caller, agent, pbx, network or run_end", named)?,
        scope: row.optional_text("scope"),
        billed: row.optional("billed", "yes or nothing", |text| (text == "yes").then_some(()))?.is_some(),
        recorded_bytes: row.optional_number("recorded_bytes")?,
        class: row.optional_text("class"),
        route: row.optional_text("route"),
        wrap_up: row.optional_text("wrap_up"),
        transferred_to: row.optional_text("transferred_to"),
    })
}
