//! Callers whom agents send on, on real sockets: `run` sends on whom `simulate` does, to the same place, and the books say
//! so.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Results;
use crate::harness::busyhour;

/// A call each second of people's time. No agent of a queue becomes free at the moment at which a caller comes to it: an
/// eighth of a second lies between, 21 ms on the wire.
const CALLS: usize = 48;
/// A generator later than this, in ms, may turn the order of two events round: that run is played again.
const LATEST_MS: f64 = 15.0;
const ATTEMPTS: usize = 4;
/// Enough of them that nobody waits.
const AGENTS: usize = 60;

fn scenario() -> String {
    let starts = (1..=CALLS).map(|second| second.to_string()).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "name: passed-on\nquestion: Who is sent on?\nseed: 3\ncalls: {CALLS}\ntime_scale: 6\ntraffic:\n  arrivals: \
         {{replay: [{starts}]}}\n  callers:\n    - name: customer\n      to: \"100\"\n      talk: {{constant: \
         31.125s}}\n      think: 2.25s\n      choices: {{main: {{\"1\": 100%}}}}\npbx:\n  extensions: {{\"900\": {{answer: \
         2.25s}}}}\n  ivr:\n    main: {{numbers: [\"300\"], digits: {{\"1\": {{queue: support}}}}}}\n  agents:\n"
    );
    for agent in 0..2 * AGENTS {
        writeln!(text, "    - {{name: a{agent}, answer_delay: 0.125s}}").unwrap();
    }
    let names = |from: usize| {
        let names = (from..from + AGENTS).map(|agent| format!("a{agent}"));
        names.collect::<Vec<_>>().join(", ")
    };
    writeln!(
        text,
        "  queues:\n    sales:\n      numbers: [\"100\"]\n      agents: [{}]\n      strategy: agent_order\n      answer: on_entry\n      transfers:\n        \
         - {{to: \"200\", share: 30%, after: 20.25s, talk: 10.125s}}\n        - {{to: \"300\", share: 20%, after: \
         5.375s}}\n        - {{to: \"900\", share: 20%, after: 8.5s}}\n    support:\n      numbers: [\"200\"]\n      agents: \
         [{}]\n      strategy: agent_order\n      transfers: [{{to: \"900\", share: 50%, after: 3s}}]",
        names(0),
        names(AGENTS)
    )
    .unwrap();
    text
}

/// What became of each call by its start in the generator's book, and of all calls in the PBX's.
type Ends = (BTreeMap<String, [String; 5]>, BTreeMap<[String; 6], u64>);

fn ends(out: &Path) -> Ends {
    let (calls, cdr) = (Calls::read(&out.join("calls.csv")), Calls::read(&out.join("cdr.csv")));
    let end = |row: &BTreeMap<String, String>| {
        let end = ["did", "queue", "agent", "outcome", "cause"].map(|column| row[column].clone());
        (row["intended_start_s"].clone(), end)
    };
    let mut ways = BTreeMap::new();
    for row in cdr.rows() {
        let columns = ["to", "queue", "agent", "transferred_to", "route", "cause"];
        *ways.entry(columns.map(|column| row[column].clone())).or_insert(0) += 1;
    }
    (calls.rows().iter().map(end).collect(), ways)
}

/// Events of the queue's log, counted.
fn logged(out: &Path) -> BTreeMap<String, usize> {
    let log = std::fs::read_to_string(out.join("queue_log")).expect("the queue's log");
    let mut events = BTreeMap::new();
    for line in log.lines() {
        let fields: Vec<&str> = line.split('|').collect();
        *events.entry(format!("{} {}", fields[2], fields[4])).or_insert(0) += 1;
    }
    events
}

#[test]
fn run_and_simulate_send_the_same_callers_on_to_the_same_places() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "passed-on.yaml", &scenario());
    let out = |verb: &str| folder.path().join(verb);
    let play = |verb: &str| {
        let directory = out(verb).to_str().expect("UTF-8").to_owned();
        let mut command = busyhour(&[verb, &file, "--quiet", "--out", &directory]);
        harness::run(&mut command, Duration::from_secs(90)).expect_code(&[0, 3, 4, 5]);
        let results = Results::read(&out(verb));
        results.assert_adds_up();
        let differences = results.at("books.differences").as_array().map(Vec::len);
        assert_eq!(differences, Some(0), "{}", results.at("books"));
        results
    };
    let simulated = play("simulate");
    let live = (0..ATTEMPTS).map(|_| play("run")).find(|results| {
        results.at("arrivals.lateness_ms.max").as_f64().is_some_and(|latest| latest < LATEST_MS)
    });
    let live =
        live.unwrap_or_else(|| panic!("the machine keeps no scripted trace {ATTEMPTS} times in a row"));
    let ((by_simulation, ways_by_simulation), (on_wire, ways_on_wire)) =
        (ends(&out("simulate")), ends(&out("run")));
    for (start, end) in &by_simulation {
        assert_eq!(on_wire.get(start), Some(end), "the call of {start} s");
    }
    assert_eq!(ways_on_wire, ways_by_simulation, "cdr.csv: the wire, and the simulation");
    assert_eq!(logged(&out("run")), logged(&out("simulate")), "queue_log: the wire, and the simulation");
    assert!(logged(&out("run")).get("sales BLINDTRANSFER") > Some(&15));
    assert_eq!(live.at("transfers.ways"), simulated.at("transfers.ways"));
    let ways = live.at("transfers.ways").as_array().expect("a list of ways");
    assert_eq!(ways.len(), 4);
    for way in ways {
        assert!(way["sent_on"].as_u64() > Some(0), "{way} is never taken");
    }
    let ways: Vec<&str> = ways_on_wire.keys().map(|row| row[3].as_str()).collect();
    for way in ["", "200", "300", "900", "200 > 900"] {
        assert!(ways.contains(&way), "{way} is in no row of {ways:?}");
    }
}
