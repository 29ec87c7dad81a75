//! The verb on a small trunk.

use std::fs::File;

use super::Arguments;
use super::conclude::judge;
use super::files::Files;
use super::play::Plan;
use super::play::play;
use super::progress::Progress;
use super::refuse_the_impossible;
use super::replication::Played;
use super::stopping::TimeLimit;
use super::validate;
use super::warm_up;
use crate::books::calls_csv;
use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::load;
use crate::cli::lost_row::Book;
use crate::live::interrupts::Interrupts;
use crate::report;
use crate::result;
use crate::result::Ended;
use crate::result::RunResult;
use crate::time::Duration;
use crate::units::Period;

const SCENARIO: &str = "\
name: small
question: What does a small trunk lose?
seed: 7
duration: 4h
warm_up: 1h
time_scale: 600
traffic:
  arrivals: poisson
  profile: 480/h
  callers:
    - {name: customer, talk: {exponential: {mean: 180s}}}
pbx:
  channels: 30
gates:
  - technical_drop_rate < 1% @95%
";

const CENTRE: &str = "\
name: centre
seed: 7
calls: 300
traffic:
  profile: 200/h
  callers: [{name: customer, talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 60s}}}]
pbx:
  channels: 11
  agents: {count: 8}
  queues: {sales: {max_length: 5}}
gates: [technical_drop_rate < 99%]
";

/// A deliberately lost row of any book is named, and the measurement is invalid for it.
#[test]
fn a_lost_row_of_any_book_makes_the_run_invalid() {
    let mut options = options(1, 1);
    let (sound, _) = simulated_with(CENTRE, &options);
    assert_eq!(crate::cli::finish::code(&sound, options.common.inconclusive), ExitCode::Passed);
    for book in [Book::Calls, Book::Cdr, Book::QueueLog] {
        options.common.lose_row = Some(book);
        let (result, _) = simulated_with(CENTRE, &options);
        assert_eq!(result.books.as_ref().map(|books| books.differences.len()), Some(1), "{book:?}");
        assert_eq!(
            crate::cli::finish::code(&result, options.common.inconclusive),
            ExitCode::Invalid,
            "{book:?}"
        );
    }
}

/// What Asterisk as shipped does not record is exactly what its file lacks.
#[test]
fn the_result_says_how_many_calls_asterisks_defaults_hide() {
    let text = CENTRE.replace("pbx:\n", "pbx:\n  books: asterisk_defaults\n");
    let (result, directory) = simulated_with(&text, &options(1, 1));
    let books = result.books.unwrap();
    let hidden = books.hidden.unwrap();
    let rows = std::fs::read_to_string(directory.path().join("Master.csv")).unwrap().lines().count();
    assert_eq!(books.generator, rows as u64 + hidden.calls);
    assert_eq!(hidden.technical, result.outcomes.technical.trunk);
    assert!(hidden.technical > 10 && hidden.calls > hidden.technical, "{hidden:?}");
    let (full, _) = simulated_with(CENTRE, &options(1, 1));
    assert_eq!(full.books.unwrap().hidden, None);
}

/// The result of `text` with these options, whose files lie in a directory of their own.
fn simulated_with(text: &str, options: &Arguments) -> (RunResult, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let scenario = load::from_text(text, "small.yaml", &options.common).unwrap();
    let (scenario, found) = warm_up::settle(scenario, options).unwrap();
    let capabilities = result::capabilities(&scenario, false, true);
    let gates = result::gates(&scenario, &capabilities).unwrap();
    let plan = Plan::new(&scenario, &gates, options, &capabilities).unwrap();
    let mut files = Files::create(directory.path(), &scenario).unwrap();
    let played = play(plan, Some(&mut files), &Interrupts::none()).unwrap();
    files.publish().unwrap();
    (judge(&scenario, &gates, played, found.as_ref()), directory)
}

fn options(replications: u64, threads: usize) -> Arguments {
    Arguments {
        scenario: None,
        replications: Some(replications),
        precision: Vec::new(),
        max_replications: 1_000,
        time_limit: None,
        vary: Vec::new(),
        strategies: None,
        validate: validate::Options::default(),
        common: Common { threads, quiet: true, ..Common::default() },
    }
}

fn simulated(text: &str, replications: u64) -> (RunResult, tempfile::TempDir) {
    simulated_with(text, &options(replications, 1))
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_number_of_replications() {
    for replications in [1, 3] {
        let render = || report::json::render(&simulated(SCENARIO, replications).0);
        assert_eq!(render(), render());
    }
}

#[test]
fn replications_add_up_and_every_book_agrees_to_the_call() {
    let (one, _) = simulated(SCENARIO, 1);
    let (three, directory) = simulated(SCENARIO, 3);
    assert_eq!((one.replications, three.replications), (None, Some(3)));
    assert!(three.outcomes.offered > 2 * one.outcomes.offered);
    let books = three.books.unwrap();
    assert_eq!((books.generator, books.differences.as_slice()), (books.cdr, [].as_slice()));
    assert_eq!(books.generator, one.arrivals.scheduled, "the books are the first replication's");
    let calls = File::open(directory.path().join("calls.csv")).unwrap();
    let read = calls_csv::Reader::new(calls).unwrap().map(Result::unwrap).count();
    assert_eq!(read as u64, one.arrivals.started, "the records are the first replication's");
}

#[test]
fn keys_of_the_wire_are_named_once() {
    let notes = simulated(SCENARIO, 1).0.notes;
    assert!(notes.contains(&"simulated without a wire: time_scale had no effect".to_owned()), "{notes:?}");
}

#[test]
fn a_stop_gate_stops_the_simulation() {
    let text = SCENARIO.replace("channels: 30", "channels: 2").replace("@95%", "@95%, stop");
    let (result, _) = simulated(&text, 1);
    assert_eq!(result.ended, Ended::Stopped);
    assert!(result.arrivals.not_started > 0);
    let arrivals = &result.arrivals;
    assert_eq!(arrivals.scheduled, arrivals.started + arrivals.not_started);
}

#[test]
fn what_simulate_cannot_do_is_refused_with_the_remedy() {
    let common = Common { threads: 2, ..Common::default() };
    let endless = SCENARIO.replace("duration: 4h\n", "").replace("warm_up: 1h\n", "");
    let endless = load::from_text(&endless, "small.yaml", &common).unwrap();
    let Err(Failure::Usage(told)) = refuse_the_impossible(&endless, &common) else { panic!("accepted") };
    assert!(told.contains("duration: 10h"), "{told}");
    let nobody = Common { threads: 0, ..Common::default() };
    let threads = load::from_text(SCENARIO, "small.yaml", &nobody).unwrap();
    let Err(Failure::Usage(told)) = refuse_the_impossible(&threads, &nobody) else { panic!("accepted") };
    assert!(told.contains("--threads 1"), "{told}");
}

/// With `auto` the cut is looked for, shown, and taken off the run; with a stated warm-up nothing of the kind is said.
#[test]
fn a_warm_up_that_is_to_be_found_is_found_and_shown() {
    let text = SCENARIO.replace("warm_up: 1h", "warm_up: auto");
    let (result, _) = simulated(&text, 2);
    let found = result.scenario.warm_up_found.clone().unwrap();
    assert_eq!((found.method.as_str(), found.replications, found.at_limit), ("mser_5", 2, false));
    let cut = result.scenario.warm_up_s;
    assert!(cut > 0.0 && cut <= 7_200.0 && (cut % found.batch_s).abs() < 1e-9, "{cut} by {}", found.batch_s);
    assert!((result.scenario.duration_s - 14_400.0).abs() < 1e-6, "the cut is taken off the four hours");
    assert!(result.notes.iter().any(|note| note.contains("MSER-5")), "{:?}", result.notes);
    assert!(result.scenario.effective.contains("warm_up: auto"));
    let (whole, _) = simulated(&SCENARIO.replace("warm_up: 1h", "warm_up: 0s"), 2);
    assert!(whole.outcomes.offered > result.outcomes.offered);
    assert_eq!(whole.scenario.warm_up_found, None);
    let scenario = load::from_text(&text, "small.yaml", &Common::default()).unwrap();
    let Err(Failure::Usage(told)) = load::refuse_auto_warm_up(&scenario, "run") else { panic!("accepted") };
    assert!(told.contains("--set warm_up=10m"), "{told}");
}

#[test]
fn the_same_bytes_come_from_any_number_of_threads() {
    let bytes = |threads| {
        let (result, directory) = simulated_with(SCENARIO, &options(5, threads));
        let mut bytes = vec![report::json::render(&result).into_bytes()];
        let mut names: Vec<_> =
            std::fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path()).collect();
        names.sort();
        bytes.extend(names.iter().map(|name| std::fs::read(name).unwrap()));
        bytes
    };
    let alone = bytes(1);
    assert_eq!(alone.len(), 5, "result.json and four books");
    assert_eq!(bytes(2), alone);
    assert_eq!(bytes(4), alone);
}

/// Replications without books go straight through, unless a gate may stop them: one that never does makes no difference.
#[test]
fn replications_that_go_straight_through_come_to_the_same_result() {
    let gated = |gate: &str| CENTRE.replace("technical_drop_rate < 99%", gate);
    let [free, watched] =
        ["'technical_drop_rate < 99% @95%'", "'technical_drop_rate < 99% @95%, stop'"].map(gated);
    let (fast, slow) = (simulated(&free, 4).0, simulated(&watched, 4).0);
    let fast = RunResult { verdict: slow.verdict.clone(), scenario: slow.scenario.clone(), ..fast };
    let [fast, slow] = [fast, slow].map(|result| report::json::render(&result));
    assert_eq!(fast.lines().zip(slow.lines()).find(|(fast, slow)| fast != slow), None);
    assert_eq!([&free, &watched].map(|text| straight(text, None).is_some()), [true, false]);
}

/// Not one of them is long enough to look at the clock.
#[test]
fn many_short_replications_are_stopped_by_the_clock() {
    for text in [CENTRE, &CENTRE.replace("agents: {count: 8}", "agents: {count: 8, answer_delay: 1s}")] {
        let mut options = options(1_000_000, 2);
        options.time_limit = Some("300ms".parse().unwrap());
        let (result, _) = simulated_with(text, &options);
        // Each that counts is whole, and how many there are depends on the machine.
        assert_eq!((result.ended, result.reproducible), (Ended::Complete, Some(false)));
        let whole = result.replications.unwrap();
        assert_eq!(result.outcomes.offered, 300 * whole);
        assert!((2..1_000_000).contains(&whole), "{whole}");
    }
}

/// The clock stops it as it stops the others.
#[test]
fn a_replication_that_goes_straight_through_is_stopped_by_the_clock() {
    let long = CENTRE.replace("calls: 300", "calls: 100000");
    let limit = |text: &str| Some(text.parse::<Period>().unwrap().0);
    let part = straight(&long, limit("1ms")).unwrap();
    assert!(part.out_of_time && part.attempts < 100_000, "{}", part.attempts);
    assert_eq!(part.attempts + part.not_started, 100_000);
    let whole = straight(&long, limit("1h")).unwrap();
    assert_eq!((whole.out_of_time, whole.attempts, whole.recorded), (false, 100_000, 100_000));
}

fn straight(text: &str, limit: Option<Duration>) -> Option<Played> {
    let scenario = load::from_text(text, "small.yaml", &Common::default()).unwrap();
    let gates = result::gates(&scenario, &result::capabilities(&scenario, false, true)).unwrap();
    let settings = result::collector_settings(&scenario, &gates);
    let stops = (TimeLimit::start(limit), &Interrupts::none());
    Played::straight(&gates, &scenario, scenario.seed, settings, &Progress::new(true), stops)
}

/// Whatever the number of threads, the run stops after the same replication: the first at which it is precise.
#[test]
fn a_wanted_precision_stops_the_replications() {
    let short = SCENARIO.replace("duration: 4h", "duration: 1h").replace("warm_up: 1h", "warm_up: 10m");
    let precise = |threads| {
        let mut options = options(1, threads);
        options.precision = vec!["technical_drop_rate ±1%".to_owned()];
        simulated_with(&short, &options).0
    };
    let alone = precise(1);
    let replications = alone.replications.unwrap();
    assert!((10..200).contains(&replications), "{replications}");
    let [low, high] = alone.technical_drop_rate.ci95.unwrap();
    assert!((high - low) / 2.0 <= 0.01, "{low} {high}");
    assert_eq!(alone.technical_drop_rate.ci_method, "replications");
    assert!(
        alone.notes.iter().any(|note| note.starts_with("--precision 'technical_drop_rate ±1%' is reached"))
    );
    assert_eq!(report::json::render(&precise(3)), report::json::render(&alone));
}

#[test]
fn a_result_stopped_by_the_clock_says_that_it_cannot_be_had_again() {
    let mut options = options(1, 2);
    options.time_limit = Some("1ms".parse().unwrap());
    let long = SCENARIO.replace("duration: 4h", "duration: 400h");
    let (result, _) = simulated_with(&long, &options);
    assert_eq!(result.reproducible, Some(false));
    assert_eq!(result.ended, Ended::Stopped);
    assert_eq!(simulated(SCENARIO, 1).0.reproducible, None);
}
