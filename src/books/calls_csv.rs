//! `calls.csv`: every attempt as the generator saw it. Exact decimals: what is read back is what was written.

use std::io::Read;
use std::io::Write;

use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;

use crate::books::ReadError;
use crate::books::fields;
use crate::books::fields::Row;
use crate::books::fields::Rows;
use crate::outcome::CallRecord;
use crate::outcome::EndedBy;
use crate::outcome::Latency;
use crate::outcome::Limiter;
use crate::outcome::MediaReport;
use crate::outcome::Phase;

/// The columns, contract first; instants in seconds from the start, waits and talks in seconds, delays of the
/// wire in milliseconds.
pub const COLUMNS: [&str; 33] = [
    "call_id",
    "phase",
    "attempt",
    "caller",
    "class",
    "did",
    "intended_start_s",
    "started_s",
    "ringing_s",
    "answered_s",
    "ended_s",
    "outcome",
    "cause",
    "sip_status",
    "q850",
    "wait_s",
    "talk_s",
    "agent",
    "queue",
    "ended_by",
    "index",
    "limiter",
    "last_attempt",
    "defected",
    "lateness_ms",
    "post_dial_delay_ms",
    "answer_delay_ms",
    "disconnect_delay_ms",
    "packets_sent",
    "packets_received",
    "packets_lost",
    "jitter_ms",
    "served_before",
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

    /// Writes one attempt.
    pub fn write(&mut self, record: &CallRecord) -> Result<(), csv::Error> {
        self.csv.write_record(row(record))
    }

    /// Hands all that was written on to the file.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}

fn row(record: &CallRecord) -> [String; 33] {
    let latency = record.latency;
    let delay = |pick: fn(Latency) -> Option<crate::time::Duration>| {
        fields::or_empty(latency.and_then(pick), fields::millis)
    };
    let media = |pick: fn(MediaReport) -> String| fields::or_empty(record.media, pick);
    [
        record.call_id.to_string(),
        phase_name(record.phase).to_owned(),
        record.attempt.to_string(),
        record.caller.to_string(),
        record.class.to_string(),
        record.did.to_string(),
        fields::instant(record.intended_start),
        fields::or_empty(record.started, fields::instant),
        fields::or_empty(record.ringing, fields::instant),
        fields::or_empty(record.answered, fields::instant),
        fields::or_empty(record.ended, fields::instant),
        record.outcome.name().to_owned(),
        record.cause.to_string(),
        fields::or_empty(record.sip_status, |status| status.to_string()),
        fields::or_empty(record.q850, |cause| cause.to_string()),
        fields::or_empty(record.wait, fields::seconds),
        fields::or_empty(record.talk, fields::seconds),
        fields::text(record.agent.as_ref()),
        fields::text(record.queue.as_ref()),
        ended_by_name(record.ended_by).to_owned(),
        record.index.to_string(),
        fields::or_empty(record.limiter, |limiter| limiter.name().to_owned()),
        record.last_attempt.to_string(),
        record.defected.to_string(),
        delay(|latency| Some(latency.lateness)),
        delay(|latency| latency.post_dial_delay),
        delay(|latency| latency.answer_delay),
        delay(|latency| latency.disconnect_delay),
        media(|media| media.packets_sent.to_string()),
        media(|media| media.packets_received.to_string()),
        media(|media| media.packets_lost.to_string()),
        media(|media| media.jitter_ms.to_string()),
        record.served_before.to_string(),
    ]
}

/// Columns that a reader asks for: those of the contract. Of the others it makes do without.
const REQUIRED: usize = 20;

/// Reads rows one after the other.
pub struct Reader<R> {
    rows: Rows<R>,
    read: u64,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// The text is no CSV or lacks a column.
    pub fn new(from: R) -> Result<Self, ReadError> {
        Ok(Self { rows: Rows::new(from, "calls.csv", &COLUMNS, REQUIRED)?, read: 0 })
    }
}

impl<R> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<CallRecord, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next().transpose()?;
        let place = self.read;
        self.read += 1;
        Some(row.and_then(|row| record(&row, place)))
    }
}

/// Without a column `index` each row, the `place`-th from 0, is a caller.
fn record(row: &Row<'_>, place: u64) -> Result<CallRecord, ReadError> {
    // What a log without the column cannot tell.
    let told = |column: &'static str, untold: bool| {
        if row.has(column) { row.map(column, "true or false", |text| text.parse().ok()) } else { Ok(untold) }
    };
    Ok(CallRecord {
        call_id: row.text("call_id"),
        index: if row.has("index") { row.number("index")? } else { place },
        attempt: row.number("attempt")?,
        phase: row.map("phase", "warm_up or measured", named)?,
        caller: row.text("caller"),
        class: row.text("class"),
        did: row.text("did"),
        intended_start: row.instant("intended_start_s")?,
        started: row.optional_instant("started_s")?,
        ringing: row.optional_instant("ringing_s")?,
        answered: row.optional_instant("answered_s")?,
        ended: row.optional_instant("ended_s")?,
        outcome: row.map("outcome", "an outcome", |text| text.parse().ok())?,
        cause: row.text("cause"),
        sip_status: row.optional_number("sip_status")?,
        q850: row.optional_number("q850")?,
        limiter: row.optional("limiter", "a limiter", Limiter::from_name)?,
        wait: row.optional_seconds("wait_s")?,
        talk: row.optional_seconds("talk_s")?,
        agent: row.optional_text("agent"),
        queue: row.optional_text("queue"),
        ended_by: row.map("ended_by", "caller, agent, pbx, network or run_end", named)?,
        last_attempt: told("last_attempt", true)?,
        defected: told("defected", false)?,
        served_before: told("served_before", false)?,
        latency: latency(row)?,
        media: media(row)?,
    })
}

fn latency(row: &Row<'_>) -> Result<Option<Latency>, ReadError> {
    let Some(lateness) = row.optional_millis("lateness_ms")? else {
        return Ok(None);
    };
    Ok(Some(Latency {
        lateness,
        post_dial_delay: row.optional_millis("post_dial_delay_ms")?,
        answer_delay: row.optional_millis("answer_delay_ms")?,
        disconnect_delay: row.optional_millis("disconnect_delay_ms")?,
    }))
}

fn media(row: &Row<'_>) -> Result<Option<MediaReport>, ReadError> {
    let Some(packets_sent) = row.optional_number("packets_sent")? else {
        return Ok(None);
    };
    Ok(Some(MediaReport {
        packets_sent,
        packets_received: row.number("packets_received")?,
        packets_lost: row.number("packets_lost")?,
        jitter_ms: row.number("jitter_ms")?,
    }))
}

const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::WarmUp => "warm_up",
        Phase::Measured => "measured",
    }
}

/// The name of who ended a call, as in every book.
#[must_use]
pub const fn ended_by_name(ended_by: EndedBy) -> &'static str {
    match ended_by {
        EndedBy::Caller => "caller",
        EndedBy::Agent => "agent",
        EndedBy::Pbx => "pbx",
        EndedBy::Network => "network",
        EndedBy::RunEnd => "run_end",
    }
}

/// An enum from its serialised name.
pub(super) fn named<T: DeserializeOwned>(text: &str) -> Option<T> {
    let text: StrDeserializer<'_, serde::de::value::Error> = StrDeserializer::new(text);
    T::deserialize(text).ok()
}
