//! The end of a run: figures, verdict, files, summary, exit code.

use std::io;
use std::io::Write;
use std::path::Path;

use crate::books::required::Required;
use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::common::Format;
use crate::cli::common::Inconclusive;
use crate::cli::ledger::Ledger;
use crate::cli::output;
use crate::cli::processor::Watch;
use crate::cli::report::wants_colour;
use crate::cli::run;
use crate::endpoint::caller::Target;
use crate::live::conductor::Conducted;
use crate::live::conductor::End;
use crate::report;
use crate::report::Language;
use crate::report::language::page_words::PageWords;
use crate::report::required;
use crate::result;
use crate::result::Driver;
use crate::result::DriverFacts;
use crate::result::Ended;
use crate::result::RunResult;
use crate::result::Status;
use crate::scenario::Scenario;
use crate::time::Instant;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::profile::Intensity;
use crate::traffic::statistics::PoissonCheck;
use crate::traffic::statistics::PoissonFit;
use crate::verdict::gate::Gate;

/// Judges a run, writes its report into `directory`, prints the summary.
///
/// # Errors
/// Exit code 1 if a file can't be written.
pub fn finish(
    common: &Common,
    scenario: &Scenario,
    gates: &[Gate],
    target: Option<&Target>,
    directory: &Path,
    mut ledger: Ledger,
    conducted: Conducted,
) -> Result<ExitCode, Failure> {
    if conducted.end != End::Complete {
        result::cut_short(scenario, &mut ledger.collector);
    }
    let summary = ledger.collector.finish();
    let early = run::ended(&conducted);
    let cases = ledger.cases.take();
    let facts = facts(scenario, target, ledger, conducted);
    let result = result::assemble(scenario, &summary, gates, facts);
    let result = match cases {
        Some(cases) => cases.told(scenario, result),
        None => result,
    };
    present(common, directory, &result)?;
    Ok(early.unwrap_or_else(|| code(&result, common.inconclusive)))
}

/// Writes the report's files and prints the result.
///
/// # Errors
/// Exit code 1 if a file can't be written.
pub fn present(common: &Common, directory: &Path, result: &RunResult) -> Result<(), Failure> {
    let language = Language::from(common.lang);
    output::write(directory, &report::render_all(result, language))?;
    if common.format == Format::Json {
        // The text says it itself.
        for sentence in required::lacking(&result.verdict.required_fields, language) {
            eprintln!("busyhour: {sentence}");
        }
    }
    let mut stdout = io::stdout().lock();
    let printed = match common.format {
        Format::Json => writeln!(stdout, "{}", report::json::render(result)),
        Format::Text => {
            let text = report::text(result, language, wants_colour());
            let page = directory.join("report.html");
            let label = PageWords::of(language).report_at;
            write!(stdout, "{text}").and_then(|()| writeln!(stdout, "\n{label}: {}", page.display()))
        }
    };
    match printed {
        // Whoever read us has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| Failure::Tool(format!("cannot print the result: {error}"))),
    }
}

/// What the verdict ends the process with.
#[must_use]
pub fn code(result: &RunResult, inconclusive: Inconclusive) -> ExitCode {
    let verdict = &result.verdict;
    let gate = |status| match (status, inconclusive) {
        (Status::Pass, _) | (Status::Inconclusive, Inconclusive::Pass) => ExitCode::Passed,
        (Status::Fail, _) | (Status::Inconclusive, Inconclusive::Fail) => ExitCode::GateFailed,
        (Status::Inconclusive, Inconclusive::Code) => ExitCode::Inconclusive,
        (Status::Invalid, _) => ExitCode::Invalid,
    };
    let invalid = if verdict.status == Status::Invalid { ExitCode::Invalid } else { ExitCode::Passed };
    let fields = if verdict.lacks_fields() { ExitCode::FieldMissing } else { ExitCode::Passed };
    verdict.gates.iter().map(|judged| gate(judged.status)).fold(invalid.or(fields), ExitCode::or)
}

fn facts(scenario: &Scenario, target: Option<&Target>, ledger: Ledger, conducted: Conducted) -> DriverFacts {
    let report = conducted.report;
    let fit = if report.pace_changed { None } else { poisson_fit(scenario, &report.starts_s) };
    let mut notes = Vec::new();
    if target.is_some() && !scenario.required_fields.is_empty() {
        notes.push(UNSEEN_RECORDS.to_owned());
    }
    let (watch, measured) = (ledger.watch.as_ref(), ledger.watch.as_ref().map(Watch::cost));
    if let (Some(Err(why)), true) = (&measured, watch.is_some_and(Watch::was_asked_for)) {
        notes.push(why.clone());
    }
    if report.pace_changed {
        notes.push("the pace was changed by hand: the plan was not played as drawn".to_owned());
    }
    if let Some(gate) = &ledger.stopped_by {
        notes.push(format!("stopped by the gate {gate}"));
    }
    DriverFacts {
        driver: Driver::Live,
        ended: match conducted.end {
            End::Complete => Ended::Complete,
            End::Stopped => Ended::Stopped,
            End::Interrupted | End::Terminated => Ended::Interrupted,
        },
        target: target.map_or_else(|| "bundled".to_owned(), |target| format!("sip:{}", target.host)),
        scheduled: report.scheduled,
        started: report.started,
        not_started: report.not_started,
        recorded: ledger.recorded,
        interarrival_cv: fit.map(|fit| fit.interarrival_cv),
        ks_p: fit.map(|fit| fit.ks_p),
        ladders: report.ladders.finish().into_iter().map(ladder).collect(),
        books: ledger.reconciler.map(|reconciler| result::Books::from(reconciler.finish())),
        processor: measured.and_then(Result::ok),
        warm_up_found: None,
        required: ledger.required.map(Required::finish).unwrap_or_default(),
        notes,
        faults: report.fault.into_iter().chain(rtp_fault(report.rtp_sent, report.rtp_skipped)).collect(),
    }
}

/// A target writes its records at home.
const UNSEEN_RECORDS: &str = "required_fields were not judged: the target keeps its call records itself; `busyhour check \
    SCENARIO --records FILE` judges them";

/// Packets that the generator itself did not send are no loss of the network's: too many spoil the run.
fn rtp_fault(sent: u64, skipped: u64) -> Option<String> {
    let due = sent + skipped;
    (skipped > due / RTP_FORGIVEN)
        .then(|| format!("the generator itself skipped {skipped} of {due} RTP packets: it came too late"))
}

/// One skipped packet in this many is forgiven, as for calls.
const RTP_FORGIVEN: u64 = 1000;

/// How well the actual starts fit a Poisson process; none where the scenario wants another one.
fn poisson_fit(scenario: &Scenario, starts_s: &[f64]) -> Option<PoissonFit> {
    if scenario.traffic.arrivals != Arrivals::Poisson {
        return None;
    }
    let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
    let mut check = PoissonCheck::new(&intensity);
    for start in starts_s {
        check.push(Instant::from_secs_f64(*start));
    }
    check.finish()
}

fn ladder(ladder: crate::endpoint::ladder::Ladder) -> result::Ladder {
    let message = |message: crate::endpoint::ladder::Message| result::LadderMessage {
        at_ms: message.at_ms,
        sent: message.sent,
        line: message.line,
        detail: message.detail,
    };
    result::Ladder {
        cause: ladder.cause,
        outcome: ladder.outcome.to_string(),
        call_id: ladder.call_id,
        messages: ladder.messages.into_iter().map(message).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::result::RequiredField;

    /// A result whose only gate ended so, and whose records lack a field or not.
    fn result(gate: Status, lacks: bool) -> RunResult {
        let mut result = fixture::loss_system();
        result.verdict.gates.truncate(1);
        result.verdict.gates[0].status = gate;
        result.verdict.status = gate;
        result.verdict.required_fields = vec![RequiredField {
            field: "agent".to_owned(),
            status: if lacks { Status::Fail } else { Status::Pass },
            file: "cdr.csv".to_owned(),
            rows: 10,
            missing: u64::from(lacks),
            first: None,
            no_column: None,
            written_at: "x.yaml:3".to_owned(),
        }];
        result
    }

    #[test]
    fn a_failed_gate_goes_before_a_missing_field_and_that_before_too_few_calls() {
        for (gate, lacks, choice, expected) in [
            (Status::Pass, false, Inconclusive::Code, ExitCode::Passed),
            (Status::Pass, true, Inconclusive::Code, ExitCode::FieldMissing),
            (Status::Fail, false, Inconclusive::Code, ExitCode::GateFailed),
            (Status::Fail, true, Inconclusive::Code, ExitCode::GateFailed),
            (Status::Inconclusive, false, Inconclusive::Code, ExitCode::Inconclusive),
            (Status::Inconclusive, true, Inconclusive::Code, ExitCode::FieldMissing),
            (Status::Inconclusive, true, Inconclusive::Pass, ExitCode::FieldMissing),
            (Status::Inconclusive, true, Inconclusive::Fail, ExitCode::GateFailed),
        ] {
            assert_eq!(code(&result(gate, lacks), choice), expected, "{gate:?} {lacks} {choice:?}");
        }
        let mut invalid = result(Status::Pass, true);
        invalid.verdict.status = Status::Invalid;
        assert_eq!(code(&invalid, Inconclusive::Code), ExitCode::Invalid);
    }
}
