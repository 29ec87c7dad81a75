//! The PBX between two phones: what each of them sees of the other, in virtual time.

use std::net::SocketAddr;

use super::bench::{Bench, CALLER, DESK, SOFT, THIRD, sdp};
use super::virtual_wire::address;
use crate::endpoint::pbx::Input;
use crate::endpoint::pbx::Sound;
use crate::pbx::config::Legs;
use crate::sip::message::Message;

#[test]
pub(super) fn one_phone_calls_the_other_and_hears_it() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    bench.take(CALLER, "100 INVITE");
    let invite = bench.take(DESK, "INVITE");
    assert!(invite.starts_with("INVITE sip:101@127.0.0.1:7101"), "{invite}");
    assert!(
        invite.contains("From: <sip:102@127.0.0.1:5060>;tag=") && invite.contains("Max-Forwards: 19\r\n")
    );
    assert!(invite.contains("RTP/AVP 8 96\r\n"), "the same numbers on both sides: {invite}");
    bench.reply(DESK, &invite, 180, "", "");
    bench.take(CALLER, "180 INVITE");
    bench.reply(DESK, &invite, 200, "", &sdp(5000, "sendrecv"));
    assert!(bench.has(DESK, "ACK") && bench.has(CALLER, "200 INVITE"));
    let (one, two) = (bench.media[0], bench.media[1]);
    assert_eq!((one.1, two.1), (address("127.0.0.1:5000"), address("127.0.0.1:4000")));
    assert_eq!(one.2, Sound::Relay { from: two.0, watched: true });
    assert_eq!(two.2, Sound::Relay { from: one.0, watched: true });
    bench.reply(DESK, &invite, 200, "", &sdp(5000, "sendrecv"));
    assert_eq!(bench.ladder().iter().filter(|line| line.ends_with("ACK")).count(), 2, "once for each 200");
    bench.in_leg(DESK, &invite, "BYE", "", "");
    bench.take(DESK, "200 BYE");
    assert_eq!(bench.rows, [("101".to_owned(), "answered".to_owned())]);
    assert_eq!(bench.stopped.len(), 2);
}

#[test]
pub(super) fn either_side_may_hang_up_and_both_are_let_go() {
    let mut bench = Bench::new();
    let (_, tag) = bench.talk();
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    bench.take(CALLER, "200 BYE");
    let bye = bench.take(DESK, "BYE");
    bench.reply(DESK, &bye, 200, "", "");
    bench.is_settled();

    let mut bench = Bench::new();
    let (invite, _) = bench.talk();
    bench.in_leg(DESK, &invite, "BYE", "", "");
    let bye = bench.take(CALLER, "BYE");
    bench.reply(CALLER, &bye, 200, "", "");
    bench.is_settled();
}

#[test]
pub(super) fn what_a_phone_says_the_caller_hears() {
    for (status, expected) in [(486, "486"), (480, "480"), (603, "603"), (404, "404"), (500, "480")] {
        let mut bench = Bench::new();
        bench.register("101", DESK, 3600);
        bench.invite(CALLER, "102", "101", 4000);
        let invite = bench.take(DESK, "INVITE");
        bench.reply(DESK, &invite, status, "", "");
        bench.take(DESK, "ACK");
        bench.take(CALLER, &format!("{expected} INVITE"));
        bench.is_settled();
    }
    let mut bench = Bench::new();
    bench.invite(CALLER, "102", "103", 4000);
    bench.take(CALLER, "480 INVITE");
    bench.invite("127.0.0.1:7009", "102", "999", 4000);
    bench.take("127.0.0.1:7009", "404 INVITE");
}

#[test]
pub(super) fn all_phones_of_a_user_ring_and_the_first_to_answer_wins() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.register("101", SOFT, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let (desk, soft) = (bench.take(DESK, "INVITE"), bench.take(SOFT, "INVITE"));
    bench.reply(DESK, &desk, 180, "", "");
    bench.reply(SOFT, &soft, 100, "", "");
    bench.reply(DESK, &desk, 200, "", &sdp(5000, "sendrecv"));
    let cancel = bench.take(SOFT, "CANCEL");
    // Its 200 crosses the CANCEL.
    bench.reply(SOFT, &soft, 200, "", &sdp(6000, "sendrecv"));
    bench.take(SOFT, "ACK");
    let bye = bench.take(SOFT, "BYE");
    bench.reply(SOFT, &cancel, 200, "", "");
    bench.reply(SOFT, &bye, 200, "", "");
    bench.take(CALLER, "200 INVITE");
    assert!(!bench.has(CALLER, "BYE") && !bench.has(DESK, "BYE"));
    assert_eq!(bench.rows, []);
}

#[test]
pub(super) fn a_caller_who_leaves_stops_the_phones_but_never_before_they_have_spoken() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.register("101", SOFT, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let (desk, soft) = (bench.take(DESK, "INVITE"), bench.take(SOFT, "INVITE"));
    bench.reply(DESK, &desk, 180, "", "");
    bench.serial -= 1;
    bench.request("CANCEL", CALLER, "102", "101", "", "", "");
    bench.take(CALLER, "487 INVITE");
    bench.take(DESK, "CANCEL");
    assert!(!bench.has(SOFT, "CANCEL"), "RFC 3261, 9.1");
    bench.reply(SOFT, &soft, 180, "", "");
    bench.take(SOFT, "CANCEL");
    for (phone, invite) in [(DESK, &desk), (SOFT, &soft)] {
        bench.reply(phone, invite, 487, "", "");
        bench.take(phone, "ACK");
    }
    bench.is_settled();
}

#[test]
pub(super) fn a_phone_that_sends_the_call_elsewhere_is_obeyed_a_few_times() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.register("103", THIRD, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let invite = bench.take(DESK, "INVITE");
    bench.reply(DESK, &invite, 302, "Contact: <sip:103@127.0.0.1:5060>", "");
    let onward = bench.take(THIRD, "INVITE");
    assert!(onward.starts_with("INVITE sip:103@127.0.0.1:7103 "), "{onward}");
    bench.reply(THIRD, &onward, 302, "Contact: <sip:101@127.0.0.1:7101>", "");
    for round in 0..4 {
        let again = bench.take(DESK, "INVITE");
        bench.reply(DESK, &again, 302, "Contact: <sip:101@127.0.0.1:7101>", "");
        assert_eq!(bench.has(CALLER, "482 INVITE"), round == 3, "round {round}");
    }
    assert_eq!(bench.handed, ["103 > 101 > 101 > 101 > 101"], "the chain stands in the row");
    bench.is_settled();
}

#[test]
pub(super) fn a_phone_that_registers_the_pbx_itself_makes_no_loop() {
    let mut bench = Bench::new();
    bench.register("101", "127.0.0.1:5060", 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let invite = bench.take("127.0.0.1:5060", "INVITE");
    bench.say("127.0.0.1:5060", &invite);
    bench.take("127.0.0.1:5060", "482 INVITE");
}

#[test]
pub(super) fn an_agent_is_called_at_the_registered_phone_and_not_without_one() {
    let mut bench = Bench::new();
    bench.invite(CALLER, "79", "200", 4000);
    bench.take(CALLER, "180 INVITE");
    bench.advance(5.0);
    assert_eq!(bench.ladder(), [""; 0], "the caller waits, and nobody is called");
    bench.register("101", DESK, 60);
    let invite = bench.take(DESK, "INVITE");
    bench.reply(DESK, &invite, 180, "", "");
    bench.register("101", SOFT, 60);
    bench.reply(DESK, &invite, 200, "", &sdp(5000, "sendrecv"));
    bench.take(DESK, "ACK");
    let accepted = bench.take(CALLER, "200 INVITE");
    assert!(accepted.contains("X-Busyhour-Agent: "), "{accepted}");
    assert_eq!(bench.media.len(), 2);
    bench.in_leg(DESK, &invite, "BYE", "", "");
    assert_eq!(bench.rows.len(), 1);
    // The next call goes to the latest registration too, and both are over after a minute.
    bench.advance(30.0);
    bench.invite("127.0.0.1:7009", "79", "200", 4000);
    assert!(bench.has(SOFT, "INVITE") && bench.has(DESK, "INVITE"));
    let mut bench = Bench::new();
    bench.register("101", DESK, 60);
    bench.advance(61.0);
    bench.invite(CALLER, "79", "200", 4000);
    bench.advance(5.0);
    assert!(!bench.has(DESK, "INVITE"), "an expired phone gets no call");
}

#[test]
pub(super) fn an_agents_phone_that_refuses_is_left_alone_and_the_caller_waits() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "79", "200", 4000);
    let invite = bench.take(DESK, "INVITE");
    bench.reply(DESK, &invite, 486, "", "");
    bench.take(DESK, "ACK");
    assert!(!bench.has(DESK, "INVITE"));
    bench.advance(6.0);
    bench.take(DESK, "INVITE");
    assert!(!bench.has(CALLER, "486 INVITE"));
}

#[test]
pub(super) fn hold_and_resume_go_across_by_either_method() {
    for method in ["INVITE", "UPDATE"] {
        let mut bench = Bench::new();
        let (_, tag) = bench.talk();
        let contact = "Contact: <sip:102@127.0.0.1:7001>\r\nContent-Type: application/sdp\r\n";
        for (asked, told, heard) in
            [("sendonly", "recvonly", "0.0.0.0:0"), ("sendrecv", "sendrecv", "127.0.0.1:4000")]
        {
            bench.media.clear();
            bench.request(method, CALLER, "102", "101", &tag, contact, &sdp(4000, asked));
            let offer = bench.take(DESK, method);
            assert!(offer.contains(&format!("a={asked}\r\n")), "{offer}");
            bench.reply(DESK, &offer, 200, "", &sdp(5000, told));
            let answer = bench.take(CALLER, &format!("200 {method}"));
            assert!(answer.contains(&format!("a={told}\r\n")), "{answer}");
            let to_caller = bench.media.iter().find(|(_, _, sound)| {
                matches!(sound, Sound::Relay { from, .. } if bench.media.iter().any(|other| other.0 == *from && other.1 == address("127.0.0.1:5000")))
            });
            let (_, remote, sound) = *to_caller.expect("the caller's side is told of it");
            assert_eq!(remote, address(heard));
            assert!(matches!(sound, Sound::Relay { watched: true, .. }));
            if method == "INVITE" {
                bench.take(DESK, "ACK");
                bench.serial -= 1;
                bench.request("ACK", CALLER, "102", "101", &tag, "", "");
            }
        }
        bench.request("BYE", CALLER, "102", "101", &tag, "", "");
        let bye = bench.take(DESK, "BYE");
        bench.reply(DESK, &bye, 200, "", "");
        bench.is_settled();
    }
}

#[test]
pub(super) fn two_sessions_offered_at_once_are_both_put_off() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    let contact = "Contact: <sip:102@127.0.0.1:7001>\r\nContent-Type: application/sdp\r\n";
    bench.request("INVITE", CALLER, "102", "101", &tag, contact, &sdp(4000, "sendonly"));
    let offer = bench.take(DESK, "INVITE");
    bench.request("INVITE", CALLER, "102", "101", &tag, contact, &sdp(4000, "sendonly"));
    assert!(bench.take(CALLER, "500 INVITE").contains("Retry-After: "), "RFC 3261, 14.2");
    let own = "Contact: <sip:101@127.0.0.1:7101>\r\nContent-Type: application/sdp\r\n";
    bench.in_leg(DESK, &invite, "INVITE", own, &sdp(5000, "sendonly"));
    bench.take(DESK, "491 INVITE");
    bench.reply(DESK, &offer, 491, "", "");
    bench.take(CALLER, "491 INVITE");
    assert!(!bench.has(CALLER, "BYE") && !bench.has(DESK, "BYE"), "the call goes on");
}

#[test]
pub(super) fn digits_by_info_go_across_and_the_answer_comes_back() {
    let mut bench = Bench::new();
    let (_, tag) = bench.talk();
    let kind = "Content-Type: application/dtmf-relay\r\n";
    bench.request("INFO", CALLER, "102", "101", &tag, kind, "Signal=5\r\nDuration=160\r\n");
    let info = bench.take(DESK, "INFO");
    assert!(
        info.contains("Content-Type: application/dtmf-relay\r\n") && info.contains("\r\n\r\nSignal=5\r\n")
    );
    bench.reply(DESK, &info, 415, "", "");
    bench.take(CALLER, "415 INFO");
}

#[test]
pub(super) fn a_blind_transfer_connects_the_caller_with_the_third() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    bench.register("103", THIRD, 3600);
    bench.in_leg(DESK, &invite, "REFER", "Refer-To: <sip:103@127.0.0.1:5060>\r\n", "");
    bench.take(DESK, "202 REFER");
    assert!(bench.take(DESK, "NOTIFY").ends_with("SIP/2.0 100 Trying\r\n"));
    let onward = bench.take(THIRD, "INVITE");
    bench.media.clear();
    bench.reply(THIRD, &onward, 200, "", &sdp(6000, "sendrecv"));
    let done = bench.take(DESK, "NOTIFY");
    assert!(done.ends_with("SIP/2.0 200 OK\r\n") && done.contains("Subscription-State: terminated"));
    let bye = bench.take(DESK, "BYE");
    bench.reply(DESK, &bye, 200, "", "");
    let remotes: Vec<SocketAddr> = bench.media.iter().map(|(_, remote, _)| *remote).collect();
    assert_eq!(remotes, [address("127.0.0.1:6000"), address("127.0.0.1:4000")]);
    assert_eq!(bench.rows, [], "the call goes on");
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    let bye = bench.take(THIRD, "BYE");
    bench.reply(THIRD, &bye, 200, "", "");
    bench.is_settled();
    assert_eq!((bench.rows.len(), &bench.handed[..]), (1, &["103".to_owned()][..]));
}

/// Two legs talk, the third rings; with room for two the transfer is refused, and the two talk on.
#[test]
pub(super) fn a_phone_that_rings_for_a_blind_transfer_takes_a_leg_until_it_takes_the_others_place() {
    for (limit, peak) in [(3, 3), (2, 2)] {
        let mut bench = Bench::with(|config| config.legs = Some(Legs { limit, kinds: Vec::new() }));
        let (invite, tag) = bench.talk();
        bench.register("103", THIRD, 3600);
        bench.in_leg(DESK, &invite, "REFER", "Refer-To: <sip:103@127.0.0.1:5060>\r\n", "");
        assert!(bench.take(DESK, "NOTIFY").ends_with("SIP/2.0 100 Trying\r\n"));
        assert_eq!(bench.pbx.core().legs_peak(), Some(peak));
        if limit == 2 {
            assert!(bench.take(DESK, "NOTIFY").contains("503 Service Unavailable"));
            assert!(!bench.has(THIRD, "INVITE") && !bench.has(DESK, "BYE") && !bench.has(CALLER, "BYE"));
            continue;
        }
        let onward = bench.take(THIRD, "INVITE");
        assert!(!bench.pbx.core().has_leg_to_hand_over());
        bench.reply(THIRD, &onward, 200, "", &sdp(6000, "sendrecv"));
        let bye = bench.take(DESK, "BYE");
        bench.reply(DESK, &bye, 200, "", "");
        assert!(bench.pbx.core().has_leg_to_hand_over(), "two legs again");
        bench.request("BYE", CALLER, "102", "101", &tag, "", "");
        let bye = bench.take(THIRD, "BYE");
        bench.reply(THIRD, &bye, 200, "", "");
        bench.is_settled();
    }
}

/// Nobody picks up, or whoever transfers hangs up at once: the leg is given back once, and the rest goes on.
#[test]
pub(super) fn the_leg_of_a_blind_transfer_is_given_back_once_whatever_comes_of_it() {
    let three = |config: &mut crate::pbx::Config| config.legs = Some(Legs { limit: 3, kinds: Vec::new() });
    let refer = "Refer-To: <sip:103@127.0.0.1:5060>\r\n";
    let mut bench = Bench::with(three);
    let (invite, _) = bench.talk();
    bench.register("103", THIRD, 3600);
    bench.in_leg(DESK, &invite, "REFER", refer, "");
    let onward = bench.take(THIRD, "INVITE");
    bench.reply(THIRD, &onward, 486, "", "");
    assert!(bench.pbx.core().has_leg_to_hand_over(), "nobody picked up");

    let mut bench = Bench::with(three);
    let (invite, tag) = bench.talk();
    bench.register("103", THIRD, 3600);
    bench.in_leg(DESK, &invite, "REFER", refer, "");
    let onward = bench.take(THIRD, "INVITE");
    bench.in_leg(DESK, &invite, "BYE", "", "");
    assert!(bench.pbx.core().has_leg_to_hand_over(), "who transfers has left");
    bench.reply(THIRD, &onward, 200, "", &sdp(6000, "sendrecv"));
    assert!(bench.pbx.core().has_leg_to_hand_over());
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    let bye = bench.take(THIRD, "BYE");
    bench.reply(THIRD, &bye, 200, "", "");
    bench.is_settled();
}

#[test]
pub(super) fn a_transfer_to_nobody_leaves_the_two_as_they_were() {
    let mut bench = Bench::new();
    let (invite, _) = bench.talk();
    bench.in_leg(DESK, &invite, "REFER", "Refer-To: <sip:999@127.0.0.1:5060>\r\n", "");
    assert!(bench.take(DESK, "NOTIFY").contains("100 Trying"));
    assert!(bench.take(DESK, "NOTIFY").contains("404 Not Found"));
    assert!(!bench.has(DESK, "BYE") && !bench.has(CALLER, "BYE"));
}

#[test]
pub(super) fn an_agent_who_transfers_is_free_for_the_next_call() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.register("103", THIRD, 3600);
    bench.invite(CALLER, "79", "200", 4000);
    let (invite, tag) = bench.answered(DESK, 5000);
    bench.in_leg(DESK, &invite, "REFER", "Refer-To: <sip:103@127.0.0.1:5060>\r\n", "");
    let onward = bench.take(THIRD, "INVITE");
    bench.reply(THIRD, &onward, 200, "", &sdp(6000, "sendrecv"));
    bench.take(DESK, "BYE");
    bench.advance(30.0);
    bench.invite("127.0.0.1:7009", "80", "200", 4100);
    bench.take(DESK, "INVITE");
    bench.request("BYE", CALLER, "79", "200", &tag, "", "");
    bench.take(THIRD, "BYE");
    assert_eq!(bench.rows, [("200".to_owned(), "answered".to_owned())]);
}

#[test]
pub(super) fn an_attended_transfer_connects_those_with_whom_the_agent_spoke() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    bench.register("103", THIRD, 3600);
    // 101 asks 103 first.
    bench.invite(DESK, "101", "103", 5100);
    let consult = bench.take(THIRD, "INVITE");
    bench.reply(THIRD, &consult, 200, "", &sdp(6000, "sendrecv"));
    let accepted = bench.take(DESK, "200 INVITE");
    let accepted = Message::scan(accepted.as_bytes()).unwrap();
    let ours = String::from_utf8_lossy(accepted.to.tag.unwrap()).into_owned();
    let refer = format!(
        "Refer-To: <sip:103@127.0.0.1:5060?Replaces=call-{DESK}%3Bto-tag%3D{ours}%3Bfrom-tag%3Df>\r\n"
    );
    bench.serial -= 1;
    bench.request("ACK", DESK, "101", "103", &format!(";tag={ours}"), "", "");
    bench.media.clear();
    bench.in_leg(DESK, &invite, "REFER", &refer, "");
    bench.take(DESK, "202 REFER");
    bench.take(DESK, "NOTIFY");
    assert!(bench.take(DESK, "NOTIFY").ends_with("SIP/2.0 200 OK\r\n"));
    for _ in 0..2 {
        let bye = bench.take(DESK, "BYE");
        bench.reply(DESK, &bye, 200, "", "");
    }
    let remotes: Vec<SocketAddr> = bench.media.iter().map(|(_, remote, _)| *remote).collect();
    assert_eq!(remotes, [address("127.0.0.1:6000"), address("127.0.0.1:4000")]);
    assert_eq!(bench.rows, [("103".to_owned(), "answered".to_owned())], "the question is over");
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    let bye = bench.take(THIRD, "BYE");
    bench.reply(THIRD, &bye, 200, "", "");
    bench.is_settled();
}

#[test]
pub(super) fn a_phone_killed_in_mid_call_frees_both_circuits() {
    let mut bench = Bench::new();
    let _ = bench.talk();
    let desk = bench.media.iter().find(|(_, remote, _)| *remote == address("127.0.0.1:5000")).unwrap().0;
    bench.tell(Input::MediaSilent { port: desk });
    assert_eq!(bench.rows, [("101".to_owned(), "answered".to_owned())]);
    let bye = bench.take(CALLER, "BYE");
    bench.reply(CALLER, &bye, 200, "", "");
    assert!(bench.has(DESK, "BYE"));
    bench.is_settled();
}
