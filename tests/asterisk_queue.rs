//! The bundled PBX's queues against what a real Asterisk's did with the same script: `tests/golden/asterisk-queue`.
//!
//! `ci/record-queue-traces` recorded the order in which phones rang and the queue's log; here the same callers meet the
//! same phones in virtual time. Set `ASTERISK_TRACES` to a folder to compare with other recordings than the shipped.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use busyhour::pbx::config::StrategyKind;

use crate::compare::compare;
use crate::script::Script;
use crate::ties::too_close;
use crate::trace::Trace;

#[path = "asterisk_queue/bench.rs"]
mod bench;
#[path = "asterisk_queue/compare.rs"]
mod compare;
#[path = "asterisk_queue/script.rs"]
mod script;
#[path = "asterisk_queue/ties.rs"]
mod ties;
#[path = "asterisk_queue/trace.rs"]
mod trace;

/// The recorded queues and what they are here.
const STRATEGIES: [(&str, StrategyKind); 5] = [
    ("rrmemory", StrategyKind::RrMemory),
    ("linear", StrategyKind::Sequential),
    ("leastrecent", StrategyKind::LeastRecent),
    ("fewestcalls", StrategyKind::FewestCalls),
    ("ringall", StrategyKind::RingAll),
];

fn golden(file: &str) -> String {
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/asterisk-queue"));
    let folder = match std::env::var_os("ASTERISK_TRACES") {
        Some(other) if file != "script.csv" => PathBuf::from(other),
        _ => shipped,
    };
    let path = folder.join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Plays the script with our PBX and compares it with the recording.
fn same_as_asterisk(name: &str, strategy: StrategyKind) {
    let script = Script::read(&golden("script.csv"), &golden("arrivals.csv"));
    let theirs = Trace::read(&golden(&format!("{name}.offers.csv")), &golden(&format!("{name}.queue_log")));
    assert!(theirs.offers.len() >= 200, "{name}: a recording of {} offers is too short", theirs.offers.len());
    let (ours, _) = bench::play(&script, name, strategy);
    let found = compare(&theirs, &ours);
    assert!(found.is_empty(), "{name} differs from Asterisk:\n{}", found.join("\n"));
}

#[test]
fn rrmemory_rings_the_phones_that_asterisk_rings_and_logs_the_same() {
    same_as_asterisk("rrmemory", StrategyKind::RrMemory);
}

#[test]
fn linear_rings_the_phones_that_asterisk_rings_and_logs_the_same() {
    same_as_asterisk("linear", StrategyKind::Sequential);
}

#[test]
fn leastrecent_rings_the_phones_that_asterisk_rings_and_logs_the_same() {
    same_as_asterisk("leastrecent", StrategyKind::LeastRecent);
}

#[test]
fn fewestcalls_rings_the_phones_that_asterisk_rings_and_logs_the_same() {
    same_as_asterisk("fewestcalls", StrategyKind::FewestCalls);
}

#[test]
fn ringall_rings_the_phones_that_asterisk_rings_and_logs_the_same() {
    same_as_asterisk("ringall", StrategyKind::RingAll);
}

/// Another strategy than the recorded one is noticed: the comparison can fail.
#[test]
fn another_strategy_is_told_from_the_recorded_one() {
    let script = Script::read(&golden("script.csv"), &golden("arrivals.csv"));
    let mut found = BTreeMap::new();
    for (name, strategy) in [("rrmemory", StrategyKind::Sequential), ("linear", StrategyKind::LeastRecent)] {
        let theirs =
            Trace::read(&golden(&format!("{name}.offers.csv")), &golden(&format!("{name}.queue_log")));
        let (ours, _) = bench::play(&script, name, strategy);
        found.insert(name, compare(&theirs, &ours).len());
    }
    assert!(found.values().all(|differences| *differences > 50), "{found:?}");
}

/// No two things that decide stand closer than this in the script, by our own simulation.
const MARGIN_S: f64 = 0.075;

/// As it is written, and as the recorded callers called.
#[test]
fn nothing_in_the_script_hangs_on_a_few_milliseconds() {
    let mut found = Vec::new();
    for arrivals in ["caller,at_s\n".to_owned(), golden("arrivals.csv")] {
        let script = Script::read(&golden("script.csv"), &arrivals);
        for (name, strategy) in STRATEGIES {
            let (_, history) = bench::play(&script, name, strategy);
            let close = too_close(&history, MARGIN_S, strategy == StrategyKind::LeastRecent);
            found.extend(close.into_iter().map(|pair| format!("{name}: {pair}")));
        }
    }
    assert!(found.is_empty(), "closer than {MARGIN_S} s:\n{}", found.join("\n"));
}
