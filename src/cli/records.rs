//! `busyhour check --records`: whether call records of whatever origin hold what the scenario requires of them.

use std::fs::File;
use std::io;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::books::call_log::CallLog;
use crate::books::required::Required;
use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::check::Arguments;
use crate::cli::common::Format;
use crate::pbx::fields::Field;
use crate::report::Language;
use crate::report::language::fill;
use crate::report::language::record_words::RecordWords;
use crate::report::required;
use crate::report::text::mark;
use crate::report::text::plain_spaces;
use crate::result::RequiredField;
use crate::scenario::Scenario;
use crate::scenario::nearest;

/// What a file was found to hold.
#[derive(Debug, Serialize)]
struct Judged {
    file: String,
    rows: u64,
    required_fields: Vec<RequiredField>,
    /// Absent where columns have no names.
    #[serde(skip)]
    names: Option<String>,
    #[serde(skip)]
    width: usize,
}

/// Judges each file, and prints what was found.
///
/// # Errors
/// [`Failure::Usage`] if the scenario requires nothing, or a file is no call log.
pub fn judge(scenario: &Scenario, arguments: &Arguments, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    if scenario.required_fields.is_empty() {
        return Err(Failure::Usage(format!(
            "scenario {}: nothing is required of call records; write required_fields: [start, from, to, agent if \
             answered]",
            scenario.name
        )));
    }
    let named = arguments.columns.iter().map(|text| column(text)).collect::<Result<Vec<_>, _>>()?;
    let judged = arguments.records.iter().map(|path| read(scenario, path, &named));
    let judged = judged.collect::<Result<Vec<_>, _>>()?;
    let printed = match arguments.common.format {
        Format::Text => print(&judged, Language::from(arguments.common.lang), out),
        Format::Json => serde_json::to_writer_pretty(&mut *out, &judged).map_err(io::Error::from),
    };
    printed.and_then(|()| writeln!(out)).map_err(|error| Failure::Tool(format!("cannot write: {error}")))?;
    Ok(judged.iter().map(code).fold(ExitCode::Passed, ExitCode::or))
}

/// An empty log proves nothing: not that a field is there, either.
fn code(judged: &Judged) -> ExitCode {
    let lacks = |field: &RequiredField| field.missing > 0 || field.no_column.is_some();
    match judged.rows {
        _ if judged.required_fields.iter().any(lacks) => ExitCode::FieldMissing,
        0 => ExitCode::Inconclusive,
        _ => ExitCode::Passed,
    }
}

fn read(scenario: &Scenario, path: &Path, located: &[(Field, String)]) -> Result<Judged, Failure> {
    let file = path.display().to_string();
    let wrong = |error: &dyn std::fmt::Display| Failure::Usage(format!("{file}: {error}"));
    let opened = File::open(path).map_err(|error| wrong(&format!("{error}; give the path of a call log")))?;
    let log = CallLog::open(BufReader::new(opened), located).map_err(|error| wrong(&error))?;
    let (names, width) = (log.names(), log.width());
    let mut required = Required::new(&scenario.required_fields);
    let rows = log.check(&mut required).map_err(|error| wrong(&error))?;
    let required_fields =
        required.finish().into_iter().map(|tally| RequiredField::new(tally, &file)).collect();
    Ok(Judged { file, rows, required_fields, names, width })
}

/// `FIELD=COLUMN`.
fn column(text: &str) -> Result<(Field, String), Failure> {
    let wrong = |message: String| Failure::Usage(format!("--column {text}: {message}"));
    let (field, column) =
        text.split_once('=').ok_or_else(|| wrong("no `=`; write --column agent=operator".to_owned()))?;
    let field = field.trim();
    let known = Field::from_name(field).ok_or_else(|| {
        let names = Field::ALL.map(Field::name);
        let near = nearest(field, &names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        wrong(format!("no field `{field}` in a call record; {near}write one of {}", names.join(", ")))
    })?;
    Ok((known, column.to_owned()))
}

fn print(judged: &[Judged], language: Language, out: &mut dyn Write) -> io::Result<()> {
    let words = RecordWords::of(language);
    for Judged { file, rows, required_fields, names, width } in judged {
        let (rows_text, width) = (language.count(*rows), width.to_string());
        let values = [
            ("file", file.as_str()),
            ("rows", &rows_text),
            ("columns", names.as_deref().unwrap_or_default()),
            ("width", &width),
        ];
        writeln!(out, "{}: {}", words.title, plain_spaces(&fill(words.heading, &values)))?;
        let widest = required_fields.iter().map(|field| field.field.chars().count()).max().unwrap_or(0);
        for field in required_fields {
            let (mark, found) = (mark(field.status), plain_spaces(&required::found(field, language)));
            writeln!(out, "  {mark} {:widest$}   {found}   {}", field.field, field.written_at)?;
        }
        if required_fields.iter().any(|field| field.no_column.is_some()) {
            let template = if names.is_some() { words.columns } else { words.columns_by_number };
            writeln!(out, "  {}", fill(template, &values))?;
        }
        if *rows == 0 {
            writeln!(out, "  {}", fill(words.no_calls, &values))?;
        }
    }
    Ok(())
}
