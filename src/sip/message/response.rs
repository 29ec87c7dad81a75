//! Writing responses to a scanned request.

use std::io::Write as _;
use std::net::IpAddr;
use std::net::SocketAddr;

use super::Body;
use super::Message;
use super::Via;
use super::reason_phrase;
use super::write::decimal;
use super::write::finish;
use super::write::header;
use super::write::one_line;
use crate::sip::hop::Hop;

/// Port of a sent-by without one (RFC 3261 18.2.2).
const DEFAULT_PORT: u16 = 5060;

/// The headers that every response to a request repeats (RFC 3261 8.2.6.2), ready to be written.
///
/// Made once when the request arrives, so that later responses don't need its bytes.
#[derive(Debug, Clone)]
pub struct Echo {
    /// Via headers and From; then To without line end; then Call-ID and `CSeq`; then Record-Route.
    lines: Box<[u8]>,
    to_end: usize,
    record_route_start: usize,
    has_to_tag: bool,
    destination: Hop,
}

impl Echo {
    /// What responses to `request`, received from `source`, repeat.
    ///
    /// The topmost Via gets `received`, and `rport` its value, as RFC 3261 18.2.1 and RFC 3581 4 say.
    #[must_use]
    pub fn of(request: &Message<'_>, source: Hop) -> Self {
        let mut lines = Vec::with_capacity(512);
        echo_vias(request, source.address, &mut lines);
        header(&mut lines, "From", request.from.value);
        lines.extend_from_slice(b"To: ");
        one_line(&mut lines, request.to.value);
        let to_end = lines.len();
        lines.extend_from_slice(b"\r\n");
        header(&mut lines, "Call-ID", request.call_id);
        lines.extend_from_slice(b"CSeq: ");
        decimal(&mut lines, u64::from(request.cseq.number));
        lines.push(b' ');
        lines.extend_from_slice(request.cseq.token);
        lines.extend_from_slice(b"\r\n");
        let record_route_start = lines.len();
        for route in request.record_routes() {
            header(&mut lines, "Record-Route", route);
        }
        Self {
            lines: lines.into(),
            to_end,
            record_route_start,
            has_to_tag: request.to.tag.is_some(),
            destination: response_destination(&request.via, source),
        }
    }

    /// Where responses go.
    #[must_use]
    pub const fn destination(&self) -> Hop {
        self.destination
    }

    /// Appends a response to `out`.
    ///
    /// `to_tag` is added to a To without a tag, except in a 100 (RFC 3261 8.2.6.1). Record-Route is repeated in
    /// the responses that make a dialog, 101 to 299 (12.1.1). `extra` are further headers in order.
    pub fn write(
        &self,
        status: u16,
        to_tag: &[u8],
        extra: &[(&str, &[u8])],
        body: Option<Body<'_>>,
        out: &mut Vec<u8>,
    ) {
        self.write_with_phrase(status, reason_phrase(status), to_tag, extra, body, out);
    }

    /// [`Echo::write`] with a reason phrase of one's own.
    pub fn write_with_phrase(
        &self,
        status: u16,
        phrase: &str,
        to_tag: &[u8],
        extra: &[(&str, &[u8])],
        body: Option<Body<'_>>,
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(b"SIP/2.0 ");
        decimal(out, u64::from(status));
        out.push(b' ');
        one_line(out, phrase.as_bytes());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.lines[..self.to_end]);
        if status > 100 && !self.has_to_tag {
            out.extend_from_slice(b";tag=");
            one_line(out, to_tag);
        }
        let end = if (101..300).contains(&status) { self.lines.len() } else { self.record_route_start };
        out.extend_from_slice(&self.lines[self.to_end..end]);
        for (name, value) in extra {
            header(out, name, value);
        }
        finish(out, body);
    }
}

/// Where a response goes (RFC 3261 18.2.2, RFC 3581 4): back on the connection that the request came in on; over UDP to
/// the address that it came from, at its port when the client asked for that, else at the port of sent-by.
///
/// `maddr` is not honoured: it would let a request send our responses to an address of its choice.
#[must_use]
pub fn response_destination(via: &Via<'_>, source: Hop) -> Hop {
    if source.transport.is_reliable() {
        return source;
    }
    let symmetric = via.rport_asked.is_some() || via.rport.is_some();
    let port = if symmetric { source.address.port() } else { via.port.unwrap_or(DEFAULT_PORT) };
    Hop::udp(SocketAddr::new(source.address.ip(), port))
}

fn echo_vias(request: &Message<'_>, source: SocketAddr, out: &mut Vec<u8>) {
    for (position, via) in request.vias().enumerate() {
        if position > 0 {
            header(out, "Via", via);
            continue;
        }
        out.extend_from_slice(b"Via: ");
        let top = &request.via;
        let (before, after) = top.value.split_at(top.rport_asked.unwrap_or(top.value.len()));
        one_line(out, before);
        if top.rport_asked.is_some() {
            out.push(b'=');
            decimal(out, u64::from(source.port()));
        }
        one_line(out, after);
        if top.received.is_none() && (top.rport_asked.is_some() || !names(top.host, source.ip())) {
            write!(out, ";received={}", source.ip()).expect("a Vec takes every write");
        }
        // The rest of the same header, when it holds a list.
        let shown = top.value.as_ptr() as usize - via.as_ptr() as usize + top.value.len();
        one_line(out, &via[shown..]);
        out.extend_from_slice(b"\r\n");
    }
}

/// True if the host of a sent-by is this very address.
fn names(host: &[u8], address: IpAddr) -> bool {
    let bare = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host);
    std::str::from_utf8(bare).ok().and_then(|text| text.parse::<IpAddr>().ok()) == Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "192.0.2.9:6060";

    fn request(via: &str, to: &str) -> Vec<u8> {
        format!(
            "INVITE sip:100@pbx SIP/2.0\r\nVia: {via}\r\nVia: SIP/2.0/UDP first.example;branch=z9hG4bK0\r\n\
             Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nFrom: \"A\"\r\n <sip:a@h>;tag=f\r\nTo: {to}\r\n\
             Call-ID: c\r\nCSeq: 3 INVITE\r\n\r\n"
        )
        .into_bytes()
    }

    fn respond(request: &[u8], status: u16) -> String {
        let echo = Echo::of(&Message::scan(request).unwrap(), Hop::udp(SOURCE.parse().unwrap()));
        let mut out = Vec::new();
        echo.write(status, b"t1", &[("Reason", b"Q.850;cause=34")], None, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_refusal_repeats_what_it_must() {
        let request = request("SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1", "<sip:100@pbx>");
        assert_eq!(
            respond(&request, 503),
            "SIP/2.0 503 Service Unavailable\r\n\
             Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\r\n\
             Via: SIP/2.0/UDP first.example;branch=z9hG4bK0\r\n\
             From: \"A\"   <sip:a@h>;tag=f\r\n\
             To: <sip:100@pbx>;tag=t1\r\n\
             Call-ID: c\r\n\
             CSeq: 3 INVITE\r\n\
             Reason: Q.850;cause=34\r\n\
             Content-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn the_route_is_recorded_in_what_makes_a_dialog() {
        let request = request("SIP/2.0/UDP h;branch=z9hG4bK1", "<sip:100@pbx>");
        assert!(
            respond(&request, 180).contains("Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>\r\n")
        );
        assert!(!respond(&request, 100).contains("Record-Route"));
        assert!(!respond(&request, 486).contains("Record-Route"));
    }

    #[test]
    fn a_trying_has_no_tag_and_a_given_tag_is_kept() {
        let outside = request("SIP/2.0/UDP h;branch=z9hG4bK1", "<sip:100@pbx>");
        assert!(respond(&outside, 100).contains("To: <sip:100@pbx>\r\n"));
        let inside = request("SIP/2.0/UDP h;branch=z9hG4bK1", "<sip:100@pbx>;tag=mine");
        assert!(respond(&inside, 200).contains("To: <sip:100@pbx>;tag=mine\r\n"));
    }

    #[test]
    fn rport_gets_the_source_port_where_it_stands() {
        let request =
            request("SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bK1, SIP/2.0/UDP z", "<sip:100@pbx>");
        let via =
            "Via: SIP/2.0/UDP 10.0.0.1:5070;rport=6060;branch=z9hG4bK1;received=192.0.2.9, SIP/2.0/UDP z\r\n";
        assert!(respond(&request, 200).contains(via), "{}", respond(&request, 200));
    }

    #[test]
    fn a_host_name_or_another_address_gets_received() {
        for host in ["pc.example", "10.0.0.1", "[::1]"] {
            let request = request(&format!("SIP/2.0/UDP {host};branch=z9hG4bK1"), "<sip:100@pbx>");
            assert!(
                respond(&request, 200).contains(&format!("{host};branch=z9hG4bK1;received=192.0.2.9\r\n"))
            );
        }
    }

    #[test]
    fn responses_go_to_the_source_at_the_port_that_the_client_named() {
        let source: SocketAddr = SOURCE.parse().unwrap();
        for (via, port) in [
            ("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1", 5070),
            ("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1", 5060),
            ("SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bK1", 6060),
        ] {
            let via = Via::parse(via.as_bytes()).unwrap();
            let to = response_destination(&via, Hop::udp(source));
            assert_eq!(to, Hop::udp(SocketAddr::new(source.ip(), port)));
            assert_eq!(response_destination(&via, Hop::tcp(source)), Hop::tcp(source), "RFC 3261 18.2.2");
        }
    }
}
