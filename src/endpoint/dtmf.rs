//! Keys in SIP INFO requests, as peers send them: `application/dtmf-relay` with `Signal=5`, and `application/dtmf` with
//! the key alone. No RFC defines either; both are what Cisco's gateways began and everybody copied.

use crate::keypad::Key;
use crate::sip::message::Message;

/// How a caller's keys travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtmf {
    /// Events in the RTP stream (RFC 4733); as `InfoRelay` where the call has no RTP or the far side takes no events.
    TelephoneEvent,
    /// INFO with `application/dtmf-relay`.
    InfoRelay,
    /// INFO with `application/dtmf`.
    Info,
}

/// Content type of a body that names the key and its duration.
const RELAY: &str = "application/dtmf-relay";
/// Content type of a body that is the key.
const PLAIN: &str = "application/dtmf";
/// How long a key is said to have been held, in milliseconds.
const HELD_MS: u32 = 160;

/// Content type and body of an INFO that carries `key`.
#[must_use]
pub fn write(key: Key, method: Dtmf) -> (&'static str, String) {
    match method {
        Dtmf::Info => (PLAIN, key.to_string()),
        Dtmf::InfoRelay | Dtmf::TelephoneEvent => (RELAY, format!("Signal={key}\r\nDuration={HELD_MS}\r\n")),
    }
}

/// The key that an INFO carries, if it carries one.
#[must_use]
pub fn read(message: &Message<'_>) -> Option<Key> {
    let content_type = std::str::from_utf8(message.content_type?).ok()?;
    let content_type = content_type.split(';').next()?.trim();
    let body = std::str::from_utf8(message.body).ok()?;
    if content_type.eq_ignore_ascii_case(PLAIN) {
        return signal(body);
    }
    if !content_type.eq_ignore_ascii_case(RELAY) {
        return None;
    }
    body.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("signal").then(|| signal(value))?
    })
}

/// A key by its character or, for star and hash, by its number: 10 and 11.
fn signal(text: &str) -> Option<Key> {
    match text.trim() {
        "10" => Key::from_character('*'),
        "11" => Key::from_character('#'),
        text => Key::from_text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(content_type: &str, body: &str) -> Option<Key> {
        let text = format!(
            "INFO sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 2 INFO\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        read(&Message::scan(text.as_bytes()).unwrap())
    }

    #[test]
    fn every_key_reads_back_in_both_bodies() {
        for key in Key::all() {
            for method in [Dtmf::InfoRelay, Dtmf::Info] {
                let (content_type, body) = write(key, method);
                assert_eq!(info(content_type, &body), Some(key));
            }
        }
    }

    #[test]
    fn bodies_of_other_systems_are_understood_and_others_are_no_keys() {
        assert_eq!(info(RELAY, "Duration = 100\r\n signal= # \r\n"), Key::from_character('#'));
        assert_eq!(info("application/dtmf; charset=utf-8", "10"), Key::from_character('*'));
        assert_eq!((info(RELAY, "Signal=22"), info(RELAY, "5"), info("text/plain", "5")), (None, None, None));
    }
}
