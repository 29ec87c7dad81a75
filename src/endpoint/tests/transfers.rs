//! Calls that are handed over: by REFER to a person or back into the routing, and by an INVITE with Replaces.

use super::bench::{Bench, CALLER, DESK, SOFT, THIRD, contact, sdp};
use crate::endpoint::pbx::Sound;
use crate::pbx::Config;
use crate::pbx::config::Extension;
use crate::pbx::config::QueueAnswer;
use crate::pbx::voicemail::Voicemail;
use crate::sip::message::Message;
use crate::time::Duration;

const CALLERS_EAR: &str = "127.0.0.1:4000";
const DESKS_EAR: &str = "127.0.0.1:5000";
const SOFTS_EAR: &str = "127.0.0.1:5500";
const THIRDS_EAR: &str = "127.0.0.1:6000";

/// The dialog of the leg that `invite` has made, from the PBX's end, when the phone at `phone` has answered.
fn leg_of(invite: &str, phone: &str) -> String {
    let invite = Message::scan(invite.as_bytes()).unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{};to-tag={};from-tag=t{phone}", text(invite.call_id), text(invite.from.tag.unwrap()))
}

/// A second queue, support at 300, of Boris at 103; a number that answers, one that is engaged, and voicemail at 400.
fn with_support(config: &mut Config) {
    let more = super::ladders::queue(QueueAnswer::OnEntry, 2, None);
    let mut boris = more.agents[1].clone();
    boris.phone = Some("103".into());
    config.agents.push(boris);
    let support = crate::pbx::config::QueueConfig {
        name: "support".into(),
        numbers: vec!["300".into()],
        agents: vec![1],
        ..more.queues[0].clone()
    };
    config.queues.push(support);
    let answer_delay = crate::random::Distribution::Constant { seconds: 0.0 };
    config.extensions.insert("500".into(), Extension::Answer { answer_delay });
    config.extensions.insert("501".into(), Extension::Busy);
    config.extensions.insert("302".into(), Extension::Queue(1));
    config.voicemail = Some(Voicemail {
        greeting: Duration::from_secs(2),
        max_length: Duration::from_secs(60),
        callback: None,
    });
}

fn refer(bench: &mut Bench, phone: &str, invite: &str, to: &str) {
    bench.in_leg(phone, invite, "REFER", &format!("Refer-To: <sip:{to}@127.0.0.1:5060>\r\n"), "");
    bench.take(phone, "202 REFER");
    assert!(bench.take(phone, "NOTIFY").ends_with("SIP/2.0 100 Trying\r\n"));
}

fn is_let_go(bench: &mut Bench, phone: &str) {
    let done = bench.take(phone, "NOTIFY");
    assert!(done.ends_with("SIP/2.0 200 OK\r\n"), "{done}");
    let bye = bench.take(phone, "BYE");
    bench.reply(phone, &bye, 200, "", "");
}

#[test]
pub(super) fn another_phone_of_the_same_user_takes_the_call_over() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    bench.invite_instead(SOFT, "101", "102", 5500, &leg_of(&invite, DESK));
    let accepted = bench.take(SOFT, "200 INVITE");
    assert!(accepted.contains("Supported: timer, replaces\r\n"), "{accepted}");
    let bye = bench.take(DESK, "BYE");
    bench.reply(DESK, &bye, 200, "", "");
    assert!(bench.are_connected(CALLERS_EAR, SOFTS_EAR), "{:?}", bench.media);
    assert_eq!(bench.rows, [], "it is the same call");
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    let soft = tag_of(&accepted);
    bench.serial = 50;
    bench.request("ACK", SOFT, "101", "102", &soft, "", "");
    let bye = bench.take(SOFT, "BYE");
    bench.reply(SOFT, &bye, 200, "", "");
    assert_eq!(bench.rows, [("101".to_owned(), "answered".to_owned())]);
    assert_eq!(bench.handed, [""], "nobody else has it");
    bench.is_settled();
}

fn tag_of(accepted: &str) -> String {
    let tag = Message::scan(accepted.as_bytes()).unwrap().to.tag.unwrap();
    format!(";tag={}", String::from_utf8_lossy(tag))
}

#[test]
pub(super) fn whoever_has_taken_a_call_over_hangs_up_for_both() {
    let mut bench = Bench::new();
    let (invite, _) = bench.talk();
    bench.invite_instead(SOFT, "103", "102", 5500, &leg_of(&invite, DESK));
    let accepted = bench.take(SOFT, "200 INVITE");
    let bye = bench.take(DESK, "BYE");
    bench.reply(DESK, &bye, 200, "", "");
    bench.request("BYE", SOFT, "103", "102", &tag_of(&accepted), "", "");
    bench.take(SOFT, "200 BYE");
    let bye = bench.take(CALLER, "BYE");
    bench.reply(CALLER, &bye, 200, "", "");
    assert_eq!((bench.rows.len(), &bench.handed[..]), (1, &["103".to_owned()][..]));
    bench.is_settled();
}

#[test]
pub(super) fn the_callers_other_phone_takes_the_call_over() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    let replaces = format!("call-{CALLER};to-{};from-tag=f", tag.trim_start_matches(';'));
    bench.invite_instead(SOFT, "102", "101", 5500, &replaces);
    let accepted = bench.take(SOFT, "200 INVITE");
    let bye = bench.take(CALLER, "BYE");
    bench.reply(CALLER, &bye, 200, "", "");
    assert!(bench.are_connected(DESKS_EAR, SOFTS_EAR), "{:?}", bench.media);
    bench.serial -= 1;
    bench.request("ACK", SOFT, "102", "101", &tag_of(&accepted), "", "");
    bench.in_leg(DESK, &invite, "BYE", "", "");
    let bye = bench.take(SOFT, "BYE");
    bench.reply(SOFT, &bye, 200, "", "");
    assert_eq!(bench.rows, [("101".to_owned(), "answered".to_owned())]);
    assert!(!bench.has(CALLER, "BYE"), "whoever was replaced is hung up on once");
    bench.is_settled();
}

#[test]
pub(super) fn a_phone_that_rings_is_answered_from_another() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let invite = bench.take(DESK, "INVITE");
    bench.reply(DESK, &invite, 180, "", "");
    bench.invite_instead(THIRD, "103", "101", 6000, &format!("{};early-only", leg_of(&invite, DESK)));
    bench.take(THIRD, "200 INVITE");
    bench.take(DESK, "CANCEL");
    bench.reply(DESK, &invite, 487, "", "");
    bench.take(CALLER, "200 INVITE");
    assert!(bench.are_connected(CALLERS_EAR, THIRDS_EAR), "{:?}", bench.media);
    assert_eq!(bench.rows, []);
}

#[test]
pub(super) fn a_caller_of_a_queue_is_picked_up_by_nobody_but_the_agent() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "79", "200", 4000);
    let invite = bench.take(DESK, "INVITE");
    bench.reply(DESK, &invite, 180, "", "");
    bench.invite_instead(THIRD, "103", "200", 6000, &leg_of(&invite, DESK));
    bench.take(THIRD, "403 INVITE");
    bench.invite_instead(SOFT, "101", "200", 5500, &leg_of(&invite, DESK));
    bench.take(SOFT, "200 INVITE");
    let accepted = bench.take(CALLER, "200 INVITE");
    assert!(accepted.contains("X-Busyhour-Agent: anna\r\n"), "{accepted}");
    assert!(bench.are_connected(CALLERS_EAR, SOFTS_EAR), "{:?}", bench.media);
    assert_eq!(bench.log, ["ENTERQUEUE sales NONE", "CONNECT sales anna"]);
}

/// RFC 3891, 3.
#[test]
pub(super) fn what_names_no_dialog_to_be_replaced_is_refused_as_the_rfc_says() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    let dialog = leg_of(&invite, DESK);
    let refused = |bench: &mut Bench, replaces: &str, status: &str| {
        bench.invite_instead(THIRD, "103", "101", 6000, replaces);
        bench.take(THIRD, status);
    };
    refused(&mut bench, "nobody;to-tag=a;from-tag=b", "481 INVITE");
    refused(&mut bench, &dialog.replace("from-tag=t", "from-tag=x"), "481 INVITE");
    refused(&mut bench, &format!("{dialog};early-only"), "486 INVITE");
    refused(&mut bench, "nobody;to-tag=a", "400 INVITE");
    refused(&mut bench, &format!("{dialog}\r\nReplaces: {dialog}"), "400 INVITE");
    refused(&mut bench, &format!("{dialog}\r\nJoin: {dialog}"), "400 INVITE");
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    refused(&mut bench, &dialog, "603 INVITE");
    let bye = bench.take(DESK, "BYE");
    bench.reply(DESK, &bye, 200, "", "");
    refused(&mut bench, &dialog, "603 INVITE");
    // A call that waits for our own answer is not ours to have replaced.
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let invite = bench.take(DESK, "INVITE");
    bench.reply(DESK, &invite, 180, "", "");
    let ringing = bench.take(CALLER, "180 INVITE");
    let tag = tag_of(&ringing);
    refused(&mut bench, &format!("call-{CALLER};to-{};from-tag=f", &tag[1..]), "481 INVITE");
    assert_eq!(bench.rows, [], "the call itself is none the worse");
}

#[test]
pub(super) fn nobody_replaces_anybody_without_a_password() {
    let mut bench = Bench::new();
    let (invite, _) = bench.talk();
    let headers = format!(
        "Contact: {}\r\nContent-Type: application/sdp\r\nReplaces: {}\r\n",
        contact("103", THIRD),
        leg_of(&invite, DESK)
    );
    bench.request("INVITE", THIRD, "103", "101", "", &headers, &sdp(6000, "sendrecv"));
    bench.take(THIRD, "407 INVITE");
    assert!(!bench.has(DESK, "BYE") && bench.are_connected(CALLERS_EAR, DESKS_EAR));
}

#[test]
pub(super) fn who_was_on_hold_is_asked_to_speak_again_after_the_transfer() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    bench.register("103", THIRD, 3600);
    // 101 puts the caller on hold, as phones do, and asks 103.
    let own = format!("Contact: {}\r\nContent-Type: application/sdp\r\n", contact("101", DESK));
    bench.in_leg(DESK, &invite, "INVITE", &own, &sdp(5000, "sendonly"));
    let held = bench.take(CALLER, "INVITE");
    bench.reply(CALLER, &held, 200, "", &sdp(4000, "recvonly"));
    bench.take(CALLER, "ACK");
    bench.take(DESK, "200 INVITE");
    bench.in_leg(DESK, &invite, "ACK", "", "");
    let dialog = consult(&mut bench, "103", THIRD);
    attended(&mut bench, &invite, &dialog);
    let resumed = bench.take(CALLER, "INVITE");
    assert!(resumed.contains("a=sendrecv\r\n"), "{resumed}");
    bench.reply(CALLER, &resumed, 200, "", &sdp(4000, "sendrecv"));
    bench.take(CALLER, "ACK");
    assert!(bench.are_connected(CALLERS_EAR, THIRDS_EAR), "{:?}", bench.media);
    let watched = |remote| {
        bench.heard_at(remote).is_some_and(|sound| matches!(sound, Sound::Relay { watched: true, .. }))
    };
    assert!(watched(CALLERS_EAR) && watched(THIRDS_EAR), "both speak: {:?}", bench.media);
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    let bye = bench.take(THIRD, "BYE");
    bench.reply(THIRD, &bye, 200, "", "");
    bench.is_settled();
}

/// RFC 3261, 14.1: the Call-ID is the caller's, so that the PBX tries again within two seconds.
#[test]
pub(super) fn who_makes_an_offer_of_their_own_at_that_moment_is_asked_once_more() {
    let mut bench = Bench::new();
    let (invite, _) = bench.talk();
    let own = format!("Contact: {}\r\nContent-Type: application/sdp\r\n", contact("101", DESK));
    bench.in_leg(DESK, &invite, "INVITE", &own, &sdp(5000, "sendonly"));
    let held = bench.take(CALLER, "INVITE");
    bench.reply(CALLER, &held, 200, "", &sdp(4000, "recvonly"));
    bench.take(CALLER, "ACK");
    bench.take(DESK, "200 INVITE");
    bench.in_leg(DESK, &invite, "ACK", "", "");
    refer(&mut bench, DESK, &invite, "200");
    is_let_go(&mut bench, DESK);
    let resumed = bench.take(CALLER, "INVITE");
    bench.reply(CALLER, &resumed, 491, "", "");
    bench.take(CALLER, "ACK");
    assert!(!bench.has(CALLER, "INVITE"), "not at once");
    bench.advance(2.1);
    let again = bench.take(CALLER, "INVITE");
    assert!(again.contains("a=sendrecv\r\n"), "{again}");
    bench.reply(CALLER, &again, 200, "", &sdp(4000, "sendrecv"));
    bench.take(CALLER, "ACK");
    // Copies that were sent until then.
    bench.sent.clear();
    bench.advance(10.0);
    assert!(!bench.has(CALLER, "INVITE"), "once is enough");
}

/// 101 at the desk calls `to`, whose phone picks up: the dialog of that call.
fn consult(bench: &mut Bench, to: &str, phone: &str) -> String {
    bench.invite(DESK, "101", to, 5100);
    let consult = bench.take(phone, "INVITE");
    bench.reply(phone, &consult, 200, "", &sdp(6000, "sendrecv"));
    let accepted = bench.take(DESK, "200 INVITE");
    let tag = tag_of(&accepted);
    bench.serial -= 1;
    bench.request("ACK", DESK, "101", to, &tag, "", "");
    format!("call-{DESK}%3Bto-{}%3Bfrom-tag%3Df", tag[1..].replace('=', "%3D"))
}

fn attended(bench: &mut Bench, invite: &str, dialog: &str) {
    let refer = format!("Refer-To: <sip:103@127.0.0.1:5060?Replaces={dialog}>\r\n");
    bench.in_leg(DESK, invite, "REFER", &refer, "");
    bench.take(DESK, "202 REFER");
    bench.take(DESK, "NOTIFY");
    is_let_go(bench, DESK);
    let bye = bench.take(DESK, "BYE");
    bench.reply(DESK, &bye, 200, "", "");
}

#[test]
pub(super) fn an_attended_transfer_of_an_agents_stands_in_the_log_and_in_the_row() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.register("103", THIRD, 3600);
    bench.invite(CALLER, "79", "200", 4000);
    let (invite, tag) = bench.answered(DESK, 5000);
    let dialog = consult(&mut bench, "103", THIRD);
    attended(&mut bench, &invite, &dialog);
    assert_eq!(bench.log.last().unwrap(), "ATTENDEDTRANSFER sales anna");
    assert!(bench.are_connected(CALLERS_EAR, THIRDS_EAR), "{:?}", bench.media);
    bench.request("BYE", CALLER, "79", "200", &tag, "", "");
    let bye = bench.take(THIRD, "BYE");
    bench.reply(THIRD, &bye, 200, "", "");
    assert_eq!(bench.rows.last().unwrap(), &("200".to_owned(), "answered".to_owned()));
    assert_eq!(bench.handed, ["", "103"]);
    bench.is_settled();
}

#[test]
pub(super) fn a_transfer_to_a_dialog_that_is_none_leaves_the_two_as_they_were() {
    for (replaces, status) in [("nobody%3Bto-tag%3Da%3Bfrom-tag%3Db", "481"), ("nobody", "400")] {
        let mut bench = Bench::new();
        let (invite, _) = bench.talk();
        let refer = format!("Refer-To: <sip:103@127.0.0.1:5060?Replaces={replaces}>\r\n");
        bench.in_leg(DESK, &invite, "REFER", &refer, "");
        bench.take(DESK, "NOTIFY");
        let told = bench.take(DESK, "NOTIFY");
        assert!(told.contains(&format!("SIP/2.0 {status} ")), "{told}");
        assert!(!bench.has(DESK, "BYE") && !bench.has(CALLER, "BYE"));
    }
}

#[test]
pub(super) fn an_agent_who_was_asked_stays_with_the_caller_and_is_offered_nobody_else() {
    let mut bench = Bench::with(with_support);
    let (invite, tag) = bench.talk();
    bench.register("103", THIRD, 3600);
    let dialog = consult(&mut bench, "300", THIRD);
    bench.take(DESK, "INFO");
    attended(&mut bench, &invite, &dialog);
    assert!(bench.are_connected(CALLERS_EAR, THIRDS_EAR), "{:?}", bench.media);
    // Boris talks: the next caller waits.
    bench.invite("127.0.0.1:7009", "80", "300", 4100);
    bench.advance(30.0);
    assert!(!bench.has(THIRD, "INVITE"), "{:?}", bench.ladder());
    bench.serial = 90;
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    let bye = bench.take(THIRD, "BYE");
    bench.reply(THIRD, &bye, 200, "", "");
    assert!(bench.log.contains(&"COMPLETECALLER support boris".to_owned()), "{:?}", bench.log);
    assert_eq!(bench.rows.len(), 2, "{:?}", bench.rows);
    bench.take(THIRD, "INVITE");
}

#[test]
pub(super) fn a_user_sends_a_caller_on_into_a_queue() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    refer(&mut bench, DESK, &invite, "200");
    is_let_go(&mut bench, DESK);
    assert_eq!(bench.heard_at(CALLERS_EAR), Some(Sound::Tone), "the queue is heard");
    let told = bench.take(CALLER, "INFO");
    assert!(told.contains("X-Busyhour-Queue: sales\r\n"), "{told}");
    assert_eq!(bench.log, ["ENTERQUEUE sales NONE"]);
    let offer = bench.take(DESK, "INVITE");
    assert!(offer.contains("From: <sip:102@127.0.0.1:5060>"), "the caller's own name: {offer}");
    bench.reply(DESK, &offer, 200, "", &sdp(5000, "sendrecv"));
    bench.take(DESK, "ACK");
    assert!(bench.are_connected(CALLERS_EAR, DESKS_EAR), "{:?}", bench.media);
    assert!(!bench.has(CALLER, "200 INVITE"), "the call has been answered before");
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    let bye = bench.take(DESK, "BYE");
    bench.reply(DESK, &bye, 200, "", "");
    assert_eq!(bench.rows, [("101".to_owned(), "answered".to_owned())], "one call, one row");
    assert_eq!((&*bench.handed[0], bench.log.len()), ("200", 3));
    bench.is_settled();
}

#[test]
pub(super) fn an_agent_sends_a_caller_on_to_another_queue_and_is_free_at_once() {
    for to in ["300", "302"] {
        let mut bench = Bench::with(with_support);
        bench.register("101", DESK, 3600);
        bench.register("103", THIRD, 3600);
        bench.invite(CALLER, "79", "200", 4000);
        let (invite, tag) = bench.answered(DESK, 5000);
        refer(&mut bench, DESK, &invite, to);
        is_let_go(&mut bench, DESK);
        let offer = bench.take(THIRD, "INVITE");
        bench.reply(THIRD, &offer, 200, "", &sdp(6000, "sendrecv"));
        bench.take(THIRD, "ACK");
        assert!(bench.are_connected(CALLERS_EAR, THIRDS_EAR), "{:?}", bench.media);
        bench.take(CALLER, "INFO");
        let told = bench.take(CALLER, "INFO");
        assert!(told.contains("X-Busyhour-Agent: boris\r\n"), "{told}");
        bench.invite("127.0.0.1:7009", "80", "200", 4100);
        assert!(bench.has(DESK, "INVITE"), "anna is free for the next");
        bench.serial = 90;
        bench.request("BYE", CALLER, "79", "200", &tag, "", "");
        let expected = [
            "ENTERQUEUE sales NONE",
            "CONNECT sales anna",
            "BLINDTRANSFER sales anna",
            "ENTERQUEUE support NONE",
            "CONNECT support boris",
            "ENTERQUEUE sales NONE",
            "COMPLETECALLER support boris",
        ];
        assert_eq!(bench.log, expected);
        assert_eq!(bench.rows, [("200".to_owned(), "answered".to_owned())]);
        assert_eq!(bench.handed, [to]);
    }
}

#[test]
pub(super) fn a_caller_who_was_sent_on_gives_up_in_the_queue() {
    let mut bench = Bench::with(with_support);
    let (invite, tag) = bench.talk();
    refer(&mut bench, DESK, &invite, "300");
    is_let_go(&mut bench, DESK);
    bench.advance(5.0);
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    assert_eq!(bench.log, ["ENTERQUEUE support NONE", "ABANDON support NONE"]);
    assert_eq!(bench.rows, [("101".to_owned(), "abandoned".to_owned())]);
    bench.is_settled();
}

#[test]
pub(super) fn numbers_that_answer_or_are_engaged_take_a_caller_too() {
    for (to, cause) in [("500", "answered"), ("501", "busy")] {
        let mut bench = Bench::with(with_support);
        let (invite, tag) = bench.talk();
        refer(&mut bench, DESK, &invite, to);
        is_let_go(&mut bench, DESK);
        if cause == "busy" {
            let bye = bench.take(CALLER, "BYE");
            assert!(bye.contains("X-Busyhour-Cause: busy\r\n"), "{bye}");
            bench.reply(CALLER, &bye, 200, "", "");
        } else {
            let told = bench.take(CALLER, "INFO");
            assert!(told.contains("X-Busyhour-Menu: transferred, person\r\n"), "{told}");
            bench.request("BYE", CALLER, "102", "101", &tag, "", "");
        }
        assert_eq!(bench.rows, [("101".to_owned(), cause.to_owned())]);
        bench.is_settled();
    }
}

#[test]
pub(super) fn the_caller_sends_whoever_was_called_into_a_queue() {
    let mut bench = Bench::with(with_support);
    let (invite, tag) = bench.talk();
    bench.register("103", THIRD, 3600);
    bench.request("REFER", CALLER, "102", "101", &tag, "Refer-To: <sip:300@127.0.0.1:5060>\r\n", "");
    bench.take(CALLER, "202 REFER");
    bench.take(CALLER, "NOTIFY");
    is_let_go(&mut bench, CALLER);
    assert_eq!(bench.heard_at(DESKS_EAR), Some(Sound::Tone), "the queue is heard at the desk");
    let offer = bench.take(THIRD, "INVITE");
    bench.reply(THIRD, &offer, 200, "", &sdp(6000, "sendrecv"));
    bench.take(THIRD, "ACK");
    assert!(bench.are_connected(DESKS_EAR, THIRDS_EAR), "{:?}", bench.media);
    bench.in_leg(DESK, &invite, "BYE", "", "");
    let bye = bench.take(THIRD, "BYE");
    bench.reply(THIRD, &bye, 200, "", "");
    assert_eq!(bench.log.last().unwrap(), "COMPLETECALLER support boris");
    assert_eq!((bench.rows.len(), &*bench.handed[0]), (1, "300"));
    bench.is_settled();
}

#[test]
pub(super) fn whoever_hangs_up_after_the_referral_has_transferred_all_the_same() {
    for succeeds in [true, false] {
        let mut bench = Bench::new();
        bench.register("101", DESK, 3600);
        bench.register("103", THIRD, 3600);
        bench.invite(CALLER, "79", "200", 4000);
        let (invite, _) = bench.answered(DESK, 5000);
        refer(&mut bench, DESK, &invite, "103");
        let onward = bench.take(THIRD, "INVITE");
        bench.in_leg(DESK, &invite, "BYE", "", "");
        bench.take(DESK, "200 BYE");
        assert_eq!(bench.log.last().unwrap(), "BLINDTRANSFER sales anna");
        assert!(!bench.has(CALLER, "BYE") && !bench.has(THIRD, "CANCEL"), "{:?}", bench.ladder());
        if succeeds {
            bench.reply(THIRD, &onward, 200, "", &sdp(6000, "sendrecv"));
            bench.take(THIRD, "ACK");
            assert!(bench.are_connected(CALLERS_EAR, THIRDS_EAR), "{:?}", bench.media);
            bench.in_leg(THIRD, &onward, "BYE", "", "");
        } else {
            bench.reply(THIRD, &onward, 486, "", "");
        }
        let bye = bench.take(CALLER, "BYE");
        bench.reply(CALLER, &bye, 200, "", "");
        assert_eq!(bench.rows, [("200".to_owned(), "answered".to_owned())]);
        bench.is_settled();
    }
}
