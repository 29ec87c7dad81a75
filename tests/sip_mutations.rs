//! Damaged SIP from a hostile or broken peer: nothing panics, every table stays within its capacity, and
//! nothing is left when the storm is over.
//!
//! `BUSYHOUR_MUTATIONS` sets how many datagrams are tried (default 50 000); the seed is fixed, so a failure comes again.

use std::env;
use std::net::SocketAddr;

use busyhour::random::Purpose;
use busyhour::random::Seed;
use busyhour::random::Stream;
use busyhour::sip::dialog::Dialog;
use busyhour::sip::dialog::Outgoing;
use busyhour::sip::digest::Challenge;
use busyhour::sip::digest::Credentials;
use busyhour::sip::digest::Use;
use busyhour::sip::hop::Hop;
use busyhour::sip::hop::Transport;
use busyhour::sip::message::Echo;
use busyhour::sip::message::Message;
use busyhour::sip::message::Method;
use busyhour::sip::message::Request;
use busyhour::sip::message::write_cancel;
use busyhour::sip::sdp;
use busyhour::sip::transaction::Action;
use busyhour::sip::transaction::ClientId;
use busyhour::sip::transaction::Layer;
use busyhour::sip::transaction::ServerId;
use busyhour::sip::transaction::Timers;
use busyhour::time::Duration;
use busyhour::time::Instant;

use mutator::Mutator;

#[path = "support/mutator.rs"]
mod mutator;

const CAPACITY: usize = 16;

/// Undamaged messages of every kind that reaches a caller or a PBX.
const MESSAGES: [&str; 9] = [
    "INVITE sip:100@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bK1\r\n\
     Record-Route: <sip:p2;lr>, <sip:p1>\r\nMax-Forwards: 70\r\nFrom: \"A, B\" <sip:79@h;x=y>;tag=f1\r\n\
     To: <sip:100@127.0.0.1>\r\nCall-ID: c1@h\r\nCSeq: 1 INVITE\r\nContact: <sip:79@127.0.0.1:5070>\r\n\
     Supported: 100rel, timer\r\nContent-Type: application/sdp\r\nContent-Length: 131\r\n\r\n\
     v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\n\
     a=rtpmap:101 telephone-event/8000\r\n",
    "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKown1;received=127.0.0.1;rport=5070\r\n\
     From: <sip:79@h>;tag=f1\r\nTo: <sip:100@127.0.0.1>;tag=t1\r\nCall-ID: c1@h\r\nCSeq: 1 INVITE\r\n\
     Contact: <sip:100@127.0.0.1:5060>\r\nContent-Length: 0\r\n\r\n",
    "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 127.0.0.1:5070\r\n ;branch=z9hG4bKown2\r\nf: <sip:79@h>;tag=f1\r\n\
     t: <sip:100@127.0.0.1>;tag=t1\r\ni: c1@h\r\nCSeq: 1 INVITE\r\nm: <sip:100@[::1]:5060>\r\n\
     Record-Route: <sip:p1;lr>\r\nc: application/sdp\r\nl: 0\r\n\r\n",
    "SIP/2.0 503 Service Unavailable\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKown3\r\n\
     From: <sip:79@h>;tag=f1\r\nTo: <sip:100@127.0.0.1>;tag=t1\r\nCall-ID: c1@h\r\nCSeq: 1 INVITE\r\n\
     Reason: SIP;cause=503, Q.850;cause=34;text=\"no circuit\"\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
    "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKown4\r\n\
     From: <sip:79@h>;tag=f1\r\nTo: <sip:100@127.0.0.1>;tag=t1\r\nCall-ID: c1@h\r\nCSeq: 1 INVITE\r\n\
     WWW-Authenticate: Digest realm=\"a, b\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=SHA-256\r\n\r\n",
    "ACK sip:100@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n\
     From: <sip:79@h>;tag=f1\r\nTo: <sip:100@127.0.0.1>;tag=t1\r\nCall-ID: c1@h\r\nCSeq: 1 ACK\r\n\r\n",
    "CANCEL sip:100@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bK1\r\n\
     From: <sip:79@h>;tag=f1\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: c1@h\r\nCSeq: 1 CANCEL\r\n\r\n",
    "BYE sip:100@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bK2\r\n\
     Via: SIP/2.0/TCP pc.example, SIP/2.0/UDP x;branch=1\r\nFrom: <sip:79@h>;tag=f1\r\n\
     To: <sip:100@127.0.0.1>;tag=t1\r\nCall-ID: c1@h\r\nCSeq: 2 BYE\r\nReason: Q.850;cause=16\r\n\r\n",
    "OPTIONS tel:112;phone-context=+7 SIP/2.0\nVia: SIP/2.0/UDP h\nFrom: sip:a@h\nTo: tel:112\nCall-ID: o\nCSeq: 7 OPTIONS\n\n",
];

/// A careless user of the layer: answers, ignores and cancels by chance.
struct User {
    layer: Layer,
    now: Instant,
    mutator: Mutator,
    ringing: Vec<ServerId>,
    calling: Vec<(ClientId, Vec<u8>)>,
    scanned: u64,
}

impl User {
    fn peer() -> Hop {
        Hop::udp(SocketAddr::from(([127, 0, 0, 1], 5060)))
    }

    fn call(&mut self, number: usize, out: &mut Vec<Action>) {
        let branch = format!("z9hG4bKown{number}");
        let mut bytes = Vec::new();
        Request {
            method: Method::Invite,
            transport: Transport::Udp,
            uri: b"sip:100@127.0.0.1:5060",
            sent_by: b"127.0.0.1:5070",
            branch: branch.as_bytes(),
            routes: &[],
            from: b"<sip:79@h>;tag=f1",
            to: b"<sip:100@127.0.0.1>",
            call_id: b"c1@h",
            cseq: 1,
            contact: Some(b"<sip:79@127.0.0.1:5070>"),
            max_forwards: 70,
            extra: &[],
            body: None,
        }
        .write(&mut bytes);
        let sent = self.layer.request(
            self.now,
            Self::peer(),
            bytes.as_slice(),
            Method::Invite,
            branch.as_bytes(),
            0,
            out,
        );
        if let Ok(client) = sent {
            self.calling.push((client, bytes));
        }
    }

    /// One datagram through everything that reads what a peer sends.
    fn receive(&mut self, datagram: &[u8]) {
        let mut out = Vec::new();
        match Message::scan(datagram) {
            Ok(message) => {
                self.scanned += 1;
                read_everything(&message);
                self.layer.receive(self.now, Self::peer(), &message, &mut out);
                for action in out {
                    self.act(&action, &message);
                }
            }
            Err(why) => self.layer.count_malformed(why),
        }
        let _ = sdp::Description::scan(datagram);
        assert!(self.layer.len() <= CAPACITY, "the table has a capacity");
    }

    fn act(&mut self, action: &Action, message: &Message<'_>) {
        match action {
            Action::Transmit { bytes, .. } => {
                assert!(
                    Message::scan(bytes).is_ok(),
                    "we send what scans: {}",
                    String::from_utf8_lossy(bytes)
                );
            }
            Action::Request { server } => match self.mutator.below(4) {
                0 => self.layer.ignore(self.now, *server, &mut Vec::new()),
                1 if message.method() == Method::Invite => self.ringing.push(*server),
                _ => self.answer(*server, message),
            },
            _ => {}
        }
    }

    fn answer(&mut self, server: ServerId, request: &Message<'_>) {
        let statuses = [100, 180, 200, 404, 486, 503];
        let status = statuses[self.mutator.below(statuses.len())];
        let mut bytes = Vec::new();
        Echo::of(request, Self::peer()).write(status, b"t1", &[], None, &mut bytes);
        assert!(Message::scan(&bytes).is_ok(), "we answer what scans: {}", String::from_utf8_lossy(&bytes));
        self.layer.respond(self.now, server, status, bytes, &mut Vec::new());
        if status < 200 {
            self.ringing.push(server);
        }
    }

    fn pass_time(&mut self, by: Duration) {
        self.now += by;
        self.layer.deadline_reached(self.now, &mut Vec::new());
    }

    /// Ends everything that would otherwise wait for a person.
    fn give_up(&mut self) {
        let mut out = Vec::new();
        for server in std::mem::take(&mut self.ringing) {
            self.layer.ignore(self.now, server, &mut out);
        }
        for (client, invite) in std::mem::take(&mut self.calling) {
            if self.layer.provisional_seen(client) {
                let invite = Message::scan(&invite).expect("our own INVITE");
                let branch = invite.via.branch.expect("our own branch");
                let mut cancel = Vec::new();
                write_cancel(&invite, &mut cancel);
                let sent =
                    self.layer.request(self.now, Self::peer(), cancel, Method::Cancel, branch, 0, &mut out);
                assert!(sent.is_ok() || self.layer.len() == CAPACITY);
            }
        }
    }
}

/// Calls every reader that looks at a value only when asked.
fn read_everything(message: &Message<'_>) {
    let _ = (message.contact_uri(), message.retry_after_s(), message.q850_cause(), message.from.user());
    let _ = (message.routes().count(), message.record_routes().count(), message.header("X-Busyhour-Agent"));
    let local = sdp::Local {
        address: User::peer().address.ip(),
        port: 30_000,
        codecs: &[sdp::Codec::Pcma, sdp::Codec::Pcmu],
        ptime_ms: 20,
        telephone_event: true,
        session_id: 1,
        session_version: 1,
    };
    if let Ok(offer) = sdp::Description::scan(message.body) {
        let _ = (sdp::accept(&offer, &local), sdp::answer(&offer, &local, &mut Vec::new()));
    }
    if let Ok((challenge, _)) = Challenge::of(message) {
        let use_ = Use { method: "INVITE", uri: b"sip:x", nonce_count: 1, client_nonce: "c" };
        let _ = challenge.answer(&Credentials { user: "u", password: "p" }, &use_);
    }
    if message.is_request()
        && let Some(mut dialog) = Dialog::of_callee(message, b"t1")
    {
        let _ = (dialog.receive(message), dialog.next_hop());
        let mut bye = Vec::new();
        dialog.write_request(Method::Bye, &Outgoing::default(), &mut bye);
    }
}

#[test]
fn damaged_datagrams_neither_panic_nor_pile_up() {
    let count = env::var("BUSYHOUR_MUTATIONS").map_or(50_000, |text| text.parse().expect("a number"));
    let mut user = User {
        layer: Layer::new(Timers::default(), CAPACITY),
        now: Instant::ZERO,
        mutator: Mutator {
            draws: Seed(4475).stream(Purpose::Network, 0),
            corpus: MESSAGES.iter().map(|message| message.as_bytes().to_vec()).collect(),
        },
        ringing: Vec::new(),
        calling: Vec::new(),
        scanned: 0,
    };
    for round in 0..count {
        if round % 1_000 == 0 {
            user.give_up();
            user.pass_time(Duration::from_secs(70));
            assert!(user.layer.is_empty(), "the storm is over: {} are left", user.layer.len());
            (0..5).for_each(|number| user.call(number, &mut Vec::new()));
        }
        let datagram = user.mutator.damaged();
        user.receive(&datagram);
        user.pass_time(Duration::from_millis(5));
    }
    user.give_up();
    user.pass_time(Duration::from_secs(70));
    user.pass_time(Duration::from_secs(70));
    assert!(user.layer.is_empty(), "{} transactions are left", user.layer.len());
    let counters = *user.layer.counters();
    println!("{count} datagrams, {} scanned, {counters:?}", user.scanned);
    assert!(user.scanned > count / 10, "mutations that nothing scans prove little");
    assert!(counters.malformed > count / 10, "mutations that all scan prove little");
    assert!(counters.full > 0 && counters.stray_responses > 0 && counters.retransmissions_absorbed > 0);
}
