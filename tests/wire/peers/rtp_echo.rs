//! Audio: SIPp sends every RTP packet back, and the wire says how many there were.

use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Capture;
use crate::harness::Results;
use crate::harness::Sipp;
use crate::harness::busyhour;

const CALLS: u32 = 20;

#[test]
fn our_tone_comes_back_from_sipp_and_no_packet_is_missing_on_the_wire() {
    if !harness::have(&["sipp"]) || !harness::may_capture() {
        return;
    }
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (sip, echo, out) = (harness::free_port(), harness::free_port(), folder.path().join("out"));
    let sipp = Sipp::answerer(folder.path(), sip, CALLS, &["-rtp_echo", "-mp", &echo.to_string()]);
    let capture = Capture::start("lo", &format!("udp port {echo}"), sip);

    // SIPp answers every offer with PCMU.
    let (target, calls) = (format!("sip:echo@127.0.0.1:{sip}"), CALLS.to_string());
    let load =
        ["--rate", "10/s", "--calls", &calls, "--talk", "4s", "--seed", "1", "--set", "media.rtp.codec=PCMU"];
    let mut command = busyhour(&["run", "--target", &target, "--out", out.to_str().expect("UTF-8")]);
    command.args(load).args(["--gate", "technical_drop_rate <= 0%"]);
    harness::run(&mut command, Duration::from_secs(60)).expect_code(&[0]);
    let wire = capture.stop();
    sipp.finish(Duration::from_secs(60)).0.expect_code(&[0]);

    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!(results.count("outcomes.completed"), u64::from(CALLS));

    let calls = Calls::read(&out.join("calls.csv"));
    let talk = calls.rows().iter().map(|row| row["talk_s"].parse::<f64>().expect("seconds")).sum::<f64>();
    let due = talk * 50.0;
    let (sent, returned) = (
        wire.iter().filter(|packet| packet.to == echo).count(),
        wire.iter().filter(|packet| packet.from == echo).count(),
    );
    let (sent, returned) =
        (f64::from(u32::try_from(sent).expect("few")), f64::from(u32::try_from(returned).expect("few")));
    assert!(talk > 0.9 * 4.0 * f64::from(CALLS), "{talk} s of talk");
    assert!(sent >= 0.99 * due && sent <= 1.01 * due + f64::from(CALLS), "{sent} packets sent, {due} due");
    assert!(returned >= 0.99 * due, "{returned} packets came back, {due} due");
}
