//! A telephone played by the test itself, over UDP or TCP: it registers, calls, answers and talks, and hears whose tone
//! comes in. Its messages are read and written by the library; what they must be is said by the test.

#![expect(clippy::disallowed_methods, reason = "a phone sends a packet every 20 ms of the real time")]

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::time::Duration;

use busyhour::media::Codec;
use busyhour::media::rtp;
use busyhour::media::tone;
use busyhour::sip::dialog::Dialog;
use busyhour::sip::dialog::Outgoing;
use busyhour::sip::digest::Challenge;
use busyhour::sip::digest::Credentials;
use busyhour::sip::digest::Use;
use busyhour::sip::hop::Hop;
use busyhour::sip::hop::Transport;
use busyhour::sip::message::Body;
use busyhour::sip::message::Echo;
use busyhour::sip::message::MAX_FORWARDS;
use busyhour::sip::message::Message;
use busyhour::sip::message::Method;
use busyhour::sip::message::Request;
use busyhour::sip::message::Start;
use busyhour::sip::sdp::Description;
use busyhour::sip::stream::Framer;
use busyhour::sip::stream::Piece;

use super::process::wait_until;

/// How long anything may be waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const PACKET: Duration = Duration::from_millis(20);

/// The way to the PBX.
enum Way {
    Udp(UdpSocket),
    Tcp(TcpStream, Framer),
}

/// A telephone.
pub struct Phone {
    user: String,
    way: Way,
    own: SocketAddr,
    pbx: SocketAddr,
    inbox: VecDeque<Vec<u8>>,
    /// Every message that has come, to know what comes twice.
    seen: BTreeSet<Vec<u8>>,
    serial: u32,
    pub dialog: Option<Dialog>,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// Reports come and go at the port of RTP (RFC 5761), if the other side agrees.
    pub muxes: bool,
    ssrc: u32,
    sequence: u16,
    /// Where the other side listens.
    remote: Option<SocketAddr>,
    version: u32,
}

impl Phone {
    /// A telephone of `user` that knows the PBX at `port` of 127.0.0.1; over TCP it is connected at once.
    pub fn new(user: &str, port: u16, transport: Transport) -> Self {
        let pbx = SocketAddr::from(([127, 0, 0, 1], port));
        let (way, own) = match transport {
            Transport::Udp => {
                let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
                socket.set_nonblocking(true).expect("an option");
                let own = socket.local_addr().expect("it is bound");
                (Way::Udp(socket), own)
            }
            Transport::Tcp => {
                let stream = TcpStream::connect(pbx).expect("the PBX listens");
                stream.set_nonblocking(true).expect("an option");
                let own = stream.local_addr().expect("it is connected");
                (Way::Tcp(stream, Framer::new()), own)
            }
        };
        let (rtp, reports) = pair();
        let ssrc = u32::from(rtp.local_addr().expect("it is bound").port());
        Self {
            user: user.to_owned(),
            way,
            own,
            pbx,
            inbox: VecDeque::new(),
            seen: BTreeSet::new(),
            serial: 0,
            dialog: None,
            rtp,
            rtcp: reports,
            muxes: false,
            ssrc,
            sequence: 0,
            remote: None,
            version: 0,
        }
    }

    fn transport(&self) -> Transport {
        match self.way {
            Way::Udp(_) => Transport::Udp,
            Way::Tcp(..) => Transport::Tcp,
        }
    }

    fn contact(&self) -> String {
        let parameter = if self.transport() == Transport::Tcp { ";transport=tcp" } else { "" };
        format!("<sip:{}@{}{parameter}>", self.user, self.own)
    }

    fn branch(&mut self) -> String {
        self.serial += 1;
        format!("z9hG4bK{}-{}-{}", self.user, self.own.port(), self.serial)
    }

    /// Our session description.
    pub fn sdp(&mut self, direction: &str) -> String {
        self.version += 1;
        let port = self.rtp.local_addr().expect("it is bound").port();
        format!(
            "v=0\r\no=- 1 {} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n\
             a=rtpmap:8 PCMA/8000\r\na={direction}\r\n{}",
            self.version,
            if self.muxes { "a=rtcp-mux\r\n" } else { "" }
        )
    }

    pub fn send(&mut self, bytes: &[u8]) {
        match &mut self.way {
            Way::Udp(socket) => drop(socket.send_to(bytes, self.pbx).expect("loopback takes it")),
            Way::Tcp(stream, _) => stream.write_all(bytes).expect("the PBX reads"),
        }
    }

    /// A request outside every dialog, with a Call-ID of its own unless one is given.
    fn outside(
        &mut self,
        method: Method,
        to: &str,
        cseq: u32,
        call_id: &str,
        extra: &[(&str, &[u8])],
        body: Option<&str>,
    ) -> Vec<u8> {
        let (branch, contact) = (self.branch(), self.contact());
        let mut bytes = Vec::new();
        let uri = if method == Method::Register {
            "sip:127.0.0.1".to_owned()
        } else {
            format!("sip:{to}@{}", self.pbx)
        };
        Request {
            method,
            transport: self.transport(),
            uri: uri.as_bytes(),
            sent_by: self.own.to_string().as_bytes(),
            branch: branch.as_bytes(),
            routes: &[],
            from: format!("<sip:{}@127.0.0.1>;tag=f{call_id}", self.user).as_bytes(),
            to: format!("<sip:{to}@127.0.0.1>").as_bytes(),
            call_id: call_id.as_bytes(),
            cseq,
            contact: Some(contact.as_bytes()),
            max_forwards: MAX_FORWARDS,
            extra,
            body: body.map(|text| Body::sdp(text.as_bytes())),
        }
        .write(&mut bytes);
        self.send(&bytes);
        bytes
    }

    fn fresh(&mut self) -> String {
        self.serial += 1;
        format!("c{}-{}-{}", self.user, self.own.port(), self.serial)
    }

    /// Registers for so many seconds; the status of the answer to the second REGISTER.
    pub fn register(&mut self, password: &str, expires: u32) -> u16 {
        let (user, call_id) = (self.user.clone(), self.fresh());
        let seconds = expires.to_string();
        self.outside(Method::Register, &user, 1, &call_id, &[("Expires", seconds.as_bytes())], None);
        let asked = self.wait("401 REGISTER");
        let asked = Message::scan(&asked).expect("SIP");
        let (challenge, header) = Challenge::of(&asked).expect("a challenge");
        let usage = Use { method: "REGISTER", uri: b"sip:127.0.0.1", nonce_count: 1, client_nonce: "c" };
        let answer = challenge.answer(&Credentials { user: &user, password }, &usage);
        let extra: [(&str, &[u8]); 2] = [("Expires", seconds.as_bytes()), (header, &answer)];
        self.outside(Method::Register, &user, 2, &call_id, &extra, None);
        let answer = self.wait_for(|name| name.ends_with(" REGISTER"));
        Message::scan(&answer).expect("SIP").status().expect("a response")
    }

    /// Calls `to`; what it sent.
    pub fn invite(&mut self, to: &str, extra: &[(&str, &[u8])]) -> Vec<u8> {
        let (call_id, sdp) = (self.fresh(), self.sdp("sendrecv"));
        self.outside(Method::Invite, to, 1, &call_id, extra, Some(&sdp))
    }

    /// Asks, as a web page would, that `to` call this phone.
    pub fn ask_to_be_called(&mut self, to: &str) {
        let (call_id, contact) = (self.fresh(), self.contact());
        self.outside(Method::Refer, to, 1, &call_id, &[("Refer-To", contact.as_bytes())], None);
    }

    /// One REGISTER, with this proof of the password; the answer.
    pub fn ask_to_register(&mut self, proof: Option<&(String, Vec<u8>)>) -> Vec<u8> {
        let (user, call_id) = (self.user.clone(), self.fresh());
        let mut extra: Vec<(&str, &[u8])> = vec![("Expires", b"60")];
        extra.extend(proof.map(|(header, value)| (&**header, &**value)));
        self.outside(Method::Register, &user, 1, &call_id, &extra, None);
        self.wait_for(|name| name.ends_with(" REGISTER"))
    }

    /// The proof that answers the challenge in `asked`, and the header that it belongs into.
    pub fn proof(&self, asked: &[u8], password: &str, nonce_count: u32) -> (String, Vec<u8>) {
        let asked = Message::scan(asked).expect("SIP");
        let (challenge, header) = Challenge::of(&asked).expect("a challenge");
        let (method, uri): (_, &[u8]) = match asked.cseq.method {
            Method::Register => ("REGISTER", b"sip:127.0.0.1"),
            other => (other.name(), b"sip:127.0.0.1"),
        };
        let usage = Use { method, uri, nonce_count, client_nonce: "c" };
        (header.to_owned(), challenge.answer(&Credentials { user: &self.user, password }, &usage))
    }

    /// Calls `to`, asked for the password.
    pub fn invite_with(&mut self, to: &str, password: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
        let (call_id, sdp) = (self.fresh(), self.sdp("sendrecv"));
        self.outside(Method::Invite, to, 1, &call_id, more, Some(&sdp));
        let asked = self.wait("407 INVITE");
        let (header, proof) = self.proof(&asked, password, 1);
        let more = [more, &[(&*header, &proof[..])]].concat();
        self.outside(Method::Invite, to, 2, &call_id, &more, Some(&sdp))
    }

    /// Calls `to` in the place of whoever has the dialog that `replaces` names, with the password.
    pub fn invite_instead(&mut self, to: &str, password: &str, replaces: &str) -> Vec<u8> {
        self.invite_with(to, password, &[("Replaces", replaces.as_bytes()), ("Require", b"replaces")])
    }

    /// The dialog of our call, as a Replaces names it to the PBX.
    pub fn dialog_to_replace(&self) -> String {
        let dialog = self.dialog.as_ref().expect("a call");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (call_id, theirs, ours) = (dialog.call_id(), dialog.remote_tag(), dialog.local_tag());
        format!("{};to-tag={};from-tag={}", text(call_id), text(theirs), text(ours))
    }

    /// Sends the other to `to`; `replaces` names the dialog with somebody who was asked before.
    pub fn refer(&mut self, to: &str, replaces: Option<&str>) {
        let headers = replaces.map(|dialog| format!("?Replaces={}", escaped(dialog))).unwrap_or_default();
        let target = format!("<sip:{to}@{}{headers}>", self.pbx);
        self.request(Method::Refer, &[("Refer-To", target.as_bytes())], None);
        self.wait("202 REFER");
    }

    /// The PBX hangs up.
    pub fn is_let_go(&mut self) {
        let bye = self.wait("BYE");
        self.reply(&bye, 200, &[], None);
    }

    /// Waits until the call is answered, and acknowledges.
    pub fn connected(&mut self, invite: &[u8]) {
        let accepted = self.wait("200 INVITE");
        let (invite, accepted) =
            (Message::scan(invite).expect("SIP"), Message::scan(&accepted).expect("SIP"));
        self.dialog = Some(Dialog::of_caller(&invite, &accepted).expect("a Contact"));
        self.hear_from(accepted.body);
        self.acknowledge(accepted.cseq.number);
    }

    /// Picks up the call that comes next; its INVITE.
    pub fn pick_up(&mut self) -> Vec<u8> {
        let invite = self.wait("INVITE");
        let sdp = self.sdp("sendrecv");
        self.reply(&invite, 180, &[], None);
        self.reply(&invite, 200, &[("Allow", b"INVITE, ACK, BYE, CANCEL, UPDATE, NOTIFY")], Some(&sdp));
        let message = Message::scan(&invite).expect("SIP");
        self.dialog = Some(Dialog::of_callee(&message, self.tag().as_bytes()).expect("a Contact"));
        self.hear_from(message.body);
        self.wait("ACK");
        invite
    }

    fn tag(&self) -> String {
        format!("t{}", self.own.port())
    }

    pub fn reply(&mut self, request: &[u8], status: u16, extra: &[(&str, &[u8])], sdp: Option<&str>) {
        let (message, contact) = (Message::scan(request).expect("SIP"), self.contact());
        let mut fields = vec![("Contact", contact.as_bytes())];
        fields.extend(extra);
        let mut bytes = Vec::new();
        let source = Hop { address: self.pbx, transport: self.transport() };
        let body = sdp.map(|text| Body::sdp(text.as_bytes()));
        Echo::of(&message, source).write(status, self.tag().as_bytes(), &fields, body, &mut bytes);
        self.send(&bytes);
    }

    /// A request in the dialog.
    pub fn request(&mut self, method: Method, extra: &[(&str, &[u8])], sdp: Option<&str>) {
        self.within(|dialog, outgoing, bytes| dialog.write_request(method, outgoing, bytes), extra, sdp);
    }

    pub fn acknowledge(&mut self, cseq: u32) {
        self.within(|dialog, outgoing, bytes| dialog.write_ack(cseq, outgoing, bytes), &[], None);
    }

    fn within(
        &mut self,
        write: impl FnOnce(&mut Dialog, &Outgoing<'_>, &mut Vec<u8>),
        extra: &[(&str, &[u8])],
        sdp: Option<&str>,
    ) {
        let (branch, contact, sent_by) = (self.branch(), self.contact(), self.own.to_string());
        let outgoing = Outgoing {
            transport: self.transport(),
            sent_by: sent_by.as_bytes(),
            branch: branch.as_bytes(),
            contact: Some(contact.as_bytes()),
            extra,
            body: sdp.map(|text| Body::sdp(text.as_bytes())),
        };
        let mut bytes = Vec::new();
        write(self.dialog.as_mut().expect("a call"), &outgoing, &mut bytes);
        self.send(&bytes);
    }

    /// Offers a session in this direction, and waits for what is answered.
    pub fn offer(&mut self, method: Method, direction: &str) {
        let sdp = self.sdp(direction);
        self.request(method, &[], Some(&sdp));
    }

    /// The answer to our offer.
    pub fn offer_accepted(&mut self, method: Method) {
        let accepted = self.wait(&format!("200 {}", method.name()));
        let accepted = Message::scan(&accepted).expect("SIP");
        self.hear_from(accepted.body);
        if method == Method::Invite {
            self.acknowledge(accepted.cseq.number);
        }
    }

    /// Accepts the session that the other side offers next; its direction.
    pub fn accept_offer(&mut self, method: Method, direction: &str) -> String {
        let offer = self.wait(method.name());
        let sdp = self.sdp(direction);
        self.reply(&offer, 200, &[], Some(&sdp));
        let message = Message::scan(&offer).expect("SIP");
        self.dialog.as_mut().expect("a call").receive(&message).expect("in order");
        self.hear_from(message.body);
        let text = String::from_utf8_lossy(message.body).into_owned();
        if method == Method::Invite {
            self.wait("ACK");
        }
        let direction = ["sendrecv", "sendonly", "recvonly", "inactive"];
        let found = direction.iter().find(|word| text.contains(&format!("a={word}")));
        (*found.unwrap_or(&"sendrecv")).to_owned()
    }

    fn hear_from(&mut self, body: &[u8]) {
        let description = Description::scan(body).expect("SDP");
        let media = description.media().next().expect("a stream");
        self.remote = media.address.map(|address| SocketAddr::new(address, media.port));
    }

    /// The next message of this name, as `INVITE` or `200 INVITE`; what comes before it waits.
    pub fn wait(&mut self, name: &str) -> Vec<u8> {
        self.wait_for(|found| found == name)
    }

    fn wait_for(&mut self, wanted: impl Fn(&str) -> bool) -> Vec<u8> {
        let mut found = None;
        wait_until(PATIENCE, || {
            self.read();
            found = self.inbox.iter().position(|bytes| wanted(&name(bytes)));
            found.is_some()
        });
        let names = self.inbox.iter().map(|bytes| name(bytes)).collect::<Vec<_>>();
        let place = found.unwrap_or_else(|| {
            panic!("{} waits over {:?} in vain; it has got {names:?}", self.user, self.transport())
        });
        self.inbox.remove(place).expect("it was found there")
    }

    /// Whether a message of this name has come, or comes in a while.
    pub fn gets(&mut self, wanted: &str, within: Duration) -> bool {
        wait_until(within, || {
            self.read();
            self.inbox.iter().any(|bytes| name(bytes) == wanted)
        })
    }

    fn read(&mut self) {
        let mut buffer = [0; 8192];
        let mut come = Vec::new();
        match &mut self.way {
            Way::Udp(socket) => {
                while let Ok(length) = socket.recv(&mut buffer) {
                    come.push(buffer[..length].to_vec());
                }
            }
            Way::Tcp(stream, framer) => {
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    framer.push(&buffer[..length]);
                }
                while let Some(piece) = framer.next().expect("whole messages") {
                    if let Piece::Message(bytes) = piece {
                        come.push(bytes.to_vec());
                    }
                }
            }
        }
        for bytes in come {
            if self.seen.insert(bytes.clone()) {
                self.inbox.push_back(bytes);
            }
        }
    }

    fn sound(&mut self) {
        let Some(remote) = self.remote.filter(|remote| remote.port() != 0 && !remote.ip().is_unspecified())
        else {
            return;
        };
        let header = rtp::Header {
            marker: self.sequence == 0,
            payload_type: 8,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * 160,
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let _ = self.rtp.send_to(&rtp::build(&header, &tone::payload(Codec::Pcma)), remote);
    }

    /// Sends a sender report.
    pub fn report(&self) {
        let Some(mut remote) = self.remote else { return };
        let mut report = vec![0x80, 200, 0, 6];
        report.extend(self.ssrc.to_be_bytes());
        report.extend([0; 20]);
        if !self.muxes {
            remote.set_port(remote.port() + 1);
        }
        let socket = if self.muxes { &self.rtp } else { &self.rtcp };
        let _ = socket.send_to(&report, remote);
    }

    /// Whether a report of `ssrc` comes in a while, where this phone takes them.
    fn gets_report(&self, ssrc: u32) -> bool {
        let socket = if self.muxes { &self.rtp } else { &self.rtcp };
        let mut buffer = [0; 2048];
        wait_until(PATIENCE, || {
            while let Ok(length) = socket.recv(&mut buffer) {
                if length >= 8 && buffer[1] == 200 && buffer[4..8] == ssrc.to_be_bytes() {
                    return true;
                }
            }
            false
        })
    }

    /// Packets with the tone of `ssrc` that have come.
    fn hears(&self, ssrc: u32) -> usize {
        let (mut buffer, mut heard) = ([0; 2048], 0);
        while let Ok(length) = self.rtp.recv(&mut buffer) {
            if let Some(packet) = rtp::parse(&buffer[..length]) {
                heard +=
                    usize::from(packet.header.ssrc == ssrc && tone::is_present(Codec::Pcma, packet.payload));
            }
        }
        heard
    }
}

/// Each sends a report, and gets the other's.
pub fn get_each_others_reports(one: &Phone, other: &Phone, when: &str) {
    one.report();
    other.report();
    assert!(one.gets_report(other.ssrc) && other.gets_report(one.ssrc), "{when}: no report came through");
}

/// Sockets for RTP and, at the next port, RTCP.
fn pair() -> (UdpSocket, UdpSocket) {
    for _ in 0..1000 {
        let rtp = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
        let next = rtp.local_addr().expect("it is bound").port().saturating_add(1);
        let Ok(reports) = UdpSocket::bind(("127.0.0.1", next)) else { continue };
        rtp.set_nonblocking(true).expect("an option");
        reports.set_nonblocking(true).expect("an option");
        return (rtp, reports);
    }
    panic!("loopback has free pairs of ports");
}

/// Fifteen packets each way; one or two may be under way at the end.
pub fn hear_each_other(one: &mut Phone, other: &mut Phone, when: &str) {
    let heard = talk(one, other, 15);
    assert!(heard.0 >= 12 && heard.1 >= 12, "{when}: {heard:?} of 15 packets came through");
}

/// Both speak for so many packets: how many of the other's each has heard.
fn talk(one: &mut Phone, other: &mut Phone, packets: u32) -> (usize, usize) {
    let (mut heard_by_one, mut heard_by_other) = (0, 0);
    for _ in 0..packets {
        one.sound();
        other.sound();
        std::thread::sleep(PACKET);
        heard_by_one += one.hears(other.ssrc);
        heard_by_other += other.hears(one.ssrc);
    }
    std::thread::sleep(5 * PACKET);
    (heard_by_one + one.hears(other.ssrc), heard_by_other + other.hears(one.ssrc))
}

fn escaped(text: &str) -> String {
    text.replace('@', "%40").replace(';', "%3B").replace('=', "%3D").replace(':', "%3A")
}

fn name(bytes: &[u8]) -> String {
    match Message::scan(bytes) {
        Ok(message) => match message.start {
            Start::Status { code, .. } => format!("{code} {}", message.cseq.method.name()),
            Start::Request { .. } => String::from_utf8_lossy(message.cseq.token).into_owned(),
        },
        Err(why) => why.to_string(),
    }
}
