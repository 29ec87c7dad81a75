//! `busyhour erlang`: traffic formulas, one value or a whole CSV.

use std::io;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::erlang::compute::Outputs;
use crate::cli::erlang::inputs::{Given, Row};
use crate::cli::erlang::model::Model;
use crate::cli::output::Out;

mod comparison;
mod compute;
mod inputs;
mod model;
mod table;
#[cfg(test)]
mod tests;

/// Traffic formulas: one value from options, or a CSV with a header row by row.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  busyhour erlang b --servers 30 --erlangs 24
  busyhour erlang c --agents 14 --erlangs 10 --aht_s 180 --t_s 20 --format json
  busyhour erlang b_inverse --kind max_erlangs --servers 30 --target 0.01
  busyhour erlang c_staffing --calls 100 --interval_s 1800 --aht 180 --target_sl 0.8 --threshold 20 --max_occupancy 0.85 --shrinkage 0.3
  busyhour erlang a_redial --agents 10 --lambda0_per_s 0.05 --mu 0.005 --theta 0.01 --redial_prob 0.6
  busyhour erlang engset --sources 50 --servers 10 --beta 0.2
  busyhour erlang kaufman_roberts --capacity_slots 125 --erlangs 60,8 --slots_per_call 1,4
  busyhour erlang hayward --mean_erlangs 50 --peakedness 2 --servers 60
  busyhour erlang erlang_b --csv loads.csv
  busyhour erlang erlang_b --csv reference.csv --compare --tolerance 1e-11

Models named erlang_… have the rest of their name for short: b, b_continuous, b_inverse, c, c_staffing, a, a_redial.
Rates are per second, times in seconds, unless a name says otherwise; a theta of 0 means endless patience. A model
that lacks an input says which. Rows of a CSV with one `case` are one system (kaufman_roberts, transient).")]
pub struct Arguments {
    /// Which formula
    #[arg(value_enum)]
    model: Model,
    /// Read inputs from a CSV file with a header ('-': standard input) and append the outputs
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Compare the CSV's filled output columns with ours: prints each column's worst relative error
    #[arg(long, requires = "csv")]
    compare: bool,
    /// Largest relative error that passes; beyond it the exit code is 3
    #[arg(long, value_name = "ERROR", default_value_t = 1e-11, requires = "compare")]
    tolerance: f64,
    /// Text or JSON, for a single value
    #[arg(long, value_enum, default_value_t)]
    format: crate::cli::common::Format,
    #[command(flatten)]
    given: Given,
}

/// Prints one value, or all rows of a CSV.
///
/// # Errors
/// [`Failure::Usage`] for missing or impossible inputs.
pub fn execute(arguments: &Arguments, out: &mut Out) -> Result<ExitCode, Failure> {
    let model = arguments.model;
    if let Some(path) = &arguments.csv {
        if !arguments.given.is_empty() {
            let twice = "inputs come from the columns of the CSV, or from options, but not from both";
            return Err(Failure::Usage(twice.to_owned()));
        }
        if arguments.compare {
            return table::compare(model, path, arguments.tolerance, out);
        }
        return table::execute(model, path, out);
    }
    let (header, fields) = arguments.given.rows(model).map_err(Failure::Usage)?;
    let rows: Vec<Row<'_>> = fields.iter().map(|fields| Row { header: &header, fields }).collect();
    let outputs = if model.is_grouped() {
        compute::of_systems(model, &rows)
    } else {
        rows.iter().map(|row| compute::of_row(model, row)).collect()
    };
    let outputs = outputs.into_iter().collect::<Result<Vec<_>, _>>().map_err(Failure::Usage)?;
    let printed = match arguments.format {
        crate::cli::common::Format::Json => print_json(&rows, &outputs, out),
        crate::cli::common::Format::Text => print_text(&rows, &outputs, out),
    };
    printed.map_err(|error| Failure::Tool(format!("standard output: {error}")))?;
    Ok(ExitCode::Passed)
}

/// An object with a value by column, or a list where the rows of a system differ.
fn print_json(rows: &[Row<'_>], outputs: &[Outputs], out: &mut Out) -> io::Result<()> {
    let mut object = serde_json::Map::new();
    let mut insert = |name: &str, values: Vec<serde_json::Value>| {
        let alike = values.windows(2).all(|pair| pair[0] == pair[1]);
        let first = values.first().cloned().unwrap_or_default();
        object.insert(name.to_owned(), if alike { first } else { values.into() });
    };
    for name in &rows[0].header.0 {
        let value = |row: &Row<'_>| match (row.number(name), row.field(name)) {
            (Ok(number), _) => number.into(),
            (Err(_), text) => text.into(),
        };
        insert(name, rows.iter().map(value).collect());
    }
    for (place, (name, _)) in outputs[0].iter().enumerate() {
        insert(name, outputs.iter().map(|outputs| outputs[place].1.into()).collect());
    }
    writeln!(out, "{}", serde_json::Value::Object(object))
}

fn print_text(rows: &[Row<'_>], outputs: &[Outputs], out: &mut Out) -> io::Result<()> {
    for (row, outputs) in rows.iter().zip(outputs) {
        let given = row.header.0.iter().map(|name| format!("{name} {}", row.field(name).unwrap_or_default()));
        let given: Vec<String> = given.collect();
        // Where a number of agents is asked for, it is the answer.
        let agents = outputs.iter().find(|(name, _)| *name == "agents");
        let Some((name, value)) = agents.or(outputs.first()) else { continue };
        writeln!(out, "With {}: {name} is {}.\n", given.join(", "), table::number(*value))?;
        for (name, value) in outputs {
            writeln!(out, "  {name:<30} {}", table::number(*value))?;
        }
    }
    Ok(())
}
