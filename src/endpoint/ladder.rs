//! The SIP ladder of the first failed call of each cause, for the report.
//!
//! Which call will fail is known only when it has ended, so the messages of every call in progress are noted,
//! shortly: first line, the headers that explain a refusal, the time. Calls that ended well are forgotten at
//! once. Calls in progress, messages of a call and causes are bounded; when too many calls are in progress the
//! oldest is given up, because calls that fail mostly fail young. A ladder is evidence for a reader, it
//! decides nothing.
//!
//! `endpoint` may not know the result's types: whoever writes the result copies these plain structs.

use std::collections::BTreeMap;

use crate::outcome::Outcome;
use crate::time::Instant;

/// Messages noted of one call: a refused call has 3, an answered one with ringing 7, and a few retransmissions.
const MESSAGES_MAX: usize = 32;
/// Different causes in one report.
const CAUSES_MAX: usize = 64;
/// Characters of a line or a detail.
const TEXT_MAX: usize = 160;
/// Headers that say why: RFC 3326, RFC 3261 20.33, RFC 3261 20.43, and the bundled PBX's own.
const TELLING: [&str; 3] = ["reason", "retry-after", "warning"];
const OUR_PREFIX: &str = "x-busyhour-";

/// The ladder of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    pub cause: String,
    pub outcome: Outcome,
    pub call_id: String,
    pub messages: Vec<Message>,
    /// Messages after these that were not noted.
    pub omitted: u64,
}

/// One arrow.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Wall milliseconds from the call's intended start; negative before it.
    pub at_ms: f64,
    /// Sent by the side that notes.
    pub sent: bool,
    /// `INVITE sip:100@127.0.0.1` or `503 Service Unavailable`.
    pub line: String,
    /// Headers worth showing beside it: `Reason: Q.850;cause=34`.
    pub detail: Option<String>,
}

/// Notes messages and keeps the ladders.
#[derive(Debug, Default)]
pub struct Ladders {
    capacity: usize,
    calls: BTreeMap<u64, Call>,
    /// Calls in progress by age: number of beginning → call.
    ages: BTreeMap<u64, u64>,
    begun: u64,
    kept: BTreeMap<String, Kept>,
}

#[derive(Debug)]
struct Call {
    age: u64,
    notes: Vec<Note>,
    omitted: u64,
}

#[derive(Debug)]
struct Note {
    at: Instant,
    sent: bool,
    line: Box<str>,
    detail: Option<Box<str>>,
}

#[derive(Debug)]
struct Kept {
    intended: Instant,
    ladder: Ladder,
}

impl Ladders {
    /// Notes at most `capacity` calls in progress at once.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, calls: BTreeMap::new(), ages: BTreeMap::new(), begun: 0, kept: BTreeMap::new() }
    }

    /// Notes a message of `call` that passed at `at_wall`.
    pub fn message(&mut self, call: u64, at_wall: Instant, sent: bool, bytes: &[u8]) {
        let Some(call) = self.call(call) else { return };
        if call.notes.len() >= MESSAGES_MAX {
            call.omitted += 1;
            return;
        }
        let (line, detail) = summary(bytes);
        call.notes.push(Note { at: at_wall, sent, line, detail });
    }

    /// The call, begun if it is new.
    fn call(&mut self, call: u64) -> Option<&mut Call> {
        if self.capacity == 0 {
            return None;
        }
        if !self.calls.contains_key(&call) {
            if self.calls.len() >= self.capacity {
                let (_, oldest) = self.ages.pop_first().expect("every call in progress has an age");
                self.calls.remove(&oldest);
            }
            self.ages.insert(self.begun, call);
            self.calls.insert(call, Call { age: self.begun, notes: Vec::new(), omitted: 0 });
            self.begun += 1;
        }
        self.calls.get_mut(&call)
    }

    /// The call has ended. Kept, if it failed and is the earliest by `intended_wall` of its cause; a call that
    /// was completed, or cut short by the end of the run, is forgotten.
    pub fn ended(&mut self, call: u64, cause: &str, outcome: Outcome, call_id: &str, intended_wall: Instant) {
        let Some(call) = self.calls.remove(&call) else { return };
        self.ages.remove(&call.age);
        if outcome.is_completed() || outcome == Outcome::InProgress || !self.is_wanted(cause, intended_wall) {
            return;
        }
        let messages = call.notes.into_iter().map(|note| note.message(intended_wall)).collect();
        let (cause, call_id) = (cause.to_owned(), call_id.to_owned());
        let ladder = Ladder { cause: cause.clone(), outcome, call_id, messages, omitted: call.omitted };
        self.kept.insert(cause, Kept { intended: intended_wall, ladder });
    }

    /// Calls end in another order than they begin: the first to fail is the one that began first.
    fn is_wanted(&self, cause: &str, intended: Instant) -> bool {
        match self.kept.get(cause) {
            Some(kept) => intended < kept.intended,
            None => self.kept.len() < CAUSES_MAX,
        }
    }

    /// Takes in what another worker has kept; the earlier call of each cause stays.
    pub fn merge(&mut self, other: Self) {
        for (cause, kept) in other.kept {
            if self.is_wanted(&cause, kept.intended) {
                self.kept.insert(cause, kept);
            }
        }
    }

    /// The ladders, in the order of their calls' intended starts.
    #[must_use]
    pub fn finish(self) -> Vec<Ladder> {
        let mut kept: Vec<Kept> = self.kept.into_values().collect();
        kept.sort_by_key(|kept| kept.intended);
        kept.into_iter().map(|kept| kept.ladder).collect()
    }
}

impl Note {
    fn message(self, intended: Instant) -> Message {
        let after = self.at.since(intended).as_secs_f64();
        let before = intended.since(self.at).as_secs_f64();
        let at_ms = (after - before) * 1e3;
        Message { at_ms, sent: self.sent, line: self.line.into(), detail: self.detail.map(Into::into) }
    }
}

/// The first line without the protocol version, and the telling headers. Reads anything: what a broken peer
/// sends must show in the ladder too.
fn summary(bytes: &[u8]) -> (Box<str>, Option<Box<str>>) {
    let mut lines = bytes.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = printable(lines.next().unwrap_or_default());
    let line = first.strip_prefix("SIP/2.0 ").or_else(|| first.strip_suffix(" SIP/2.0")).unwrap_or(&first);
    let headers = lines.take_while(|line| !line.is_empty()).filter(|line| is_telling(line));
    let detail = headers.map(printable).collect::<Vec<_>>().join(", ");
    (line.into(), (!detail.is_empty()).then(|| detail.chars().take(TEXT_MAX).collect::<String>().into()))
}

fn is_telling(header: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', header) else { return false };
    let name = header[..colon].trim_ascii_end();
    TELLING.iter().any(|telling| name.eq_ignore_ascii_case(telling.as_bytes()))
        || name
            .get(..OUR_PREFIX.len())
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case(OUR_PREFIX.as_bytes()))
}

/// Text that can be shown anywhere: control characters and broken UTF-8 become the replacement character.
fn printable(line: &[u8]) -> String {
    // A character has at most four bytes; a cut one becomes a replacement character beyond the limit.
    let line = &line[..line.len().min(4 * TEXT_MAX)];
    let visible = |character: char| if character.is_control() { '\u{FFFD}' } else { character };
    String::from_utf8_lossy(line).chars().map(visible).take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::CompletedBy;
    use crate::outcome::Human;
    use crate::outcome::Technical;

    const INVITE: &[u8] = b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n";
    const REFUSAL: &[u8] =
        b"SIP/2.0 503 Service Unavailable\r\nretry-after : 5\r\nReason: Q.850;cause=34\r\n\
                             X-Busyhour-Limiter: channels\r\nSubject: no\r\n\r\nReason: in the body\r\n";
    const TRUNK: Outcome = Outcome::Technical(Technical::Trunk);

    fn at_ms(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    fn refuse(ladders: &mut Ladders, call: u64, cause: &str, intended: u64) {
        ladders.message(call, at_ms(intended + 2), true, INVITE);
        ladders.message(call, at_ms(intended + 5), false, REFUSAL);
        ladders.ended(call, cause, TRUNK, &format!("call-{call}"), at_ms(intended));
    }

    #[test]
    fn a_refused_call_leaves_its_ladder_with_times_and_reasons() {
        let mut ladders = Ladders::new(10);
        refuse(&mut ladders, 7, "trunk", 1000);
        let expected = Ladder {
            cause: "trunk".into(),
            outcome: TRUNK,
            call_id: "call-7".into(),
            messages: vec![
                Message { at_ms: 2.0, sent: true, line: "INVITE sip:100@127.0.0.1".into(), detail: None },
                Message {
                    at_ms: 5.0,
                    sent: false,
                    line: "503 Service Unavailable".into(),
                    detail: Some(
                        "retry-after : 5, Reason: Q.850;cause=34, X-Busyhour-Limiter: channels".into(),
                    ),
                },
            ],
            omitted: 0,
        };
        assert_eq!(ladders.finish(), [expected]);
    }

    #[test]
    fn only_the_first_failed_call_of_each_cause_is_kept() {
        let mut ladders = Ladders::new(10);
        refuse(&mut ladders, 3, "trunk", 3000);
        refuse(&mut ladders, 1, "trunk", 1000);
        refuse(&mut ladders, 2, "trunk", 2000);
        refuse(&mut ladders, 4, "overload", 500);
        let found: Vec<_> =
            ladders.finish().into_iter().map(|ladder| (ladder.cause, ladder.call_id)).collect();
        assert_eq!(found, [("overload".into(), "call-4".into()), ("trunk".into(), "call-1".into())]);
    }

    #[test]
    fn completed_and_unfinished_calls_are_forgotten_and_human_losses_are_shown() {
        let mut ladders = Ladders::new(10);
        for (call, outcome) in [
            (1, Outcome::Completed(CompletedBy::Pbx)),
            (2, Outcome::InProgress),
            (3, Outcome::Human(Human::Busy)),
        ] {
            ladders.message(call, at_ms(0), true, INVITE);
            ladders.ended(call, outcome.name(), outcome, "id", at_ms(0));
        }
        assert!(ladders.calls.is_empty() && ladders.ages.is_empty());
        assert_eq!(
            ladders.finish().into_iter().map(|ladder| ladder.cause).collect::<Vec<_>>(),
            ["human.busy"]
        );
    }

    #[test]
    fn calls_messages_causes_and_texts_are_bounded() {
        let mut ladders = Ladders::new(100);
        for call in 0..1000 {
            ladders.message(call, at_ms(0), true, INVITE);
        }
        assert_eq!((ladders.calls.len(), ladders.ages.len()), (100, 100));
        ladders.ended(0, "too old", TRUNK, "id", at_ms(0));
        for _ in 0..100 {
            ladders.message(999, at_ms(0), true, &[b'\n', 0xFF, b'x'].repeat(10_000));
            ladders.message(999, at_ms(0), true, "я\u{7}".repeat(10_000).as_bytes());
        }
        ladders.ended(999, "long", TRUNK, "id", at_ms(0));
        for number in 0..1000 {
            refuse(&mut ladders, number, &format!("cause {number}"), 10);
        }
        let found = ladders.finish();
        assert_eq!((found.len(), found[0].cause.as_str()), (CAUSES_MAX, "long"));
        assert_eq!((found[0].messages.len(), found[0].omitted), (MESSAGES_MAX, 201 - MESSAGES_MAX as u64));
        for message in &found[0].messages {
            assert!(message.line.chars().count() <= TEXT_MAX && !message.line.chars().any(char::is_control));
        }
    }

    #[test]
    fn workers_merge_to_the_earliest_call() {
        let (mut one, mut other) = (Ladders::new(10), Ladders::new(10));
        refuse(&mut one, 1, "trunk", 2000);
        refuse(&mut other, 2, "trunk", 1000);
        refuse(&mut other, 3, "overload", 3000);
        one.merge(other);
        let found: Vec<_> = one.finish().into_iter().map(|ladder| ladder.call_id).collect();
        assert_eq!(found, ["call-2", "call-3"]);
    }

    #[test]
    fn a_message_before_the_intended_start_has_a_negative_time() {
        let mut ladders = Ladders::new(1);
        ladders.message(1, at_ms(90), true, b"OPTIONS");
        ladders.ended(1, "x", TRUNK, "id", at_ms(100));
        assert!((ladders.finish()[0].messages[0].at_ms + 10.0).abs() < 1e-9);
    }
}
