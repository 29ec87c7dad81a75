//! What is told from the call records beside a result: cuts and samples.

use std::fs::File;
use std::io::BufReader;
use std::io::Write;
use std::path::PathBuf;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::output;
use crate::cli::report::Arguments;
use crate::cli::report::Format;
use crate::random::Seed;
use crate::report::Artifact;
use crate::report::cut;
use crate::report::cut::CutError;
use crate::report::sample;
use crate::result::RunResult;

const NANOS_PER_MINUTE: u64 = 60_000_000_000;

/// Groups the calls by a column.
///
/// # Errors
/// [`Failure::Usage`] if there are no records, or no such column.
pub(super) fn cut(arguments: &Arguments, result: &RunResult, column: &str) -> Result<ExitCode, Failure> {
    let (path, file) = records(arguments)?;
    let start = start(result)?;
    let cut = cut::by(file, column, result.scenario.warm_up_s, &start)
        .map_err(|error| unreadable(&path, "--by", &error))?;
    let lang = arguments.lang;
    let page = || cut::page(&cut, &result.scenario.name, lang);
    if let Some(directory) = &arguments.out {
        let file = |ending: &str, text: String| Artifact {
            path: format!("by-{column}.{ending}"),
            bytes: text.into(),
        };
        let files = [file("html", page()), file("json", cut::json(&cut)), file("txt", cut::text(&cut, lang))];
        output::write(directory, &files)?;
        eprintln!("report: {}", directory.join(format!("by-{column}.html")).display());
    }
    let text = match arguments.format {
        Format::Text => cut::text(&cut, lang),
        Format::Md => cut::markdown(&cut, lang),
        Format::Html => page(),
        Format::Json => cut::json(&cut),
        Format::Junit => {
            let message = "groups of calls are no tests; write --format text, md, html or json";
            return Err(Failure::Usage(message.to_owned()));
        }
    };
    // A reader that stops early (`| head`) is no failure of ours.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::Passed)
}

/// Lists the calls to listen to.
///
/// # Errors
/// [`Failure::Usage`] if there are no records, or no such column.
pub(super) fn sample(arguments: &Arguments, result: &RunResult, minutes: u64) -> Result<ExitCode, Failure> {
    let (path, file) = records(arguments)?;
    let plan = sample::Plan {
        budget_ns: minutes * NANOS_PER_MINUTE,
        column: &arguments.sample_by,
        seed: Seed(arguments.seed.unwrap_or(result.scenario.seed)),
    };
    let chosen = sample::sample(file, &plan, &start(result)?)
        .map_err(|error| unreadable(&path, "--sample-by", &error))?;
    let list = sample::list(&chosen, plan.column);
    if let Some(directory) = &arguments.out {
        output::write(directory, &[Artifact { path: "sample.csv".to_owned(), bytes: list.clone().into() }])?;
        eprintln!("sample: {}", directory.join("sample.csv").display());
    }
    // A reader that stops early is no failure of ours.
    let _ = std::io::stdout().write_all(list.as_bytes());
    Ok(ExitCode::Passed)
}

fn records(arguments: &Arguments) -> Result<(PathBuf, BufReader<File>), Failure> {
    let path = arguments.results[0].with_file_name("cdr.csv");
    let file = File::open(&path).map_err(|error| {
        Failure::Usage(format!(
            "cannot read {}: {error}; the call records stand beside the result of a run without --no-calls",
            path.display()
        ))
    })?;
    Ok((path, BufReader::new(file)))
}

fn start(result: &RunResult) -> Result<jiff::Zoned, Failure> {
    result.scenario.start.parse().map_err(|error| {
        Failure::Usage(format!("the result's start `{}` cannot be read: {error}", result.scenario.start))
    })
}

fn unreadable(path: &std::path::Path, option: &str, error: &CutError) -> Failure {
    Failure::Usage(format!("{option}: {}: {error}", path.display()))
}
