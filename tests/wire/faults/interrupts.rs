//! Ctrl-C: every call is ended as SIP wants it, and the partial report says that it is one.

use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
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
    let _turn = harness::turn();
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
    let _turn = harness::turn();
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
