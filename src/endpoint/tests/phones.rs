//! Phones against the PBX: who may register and call, in virtual time.

use std::net::SocketAddr;

use super::virtual_wire::{CALLERS, Setup, address, at, name};
use crate::endpoint::pbx::Account;
use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Input;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::PhoneConfig;
use crate::endpoint::pbx::Sound;
use crate::sip::digest::Challenge;
use crate::sip::digest::Credentials;
use crate::sip::digest::Use;
use crate::sip::message::Message;
use crate::time::Instant;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=audio 4000 RTP/AVP 8\r\n";

fn phones() -> PhoneConfig {
    let account = |user: &str| Account { user: user.into(), password: format!("secret {user}").into() };
    PhoneConfig {
        users: ["101", "102"].map(account).to_vec(),
        echo: ["600".into()].into(),
        ..PhoneConfig::default()
    }
}

/// A phone that knows its password, and the PBX.
struct Phone {
    pbx: PbxEndpoint,
    now: Instant,
    cseq: u32,
    password: &'static str,
    /// The PBX's, within a call.
    to_tag: String,
    actions: Vec<Action>,
}

impl Phone {
    fn new(phones: PhoneConfig) -> Self {
        let pbx = Setup { phones, media: true, ..Setup::default() }.pbx();
        let mut phone = Self {
            pbx,
            now: at(1.0),
            cseq: 0,
            password: "secret 101",
            to_tag: String::new(),
            actions: Vec::new(),
        };
        (0..4).for_each(|port| phone.tell(Input::MediaPort(10_000 + 2 * port)));
        phone
    }

    fn tell(&mut self, input: Input<'_>) {
        self.pbx.handle(self.now, input, &mut self.actions);
    }

    /// Sends a request and returns the last thing that came back.
    fn send(&mut self, method: &str, to: &str, headers: &str, body: &str) -> String {
        self.cseq += 1;
        let cseq = self.cseq;
        let text = format!(
            "{method} sip:{to}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {CALLERS};branch=z9hG4bK{cseq}\r\n\
             From: <sip:101@127.0.0.1>;tag=f\r\nTo: <sip:{to}@127.0.0.1>{}\r\nCall-ID: c\r\n\
             CSeq: {cseq} {method}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.to_tag,
            body.len()
        );
        self.actions.clear();
        self.tell(Input::Datagram { source: address(CALLERS).into(), bytes: text.as_bytes() });
        let sent = self.actions.iter().rev().find_map(|action| match action {
            Action::Transmit { bytes, .. } => Some(String::from_utf8(bytes.to_vec()).unwrap()),
            _ => None,
        });
        sent.expect("the PBX answers every request")
    }

    /// Answers the first challenge in `refusal`.
    fn answer(&self, refusal: &str, method: &str, nonce_count: u32) -> String {
        let refusal = Message::scan(refusal.as_bytes()).unwrap();
        let (challenge, header) = Challenge::of(&refusal).unwrap();
        let request = Use { method, uri: b"sip:127.0.0.1", nonce_count, client_nonce: "c1" };
        let credentials = Credentials { user: "101", password: self.password };
        let value = challenge.answer(&credentials, &request);
        format!("{header}: {}\r\n", String::from_utf8(value).unwrap())
    }

    /// Sends a request twice: to be asked, and with the answer.
    fn send_with_password(&mut self, method: &str, to: &str, headers: &str, body: &str) -> String {
        let refusal = self.send(method, to, headers, body);
        let answer = self.answer(&refusal, method, 1);
        self.send(method, to, &format!("{answer}{headers}"), body)
    }

    fn is_at(&self) -> Vec<SocketAddr> {
        self.pbx.registrations(self.now, "101")
    }
}

fn status(message: &str) -> String {
    name(false, message.as_bytes()).trim_start_matches("← ").to_owned()
}

const CONTACT: &str = "Contact: <sip:101@127.0.0.1:5070>\r\n";

#[test]
fn a_phone_registers_moves_and_is_forgotten_when_its_time_is_over() {
    let mut phone = Phone::new(phones());
    let asked = phone.send("REGISTER", "101", CONTACT, "");
    assert_eq!(status(&asked), "401 REGISTER");
    assert_eq!(asked.matches("WWW-Authenticate: Digest realm=\"busyhour\"").count(), 1);
    assert!(asked.contains("algorithm=MD5"), "and nothing that old phones do not know: {asked}");
    let answer = phone.answer(&asked, "REGISTER", 1);
    let granted = phone.send("REGISTER", "101", &format!("{answer}{CONTACT}"), "");
    assert_eq!(status(&granted), "200 REGISTER");
    assert!(granted.contains("Contact: <sip:101@127.0.0.1:5070>;expires=3600\r\n"), "{granted}");
    assert_eq!(granted.matches("Contact:").count(), 1, "not our own");
    assert_eq!(phone.is_at(), [address("127.0.0.1:5070")]);

    phone.send_with_password("REGISTER", "101", "Contact: <sip:101@127.0.0.1:5072>;expires=60\r\n", "");
    assert_eq!(phone.is_at(), [address("127.0.0.1:5072"), address("127.0.0.1:5070")], "the next call moves");
    phone.now = at(62.0);
    assert_eq!(phone.is_at(), [address("127.0.0.1:5070")]);
    phone.send_with_password("REGISTER", "101", "Contact: *\r\nExpires: 0\r\n", "");
    assert!(phone.is_at().is_empty());
}

#[test]
fn replays_and_old_nonces_are_asked_again_and_wrong_passwords_denied() {
    let mut phone = Phone::new(phones());
    let asked = phone.send("REGISTER", "101", CONTACT, "");
    let answer = phone.answer(&asked, "REGISTER", 1);
    phone.send("REGISTER", "101", &format!("{answer}{CONTACT}"), "");
    for (count, later) in [(1, 0.0), (2, 301.0)] {
        phone.now += crate::time::Duration::from_secs_f64(later);
        let answer = phone.answer(&asked, "REGISTER", count);
        let again = phone.send("REGISTER", "101", &format!("{answer}Contact: *\r\nExpires: 0\r\n"), "");
        assert_eq!(status(&again), "401 REGISTER");
        assert!(again.contains("stale=true"), "{again}");
    }
    assert_eq!(phone.is_at().len(), 1, "a replay changes nothing");
    phone.password = "guess";
    let denied = phone.send_with_password("REGISTER", "101", "Contact: *\r\nExpires: 0\r\n", "");
    assert_eq!(status(&denied), "403 REGISTER");
    assert_eq!(phone.is_at().len(), 1);
}

#[test]
fn nobody_registers_for_another_too_briefly_or_outside_loopback() {
    let mut phone = Phone::new(phones());
    assert_eq!(status(&phone.send_with_password("REGISTER", "102", CONTACT, "")), "403 REGISTER");
    let brief = format!("{CONTACT}Expires: 30\r\n");
    let refused = phone.send_with_password("REGISTER", "101", &brief, "");
    assert_eq!(status(&refused), "423 REGISTER");
    assert!(refused.contains("Min-Expires: 60\r\n"), "{refused}");
    let outside = "Contact: <sip:101@192.0.2.1:5070>\r\n";
    let refused = phone.send_with_password("REGISTER", "101", outside, "");
    assert_eq!(status(&refused), "403 REGISTER", "a PBX on loopback calls nobody elsewhere");
    assert!(phone.is_at().is_empty());
    let mut nobody = Phone::new(PhoneConfig::default());
    assert_eq!(status(&nobody.send("REGISTER", "101", CONTACT, "")), "405 REGISTER");
    assert!(
        phone
            .send("OPTIONS", "101", "", "")
            .contains("Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER")
    );
}

#[test]
fn where_calls_need_a_password_only_users_get_through() {
    let mut phone = Phone::new(PhoneConfig { authenticate_calls: true, ..phones() });
    let asked = phone.send("INVITE", "600", CONTACT, SDP);
    assert_eq!(status(&asked), "407 INVITE");
    assert_eq!(phone.pbx.calls_in_progress(), 0, "who is asked holds nothing");
    let answer = phone.answer(&asked, "INVITE", 1);
    let answered = phone.send("INVITE", "600", &format!("{answer}{CONTACT}"), SDP);
    assert_eq!(status(&answered), "200 INVITE");
    let stranger =
        Phone { password: "guess", ..Phone::new(PhoneConfig { authenticate_calls: true, ..phones() }) };
    let mut stranger = stranger;
    assert_eq!(status(&stranger.send_with_password("INVITE", "600", CONTACT, SDP)), "403 INVITE");
}

#[test]
fn an_echo_number_sends_sound_back_and_the_others_a_tone() {
    for (number, expected) in [("600", Sound::Echo), ("100", Sound::Tone)] {
        let mut phone = Phone::new(phones());
        assert_eq!(status(&phone.send("INVITE", number, CONTACT, SDP)), "200 INVITE");
        let sound = phone.actions.iter().find_map(|action| match action {
            Action::StartMedia { sound, remote, .. } => Some((*sound, *remote)),
            _ => None,
        });
        assert_eq!(sound, Some((expected, address("127.0.0.1:4000"))));
    }
}

#[test]
fn hold_and_resume_stop_the_sound_and_start_it_again() {
    for number in ["600", "100"] {
        let mut phone = Phone::new(phones());
        let answered = phone.send("INVITE", number, CONTACT, SDP);
        let tag = Message::scan(answered.as_bytes()).unwrap().to.tag.unwrap();
        phone.to_tag = format!(";tag={}", String::from_utf8_lossy(tag));
        for (offer, expected, direction) in [
            (format!("{SDP}a=sendonly\r\n"), "0.0.0.0:0", "a=recvonly"),
            (SDP.replace("4000", "4002"), "127.0.0.1:4002", "a=sendrecv"),
            (SDP.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"), "0.0.0.0:0", "a=recvonly"),
            (format!("{SDP}a=inactive\r\n"), "0.0.0.0:0", "a=inactive"),
            (SDP.to_owned(), "127.0.0.1:4000", "a=sendrecv"),
        ] {
            let agreed = phone.send("INVITE", number, CONTACT, &offer);
            assert_eq!(status(&agreed), "200 INVITE");
            assert!(agreed.contains(direction), "{agreed}");
            let remotes = phone.actions.iter().filter_map(|action| match action {
                Action::StartMedia { remote, .. } => Some(*remote),
                _ => None,
            });
            assert_eq!(remotes.collect::<Vec<_>>(), [address(expected)]);
        }
        phone.send("UPDATE", number, CONTACT, "");
        let changes = phone.actions.iter().any(|action| matches!(action, Action::StartMedia { .. }));
        assert!(!changes, "a refresh without an offer changes no sound");
    }
}
