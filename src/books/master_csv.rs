//! Asterisk's `Master.csv`, in the order of its `cdr_csv` with all optional columns; no header.
//!
//! Texts are quoted, numbers and empty times are not; times are local and whole seconds. A call refused by a
//! limiter shows as on a real Asterisk: no answer, 0 seconds, no application. `userfield` carries the PBX's
//! own word for the end, so that a refusal can be told from a call that nobody picked up.
//!
//! As Asterisk ships ([`CdrDetail::AsteriskDefaults`]) there are 16 columns, and calls that nobody answered are not there.

use std::io::Read;
use std::io::Write;

use jiff::Zoned;
use jiff::civil::DateTime;

use crate::books::ReadError;
use crate::pbx::books::CdrDetail;
use crate::pbx::books::CdrRow;
use crate::pbx::books::Disposition;
use crate::pbx::books::cause;
use crate::time::{Duration, Instant};

const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";
const COLUMNS: usize = 21;
/// Without `uniqueid`, `userfield`, `peeraccount`, `linkedid` and `sequence`.
const SHIPPED_COLUMNS: usize = 16;

/// What the file says of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterRow {
    pub source: String,
    pub destination: String,
    pub channel: String,
    pub destination_channel: String,
    pub last_application: String,
    pub last_data: String,
    /// Local time.
    pub start: DateTime,
    pub answer: Option<DateTime>,
    pub end: DateTime,
    /// Whole seconds from start to end.
    pub duration_s: u64,
    /// Whole seconds from answer to end.
    pub billed_s: u64,
    pub disposition: Disposition,
    pub unique_id: String,
    pub user_field: String,
    pub sequence: u64,
}

impl MasterRow {
    /// What is written for `row`, the call number `sequence`, in a run that began at `start`.
    #[must_use]
    pub fn new(row: &CdrRow, sequence: u64, start: &Zoned) -> Self {
        let (last_application, last_data) = application(row);
        Self {
            source: row.from.to_string(),
            destination: row.to.to_string(),
            channel: format!("SIP/{}-{sequence:08x}", row.from),
            destination_channel: row.agent.as_ref().map(|name| format!("SIP/{name}")).unwrap_or_default(),
            last_application: last_application.to_owned(),
            last_data,
            start: local(start, row.start),
            answer: row.answer.map(|at| local(start, at)),
            end: local(start, row.end),
            duration_s: (row.end - row.start).as_secs(),
            billed_s: row.answer.map_or(0, |answer| (row.end - answer).as_secs()),
            disposition: row.disposition,
            unique_id: row.name.to_string(),
            user_field: row.cause.to_owned(),
            sequence,
        }
    }
}

/// The application that Asterisk's dialplan would have run last. Limits that act before any dialplan leave
/// none.
fn application(row: &CdrRow) -> (&'static str, String) {
    match (row.cause, &row.queue) {
        (cause::QUEUE_FULL | cause::BUSY, _) => ("Busy", String::new()),
        (_, Some(queue)) => ("Queue", queue.to_string()),
        (cause::TRUNK_FULL | cause::SHUT_DOWN, None) => ("Congestion", String::new()),
        (cause::RATE_LIMITED | cause::LEGS_FULL | cause::CAPACITY | cause::UNKNOWN_NUMBER, None) => {
            ("", String::new())
        }
        (cause::ANSWERED, None) => ("Answer", String::new()),
        _ => ("Dial", format!("SIP/{}", row.to)),
    }
}

/// The civil second at `at` in a run that began at `start`, in the start's zone.
fn local(start: &Zoned, at: Instant) -> DateTime {
    let seconds = jiff::SignedDuration::from_nanos(i64::try_from(at.as_nanos()).unwrap_or(i64::MAX));
    let zoned = start.checked_add(seconds).unwrap_or_else(|_| start.clone());
    let datetime = zoned.datetime();
    datetime.with().subsec_nanosecond(0).build().unwrap_or(datetime)
}

/// Writes rows as they come.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    start: Zoned,
    detail: CdrDetail,
    sequence: u64,
}

impl<W: Write> Writer<W> {
    /// A book of a run that began at `start`.
    pub const fn new(to: W, start: Zoned, detail: CdrDetail) -> Self {
        Self { to, start, detail, sequence: 0 }
    }

    /// Writes one call, or nothing where the book does not show it.
    pub fn write(&mut self, row: &CdrRow) -> std::io::Result<()> {
        let written = MasterRow::new(row, self.sequence, &self.start);
        self.sequence += 1;
        if !self.detail.shows(row) {
            return Ok(());
        }
        let columns = if self.detail == CdrDetail::Full { COLUMNS } else { SHIPPED_COLUMNS };
        writeln!(self.to, "{}", fields(&written)[..columns].join(","))
    }

    /// Hands all that was written on to the file.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn fields(row: &MasterRow) -> [String; COLUMNS] {
    let time = |at: &DateTime| format!("\"{}\"", at.strftime(TIME_FORMAT));
    [
        quoted(""),
        quoted(&row.source),
        quoted(&row.destination),
        quoted("public"),
        quoted(&format!("\"\" <{}>", row.source)),
        quoted(&row.channel),
        quoted(&row.destination_channel),
        quoted(&row.last_application),
        quoted(&row.last_data),
        time(&row.start),
        row.answer.as_ref().map(time).unwrap_or_default(),
        time(&row.end),
        row.duration_s.to_string(),
        row.billed_s.to_string(),
        quoted(row.disposition.name()),
        quoted("DOCUMENTATION"),
        quoted(&row.unique_id),
        quoted(&row.user_field),
        quoted(""),
        quoted(&row.unique_id),
        row.sequence.to_string(),
    ]
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Reads what [`Writer`] wrote, one row after the other.
///
/// # Errors
/// The text is no CSV, or a row is not as `cdr_csv` writes it with all optional columns or with none.
pub fn read(from: impl Read) -> impl Iterator<Item = Result<MasterRow, ReadError>> {
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(from);
    reader.into_records().map(|record| parse(&record?))
}

fn parse(record: &csv::StringRecord) -> Result<MasterRow, ReadError> {
    let line = record.position().map_or(0, csv::Position::line);
    let field = |index: usize| record.get(index).unwrap_or("");
    let refused = |index: usize, column, expected| ReadError::Field {
        line,
        column,
        value: field(index).to_owned(),
        expected,
    };
    if record.len() != COLUMNS && record.len() != SHIPPED_COLUMNS {
        return Err(refused(0, "accountcode", "the first of 21 columns, or of 16"));
    }
    let text = |index: usize| field(index).to_owned();
    let time = |index, column| {
        DateTime::strptime(TIME_FORMAT, field(index)).map_err(|_| refused(index, column, "a local time"))
    };
    let number =
        |index, column| field(index).parse::<u64>().map_err(|_| refused(index, column, "a whole number"));
    Ok(MasterRow {
        source: text(1),
        destination: text(2),
        channel: text(5),
        destination_channel: text(6),
        last_application: text(7),
        last_data: text(8),
        start: time(9, "start")?,
        answer: if field(10).is_empty() { None } else { Some(time(10, "answer")?) },
        end: time(11, "end")?,
        duration_s: number(12, "duration")?,
        billed_s: number(13, "billsec")?,
        disposition: Disposition::from_name(field(14))
            .ok_or_else(|| refused(14, "disposition", "a disposition"))?,
        unique_id: text(16),
        user_field: text(17),
        sequence: if record.len() == COLUMNS { number(20, "sequence")? } else { 0 },
    })
}

/// Whole seconds of `lasting`, as Asterisk's books have them.
pub(super) const fn whole_seconds(lasting: Duration) -> u64 {
    lasting.as_secs()
}
