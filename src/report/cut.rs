//! Calls grouped by any column of `cdr.csv`: as text, as a page, as data. Every call is in exactly one group.

use std::collections::BTreeMap;
use std::io::Read;

use askama::Template;
use serde::Serialize;

use super::html;
use super::language::Language;
use super::language::fill;
use super::language::page_words::PageWords;
use super::language::work_words::WorkWords;
use super::table::Table;

/// Groups that a person reads; the rest stand in one line.
const SHOWN: usize = 100;
const NANOS: u64 = 1_000_000_000;

/// Columns that are made from others: the number dialled, the hour of the day, the date.
pub const DERIVED: [&str; 3] = ["did", "hour", "day"];

/// The calls of one run, by one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cut {
    pub column: String,
    /// Most calls first, then by value.
    pub groups: Vec<Group>,
    pub total: Group,
}

/// Calls that have one value.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Group {
    /// Empty where the column is.
    pub value: String,
    pub calls: u64,
    pub answered: u64,
    /// Of calls that a person took, or the PBX standing in for one.
    pub talks: u64,
    pub talk_ns: u64,
}

/// Why calls can't be grouped.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    #[error("it has no column `{column}`; there are {known}")]
    NoColumn { column: String, known: String },
    #[error("line {line}: `{value}` is no number of seconds")]
    NoSeconds { line: u64, value: String },
    #[error("{0}")]
    NotCsv(String),
}

/// The rows of a CDR whose calls began `from_s` seconds after the start of the run or later, by `column`.
///
/// # Errors
/// The text is no `cdr.csv`, or has no such column.
pub fn by(cdr: impl Read, column: &str, from_s: f64, start: &jiff::Zoned) -> Result<Cut, CutError> {
    let mut reader = csv::Reader::from_reader(cdr);
    let header = reader.headers().map_err(|error| CutError::NotCsv(error.to_string()))?.clone();
    let place = |name: &str| {
        header.iter().position(|known| known == name).ok_or_else(|| {
            let known = header.iter().chain(DERIVED).collect::<Vec<_>>().join(", ");
            CutError::NoColumn { column: name.to_owned(), known }
        })
    };
    let value_of = match column {
        "did" => place("to")?,
        "hour" | "day" => place("start_s")?,
        _ => place(column)?,
    };
    let [begin, answer, connected, end] = ["start_s", "answer_s", "connected_s", "end_s"].map(place);
    let (begin, answer, connected, end) = (begin?, answer?, connected?, end?);
    let disposition = place("disposition")?;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| CutError::NotCsv(error.to_string()))? {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let seconds = |place: usize| {
            nanos(cell(place)).ok_or_else(|| CutError::NoSeconds { line, value: cell(place).to_owned() })
        };
        let since = seconds(begin)?;
        if seconds_of(since) < from_s {
            continue;
        }
        let value = match column {
            "hour" => at(start, since, "%H"),
            "day" => at(start, since, "%Y-%m-%d"),
            _ => cell(value_of).to_owned(),
        };
        let group = groups.entry(value).or_default();
        group.calls += 1;
        group.answered += u64::from(cell(disposition) == "ANSWERED");
        let spoke = if cell(connected).is_empty() { answer } else { connected };
        if !cell(spoke).is_empty() {
            group.talks += 1;
            group.talk_ns += seconds(end)?.saturating_sub(seconds(spoke)?);
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(value, group)| Group { value, ..group }).collect();
    if !matches!(column, "hour" | "day") {
        groups.sort_by(|one, other| other.calls.cmp(&one.calls).then(one.value.cmp(&other.value)));
    }
    let total = sum(&groups);
    Ok(Cut { column: column.to_owned(), groups, total })
}

fn sum(groups: &[Group]) -> Group {
    groups.iter().fold(Group::default(), |sum, group| Group {
        value: String::new(),
        calls: sum.calls + group.calls,
        answered: sum.answered + group.answered,
        talks: sum.talks + group.talks,
        talk_ns: sum.talk_ns + group.talk_ns,
    })
}

/// Exact seconds in decimals as nanoseconds.
pub(super) fn nanos(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = (part.len() <= 9).then(|| format!("{part:0<9}"))?;
    whole.parse::<u64>().ok()?.checked_mul(NANOS)?.checked_add(part.parse().ok()?)
}

#[expect(clippy::cast_precision_loss, reason = "for words and tables")]
pub(super) fn seconds_of(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// The local time so many nanoseconds after the start.
pub(super) fn at(start: &jiff::Zoned, nanos: u64, format: &str) -> String {
    let since = jiff::SignedDuration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
    start.checked_add(since).map_or_else(|_| String::new(), |at| at.strftime(format).to_string())
}

/// The table that a person reads, its last line the total.
#[must_use]
pub fn table(cut: &Cut, language: Language) -> Table {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.cut_value,
        words.cut_calls,
        words.cut_share,
        words.cut_answered,
        words.cut_talk,
        words.cut_mean_talk,
    ]);
    let shown = cut.groups.len().min(SHOWN);
    for group in &cut.groups[..shown] {
        let value = if group.value.is_empty() { "—".to_owned() } else { group.value.clone() };
        table.push(line(value, group, &cut.total, language));
    }
    if cut.groups.len() > shown {
        let rest = &cut.groups[shown..];
        let name = fill(words.cut_others, &[("groups", &language.count(rest.len() as u64))]);
        table.push(line(name, &sum(rest), &cut.total, language));
    }
    table.chosen = Some(table.rows.len());
    table.push(line(words.cut_total.to_owned(), &cut.total, &cut.total, language));
    table
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn line(name: String, group: &Group, total: &Group, language: Language) -> Vec<String> {
    let share = (total.calls > 0).then(|| group.calls as f64 / total.calls as f64);
    let mean = (group.talks > 0).then(|| seconds_of(group.talk_ns) / group.talks as f64);
    vec![
        name,
        language.count(group.calls),
        share.map_or_else(String::new, |share| language.percent(share)),
        language.count(group.answered),
        language.duration(seconds_of(group.talk_ns)),
        mean.map_or_else(String::new, |mean| language.duration(mean)),
    ]
}

/// What it is, in a line.
#[must_use]
pub fn title(cut: &Cut, language: Language) -> String {
    fill(WorkWords::of(language).cut, &[("column", &cut.column)])
}

/// For a terminal.
#[must_use]
pub fn text(cut: &Cut, language: Language) -> String {
    super::plain_spaces(&format!("{}\n\n{}", title(cut, language), table(cut, language).to_text()))
}

/// In Markdown.
#[must_use]
pub fn markdown(cut: &Cut, language: Language) -> String {
    super::plain_spaces(&format!("# {}\n\n{}", title(cut, language), table(cut, language).to_markdown()))
}

/// As data: every group.
///
/// # Panics
/// Never: numbers and texts are always JSON.
#[must_use]
pub fn json(cut: &Cut) -> String {
    let mut text = serde_json::to_string_pretty(cut).expect("numbers and texts are JSON");
    text.push('\n');
    text
}

#[derive(Template)]
#[template(path = "cut.html")]
struct View {
    lang: Language,
    title: String,
    lead: String,
    styles: String,
    table: Table,
    footer: String,
}

/// As a page. `name` is the scenario's.
///
/// # Panics
/// Never: the template is checked when the program is compiled.
#[must_use]
pub fn page(cut: &Cut, name: &str, language: Language) -> String {
    let tool = [("tool", "busyhour"), ("version", env!("CARGO_PKG_VERSION"))];
    let view = View {
        lang: language,
        title: title(cut, language),
        lead: fill(WorkWords::of(language).cut_lead, &[("name", name)]),
        styles: html::styles(),
        table: table(cut, language),
        footer: fill(PageWords::of(language).page_of, &tool),
    };
    view.render().expect("a template that compiled renders into memory")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::books::cdr_csv;

    const ROWS: &str = "\
1,791,100,1.5,2,2,12.000000001,ANSWERED,,,,answered,sales,anna,caller,,,80000,home,menu main > queue sales,bill,
2,792,100,3600,3601,3601,3602.25,ANSWERED,,,,answered,sales,boris,agent,,yes,,work,queue sales,fault,103 > 104
3,793,200,7200,,,7201,CONGESTION,503,34,channels,trunk-full,,,pbx,trunk 1,,,home,,,
4,794,200,7300,,,7320,NO ANSWER,,,,abandoned,sales,,caller,,,,home,queue sales,,
5,795,100,86400,86400,,86410,ANSWERED,,,,answered,,,caller,,,,work,answer,,
";

    fn cdr() -> String {
        format!("{}\n{ROWS}", cdr_csv::COLUMNS.join(","))
    }

    fn start() -> jiff::Zoned {
        "2026-01-05T08:30[Europe/Moscow]".parse().unwrap()
    }

    /// Whatever the column: every call is in one group, and calls, answers and talk add up to the nanosecond.
    #[test]
    fn the_groups_of_every_column_add_up_to_the_total() {
        for column in cdr_csv::COLUMNS.into_iter().chain(DERIVED) {
            let cut = by(cdr().as_bytes(), column, 0.0, &start()).unwrap();
            let expected = Group {
                calls: 5,
                answered: 3,
                talks: 3,
                talk_ns: 10_000_000_001 + 1_250_000_000 + 10_000_000_000,
                value: String::new(),
            };
            assert_eq!(cut.total, expected, "{column}");
            assert_eq!(sum(&cut.groups), cut.total, "{column}");
            let values: std::collections::BTreeSet<_> = cut.groups.iter().map(|group| &group.value).collect();
            assert_eq!(values.len(), cut.groups.len(), "{column}");
            for language in Language::ALL {
                let table = table(&cut, language);
                assert_eq!(table.rows.len(), cut.groups.len() + 1, "{column}");
            }
        }
    }

    #[test]
    fn groups_are_those_of_the_rows() {
        let groups = |column: &str| -> Vec<(String, u64)> {
            let cut = by(cdr().as_bytes(), column, 0.0, &start()).unwrap();
            cut.groups.into_iter().map(|group| (group.value, group.calls)).collect()
        };
        let named = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
            pairs.iter().map(|(name, calls)| ((*name).to_owned(), *calls)).collect()
        };
        assert_eq!(groups("class"), named(&[("home", 3), ("work", 2)]));
        assert_eq!(groups("did"), named(&[("100", 3), ("200", 2)]));
        assert_eq!(groups("hour"), named(&[("08", 2), ("09", 1), ("10", 2)]));
        assert_eq!(groups("day"), named(&[("2026-01-05", 4), ("2026-01-06", 1)]));
        assert_eq!(groups("wrap_up"), named(&[("", 3), ("bill", 1), ("fault", 1)]));
        let late = by(cdr().as_bytes(), "class", 3600.0, &start()).unwrap();
        assert_eq!(late.total.calls, 4, "without what began before");
    }

    #[test]
    fn what_is_no_column_is_said_with_those_that_there_are() {
        let error = by(cdr().as_bytes(), "clas", 0.0, &start()).unwrap_err().to_string();
        assert!(error.contains("no column `clas`") && error.contains("wrap_up") && error.contains("hour"));
        let broken = cdr().replace("3600,", "soon,");
        let error = by(broken.as_bytes(), "class", 0.0, &start()).unwrap_err().to_string();
        assert!(error.contains("line 3: `soon`"), "{error}");
    }

    #[test]
    fn more_groups_than_a_person_reads_are_told_in_one_line() {
        let mut rows = format!("{}\n", cdr_csv::COLUMNS.join(","));
        for call in 0..250 {
            writeln!(rows, "{call},79,1,{call},,,{call},BUSY,,,,busy,,,pbx,,,,,,,").unwrap();
        }
        let cut = by(rows.as_bytes(), "call_id", 0.0, &start()).unwrap();
        let table = table(&cut, Language::English);
        assert_eq!((cut.groups.len(), table.rows.len()), (250, SHOWN + 2));
        assert_eq!(table.rows[SHOWN][..2], ["150 others".to_owned(), "150".to_owned()]);
        assert!(page(&cut, "x", Language::Russian).contains("прочие значения: 150"));
    }
}
