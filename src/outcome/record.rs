//! The record of one attempt.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::outcome::Limiter;
use crate::outcome::Outcome;
use crate::time::{Duration, Instant};

/// Whether an attempt counts in the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Intended to start before the end of the warm-up: recorded, not measured.
    WarmUp,
    /// Intended to start after it.
    Measured,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Caller,
    Agent,
    Pbx,
    /// No one: signalling timed out, a circuit broke, the target died.
    Network,
    /// The end of the drain, a `stop` gate or Ctrl-C.
    RunEnd,
}

/// Delays on the wall clock, as RFC 6076 defines them; absent where the interval never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// How far behind its intended start the INVITE left: the generator's own lateness.
    pub lateness: Duration,
    /// From the intended start to the first status-indicative response (RFC 6076, 4.3; RFC 6076's own
    /// clock starts at the send: subtract `lateness`).
    pub post_dial_delay: Option<Duration>,
    /// From the intended start to the 200.
    pub answer_delay: Option<Duration>,
    /// From BYE to its 200 (RFC 6076, 4.4).
    pub disconnect_delay: Option<Duration>,
}

/// What the caller's side saw of the media.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MediaReport {
    pub packets_sent: u64,
    pub packets_received: u64,
    /// Packets that the peer's sequence numbers promised and that never came (RFC 3550, A.3).
    pub packets_lost: u64,
    /// Interarrival jitter in milliseconds (RFC 3550, 6.4.1).
    pub jitter_ms: f64,
}

/// One attempt by one caller. Every instant is people's time from the start of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// The Call-ID on the wire; `INDEX-ATTEMPT` in simulation.
    pub call_id: Arc<str>,
    /// The first attempt's place in the plan: one caller, whatever the number of attempts.
    pub index: u64,
    /// 0 for the first attempt, 1 for the first redial.
    pub attempt: u32,
    pub phase: Phase,
    /// The caller's number.
    pub caller: Arc<str>,
    /// The caller's class: `traffic.callers.*.name`.
    pub class: Arc<str>,
    /// The dialled number.
    pub did: Arc<str>,
    pub intended_start: Instant,
    pub started: Option<Instant>,
    pub ringing: Option<Instant>,
    pub answered: Option<Instant>,
    pub ended: Option<Instant>,
    pub outcome: Outcome,
    /// The rule of the classification that decided, or the PBX's own word.
    pub cause: Arc<str>,
    pub sip_status: Option<u16>,
    /// Q.850 cause from a Reason header (RFC 3326).
    pub q850: Option<u8>,
    /// The limit that refused, where known.
    pub limiter: Option<Limiter>,
    /// Time in the queue until pick-up or loss; absent if no queue was asked for, and of calls that the firm makes to
    /// customers whom it had promised one: they ask for none.
    pub wait: Option<Duration>,
    /// Time with an agent (or with the PBX where there is none).
    pub talk: Option<Duration>,
    pub agent: Option<Arc<str>>,
    pub queue: Option<Arc<str>>,
    pub ended_by: EndedBy,
    /// No further attempt follows: if this one was not completed, the customer is lost.
    pub last_attempt: bool,
    /// The caller went to a competitor rather than dial again.
    pub defected: bool,
    /// The caller had been served before and calls again about the same matter: a repeat call.
    pub served_before: bool,
    /// Wall-clock delays; absent in simulation.
    pub latency: Option<Latency>,
    pub media: Option<MediaReport>,
}

impl CallRecord {
    /// Whether a caller's fate is known with this attempt: it is the last one, and neither spoilt nor cut short.
    #[must_use]
    pub const fn ends_a_customer(&self) -> bool {
        self.last_attempt
            && !matches!(self.outcome, Outcome::Generator | Outcome::InProgress | Outcome::Excluded)
    }

    /// Whether a caller who was never served gives up with this attempt.
    #[must_use]
    pub const fn loses_a_customer(&self) -> bool {
        self.ends_a_customer() && !self.outcome.is_completed() && !self.served_before
    }
}

/// What a driver tells the collector while it runs, roughly in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A call was admitted: from now on it occupies a circuit.
    Seized { at: Instant },
    /// An admitted call released its circuit.
    Released { at: Instant },
    /// An attempt ended.
    Ended(Box<CallRecord>),
}
