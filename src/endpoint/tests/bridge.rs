//! The PBX between two phones: what each of them sees of the other, in virtual time.

use std::cell::Cell;
use std::net::SocketAddr;

use super::virtual_wire::{Setup, address, at, name};
use crate::endpoint::pbx::Account;
use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::BookEntry;
use crate::endpoint::pbx::Input;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::PhoneConfig;
use crate::endpoint::pbx::Sound;
use crate::pbx::config::Extension;
use crate::pbx::config::UserConfig;
use crate::sip::digest::Challenge;
use crate::sip::digest::Credentials;
use crate::sip::digest::Use;
use crate::sip::hop::Hop;
use crate::sip::hop::Transport;
use crate::sip::message::Echo;
use crate::sip::message::Message;
use crate::time::{Duration, Instant};

pub(super) const CALLER: &str = "127.0.0.1:7001";
pub(super) const DESK: &str = "127.0.0.1:7101";
const SOFT: &str = "127.0.0.1:7102";
pub(super) const THIRD: &str = "127.0.0.1:7103";

pub(super) fn sdp(port: u16, direction: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\na={direction}\r\n"
    )
}

thread_local! {
    /// Who is connected over TCP in the benches of this test: at none, these, or all addresses.
    static CONNECTED: Cell<&'static [&'static str]> = const { Cell::new(&[]) };
}

/// Lets `tests` happen with the phones at these addresses connected over TCP.
pub(super) fn over_tcp(phones: &'static [&'static str], tests: &[fn()]) {
    CONNECTED.set(phones);
    for test in tests {
        test();
    }
    CONNECTED.set(&[]);
}

/// Where a phone is heard from and called: a connection that it has made comes from another port.
pub(super) fn hop(phone: &str) -> Hop {
    let mut address = address(phone);
    if !CONNECTED.get().contains(&phone) {
        return Hop::udp(address);
    }
    address.set_port(address.port() + 40_000);
    Hop::tcp(address)
}

/// The Contact of somebody at a phone.
pub(super) fn contact(user: &str, phone: &str) -> String {
    let tcp = hop(phone).transport == Transport::Tcp;
    format!("<sip:{user}@{phone}{}>", if tcp { ";transport=tcp" } else { "" })
}

/// A PBX with users 101, 102 and 103, agent Anna at 101, and somebody at every address.
pub(super) struct Bench {
    pbx: PbxEndpoint,
    now: Instant,
    pub(super) serial: u32,
    /// What has been sent and not been looked at: where to, and what.
    pub(super) sent: Vec<(Hop, String)>,
    media: Vec<(u16, SocketAddr, Sound)>,
    stopped: Vec<u16>,
    pub(super) rows: Vec<(String, String)>,
}

impl Bench {
    pub(super) fn new() -> Self {
        let account = |user: &str| Account { user: user.into(), password: "secret".into() };
        let phones =
            PhoneConfig { users: ["101", "102", "103"].map(account).to_vec(), ..PhoneConfig::default() };
        let mut config = super::ladders::queue(crate::pbx::config::QueueAnswer::OnAgent, 1, None);
        config.agents[0].phone = Some("101".into());
        config.queues[0].numbers = vec!["200".into()];
        for user in ["101", "102", "103"] {
            config.extensions.insert(user.into(), Extension::User(UserConfig::default()));
        }
        let mut bench = Self {
            pbx: Setup { phones, media: true, config, ..Setup::default() }.pbx(),
            now: at(1.0),
            serial: 0,
            sent: Vec::new(),
            media: Vec::new(),
            stopped: Vec::new(),
            rows: Vec::new(),
        };
        (0..16).for_each(|port| bench.tell(Input::MediaPort(10_000 + 2 * port)));
        bench
    }

    pub(super) fn tell(&mut self, input: Input<'_>) {
        let mut actions = Vec::new();
        self.pbx.handle(self.now, input, &mut actions);
        for action in actions {
            match action {
                Action::Transmit { destination, bytes } => {
                    self.sent.push((destination, String::from_utf8(bytes.to_vec()).unwrap()));
                }
                Action::StartMedia { port, remote, sound, .. } => self.media.push((port, remote, sound)),
                Action::StopMedia { port } => self.stopped.push(port),
                Action::Book(BookEntry::Call(row)) => {
                    self.rows.push((row.to.to_string(), row.cause.to_owned()));
                }
                Action::Book(
                    BookEntry::Queue(_) | BookEntry::Menu(_) | BookEntry::Noted(_) | BookEntry::Triggered(_),
                )
                | Action::AskRoute { .. } => {}
            }
        }
    }

    pub(super) fn say(&mut self, from: &str, text: &str) {
        self.tell(Input::Datagram { source: hop(from), bytes: text.as_bytes() });
    }

    pub(super) fn advance(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        while let Some(next) = self.pbx.next_deadline().filter(|next| *next <= end) {
            self.now = next.max(self.now);
            self.tell(Input::DeadlineReached);
        }
        self.now = end;
    }

    /// The first message to `to` of this name, which is then no longer there.
    pub(super) fn take(&mut self, to: &str, wanted: &str) -> String {
        let found = self.sent.iter().position(|(at, text)| *at == hop(to) && named(text) == wanted);
        match found {
            Some(place) => self.sent.remove(place).1,
            None => panic!("no {wanted} to {to} among {:?}", self.ladder()),
        }
    }

    pub(super) fn has(&self, to: &str, wanted: &str) -> bool {
        self.sent.iter().any(|(at, text)| *at == hop(to) && named(text) == wanted)
    }

    pub(super) fn ladder(&self) -> Vec<String> {
        self.sent.iter().map(|(to, text)| format!("{to} {}", named(text))).collect()
    }

    pub(super) fn register(&mut self, user: &str, phone: &str, expires: u32) {
        let headers = format!("Contact: {};expires={expires}\r\n", contact(user, phone));
        self.request("REGISTER", phone, user, user, "", &headers, "");
        let asked = self.take(phone, "401 REGISTER");
        let asked = Message::scan(asked.as_bytes()).unwrap();
        let (challenge, header) = Challenge::of(&asked).unwrap();
        let usage = Use { method: "REGISTER", uri: b"sip:127.0.0.1", nonce_count: 1, client_nonce: "c" };
        let value = challenge.answer(&Credentials { user, password: "secret" }, &usage);
        let headers = format!("{header}: {}\r\n{headers}", String::from_utf8(value).unwrap());
        self.request("REGISTER", phone, user, user, "", &headers, "");
        self.take(phone, "200 REGISTER");
    }

    /// A request outside any leg of the PBX's. `to_tag` with its name.
    #[expect(clippy::too_many_arguments, reason = "each is a part of one message")]
    pub(super) fn request(
        &mut self,
        method: &str,
        address: &str,
        from: &str,
        to: &str,
        to_tag: &str,
        headers: &str,
        body: &str,
    ) {
        self.serial += 1;
        let serial = self.serial;
        let transport = hop(address).transport.name();
        let text = format!(
            "{method} sip:{to}@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/{transport} {address};branch=z9hG4bK{serial}\r\n\
             Max-Forwards: 20\r\nFrom: <sip:{from}@127.0.0.1>;tag=f\r\nTo: <sip:{to}@127.0.0.1>{to_tag}\r\n\
             Call-ID: call-{address}\r\nCSeq: {serial} {method}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.say(address, &text);
    }

    pub(super) fn invite(&mut self, address: &str, from: &str, to: &str, port: u16) {
        let contact = format!("Contact: {}\r\nContent-Type: application/sdp\r\n", contact(from, address));
        self.request("INVITE", address, from, to, "", &contact, &sdp(port, "sendrecv"));
    }

    /// A phone answers a request that it got.
    pub(super) fn reply(&mut self, from: &str, request: &str, status: u16, headers: &str, body: &str) {
        let message = Message::scan(request.as_bytes()).unwrap();
        let contact = contact("phone", from);
        let mut out = Vec::new();
        let mut fields: Vec<(&str, &[u8])> = Vec::new();
        if !headers.starts_with("Contact") {
            fields.push(("Contact", contact.as_bytes()));
        }
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            fields.push((name, value.as_bytes()));
        }
        let body = (!body.is_empty()).then(|| crate::sip::message::Body::sdp(body.as_bytes()));
        let tag = format!("t{from}");
        Echo::of(&message, Hop::udp(address("127.0.0.1:5060"))).write(
            status,
            tag.as_bytes(),
            &fields,
            body,
            &mut out,
        );
        self.say(from, &String::from_utf8(out).unwrap());
    }

    /// A phone's request within the leg that `invite` made.
    pub(super) fn in_leg(&mut self, from: &str, invite: &str, method: &str, headers: &str, body: &str) {
        self.serial += 1;
        let (serial, invite) = (self.serial, Message::scan(invite.as_bytes()).unwrap());
        let transport = hop(from).transport.name();
        let text = format!(
            "{method} sip:pbx@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/{transport} {from};branch=z9hG4bKl{serial}\r\n\
             From: {};tag=t{from}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {serial} {method}\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            String::from_utf8_lossy(invite.to.value),
            String::from_utf8_lossy(invite.from.value),
            String::from_utf8_lossy(invite.call_id),
            body.len()
        );
        self.say(from, &text);
    }

    /// 102 at `CALLER` calls 101 at `DESK`, who picks up: the leg's INVITE and the caller's `To` tag.
    pub(super) fn talk(&mut self) -> (String, String) {
        self.register("101", DESK, 3600);
        self.invite(CALLER, "102", "101", 4000);
        self.answered(DESK, 5000)
    }

    pub(super) fn answered(&mut self, phone: &str, port: u16) -> (String, String) {
        let invite = self.take(phone, "INVITE");
        self.reply(phone, &invite, 180, "", "");
        self.reply(phone, &invite, 200, "Allow: INVITE, UPDATE", &sdp(port, "sendrecv"));
        self.take(phone, "ACK");
        let accepted = self.take(CALLER, "200 INVITE");
        let tag = Message::scan(accepted.as_bytes()).unwrap().to.tag.unwrap().to_vec();
        let tag = format!(";tag={}", String::from_utf8(tag).unwrap());
        self.serial -= 1;
        self.request("ACK", CALLER, "102", "101", &tag, "", "");
        (invite, tag)
    }

    pub(super) fn is_settled(&mut self) {
        self.advance(40.0);
        assert_eq!((self.pbx.calls_in_progress(), self.pbx.circuits_in_use()), (0, 0));
    }
}

pub(super) fn named(text: &str) -> String {
    let name = name(false, text.as_bytes());
    name.trim_start_matches("← ").to_owned()
}

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
    assert_eq!(bench.rows.len(), 1);
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
