//! `busyhour erlang MODEL --csv`: a table row by row, its own columns untouched, the outputs behind them.
//!
//! Rows stream: a million of them need no more memory than one, but for models whose rows make a system together.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::erlang::comparison::Comparison;
use crate::cli::erlang::compute;
use crate::cli::erlang::compute::Outputs;
use crate::cli::erlang::inputs::{Header, Row, listed};
use crate::cli::erlang::model::Model;
use crate::cli::output::Out;

/// What becomes of each row.
pub(super) trait Sink {
    /// Takes one row with its outputs, or why it has none.
    fn take(&mut self, row: &Row<'_>, outputs: Result<Outputs, String>) -> Result<(), Failure>;
    /// Whether nobody listens any more.
    fn is_done(&self) -> bool {
        false
    }
}

/// Computes every row of `path` (`-` is standard input) and writes the table to `out`.
///
/// # Errors
/// [`Failure::Usage`] for a table that can't be read or lacks a column.
pub(super) fn execute(model: Model, path: &Path, out: &mut Out) -> Result<ExitCode, Failure> {
    let mut reader = open(path)?;
    let header = header(model, &mut reader, path)?;
    let mut writer = Printer::new(model, &header, out)?;
    each_row(model, &header, &mut reader, path, &mut writer)?;
    writer.finish()
}

/// Compares the filled output columns of `path` with ours.
///
/// # Errors
/// As for [`execute`], and if there is nothing to compare.
pub(super) fn compare(model: Model, path: &Path, tolerance: f64, out: &mut Out) -> Result<ExitCode, Failure> {
    let mut reader = open(path)?;
    let header = header(model, &mut reader, path)?;
    let mut comparison = Comparison::default();
    each_row(model, &header, &mut reader, path, &mut comparison)?;
    comparison.finish(tolerance, out)
}

type Reader = csv::Reader<Box<dyn Read>>;

fn open(path: &Path) -> Result<Reader, Failure> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let file =
            File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata.is_dir())));
        let explain = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("{}: {error}; give a CSV file or `-`", path.display()))
        };
        match file {
            Ok((_, true)) => return Err(explain(&"it is a directory")),
            Ok((file, false)) => Box::new(file),
            Err(error) => return Err(explain(&error)),
        }
    };
    Ok(reader(source))
}

pub(super) fn reader(source: Box<dyn Read>) -> Reader {
    csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 16).from_reader(source)
}

/// The names of the columns, if `model` can work with them.
pub(super) fn header(model: Model, reader: &mut Reader, path: &Path) -> Result<Header, Failure> {
    let wrong = |problem: String| Failure::Usage(format!("{}: {problem}", path.display()));
    let names = reader.headers().map_err(|error| wrong(error.to_string()))?;
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    if names.iter().all(String::is_empty) {
        return Err(wrong(format!(
            "it is empty; the first line names the columns, for {} {}",
            model.name(),
            listed(&model.columns())
        )));
    }
    if names.len() == 1 && names[0].contains([';', '\t']) {
        return Err(wrong(
            "columns are separated by commas here, and decimals take a point; save it as comma-separated CSV"
                .to_owned(),
        ));
    }
    for (place, name) in names.iter().enumerate() {
        if names[..place].contains(name) {
            return Err(wrong(format!("the column `{name}` is there twice; keep one of them")));
        }
    }
    let columns = model.columns();
    let missing: Vec<&str> =
        columns.needed.iter().copied().filter(|name| !names.iter().any(|n| n == name)).collect();
    if missing.is_empty() {
        return Ok(Header(names));
    }
    Err(wrong(format!(
        "no column {}; {} reads {}, and the header has {}",
        missing.join(", "),
        model.name(),
        listed(&columns),
        names.join(", ")
    )))
}

pub(super) fn each_row(
    model: Model,
    header: &Header,
    reader: &mut Reader,
    path: &Path,
    sink: &mut impl Sink,
) -> Result<(), Failure> {
    let wrong = |error: csv::Error| Failure::Usage(format!("{}: {error}", path.display()));
    if model.is_grouped() {
        let fields = reader.records().collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let whole: Vec<bool> = fields.iter().map(|fields| fields.len() == header.0.len()).collect();
        let rows: Vec<Row<'_>> = fields.iter().map(|fields| Row { header, fields }).collect();
        for ((row, outputs), whole) in rows.iter().zip(compute::of_systems(model, &rows)).zip(whole) {
            let outputs = if whole { outputs } else { Err(ragged(row)) };
            sink.take(row, outputs)?;
        }
        return Ok(());
    }
    let mut fields = csv::StringRecord::new();
    while !sink.is_done() && reader.read_record(&mut fields).map_err(wrong)? {
        let row = Row { header, fields: &fields };
        let whole = fields.len() == header.0.len();
        sink.take(&row, if whole { compute::of_row(model, &row) } else { Err(ragged(&row)) })?;
    }
    Ok(())
}

fn ragged(row: &Row<'_>) -> String {
    format!(
        "the row has {} fields, but the header {}; decimals take a point (12.5, not 12,5), and a field with a \
         comma stands in quotes",
        row.fields.len(),
        row.header.0.len()
    )
}

/// Writes the table.
struct Printer<'a> {
    writer: csv::Writer<&'a mut Out>,
    /// Output columns that the input does not have.
    added: Vec<&'static str>,
    any_failed: bool,
}

impl<'a> Printer<'a> {
    fn new(model: Model, header: &Header, out: &'a mut Out) -> Result<Self, Failure> {
        let is_new = |name: &&str| !header.0.iter().any(|known| known == name);
        let added = model.columns().outputs.iter().copied().chain(["error"]).filter(is_new).collect();
        let writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(out);
        let mut printer = Self { writer, added, any_failed: false };
        let names = header.0.iter().map(String::as_str).chain(printer.added.iter().copied());
        printer.writer.write_record(names).map_err(unwritten)?;
        Ok(printer)
    }

    fn finish(mut self) -> Result<ExitCode, Failure> {
        self.writer.flush().map_err(unwritten)?;
        Ok(if self.any_failed { ExitCode::Usage } else { ExitCode::Passed })
    }
}

fn unwritten(error: impl std::fmt::Display) -> Failure {
    Failure::Tool(format!("standard output: {error}"))
}

impl Sink for Printer<'_> {
    fn take(&mut self, row: &Row<'_>, outputs: Result<Outputs, String>) -> Result<(), Failure> {
        let outputs = outputs.and_then(|outputs| unfilled(row, outputs));
        self.any_failed |= outputs.is_err();
        let value = |name: &str| match &outputs {
            Ok(outputs) => outputs.iter().find(|(known, _)| *known == name).map(|(_, value)| number(*value)),
            Err(error) => (name == "error").then(|| error.clone()),
        };
        for (place, name) in row.header.0.iter().enumerate() {
            let own = row.fields.get(place).unwrap_or_default();
            let filled = if own.trim().is_empty() { value(name) } else { None };
            self.writer.write_field(filled.as_deref().unwrap_or(own)).map_err(unwritten)?;
        }
        for name in &self.added {
            self.writer.write_field(value(name).unwrap_or_default()).map_err(unwritten)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(unwritten)
    }

    fn is_done(&self) -> bool {
        self.writer.get_ref().is_closed()
    }
}

/// Refuses to overwrite: a filled output column is somebody's data.
fn unfilled(row: &Row<'_>, outputs: Outputs) -> Result<Outputs, String> {
    match outputs.iter().find(|(name, _)| row.field(name).is_some()) {
        Some((name, _)) => Err(format!("{name} is an output, but already filled in; leave it blank")),
        None => Ok(outputs),
    }
}

/// The shortest text that reads back as the same double; whole numbers without a point.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value}") } else { format!("{value:?}") }
}
