//! Ctrl-C: every call is ended as SIP wants it, and the partial report says that it is one. A simulation reports what it has
//! finished.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Finished;
use crate::harness::Results;
use crate::harness::Running;
use crate::harness::busyhour;

/// Half of the calls ring when the interrupt comes, the others talk.
const SCENARIO: &str = "\
name: interrupted
question: Does Ctrl-C leave a call behind?
seed: 1
duration: 60s
traffic:
  arrivals: even
  profile: 20/s
  callers:
    - {name: customer, talk: {constant: 600s}}
pbx:
  answer_delay: {constant: 2s}
";

#[test]
fn after_ctrl_c_the_target_holds_no_call_and_the_partial_report_adds_up() {
    interrupt_leaves_nothing("INT", 130);
}

/// Two calls a minute of three minutes each are 6 erlangs, however soon the run is stopped: ten minutes of ten hours are
/// not divided by ten hours.
#[test]
fn an_interrupted_run_is_judged_by_the_time_that_it_lasted() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "name: flat\nseed: 1\nduration: 10h\ntime_scale: 1200\ntraffic:\n  profile: 120/h\n  callers: \
                [{name: c, talk: {exponential: {mean: 180s}}}]\npbx: {channels: 8}\n";
    let scenario = harness::write(folder.path(), "flat.yaml", text);
    let out = folder.path().join("run");
    let run = Running::start(&mut busyhour(&["run", &scenario, "--out", out.to_str().expect("UTF-8")]));
    run.leave_for(Duration::from_secs(8));
    run.signal("INT");
    run.finish(Duration::from_secs(10)).expect_code(&[130]);
    let results = Results::read(&out);
    assert_eq!(results.text("ended"), "interrupted");
    let number = |path: &str| results.at(path).as_f64().expect("a number");
    for path in ["traffic.offered_erlangs", "recommendation.trunks.erlangs"] {
        let erlangs = number(path);
        assert!((4.0..9.0).contains(&erlangs), "{path}: {erlangs}");
    }
    let [rate, lasted] = ["traffic.calls_per_second", "scenario.duration_s"].map(number);
    assert!((rate * 3_600.0 - 120.0).abs() < 40.0, "{rate} a second");
    assert!(lasted < 20_000.0, "{lasted} s of 36000");
}

#[test]
fn sigterm_does_the_same_and_ends_with_143() {
    interrupt_leaves_nothing("TERM", 143);
}

fn interrupt_leaves_nothing(signal: &str, code: i32) {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = harness::write(folder.path(), "interrupted.yaml", SCENARIO);
    let port = harness::free_port();
    let [pbx_out, out] =
        ["pbx", "run"].map(|name| folder.path().join(name).to_str().expect("UTF-8").to_owned());
    let listen = format!("127.0.0.1:{port}");
    let pbx = Running::start(&mut busyhour(&["pbx", &scenario, "--listen", &listen, "--out", &pbx_out]));
    harness::wait_until_bound(port, Duration::from_secs(10));

    let target = format!("sip:100@127.0.0.1:{port}");
    let run = Running::start(&mut busyhour(&["run", &scenario, "--target", &target, "--out", &out]));
    run.leave_for(Duration::from_secs(4));
    run.signal(signal);
    let finished = run.finish(Duration::from_secs(5)).expect_code(&[code]);
    pbx.signal("INT");
    pbx.finish(Duration::from_secs(60)).expect_code(&[0]);

    let results = Results::read(Path::new(&out));
    results.assert_adds_up();
    assert_eq!(results.text("ended"), "interrupted");
    assert!(finished.stdout.to_lowercase().contains("interrupted"), "{}", finished.said());
    let [started, ringing] = ["arrivals.started", "outcomes.in_progress"].map(|path| results.count(path));
    assert!(started > 40 && ringing > 10 && ringing < started, "{started} started, {ringing} unanswered");

    // The PBX's own book: as many calls as the generator began, and each ended before the PBX was told to stop.
    let cdr = Calls::read(&Path::new(&pbx_out).join("cdr.csv"));
    assert_eq!(cdr.by("ended_by"), [("caller".to_owned(), started)].into());
    let calls = Calls::read(&Path::new(&out).join("calls.csv"));
    let ended_by_us = calls.rows().iter().filter(|row| row["ended_by"] == "run_end").count() as u64;
    assert_eq!(ended_by_us, started);
}

/// 600 simulated hours take a while; a second of them is enough for figures.
const LONG: &str = "\
name: long
seed: 1
duration: 600h
traffic:
  profile: 600/h
  callers: [{name: customer, talk: {exponential: {mean: 180s}}}]
pbx: {channels: 35}
";

/// Starts `busyhour VERB long.yaml` with more options, and signals it after so many seconds; where it writes to, and what
/// came of it.
fn signalled(
    folder: &Path,
    text: &str,
    verb: &str,
    more: &[&str],
    (signal, after): (&str, u64),
) -> (PathBuf, Finished) {
    let scenario = harness::write(folder, "long.yaml", text);
    let out = folder.join("interrupted");
    let place = ["--out", out.to_str().expect("UTF-8"), "--quiet"];
    let work = Running::start(&mut busyhour(&[&[verb, &scenario], &place[..], more].concat()));
    work.leave_for(Duration::from_secs(after));
    work.signal(signal);
    let finished = work.finish(Duration::from_secs(60));
    (out, finished)
}

#[test]
fn a_simulation_that_is_interrupted_reports_the_time_until_then() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (out, finished) = signalled(folder.path(), LONG, "simulate", &[], ("INT", 2));
    let finished = finished.expect_code(&[130]);
    assert!(finished.stdout.contains("interrupted: this report is partial"), "{}", finished.said());
    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!(results.text("ended"), "interrupted");
    assert_eq!(results.at("reproducible"), &false);
    let [started, left] = ["arrivals.started", "arrivals.not_started"].map(|path| results.count(path));
    assert!(started > 1_000 && left > 1_000, "{started} started, {left} not");
    let lasted = results.at("scenario.duration_s").as_f64().expect("a number");
    assert!(lasted < 599.0 * 3_600.0, "{lasted} s of 600 h");
    let page = std::fs::read_to_string(out.join("report.html")).expect("the report is written");
    assert!(page.contains("interrupted: this report is partial"));
    let calls = Calls::read(&out.join("calls.csv"));
    assert_eq!(calls.rows().len() as u64, started, "the records are whole");
}

/// Half a replication is none: what is reported can be had again by asking for as many.
#[test]
fn of_many_replications_the_whole_ones_are_reported() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = LONG.replace("600h", "5h");
    let many = ["--replications", "1000000", "--threads", "2"];
    let (out, finished) = signalled(folder.path(), &text, "simulate", &many, ("TERM", 3));
    finished.expect_code(&[143]);
    let results = Results::read(&out);
    assert_eq!((results.text("ended"), results.count("arrivals.not_started")), ("interrupted", 0));
    let whole = results.count("replications");
    assert!((2..1_000_000).contains(&whole), "{whole}");
    let again = folder.path().join("again");
    let (scenario, place) = (folder.path().join("long.yaml"), again.to_str().expect("UTF-8"));
    let count = whole.to_string();
    let scenario = scenario.to_str().expect("UTF-8");
    let again_with = ["simulate", scenario, "--replications", &count, "--out", place, "--quiet"];
    harness::run(&mut busyhour(&again_with), Duration::from_secs(60)).expect_code(&[3]);
    let again = Results::read(&again);
    assert_eq!(again.text("ended"), "complete");
    for path in ["technical_drop_rate", "outcomes", "traffic", "latency_ms"] {
        assert_eq!(again.at(path), results.at(path), "{path}");
    }
}

#[test]
fn where_nothing_is_finished_a_sentence_says_so_and_no_report_is_written() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let warming = LONG.replace("duration: 600h", "duration: 1h\nwarm_up: 600h");
    let slow = format!("{LONG}cost: {{call_price: 1000 RUB, conversion: 20%, calls_per_month: 1000}}\n");
    let vary: &[&str] = &["--vary", "channels=34,35"];
    for (text, verb, more) in
        [(&warming, "simulate", &[][..]), (&slow, "simulate", vary), (&slow, "tariffs", &[])]
    {
        let (out, finished) = signalled(folder.path(), text, verb, more, ("INT", 2));
        let finished = finished.expect_code(&[130]);
        assert!(finished.stderr.contains("no report is written"), "{verb}: {}", finished.said());
        let written = std::fs::read_dir(&out).map(Iterator::count).unwrap_or_default();
        assert_eq!((written, &*finished.stdout), (0, ""), "{verb}");
    }
}

#[test]
fn variants_are_compared_over_the_replications_that_all_have_finished() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = LONG.replace("600h", "5h");
    let more = ["--vary", "channels=34,35,36", "--replications", "1000000", "--threads", "2"];
    let (out, finished) = signalled(folder.path(), &text, "simulate", &more, ("INT", 3));
    let finished = finished.expect_code(&[130]);
    assert!(finished.stdout.contains("Interrupted: fewer replications"), "{}", finished.said());
    let json = std::fs::read_to_string(out.join("variants.json")).expect("the comparison is written");
    let variants: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(variants["ended"], "interrupted");
    let whole = variants["replications"].as_u64().expect("a number");
    assert!((2..1_000_000).contains(&whole), "{whole}");
    let shares = variants["variants"].as_array().expect("variants").iter();
    let shares: Vec<f64> =
        shares.map(|variant| variant["figures"][0]["value"].as_f64().expect("a number")).collect();
    assert!(shares[0] > shares[1] && shares[1] > shares[2], "{shares:?}");
}

/// The report of a long plan takes its time; whoever presses twice has none.
#[test]
fn a_second_signal_ends_a_simulation_at_once() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = harness::write(folder.path(), "long.yaml", &LONG.replace("600h", "60000h"));
    let out = folder.path().join("out").to_str().expect("UTF-8").to_owned();
    let work = Running::start(&mut busyhour(&["simulate", &scenario, "--out", &out, "--no-calls"]));
    work.leave_for(Duration::from_secs(2));
    work.signal("INT");
    work.leave_for(Duration::from_millis(200));
    work.signal("INT");
    work.finish(Duration::from_secs(3)).expect_code(&[130]);
    assert!(!Path::new(&out).join("result.json").exists(), "the report of 36 million calls was waited for");
}
