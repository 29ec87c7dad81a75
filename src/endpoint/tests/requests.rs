//! What the PBX says to requests that become no call, and to those within a call.

use super::virtual_wire::{CALLERS, Setup, address, at, name};
use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::BookEntry;
use crate::endpoint::pbx::Input;
use crate::endpoint::pbx::PbxEndpoint;
use crate::pbx::Config;
use crate::pbx::books::CdrRow;
use crate::pbx::books::cause;
use crate::sip::message::Message;
use crate::time::Instant;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=audio 4000 RTP/AVP 8\r\n";

/// A user agent that says whatever it is told, and the PBX.
struct Phone {
    pbx: PbxEndpoint,
    now: Instant,
    branch: u32,
    heard: Vec<(Instant, String, String)>,
    rows: Vec<CdrRow>,
}

impl Phone {
    fn new(setup: &Setup) -> Self {
        Self { pbx: setup.pbx(), now: at(1.0), branch: 0, heard: Vec::new(), rows: Vec::new() }
    }

    /// Sends a request with these headers instead of, or beside, the usual ones, and returns the answers' names.
    fn say(&mut self, method: &str, to: &str, extra: &str, body: &str) -> Vec<String> {
        self.branch += 1;
        self.say_again(method, to, extra, body)
    }

    /// The same transaction as before: a retransmission, an ACK of a refusal or a CANCEL.
    fn say_again(&mut self, method: &str, to: &str, extra: &str, body: &str) -> Vec<String> {
        let uri =
            if extra.starts_with("uri:") { extra.trim_start_matches("uri:") } else { "sip:100@127.0.0.1" };
        let extra = if extra.starts_with("uri:") { "" } else { extra };
        let cseq = extra.lines().any(|line| line.starts_with("CSeq"));
        let cseq = if cseq { String::new() } else { format!("CSeq: {} {method}\r\n", self.branch) };
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {CALLERS};branch=z9hG4bK{}\r\n\
             From: <sip:79@127.0.0.1>;tag=f\r\nTo: {to}\r\nCall-ID: c\r\n{cseq}\
             Contact: <sip:79@{CALLERS}>\r\n{extra}Content-Length: {}\r\n\r\n{body}",
            self.branch,
            body.len()
        );
        self.tell(Input::Datagram { source: address(CALLERS).into(), bytes: text.as_bytes() })
    }

    fn tell(&mut self, input: Input<'_>) -> Vec<String> {
        let mut actions = Vec::new();
        self.pbx.handle(self.now, input, &mut actions);
        let before = self.heard.len();
        for action in actions {
            match action {
                Action::Transmit { bytes, .. } => {
                    let text = String::from_utf8(bytes.to_vec()).unwrap();
                    self.heard.push((self.now, name(false, &bytes), text));
                }
                Action::Book(BookEntry::Call(row)) => self.rows.push(*row),
                _ => {}
            }
        }
        self.heard[before..].iter().map(|(_, name, _)| name.clone()).collect()
    }

    fn wait(&mut self, seconds: f64) {
        let until = at(self.now.as_secs_f64() + seconds);
        while let Some(next) = self.pbx.next_deadline().filter(|next| *next <= until) {
            self.now = next;
            self.tell(Input::DeadlineReached);
        }
        self.now = until;
    }

    fn last(&self) -> &str {
        &self.heard.last().expect("something was heard").2
    }

    /// The To of the last response: within the call from now on.
    fn to(&self) -> String {
        let message = Message::scan(self.last().as_bytes()).unwrap();
        String::from_utf8(message.to.value.to_vec()).unwrap()
    }

    /// An answered and acknowledged call; the To for requests within it.
    fn call(&mut self) -> String {
        assert_eq!(self.say("INVITE", TO, OFFER, SDP), ["← 200 INVITE"]);
        let to = self.to();
        let invite = format!("CSeq: {} ACK\r\n", self.branch);
        assert_eq!(self.say("ACK", &to, &invite, ""), [""; 0]);
        to
    }
}

const TO: &str = "<sip:100@127.0.0.1>";
const OFFER: &str = "Content-Type: application/sdp\r\n";

fn phone() -> Phone {
    Phone::new(&Setup::default())
}

#[test]
fn options_are_told() {
    let mut phone = phone();
    assert_eq!(phone.say("OPTIONS", TO, "", ""), ["← 200 OPTIONS"]);
    assert!(phone.last().contains("\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\n"));
    assert!(phone.last().contains("\r\nAccept: application/sdp\r\n"));
}

#[test]
fn requests_that_mean_nothing_here_are_refused_with_the_status_of_the_rfc() {
    let strange = "<sip:100@127.0.0.1>;tag=0-t-0";
    for (method, to, extra, body, answer, header) in [
        ("REGISTER", TO, "", "", "← 405 REGISTER", "Allow: INVITE"),
        ("INVITE", TO, "Require: 100rel\r\n", SDP, "← 420 INVITE", "Unsupported: 100rel"),
        ("INVITE", TO, "uri:http://127.0.0.1", SDP, "← 416 INVITE", ""),
        ("INVITE", TO, "Max-Forwards: 0\r\n", SDP, "← 483 INVITE", ""),
        ("INVITE", TO, "Content-Type: text/plain\r\n", "hello", "← 415 INVITE", "Accept: application/sdp"),
        ("INVITE", TO, OFFER, "v=0\r\nm=video 9 RTP/AVP 96\r\n", "← 488 INVITE", ""),
        ("INVITE", strange, OFFER, SDP, "← 481 INVITE", ""),
        ("BYE", strange, "", "", "← 481 BYE", ""),
        ("BYE", TO, "", "", "← 481 BYE", ""),
        ("INFO", strange, "", "", "← 481 INFO", ""),
        ("UPDATE", TO, "", "", "← 481 UPDATE", ""),
        ("CANCEL", TO, "", "", "← 481 CANCEL", ""),
    ] {
        let mut phone = phone();
        assert_eq!(phone.say(method, to, extra, body), [answer]);
        assert!(phone.last().contains(header), "{header} in {}", phone.last());
        assert!(phone.last().contains(";tag="), "every final response has a To tag");
        assert!(phone.rows.is_empty() && phone.pbx.calls_in_progress() == 0);
        phone.wait(100.0);
        assert_eq!(phone.pbx.transactions(), 0);
    }
}

#[test]
fn a_second_invite_with_the_same_call_id_is_a_merged_request() {
    let mut phone = phone();
    phone.call();
    assert_eq!(phone.say("INVITE", TO, OFFER, SDP), ["← 482 INVITE"]);
    assert_eq!(phone.pbx.calls_in_progress(), 1);
}

#[test]
fn a_full_table_turns_calls_away_and_says_so() {
    let mut phone = Phone::new(&Setup { pbx_capacity: 0, ..Setup::default() });
    assert_eq!(phone.say("INVITE", TO, OFFER, SDP), ["← 503 INVITE"]);
    assert!(phone.last().contains("Q.850;cause=42"));
    assert_eq!(phone.pbx.counters().full, 1);
}

#[test]
fn a_re_invite_and_an_update_are_answered_and_the_call_goes_on() {
    let mut phone = phone();
    let to = phone.call();
    assert_eq!(phone.say("INVITE", &to, OFFER, SDP), ["← 200 INVITE"]);
    assert!(phone.last().contains("m=audio"));
    phone.wait(0.6);
    assert_eq!(phone.heard.last().unwrap().1, "← 200 INVITE", "sent again until its ACK");
    let acknowledged = format!("CSeq: {} ACK\r\n", phone.branch);
    phone.say("ACK", &to, &acknowledged, "");
    let heard = phone.heard.len();
    phone.wait(100.0);
    assert_eq!(phone.heard.len(), heard, "neither 200 nor BYE after the ACK");
    assert_eq!(phone.say("UPDATE", &to, OFFER, SDP), ["← 200 UPDATE"]);
    assert_eq!(phone.say("INVITE", &to, "", ""), ["← 200 INVITE"]);
    assert!(phone.last().contains("m=audio"), "an offer, since none came");
    assert_eq!(phone.say("UPDATE", &to, OFFER, "v=0\r\nm=video 9 RTP/AVP 96\r\n"), ["← 488 UPDATE"]);
    assert_eq!(phone.say("UPDATE", &to, "CSeq: 1 UPDATE\r\n", ""), ["← 500 UPDATE"], "out of order");
    assert_eq!(phone.say("INFO", &to, "", ""), ["← 200 INFO"]);
    assert_eq!(phone.say("BYE", &to, "", ""), ["← 200 BYE"]);
    assert_eq!((phone.rows.len(), phone.pbx.calls_in_progress()), (1, 0));
}

#[test]
fn a_re_invite_whose_200_nobody_acknowledges_ends_the_call() {
    let mut phone = phone();
    let to = phone.call();
    phone.say("INVITE", &to, OFFER, SDP);
    phone.wait(33.0);
    assert!(phone.heard.iter().any(|(_, name, _)| name == "← BYE"), "RFC 3261, 14.2");
    phone.wait(100.0);
    assert_eq!((phone.rows.len(), phone.pbx.calls_in_progress(), phone.pbx.transactions()), (1, 0, 0));
}

#[test]
fn a_re_invite_before_the_answer_comes_too_early() {
    let mut phone = Phone::new(&Setup::of(super::ladders::ringing_for(60.0)));
    assert_eq!(phone.say("INVITE", TO, OFFER, SDP), ["← 180 INVITE"]);
    let to = phone.to();
    assert_eq!(phone.say("INVITE", &to, OFFER, SDP), ["← 500 INVITE"]);
    assert!(phone.last().contains("\r\nRetry-After: 1\r\n"), "RFC 3261, 14.2");
}

#[test]
fn a_bye_before_the_answer_ends_the_invite_too() {
    let mut phone = Phone::new(&Setup::of(super::ladders::ringing_for(60.0)));
    phone.say("INVITE", TO, OFFER, SDP);
    let to = phone.to();
    let mut answers = phone.say("BYE", &to, "", "");
    answers.sort_unstable();
    assert_eq!(answers, ["← 200 BYE", "← 487 INVITE"], "RFC 3261, 15.1.2");
    assert_eq!(phone.rows[0].cause, cause::ABANDONED);
    phone.wait(100.0);
    assert_eq!((phone.pbx.calls_in_progress(), phone.pbx.transactions()), (0, 0));
}

#[test]
fn a_missing_ack_ends_the_call_after_64_t1() {
    let mut phone = phone();
    phone.say("INVITE", TO, OFFER, SDP);
    phone.wait(100.0);
    let heard: Vec<_> = phone.heard.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(heard.iter().filter(|name| **name == "← 200 INVITE").count(), 11);
    assert_eq!(heard.iter().filter(|name| **name == "← BYE").count(), 11, "and nobody answers");
    assert_eq!((phone.rows.len(), phone.rows[0].end), (1, at(33.0)));
    assert_eq!((phone.pbx.calls_in_progress(), phone.pbx.transactions()), (0, 0));
}

/// A refused INVITE's transaction outlives its call; the next call gets its place in the table.
#[test]
fn the_missing_ack_of_a_refused_call_leaves_the_next_call_alone() {
    let mut config = Config::default();
    config.extensions.insert("486".into(), crate::pbx::config::Extension::Busy);
    let mut phone = Phone::new(&Setup::of(config));
    assert_eq!(phone.say("INVITE", TO, "uri:sip:486@127.0.0.1", ""), ["← 486 INVITE"]);
    let to = phone.call();
    phone.wait(100.0);
    assert!(!phone.heard.iter().any(|(_, name, _)| name == "← BYE"));
    assert_eq!(phone.say("BYE", &to, "", ""), ["← 200 BYE"]);
}

#[test]
fn a_bye_from_who_never_acknowledged_stops_the_200() {
    let mut phone = phone();
    phone.say("INVITE", TO, OFFER, SDP);
    let to = phone.to();
    phone.say("BYE", &to, "", "");
    let heard = phone.heard.len();
    phone.wait(100.0);
    assert_eq!(phone.heard.len(), heard);
    assert_eq!((phone.rows.len(), phone.pbx.transactions()), (1, 0));
}

#[test]
fn a_cancel_that_a_late_driver_delivers_after_the_answer_was_due_changes_nothing() {
    let mut phone = Phone::new(&Setup::of(super::ladders::ringing_for(2.0)));
    phone.say("INVITE", TO, OFFER, SDP);
    phone.now = at(3.5);
    assert_eq!(phone.say_again("CANCEL", TO, "", ""), ["← 200 INVITE", "← 200 CANCEL"]);
    let to = phone.to();
    assert_eq!(phone.say("BYE", &to, "", ""), ["← 200 BYE"]);
    assert_eq!((phone.rows.len(), phone.rows[0].cause), (1, cause::ANSWERED));
}

#[test]
fn a_caller_without_a_contact_is_served_until_the_pbx_has_to_speak_first() {
    let mut phone = phone();
    let text = format!(
        "INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {CALLERS};branch=z9hG4bKx\r\n\
         From: <sip:79@127.0.0.1>;tag=f\r\nTo: {TO}\r\nCall-ID: n\r\nCSeq: 1 INVITE\r\n\r\n"
    );
    let heard = phone.tell(Input::Datagram { source: address(CALLERS).into(), bytes: text.as_bytes() });
    assert_eq!(heard, ["← 200 INVITE"]);
    phone.tell(Input::ShutDown);
    phone.wait(100.0);
    assert!(!phone.heard.iter().any(|(_, name, _)| name == "← BYE"), "it has nobody to go to");
    assert_eq!((phone.rows.len(), phone.pbx.calls_in_progress(), phone.pbx.transactions()), (1, 0, 0));
}
