//! `busyhour erlang`: traffic formulas, one value or a whole CSV.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::erlang::ErlangError;
use crate::erlang::erlang_a;
use crate::erlang::erlang_a::ErlangA;
use crate::erlang::erlang_b;
use crate::erlang::erlang_c;
use crate::erlang::erlang_c::ErlangC;
use crate::erlang::extended_b;
use crate::erlang::mmnk;
use crate::erlang::mmnk::Mmnk;

mod comparison;

/// Traffic formulas: one value from options, or a CSV with a header row by row.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  busyhour erlang b --servers 30 --erlangs 24
  busyhour erlang c --agents 14 --erlangs 10 --aht_s 180 --t_s 20 --format json
  busyhour erlang erlang_b --csv loads.csv
  busyhour erlang erlang_b --csv reference.csv --compare --tolerance 1e-11

Rates are per second, times in seconds; a theta of 0 means endless patience.")]
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
    /// Circuits
    #[arg(long, value_name = "N")]
    servers: Option<String>,
    /// Offered traffic
    #[arg(long, value_name = "E")]
    erlangs: Option<String>,
    /// Agents
    #[arg(long, value_name = "N")]
    agents: Option<String>,
    /// Places in the whole system, agents' included
    #[arg(long, value_name = "N")]
    lines: Option<String>,
    /// Mean handle time in seconds
    #[arg(long = "aht_s", alias = "aht", value_name = "S")]
    aht_s: Option<String>,
    /// Answer time in seconds
    #[arg(long = "t_s", alias = "threshold", value_name = "S")]
    t_s: Option<String>,
    /// Arrivals per second
    #[arg(long = "lambda_per_s", alias = "lambda", value_name = "RATE")]
    lambda_per_s: Option<String>,
    /// Fresh arrivals per second
    #[arg(long = "lambda0_per_s", value_name = "RATE")]
    lambda0_per_s: Option<String>,
    /// 1 / mean handle time, per second
    #[arg(long = "mu_per_s", alias = "mu", value_name = "RATE")]
    mu_per_s: Option<String>,
    /// 1 / mean patience, per second
    #[arg(long = "theta_per_s", alias = "theta", value_name = "RATE")]
    theta_per_s: Option<String>,
    /// Fresh traffic
    #[arg(long = "fresh_erlangs", value_name = "E")]
    fresh_erlangs: Option<String>,
    /// Share of blocked attempts that are repeated
    #[arg(long, value_name = "RATIO")]
    recall: Option<String>,
    /// Probability that a caller who gave up dials again
    #[arg(long = "redial_prob", value_name = "RATIO")]
    redial_prob: Option<String>,
    /// Highest blocking
    #[arg(long = "target_blocking", alias = "target", value_name = "RATIO")]
    target_blocking: Option<String>,
    /// `max_erlangs` or `min_servers`
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Calls in an interval
    #[arg(long, value_name = "N")]
    calls: Option<String>,
    /// Length of the interval in seconds
    #[arg(long = "interval_s", value_name = "S")]
    interval_s: Option<String>,
    /// Share to answer in time
    #[arg(long = "target_sl", value_name = "RATIO")]
    target_sl: Option<String>,
    /// Highest share of agents' time on calls
    #[arg(long = "max_occupancy", value_name = "RATIO")]
    max_occupancy: Option<String>,
    /// Share of the staff that is away
    #[arg(long, value_name = "RATIO")]
    shrinkage: Option<String>,
    /// Calls per hour
    #[arg(long = "calls_per_h", value_name = "N")]
    calls_per_h: Option<String>,
    /// Mean patience in seconds; 0 is endless
    #[arg(long = "patience_s", value_name = "S")]
    patience_s: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Model {
    /// Calls that find every circuit busy are lost
    #[value(alias = "b")]
    ErlangB,
    /// The same for a fractional number of circuits
    ErlangBContinuous,
    /// Traffic for a blocking, or circuits for it
    ErlangBInverse,
    /// Callers wait for ever
    #[value(alias = "c")]
    ErlangC,
    /// Agents for a service level
    ErlangCStaffing,
    /// Callers wait until their patience ends
    #[value(alias = "a")]
    ErlangA,
    /// The same, and those who gave up may dial again
    ErlangARedial,
    /// Agents behind a limited number of lines
    Mmnk,
    /// Lines in front of agents
    ContactCentreTrunks,
    /// Blocked callers dial again
    #[value(alias = "extended_b")]
    ExtendedErlangB,
}

/// Outputs by column name, in order.
type Columns = Vec<(&'static str, f64)>;

/// Prints one value, or all rows of a CSV.
///
/// # Errors
/// [`Failure::Usage`] for missing or impossible inputs.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.csv {
        return table(arguments, path);
    }
    let inputs = arguments.inputs();
    let outputs = compute(arguments.model, &inputs).map_err(Failure::Usage)?;
    match arguments.format {
        crate::cli::common::Format::Json => print_json(&inputs, &outputs),
        crate::cli::common::Format::Text => print_text(&inputs, &outputs),
    }
    Ok(ExitCode::Passed)
}

impl Arguments {
    fn inputs(&self) -> Row {
        let given = [
            ("kind", &self.kind),
            ("servers", &self.servers),
            ("erlangs", &self.erlangs),
            ("agents", &self.agents),
            ("lines", &self.lines),
            ("aht_s", &self.aht_s),
            ("t_s", &self.t_s),
            ("lambda_per_s", &self.lambda_per_s),
            ("lambda0_per_s", &self.lambda0_per_s),
            ("mu_per_s", &self.mu_per_s),
            ("theta_per_s", &self.theta_per_s),
            ("fresh_erlangs", &self.fresh_erlangs),
            ("recall", &self.recall),
            ("redial_prob", &self.redial_prob),
            ("target_blocking", &self.target_blocking),
            ("calls", &self.calls),
            ("interval_s", &self.interval_s),
            ("target_sl", &self.target_sl),
            ("max_occupancy", &self.max_occupancy),
            ("shrinkage", &self.shrinkage),
            ("calls_per_h", &self.calls_per_h),
            ("patience_s", &self.patience_s),
        ];
        let written = given.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)));
        Row(written.collect())
    }
}

/// Inputs by column name, as written.
struct Row(BTreeMap<String, String>);

impl Row {
    fn text(&self, name: &str) -> Result<&str, String> {
        let text = self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        text.ok_or_else(|| format!("{name} is missing; give it as --{name} or as a column of the CSV"))
    }

    fn number(&self, name: &str) -> Result<f64, String> {
        let text = self.text(name)?;
        let (digits, scale) = text.strip_suffix('%').map_or((text, 1.0), |digits| (digits, 0.01));
        let number = digits.trim().parse::<f64>().map_err(|_| format!("{name} is `{text}`, not a number"))?;
        Ok(number * scale)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
    fn whole(&self, name: &str) -> Result<u32, String> {
        let number = self.number(name)?;
        let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
        if fits { Ok(number as u32) } else { Err(format!("{name} is {number}, but must be a whole number")) }
    }
}

fn compute(model: Model, row: &Row) -> Result<Columns, String> {
    match model {
        Model::ErlangB | Model::ErlangBContinuous => erlang_b_row(model, row),
        Model::ErlangBInverse => inverse_row(row),
        Model::ErlangC => erlang_c_row(row),
        Model::ErlangCStaffing => staffing_row(row),
        Model::ErlangA => erlang_a_row(row),
        Model::ErlangARedial => redial_row(row),
        Model::Mmnk => mmnk_row(row),
        Model::ContactCentreTrunks => trunks_row(row),
        Model::ExtendedErlangB => extended_row(row),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn sentence(error: ErlangError) -> String {
    error.to_string()
}

fn erlang_b_row(model: Model, row: &Row) -> Result<Columns, String> {
    let servers = match model {
        Model::ErlangB => f64::from(row.whole("servers")?),
        _ => row.number("servers")?,
    };
    let result = erlang_b::erlang_b(servers, row.number("erlangs")?).map_err(sentence)?;
    let mut columns = vec![("blocking", result.blocking), ("log10_blocking", result.log10_blocking)];
    if model == Model::ErlangB {
        columns.push(("carried_erlangs", result.carried_erlangs));
    }
    Ok(columns)
}

fn inverse_row(row: &Row) -> Result<Columns, String> {
    let target = row.number("target_blocking")?;
    match row.text("kind")? {
        "max_erlangs" => {
            let servers = row.number("servers")?;
            let erlangs = erlang_b::max_erlangs(servers, target).map_err(sentence)?;
            let achieved = erlang_b::erlang_b(servers, erlangs).map_err(sentence)?.blocking;
            Ok(vec![("erlangs", erlangs), ("achieved_blocking", achieved)])
        }
        "min_servers" => {
            let (servers, achieved) =
                erlang_b::min_servers(row.number("erlangs")?, target).map_err(sentence)?;
            Ok(vec![("servers", f64::from(servers)), ("achieved_blocking", achieved)])
        }
        other => Err(format!("kind is `{other}`, but must be max_erlangs or min_servers")),
    }
}

fn erlang_c_row(row: &Row) -> Result<Columns, String> {
    let system = ErlangC::new(row.number("agents")?, row.number("erlangs")?, row.number("aht_s")?);
    let system = system.map_err(sentence)?;
    Ok(vec![
        ("p_wait", system.p_wait()),
        ("service_level", system.service_level(row.number("t_s")?)),
        ("asa_s", system.asa_s()),
        ("mean_wait_delayed_s", system.mean_wait_delayed_s()),
        ("occupancy", system.occupancy()),
        ("mean_queue_len", system.mean_queue_len()),
        ("wait_p90_s", system.wait_percentile_s(90.0)),
    ])
}

fn staffing_row(row: &Row) -> Result<Columns, String> {
    let aht_s = row.number("aht_s")?;
    let erlangs = row.number("calls")? * aht_s / row.number("interval_s")?;
    let target = erlang_c::StaffingTarget {
        service_level: row.number("target_sl")?,
        threshold_s: row.number("t_s")?,
        max_occupancy: row.number("max_occupancy")?,
    };
    let agents = erlang_c::min_agents(erlangs, aht_s, &target).map_err(sentence)?;
    let scheduled = erlang_c::scheduled_agents(agents, row.number("shrinkage")?).map_err(sentence)?;
    let system = ErlangC::new(f64::from(agents), erlangs, aht_s).map_err(sentence)?;
    Ok(vec![
        ("erlangs", erlangs),
        ("agents", f64::from(agents)),
        ("scheduled_agents", f64::from(scheduled)),
        ("p_wait", system.p_wait()),
        ("service_level", system.service_level(target.threshold_s)),
        ("asa_s", system.asa_s()),
        ("occupancy", system.occupancy()),
    ])
}

fn erlang_a_row(row: &Row) -> Result<Columns, String> {
    let system = ErlangA::new(
        row.whole("agents")?,
        row.number("lambda_per_s")?,
        row.number("mu_per_s")?,
        row.number("theta_per_s")?,
    );
    let system = system.map_err(sentence)?;
    let levels = system.service_levels(row.number("t_s")?);
    Ok(vec![
        ("p_wait", system.p_wait()),
        ("p_abandon", system.p_abandon()),
        ("p_abandon_given_wait", system.p_abandon_given_wait()),
        ("mean_wait_all_s", system.mean_wait_all_s()),
        ("mean_wait_served_s", system.mean_wait_served_s()),
        ("mean_wait_abandoned_s", system.mean_wait_abandoned_s()),
        ("sl_virtual", levels.of_virtual),
        ("sl_of_answered", levels.of_answered),
        ("sl_of_offered", levels.of_offered),
        ("sl_excl_short_abandons", levels.excl_short_abandons),
        ("p_abandon_within_t", levels.abandoned_within),
        ("occupancy", system.occupancy()),
        ("mean_queue_len", system.mean_queue_len()),
    ])
}

fn redial_row(row: &Row) -> Result<Columns, String> {
    let result = erlang_a::redialled(
        row.whole("agents")?,
        row.number("lambda0_per_s")?,
        row.number("mu_per_s")?,
        row.number("theta_per_s")?,
        row.number("redial_prob")?,
    );
    let result = result.map_err(sentence)?;
    Ok(vec![
        ("lambda_total_per_s", result.lambda_total_per_s),
        ("p_abandon_per_attempt", result.system.p_abandon()),
        ("p_lost_per_fresh_call", result.p_lost_per_fresh_call),
        ("p_wait", result.system.p_wait()),
        ("occupancy", result.system.occupancy()),
    ])
}

fn mmnk_row(row: &Row) -> Result<Columns, String> {
    let system = Mmnk::new(
        row.whole("agents")?,
        row.whole("lines")?,
        row.number("lambda_per_s")?,
        row.number("mu_per_s")?,
        row.number("theta_per_s")?,
    );
    let system = system.map_err(sentence)?;
    let threshold = row.number("t_s")?;
    Ok(vec![
        ("p_block", system.p_block()),
        ("p_queue", system.p_queue()),
        ("p_abandon", system.p_abandon()),
        ("mean_wait_joined_all_s", system.mean_wait_joined_all_s()),
        ("mean_wait_served_s", system.mean_wait_served_s()),
        ("sl_of_offered", system.sl_of_offered(threshold)),
        ("sl_of_answered", system.sl_of_answered(threshold)),
        ("occupancy", system.occupancy()),
        ("mean_queue_len", system.mean_queue_len()),
        ("mean_lines_busy", system.mean_lines_busy()),
    ])
}

fn trunks_row(row: &Row) -> Result<Columns, String> {
    let (agents, target) = (row.whole("agents")?, row.number("target_blocking")?);
    let (lambda, aht_s) = (row.number("calls_per_h")? / 3600.0, row.number("aht_s")?);
    let (mu, patience) = (1.0 / aht_s, row.number("patience_s")?);
    let theta = if patience > 0.0 { 1.0 / patience } else { 0.0 };
    let lines = mmnk::min_lines(agents, lambda, mu, theta, target).map_err(sentence)?;
    let exact = Mmnk::new(agents, lines, lambda, mu, theta).map_err(sentence)?;
    let asa_s = if theta > 0.0 {
        ErlangA::new(agents, lambda, mu, theta).map_err(sentence)?.mean_wait_all_s()
    } else {
        ErlangC::new(f64::from(agents), lambda * aht_s, aht_s).map_err(sentence)?.asa_s()
    };
    let rule_erlangs = lambda * (aht_s + asa_s);
    let (rule_lines, _) = erlang_b::min_servers(rule_erlangs, target).map_err(sentence)?;
    Ok(vec![
        ("exact_lines", f64::from(lines)),
        ("exact_p_block", exact.p_block()),
        ("exact_mean_lines_busy", exact.mean_lines_busy()),
        ("asa_infinite_lines_s", asa_s),
        ("rule_offered_erlangs", rule_erlangs),
        ("rule_lines", f64::from(rule_lines)),
    ])
}

fn extended_row(row: &Row) -> Result<Columns, String> {
    let result = extended_b::extended_erlang_b(
        row.number("servers")?,
        row.number("fresh_erlangs")?,
        row.number("recall")?,
    );
    let result = result.map_err(sentence)?;
    Ok(vec![
        ("total_offered_erlangs", result.total_offered_erlangs),
        ("blocking_per_attempt", result.blocking_per_attempt),
        ("lost_fraction_of_fresh", result.lost_fraction_of_fresh),
        ("carried_erlangs", result.carried_erlangs),
    ])
}

fn print_json(inputs: &Row, outputs: &Columns) {
    let mut object = serde_json::Map::new();
    for (name, text) in &inputs.0 {
        let value = inputs.number(name).map_or_else(|_| text.clone().into(), serde_json::Value::from);
        object.insert(name.clone(), value);
    }
    for (name, value) in outputs {
        object.insert((*name).to_owned(), (*value).into());
    }
    println!("{}", serde_json::Value::Object(object));
}

fn print_text(inputs: &Row, outputs: &Columns) {
    let given: Vec<String> = inputs.0.iter().map(|(name, text)| format!("{name} {text}")).collect();
    let (name, value) = outputs[0];
    println!("With {}: {name} is {value}.\n", given.join(", "));
    for (name, value) in outputs {
        println!("  {name:<26} {value}");
    }
}

/// Every row of a CSV, its own columns untouched, the outputs behind them; or their comparison.
fn table(arguments: &Arguments, path: &Path) -> Result<ExitCode, Failure> {
    let text = read(path)?;
    let wrong = |error: csv::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let (header, rows) = computed(arguments.model, &text, arguments.compare).map_err(wrong)?;
    if arguments.compare {
        let rows: Vec<_> = rows.into_iter().map(|(_, row, outputs)| (row, outputs)).collect();
        return comparison::execute(&rows, arguments.tolerance);
    }
    let failed = rows.iter().any(|(_, _, outputs)| outputs.is_err());
    print_table(&header, &rows).map_err(|error| Failure::Tool(format!("standard output: {error}")))?;
    Ok(if failed { ExitCode::Usage } else { ExitCode::Passed })
}

/// The header and each row with its outputs; filled output columns are refused unless to be compared.
fn computed(
    model: Model,
    text: &str,
    to_compare: bool,
) -> Result<(csv::StringRecord, Vec<Computed>), csv::Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let pairs = header.iter().zip(&record).map(|(name, text)| (name.to_owned(), text.to_owned()));
        let row = Row(pairs.collect());
        let outputs = compute(model, &row);
        let outputs = if to_compare { outputs } else { outputs.and_then(|columns| unfilled(&row, columns)) };
        rows.push((record, row, outputs));
    }
    Ok((header, rows))
}

/// Refuses to overwrite: a filled output column is somebody's data.
fn unfilled(row: &Row, columns: Columns) -> Result<Columns, String> {
    match columns.iter().find(|(name, _)| row.text(name).is_ok()) {
        Some((name, _)) => Err(format!("{name} is an output, but already filled in; leave it blank")),
        None => Ok(columns),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        fs::read_to_string(path).map(|content| text = content)
    };
    read.map_err(|error| Failure::Usage(format!("{}: {error}; give a CSV file or `-`", path.display())))?;
    Ok(text)
}

type Computed = (csv::StringRecord, Row, Result<Columns, String>);

fn print_table(header: &csv::StringRecord, rows: &[Computed]) -> Result<(), Box<dyn std::error::Error>> {
    // Rows of one model may have different outputs (the inverse of traffic or of circuits).
    let mut names: Vec<&str> = Vec::new();
    for name in rows.iter().filter_map(|row| row.2.as_ref().ok()).flatten().map(|column| column.0) {
        if !names.contains(&name) && !header.iter().any(|known| known == name) {
            names.push(name);
        }
    }
    let mut writer = csv::Writer::from_writer(std::io::stdout().lock());
    writer.write_record(header.iter().chain(names.iter().copied()).chain(["error"]))?;
    for (record, _, outputs) in rows {
        let value = |name: &str| {
            let found = outputs.as_ref().ok().and_then(|columns| columns.iter().find(|c| c.0 == name));
            found.map_or_else(String::new, |column| column.1.to_string())
        };
        let own = header
            .iter()
            .zip(record)
            .map(|(name, text)| if text.trim().is_empty() { value(name) } else { text.to_owned() });
        let error = outputs.as_ref().err().cloned().unwrap_or_default();
        writer.write_record(own.chain(names.iter().map(|name| value(name))).chain([error]))?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values made with 70-digit arithmetic; every output column of every row.
    fn worst_error(model: Model, reference: &str) -> f64 {
        let mut reader = csv::Reader::from_reader(reference.as_bytes());
        let header = reader.headers().unwrap().clone();
        let mut worst = 0.0_f64;
        for record in reader.records().map(Result::unwrap) {
            let pairs = header.iter().zip(&record).map(|(name, text)| (name.to_owned(), text.to_owned()));
            let row = Row(pairs.collect());
            let outputs = compute(model, &row).unwrap_or_else(|error| panic!("{record:?}: {error}"));
            for (name, value) in outputs {
                let exact = row.number(name).unwrap();
                let error = (value - exact).abs() / exact.abs().max(1e-300);
                assert!(error < 1e-11, "{name} of {record:?}: {value} is off by {error:e}");
                worst = worst.max(error);
            }
        }
        worst
    }

    #[test]
    fn every_formula_agrees_with_70_digit_arithmetic_to_1e_11() {
        let references = [
            (Model::ErlangB, include_str!("../../tests/golden/erlang_b.csv")),
            (Model::ErlangBContinuous, include_str!("../../tests/golden/erlang_b_continuous.csv")),
            (Model::ErlangBInverse, include_str!("../../tests/golden/erlang_b_inverse.csv")),
            (Model::ErlangC, include_str!("../../tests/golden/erlang_c.csv")),
            (Model::ErlangCStaffing, include_str!("../../tests/golden/erlang_c_staffing.csv")),
            (Model::ErlangA, include_str!("../../tests/golden/erlang_a.csv")),
            (Model::ErlangARedial, include_str!("../../tests/golden/erlang_a_redial.csv")),
            (Model::Mmnk, include_str!("../../tests/golden/mmnk.csv")),
            (Model::ContactCentreTrunks, include_str!("../../tests/golden/contact_centre_trunks.csv")),
            (Model::ExtendedErlangB, include_str!("../../tests/golden/extended_erlang_b.csv")),
        ];
        for (model, reference) in references {
            assert!(worst_error(model, reference) > 0.0, "{model:?}: equal to the last bit is no comparison");
        }
    }
}
