//! Calls handed over on real sockets, over UDP and TCP: after asking the third, without asking, to another phone of
//! one's own, and back into the queue. Whoever is connected afterwards hears the other's tone, and the books say how.

use busyhour::sip::hop::Transport;
use busyhour::sip::message::Method;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Pbx;
use crate::harness::Phone;
use crate::harness::hear_each_other;

const PASSWORD: &str = "correct-horse";

const SCENARIO: &str = "name: transfers\nquestion: Who hears whom?\nmedia: rtp\nmedia_timeout: 20s\nseed: 1\npbx:\n  \
    users: [{name: \"101\", password_env: PHONE}, {name: \"102\", password_env: PHONE}, \
    {name: \"103\", password_env: PHONE}]\n  \
    agents: [{name: anna, phone: \"101\", wrap_up: 0s}, {name: boris, phone: \"103\", wrap_up: 0s}]\n  \
    queues: {sales: {numbers: [\"200\"], agents: [anna]}, support: {numbers: [\"300\"], agents: [boris]}}\n";

/// 102 calls 101, who puts them on hold, asks 103, and connects the two.
fn asks_and_hands_over(
    caller: &mut Phone,
    desk: &mut Phone,
    third: &mut Phone,
    when: &dyn Fn(&str) -> String,
) {
    let invite = caller.invite("101", &[]);
    desk.pick_up();
    caller.connected(&invite);
    hear_each_other(caller, desk, &when("answered"));
    desk.offer(Method::Invite, "sendonly");
    assert_eq!(caller.accept_offer(Method::Invite, "recvonly"), "sendonly");
    desk.offer_accepted(Method::Invite);
    let first = desk.dialog.take();
    let question = desk.invite("103", &[]);
    third.pick_up();
    desk.connected(&question);
    hear_each_other(desk, third, &when("asked"));
    let asked = desk.dialog_to_replace();
    desk.dialog = first;
    desk.refer("103", Some(&asked));
    desk.is_let_go();
    desk.is_let_go();
    assert_eq!(caller.accept_offer(Method::Invite, "sendrecv"), "sendrecv", "{}", when("no longer on hold"));
    hear_each_other(caller, third, &when("handed over"));
}

#[test]
fn calls_are_handed_over_by_every_way_and_both_ends_hear_each_other() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = Pbx::start(folder.path(), SCENARIO, &[("PHONE", PASSWORD)]);
    let ways = [Transport::Udp, Transport::Tcp];
    for (one, other) in ways.iter().flat_map(|one| ways.iter().map(move |other| (*one, *other))) {
        let when = |what: &str| format!("{one:?} and {other:?}, {what}");
        let mut caller = Phone::new("102", pbx.port, one);
        let mut desk = Phone::new("101", pbx.port, other);
        let mut third = Phone::new("103", pbx.port, one);
        let mut soft = Phone::new("103", pbx.port, other);
        for phone in [&mut caller, &mut desk, &mut third] {
            assert_eq!(phone.register(PASSWORD, 60), 200);
        }
        asks_and_hands_over(&mut caller, &mut desk, &mut third, &when);

        // 103 goes on at another phone.
        let invite = soft.invite_instead("102", PASSWORD, &third.dialog_to_replace());
        soft.connected(&invite);
        third.is_let_go();
        hear_each_other(&mut caller, &mut soft, &when("at another phone"));
        assert_eq!(third.register(PASSWORD, 0), 200);
        assert_eq!(soft.register(PASSWORD, 60), 200);

        // Into the queue of 101, who picks up as Anna, and on into that of 103.
        soft.refer("200", None);
        soft.is_let_go();
        desk.pick_up();
        hear_each_other(&mut caller, &mut desk, &when("from the queue"));
        desk.refer("300", None);
        desk.is_let_go();
        soft.pick_up();
        hear_each_other(&mut caller, &mut soft, &when("from the other queue"));

        // Boris asks 101 and hands over.
        let first = soft.dialog.take();
        let question = soft.invite("101", &[]);
        desk.pick_up();
        soft.connected(&question);
        let asked = soft.dialog_to_replace();
        soft.dialog = first;
        soft.refer("101", Some(&asked));
        soft.is_let_go();
        soft.is_let_go();
        hear_each_other(&mut caller, &mut desk, &when("handed over by an agent"));
        caller.request(Method::Bye, &[], None);
        caller.wait("200 BYE");
        desk.is_let_go();
        for phone in [&mut caller, &mut desk, &mut soft] {
            assert_eq!(phone.register(PASSWORD, 0), 200, "unregistered");
        }
    }
    pbx.stop();
    let cdr = Calls::read(&folder.path().join("pbx/cdr.csv"));
    assert_eq!(cdr.by("cause"), [("answered".to_owned(), 12)].into(), "a call and two questions, four times");
    let handed: Vec<_> =
        cdr.rows().iter().map(|row| row["transferred_to"].clone()).filter(|to| !to.is_empty()).collect();
    assert_eq!(handed, ["103 > 200 > 300 > 101"; 4]);
    let log = std::fs::read_to_string(folder.path().join("pbx/queue_log")).expect("a log");
    let events: Vec<_> = log.lines().filter_map(|line| line.split('|').nth(4)).collect();
    let once = ["ENTERQUEUE", "CONNECT", "BLINDTRANSFER", "ENTERQUEUE", "CONNECT", "ATTENDEDTRANSFER"];
    let events: Vec<_> = events.into_iter().filter(|event| once.contains(event)).collect();
    assert_eq!(events, once.repeat(4), "{log}");
    assert!(log.contains("|sales|anna|BLINDTRANSFER|300|public|"), "{log}");
    assert!(log.contains("|support|boris|ATTENDEDTRANSFER|BRIDGE|"), "{log}");
}

/// RFC 3891, 3, on real sockets.
#[test]
fn who_would_replace_what_is_not_there_is_refused_over_udp_and_tcp() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = Pbx::start(folder.path(), SCENARIO, &[("PHONE", PASSWORD)]);
    for way in [Transport::Udp, Transport::Tcp] {
        let mut caller = Phone::new("102", pbx.port, way);
        let mut desk = Phone::new("101", pbx.port, way);
        let mut third = Phone::new("103", pbx.port, way);
        assert_eq!(desk.register(PASSWORD, 60), 200);
        let invite = caller.invite("101", &[]);
        desk.pick_up();
        caller.connected(&invite);
        let dialog = desk.dialog_to_replace();
        third.invite_instead("102", "guess", &dialog);
        third.wait("403 INVITE");
        third.invite_instead("102", PASSWORD, "nobody;to-tag=a;from-tag=b");
        third.wait("481 INVITE");
        third.invite_instead("102", PASSWORD, &format!("{dialog};early-only"));
        third.wait("486 INVITE");
        hear_each_other(&mut caller, &mut desk, "the call is none the worse");
        caller.request(Method::Bye, &[], None);
        desk.is_let_go();
        third.invite_instead("102", PASSWORD, &dialog);
        third.wait("603 INVITE");
        assert_eq!(desk.register(PASSWORD, 0), 200);
    }
    pbx.stop();
}
