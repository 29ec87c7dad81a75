//! Callers whom a queue does not keep, on real sockets: `run` sends each to where `simulate` does, and the books say so.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Results;
use crate::harness::busyhour;

/// A call each second of people's time, to one queue after the other; time-outs fall half a second beside them: 42 ms on
/// the wire.
const CALLS: usize = 60;
/// A generator later than this, in ms, may turn the order of two events round: that run is played again.
const LATEST_MS: f64 = 20.0;
const ATTEMPTS: usize = 4;

/// Each queue has one agent, two places and 20.5 s of wait; each way on is taken by callers answered and not.
const WAYS: [&str; 6] = [
    "on_full: voicemail, on_timeout: {queue: spare}",
    "on_full: {queue: spare}, on_timeout: voicemail, answer: on_entry",
    "on_full: {menu: main}, on_timeout: {extension: \"900\"}",
    "on_full: {extension: \"900\"}, on_timeout: {extension: \"901\"}, answer: on_entry",
    "on_full: {refuse: {status: 503, reason: 34}}, on_timeout: {menu: main}, answer: on_entry",
    "",
];

fn scenario() -> String {
    let starts = (1..=CALLS).map(|second| second.to_string()).collect::<Vec<_>>().join(", ");
    let numbers = (0..WAYS.len()).map(|queue| format!("\"{}\"", 100 + queue)).collect::<Vec<_>>();
    let mut text = format!(
        "name: onward\nquestion: Where do they go?\nseed: 3\ncalls: {CALLS}\ntime_scale: 12\ntraffic:\n  arrivals: \
         {{replay: [{starts}]}}\n  callers:\n    - name: customer\n      to: [{}]\n      talk: {{constant: 61.25s}}\n      \
         think: 2.25s\n      choices: {{main: {{\"1\": 100%}}}}\npbx:\n  voicemail: {{greeting: 3.25s, message: 10s}}\n  \
         extensions: {{\"900\": {{answer: 2.25s}}, \"901\": busy}}\n  ivr:\n    main: {{numbers: [\"300\"], digits: \
         {{\"1\": {{queue: spare}}}}}}\n  agents:\n",
        numbers.join(", ")
    );
    for agent in 0..WAYS.len() + CALLS {
        writeln!(text, "    - {{name: a{agent}, answer_delay: 0.25s}}").unwrap();
    }
    text.push_str("  queues:\n");
    for (queue, way) in WAYS.iter().enumerate() {
        let number = 100 + queue;
        let keys =
            format!("numbers: [\"{number}\"], agents: [a{queue}], max_length: 2, max_wait: 20.5s, {way}");
        writeln!(text, "    q{queue}: {{{keys}}}").unwrap();
    }
    // Enough of them that nobody waits here.
    let spare = (WAYS.len()..WAYS.len() + CALLS).map(|agent| format!("a{agent}")).collect::<Vec<_>>();
    writeln!(text, "    spare: {{numbers: [\"200\"], agents: [{}]}}", spare.join(", ")).unwrap();
    text
}

/// What became of each call by its start in the generator's book, and of all calls in the PBX's.
type Ends = (BTreeMap<String, [String; 5]>, BTreeMap<[String; 4], u64>);

fn ends(out: &Path) -> Ends {
    let (calls, cdr) = (Calls::read(&out.join("calls.csv")), Calls::read(&out.join("cdr.csv")));
    let end = |row: &BTreeMap<String, String>| {
        let end = ["did", "queue", "outcome", "cause", "sip_status"].map(|column| row[column].clone());
        (row["intended_start_s"].clone(), end)
    };
    let mut ways = BTreeMap::new();
    for row in cdr.rows() {
        *ways.entry(["to", "queue", "route", "cause"].map(|column| row[column].clone())).or_insert(0) += 1;
    }
    (calls.rows().iter().map(end).collect(), ways)
}

#[test]
fn run_and_simulate_send_each_caller_whom_a_queue_does_not_keep_to_the_same_place() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "onward.yaml", &scenario());
    let out = |verb: &str| folder.path().join(verb);
    let play = |verb: &str| {
        let directory = out(verb).to_str().expect("UTF-8").to_owned();
        let mut command = busyhour(&[verb, &file, "--quiet", "--out", &directory]);
        harness::run(&mut command, Duration::from_secs(90)).expect_code(&[0, 3, 4, 5]);
        let results = Results::read(&out(verb));
        results.assert_adds_up();
        assert_eq!(
            results.at("books.differences").as_array().map(Vec::len),
            Some(0),
            "{}",
            results.at("books")
        );
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
    assert_eq!(live.at("sent_on"), simulated.at("sent_on"));
    let ways = live.at("sent_on").as_array().expect("a list of ways");
    assert_eq!(ways.len(), 9, "every way but those that refuse");
    for way in ways {
        assert!(way["callers"].as_u64() > Some(0), "{way} is never taken");
    }
    let routes: Vec<&str> = ways_on_wire.keys().map(|[_, _, route, _]| route.as_str()).collect();
    for route in ["queue q0 > queue spare", "queue q2 > menu main > queue spare", "queue q3 > extension 900"]
    {
        assert!(routes.contains(&route), "{route} is in no row of {routes:?}");
    }
}
