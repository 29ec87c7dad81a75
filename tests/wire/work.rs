//! What the bundled PBX does about its people's work, on real SIP: owners first.

use std::time::Duration;

use serde_json::Value;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Results;
use crate::harness::busyhour;

/// Plays `text` on the wire; its results and its calls.
fn run(text: &str) -> (Results, Calls) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "work.yaml", text);
    let out = folder.path().join("out");
    let directory = out.to_str().expect("UTF-8").to_owned();
    let mut command = busyhour(&["run", &file, "--quiet", "--out", &directory]);
    harness::run(&mut command, Duration::from_secs(60)).expect_code(&[0, 3, 5]);
    let results = Results::read(&out);
    results.assert_adds_up();
    (results, Calls::read(&out.join("calls.csv")))
}

/// Anna's caller comes a second before and two seconds after she is taken: she is reached by the first, the second
/// waits for her for as long as the scenario says and not less, and is then taken by another.
#[test]
fn a_known_number_reaches_its_owner_on_the_wire_and_falls_back_in_time() {
    let _turn = harness::turn();
    let scenario = "name: owners\nseed: 5\ncalls: 3\ntime_scale: 20\ntraffic:\n  arrivals: {replay: [1, 4, 60]}\n  callers:\n    \
        - {name: client, from: [\"7900\"], talk: {constant: 40s}}\npbx:\n  \
        agents: [{name: boris}, {name: anna}]\n  \
        queues: {desk: {strategy: agent_order, owner: {wait: 10s, numbers: {\"7900\": anna}}}}\n";
    let (results, calls) = run(scenario);
    let agents: Vec<&str> = calls.rows().iter().map(|row| row["agent"].as_str()).collect();
    let wait = |row: usize| calls.rows()[row]["wait_s"].parse::<f64>().expect("a wait");
    let by_start =
        |start: &str| calls.rows().iter().position(|row| row["intended_start_s"] == start).expect("the call");
    let [first, second, third] = ["1", "4", "60"].map(by_start);
    assert_eq!((agents[first], agents[second], agents[third]), ("anna", "boris", "anna"));
    assert!(wait(first) < 5.0 && (10.0..15.0).contains(&wait(second)), "{} {}", wait(first), wait(second));
    let owners = results.at("owners").as_array().cloned().unwrap_or_default();
    let figure = |name: &str| owners[0].get(name).and_then(Value::as_u64);
    assert_eq!((figure("known"), figure("reached"), figure("fell_back")), (Some(3), Some(2), Some(1)));
}
