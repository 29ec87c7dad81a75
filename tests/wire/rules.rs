//! Rules of queues on real sockets: who is paused, who rests, who is tried again, who is told to wait. `run` and `simulate`
//! write the same log.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Results;
use crate::harness::busyhour;

/// Events of one queue stand a quarter of a second of people's time apart or more: 21 ms on the wire.
const LATEST_MS: f64 = 15.0;
const ATTEMPTS: usize = 4;
/// Waits agree within this, in people's seconds; what a rule adds to one is over two.
const WAIT_S: f64 = 0.9;

const SCENARIO: &str = "\
name: rules
question: Who rings, who rests, who is told to wait?
seed: 3
calls: 13
time_scale: 12
traffic:
  arrivals: {replay: [1, 4, 12, 21, 22, 23, 41, 42, 61, 62, 63, 81, 91]}
  callers:
    - name: customer
      to: [\"100\", \"100\", \"100\", \"101\", \"101\", \"101\", \"102\", \"102\", \"103\", \"103\", \"103\", \"100\", \"102\"]
      talk: {constant: 10.25s}
pbx:
  agents:
    - {name: mute, no_answer: 100%}
    - {name: tidy, answer_delay: 0.25s, wrap_up: {constant: 8.25s}}
    - {name: deaf, no_answer: 100%}
    - {name: keen, answer_delay: 0.25s}
    - {name: lone, answer_delay: 0.25s}
  queues:
    pausing:
      {numbers: [\"100\"], agents: [mute], ring_timeout: 5.25s, auto_pause: {scope: this_queue, lasts: 60s},
       join_empty: [paused], leave_empty: [paused]}
    resting: {numbers: [\"101\"], agents: [tidy]}
    trying: {numbers: [\"102\"], agents: [deaf, keen], strategy: top_down, ring_timeout: 4.25s, retry: 6.25s}
    telling: {numbers: [\"103\"], agents: [lone], announce: {every: 7.25s, lasts: 4.25s}}
";

/// The events of each queue with their agents, in the order of the log.
fn events(out: &Path) -> BTreeMap<String, Vec<String>> {
    let log = std::fs::read_to_string(out.join("queue_log")).expect("a queue log");
    let mut events = BTreeMap::<String, Vec<String>>::new();
    for line in log.lines() {
        let fields: Vec<&str> = line.split('|').collect();
        events.entry(fields[2].to_owned()).or_default().push(format!("{} {}", fields[3], fields[4]));
    }
    events
}

/// Queue, cause, agent and wait of each call, by its start.
fn calls(out: &Path) -> BTreeMap<String, ([String; 3], f64)> {
    let calls = Calls::read(&out.join("calls.csv"));
    let call = |row: &BTreeMap<String, String>| {
        let end = ["queue", "cause", "agent"].map(|column| row[column].clone());
        (row["intended_start_s"].clone(), (end, row["wait_s"].parse().unwrap_or(0.0)))
    };
    calls.rows().iter().map(call).collect()
}

#[test]
fn agents_are_paused_rest_and_are_tried_again_and_callers_are_told_and_leave_as_in_the_simulation() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "rules.yaml", SCENARIO);
    let out = |verb: &str| folder.path().join(verb);
    let play = |verb: &str| {
        let directory = out(verb).to_str().expect("UTF-8").to_owned();
        let mut command = busyhour(&[verb, &file, "--quiet", "--out", &directory]);
        harness::run(&mut command, Duration::from_secs(60)).expect_code(&[0, 4, 5]);
        let results = Results::read(&out(verb));
        results.assert_adds_up();
        results
    };
    let latest = |results: &Results| results.at("arrivals.lateness_ms.max").as_f64();
    play("simulate");
    let in_time = (0..ATTEMPTS).any(|_| latest(&play("run")).is_some_and(|latest| latest < LATEST_MS));
    assert!(in_time, "the machine is too busy to keep a scripted trace {ATTEMPTS} times in a row");
    let (log, on_wire) = (events(&out("run")), calls(&out("run")));
    assert_eq!(log, events(&out("simulate")), "the wire's queue_log, and the simulation's");
    for (start, (end, wait_s)) in calls(&out("simulate")) {
        let (seen, waited_s) = &on_wire[&start];
        assert_eq!(seen, &end, "the call of {start} s");
        assert!(
            (waited_s - wait_s).abs() < WAIT_S,
            "the call of {start} s: {waited_s} s, {wait_s} s simulated"
        );
    }
    // Paused after one call in vain; who waits leaves, who comes is not let in; a minute later the phone rings again.
    let in_vain = ["NONE ENTERQUEUE", "mute RINGNOANSWER", "mute PAUSE", "NONE EXITEMPTY"];
    let mut pausing = in_vain.to_vec();
    pausing.insert(1, "NONE ENTERQUEUE");
    pausing.push("NONE EXITEMPTY");
    pausing.push("mute UNPAUSE");
    pausing.extend(in_vain);
    assert_eq!(log["pausing"], pausing);
    assert_eq!(on_wire["12"].0[1], "pbx-join-empty");
    // The wrap-up stands between two calls: 10.25 s of talk, 8.25 s of rest, a quarter to pick up.
    assert!((on_wire["22"].1 - 18.0).abs() < WAIT_S, "{}", on_wire["22"].1);
    // Twice in vain, since the other is busy: 4.25 s, 6.25 s of pause, 4.25 s.
    assert_eq!(log["trying"].iter().filter(|event| *event == "deaf RINGNOANSWER").count(), 3);
    assert!((on_wire["41"].1 - 15.0).abs() < WAIT_S, "{}", on_wire["41"].1);
    // Who is being told has to listen to the end: 10.5 s would have been enough.
    assert!((on_wire["62"].1 - 11.75).abs() < WAIT_S, "{}", on_wire["62"].1);
    assert_eq!(log["telling"].iter().filter(|event| *event == "NONE ANNOUNCE").count(), 5);
}
