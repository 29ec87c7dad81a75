//! Dialogs (RFC 3261 12): what two user agents know of each other between INVITE and BYE.
//!
//! A dialog is plain data. It checks that a request belongs to it and is in order, and writes its own requests
//! with the right target, route, tags and sequence number. It owns no transaction and no timer; who finds no dialog
//! for a request answers 481.

use std::net::IpAddr;
use std::net::SocketAddr;

use thiserror::Error;

use super::hop::Hop;
use super::hop::Transport;
use super::message::Address;
use super::message::Body;
use super::message::MAX_FORWARDS;
use super::message::Message;
use super::message::Method;
use super::message::Parameters;
use super::message::Request;

/// Routes kept of a peer's Record-Route; a longer set is no dialog.
const MOST_ROUTES: usize = 16;

/// One side's view of a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    call_id: Box<[u8]>,
    /// Our address with our tag: From of our requests, To of the peer's.
    local: Box<[u8]>,
    local_tag: Box<[u8]>,
    /// The peer's address with its tag.
    remote: Box<[u8]>,
    /// Empty from RFC 2543 peers.
    remote_tag: Box<[u8]>,
    remote_target: Box<[u8]>,
    routes: Vec<Box<[u8]>>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
}

/// Why a request in a dialog can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Its tags or Call-ID are another dialog's: 481.
    #[error("the request belongs to another dialog")]
    Unknown,
    /// Its sequence number is lower than that of one before it: 500 (RFC 3261 12.2.2).
    #[error("the request is out of order")]
    OutOfOrder,
}

impl Refusal {
    /// The status to refuse with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unknown => 481,
            Self::OutOfOrder => 500,
        }
    }
}

/// What a request in a dialog needs beyond the dialog.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outgoing<'a> {
    /// What the request goes over.
    pub transport: Transport,
    /// Host and port of our Via.
    pub sent_by: &'a [u8],
    /// The transaction's branch.
    pub branch: &'a [u8],
    /// Contact, in angle brackets, where the method refreshes the target.
    pub contact: Option<&'a [u8]>,
    /// Further headers.
    pub extra: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: Option<Body<'a>>,
}

impl Dialog {
    /// The caller's dialog, made by a 101–299 `response` to its `invite` (RFC 3261 12.1.2).
    ///
    /// `None` if the response has no Contact to send to, or an endless route.
    #[must_use]
    pub fn of_caller(invite: &Message<'_>, response: &Message<'_>) -> Option<Self> {
        let mut routes = collect_routes(response.record_routes())?;
        routes.reverse();
        Some(Self {
            call_id: response.call_id.into(),
            local: invite.from.value.into(),
            local_tag: invite.from.tag.unwrap_or_default().into(),
            remote: response.to.value.into(),
            remote_tag: response.to.tag.unwrap_or_default().into(),
            remote_target: response.contact_uri()?.into(),
            routes,
            local_cseq: invite.cseq.number,
            remote_cseq: None,
        })
    }

    /// The callee's dialog, made by answering `invite` with `local_tag` (RFC 3261 12.1.1).
    ///
    /// `None` if the INVITE has no Contact to send to, or an endless route.
    #[must_use]
    pub fn of_callee(invite: &Message<'_>, local_tag: &[u8]) -> Option<Self> {
        let local = match invite.to.tag {
            Some(_) => invite.to.value.to_vec(),
            None => [invite.to.value, b";tag=", local_tag].concat(),
        };
        Some(Self {
            call_id: invite.call_id.into(),
            local: local.into(),
            local_tag: invite.to.tag.unwrap_or(local_tag).into(),
            remote: invite.from.value.into(),
            remote_tag: invite.from.tag.unwrap_or_default().into(),
            remote_target: invite.contact_uri()?.into(),
            routes: collect_routes(invite.record_routes())?,
            local_cseq: 0,
            remote_cseq: Some(invite.cseq.number),
        })
    }

    /// The URI to which requests go: the far end's Contact.
    #[must_use]
    pub fn remote_target(&self) -> &[u8] {
        &self.remote_target
    }

    /// Call-ID.
    #[must_use]
    pub fn call_id(&self) -> &[u8] {
        &self.call_id
    }

    /// Our tag.
    #[must_use]
    pub fn local_tag(&self) -> &[u8] {
        &self.local_tag
    }

    /// The peer's tag; empty if it gave none.
    #[must_use]
    pub fn remote_tag(&self) -> &[u8] {
        &self.remote_tag
    }

    /// The sequence number of our last request.
    #[must_use]
    pub const fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// True if `message`, a request from the peer or a response from it, carries this dialog's identity.
    #[must_use]
    pub fn matches(&self, message: &Message<'_>) -> bool {
        let (local, remote) =
            if message.is_request() { (message.to, message.from) } else { (message.from, message.to) };
        *self.call_id == *message.call_id
            && *self.local_tag == *local.tag.unwrap_or_default()
            && *self.remote_tag == *remote.tag.unwrap_or_default()
    }

    /// Takes a request of the peer (RFC 3261 12.2.2): checks that it belongs here and is in order, and follows a new
    /// Contact of a re-INVITE or UPDATE.
    ///
    /// # Errors
    /// [`Refusal`], with the status to answer.
    pub fn receive(&mut self, request: &Message<'_>) -> Result<(), Refusal> {
        if !self.matches(request) {
            return Err(Refusal::Unknown);
        }
        let number = request.cseq.number;
        // ACK and CANCEL repeat the number of their INVITE.
        let repeats = matches!(request.method(), Method::Ack | Method::Cancel);
        if self.remote_cseq.is_some_and(|last| number < last || (number == last && !repeats)) {
            return Err(Refusal::OutOfOrder);
        }
        self.remote_cseq = Some(number);
        if matches!(request.method(), Method::Invite | Method::Update) {
            self.follow_target(request);
        }
        Ok(())
    }

    /// Sends later requests to the Contact of `message`, if it has one (RFC 3261 12.2.1.2).
    pub fn follow_target(&mut self, message: &Message<'_>) {
        if let Some(target) = message.contact_uri() {
            self.remote_target = target.into();
        }
    }

    /// Appends a request with the next sequence number. Not for ACK, which has its INVITE's.
    pub fn write_request(&mut self, method: Method, outgoing: &Outgoing<'_>, out: &mut Vec<u8>) {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.write(method, self.local_cseq, outgoing, out);
    }

    /// Appends the ACK of a 2xx to the INVITE with sequence number `cseq` (RFC 3261 13.2.2.4), under a branch of its
    /// own.
    pub fn write_ack(&self, cseq: u32, outgoing: &Outgoing<'_>, out: &mut Vec<u8>) {
        self.write(Method::Ack, cseq, outgoing, out);
    }

    /// Where requests go, if that is an address and not a host name: the first route, else the remote target.
    #[must_use]
    pub fn next_hop(&self) -> Option<Hop> {
        match self.routes.first() {
            Some(route) => uri_hop(Address::parse(route)?.uri),
            None => uri_hop(&self.remote_target),
        }
    }

    /// Where requests go if the peer was last heard from at `known`: on that connection rather than on a new one, which
    /// few peers would take (RFC 5626 5.3); `known`, too, where the dialog names no address.
    #[must_use]
    pub fn way(&self, known: Hop) -> Hop {
        let named = self.next_hop().unwrap_or(known);
        let connected = named.transport.is_reliable() && known.transport.is_reliable();
        if connected { known } else { named }
    }

    fn write(&self, method: Method, cseq: u32, outgoing: &Outgoing<'_>, out: &mut Vec<u8>) {
        let strict = self.routes.first().and_then(|route| strict_router(route));
        let with_target: Vec<Box<[u8]>>;
        let (uri, routes) = match strict {
            None => (&*self.remote_target, self.routes.as_slice()),
            Some(router) => {
                // RFC 3261 12.2.1.1: a strict router stands in the Request-URI, and the target at the end.
                let target = [b"<", &*self.remote_target, b">"].concat().into();
                with_target = self.routes.iter().skip(1).cloned().chain([target]).collect();
                (router, with_target.as_slice())
            }
        };
        Request {
            method,
            uri,
            transport: outgoing.transport,
            sent_by: outgoing.sent_by,
            branch: outgoing.branch,
            routes,
            from: &self.local,
            to: &self.remote,
            call_id: &self.call_id,
            cseq,
            contact: outgoing.contact,
            max_forwards: MAX_FORWARDS,
            extra: outgoing.extra,
            body: outgoing.body,
        }
        .write(out);
    }
}

/// The address in a `sip:` URI with a literal host; port 5060 unless it says otherwise.
#[must_use]
pub fn uri_address(uri: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(uri).ok()?;
    let (_scheme, rest) = text.split_once(':')?;
    let rest = rest.split([';', '?']).next()?;
    let host_port = rest.rsplit_once('@').map_or(rest, |(_user, host)| host);
    if let Ok(address) = host_port.parse() {
        return Some(address);
    }
    let host = host_port.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host_port);
    Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, 5060))
}

/// Where a `sip:` URI with a literal host leads: over TCP if it says `transport=tcp`, else over UDP (RFC 3263 4.1).
#[must_use]
pub fn uri_hop(uri: &[u8]) -> Option<Hop> {
    let address = uri_address(uri)?;
    let transport = Parameters::new(uri).value_of(b"transport");
    let tcp = transport.is_some_and(|transport| transport.eq_ignore_ascii_case(b"tcp"));
    Some(if tcp { Hop::tcp(address) } else { Hop::udp(address) })
}

fn collect_routes<'a>(routes: impl Iterator<Item = &'a [u8]>) -> Option<Vec<Box<[u8]>>> {
    let routes: Vec<Box<[u8]>> = routes.take(MOST_ROUTES + 1).map(Into::into).collect();
    (routes.len() <= MOST_ROUTES).then_some(routes)
}

/// The URI of a route without `lr`: a strict router of RFC 2543.
fn strict_router(route: &[u8]) -> Option<&[u8]> {
    let uri = Address::parse(route)?.uri;
    let loose = Parameters::new(uri).any(|parameter| parameter.name.eq_ignore_ascii_case(b"lr"));
    (!loose).then_some(uri)
}

#[cfg(test)]
#[expect(clippy::similar_names, reason = "caller and callee are what everyone calls them")]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:100@pbx SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n\
        RECORD\
        From: <sip:79@a>;tag=f\r\nTo: <sip:100@pbx>\r\nCall-ID: c1\r\nCSeq: 10 INVITE\r\n\
        Contact: <sip:79@127.0.0.1:5070>\r\n\r\n";
    const OK: &str = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\nRECORD\
        From: <sip:79@a>;tag=f\r\nTo: <sip:100@pbx>;tag=t\r\nCall-ID: c1\r\nCSeq: 10 INVITE\r\n\
        Contact: <sip:100@127.0.0.1:5060>\r\n\r\n";
    const OUTGOING: Outgoing<'static> = Outgoing {
        transport: Transport::Udp,
        sent_by: b"127.0.0.1:5070",
        branch: b"z9hG4bK2",
        contact: None,
        extra: &[],
        body: None,
    };

    fn caller(record_route: &str) -> Dialog {
        let invite = INVITE.replace("RECORD", "");
        let ok = OK.replace("RECORD", record_route);
        let invite = Message::scan(invite.as_bytes()).unwrap();
        Dialog::of_caller(&invite, &Message::scan(ok.as_bytes()).unwrap()).unwrap()
    }

    fn callee(record_route: &str) -> Dialog {
        let invite = INVITE.replace("RECORD", record_route);
        Dialog::of_callee(&Message::scan(invite.as_bytes()).unwrap(), b"t").unwrap()
    }

    fn bye(dialog: &mut Dialog) -> Vec<u8> {
        let mut out = Vec::new();
        dialog.write_request(Method::Bye, &OUTGOING, &mut out);
        out
    }

    #[test]
    fn both_ends_understand_each_others_requests() {
        let (mut caller, mut callee) = (caller(""), callee(""));
        let bytes = bye(&mut caller);
        let request = Message::scan(&bytes).unwrap();
        assert_eq!(request.request_uri(), Some(&b"sip:100@127.0.0.1:5060"[..]));
        assert_eq!((request.cseq.number, request.cseq.method), (11, Method::Bye));
        assert_eq!(callee.receive(&request), Ok(()));
        let bytes = bye(&mut callee);
        let request = Message::scan(&bytes).unwrap();
        assert_eq!(request.request_uri(), Some(&b"sip:79@127.0.0.1:5070"[..]));
        assert_eq!(request.cseq.number, 1);
        assert_eq!(caller.receive(&request), Ok(()));
    }

    #[test]
    fn the_ack_of_a_2xx_has_the_number_of_its_invite() {
        let (caller, mut callee) = (caller(""), callee(""));
        let mut out = Vec::new();
        caller.write_ack(10, &OUTGOING, &mut out);
        let ack = Message::scan(&out).unwrap();
        assert_eq!((ack.method(), ack.cseq.number, ack.to.tag), (Method::Ack, 10, Some(&b"t"[..])));
        assert_eq!(callee.receive(&ack), Ok(()));
        assert_eq!(caller.local_cseq(), 10);
    }

    #[test]
    fn a_request_of_another_dialog_is_unknown() {
        let mut callee = callee("");
        let text = String::from_utf8(bye(&mut caller(""))).unwrap();
        for (ours, theirs) in [("tag=f", "tag=g"), ("tag=t", "tag=u"), ("Call-ID: c1", "Call-ID: C1")] {
            let foreign = text.replace(ours, theirs);
            let refused = callee.receive(&Message::scan(foreign.as_bytes()).unwrap()).unwrap_err();
            assert_eq!(refused.status(), 481, "{theirs}");
        }
    }

    #[test]
    fn a_lower_sequence_number_is_out_of_order() {
        let mut callee = callee("");
        let mut caller = caller("");
        let first = bye(&mut caller);
        let second = bye(&mut caller);
        assert_eq!(callee.receive(&Message::scan(&second).unwrap()), Ok(()));
        let refused = callee.receive(&Message::scan(&first).unwrap()).unwrap_err();
        assert_eq!(refused.status(), 500);
    }

    #[test]
    fn loose_routes_lead_there_and_back() {
        let record = "Record-Route: <sip:127.0.0.3;lr>, <sip:127.0.0.2;lr>\r\n";
        let bytes = bye(&mut caller(record));
        let request = Message::scan(&bytes).unwrap();
        assert_eq!(request.routes().collect::<Vec<_>>(), [b"<sip:127.0.0.2;lr>", b"<sip:127.0.0.3;lr>"]);
        assert_eq!(request.request_uri(), Some(&b"sip:100@127.0.0.1:5060"[..]));
        assert_eq!(caller(record).next_hop(), Some(Hop::udp("127.0.0.2:5060".parse().unwrap())));
        let bytes = bye(&mut callee(record));
        let request = Message::scan(&bytes).unwrap();
        assert_eq!(request.routes().collect::<Vec<_>>(), [b"<sip:127.0.0.3;lr>", b"<sip:127.0.0.2;lr>"]);
    }

    #[test]
    fn a_strict_router_takes_the_request_uri() {
        let bytes = bye(&mut callee("Record-Route: <sip:127.0.0.3>, <sip:127.0.0.2;lr>\r\n"));
        let request = Message::scan(&bytes).unwrap();
        assert_eq!(request.request_uri(), Some(&b"sip:127.0.0.3"[..]));
        let expected: [&[u8]; 2] = [b"<sip:127.0.0.2;lr>", b"<sip:79@127.0.0.1:5070>"];
        assert_eq!(request.routes().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_contact_or_an_endless_route_make_no_dialog() {
        let no_contact = INVITE.replace("RECORD", "").replace("Contact:", "X:");
        assert_eq!(Dialog::of_callee(&Message::scan(no_contact.as_bytes()).unwrap(), b"t"), None);
        let endless = INVITE.replace("RECORD", &"Record-Route: <sip:p;lr>\r\n".repeat(MOST_ROUTES + 1));
        assert_eq!(Dialog::of_callee(&Message::scan(endless.as_bytes()).unwrap(), b"t"), None);
    }

    #[test]
    fn addresses_are_found_in_uris() {
        for (uri, address) in [
            ("sip:100@127.0.0.1:5061;transport=udp", Some("127.0.0.1:5061")),
            ("sip:127.0.0.1", Some("127.0.0.1:5060")),
            ("sip:a;b@[::1]:5070?x=1", None),
            ("sip:a@[::1]:5070", Some("[::1]:5070")),
            ("sip:a@[::1]", Some("[::1]:5060")),
            ("sip:pbx.example", None),
            ("tel:112", None),
        ] {
            assert_eq!(uri_address(uri.as_bytes()), address.map(|text| text.parse().unwrap()), "{uri}");
        }
    }
}
