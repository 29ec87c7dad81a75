//! Header fields: names, and a walk over the head of a message.

use memchr::memchr;

use super::value::trim;

/// The headers that something here reads by name; the rest are [`HeaderName::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the header of that name")]
pub enum HeaderName {
    Via,
    From,
    To,
    CallId,
    CSeq,
    Contact,
    MaxForwards,
    ContentType,
    ContentLength,
    ContentEncoding,
    Route,
    RecordRoute,
    Require,
    Supported,
    Reason,
    RetryAfter,
    WwwAuthenticate,
    ProxyAuthenticate,
    Authorization,
    ProxyAuthorization,
    Subject,
    Event,
    ReferTo,
    Other,
}

/// Long names as RFC 3261 20 writes them, and compact ones (7.3.3), lower case.
const NAMES: [(HeaderName, &str, Option<u8>); 23] = [
    (HeaderName::Via, "Via", Some(b'v')),
    (HeaderName::From, "From", Some(b'f')),
    (HeaderName::To, "To", Some(b't')),
    (HeaderName::CallId, "Call-ID", Some(b'i')),
    (HeaderName::CSeq, "CSeq", None),
    (HeaderName::Contact, "Contact", Some(b'm')),
    (HeaderName::MaxForwards, "Max-Forwards", None),
    (HeaderName::ContentType, "Content-Type", Some(b'c')),
    (HeaderName::ContentLength, "Content-Length", Some(b'l')),
    (HeaderName::ContentEncoding, "Content-Encoding", Some(b'e')),
    (HeaderName::Route, "Route", None),
    (HeaderName::RecordRoute, "Record-Route", None),
    (HeaderName::Require, "Require", None),
    (HeaderName::Supported, "Supported", Some(b'k')),
    (HeaderName::Reason, "Reason", None),
    (HeaderName::RetryAfter, "Retry-After", None),
    (HeaderName::WwwAuthenticate, "WWW-Authenticate", None),
    (HeaderName::ProxyAuthenticate, "Proxy-Authenticate", None),
    (HeaderName::Authorization, "Authorization", None),
    (HeaderName::ProxyAuthorization, "Proxy-Authorization", None),
    (HeaderName::Subject, "Subject", Some(b's')),
    (HeaderName::Event, "Event", Some(b'o')),
    (HeaderName::ReferTo, "Refer-To", Some(b'r')),
];

impl HeaderName {
    /// The header written `name`, in any case, long or compact.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        if let [letter] = name {
            let letter = letter.to_ascii_lowercase();
            return NAMES.iter().find(|entry| entry.2 == Some(letter)).map_or(Self::Other, |entry| entry.0);
        }
        let candidate = Self::candidate(name);
        match candidate.long() {
            Some(long) if name.eq_ignore_ascii_case(long.as_bytes()) => candidate,
            _ => Self::Other,
        }
    }

    /// The only known header that `name` can be, judged by its length and first letter: one comparison settles
    /// the rest, where a search through the table would take two dozen.
    fn candidate(name: &[u8]) -> Self {
        let Some(first) = name.first() else { return Self::Other };
        match (name.len(), first.to_ascii_lowercase()) {
            (2, _) => Self::To,
            (3, _) => Self::Via,
            (4, b'f') => Self::From,
            (4, _) => Self::CSeq,
            (5, b'r') => Self::Route,
            (5, _) => Self::Event,
            (6, _) => Self::Reason,
            (7, b'c') if name[1].eq_ignore_ascii_case(&b'a') => Self::CallId,
            (7, b'c') => Self::Contact,
            (7, b'r') => Self::Require,
            (7, _) => Self::Subject,
            (8, _) => Self::ReferTo,
            (9, _) => Self::Supported,
            (11, _) => Self::RetryAfter,
            (12, b'm') => Self::MaxForwards,
            (12, b'c') => Self::ContentType,
            (12, _) => Self::RecordRoute,
            (13, _) => Self::Authorization,
            (14, _) => Self::ContentLength,
            (16, b'w') => Self::WwwAuthenticate,
            (16, _) => Self::ContentEncoding,
            (18, _) => Self::ProxyAuthenticate,
            (19, _) => Self::ProxyAuthorization,
            _ => Self::Other,
        }
    }

    /// The long name; `None` for [`HeaderName::Other`].
    #[must_use]
    pub const fn long(self) -> Option<&'static str> {
        let position = self as usize;
        if position < NAMES.len() { Some(NAMES[position].1) } else { None }
    }
}

/// One header field as it stands in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name as written, trimmed.
    pub name: &'a [u8],
    /// The value, trimmed; may contain folds.
    pub value: &'a [u8],
}

/// The header fields of a head, in order. Lines without a colon are passed over.
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    rest: &'a [u8],
    ended: bool,
}

impl<'a> Headers<'a> {
    /// Walks `head`, which begins after the start line.
    pub(in crate::sip) const fn new(head: &'a [u8]) -> Self {
        Self { rest: head, ended: false }
    }

    /// What follows the empty line that ends the head, once the walk has met it.
    pub(super) fn after(&self) -> Option<&'a [u8]> {
        self.ended.then_some(self.rest)
    }

    /// Takes one header field with its continuation lines (RFC 3261 7.3.1) off the front.
    fn take_line(&mut self) -> &'a [u8] {
        let mut end = 0;
        loop {
            let Some(line_feed) = memchr(b'\n', &self.rest[end..]) else {
                let line = self.rest;
                self.rest = &[];
                return line;
            };
            end += line_feed + 1;
            if !matches!(self.rest.get(end), Some(b' ' | b'\t')) {
                let (line, rest) = self.rest.split_at(end);
                self.rest = rest;
                return line;
            }
        }
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        while !self.ended && !self.rest.is_empty() {
            if let Some(body) = self.rest.strip_prefix(b"\r\n").or_else(|| self.rest.strip_prefix(b"\n")) {
                self.rest = body;
                self.ended = true;
                return None;
            }
            let line = self.take_line();
            if let Some(colon) = memchr(b':', line) {
                return Some(Header { name: trim(&line[..colon]), value: trim(&line[colon + 1..]) });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_by_its_long_and_compact_form_in_any_case() {
        for (position, (name, long, compact)) in NAMES.into_iter().enumerate() {
            assert_eq!(name as usize, position, "{long} stands at its own place in the table");
            assert_eq!(HeaderName::of(long.as_bytes()), name);
            assert_eq!(HeaderName::of(long.to_ascii_lowercase().as_bytes()), name);
            if let Some(letter) = compact {
                assert_eq!(HeaderName::of(&[letter]), name);
                assert_eq!(HeaderName::of(&[letter.to_ascii_uppercase()]), name);
            }
        }
    }

    #[test]
    fn strangers_are_other() {
        for name in ["", "Q", "Vie", "Xrom", "X-Busyhour-Agent", "Content-Typo", "Proxy-Authenticat3"] {
            assert_eq!(HeaderName::of(name.as_bytes()), HeaderName::Other, "{name}");
        }
    }
}
