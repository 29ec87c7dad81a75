//! What the bundled PBX does about its people's work, on real SIP: owners first, contractors.

use std::path::Path;
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
    let _turn = harness::shared_turn();
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

/// Four callers in five find the own agent busy; the contractor has two.
const CONTRACTED: &str = "name: contracted\nseed: 12\ncalls: 60\ntime_scale: 60\ntraffic:\n  profile: 240/h\n  callers:\n    \
    - {name: client, to: \"100\", talk: {exponential: {mean: 50s}}, patience: {exponential: {mean: 60s}}}\npbx:\n  \
    agents: {count: 1}\n  queues:\n    sales: {overflow: {to: contractor, after: 10s, at_length: 2}}\n    \
    contractor: {numbers: [\"900\"], outsourced: {agents: 2, price_per_minute: 13.37 RUB, price_per_call: 2.50 RUB, \
    increment: 6s, hand_back: 20s}}\n";

/// Kopecks that the contractor charges, from the rows of `cdr.csv` alone: begun steps of six seconds at 13.37 roubles a
/// minute, 1.337 a step, and 2.50 for each call.
fn invoice_in_kopecks(cdr: &Path) -> (u64, u64) {
    let (mut calls, mut steps) = (0, 0);
    for row in Calls::read(cdr).rows().iter().filter(|row| row["queue"] == "contractor") {
        let nanos = |column: &str| {
            let (whole, part) = row[column].split_once('.').unwrap_or((&row[column], ""));
            whole.parse::<u64>().expect("seconds") * 1_000_000_000
                + format!("{part:0<9}").parse::<u64>().expect("a part of a second")
        };
        if !row["connected_s"].is_empty() {
            calls += 1;
            steps += (nanos("end_s") - nanos("connected_s")).div_ceil(6_000_000_000);
        }
    }
    // Tenths of a kopeck, rounded once.
    (calls, (steps * 1_337 + calls * 2_500 + 5) / 10)
}

fn contracted(verb: &str, folder: &Path, overflow: bool) -> Results {
    let text = if overflow {
        CONTRACTED.to_owned()
    } else {
        CONTRACTED.replace("overflow: {to: contractor, after: 10s, at_length: 2}", "")
    };
    let file = harness::write(folder, &format!("{verb}{overflow}.yaml"), &text);
    let out = folder.join(format!("{verb}{overflow}"));
    let directory = out.to_str().expect("UTF-8").to_owned();
    let mut command = busyhour(&[verb, &file, "--quiet", "--out", &directory]);
    harness::run(&mut command, Duration::from_secs(90)).expect_code(&[0, 3, 5]);
    let results = Results::read(&out);
    results.assert_adds_up();
    results
}

/// Row 12: in = own + contractor's + lost, and the invoice is that of the call records, to the kopeck; in simulation and
/// on the wire. Without `overflow` nothing goes to the contractor.
#[test]
fn calls_passed_to_a_contractor_are_conserved_and_the_invoice_is_that_of_the_records() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    for verb in ["simulate", "run"] {
        let results = contracted(verb, folder.path(), true);
        let outsourcing = results.at("outsourcing");
        let flow = &outsourcing["queues"][0];
        let count = |figures: &Value, name: &str| {
            figures[name].as_u64().unwrap_or_else(|| panic!("{name}: {figures}"))
        };
        assert_eq!(flow["queue"], "sales");
        assert_eq!(count(flow, "entered"), 60, "{verb}: every call asks for the queue");
        let ended = count(flow, "own") + count(flow, "outsourced") + count(flow, "lost");
        assert_eq!(count(flow, "entered"), ended, "{verb}: {flow}");
        // An answer that crosses the caller's CANCEL is a call taken to the PBX, and to the caller one given up.
        let calls = Calls::read(&folder.path().join(format!("{verb}true")).join("calls.csv"));
        let crossed = calls.rows().iter().filter(|row| row["outcome"] == "human.abandoned");
        let crossed = crossed.filter(|row| !row["answered_s"].is_empty()).count() as u64;
        assert_eq!(
            count(flow, "own") + count(flow, "outsourced"),
            results.count("outcomes.completed_by.agent") + crossed,
            "{verb}: {crossed} answers crossed a CANCEL"
        );
        assert!(crossed == 0 || verb == "run", "no message is on its way in a simulation");
        let contractor = &outsourcing["contractors"][0];
        let ended = ["answered", "handed_back", "lost"].map(|end| count(contractor, end)).iter().sum::<u64>();
        assert_eq!(count(contractor, "offered"), ended, "{verb}: {contractor}");
        let (calls, kopecks) = invoice_in_kopecks(&folder.path().join(format!("{verb}true")).join("cdr.csv"));
        assert!(
            calls >= 10 && count(contractor, "charged_calls") == calls,
            "{verb}: {calls} of {contractor}"
        );
        assert_eq!(contractor["invoice"], format!("{}.{:02}", kopecks / 100, kopecks % 100), "{verb}");
    }
    let without = contracted("simulate", folder.path(), false);
    assert_eq!(without.at("outsourcing")["contractors"][0]["invoice"], "0.00");
    assert_eq!(without.at("outsourcing")["contractors"][0]["offered"], 0);
}

/// Rows 42, 43: mail and chats beside the calls of one team; a day of it in twenty seconds.
const BLENDED: &str = "name: blended\nseed: 42\nduration: 5h\ntime_scale: 900\ntraffic:\n  profile: 60/h\n  callers:\n    \
    - {name: customer, talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 180s}}}\npbx:\n  \
    agents: {count: 6, wrap_up: 20s}\n  queues: {desk: {}}\n";
const CONTACTS: &str = "  contacts:\n    mail: {rate: 25/h, handle: {exponential: {mean: 9m}}, faster: 3, answer_within: 2h}\n    \
    chat: {rate: 15/h, handle: {exponential: {mean: 4m}}, answer_within: 3m}\n";

fn blended(verb: &str, folder: &Path, contacts: &str) -> Results {
    let name = format!("{verb}{}", contacts.len());
    let file = harness::write(folder, &format!("{name}.yaml"), &format!("{BLENDED}{contacts}"));
    let out = folder.join(name);
    let directory = out.to_str().expect("UTF-8").to_owned();
    let mut command = busyhour(&[verb, &file, "--quiet", "--out", &directory]);
    harness::run(&mut command, Duration::from_secs(90)).expect_code(&[0, 3, 5]);
    let results = Results::read(&out);
    results.assert_adds_up();
    results
}

/// The same mails and chats come as in the simulation, take the same work, and are in time about as often; without them
/// callers wait less, on the wire too.
#[test]
fn agents_on_the_wire_see_to_mail_and_chats_as_those_of_the_simulation_do() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plays = [("run", CONTACTS), ("simulate", CONTACTS), ("run", "")];
    let played = harness::at_once(plays, |(verb, contacts)| blended(verb, folder.path(), contacts));
    let [wire, simulated, without] = &played[..] else { unreachable!("three plays") };
    let figure = |results: &Results, kind: usize, name: &str| {
        let figures = &results.at("contacts")[kind];
        figures[name].as_f64().unwrap_or_else(|| panic!("{name}: {figures}"))
    };
    for kind in 0..2 {
        let [of_wire, of_simulation] = [wire, simulated].map(|results| {
            ["arrived", "answered", "share", "work_s"].map(|name| figure(results, kind, name))
        });
        // The run ends with its last call, a few seconds of the wire's later than the simulation.
        assert!(
            of_wire[0] > 50.0 && (of_wire[0] - of_simulation[0]).abs() < 8.0,
            "{of_wire:?} {of_simulation:?}"
        );
        assert!((of_wire[2] - of_simulation[2]).abs() < 0.15, "{of_wire:?} {of_simulation:?}");
        assert!((of_wire[3] / of_simulation[3] - 1.0).abs() < 0.15, "{of_wire:?} {of_simulation:?}");
    }
    let waits =
        [without, wire].map(|results| results.at("queue.asa_s").as_f64().expect("somebody is served"));
    assert!(2.0 * waits[0] < waits[1], "{waits:?}");
}
