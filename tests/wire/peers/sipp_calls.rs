//! SIPp calls our reference PBX, which has fewer channels than there are calls.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Capture;
use crate::harness::Pbx;
use crate::harness::Sipp;

const CHANNELS: u64 = 4;
/// Offered, 20 a second for 10 s, each up for 0.5 s: 10 erlangs on 4 channels.
const CALLS: u64 = 200;

#[test]
fn a_pbx_with_too_few_channels_refuses_with_q850_34_and_three_books_agree() {
    if !harness::have(&["sipp"]) || !harness::may_capture() {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario =
        format!("name: four-channels\nquestion: Whom does it refuse?\npbx:\n  channels: {CHANNELS}\n");
    let pbx = Pbx::start(folder.path(), &scenario, &[]);
    let port = pbx.port;
    let capture = Capture::start("lo", &format!("udp port {port}"), port);

    let calls = CALLS.to_string();
    let load = ["-m", &calls, "-r", "20", "-d", "500", "-s", "100"];
    let (sipp, counters) =
        Sipp::caller(folder.path(), "caller.xml", port, &load).finish(Duration::from_secs(60));
    let sipp = sipp.expect_code(&[0]);
    let wire = capture.stop();
    pbx.stop();

    // SIPp's book: each call was answered and ended, or refused with the Reason that its scenario demands.
    let sipp_count = |name: &str| *counters.get(name).unwrap_or_else(|| panic!("no {name}\n{}", sipp.said()));
    let (answered, refused) = (sipp_count("answered"), sipp_count("refused"));
    assert_eq!((sipp_count("SuccessfulCall"), sipp_count("FailedCall")), (CALLS, 0), "{}", sipp.said());
    assert_eq!(answered + refused, CALLS);
    assert!(answered >= CHANNELS && refused >= CALLS / 4, "{answered} answered, {refused} refused");

    // The wire's book.
    assert_eq!(harness::calls_answered_refused(&wire), (CALLS, answered, refused));
    let refusals = wire.iter().filter(|packet| packet.status == "503").collect::<Vec<_>>();
    assert!(refusals.iter().all(|packet| packet.reason.replace(' ', "").starts_with("Q.850;cause=34")));

    // The PBX's book.
    let cdr = Calls::read(&folder.path().join("pbx/cdr.csv"));
    let expected = [("ANSWERED".to_owned(), answered), ("CONGESTION".to_owned(), refused)];
    assert_eq!(cdr.by("disposition"), expected.into());
    let wire_ids = harness::calls(&wire);
    let cdr_ids = cdr.rows().iter().map(|row| row["call_id"].clone()).collect::<BTreeSet<_>>();
    assert_eq!(cdr_ids, wire_ids, "the same calls, by Call-ID");
}
