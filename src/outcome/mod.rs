//! What happened to a call: the waist of the system.
//!
//! The wire, the simulation and a call log all produce [`CallRecord`]s; everything after them (metrics,
//! verdict, sizing, cost, report) sees only those. An attempt ends in exactly one [`Outcome`], decided first
//! by *who* was at fault, then by *what* happened. A failed call is data, never an error.

pub use cause::Limiter;
pub use record::{CallRecord, EndedBy, Latency, MediaReport, Observation, Phase};

pub mod cause;
pub mod classify;
pub mod menu;
pub mod note;
pub mod record;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who served a completed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletedBy {
    Agent,
    Pbx,
    Ivr,
    Voicemail,
    Callback,
}

/// How people ended a call that was not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Human {
    /// The called person's line was engaged (486, 600).
    Busy,
    /// It rang and nobody picked up.
    NoAnswer,
    /// A person said no (603).
    Declined,
    /// The caller lost patience: before answer, in the IVR or in the queue.
    Abandoned,
    /// The queue had no place left: too few people, not too few circuits.
    QueueFull,
    /// The queue gave up on the caller after its maximum wait, or a menu in which nothing useful was pressed.
    QueueTimeout,
}

/// How a counted resource or a fault ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technical {
    /// No circuit was free.
    Trunk,
    /// The system shed load: rate limit, processor, 503 with Retry-After.
    Overload,
    /// Nobody answered the signalling (Timer B, 408, 504).
    Timeout,
    /// A server or protocol error.
    Failure,
    /// Answered, but without usable audio.
    Media,
    /// Answered, then ended by the network before its planned end.
    CutOff,
}

/// The one end of an attempt. DESIGN: section 4, "What happened to a call".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Answered and ended normally.
    Completed(CompletedBy),
    /// People's doing, or too few people.
    Human(Human),
    /// A counted resource or a fault: the numerator of the technical drop rate.
    Technical(Technical),
    /// The PBX said no on purpose.
    Policy,
    /// A set-up error (wrong number, authentication, redirect): in no ratio.
    Excluded,
    /// Started, but spoilt by the generator itself: in no ratio.
    Generator,
    /// Unanswered when the run was interrupted.
    InProgress,
}

impl Outcome {
    /// Every outcome, in the order of reports.
    pub const ALL: [Self; 21] = [
        Self::Completed(CompletedBy::Agent),
        Self::Completed(CompletedBy::Pbx),
        Self::Completed(CompletedBy::Ivr),
        Self::Completed(CompletedBy::Voicemail),
        Self::Completed(CompletedBy::Callback),
        Self::Human(Human::Busy),
        Self::Human(Human::NoAnswer),
        Self::Human(Human::Declined),
        Self::Human(Human::Abandoned),
        Self::Human(Human::QueueFull),
        Self::Human(Human::QueueTimeout),
        Self::Technical(Technical::Trunk),
        Self::Technical(Technical::Overload),
        Self::Technical(Technical::Timeout),
        Self::Technical(Technical::Failure),
        Self::Technical(Technical::Media),
        Self::Technical(Technical::CutOff),
        Self::Policy,
        Self::Excluded,
        Self::Generator,
        Self::InProgress,
    ];

    /// The name used in files: `technical.trunk`, `human.busy`, `completed.agent`, `policy`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed(CompletedBy::Agent) => "completed.agent",
            Self::Completed(CompletedBy::Pbx) => "completed.pbx",
            Self::Completed(CompletedBy::Ivr) => "completed.ivr",
            Self::Completed(CompletedBy::Voicemail) => "completed.voicemail",
            Self::Completed(CompletedBy::Callback) => "completed.callback",
            Self::Human(Human::Busy) => "human.busy",
            Self::Human(Human::NoAnswer) => "human.no_answer",
            Self::Human(Human::Declined) => "human.declined",
            Self::Human(Human::Abandoned) => "human.abandoned",
            Self::Human(Human::QueueFull) => "human.queue_full",
            Self::Human(Human::QueueTimeout) => "human.queue_timeout",
            Self::Technical(Technical::Trunk) => "technical.trunk",
            Self::Technical(Technical::Overload) => "technical.overload",
            Self::Technical(Technical::Timeout) => "technical.timeout",
            Self::Technical(Technical::Failure) => "technical.failure",
            Self::Technical(Technical::Media) => "technical.media",
            Self::Technical(Technical::CutOff) => "technical.cut_off",
            Self::Policy => "policy",
            Self::Excluded => "excluded",
            Self::Generator => "generator",
            Self::InProgress => "in_progress",
        }
    }

    /// Whether the attempt counts in the denominator of the technical drop rate.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Completed(_) | Self::Human(_) | Self::Technical(_))
    }

    /// Whether the attempt counts in the numerator of the technical drop rate.
    #[must_use]
    pub const fn is_technical(self) -> bool {
        matches!(self, Self::Technical(_))
    }

    /// Whether the caller was served.
    #[must_use]
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Completed(_))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no outcome; outcomes are {known}", known = Outcome::ALL.map(Outcome::name).join(", "))]
pub struct UnknownOutcome(pub String);

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.name() == text);
        found.ok_or_else(|| UnknownOutcome(text.to_owned()))
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_reads_back_from_its_name() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.name().parse::<Outcome>(), Ok(outcome));
        }
        assert!("technical".parse::<Outcome>().is_err());
    }

    #[test]
    fn only_technical_outcomes_are_drops_and_set_up_errors_are_in_no_ratio() {
        assert!(Outcome::Technical(Technical::Trunk).is_technical());
        assert!(!Outcome::Human(Human::QueueFull).is_technical());
        for uncounted in [Outcome::Policy, Outcome::Excluded, Outcome::Generator, Outcome::InProgress] {
            assert!(!uncounted.is_counted());
        }
    }
}
