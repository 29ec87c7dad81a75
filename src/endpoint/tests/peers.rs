//! Callers against peers that are not the bundled PBX: with digest, with habits of their own, or broken.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::virtual_wire::{CALLERS, PBX, Peer, Setup, VirtualWire, address, at, is_request, plan};
use crate::endpoint::session;
use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Human;
use crate::outcome::Outcome;
use crate::outcome::Technical;
use crate::sip::digest;
use crate::sip::digest::Challenge;
use crate::sip::digest::Use;
use crate::sip::message::Body;
use crate::sip::message::Echo;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::time::Duration;
use crate::traffic::callers::Credentials;

const CONTACT: (&str, &[u8]) = ("Contact", b"<sip:127.0.0.1:5060>");
const COMPLETED: Outcome = Outcome::Completed(CompletedBy::Pbx);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A response to `request`, with SDP if it is the 200 of an INVITE.
fn response(request: &Message<'_>, status: u16, extra: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let offer = session::offer(address(PBX).ip(), None, None);
    let sdp = (status == 200 && request.method() == Method::Invite).then(|| Body::sdp(&offer));
    Echo::of(request, address(CALLERS).into()).write(status, b"peer", extra, sdp, &mut out);
    out
}

/// A request of the peer in the dialog of `invite`.
fn in_dialog(invite: &Message<'_>, method: &str, cseq: u32, extra: &str) -> Vec<u8> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (from, to, call_id) = (text(invite.to.value), text(invite.from.value), text(invite.call_id));
    format!(
        "{method} sip:busyhour@{CALLERS} SIP/2.0\r\nVia: SIP/2.0/UDP {PBX};branch=z9hG4bKp{cseq}\r\n\
         From: {from};tag=peer\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:{PBX}>\r\n{extra}Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// Answers INVITE as `on_invite` says, and 200 to everything else.
fn peer(mut on_invite: impl FnMut(&Message<'_>) -> Vec<(Duration, Vec<u8>)> + 'static) -> Peer {
    Box::new(move |message| {
        if is_request(message, Method::Invite) {
            on_invite(message)
        } else if message.is_request() && message.method() != Method::Ack {
            vec![(ms(1), response(message, 200, &[]))]
        } else {
            Vec::new()
        }
    })
}

fn call_against(setup: Setup, peer: Peer, patience_s: Option<f64>) -> VirtualWire {
    let mut wire = setup.against(peer);
    wire.call(plan(0, 1.0, "100", 5.0, patience_s));
    wire.run();
    wire
}

/// Challenges every INVITE whose credentials are not alice's.
fn registrar(status: u16) -> Peer {
    peer(move |invite| {
        let name = if status == 401 { "WWW-Authenticate" } else { "Proxy-Authenticate" };
        let challenge = b"Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\", algorithm=MD5";
        let expected = Challenge::parse(challenge).unwrap().answer(
            &digest::Credentials { user: "alice", password: "secret" },
            &Use {
                method: "INVITE",
                uri: invite.request_uri().unwrap(),
                nonce_count: 1,
                client_nonce: &String::from_utf8_lossy(invite.from.tag.unwrap()),
            },
        );
        let trying = (ms(1), response(invite, 100, &[]));
        match invite.authorization {
            Some(given) if *given == *expected => vec![trying, (ms(2), response(invite, 200, &[CONTACT]))],
            _ => vec![trying, (ms(2), response(invite, status, &[(name, challenge)]))],
        }
    })
}

fn with_password(password: &str) -> Setup {
    let credentials =
        Credentials { user: "alice".into(), password: password.into(), password_env: "PASSWORD".into() };
    Setup { auth: Some(credentials), ..Setup::default() }
}

#[test]
fn the_right_password_gets_through_after_one_challenge() {
    for status in [401, 407] {
        let wire = call_against(with_password("secret"), registrar(status), None);
        wire.assert_callers_settled();
        let challenged = format!("← {status} INVITE");
        let ladder = [
            "→ INVITE",
            "← 100 INVITE",
            &challenged,
            "→ ACK",
            "→ INVITE",
            "← 100 INVITE",
            "← 200 INVITE",
            "→ ACK",
            "→ BYE",
            "← 200 BYE",
        ];
        assert_eq!(wire.ladder(), ladder);
        assert_eq!((wire.record().outcome, wire.record().sip_status), (COMPLETED, Some(200)));
        let name = if status == 401 { "\r\nAuthorization: " } else { "\r\nProxy-Authorization: " };
        let second = wire.sent.iter().filter(|sent| sent.name == "→ INVITE").nth(1).unwrap();
        let text = String::from_utf8_lossy(&second.bytes);
        assert!(text.contains(name) && text.contains("CSeq: 2 INVITE"), "{text}");
    }
}

#[test]
fn a_wrong_or_missing_password_is_a_set_up_error_after_one_try() {
    for (setup, invites) in [(with_password("wrong"), 2), (Setup::default(), 1)] {
        let wire = call_against(setup, registrar(401), None);
        wire.assert_callers_settled();
        assert_eq!(wire.count("→ INVITE"), invites);
        assert_eq!((wire.record().outcome, wire.record().sip_status), (Outcome::Excluded, Some(401)));
    }
}

/// The first INVITE's provisional says nothing of the second.
#[test]
fn no_cancel_precedes_the_provisional_of_the_invite_with_credentials() {
    let mut challenged = false;
    let silent_after_challenge = peer(move |invite| {
        if std::mem::replace(&mut challenged, true) {
            return Vec::new();
        }
        let header: (&str, &[u8]) = ("WWW-Authenticate", b"Digest realm=\"pbx\", nonce=\"n1\"");
        vec![(ms(1), response(invite, 100, &[])), (ms(2), response(invite, 401, &[header]))]
    });
    let wire = call_against(with_password("secret"), silent_after_challenge, Some(3.0));
    wire.assert_callers_settled();
    assert_eq!(wire.count("→ CANCEL"), 0);
    assert_eq!(wire.record().outcome, Outcome::Technical(Technical::Timeout));
}

#[test]
fn a_100_alone_is_something_to_cancel() {
    let hangs = peer(|invite| vec![(ms(1), response(invite, 100, &[]))]);
    let wire = call_against(Setup::default(), hangs, Some(3.0));
    wire.assert_callers_settled();
    assert_eq!(wire.ladder(), ["→ INVITE", "← 100 INVITE", "→ CANCEL", "← 200 CANCEL"]);
    let record = wire.record();
    assert_eq!(record.outcome, Outcome::Human(Human::Abandoned), "even if no 487 ever comes");
    assert_eq!(record.ended, Some(at(36.0)), "64 T1 after the CANCEL");
}

#[test]
fn a_bye_that_overtakes_the_200_ends_the_call_when_that_comes() {
    let hasty = peer(|invite| {
        let bye = in_dialog(invite, "BYE", 7, "Reason: Q.850;cause=16\r\n");
        vec![
            (ms(1), response(invite, 180, &[CONTACT])),
            (ms(2), bye),
            (ms(3), response(invite, 200, &[CONTACT])),
        ]
    });
    let wire = call_against(Setup::default(), hasty, None);
    wire.assert_callers_settled();
    assert_eq!(wire.ladder(), ["→ INVITE", "← 180 INVITE", "← BYE", "→ 200 BYE", "← 200 INVITE", "→ ACK"]);
    assert_eq!((wire.record().outcome, wire.record().ended_by), (COMPLETED, EndedBy::Pbx));
}

#[test]
fn an_info_that_overtakes_the_200_still_names_the_agent() {
    let hasty = peer(|invite| {
        let queue: (&str, &[u8]) = ("X-Busyhour-Queue", b"sales");
        let info = in_dialog(invite, "INFO", 7, "X-Busyhour-Agent: anna\r\n");
        vec![(ms(1), info), (ms(3), response(invite, 200, &[CONTACT, queue]))]
    });
    let wire = call_against(Setup::default(), hasty, Some(60.0));
    wire.assert_callers_settled();
    let record = wire.record();
    assert_eq!(record.outcome, Outcome::Completed(CompletedBy::Agent));
    assert_eq!((record.agent.as_deref(), record.talk), (Some("anna"), Some(Duration::from_secs(5))));
}

/// Behind a menu the queue and its agent are told of by INFO: whichever comes first, or both at once, the wait is the time
/// between them.
#[test]
fn behind_a_menu_the_wait_is_the_same_whichever_info_comes_first() {
    const QUEUE: &str = "X-Busyhour-Queue: sales\r\nX-Busyhour-Menu: branch 1 main\r\n";
    const AGENT: &str = "X-Busyhour-Agent: anna\r\n";
    let both = format!("{QUEUE}{AGENT}");
    let orders = [
        (vec![(10_000, QUEUE), (12_000, AGENT)], 2.0),
        (vec![(10_000, QUEUE), (10_000, AGENT)], 0.0),
        (vec![(10_000, AGENT), (10_001, QUEUE)], 0.0),
        (vec![(10_000, AGENT), (10_500, QUEUE)], 0.0),
        (vec![(10_000, both.as_str())], 0.0),
    ];
    for (infos, waited) in orders {
        let told: Vec<_> = infos.iter().map(|(after, text)| (*after, (*text).to_owned())).collect();
        let menu = peer(move |invite| {
            let prompt: (&str, &[u8]) = ("X-Busyhour-Menu", b"prompt main");
            let answered = (ms(1), response(invite, 200, &[CONTACT, prompt]));
            let infos = (7..)
                .zip(&told)
                .map(|(cseq, (after, text))| (ms(*after), in_dialog(invite, "INFO", cseq, text)));
            [answered].into_iter().chain(infos).collect()
        });
        let wire = call_against(Setup::default(), menu, Some(60.0));
        wire.assert_callers_settled();
        let record = wire.record();
        assert_eq!(record.outcome, Outcome::Completed(CompletedBy::Agent), "{infos:?}");
        assert_eq!(record.wait, Some(Duration::from_secs_f64(waited)), "{infos:?}");
        assert_eq!(record.talk, Some(Duration::from_secs(5)), "{infos:?}");
    }
}

#[test]
fn a_re_invite_of_the_far_side_is_answered_until_its_ack_and_the_talk_goes_on() {
    for acknowledges in [true, false] {
        let invite_text = Rc::new(RefCell::new(Vec::new()));
        let refresher: Peer = Box::new(move |message| {
            let mut invite = invite_text.borrow_mut();
            if is_request(message, Method::Invite) {
                *invite = response(message, 200, &[CONTACT]);
                let again = in_dialog(message, "INVITE", 7, "");
                return vec![(ms(1), invite.clone()), (ms(1_000), again)];
            }
            if message.status() == Some(200) && message.method() == Method::Invite && acknowledges {
                let original = Message::scan(&invite).unwrap();
                let ack = String::from_utf8(in_dialog(&original, "ACK", 7, "")).unwrap();
                return vec![(ms(1), ack.replace(";tag=peer;tag=peer", ";tag=peer").into_bytes())];
            }
            let answers = message.is_request() && message.method() != Method::Ack;
            answers.then(|| (ms(1), response(message, 200, &[]))).into_iter().collect()
        });
        let wire = call_against(Setup::default(), refresher, None);
        assert_eq!(wire.record().outcome, COMPLETED);
        assert_eq!(wire.record().talk, Some(Duration::from_secs(5)));
        let answers = wire.count("→ 200 INVITE");
        assert!(if acknowledges { answers == 1 } else { answers > 3 }, "{:?}", wire.ladder());
        let offer = wire.text("→ 200 INVITE");
        assert!(offer.contains("m=audio"), "an offer, since the re-INVITE had none: {offer}");
        wire.assert_callers_settled();
    }
}

#[test]
fn the_far_sides_bye_ends_the_call_and_its_cause_is_kept() {
    for (cause, outcome) in [(16, COMPLETED), (38, Outcome::Technical(Technical::CutOff))] {
        let cuts = peer(move |invite| {
            let bye = in_dialog(invite, "BYE", 7, &format!("Reason: Q.850;cause={cause}\r\n"));
            vec![(ms(1), response(invite, 200, &[CONTACT])), (ms(2_000), bye)]
        });
        let wire = call_against(Setup::default(), cuts, None);
        wire.assert_callers_settled();
        let record = wire.record();
        assert_eq!((record.outcome, record.q850), (outcome, Some(cause)));
        assert_eq!(record.ended_by, EndedBy::Pbx);
        assert_eq!((wire.count("→ 200 BYE"), wire.count("→ BYE")), (1, 0));
    }
}

/// Without Contact in its 2xx a peer leaves nobody to send ACK and BYE to: its failure, not a completed call.
#[test]
fn a_200_without_a_contact_is_a_failure_of_the_peer() {
    let mute = peer(|invite| vec![(ms(1), response(invite, 200, &[]))]);
    let wire = call_against(Setup::default(), mute, None);
    wire.assert_callers_settled();
    assert_eq!(wire.record().outcome, Outcome::Technical(Technical::Failure));
}

#[test]
fn strays_are_counted_and_answered() {
    let strays = peer(|invite| {
        let stray = |method, cseq| {
            let text = String::from_utf8(in_dialog(invite, method, cseq, "")).unwrap();
            (ms(u64::from(cseq)), text.replace("Call-ID: ", "Call-ID: other-").into_bytes())
        };
        let refused = (ms(20), response(invite, 486, &[]));
        vec![stray("BYE", 7), stray("INFO", 8), stray("OPTIONS", 9), stray("MESSAGE", 10), refused]
    });
    let wire = call_against(Setup::default(), strays, None);
    wire.assert_callers_settled();
    for answer in ["→ 481 BYE", "→ 481 INFO", "→ 200 OPTIONS", "→ 405 MESSAGE"] {
        assert_eq!(wire.count(answer), 1, "{:?}", wire.ladder());
    }
    assert_eq!(wire.callers.counters().stray_requests, 4);
    assert_eq!(wire.record().outcome, Outcome::Human(Human::Busy));
}

#[test]
fn every_final_status_ends_a_call_once() {
    for status in 300..700 {
        let refuses = peer(move |invite| vec![(ms(1), response(invite, status, &[]))]);
        let wire = call_against(Setup::default(), refuses, None);
        wire.assert_callers_settled();
        assert_eq!(wire.record().sip_status, Some(status));
        assert!(!wire.record().outcome.is_completed(), "{status}");
    }
}

#[test]
fn texts_of_the_peer_are_kept_as_they_are_readable() {
    let odd = peer(|invite| {
        let queue: (&str, &[u8]) = ("X-Busyhour-Queue", b"\xff\xfe");
        let reason: (&str, &[u8]) = ("Reason", b"Q.850;cause=999");
        vec![(ms(1), response(invite, 503, &[queue, reason]))]
    });
    let wire = call_against(Setup::default(), odd, None);
    wire.assert_callers_settled();
    assert_eq!(wire.record().queue, Some(Arc::from("\u{FFFD}\u{FFFD}")));
    assert_eq!(wire.record().q850, None, "Q.850 knows no cause 999");
}
