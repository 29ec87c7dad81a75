//! A second opinion on a message: rsip's only room.
//!
//! rsip is a strict reader with typed headers, unmaintained since 2022. It refuses folded lines, compact names, IPv6
//! and extension methods, reads `john.doe@host` as a host, and costs 10 to 20 times our scanner (`benches/sip_parse.rs`).
//! So nothing that a call depends on passes through it. It looks at messages that were scanned and [`normalised`]
//! first, where people look too: in logs and traces, and in tests as a witness that did not learn SIP from us.
//!
//! Forbidden here, too: bodies (rsip forces them through UTF-8), URIs of a peer, Digest, and anything that is sent.

use rsip::SipMessage;
use rsip::message::HeadersExt;
use rsip::prelude::ToTypedHeader;
use rsip::prelude::UntypedHeader;
use thiserror::Error;

use super::message::HeaderName;
use super::message::Message;
use super::message::Start;
use super::message::reason_phrase;

/// The strict reader can't read the message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a strict reader refuses it: {0}")]
pub struct Refused(String);

impl From<rsip::Error> for Refused {
    fn from(error: rsip::Error) -> Self {
        Self(error.to_string())
    }
}

/// What identifies a message, as the strict reader reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The method of the request; of a response, what it answers.
    pub method: String,
    /// The status of a response.
    pub status: Option<u16>,
    /// The branch of the topmost Via.
    pub branch: Option<String>,
    /// From tag.
    pub from_tag: Option<String>,
    /// To tag.
    pub to_tag: Option<String>,
    /// Call-ID.
    pub call_id: String,
    /// Sequence number.
    pub cseq: u32,
}

impl Inspection {
    /// The same, as our scanner read it.
    #[must_use]
    pub fn of_scanned(message: &Message<'_>) -> Self {
        Self {
            method: lossy(message.cseq.token),
            status: message.status(),
            branch: message.via.branch.map(lossy),
            from_tag: message.from.tag.map(lossy),
            to_tag: message.to.tag.map(lossy),
            call_id: lossy(message.call_id),
            cseq: message.cseq.number,
        }
    }
}

/// Reads a message strictly.
///
/// # Errors
/// [`Refused`], with the strict reader's words.
pub fn inspect(message: &Message<'_>) -> Result<Inspection, Refused> {
    let strict = SipMessage::try_from(normalised(message))?;
    let status = match &strict {
        SipMessage::Request(_) => None,
        SipMessage::Response(response) => Some(response.status_code.code()),
    };
    let cseq = strict.cseq_header()?.typed()?;
    Ok(Inspection {
        method: cseq.method.to_string(),
        status,
        branch: strict.via_header()?.typed()?.branch().map(|branch| branch.value().to_owned()),
        from_tag: strict.from_header()?.typed()?.tag().map(|tag| tag.value().to_owned()),
        to_tag: strict.to_header()?.typed()?.tag().map(|tag| tag.value().to_owned()),
        call_id: strict.call_id_header()?.value().to_owned(),
        cseq: cseq.seq,
    })
}

/// The head of a message as text for people and strict readers: one line a header, long names, CRLF, a reason
/// phrase always, one Via value a line, no body.
#[must_use]
pub fn normalised(message: &Message<'_>) -> String {
    let mut text = match message.start {
        Start::Request { token, uri, .. } => format!("{} {} SIP/2.0\r\n", lossy(token), lossy(uri)),
        Start::Status { code, reason: b"" } => format!("SIP/2.0 {code} {}\r\n", reason_phrase(code)),
        Start::Status { code, reason } => format!("SIP/2.0 {code} {}\r\n", lossy(reason)),
    };
    for header in message.all_headers() {
        let name = HeaderName::of(header.name);
        match name {
            HeaderName::ContentLength => {}
            HeaderName::Via => {
                for via in super::message::split_list(header.value) {
                    push_header(&mut text, "Via", via);
                }
            }
            known => {
                let name = known.long().map_or_else(|| lossy(header.name), str::to_owned);
                push_header(&mut text, &name, header.value);
            }
        }
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    text
}

/// Appends `name: value` with each run of white space in the value as one space.
fn push_header(text: &mut String, name: &str, value: &[u8]) {
    text.push_str(name);
    text.push(':');
    for word in lossy(value).split_ascii_whitespace() {
        text.push(' ');
        text.push_str(word);
    }
    text.push_str("\r\n");
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compact names, folds, bare line feeds, a list of Via, display names, no reason: all that rsip by itself refuses.
    const WILD: [&str; 4] = [
        "INVITE sip:100@127.0.0.1:5060 SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1;rport\r\n\
         f: \"A\"\r\n <sip:79@a.example>;tag=f1\r\nt: <sip:100@127.0.0.1>\r\ni: c1@a.example\r\nCSeq: 1\r\n INVITE\r\n\r\n",
        "SIP/2.0 180\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1, SIP/2.0/UDP b.example;branch=z9hG4bK0\n\
         From: <sip:79@a.example>;tag=f1\nTo: <sip:100@b.example>;tag=t1\nCall-ID: c1\nCSeq: 1 INVITE\n\n",
        "SIP/2.0 486 Busy Here\r\nVia : SIP/2.0/UDP a.example;branch=z9hG4bK1\r\nFrom: <sip:79@a.example>;tag=f1\r\n\
         To: <sip:100@b.example>;tag=t1\r\nCall-ID: c1\r\nCSeq: 2 INVITE\r\nl: 3\r\n\r\n\x01\x02\x03",
        "BYE sip:100@b.example SIP/2.0\r\nMax-Forwards: 70\r\nVia: SIP/2.0/UDP a.example;branch=z9hG4bK2\r\n\
         From: <sip:79@a.example>;tag=f1\r\nTo: <sip:100@b.example>;tag=t1\r\nCall-ID: c1\r\nCSeq: 3 BYE\r\n\r\n",
    ];

    #[test]
    fn the_strict_reader_agrees_with_the_scanner() {
        for text in WILD {
            let message = Message::scan(text.as_bytes()).unwrap();
            assert_eq!(inspect(&message), Ok(Inspection::of_scanned(&message)), "{text}");
        }
    }

    #[test]
    fn the_strict_reader_sees_a_difference_when_there_is_one() {
        let message = Message::scan(WILD[3].as_bytes()).unwrap();
        let other = WILD[3].replace("tag=t1", "tag=t2");
        let other = Message::scan(other.as_bytes()).unwrap();
        assert_ne!(inspect(&message), Ok(Inspection::of_scanned(&other)));
    }

    #[test]
    fn what_the_strict_reader_does_not_know_is_refused_and_not_guessed() {
        let text = WILD[3].replace("BYE", "NEWMETHOD");
        let message = Message::scan(text.as_bytes()).unwrap();
        assert!(inspect(&message).is_err());
    }

    #[test]
    fn normalised_text_has_long_names_and_one_line_a_header() {
        let message = Message::scan(WILD[0].as_bytes()).unwrap();
        assert_eq!(
            normalised(&message),
            "INVITE sip:100@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1;rport\r\n\
             From: \"A\" <sip:79@a.example>;tag=f1\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: c1@a.example\r\n\
             CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        );
    }
}
