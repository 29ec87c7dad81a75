//! One decision core, two clocks: with the same seed, simulation and wire choose the same agent for every call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use busyhour::pbx::config::StrategyKind;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Results;
use crate::harness::busyhour;

/// Every strategy, and how its queue lists its three agents; c is of a tier of its own, offered last where tiers count.
const STRATEGIES: [(&str, &str); 20] = [
    ("longest_idle", "abc"),
    ("round_robin", "abc"),
    ("rrmemory", "abc"),
    ("sequential", "abc"),
    ("percent", "abc"),
    ("{percent: random}", "abc"),
    ("skill_priority", "abc"),
    ("ring_all", "abc"),
    ("widening", "abc"),
    ("{ring_progressively: 10s}", "abc"),
    ("least_recent", "abc"),
    ("fewest_calls", "abc"),
    ("random", "abc"),
    ("weighted_random", "abc"),
    ("least_talk_time", "abc"),
    ("top_down", "abc"),
    ("agent_order", "abc"),
    // The order is the queue's own, not that in which the agents are written.
    ("sequential", "bac"),
    ("top_down", "bac"),
    ("agent_order", "bac"),
];

/// They go by the queue's list, from the top.
const LINEAR: [&str; 3] = ["sequential", "top_down", "agent_order"];

/// A call each second of people's time; whatever else happens comes half a second after it: 42 ms on the wire.
const CALLS: usize = 240;
/// A generator later than this, in ms, may turn the order of two events round: that run is played again.
const LATEST_MS: f64 = 20.0;
const ATTEMPTS: usize = 4;

fn scenario() -> String {
    let starts = (1..=CALLS).map(|second| second.to_string()).collect::<Vec<_>>().join(", ");
    let numbers = (0..STRATEGIES.len()).map(|queue| format!("\"{}\"", 100 + queue)).collect::<Vec<_>>();
    let mut text = format!(
        "name: same-agents\nquestion: Do simulation and wire choose the same agents?\nseed: 5\ncalls: {CALLS}\n\
         time_scale: 12\ntraffic:\n  arrivals: {{replay: [{starts}]}}\n  callers:\n    - name: customer\n      \
         to: [{}]\n      talk: {{constant: 31s}}\npbx:\n  agents:\n",
        numbers.join(", ")
    );
    for queue in 0..STRATEGIES.len() {
        for (agent, penalty) in [("a", 0), ("b", 0), ("c", 1)] {
            let name = format!("{agent}{queue}");
            writeln!(text, "    - {{name: {name}, answer_delay: 1.5s, penalty: {penalty}}}").unwrap();
        }
    }
    text.push_str("  queues:\n");
    for (queue, (strategy, order)) in STRATEGIES.iter().enumerate() {
        let agents = order.chars().map(|agent| format!("{agent}{queue}")).collect::<Vec<_>>().join(", ");
        let number = 100 + queue;
        let keys = format!("numbers: [\"{number}\"], agents: [{agents}], strategy: {strategy}");
        writeln!(text, "    q{queue:02}: {{{keys}}}").unwrap();
    }
    text
}

/// The agent of every call, by queue and intended start.
fn agents(out: &Path) -> BTreeMap<(String, String), String> {
    let calls = Calls::read(&out.join("calls.csv"));
    let agent = |row: &BTreeMap<String, String>| {
        ((row["queue"].clone(), row["intended_start_s"].clone()), row["agent"].clone())
    };
    calls.rows().iter().map(agent).collect()
}

#[test]
fn simulation_and_wire_choose_the_same_agent_for_every_call_by_every_strategy() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "same-agents.yaml", &scenario());
    let out = |verb: &str| folder.path().join(verb);
    let play = |verb: &str| {
        let directory = out(verb).to_str().expect("UTF-8").to_owned();
        let mut command = busyhour(&[verb, &file, "--quiet", "--out", &directory]);
        harness::run(&mut command, Duration::from_secs(90)).expect_code(&[0, 4, 5]);
        let results = Results::read(&out(verb));
        results.assert_adds_up();
        results
    };
    play("simulate");
    let in_time = (0..ATTEMPTS).any(|_| {
        play("run").at("arrivals.lateness_ms.max").as_f64().is_some_and(|latest| latest < LATEST_MS)
    });
    assert!(in_time, "the machine is too busy to keep a scripted trace {ATTEMPTS} times in a row");
    let (simulated, live) = (agents(&out("simulate")), agents(&out("run")));
    assert_eq!(simulated.len(), CALLS, "every call has its own queue and start");
    assert!(simulated.values().all(|agent| !agent.is_empty()), "somebody answers every call");
    for (call, agent) in &simulated {
        assert_eq!(live.get(call), Some(agent), "{call:?}");
    }
    for (queue, (strategy, order)) in STRATEGIES.iter().enumerate() {
        let of_queue = live.iter().filter(|((name, _), _)| *name == format!("q{queue:02}"));
        let mut calls: Vec<(f64, &str)> =
            of_queue.map(|((_, start), agent)| (start.parse().expect("seconds"), agent.as_str())).collect();
        calls.sort_by(|one, other| one.0.total_cmp(&other.0));
        let agents = calls.iter().map(|(_, agent)| *agent).collect::<BTreeSet<_>>();
        assert!(agents.len() >= 2, "{strategy} had no choice to make: {agents:?}");
        if LINEAR.contains(strategy) {
            let first = order.chars().next().expect("three agents");
            assert!(calls[0].1.starts_with(first), "{strategy} of {order} begins with {}", calls[0].1);
        }
    }
}

/// The trace above leaves none out.
#[test]
fn every_strategy_that_there_is_is_in_the_trace() {
    for (name, _) in StrategyKind::NAMED {
        assert!(STRATEGIES.iter().any(|(strategy, _)| strategy.contains(name)), "{name}");
    }
}
