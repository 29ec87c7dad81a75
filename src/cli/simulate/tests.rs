//! The verb on a small trunk.

use std::fs::File;
use std::path::PathBuf;

use super::Arguments;
use super::conclude::judge;
use super::files::Files;
use super::play;
use super::refuse_the_impossible;
use crate::books::calls_csv;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::load;
use crate::report;
use crate::result;
use crate::result::Ended;
use crate::result::RunResult;

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

/// The result of `replications` of `text`, whose files lie in a directory of their own.
fn simulated(text: &str, replications: u64) -> (RunResult, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let common = Common { threads: 1, quiet: true, ..Common::default() };
    let scenario = load::from_text(text, "small.yaml", &common).unwrap();
    let arguments = Arguments { scenario: PathBuf::new(), replications, common };
    let gates = result::gates(&scenario, &result::capabilities(&scenario, false, true)).unwrap();
    let mut files = Files::create(directory.path(), &scenario, true).unwrap();
    let played = play(&scenario, &gates, &arguments, &mut files).unwrap();
    files.publish().unwrap();
    (judge(&scenario, &gates, replications, played), directory)
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
    assert_eq!(books.generator, three.arrivals.scheduled);
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
    let threads = load::from_text(SCENARIO, "small.yaml", &common).unwrap();
    let Err(Failure::Usage(told)) = refuse_the_impossible(&threads, &common) else { panic!("accepted") };
    assert!(told.contains("--threads 1"), "{told}");
}
