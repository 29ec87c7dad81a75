//! `busyhour erlang --compare`: how far a table's own outputs are from ours, column by column.

use std::io;
use std::io::Write as _;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::erlang::compute::Outputs;
use crate::cli::erlang::inputs::Row;
use crate::cli::erlang::table::Sink;
use crate::cli::output::Out;

/// What has been compared so far.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    columns: Vec<Column>,
    rows: usize,
    computed: usize,
    /// Rows without an answer, and why.
    failed: Vec<(usize, String)>,
    failures: usize,
}

/// The worst cell of one column.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    name: &'static str,
    compared: u64,
    error: f64,
    /// The row of the worst cell, counted from 1 below the header.
    row: usize,
}

/// Most failed rows that are told one by one.
const MOST_TOLD: usize = 100;

impl Sink for Comparison {
    fn take(&mut self, row: &Row<'_>, outputs: Result<Outputs, String>) -> Result<(), Failure> {
        self.rows += 1;
        match outputs {
            Ok(outputs) => {
                self.computed += 1;
                self.compare(row, &outputs).map_err(Failure::Usage)
            }
            Err(error) => {
                self.failures += 1;
                if self.failed.len() < MOST_TOLD {
                    self.failed.push((self.rows, error));
                }
                Ok(())
            }
        }
    }
}

impl Comparison {
    fn compare(&mut self, row: &Row<'_>, outputs: &Outputs) -> Result<(), String> {
        let place = self.rows;
        for (name, ours) in outputs {
            if row.field(name).is_none() {
                continue;
            }
            let theirs = row.number(name).map_err(|error| format!("row {place}: {error}"))?;
            let error = relative_error(*ours, theirs);
            match self.columns.iter_mut().find(|column| column.name == *name) {
                Some(column) => column.take(error, place),
                None => self.columns.push(Column { name, compared: 1, error, row: place }),
            }
        }
        Ok(())
    }

    /// Prints each compared column's worst relative error, as CSV; blank cells are not compared.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is nothing to compare.
    pub(super) fn finish(&self, tolerance: f64, out: &mut Out) -> Result<ExitCode, Failure> {
        if self.columns.is_empty() && (self.computed > 0 || self.rows == 0) {
            return Err(Failure::Usage(
                "there is nothing to compare with: no output column of the CSV is filled in".to_owned(),
            ));
        }
        self.print(out).map_err(|error| Failure::Tool(format!("standard output: {error}")))?;
        for (place, error) in &self.failed {
            eprintln!("row {place}: {error}");
        }
        if self.failures > self.failed.len() {
            eprintln!("… and {} rows more", self.failures - self.failed.len());
        }
        Ok(match () {
            () if self.failures > 0 => ExitCode::Usage,
            () if self.columns.iter().any(|column| column.error > tolerance) => ExitCode::GateFailed,
            () => ExitCode::Passed,
        })
    }

    fn print(&self, out: &mut Out) -> io::Result<()> {
        writeln!(out, "column,compared,worst_relative_error,row")?;
        for column in &self.columns {
            writeln!(out, "{},{},{:e},{}", column.name, column.compared, column.error, column.row)?;
        }
        out.flush()
    }

    /// The worst relative error of all columns.
    #[cfg(test)]
    pub(super) fn worst(&self) -> f64 {
        self.columns.iter().map(|column| column.error).fold(0.0, f64::max)
    }
}

impl Column {
    fn take(&mut self, error: f64, row: usize) {
        self.compared += 1;
        if error > self.error {
            (self.error, self.row) = (error, row);
        }
    }
}

/// |ours − theirs| / |theirs|; infinite where one of them is no number, or only theirs is 0.
fn relative_error(ours: f64, theirs: f64) -> f64 {
    let error = if ours.total_cmp(&theirs).is_eq() { 0.0 } else { (ours - theirs).abs() / theirs.abs() };
    if error.is_nan() { f64::INFINITY } else { error }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::erlang::model::Model;
    use crate::cli::erlang::table;

    fn judged(csv: &'static str, tolerance: f64) -> Result<(Vec<Column>, ExitCode), Failure> {
        let mut reader = table::reader(Box::new(csv.as_bytes()));
        let header = table::header(Model::ErlangB, &mut reader, Path::new("x.csv"))?;
        let mut comparison = Comparison::default();
        table::each_row(Model::ErlangB, &header, &mut reader, Path::new("x.csv"), &mut comparison)?;
        let code = comparison.finish(tolerance, &mut Out::to(Vec::new()))?;
        Ok((comparison.columns, code))
    }

    #[test]
    fn the_worst_cell_of_each_column_is_found() {
        // B(1, 1) = 1/2 and B(2, 1) = 1/5, the second written with an error of 1 %.
        let csv = "servers,erlangs,blocking,carried_erlangs\n1,1,0.5,\n2,1,0.198,0.8\n3,1,0.0625,0.9375\n";
        let (columns, code) = judged(csv, 1e-11).unwrap();
        assert_eq!(code, ExitCode::GateFailed);
        let [blocking, carried] = columns.as_slice() else { panic!("{columns:?}") };
        assert_eq!((blocking.name, blocking.compared, blocking.row), ("blocking", 3, 2));
        assert!((blocking.error - 0.002 / 0.198).abs() < 1e-12, "{blocking:?}");
        assert_eq!((carried.name, carried.compared), ("carried_erlangs", 2));
        assert!(carried.error < 1e-12, "{carried:?}");
        assert_eq!(judged(csv, 0.02).unwrap().1, ExitCode::Passed);
    }

    #[test]
    fn a_row_that_cannot_be_computed_is_a_usage_error_after_all_rows() {
        let csv = "servers,erlangs,blocking\n1,1,0.5\n1,-1,0.5\n2,1,0.2\n";
        let (columns, code) = judged(csv, 1e-11).unwrap();
        assert_eq!((code, columns[0].compared), (ExitCode::Usage, 2));
    }

    #[test]
    fn a_table_without_outputs_has_nothing_to_compare_and_a_word_is_no_number() {
        assert!(judged("servers,erlangs,blocking\n1,1,\n", 1e-11).is_err());
        assert!(judged("servers,erlangs\n1,1\n", 1e-11).is_err());
        assert!(judged("servers,erlangs,blocking\n", 1e-11).is_err());
        assert!(judged("servers,erlangs,blocking\n1,1,half\n", 1e-11).is_err());
    }

    #[test]
    fn nothing_is_near_to_zero_or_to_no_number() {
        assert!(relative_error(0.0, 0.0).abs() < 1e-300);
        assert!(relative_error(1e-9, 0.0).is_infinite());
        assert!(relative_error(f64::NAN, 1.0).is_infinite());
        assert!((relative_error(-1.1, -1.0) - 0.1).abs() < 1e-12);
    }
}
