//! Anybody's call log, as far as the question goes whether its fields are filled: CSV with a header, or Asterisk's
//! `Master.csv`, which has none.
//!
//! Fields are found by the names that Asterisk, FreePBX, FreeSWITCH and our own books give them; others can be named.
//! Separators are comma, semicolon or tab, whichever the first line has most of. Texts need not be UTF-8.

use std::cell::Cell;
use std::io;
use std::io::BufRead;
use std::io::Read;
use std::rc::Rc;

use csv::ByteRecord;

use crate::books::required::Required;
use crate::pbx::books::Disposition;
use crate::pbx::fields::Field;
use crate::pbx::fields::When;

/// Longest row, in bytes: beyond it, a quotation mark was opened and never closed.
const ROW_MAX: usize = 1 << 20;
/// Columns of a `Master.csv`: as shipped, and with all optional ones.
const MASTER_COLUMNS: std::ops::RangeInclusive<usize> = 16..=21;
/// Names of columns that a message lists.
const NAMES_TOLD: usize = 40;
const MASTER_APPLICATION: usize = 7;
const MASTER_START: usize = 9;

/// Why a log can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(transparent)]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the file is empty; give the log of a day with calls")]
    Empty,
    #[error(
        "no column has a name that is known; say where the fields stand, as --column from=COLUMN. The first line has {0}"
    )]
    Unknown(String),
    #[error("--column {field}={column}: there is no such column; the log has {columns}")]
    NoColumn { field: &'static str, column: String, columns: String },
    #[error(
        "line {line}: \"{value}\" is no disposition that is known (ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION), and \
         `{requirement}` rests on it; name a field after `if`, as `if answer`"
    )]
    Disposition { line: u64, value: String, requirement: String },
}

/// A log that is open, its columns known.
pub struct CallLog<R> {
    reader: csv::Reader<Bounded<R>>,
    record: ByteRecord,
    /// Place of each field's column, in the order of [`Field::ALL`].
    places: [Option<usize>; Field::ALL.len()],
    /// The first line is a row already: Asterisk's file, where the queue's name is the data of its application.
    is_master: bool,
    since: Rc<Cell<usize>>,
    names: Vec<String>,
    width: usize,
}

impl<R: BufRead> CallLog<R> {
    /// Reads the first line; `named` says in which columns (by name, or by number from 1) fields stand.
    ///
    /// # Errors
    /// The file is empty, is no CSV, or has no column that is known.
    pub fn open(mut from: R, named: &[(Field, String)]) -> Result<Self, LogError> {
        let separator = separator(from.fill_buf()?);
        let since = Rc::new(Cell::new(0));
        let bounded = Bounded { from, since: Rc::clone(&since) };
        let mut builder = csv::ReaderBuilder::new();
        let mut reader = builder.has_headers(false).flexible(true).delimiter(separator).from_reader(bounded);
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record)? {
            return Err(LogError::Empty);
        }
        let is_master = MASTER_COLUMNS.contains(&record.len()) && is_time(&record[MASTER_START]);
        let header: Vec<String> = if is_master {
            Vec::new()
        } else {
            record.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect()
        };
        let width = record.len();
        let columns = || if is_master { format!("columns 1 to {width}") } else { listed(&header) };
        let mut places = Field::ALL
            .map(|field| if is_master { master_place(field, width) } else { named_place(field, &header) });
        for (field, column) in named {
            let by_name = header.iter().position(|name| *name == column.trim().to_lowercase());
            let by_number = || column.trim().parse().ok().filter(|number| (1..=width).contains(number));
            let place = by_name.or_else(|| by_number().map(|number| number - 1));
            let missing =
                || LogError::NoColumn { field: field.name(), column: column.clone(), columns: columns() };
            places[index(*field)] = Some(place.ok_or_else(missing)?);
        }
        if places.iter().all(Option::is_none) {
            return Err(LogError::Unknown(columns()));
        }
        Ok(Self { reader, record, places, is_master, since, names: header, width })
    }

    /// The names of the columns, for whoever has to say which is which; none in Asterisk's file, which has no names.
    #[must_use]
    pub fn names(&self) -> Option<String> {
        (!self.is_master).then(|| listed(&self.names))
    }

    /// How many columns the first line has.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Asks every row for what is required of it; the number of rows.
    ///
    /// # Errors
    /// The file can't be read, or a row has a disposition that says nothing and decides.
    pub fn check(mut self, required: &mut Required) -> Result<u64, LogError> {
        required.columns(|field| self.places[index(field)].is_some());
        let mut is_read = self.is_master;
        loop {
            if !is_read && !self.reader.read_byte_record(&mut self.record)? {
                return Ok(required.rows());
            }
            is_read = false;
            self.since.set(0);
            let line = self.record.position().map_or(0, csv::Position::line);
            self.row(line, required)?;
        }
    }

    fn row(&self, line: u64, required: &mut Required) -> Result<(), LogError> {
        let text = String::from_utf8_lossy(self.field(Field::Disposition)).trim().to_uppercase();
        let disposition = Disposition::from_name(&text.replace(['_', '-'], " "));
        if disposition.is_none() && !is_blank(text.as_bytes()) {
            let rests = |when| matches!(when, When::Answered | When::Unanswered | When::Refused);
            if let Some(requirement) = required.requirements().find(|requirement| rests(requirement.when)) {
                let requirement = requirement.text.clone();
                return Err(LogError::Disposition { line, value: text, requirement });
            }
        }
        let call = String::from_utf8_lossy(self.field(Field::CallId));
        required.row(line, call.trim(), disposition, |field| !is_blank(self.field(field)));
        Ok(())
    }

    fn field(&self, field: Field) -> &[u8] {
        let no_queue = field == Field::Queue
            && self.is_master
            && self.record.get(MASTER_APPLICATION) != Some(b"Queue".as_slice());
        let place = self.places[index(field)].filter(|_| !no_queue);
        place.and_then(|place| self.record.get(place)).unwrap_or_default()
    }
}

impl<R> std::fmt::Debug for CallLog<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallLog").field("names", &self.names).finish_non_exhaustive()
    }
}

/// Ends a row that has no end before it fills the memory. Leaves carriage returns out: with them, lines would be counted
/// one too few, and nothing that is asked here hangs on them.
struct Bounded<R> {
    from: R,
    /// Bytes read since the last row was complete.
    since: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.from.read(buffer)?;
            self.since.set(self.since.get() + read);
            if self.since.get() > ROW_MAX {
                return Err(io::Error::other(format!(
                    "a row of more than {ROW_MAX} bytes: a quotation mark is opened and never closed"
                )));
            }
            let mut kept = 0;
            for place in 0..read {
                buffer[kept] = buffer[place];
                kept += usize::from(buffer[kept] != b'\r');
            }
            // Nothing is the end, which nothing but carriage returns is not.
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

/// The first names: a line of a thousand would help nobody.
fn listed(names: &[String]) -> String {
    let more = if names.len() > NAMES_TOLD { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(NAMES_TOLD)].join(", "))
}

fn index(field: Field) -> usize {
    field as usize
}

/// The separator that the first line has most of, outside quotation marks.
#[must_use]
pub fn separator(begin: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in begin.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')) {
        quoted ^= *byte == b'"';
        for (separator, count) in &mut counts {
            *count += u32::from(*separator == *byte && !quoted);
        }
    }
    // The first of equals: a comma.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}

/// `2026-01-05 08:00:10`, as Asterisk writes it.
fn is_time(field: &[u8]) -> bool {
    let text = String::from_utf8_lossy(field);
    jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).is_ok()
}

/// Nothing, or what databases write for it.
fn is_blank(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    field.is_empty() || field == b"NULL" || field == b"\\N" || field.starts_with(b"0000-00-00")
}

/// Where Asterisk's file has the field. Of its optional columns, identity and the user's own field are known where
/// both are there, or all are.
fn master_place(field: Field, width: usize) -> Option<usize> {
    let both = [18, 21].contains(&width);
    match field {
        Field::From => Some(1),
        Field::To => Some(2),
        Field::Agent => Some(6),
        Field::Queue => Some(8),
        Field::Start => Some(MASTER_START),
        Field::Answer => Some(10),
        Field::End => Some(11),
        Field::Disposition => Some(14),
        Field::CallId => both.then_some(16),
        // Our own PBX writes its word for the end there.
        Field::Cause => both.then_some(17),
        _ => None,
    }
}

/// Where a header has the field: under its own name, or one that it has elsewhere.
fn named_place(field: Field, header: &[String]) -> Option<usize> {
    let elsewhere: &[&str] = match field {
        Field::CallId => &["uniqueid", "uuid", "id"],
        Field::From => &["src", "caller_id_number", "caller"],
        Field::To => &["dst", "destination_number", "did"],
        Field::Start => &["start_s", "calldate", "start_stamp", "intended_start_s"],
        Field::Answer => &["answer_s", "answer_stamp", "answered_s", "answerdate"],
        Field::Connected => &["connected_s", "bridge_stamp"],
        Field::End => &["end_s", "end_stamp", "ended_s", "hangupdate"],
        Field::Disposition => &["status"],
        Field::Cause => &["hangup_cause", "hangupcause", "userfield"],
        Field::Queue => &["queuename", "queue_name", "cc_queue"],
        Field::Agent => &["dstchannel", "operator", "cc_agent"],
        Field::RecordedBytes => &["recordingfile", "record_path"],
        _ => &[],
    };
    let mut names = std::iter::once(field.name()).chain(elsewhere.iter().copied());
    names.find_map(|name| header.iter().position(|column| column == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::required::Place;
    use crate::books::required::Tally;
    use crate::pbx::fields::Requirement;

    const REQUIRED: [(Field, When); 4] = [
        (Field::From, When::Always),
        (Field::Agent, When::Answered),
        (Field::Cause, When::Refused),
        (Field::Queue, When::Filled(Field::Agent)),
    ];

    fn judge(log: &[u8], named: &[(Field, &str)]) -> Result<(u64, Vec<Tally>), String> {
        let requirement = |(field, when): (Field, When)| Requirement {
            field,
            when,
            text: format!("{} of {when:?}", field.name()),
            written_at: String::new(),
        };
        let mut required = Required::new(&REQUIRED.map(requirement));
        let named: Vec<_> = named.iter().map(|(field, column)| (*field, (*column).to_owned())).collect();
        let rows = CallLog::open(log, &named).and_then(|log| log.check(&mut required));
        rows.map(|rows| (rows, required.finish())).map_err(|error| error.to_string())
    }

    /// (rows, missing) of each, and the first line that lacks it.
    fn figures(log: &[u8], named: &[(Field, &str)]) -> [(u64, u64, Option<u64>); 4] {
        let (_, tallies) = judge(log, named).unwrap();
        let figures = |tally: &Tally| (tally.rows, tally.missing, tally.first.as_ref().map(|at| at.line));
        tallies.iter().map(figures).collect::<Vec<_>>().try_into().unwrap()
    }

    const MASTER: &str = "\
\"\",\"7901\",\"100\",\"public\",\"\",\"SIP/a\",\"SIP/201\",\"Queue\",\"sales\",\"2026-01-05 08:00:10\",\"2026-01-05 08:00:12\",\"2026-01-05 08:00:42\",32,30,\"ANSWERED\",\"DOCUMENTATION\"
\"\",\"7902\",\"100\",\"public\",\"\",\"SIP/b\",\"\",\"Playback\",\"hello\",\"2026-01-05 08:01:10\",\"2026-01-05 08:01:12\",\"2026-01-05 08:01:42\",32,30,\"ANSWERED\",\"DOCUMENTATION\"
\"\",\"\",\"100\",\"public\",\"\",\"SIP/c\",\"\",\"Congestion\",\"\",\"2026-01-05 08:02:10\",,\"2026-01-05 08:02:10\",0,0,\"CONGESTION\",\"DOCUMENTATION\"
";

    #[test]
    fn a_file_of_asterisks_is_read_without_a_header() {
        let (rows, tallies) = judge(MASTER.as_bytes(), &[]).unwrap();
        assert_eq!(rows, 3);
        assert_eq!((tallies[0].rows, tallies[0].missing), (3, 1));
        assert_eq!(tallies[0].first, Some(Place { line: 3, call: String::new() }));
        assert_eq!((tallies[1].rows, tallies[1].missing), (2, 1));
        // As shipped it has nowhere to say why.
        assert_eq!((tallies[2].rows, tallies[2].missing, tallies[2].no_column), (1, 1, Some(Field::Cause)));
        assert_eq!((tallies[3].rows, tallies[3].missing), (1, 0), "the queue is the data of its application");
        let named = judge(MASTER.as_bytes(), &[(Field::Cause, "8")]).unwrap().1;
        assert_eq!((named[2].missing, named[2].no_column), (0, None));
    }

    /// Three rows that an Asterisk 16 wrote, with its identity and the user's field.
    const RECORDED: &str = r#"
"","5510001","101","public",""""" <5510001>","PJSIP/caller-00000000","","Hangup","","2026-11-22 03:48:48","2026-11-22 03:48:48","2026-11-22 03:48:51",2,2,"ANSWERED","DOCUMENTATION","1795319328.0",""
"","5510101","120","public",""""" <5510101>","PJSIP/caller-00000006","","Busy","1","2026-11-22 03:48:53",,"2026-11-22 03:48:53",0,0,"BUSY","DOCUMENTATION","1795319333.6",""
"","5510002","102","public",""""" <5510002>","PJSIP/caller-00000003","","Hangup","","2026-11-22 03:48:51","2026-11-22 03:48:51","2026-11-22 03:48:55",3,3,"ANSWERED","DOCUMENTATION","1795319331.3",""
"#;

    #[test]
    fn what_a_real_asterisk_wrote_names_its_calls_and_leaves_the_cause_open() {
        let tallies = judge(RECORDED.trim_start().as_bytes(), &[]).unwrap().1;
        let figures: Vec<_> =
            tallies.iter().map(|tally| (tally.rows, tally.missing, tally.no_column)).collect();
        assert_eq!(figures, [(3, 0, None), (2, 2, None), (1, 1, None), (0, 0, None)]);
        let first = |place: usize| tallies[place].first.clone().map(|at| (at.line, at.call));
        assert_eq!(first(1), Some((1, "1795319328.0".to_owned())));
        assert_eq!(first(2), Some((2, "1795319333.6".to_owned())));
    }

    #[test]
    fn fields_are_found_by_the_names_that_other_systems_give_them() {
        let log = b"calldate,src,dst,dstchannel,disposition,uniqueid,userfield,queuename\n\
            2026-01-05 08:00:10,7901,100,SIP/201,ANSWERED,1.1,,sales\n\
            2026-01-05 08:00:11,7902,100,,no_answer,1.2,,\n\
            2026-01-05 08:00:12,7903,100,,BUSY,1.3,full,\n\
            2026-01-05 08:00:13,,100,NULL,ANSWERED,1.4,,\n";
        assert_eq!(figures(log, &[]), [(4, 1, Some(5)), (2, 1, Some(5)), (1, 0, None), (1, 0, None)]);
        assert_eq!(judge(log, &[]).unwrap().1[0].first, Some(Place { line: 5, call: "1.4".to_owned() }));
        // Semicolons, a mark before the first letter, letters of another encoding, a quoted separator.
        let log = b"\xef\xbb\xbfsrc;agent;disposition;hangup_cause;queue\r\n\"79;01\";\xc0\xed\xed\xe0;ANSWERED;;a\r\n7902;;ANSWERED;;a\r\n";
        assert_eq!(figures(log, &[]), [(2, 0, None), (2, 1, Some(3)), (0, 0, None), (1, 0, None)]);
        // FreeSWITCH has no disposition: whoever has a time of answer was answered.
        let log =
            b"caller_id_number,answer_stamp,cc_agent\n1,2026-01-05 08:00:12,\n2,,\n3,0000-00-00 00:00:00,\n";
        let [from, agent, cause, queue] = judge(log, &[]).unwrap().1.try_into().unwrap();
        assert_eq!((from.rows, from.missing), (3, 0));
        assert_eq!((agent.rows, agent.missing, agent.no_column), (1, 1, None));
        assert_eq!((cause.no_column, queue.no_column), (Some(Field::Cause), Some(Field::Queue)));
    }

    #[test]
    fn a_column_that_is_not_there_is_told_and_can_be_named() {
        let log = b"src,operator_id,disposition,why,line\n7901,201,ANSWERED,,a\n7902,,BUSY,full,a\n";
        let tallies = judge(log, &[]).unwrap().1;
        assert_eq!((tallies[1].rows, tallies[1].missing, tallies[1].no_column), (1, 1, Some(Field::Agent)));
        let named = [(Field::Agent, "operator_id"), (Field::Cause, "why"), (Field::Queue, "5")];
        assert_eq!(figures(log, &named), [(2, 0, None), (1, 0, None), (1, 0, None), (1, 0, None)]);
        let told = judge(log, &[(Field::Agent, "nobody")]).unwrap_err();
        assert!(told.contains("--column agent=nobody") && told.contains("operator_id"), "{told}");
    }

    #[test]
    fn what_is_no_call_log_is_told_and_none_fills_the_memory() {
        let told = |log: &[u8]| judge(log, &[]).unwrap_err();
        assert!(told(b"").contains("empty"));
        assert!(told(b"a,b\n1,2\n").contains("The first line has a, b"));
        let odd = told(b"src,disposition\n1,maybe\n");
        assert!(odd.contains("line 2: \"MAYBE\"") && odd.contains("agent of Answered"), "{odd}");
        let mut endless = b"src,disposition\n1,\"".to_vec();
        endless.resize(3 << 20, b'x');
        assert!(told(&endless).contains("never closed"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_in_rows_or_an_error(log in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = judge(&log, &[]);
            let _ = judge(&[b"src,disposition,agent\n".as_slice(), &log].concat(), &[]);
            let _ = judge(&[MASTER.as_bytes(), &log].concat(), &[]);
        }
    }
}
