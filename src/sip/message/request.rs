//! Writing requests.

use super::Body;
use super::Message;
use super::Method;
use super::write::finish;
use super::write::header;
use super::write::number_header;
use super::write::one_line;
use crate::sip::hop::Transport;

/// Max-Forwards of a request that starts here (RFC 3261 8.1.1.6).
pub const MAX_FORWARDS: u8 = 70;

/// A request to be written: any method, inside a dialog or outside.
///
/// Values are written as they are, except that line breaks in them become spaces.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method; not [`Method::Other`], which has no name.
    pub method: Method,
    /// The Request-URI.
    pub uri: &'a [u8],
    /// What it goes over, which the Via says.
    pub transport: Transport,
    /// Host and port of the Via, where responses are to come.
    pub sent_by: &'a [u8],
    /// The transaction's branch, beginning with `z9hG4bK` (RFC 3261 8.1.1.7).
    pub branch: &'a [u8],
    /// Route values in order.
    pub routes: &'a [Box<[u8]>],
    /// From, tag included.
    pub from: &'a [u8],
    /// To, with its tag inside a dialog.
    pub to: &'a [u8],
    /// Call-ID.
    pub call_id: &'a [u8],
    /// The sequence number.
    pub cseq: u32,
    /// Contact, in angle brackets.
    pub contact: Option<&'a [u8]>,
    /// Hops left: [`MAX_FORWARDS`] for a request that starts here.
    pub max_forwards: u8,
    /// Further headers, in order: names and values.
    pub extra: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: Option<Body<'a>>,
}

impl Request<'_> {
    /// Appends the request to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        debug_assert!(self.method != Method::Other, "a request has a method that has a name");
        start_line(out, self.method, self.uri);
        out.extend_from_slice(b"Via: SIP/2.0/");
        out.extend_from_slice(self.transport.name().as_bytes());
        out.push(b' ');
        one_line(out, self.sent_by);
        out.extend_from_slice(b";rport;branch=");
        one_line(out, self.branch);
        out.extend_from_slice(b"\r\n");
        for route in self.routes {
            header(out, "Route", route);
        }
        number_header(out, "Max-Forwards", u64::from(self.max_forwards));
        header(out, "From", self.from);
        header(out, "To", self.to);
        header(out, "Call-ID", self.call_id);
        cseq(out, self.cseq, self.method);
        if let Some(contact) = self.contact {
            header(out, "Contact", contact);
        }
        for (name, value) in self.extra {
            header(out, name, value);
        }
        finish(out, self.body);
    }
}

/// Appends the ACK to a 300–699 `response` (RFC 3261 17.1.1.3): the INVITE's own transaction, the response's To.
pub fn write_ack_to_failure(invite: &Message<'_>, response: &Message<'_>, out: &mut Vec<u8>) {
    write_of_invite(invite, Method::Ack, response.to.value, out);
}

/// Appends the CANCEL of `invite` (RFC 3261 9.1): the same everything but the method.
pub fn write_cancel(invite: &Message<'_>, out: &mut Vec<u8>) {
    write_of_invite(invite, Method::Cancel, invite.to.value, out);
}

/// A request that goes where `invite` went, under the same branch and sequence number.
fn write_of_invite(invite: &Message<'_>, method: Method, to: &[u8], out: &mut Vec<u8>) {
    start_line(out, method, invite.request_uri().unwrap_or_default());
    header(out, "Via", invite.via.value);
    for route in invite.routes() {
        header(out, "Route", route);
    }
    number_header(out, "Max-Forwards", u64::from(MAX_FORWARDS));
    header(out, "From", invite.from.value);
    header(out, "To", to);
    header(out, "Call-ID", invite.call_id);
    cseq(out, invite.cseq.number, method);
    finish(out, None);
}

fn start_line(out: &mut Vec<u8>, method: Method, uri: &[u8]) {
    out.extend_from_slice(method.name().as_bytes());
    out.push(b' ');
    one_line(out, uri);
    out.extend_from_slice(b" SIP/2.0\r\n");
}

fn cseq(out: &mut Vec<u8>, number: u32, method: Method) {
    out.extend_from_slice(b"CSeq: ");
    super::write::decimal(out, u64::from(number));
    out.push(b' ');
    out.extend_from_slice(method.name().as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Vec<u8> {
        let mut out = Vec::new();
        Request {
            method: Method::Invite,
            uri: b"sip:100@127.0.0.1:5060",
            transport: Transport::Udp,
            sent_by: b"127.0.0.1:5070",
            branch: b"z9hG4bK1",
            routes: &[b"<sip:p1;lr>".as_slice().into(), b"<sip:p2;lr>".as_slice().into()],
            from: b"<sip:79@127.0.0.1>;tag=f1",
            to: b"<sip:100@127.0.0.1>",
            call_id: b"call-1",
            cseq: 1,
            contact: Some(b"<sip:127.0.0.1:5070>"),
            max_forwards: MAX_FORWARDS,
            extra: &[("X-Note", b"one\r\nEvil: two")],
            body: Some(Body::sdp(b"v=0\r\n")),
        }
        .write(&mut out);
        out
    }

    #[test]
    fn what_is_written_scans_back() {
        let bytes = invite();
        let message = Message::scan(&bytes).unwrap();
        assert_eq!(message.request_uri(), Some(&b"sip:100@127.0.0.1:5060"[..]));
        assert_eq!(message.via.branch, Some(&b"z9hG4bK1"[..]));
        assert!(message.via.rport_asked.is_some());
        assert_eq!(message.from.tag, Some(&b"f1"[..]));
        assert_eq!(message.contact_uri(), Some(&b"sip:127.0.0.1:5070"[..]));
        assert_eq!(message.routes().collect::<Vec<_>>(), [b"<sip:p1;lr>", b"<sip:p2;lr>"]);
        assert_eq!(message.header("Content-Length"), Some(&b"5"[..]));
        assert_eq!(message.body, b"v=0\r\n");
    }

    #[test]
    fn no_value_can_begin_a_header_of_its_own() {
        let bytes = invite();
        let message = Message::scan(&bytes).unwrap();
        assert_eq!(message.header("Evil"), None);
        assert_eq!(message.header("X-Note"), Some(&b"one  Evil: two"[..]));
    }

    #[test]
    fn cancel_is_the_invite_with_another_method() {
        let bytes = invite();
        let invite = Message::scan(&bytes).unwrap();
        let mut out = Vec::new();
        write_cancel(&invite, &mut out);
        let cancel = Message::scan(&out).unwrap();
        assert_eq!(cancel.method(), Method::Cancel);
        assert_eq!(cancel.via, invite.via);
        assert_eq!((cancel.to, cancel.call_id, cancel.cseq.number), (invite.to, invite.call_id, 1));
        assert_eq!(cancel.routes().count(), 2);
    }

    #[test]
    fn ack_to_a_failure_takes_the_to_of_the_response() {
        let bytes = invite();
        let invite = Message::scan(&bytes).unwrap();
        let busy = b"SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n\
            From: <sip:79@127.0.0.1>;tag=f1\r\nTo: <sip:100@127.0.0.1>;tag=t1\r\nCall-ID: call-1\r\nCSeq: 1 INVITE\r\n\r\n";
        let mut out = Vec::new();
        write_ack_to_failure(&invite, &Message::scan(busy).unwrap(), &mut out);
        let ack = Message::scan(&out).unwrap();
        assert_eq!((ack.method(), ack.to.tag), (Method::Ack, Some(&b"t1"[..])));
        assert_eq!(ack.via.branch, invite.via.branch);
    }
}
