//! Our generator calls SIPp's answerer.

use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Results;
use crate::harness::Sipp;
use crate::harness::busyhour;

#[test]
fn every_call_to_sipp_completes_and_both_sides_count_the_same() {
    if !harness::have(&["sipp", "tshark"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (port, out) = (harness::free_port(), folder.path().join("out"));
    let sipp = Sipp::answerer(folder.path(), port, 300, &[]);

    let target = format!("sip:{port}@127.0.0.1:{port}");
    let out_text = out.to_str().expect("UTF-8");
    let load = ["--rate", "50/s", "--calls", "300", "--talk", "2s", "--seed", "1"];
    let mut command = busyhour(&["run", "--target", &target, "--out", out_text]);
    let trace = folder.path().join("trace.pcap");
    command.args(load).args([
        "--gate",
        "technical_drop_rate <= 0%",
        "--trace",
        trace.to_str().expect("UTF-8"),
    ]);
    let finished = harness::run(&mut command, Duration::from_secs(60)).expect_code(&[0]);

    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!(results.text("verdict.status"), "pass", "{}", finished.said());
    assert_eq!(results.count("outcomes.offered"), 300);
    assert_eq!(results.count("outcomes.completed"), 300);
    assert_eq!(results.count("sip_status.200"), 300);
    assert_eq!(Calls::read(&out.join("calls.csv")).by("outcome"), [("completed.pbx".to_owned(), 300)].into());

    let (sipp, counters) = sipp.finish(Duration::from_secs(60));
    let sipp = sipp.expect_code(&[0]);
    let count = |name: &str| *counters.get(name).unwrap_or_else(|| panic!("no {name}\n{}", sipp.said()));
    assert_eq!(count("TotalCallCreated"), 300, "calls that SIPp saw begin");
    assert_eq!(count("SuccessfulCall"), 300, "calls that SIPp saw end with BYE");
    assert_eq!(count("FailedCall"), 0);

    let trace = harness::read_pcap(&trace, port);
    assert_eq!(harness::calls_answered_refused(&trace), (300, 300, 0), "--trace, as Wireshark reads it");
}
