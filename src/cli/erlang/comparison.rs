//! `busyhour erlang --compare`: how far a table's own outputs are from ours, column by column.

use std::io;
use std::io::Write as _;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::erlang::Columns;
use crate::cli::erlang::Row;

/// The worst cell of one column.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    name: &'static str,
    compared: u64,
    error: f64,
    /// The row of the worst cell, counted from 1 below the header.
    row: usize,
}

/// Prints each filled output column's worst relative error, as CSV; blank cells are not compared.
///
/// # Errors
/// [`Failure::Usage`] if there is nothing to compare, or a cell is no number.
pub(super) fn execute(rows: &[(Row, Result<Columns, String>)], tolerance: f64) -> Result<ExitCode, Failure> {
    let columns = columns(rows).map_err(Failure::Usage)?;
    let failed = rows.iter().enumerate().filter_map(|(place, row)| Some((place + 1, row.1.as_ref().err()?)));
    print(&columns).map_err(|error| Failure::Tool(format!("standard output: {error}")))?;
    let mut any_failed = false;
    for (place, error) in failed {
        eprintln!("row {place}: {error}");
        any_failed = true;
    }
    Ok(match () {
        () if any_failed => ExitCode::Usage,
        () if columns.iter().any(|column| column.error > tolerance) => ExitCode::GateFailed,
        () => ExitCode::Passed,
    })
}

fn print(columns: &[Column]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "column,compared,worst_relative_error,row")?;
    for column in columns {
        writeln!(out, "{},{},{:e},{}", column.name, column.compared, column.error, column.row)?;
    }
    out.flush()
}

fn columns(rows: &[(Row, Result<Columns, String>)]) -> Result<Vec<Column>, String> {
    let mut columns: Vec<Column> = Vec::new();
    for (place, (row, outputs)) in rows.iter().enumerate() {
        for (name, ours) in outputs.iter().flatten() {
            if row.text(name).is_err() {
                continue;
            }
            let theirs = row.number(name).map_err(|error| format!("row {}: {error}", place + 1))?;
            let error = relative_error(*ours, theirs);
            match columns.iter_mut().find(|column| column.name == *name) {
                Some(column) => column.take(error, place + 1),
                None => columns.push(Column { name, compared: 1, error, row: place + 1 }),
            }
        }
    }
    let computed = rows.iter().any(|row| row.1.is_ok());
    if columns.is_empty() && computed {
        return Err("there is nothing to compare with: no output column of the CSV is filled in".to_owned());
    }
    Ok(columns)
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
    use super::*;
    use crate::cli::erlang::Model;
    use crate::cli::erlang::computed;

    fn judged(csv: &str, tolerance: f64) -> Result<(Vec<Column>, ExitCode), String> {
        let (_, rows) = computed(Model::ErlangB, csv, true).unwrap();
        let rows: Vec<_> = rows.into_iter().map(|(_, row, outputs)| (row, outputs)).collect();
        let code = execute(&rows, tolerance).map_err(|_| "usage".to_owned())?;
        Ok((columns(&rows)?, code))
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
