//! Keys on real sockets: each of the sixteen by each method, over a network that loses and repeats a tenth of everything.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::LossyNetwork;
use crate::harness::Pbx;
use crate::harness::Sipp;
use crate::harness::busyhour;

const KEYS: [&str; 16] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"];

/// A menu with a queue behind every key, and a kind of callers for every key.
fn scenario(method: &str, media: &str, calls: u32) -> String {
    let mut text = format!(
        "name: keys\nquestion: Does each key reach its branch?\nseed: 16\ncalls: {calls}\nmedia: {media}\ndtmf: {method}\n\
         timers: {{t1: 100ms}}\ntraffic:\n  profile: 16/s\n  callers:\n"
    );
    for (place, key) in KEYS.iter().enumerate() {
        writeln!(
            text,
            "    - {{name: k{place:02}, share: 6.25%, talk: 500ms, think: 300ms, choices: {{main: {{\"{key}\": 100%}}}}}}"
        )
        .expect("a String takes it");
    }
    text.push_str("pbx:\n  agents: {count: 40}\n  ivr:\n    main:\n      prompt: 8s\n      digits:\n");
    for (place, key) in KEYS.iter().enumerate() {
        writeln!(text, "        \"{key}\": {{queue: k{place:02}}}").expect("a String takes it");
    }
    text.push_str("  queues:\n");
    for place in 0..KEYS.len() {
        writeln!(text, "    k{place:02}: {{numbers: [\"9{place:02}\"]}}").expect("a String takes it");
    }
    text.push_str("gates: [\"technical_drop_rate <= 100%\"]\n");
    text
}

/// Queues that each call has entered, by the PBX's own log.
fn entered(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let log = std::fs::read_to_string(folder.join("pbx/queue_log")).expect("the queue log");
    let mut entered = BTreeMap::<String, Vec<String>>::new();
    for line in log.lines().filter(|line| line.contains("|ENTERQUEUE|")) {
        let fields = line.split('|').collect::<Vec<_>>();
        entered.entry(fields[1].to_owned()).or_default().push(fields[2].to_owned());
    }
    entered
}

#[test]
fn each_key_by_each_method_reaches_its_branch_once_over_a_network_that_loses_and_repeats_a_tenth() {
    let _turn = harness::shared_turn();
    for (method, media) in [("rfc4733", "rtp"), ("info_relay", "none"), ("info", "none")] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = scenario(method, media, 80);
        let pbx = Pbx::start(folder.path(), &text, &[]);
        let network = LossyNetwork::start(pbx.port, 0.1, 0.1, 4733);
        let scenario = harness::write(folder.path(), "keys.yaml", &text);
        let (target, out) = (format!("sip:100@127.0.0.1:{}", network.port), folder.path().join("out"));
        let arguments =
            ["run", &scenario, "--target", &target, "--quiet", "--out", out.to_str().expect("UTF-8")];
        harness::run(&mut busyhour(&arguments), Duration::from_secs(90)).expect_code(&[0]);
        let (carried, lost, repeated) = network.counts();
        let all = carried + lost + repeated;
        assert!(
            lost * 20 > all && repeated * 20 > all,
            "{method}: {lost} lost, {repeated} repeated of {all}"
        );
        drop(network);
        pbx.stop();
        let entered = entered(folder.path());
        let mut keys = BTreeSet::new();
        for row in Calls::read(&out.join("calls.csv")).rows() {
            let queues = entered.get(&row["call_id"]).map_or(&[][..], Vec::as_slice);
            assert_eq!(queues, [row["class"].clone()], "{method}: {row:?}");
            keys.insert(row["class"].clone());
        }
        assert_eq!(keys.len(), KEYS.len(), "{method}: {keys:?}");
    }
}

#[test]
fn keys_that_sipp_presses_by_info_reach_their_branches_by_either_body() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = Pbx::start(folder.path(), &scenario("info", "none", 1), &[]);
    let mut presses = "SEQUENTIAL\n".to_owned();
    for (place, key) in KEYS.iter().enumerate() {
        writeln!(presses, "k{place:02};application/dtmf-relay;Signal={key}").expect("a String takes it");
        writeln!(presses, "k{place:02};application/dtmf;{key}").expect("a String takes it");
    }
    let presses = harness::write(folder.path(), "presses.csv", &presses);
    let load = ["-inf", &presses, "-m", "32", "-r", "10", "-s", "100"];
    let sipp = Sipp::caller(folder.path(), "keys.xml", pbx.port, &load);
    let (sipp, counters) = sipp.finish(Duration::from_secs(60));
    let sipp = sipp.expect_code(&[0]);
    assert_eq!(counters["SuccessfulCall"], 32, "{}", sipp.said());
    pbx.stop();
    let entered = entered(folder.path());
    let cdr = Calls::read(&folder.path().join("pbx/cdr.csv"));
    assert_eq!(cdr.rows().len(), 32);
    for row in cdr.rows() {
        assert_eq!(entered.get(&row["call_id"]), Some(&vec![row["from"].clone()]), "{row:?}");
    }
}
