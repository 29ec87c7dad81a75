//! `busyhour report`: renders a result again, in another language or format.

use std::fs;
use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::output;
use crate::erlang::erlang_b;
use crate::report;
use crate::report::Language;
use crate::report::chart::MeasuredPoint;
use crate::report::chart::against_erlang_b;
use crate::report::text::plain_spaces;
use crate::result;
use crate::result::Agreement;
use crate::result::Driver;
use crate::result::RunResult;
use crate::result::SCHEMA;
use crate::scenario::Inputs;
use crate::scenario::Scenario;

mod pairs;
mod rows;

/// Render a result again: the whole report into a directory, or one format to standard output. A live result and a
/// simulated one of the same scenario (or several such pairs) are set side by side with the formula; other results of
/// the same number of channels become one chart: measured loss against Erlang B.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A `result.json` written by run or simulate.
    #[arg(value_name = "RESULT.json", required = true)]
    results: Vec<PathBuf>,
    /// Language of the report: en or ru. Machine formats (JSON, JUnit) have none.
    #[arg(long, default_value_t)]
    lang: Language,
    /// What goes to standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Group the calls by a column of the cdr.csv beside the result: class, did, route, agent, queue, wrap_up, cause, hour,
    /// day or any other.
    #[arg(long, value_name = "COLUMN", conflicts_with = "sample_minutes")]
    by: Option<String>,
    /// List the calls to listen to, as CSV: a random sample of so many minutes of talk a month at most.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    sample_minutes: Option<u64>,
    /// The column of cdr.csv of which every value has its part of the sample.
    #[arg(long, value_name = "COLUMN", default_value = "agent", requires = "sample_minutes")]
    sample_by: String,
    /// The number from which the sample is drawn. Default: the result's own.
    #[arg(long, requires = "sample_minutes")]
    seed: Option<u64>,
    /// Write every file of the report into this directory too.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Html,
    Md,
    Text,
    Json,
    Junit,
}

/// Renders what was asked for.
///
/// # Errors
/// [`Failure::Usage`] if the file is no result, [`Failure::Tool`] if the report cannot be written.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.results.len() > 1 {
        if arguments.by.is_some() || arguments.sample_minutes.is_some() {
            let message = "calls of several runs are not mixed; give one result";
            return Err(Failure::Usage(message.to_owned()));
        }
        let results = arguments.results.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        let pairs = pairs(&results);
        if pairs.is_empty() {
            return compare(arguments, &results);
        }
        return match without_partner(&results, &pairs) {
            Some(place) => Err(Failure::Usage(format!(
                "{} has no partner here: a live run is set beside a simulation of the same scenario; leave it out",
                arguments.results[place].display()
            ))),
            None => agree(arguments, &results, &pairs),
        };
    }
    let result = read(&arguments.results[0])?;
    if let Some(column) = &arguments.by {
        return rows::cut(arguments, &result, column);
    }
    if let Some(minutes) = arguments.sample_minutes {
        return rows::sample(arguments, &result, minutes);
    }
    if let Some(directory) = &arguments.out {
        output::write(directory, &report::render_all(&result, arguments.lang))?;
        eprintln!("report: {}", directory.join("report.html").display());
    }
    let text = match arguments.format {
        Format::Html => report::html::page_of(&result, arguments.lang),
        Format::Md => report::markdown::render(&result, arguments.lang),
        Format::Text => report::text(&result, arguments.lang, wants_colour()),
        Format::Json => report::json::render(&result),
        Format::Junit => report::junit::render(&result),
    };
    // A reader that stops early (`| head`) is no failure of ours.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::Passed)
}

/// Several runs on one chart against Erlang's formula; its numbers go to standard output.
fn compare(arguments: &Arguments, results: &[RunResult]) -> Result<ExitCode, Failure> {
    if arguments.format != Format::Text {
        let message = "several results make one chart and a table of text; give one result for --format";
        return Err(Failure::Usage(message.to_owned()));
    }
    let mut points = Vec::new();
    let mut circuits = None;
    for (path, result) in arguments.results.iter().zip(results) {
        let stated = result.scenario.channels;
        let (Some(channels), Some(offered_erlangs)) = (stated, result.traffic.offered_erlangs) else {
            let name = path.display();
            return Err(Failure::Usage(format!(
                "{name} states no channels or measured no load: it has no place on the curve; leave it out"
            )));
        };
        if *circuits.get_or_insert(channels) != channels {
            return Err(Failure::Usage(format!(
                "{} has {channels} channels, the results before it {}: give results of one number of channels",
                path.display(),
                circuits.unwrap_or_default()
            )));
        }
        let name = format!("{} · {}", result.scenario.name, result.scenario.seed);
        points.push(MeasuredPoint { name, offered_erlangs, blocking: result.blocking.clone() });
    }
    let circuits = circuits.unwrap_or_default();
    let formula = |erlangs: f64| erlang_b::blocking(circuits, erlangs);
    let chart = against_erlang_b(&points, circuits, formula, arguments.lang);
    if let Some(directory) = &arguments.out {
        output::write(directory, &report::chart_files(std::slice::from_ref(&chart)))?;
        eprintln!("chart: {}", directory.join("charts").join(format!("{}.svg", chart.id)).display());
    }
    let text = format!("{}\n\n{}", chart.title, chart.table.to_text());
    // A reader that stops early is no failure of ours.
    let _ = std::io::stdout().write_all(plain_spaces(&text).as_bytes());
    Ok(ExitCode::Passed)
}

/// Each live result with the first simulation of the same name: one that is played alike if there is any, and of these
/// one of the same seed.
fn pairs(results: &[RunResult]) -> Vec<(&RunResult, &RunResult)> {
    let of = |driver: Driver| results.iter().filter(move |result| result.driver == driver);
    let pair = |wire| {
        let simulated = || of(Driver::Simulation).filter(|other| same_scenario(wire, other));
        let closest = simulated()
            .min_by_key(|other| (result::differ(wire, other), other.scenario.seed != wire.scenario.seed));
        Some((wire, closest?))
    };
    of(Driver::Live).filter_map(pair).collect()
}

/// The first result that is in no pair: to leave it out in silence would be a lie about what was compared.
fn without_partner(results: &[RunResult], pairs: &[(&RunResult, &RunResult)]) -> Option<usize> {
    let paired = |result: &RunResult| {
        pairs
            .iter()
            .any(|(wire, simulation)| std::ptr::eq(*wire, result) || std::ptr::eq(*simulation, result))
    };
    results.iter().position(|result| !paired(result))
}

fn same_scenario(one: &RunResult, other: &RunResult) -> bool {
    one.scenario.name == other.scenario.name
}

/// Wire, simulation and formula side by side.
fn agree(
    arguments: &Arguments,
    results: &[RunResult],
    pairs: &[(&RunResult, &RunResult)],
) -> Result<ExitCode, Failure> {
    let paths = &arguments.results;
    let of = |result| with_path(paths, results, result);
    let agreements: Vec<Agreement> = pairs
        .iter()
        .map(|(wire, simulation)| agreement_of(of(wire), of(simulation)))
        .collect::<Result<_, _>>()?;
    if let Some(directory) = &arguments.out {
        output::write(directory, &report::agreement::render(&agreements, arguments.lang))?;
        eprintln!("report: {}", directory.join("agreement.html").display());
    }
    let text = match arguments.format {
        Format::Text => report::agreement::text(&agreements, arguments.lang),
        Format::Json => report::agreement::json(&agreements),
        Format::Html | Format::Md | Format::Junit => {
            let message = "an agreement is printed as text or json; its page goes to the directory of --out";
            return Err(Failure::Usage(message.to_owned()));
        }
    };
    // A reader that stops early is no failure of ours.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::Passed)
}

/// A result with the path of its file: its call records stand beside it.
fn with_path<'a>(
    paths: &'a [PathBuf],
    results: &[RunResult],
    result: &'a RunResult,
) -> (&'a Path, &'a RunResult) {
    let place = results.iter().position(|other| std::ptr::eq(other, result)).unwrap_or_default();
    (&paths[place], result)
}

fn agreement_of(wire: (&Path, &RunResult), simulation: (&Path, &RunResult)) -> Result<Agreement, Failure> {
    // One that can't be read would differ in nothing that could be named.
    scenario_of(simulation.1)?;
    let records = || pairs::paired(wire, simulation);
    Ok(result::agreement(wire.1, simulation.1, &scenario_of(wire.1)?, records))
}

/// The scenario of a result, read again: a result is complete in itself.
///
/// # Errors
/// [`Failure::Usage`] if it is none.
pub fn scenario_of(result: &RunResult) -> Result<Scenario, Failure> {
    let inputs = Inputs {
        // The password is of no importance here, and belongs into no file.
        environment: &|_| Some(String::new()),
        ..Inputs::with_seed(result.scenario.seed)
    };
    let name = &result.scenario.name;
    crate::scenario::parse(&result.scenario.effective, name, &inputs).map_err(|problems| {
        Failure::Usage(format!("the scenario within the result of {name} cannot be read: {problems}"))
    })
}

/// Reads a result, and says what is wrong with the file if it is none.
///
/// # Errors
/// [`Failure::Usage`] naming the file, what was wrong, and the remedy.
pub fn read(path: &Path) -> Result<RunResult, Failure> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|error| {
        Failure::Usage(format!(
            "cannot read {name}: {error}; give the result.json of a run's --out directory"
        ))
    })?;
    parse(&bytes).map_err(|problem| Failure::Usage(format!("{name}: {problem}")))
}

fn parse(bytes: &[u8]) -> Result<RunResult, String> {
    let remedy = "give a result.json as written by busyhour run or simulate";
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| format!("this is no JSON ({error}); {remedy}"))?;
    let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    if schema != SCHEMA {
        return Err(format!("its schema is \"{schema}\", not \"{SCHEMA}\"; {remedy}"));
    }
    // From the text again: errors of a value know no line.
    serde_json::from_slice(bytes).map_err(|error| format!("this is no complete result ({error}); {remedy}"))
}

/// Colour only on a terminal, and not where `NO_COLOR` asks for none.
#[must_use]
pub fn wants_colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_result_reads_back_from_its_own_json() {
        let result = fixture::call_centre();
        let read = parse(report::json::render(&result).as_bytes()).unwrap();
        assert_eq!(report::json::render(&read), report::json::render(&result));
        assert_eq!(read.outcomes, result.outcomes);
    }

    #[test]
    fn a_result_that_is_in_no_pair_is_named() {
        let wire = RunResult { driver: Driver::Live, ..fixture::call_centre() };
        let simulation = RunResult { driver: Driver::Simulation, ..wire.clone() };
        let mut other = wire.clone();
        other.scenario.name = "another".to_owned();
        let results = [wire.clone(), simulation.clone()];
        assert_eq!(without_partner(&results, &pairs(&results)), None);
        let results = [wire, other, simulation];
        let pairs = pairs(&results);
        assert_eq!((pairs.len(), without_partner(&results, &pairs)), (1, Some(1)));
    }

    #[test]
    fn what_is_no_result_is_refused_with_the_remedy() {
        for (text, says) in [
            ("name: x", "no JSON"),
            ("{}", "its schema is \"\""),
            ("{\"schema\": \"busyhour.result/9\"}", "busyhour.result/9"),
            ("{\"schema\": \"busyhour.result/1\"}", "missing field"),
        ] {
            let problem = parse(text.as_bytes()).unwrap_err();
            assert!(problem.contains(says), "{problem}");
            assert!(problem.contains("give a result.json"), "{problem}");
        }
    }
}
