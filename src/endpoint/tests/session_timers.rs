//! Timers of sessions between the PBX and phones, in virtual time.

use super::bench::{Bench, CALLER, DESK, contact, sdp};
use crate::sip::message::Message;

fn timed(session: &str) -> String {
    let contact = contact("102", CALLER);
    format!("Contact: {contact}\r\nSupported: timer\r\n{session}\r\nContent-Type: application/sdp\r\n")
}

#[test]
pub(super) fn a_session_too_brief_is_refused_with_the_least() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    let brief = timed("Session-Expires: 60");
    bench.request("INVITE", CALLER, "102", "101", "", &brief, &sdp(4000, "sendrecv"));
    assert!(bench.take(CALLER, "422 INVITE").contains("Min-SE: 90\r\n"));
}

#[test]
pub(super) fn a_caller_who_refreshes_stays_and_one_who_has_vanished_ends() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    let timed = timed("Session-Expires: 90;refresher=uac");
    bench.request("INVITE", CALLER, "102", "101", "", &timed, &sdp(4000, "sendrecv"));
    let invite = bench.take(DESK, "INVITE");
    bench.reply(DESK, &invite, 200, "", &sdp(5000, "sendrecv"));
    let accepted = bench.take(CALLER, "200 INVITE");
    assert!(accepted.contains("Session-Expires: 90;refresher=uac\r\nRequire: timer\r\n"), "{accepted}");
    let tag = Message::scan(accepted.as_bytes()).unwrap().to.tag.unwrap().to_vec();
    let tag = format!(";tag={}", String::from_utf8(tag).unwrap());
    bench.serial -= 1;
    bench.request("ACK", CALLER, "102", "101", &tag, "", "");
    bench.advance(45.0);
    bench.request(
        "UPDATE",
        CALLER,
        "102",
        "101",
        &tag,
        &timed.replace("Content-Type: application/sdp\r\n", ""),
        "",
    );
    assert!(bench.take(CALLER, "200 UPDATE").contains("Session-Expires: 90;refresher=uac\r\n"));
    bench.advance(55.0);
    assert!(!bench.has(CALLER, "BYE") && bench.rows.is_empty(), "refreshed");
    bench.advance(6.0);
    assert!(bench.take(CALLER, "BYE").contains("session timer expired"));
    assert!(bench.has(DESK, "BYE"));
    assert_eq!(bench.rows.len(), 1);
}

#[test]
pub(super) fn the_pbx_refreshes_for_a_phone_that_does_not_and_tries_again_after_a_glare() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let invite = bench.take(DESK, "INVITE");
    let timed = "Session-Expires: 100;refresher=uac\r\nAllow: INVITE, UPDATE";
    bench.reply(DESK, &invite, 200, timed, &sdp(5000, "sendrecv"));
    bench.take(DESK, "ACK");
    let accepted = bench.take(CALLER, "200 INVITE");
    let tag = Message::scan(accepted.as_bytes()).unwrap().to.tag.unwrap().to_vec();
    bench.serial -= 1;
    bench.request("ACK", CALLER, "102", "101", &format!(";tag={}", String::from_utf8(tag).unwrap()), "", "");
    bench.advance(49.0);
    assert!(!bench.has(DESK, "UPDATE"));
    bench.advance(2.0);
    let refresh = bench.take(DESK, "UPDATE");
    assert!(refresh.contains("Session-Expires: 100;refresher=uac\r\n"), "{refresh}");
    bench.reply(DESK, &refresh, 491, "", "");
    // What it was sent again for want of an answer.
    bench.sent.clear();
    bench.advance(2.0);
    assert!(!bench.has(DESK, "UPDATE"), "2.1 s to 4 s, since the Call-ID is ours");
    bench.advance(2.5);
    let again = bench.take(DESK, "UPDATE");
    bench.reply(DESK, &again, 200, "Session-Expires: 100;refresher=uac", "");
    bench.sent.clear();
    bench.advance(45.0);
    assert!(!bench.has(DESK, "UPDATE") && !bench.has(DESK, "BYE"));
    // The phone vanishes: the next refresh is answered by nobody.
    bench.advance(50.0);
    assert!(bench.has(DESK, "UPDATE"));
    bench.advance(60.0);
    assert_eq!(bench.rows.len(), 1, "{:?}", bench.ladder());
}
