//! `busyhour simulate --validate`: is the simulator right?

use std::ops::ControlFlow;

use clap::Args;
use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::common::Format;
use crate::cli::output::print;
use crate::cli::simulate::progress::Progress;
use crate::random::Seed;
use crate::report::json;
use crate::validation;
use crate::validation::Coverage;
use crate::validation::FALSE_ALARMS;
use crate::validation::Finding;
use crate::validation::Plant;
use crate::validation::Report;
use crate::validation::Suite;

/// The seed where none is given: the suite says the same every time it is asked.
const SEED: u64 = 1;

/// Options of the oracle suite.
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// Simulate built-in systems whose figures are known, and compare; takes no scenario
    #[arg(long, conflicts_with_all = ["scenario", "replications", "out", "gates", "set", "no_calls", "inconclusive", "lang", "precision", "max_replications", "time_limit"])]
    pub validate: bool,
    /// Run the suite with so many seeds, one after the other
    #[arg(long, value_name = "N", default_value_t = 1, requires = "validate", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: u64,
    /// Instead of the suite: how many of N runs have a 95 % interval that holds the truth
    #[arg(long, value_name = "N", requires = "validate", conflicts_with = "seeds", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub coverage: Option<u64>,
    /// Plant a defect that the suite must notice: load=1.01, channels=1, patience=ignored, order=newest
    #[arg(long, value_name = "DEFECT", requires = "validate", conflicts_with = "coverage", hide = true)]
    pub plant: Option<Plant>,
}

impl Options {
    /// Refuses options of the suite beside a scenario. The parser does not: `--validate`, which they require, may not stand
    /// beside one, and so is not missed.
    pub(super) fn refuse_without_the_suite(&self) -> Result<(), Failure> {
        let written = [
            ("--coverage", self.coverage.is_some()),
            ("--seeds", self.seeds > 1),
            ("--plant", self.plant.is_some()),
        ];
        let option = written.iter().find(|(_, is_written)| *is_written);
        option.map_or(Ok(()), |(option, _)| {
            Err(Failure::Usage(format!("{option} belongs to simulate --validate, which takes no scenario")))
        })
    }
}

/// Runs the suite, or counts covering intervals, and prints what came out.
///
/// # Errors
/// [`Failure::Tool`] if the result can't be printed.
pub fn execute(options: &Options, common: &Common) -> Result<ExitCode, Failure> {
    let seed = Seed(common.seed.unwrap_or(SEED));
    match options.coverage {
        Some(runs) => execute_coverage(seed, runs, common),
        None => execute_suite(seed, options, common),
    }
}

#[derive(Serialize)]
struct SuiteDocument<'a> {
    schema: &'static str,
    passed: bool,
    false_alarms_per_run: f64,
    runs: &'a [Report],
}

fn execute_suite(seed: Seed, options: &Options, common: &Common) -> Result<ExitCode, Failure> {
    let suite = Suite::new();
    let plant = options.plant.unwrap_or_default();
    let mut reports = Vec::new();
    for number in 0..options.seeds {
        let seed = Seed(seed.0.wrapping_add(number));
        let progress = Progress::new(common.quiet);
        let report =
            suite.run(seed, common.threads, &plant, |done| told(&progress, done, suite.replications()));
        progress.clear();
        let report = report.expect("progress never breaks a run");
        if common.format == Format::Text {
            let whole = options.seeds == 1;
            print(&if whole { table(&report) } else { line(&report) })?;
        }
        reports.push(report);
    }
    let passed = reports.iter().all(Report::holds);
    match common.format {
        Format::Json => print(&json::pretty(&SuiteDocument {
            schema: "busyhour.validation/1",
            passed,
            false_alarms_per_run: FALSE_ALARMS,
            runs: &reports,
        }))?,
        Format::Text => print(&conclusion(&reports))?,
    }
    Ok(if passed { ExitCode::Passed } else { ExitCode::GateFailed })
}

fn table(report: &Report) -> String {
    let mut text = format!(
        "{:<42} {:<37} {:>12} {:>12} {:>10} {:>6}    reference from\n",
        "system", "figure", "reference", "simulated", "std. error", "z"
    );
    let mut case = "";
    for finding in &report.findings {
        let name = if finding.case == case { "" } else { &*finding.case };
        case = &finding.case;
        text.push_str(&row(name, finding));
    }
    text
}

fn row(name: &str, finding: &Finding) -> String {
    let mark = if finding.holds { "✓" } else { "✗" };
    let tolerance = match finding.reference_tolerance {
        0.0 => String::new(),
        tolerance => format!(" ± {}", short(tolerance)),
    };
    format!(
        "{name:<42} {:<37} {:>12} {:>12} {:>10} {:>6.2} {mark}  {}{tolerance}\n",
        finding.statistic,
        short(finding.reference),
        short(finding.estimate),
        short(finding.standard_error),
        finding.z,
        finding.source,
    )
}

/// Six significant digits, less where the figure is small.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.3}"),
        size if size >= 0.001 => format!("{value:.6}"),
        _ => format!("{value:.3e}"),
    }
}

/// One run in one line, and what does not hold in full.
fn line(report: &Report) -> String {
    let farthest = report.findings.iter().max_by(|a, b| a.z.abs().total_cmp(&b.z.abs()));
    let farthest = farthest.map_or_else(String::new, |finding| {
        format!("; the farthest is {:.2} ({}, {})", finding.z, finding.case, finding.statistic)
    });
    let held = report.findings.iter().filter(|finding| finding.holds).count();
    let mut text =
        format!("seed {}: {held} of {} figures hold{farthest}\n", report.seed, report.findings.len());
    let broken = report.findings.iter().filter(|finding| !finding.holds);
    broken.for_each(|finding| text.push_str(&row(&finding.case, finding)));
    text
}

fn conclusion(reports: &[Report]) -> String {
    let held = reports.iter().filter(|report| report.holds()).count();
    let limit = reports.first().map_or(0.0, |report| report.limit);
    let figures = reports.first().map_or(0, |report| report.findings.len());
    format!(
        "\nz is the distance beyond what stands after ±, in standard errors: a published simulation may itself be off by 3.3 of \
         its own (once in a thousand), so z is 0 within that.\n{} {held} of {} runs hold. A figure holds up to |z| = {limit:.2}: with {figures} of them a correct simulator \
         fails in at most {} of a thousand runs.\n",
        if held == reports.len() { "✓" } else { "✗" },
        reports.len(),
        FALSE_ALARMS * 1e3,
    )
}

#[derive(Serialize)]
struct CoverageDocument<'a> {
    schema: &'static str,
    passed: bool,
    seed: u64,
    systems: &'a [Coverage],
}

fn execute_coverage(seed: Seed, runs: u64, common: &Common) -> Result<ExitCode, Failure> {
    let progress = Progress::new(common.quiet);
    let found = validation::coverage(seed, runs, common.threads, |done| told(&progress, done, 2 * runs));
    progress.clear();
    let found = found.expect("progress never breaks a run");
    let passed = found.iter().all(Coverage::holds);
    print(&match common.format {
        Format::Json => {
            let schema = "busyhour.coverage/1";
            json::pretty(&CoverageDocument { schema, passed, seed: seed.0, systems: &found })
        }
        Format::Text => found.iter().map(coverage_line).collect(),
    })?;
    Ok(if passed { ExitCode::Passed } else { ExitCode::GateFailed })
}

fn coverage_line(coverage: &Coverage) -> String {
    format!(
        "{} 30 channels, {} erlangs, 10 000 calls: {} of {} intervals hold the true drop rate of {:.4} % ({:.1} %; wholly below {}, \
         wholly above {}; mean half-width {:.3} points)\n",
        if coverage.holds() { "✓" } else { "✗" },
        coverage.erlangs,
        coverage.covered,
        coverage.runs,
        100.0 * coverage.truth,
        100.0 * coverage.ratio(),
        coverage.below,
        coverage.above,
        100.0 * coverage.mean_half_width,
    )
}

fn told(progress: &Progress, done: u64, of: u64) -> ControlFlow<()> {
    progress.finished(done, of);
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(z: f64) -> Finding {
        Finding {
            case: "M/M/30/30".to_owned(),
            statistic: "blocking".to_owned(),
            source: "erlang_b.csv: 30 servers, 25 E".to_owned(),
            reference: 0.052_603,
            reference_tolerance: 0.0,
            estimate: 0.052_7,
            standard_error: 0.000_1,
            z,
            replications: 400,
            holds: z.abs() < 4.4,
        }
    }

    #[test]
    fn a_table_names_the_system_once_and_marks_what_does_not_hold() {
        let report = Report { seed: 1, limit: 4.4, findings: vec![finding(0.97), finding(-5.0)] };
        let text = table(&report);
        assert_eq!(text.matches("M/M/30/30").count(), 1);
        assert!(
            text.contains("0.97 ✓  erlang_b.csv: 30 servers, 25 E") && text.contains("-5.00 ✗"),
            "{text}"
        );
        assert!(line(&report).contains("1 of 2 figures hold; the farthest is -5.00"), "{}", line(&report));
        assert!(conclusion(&[report]).contains("✗ 0 of 1 runs hold"));
    }

    #[test]
    fn options_of_the_suite_are_refused_beside_a_scenario() {
        let options = |coverage, seeds| Options { seeds, coverage, ..Options::default() };
        assert!(options(None, 1).refuse_without_the_suite().is_ok());
        for (wrong, named) in [(options(Some(50), 1), "--coverage"), (options(None, 2), "--seeds")] {
            let Err(Failure::Usage(told)) = wrong.refuse_without_the_suite() else { panic!("{named}") };
            assert!(told.starts_with(named), "{told}");
        }
    }

    #[test]
    fn coverage_is_told_in_one_line() {
        let coverage = Coverage {
            erlangs: 24.0,
            truth: 0.040_12,
            runs: 1000,
            covered: 951,
            below: 25,
            above: 24,
            mean_half_width: 0.008,
        };
        let text = coverage_line(&coverage);
        assert!(text.starts_with("✓ 30 channels, 24 erlangs") && text.contains("951 of 1000"), "{text}");
    }
}
