//! A PBX and the phones around it, played by hand in virtual time: what each is sent, and what it says.

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
use crate::pbx::Config;
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
pub(super) const SOFT: &str = "127.0.0.1:7102";
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
    pub(super) pbx: PbxEndpoint,
    pub(super) now: Instant,
    pub(super) serial: u32,
    /// What has been sent and not been looked at: where to, and what.
    pub(super) sent: Vec<(Hop, String)>,
    pub(super) media: Vec<(u16, SocketAddr, Sound)>,
    pub(super) stopped: Vec<u16>,
    pub(super) rows: Vec<(String, String)>,
    /// Of each row: to whom the call was handed on.
    pub(super) handed: Vec<String>,
    /// Of the queue's log: event, queue and agent.
    pub(super) log: Vec<String>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with a configuration that `change` has had its way with.
    pub(super) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let account = |user: &str| Account { user: user.into(), password: "secret".into() };
        let phones =
            PhoneConfig { users: ["101", "102", "103"].map(account).to_vec(), ..PhoneConfig::default() };
        let mut config = super::ladders::queue(crate::pbx::config::QueueAnswer::OnAgent, 1, None);
        config.agents[0].phone = Some("101".into());
        config.queues[0].numbers = vec!["200".into()];
        for user in ["101", "102", "103"] {
            config.extensions.insert(user.into(), Extension::User(UserConfig::default()));
        }
        change(&mut config);
        let mut bench = Self {
            pbx: Setup { phones, media: true, config, ..Setup::default() }.pbx(),
            now: at(1.0),
            serial: 0,
            sent: Vec::new(),
            media: Vec::new(),
            stopped: Vec::new(),
            rows: Vec::new(),
            handed: Vec::new(),
            log: Vec::new(),
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
                    self.handed.push(row.transferred_to.as_deref().unwrap_or_default().to_owned());
                }
                Action::Book(BookEntry::Queue(line)) => {
                    let agent = line.agent.as_deref().unwrap_or("NONE");
                    self.log.push(format!("{} {} {agent}", line.event.name(), line.queue));
                }
                Action::Book(BookEntry::Menu(_) | BookEntry::Noted(_) | BookEntry::Triggered(_))
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

    /// A user's phone calls in the place of the dialog that `replaces` names, with the user's password.
    pub(super) fn invite_instead(&mut self, phone: &str, user: &str, to: &str, port: u16, replaces: &str) {
        let headers = format!(
            "Contact: {}\r\nContent-Type: application/sdp\r\nRequire: replaces\r\nReplaces: {replaces}\r\n",
            contact(user, phone)
        );
        self.request("INVITE", phone, user, to, "", &headers, &sdp(port, "sendrecv"));
        let asked = self.take(phone, "407 INVITE");
        let asked = Message::scan(asked.as_bytes()).unwrap();
        self.serial -= 1;
        self.request("ACK", phone, user, to, ";tag=busyhour", "", "");
        let (challenge, header) = Challenge::of(&asked).unwrap();
        let usage = Use { method: "INVITE", uri: b"sip:127.0.0.1", nonce_count: 1, client_nonce: "c" };
        let value = challenge.answer(&Credentials { user, password: "secret" }, &usage);
        let headers = format!("{header}: {}\r\n{headers}", String::from_utf8(value).unwrap());
        self.request("INVITE", phone, user, to, "", &headers, &sdp(port, "sendrecv"));
    }

    /// Where sound goes at present: from which of our ports, and with what.
    pub(super) fn heard_at(&self, remote: &str) -> Option<Sound> {
        let remote = address(remote);
        self.media.iter().rev().find(|(_, to, _)| *to == remote).map(|(_, _, sound)| *sound)
    }

    /// The port through which somebody at `remote` hears.
    pub(super) fn port_of(&self, remote: &str) -> u16 {
        let remote = address(remote);
        self.media.iter().rev().find(|(_, to, _)| *to == remote).expect("sound goes there").0
    }

    /// Whether the two hear each other, as far as the PBX has said last.
    pub(super) fn are_connected(&self, one: &str, other: &str) -> bool {
        let hears = |at: &str, whom: &str| matches!(self.heard_at(at), Some(Sound::Relay { from, .. }) if from == self.port_of(whom));
        hears(one, other) && hears(other, one)
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
