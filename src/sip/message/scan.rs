//! The scanner: one pass from a datagram to a [`Message`].

use memchr::memchr;
use memchr::memrchr;
use thiserror::Error;

use super::Address;
use super::CSeq;
use super::HeaderName;
use super::Headers;
use super::Message;
use super::Method;
use super::Start;
use super::Via;
use super::value::is_token;
use super::value::number;
use super::value::trim;

/// Why a datagram is not a message that can be matched or answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Only line breaks: a keep-alive (RFC 5626 3.5.1), no fault of anyone's.
    #[error("keep-alive")]
    KeepAlive,
    /// The first line is no SIP start line.
    #[error("no SIP start line")]
    StartLine,
    /// A SIP version other than 2.0.
    #[error("not SIP/2.0")]
    Version,
    /// The head never ends.
    #[error("no empty line after the headers")]
    Head,
    /// A header that every message has is absent.
    #[error("{0:?} is missing")]
    Missing(HeaderName),
    /// A header that a message has once occurs again.
    #[error("{0:?} is repeated")]
    Repeated(HeaderName),
    /// A header that must be understood can't be.
    #[error("{0:?} can't be read")]
    Unreadable(HeaderName),
    /// The `CSeq` names another method than the request line.
    #[error("CSeq and the request line name different methods")]
    Method,
    /// Content-Length says more than arrived.
    #[error("the body is shorter than its Content-Length")]
    Truncated,
}

pub(super) fn scan(datagram: &[u8]) -> Result<Message<'_>, Malformed> {
    let leading = datagram.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let text = &datagram[leading..];
    if text.is_empty() {
        return Err(Malformed::KeepAlive);
    }
    let line_feed = memchr(b'\n', text).ok_or(Malformed::StartLine)?;
    let start = start_line(text[..line_feed].trim_ascii_end())?;
    let head = &text[line_feed + 1..];
    let mut headers = Headers::new(head);
    let mut fields = Fields::default();
    for header in &mut headers {
        fields.take(HeaderName::of(header.name), header.value)?;
    }
    let rest = headers.after().ok_or(Malformed::Head)?;
    let body = match fields.content_length {
        Some(length) => rest.get(..length).ok_or(Malformed::Truncated)?,
        None => rest,
    };
    fields.into_message(start, head, body)
}

fn start_line(line: &[u8]) -> Result<Start<'_>, Malformed> {
    if line.len() > 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        return status_line(line);
    }
    let method_end = memchr(b' ', line).ok_or(Malformed::StartLine)?;
    let version_start = memrchr(b' ', line).ok_or(Malformed::StartLine)? + 1;
    let version = &line[version_start..];
    if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        let sip = version.len() > 4 && version[..4].eq_ignore_ascii_case(b"SIP/");
        return Err(if sip { Malformed::Version } else { Malformed::StartLine });
    }
    let token = &line[..method_end];
    let uri = trim(line.get(method_end + 1..version_start).ok_or(Malformed::StartLine)?);
    if !is_token(token) || uri.is_empty() || uri.iter().any(u8::is_ascii_whitespace) {
        return Err(Malformed::StartLine);
    }
    Ok(Start::Request { method: Method::of(token), token, uri })
}

fn status_line(line: &[u8]) -> Result<Start<'_>, Malformed> {
    let version_end = memchr(b' ', line).ok_or(Malformed::StartLine)?;
    if !line[..version_end].eq_ignore_ascii_case(b"SIP/2.0") {
        return Err(Malformed::Version);
    }
    let rest = trim(&line[version_end..]);
    let code_end = memchr(b' ', rest).unwrap_or(rest.len());
    let code: u16 = number(&rest[..code_end]).ok_or(Malformed::StartLine)?;
    if !(100..700).contains(&code) {
        return Err(Malformed::StartLine);
    }
    Ok(Start::Status { code, reason: trim(&rest[code_end..]) })
}

/// What the pass over the headers has found so far.
#[derive(Default)]
struct Fields<'a> {
    via: Option<Via<'a>>,
    from: Option<Address<'a>>,
    to: Option<Address<'a>>,
    call_id: Option<&'a [u8]>,
    cseq: Option<CSeq<'a>>,
    contact: Option<&'a [u8]>,
    max_forwards: Option<u32>,
    content_type: Option<&'a [u8]>,
    content_length: Option<usize>,
    require: Option<&'a [u8]>,
    retry_after: Option<&'a [u8]>,
    challenge: Option<&'a [u8]>,
    authorization: Option<&'a [u8]>,
    via_headers: u16,
    routes: u16,
    record_routes: u16,
    reasons: u16,
}

impl<'a> Fields<'a> {
    fn take(&mut self, name: HeaderName, value: &'a [u8]) -> Result<(), Malformed> {
        match name {
            HeaderName::Via => {
                self.via_headers = self.via_headers.saturating_add(1);
                if self.via.is_none() {
                    self.via = Some(Via::parse(value).ok_or(Malformed::Unreadable(name))?);
                }
            }
            HeaderName::From => once(&mut self.from, name, Address::parse(value))?,
            HeaderName::To => once(&mut self.to, name, Address::parse(value))?,
            HeaderName::CallId => once(&mut self.call_id, name, (!value.is_empty()).then_some(value))?,
            HeaderName::CSeq => once(&mut self.cseq, name, CSeq::parse(value))?,
            HeaderName::ContentLength => self.take_content_length(value)?,
            HeaderName::MaxForwards => self.max_forwards = self.max_forwards.or_else(|| number(value)),
            HeaderName::Contact => first(&mut self.contact, value),
            HeaderName::ContentType => first(&mut self.content_type, value),
            HeaderName::Require => first(&mut self.require, value),
            HeaderName::RetryAfter => first(&mut self.retry_after, value),
            HeaderName::WwwAuthenticate | HeaderName::ProxyAuthenticate => first(&mut self.challenge, value),
            HeaderName::Authorization | HeaderName::ProxyAuthorization => {
                first(&mut self.authorization, value);
            }
            HeaderName::Route => self.routes = self.routes.saturating_add(1),
            HeaderName::RecordRoute => self.record_routes = self.record_routes.saturating_add(1),
            HeaderName::Reason => self.reasons = self.reasons.saturating_add(1),
            _ => {}
        }
        Ok(())
    }

    /// Two lengths that agree are one; two that don't could hide a second message (RFC 4475 3.3.9).
    fn take_content_length(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let unreadable = Malformed::Unreadable(HeaderName::ContentLength);
        let length = number(value).ok_or(unreadable)?;
        if self.content_length.is_some_and(|before| before != length) {
            return Err(Malformed::Repeated(HeaderName::ContentLength));
        }
        self.content_length = Some(length);
        Ok(())
    }

    fn into_message(
        self,
        start: Start<'a>,
        head: &'a [u8],
        body: &'a [u8],
    ) -> Result<Message<'a>, Malformed> {
        let cseq = self.cseq.ok_or(Malformed::Missing(HeaderName::CSeq))?;
        if matches!(start, Start::Request { token, .. } if token != cseq.token) {
            return Err(Malformed::Method);
        }
        Ok(Message {
            start,
            via: self.via.ok_or(Malformed::Missing(HeaderName::Via))?,
            from: self.from.ok_or(Malformed::Missing(HeaderName::From))?,
            to: self.to.ok_or(Malformed::Missing(HeaderName::To))?,
            call_id: self.call_id.ok_or(Malformed::Missing(HeaderName::CallId))?,
            cseq,
            contact: self.contact,
            max_forwards: self.max_forwards,
            content_type: self.content_type,
            require: self.require,
            retry_after: self.retry_after,
            challenge: self.challenge,
            authorization: self.authorization,
            body,
            head,
            via_headers: self.via_headers,
            routes: self.routes,
            record_routes: self.record_routes,
            reasons: self.reasons,
        })
    }
}

/// Keeps the value of a header that occurs once.
fn once<T>(field: &mut Option<T>, name: HeaderName, value: Option<T>) -> Result<(), Malformed> {
    if field.is_some() {
        return Err(Malformed::Repeated(name));
    }
    *field = Some(value.ok_or(Malformed::Unreadable(name))?);
    Ok(())
}

/// Keeps the first of a header that may repeat.
fn first<'a>(field: &mut Option<&'a [u8]>, value: &'a [u8]) {
    field.get_or_insert(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest message with every mandatory field; a test changes what it is about.
    const OPTIONS: &str = "OPTIONS sip:100@pbx.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport\r\n\
        From: <sip:1@a.example>;tag=f\r\n\
        To: <sip:100@pbx.example>\r\n\
        Call-ID: c1@a.example\r\n\
        CSeq: 7 OPTIONS\r\n";

    fn with(more: &str) -> Vec<u8> {
        format!("{OPTIONS}{more}").into_bytes()
    }

    fn refusal(datagram: &[u8]) -> Malformed {
        Message::scan(datagram).expect_err("this must not scan")
    }

    #[test]
    fn every_mandatory_field_is_filled() {
        let datagram = with("Max-Forwards: 70\r\n\r\n");
        let message = Message::scan(&datagram).unwrap();
        assert_eq!(message.method(), Method::Options);
        assert_eq!(message.request_uri(), Some(&b"sip:100@pbx.example"[..]));
        assert_eq!(message.via.branch, Some(&b"z9hG4bKa"[..]));
        assert_eq!((message.from.tag, message.to.tag), (Some(&b"f"[..]), None));
        assert_eq!(message.call_id, b"c1@a.example");
        assert_eq!(message.cseq.number, 7);
        assert_eq!(message.max_forwards, Some(70));
        assert_eq!(message.body, b"");
    }

    #[test]
    fn each_mandatory_field_is_asked_for() {
        for (line, name) in [
            ("Via", HeaderName::Via),
            ("From", HeaderName::From),
            ("To", HeaderName::To),
            ("Call-ID", HeaderName::CallId),
            ("CSeq", HeaderName::CSeq),
        ] {
            let hidden = format!("{OPTIONS}\r\n").replace(&format!("\n{line}:"), &format!("\nX-{line}:"));
            assert_eq!(refusal(hidden.as_bytes()), Malformed::Missing(name));
        }
    }

    #[test]
    fn a_field_that_occurs_once_may_not_occur_twice() {
        let repeated = Malformed::Repeated;
        assert_eq!(refusal(&with("i: c2\r\n\r\n")), repeated(HeaderName::CallId));
        assert_eq!(refusal(&with("f: <sip:2@b>\r\n\r\n")), repeated(HeaderName::From));
        assert_eq!(refusal(&with("l: 0\r\nl: 1\r\n\r\nx")), repeated(HeaderName::ContentLength));
        assert!(Message::scan(&with("l: 1\r\nContent-Length: 1\r\n\r\nx")).is_ok());
    }

    #[test]
    fn bare_line_feeds_compact_names_and_folds() {
        let text = "INVITE tel:112 SIP/2.0\nv:SIP/2.0/UDP h;branch=z9hG4bK1\nf: sip:a@h\n\t;tag=x\n\
            t: tel:112\ni:1\nCSEQ : 1\n INVITE\nm: \"A, B\" <sip:a@h>, <sip:b@h>\nc: application/sdp\n\nv=0";
        let message = Message::scan(text.as_bytes()).unwrap();
        assert_eq!(message.from.tag, Some(&b"x"[..]));
        assert_eq!(message.cseq.method, Method::Invite);
        assert_eq!(message.contact_uri(), Some(&b"sip:a@h"[..]));
        assert_eq!(message.content_type, Some(&b"application/sdp"[..]));
        assert_eq!(message.body, b"v=0");
        assert_eq!(message.header("Contact"), message.contact);
    }

    #[test]
    fn values_need_not_be_text() {
        let mut datagram = with("X-Name: J");
        datagram.extend_from_slice(b"\xf6rg\r\n\r\n\x00\xff\r\n");
        let message = Message::scan(&datagram).unwrap();
        assert_eq!(message.header("x-name"), Some(&b"J\xf6rg"[..]));
        assert_eq!(message.body, b"\x00\xff\r\n");
    }

    #[test]
    fn content_length_cuts_a_longer_body_and_refuses_a_shorter_one() {
        assert_eq!(Message::scan(&with("Content-Length: 3\r\n\r\nabcdef")).unwrap().body, b"abc");
        assert_eq!(refusal(&with("Content-Length: 7\r\n\r\nabcdef")), Malformed::Truncated);
        assert_eq!(Message::scan(&with("\r\nabcdef")).unwrap().body, b"abcdef");
        for bad in ["-1", "1x", "", "99999999999999999999999"] {
            let refused = refusal(&with(&format!("Content-Length: {bad}\r\n\r\n")));
            assert_eq!(refused, Malformed::Unreadable(HeaderName::ContentLength));
        }
    }

    #[test]
    fn keep_alives_and_leading_line_breaks() {
        assert_eq!(refusal(b"\r\n\r\n"), Malformed::KeepAlive);
        assert_eq!(refusal(b""), Malformed::KeepAlive);
        let datagram = format!("\r\n\r\n{OPTIONS}\r\n");
        assert!(Message::scan(datagram.as_bytes()).is_ok());
    }

    #[test]
    fn start_lines_that_are_none() {
        for (line, why) in [
            ("OPTIONS sip:a SIP/7.0", Malformed::Version),
            ("SIP/3.0 200 OK", Malformed::Version),
            ("GET / HTTP/1.1", Malformed::StartLine),
            ("OPTIONS sip:a b SIP/2.0", Malformed::StartLine),
            ("OPTIONS SIP/2.0", Malformed::StartLine),
            ("OPT<>IONS sip:a SIP/2.0", Malformed::StartLine),
            ("SIP/2.0 99 Low", Malformed::StartLine),
            ("SIP/2.0 4294967301 better not break the receiver", Malformed::StartLine),
        ] {
            let rest = OPTIONS.split_once("\r\n").unwrap().1;
            assert_eq!(refusal(format!("{line}\r\n{rest}\r\n").as_bytes()), why, "{line}");
        }
        assert_eq!(refusal(b"OPTIONS"), Malformed::StartLine);
        assert_eq!(refusal(OPTIONS.as_bytes()), Malformed::Head);
    }

    #[test]
    fn a_status_line_may_lack_its_reason() {
        let rest = OPTIONS.split_once("\r\n").unwrap().1;
        for line in ["SIP/2.0 100 ", "SIP/2.0 100"] {
            let datagram = format!("{line}\r\n{rest}\r\n");
            let message = Message::scan(datagram.as_bytes()).unwrap();
            assert_eq!(message.start, Start::Status { code: 100, reason: b"" });
        }
    }

    #[test]
    fn the_request_line_and_cseq_agree() {
        let datagram = with("\r\n").strip_prefix(b"OPTIONS").unwrap().to_vec();
        assert_eq!(refusal(&[b"INVITE".as_slice(), &datagram].concat()), Malformed::Method);
        let extension = String::from_utf8(with("\r\n")).unwrap().replace("OPTIONS", "NEWMETHOD");
        assert_eq!(Message::scan(extension.as_bytes()).unwrap().method(), Method::Other);
    }

    #[test]
    fn reasons_routes_and_waits() {
        let datagram = with(
            "Reason: SIP;cause=503, Q.850;cause=34;text=\"no circuit\"\r\nRetry-After: 5 (busy);duration=60\r\n\
             Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\nRecord-Route: <sip:p0;lr>\r\nRoute: <sip:q;lr>\r\n\r\n",
        );
        let message = Message::scan(&datagram).unwrap();
        assert_eq!(message.q850_cause(), Some(34));
        assert_eq!(message.retry_after_s(), Some(5));
        let recorded: Vec<_> = message.record_routes().collect();
        assert_eq!(recorded, [b"<sip:p2;lr>", b"<sip:p1;lr>", b"<sip:p0;lr>"]);
        assert_eq!(message.routes().collect::<Vec<_>>(), [b"<sip:q;lr>"]);
    }
}
