//! Cutting the bytes of a connection into messages (RFC 3261 7.5, 18.3).
//!
//! Bytes come in as the network happens to deliver them, half a message or several; whole messages go out, each by its
//! Content-Length. What cannot be cut, or never ends, breaks the connection: nothing that follows could be trusted.

use thiserror::Error;

use super::message::HeaderName;
use super::message::Headers;

/// Longest message taken: as long as a datagram can be.
pub const LONGEST: usize = 65_535;

/// Between two messages (RFC 5626 4.4.1).
const KEEP_ALIVE: &[u8] = b"\r\n\r\n";

/// Why nothing more can be read from a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Broken {
    /// A message of more than [`LONGEST`] bytes.
    #[error("a message is too long")]
    TooLong,
    /// No Content-Length, which a stream cannot do without (RFC 3261 20.14).
    #[error("a message has no Content-Length")]
    NoLength,
    /// A Content-Length that is no number, or two that differ: a second message could hide behind the first.
    #[error("a Content-Length cannot be read")]
    BadLength,
}

/// What stood next in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A whole message.
    Message(&'a [u8]),
    /// Two line breaks between messages, to be answered with one (RFC 5626 4.4.1).
    KeepAlive,
}

/// The bytes of one connection, on their way to becoming messages. Never holds more than [`LONGEST`] bytes and one read.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// What lies before has been handed out.
    start: usize,
    /// Between `start` and here there is no end of a head.
    searched: usize,
    broken: Option<Broken>,
}

impl Framer {
    /// A connection on which nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what the network delivered.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole piece, if it has come. Ask until there is none before the next [`Framer::push`].
    ///
    /// # Errors
    /// [`Broken`], from then on each time: the connection is of no more use.
    #[expect(
        clippy::should_implement_trait,
        reason = "what it lends is its own buffer, which no iterator can"
    )]
    pub fn next(&mut self) -> Result<Option<Piece<'_>>, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        match self.cut() {
            Ok(Some((from, to))) if from == to => Ok(Some(Piece::KeepAlive)),
            Ok(Some((from, to))) => Ok(Some(Piece::Message(&self.buffer[from..to]))),
            Ok(None) => Ok(None),
            Err(broken) => {
                self.broken = Some(broken);
                self.buffer = Vec::new();
                Err(broken)
            }
        }
    }

    /// Part of a message has come, and the rest not yet.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.buffer[self.start..].iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
    }

    /// Where the next message lies; from and to are one for a keep-alive.
    fn cut(&mut self) -> Result<Option<(usize, usize)>, Broken> {
        while let Some(b'\r' | b'\n') = self.buffer.get(self.start) {
            let waiting = &self.buffer[self.start..];
            if waiting.starts_with(KEEP_ALIVE) {
                self.pass(KEEP_ALIVE.len());
                return Ok(Some((self.start, self.start)));
            }
            if KEEP_ALIVE.starts_with(waiting) {
                return Ok(None);
            }
            self.pass(1);
        }
        let Some(head) = self.head() else {
            return if self.buffer.len() - self.start > LONGEST { Err(Broken::TooLong) } else { Ok(None) };
        };
        let length = content_length(&self.buffer[self.start..head])?;
        let end = head.checked_add(length).ok_or(Broken::TooLong)?;
        if end - self.start > LONGEST {
            return Err(Broken::TooLong);
        }
        if end > self.buffer.len() {
            return Ok(None);
        }
        let from = self.start;
        self.pass(end - from);
        Ok(Some((from, end)))
    }

    fn pass(&mut self, bytes: usize) {
        self.start += bytes;
        self.searched = self.searched.max(self.start);
    }

    /// Where the body begins, if the empty line before it has come; bare line feeds are line breaks, too.
    fn head(&mut self) -> Option<usize> {
        let mut from = self.searched;
        while let Some(found) = memchr::memchr(b'\n', &self.buffer[from..]) {
            let after = from + found + 1;
            match &self.buffer[after..] {
                [b'\n', ..] => return Some(after + 1),
                [b'\r', b'\n', ..] => return Some(after + 2),
                // The next bytes decide.
                [] | [b'\r'] => {
                    self.searched = from + found;
                    return None;
                }
                _ => from = after,
            }
        }
        self.searched = self.buffer.len();
        None
    }
}

/// What the head of a message says of its body.
fn content_length(message: &[u8]) -> Result<usize, Broken> {
    let fields = memchr::memchr(b'\n', message).map_or(&[][..], |line| &message[line + 1..]);
    let mut length = None;
    for header in
        Headers::new(fields).filter(|header| HeaderName::of(header.name) == HeaderName::ContentLength)
    {
        let digits = header.value;
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Broken::BadLength);
        }
        // A number beyond 64 bits is too long for anything.
        let said =
            std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX);
        if length.is_some_and(|before| before != said) {
            return Err(Broken::BadLength);
        }
        length = Some(said);
    }
    length.ok_or(Broken::NoLength)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(body: &str) -> String {
        format!(
            "OPTIONS sip:100@pbx SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nl: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Everything that comes of `stream` when it arrives in pieces of these sizes, over and over.
    fn cut(stream: &[u8], sizes: &[usize]) -> (Vec<String>, Option<Broken>, bool) {
        let (mut framer, mut pieces, mut rest) = (Framer::new(), Vec::new(), stream);
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*size).clamp(1, rest.len()));
            rest = later;
            framer.push(now);
            assert!(framer.buffer.len() <= LONGEST + now.len());
            loop {
                match framer.next() {
                    Ok(Some(Piece::Message(bytes))) => {
                        pieces.push(String::from_utf8_lossy(bytes).into_owned());
                    }
                    Ok(Some(Piece::KeepAlive)) => pieces.push("keep-alive".to_owned()),
                    Ok(None) => break,
                    Err(broken) => return (pieces, Some(broken), false),
                }
            }
        }
        (pieces, None, framer.is_unfinished())
    }

    #[test]
    fn messages_are_cut_by_their_length_and_line_breaks_between_them_are_keep_alives() {
        let (one, two) = (message("v=0\r\n\r\nSIP/2.0 "), message(""));
        let stream = format!("{one}{two}\r\n\r\n\r\n\r\n\r\n{one}\n{two}\r");
        let expected = [&*one, &two, "keep-alive", "keep-alive", &one, &two];
        let (pieces, broken, unfinished) = cut(stream.as_bytes(), &[stream.len()]);
        assert_eq!((pieces, broken, unfinished), (expected.map(str::to_owned).to_vec(), None, false));
    }

    #[test]
    fn what_cannot_be_cut_breaks_the_connection_for_good() {
        let head = |length: &str| format!("OPTIONS sip:100@pbx SIP/2.0\r\n{length}\r\n");
        for (stream, expected) in [
            (head(""), Broken::NoLength),
            (head("Content-Length: -1\r\n"), Broken::BadLength),
            (head("Content-Length: 5\r\nl: 0\r\n"), Broken::BadLength),
            (head("Content-Length: 65536\r\n"), Broken::TooLong),
            (head("Content-Length: 99999999999999999999999\r\n"), Broken::TooLong),
            ("x".repeat(LONGEST + 1), Broken::TooLong),
        ] {
            let (pieces, broken, _) = cut(format!("{stream}{}", message("")).as_bytes(), &[1000]);
            assert_eq!((pieces, broken), (Vec::new(), Some(expected)), "{stream:.60}");
        }
        let mut framer = Framer::new();
        framer.push(head("").as_bytes());
        assert_eq!(framer.next(), Err(Broken::NoLength));
        framer.push(message("").as_bytes());
        assert_eq!(framer.next(), Err(Broken::NoLength));
        assert!(framer.buffer.is_empty(), "a broken connection keeps nothing");
    }

    #[test]
    fn the_longest_message_is_taken() {
        let head = message(&"x".repeat(60_000)).len() - 60_000;
        let stream = message(&"x".repeat(LONGEST - head));
        assert_eq!(cut(stream.as_bytes(), &[1460]), (vec![stream], None, false));
    }

    proptest! {
        #[test]
        fn how_the_bytes_arrive_makes_no_difference(
            parts in prop::collection::vec(
                prop_oneof![
                    "[a-z\r\n]{0,40}".prop_map(|body| message(&body)),
                    Just("\r\n\r\n".to_owned()),
                    Just("\n".to_owned()),
                    "[ -~\r\n]{0,20}",
                ],
                0..8,
            ),
            sizes in prop::collection::vec(1_usize..90, 1..6),
        ) {
            let stream = parts.concat();
            prop_assert_eq!(cut(stream.as_bytes(), &sizes), cut(stream.as_bytes(), &[1]));
        }
    }
}
