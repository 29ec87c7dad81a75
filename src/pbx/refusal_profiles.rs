//! How real systems turn calls away, by name.
//!
//! Each profile is what one system's own source, documentation or measured behaviour shows for the limits that it
//! has; what a system is not known to do is absent, not guessed. A profile changes how a refusal looks to the caller,
//! never whether a call is refused, nor to which limiter the PBX's own books attribute it.

use std::sync::Arc;

use crate::pbx::config::Refusal;
use crate::time::Duration;

/// What turned the call away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Too many calls at once.
    Concurrency,
    /// Too many new calls.
    Rate,
    /// No room on the link.
    Bandwidth,
    /// The processor is busy.
    Processor,
    /// No place in the queue.
    QueueFull,
    /// The longest wait is over.
    QueueTimeout,
}

impl Occasion {
    /// The key of a scenario's `refusal` section that it stands behind.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Concurrency => "channels",
            Self::Rate => "calls_per_second",
            Self::Bandwidth => "bandwidth",
            Self::Processor => "processor",
            Self::QueueFull => "queue_full",
            Self::QueueTimeout => "queue_timeout",
        }
    }
}

/// One way to say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Status, phrase (the standard one if absent), Q.850 cause, Retry-After in seconds of people's time.
    Status(u16, Option<&'static str>, Option<u8>, Option<u64>),
    Silence,
    AnswerThenHangUp,
}

/// A system, and how it refuses.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// As a scenario writes it.
    pub name: &'static str,
    /// What the system is, and which of its limits this is.
    pub what: &'static str,
    shapes: &'static [(Occasion, Shape)],
}

const BUSY: Shape = Shape::Status(486, None, Some(17), None);
const UNAVAILABLE_42: Shape = Shape::Status(503, None, Some(42), None);
const UNAVAILABLE_34: Shape = Shape::Status(503, None, Some(34), None);
const FREESWITCH: Shape = Shape::Status(503, Some("Maximum Calls In Progress"), None, Some(300));
const MAINTENANCE: Shape = Shape::Status(503, None, None, Some(300));
const UNAVAILABLE_47: Shape = Shape::Status(503, None, Some(47), None);
const EVERY: [Occasion; 6] = [
    Occasion::Concurrency,
    Occasion::Rate,
    Occasion::Bandwidth,
    Occasion::Processor,
    Occasion::QueueFull,
    Occasion::QueueTimeout,
];

use Occasion::{Bandwidth, Concurrency, Processor, QueueFull, QueueTimeout, Rate};

/// All profiles, by name.
const PROFILES: [Profile; 17] = [
    profile(
        "asterisk",
        "Asterisk's chan_pjsip at maxcalls or maxload; a full queue after Answer()",
        &[
            (Concurrency, UNAVAILABLE_42),
            (Rate, UNAVAILABLE_42),
            (Processor, UNAVAILABLE_42),
            (QueueFull, Shape::AnswerThenHangUp),
        ],
    ),
    profile(
        "asterisk_busy",
        "an Asterisk dial plan that counts calls and ends in Busy()",
        &[(Concurrency, BUSY), (QueueFull, BUSY), (QueueTimeout, BUSY)],
    ),
    profile(
        "asterisk_chan_sip",
        "Asterisk's former chan_sip at call-limit; at maxload",
        &[
            (Concurrency, Shape::Status(480, Some("Temporarily Unavailable (Call limit)"), None, None)),
            (Processor, Shape::Status(480, None, None, None)),
        ],
    ),
    profile(
        "asterisk_congestion",
        "an Asterisk dial plan that counts calls and ends in Congestion()",
        &[
            (Concurrency, UNAVAILABLE_34),
            (Rate, UNAVAILABLE_34),
            (QueueFull, UNAVAILABLE_34),
            (QueueTimeout, UNAVAILABLE_34),
        ],
    ),
    profile(
        "asterisk_maintenance",
        "Asterisk's chan_pjsip in maintenance",
        &[(Concurrency, MAINTENANCE), (Rate, MAINTENANCE)],
    ),
    profile(
        "asterisk_overload",
        "Asterisk's chan_pjsip with a full task processor, over UDP",
        &[(Concurrency, Shape::Silence), (Rate, Shape::Silence), (Processor, Shape::Silence)],
    ),
    profile(
        "freeswitch",
        "FreeSWITCH at max-sessions, sessions-per-second or min-idle-cpu",
        &[(Concurrency, FREESWITCH), (Rate, FREESWITCH), (Processor, FREESWITCH)],
    ),
    profile(
        "ivozprovider",
        "IvozProvider's limit on inbound calls",
        &[(Concurrency, Shape::Status(486, None, None, None))],
    ),
    profile(
        "jambonz",
        "jambonz at an account's limit",
        &[(Concurrency, Shape::Status(503, Some("Maximum Calls In Progress"), None, None))],
    ),
    profile(
        "opensips",
        "OpenSIPS, as its tutorial on channel limits ends a call",
        &[(Concurrency, Shape::Status(487, Some("Request Terminated: Channel limit exceeded"), None, None))],
    ),
    profile(
        "oracle_sbc",
        "an Oracle session border controller beyond its constraints",
        &[(Concurrency, UNAVAILABLE_34), (Rate, UNAVAILABLE_34), (Bandwidth, UNAVAILABLE_47)],
    ),
    profile(
        "telnyx",
        "Telnyx at the account's channel limit",
        &[(Concurrency, Shape::Status(403, Some("User channel limit exceeded D1"), None, None))],
    ),
    profile(
        "twilio",
        "a Twilio trunk beyond its calls per second",
        &[(Rate, Shape::Status(503, Some("Trunk CPS limit exceeded"), None, None))],
    ),
    profile("voicehost", "VoiceHost beyond its calls per second", &[(Rate, UNAVAILABLE_34)]),
    profile(
        "busy",
        "the busy tone, as many carriers give it for a full trunk",
        &[
            (Concurrency, BUSY),
            (Rate, BUSY),
            (Bandwidth, BUSY),
            (Processor, BUSY),
            (QueueFull, BUSY),
            (QueueTimeout, BUSY),
        ],
    ),
    profile(
        "silent",
        "nothing at all: the caller runs into Timer B",
        &[
            (Concurrency, Shape::Silence),
            (Rate, Shape::Silence),
            (Bandwidth, Shape::Silence),
            (Processor, Shape::Silence),
            (QueueFull, Shape::Silence),
            (QueueTimeout, Shape::Silence),
        ],
    ),
    profile(
        "answer_then_hang_up",
        "200, then BYE at once",
        &[
            (Concurrency, Shape::AnswerThenHangUp),
            (Rate, Shape::AnswerThenHangUp),
            (Bandwidth, Shape::AnswerThenHangUp),
            (Processor, Shape::AnswerThenHangUp),
            (QueueFull, Shape::AnswerThenHangUp),
            (QueueTimeout, Shape::AnswerThenHangUp),
        ],
    ),
];

const fn profile(name: &'static str, what: &'static str, shapes: &'static [(Occasion, Shape)]) -> Profile {
    Profile { name, what, shapes }
}

/// All profiles.
#[must_use]
pub const fn all() -> &'static [Profile] {
    &PROFILES
}

/// The profile of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

impl Profile {
    /// How the system refuses on `occasion`; `None` where nothing is known of it.
    #[must_use]
    pub fn refusal(&self, occasion: Occasion) -> Option<Refusal> {
        let (_, shape) = self.shapes.iter().find(|(of, _)| *of == occasion)?;
        Some(match *shape {
            Shape::Status(status, phrase, reason, retry_after) => Refusal::Status {
                status,
                phrase: phrase.map(Arc::from),
                reason,
                retry_after: retry_after.map(Duration::from_secs),
            },
            Shape::Silence => Refusal::Silence,
            Shape::AnswerThenHangUp => Refusal::AnswerThenHangUp,
        })
    }

    /// The occasions of which something is known.
    pub fn occasions(&self) -> impl Iterator<Item = Occasion> + '_ {
        EVERY.into_iter().filter(|occasion| self.shapes.iter().any(|(of, _)| of == occasion))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_says_nothing_that_its_system_does_not() {
        let twilio = named("twilio").unwrap();
        assert_eq!(twilio.refusal(Concurrency), None, "Twilio's trunk limit is one of calls per second");
        let Some(Refusal::Status { status, phrase, reason, retry_after }) = twilio.refusal(Rate) else {
            panic!("a status")
        };
        assert_eq!(
            (status, phrase.as_deref(), reason, retry_after),
            (503, Some("Trunk CPS limit exceeded"), None, None)
        );
    }

    #[test]
    fn names_are_unique_and_every_profile_refuses_something() {
        for profile in all() {
            assert_eq!(
                all().iter().filter(|other| other.name == profile.name).count(),
                1,
                "{}",
                profile.name
            );
            assert!(profile.occasions().next().is_some(), "{}", profile.name);
        }
    }
}
