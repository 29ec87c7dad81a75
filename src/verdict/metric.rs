//! What a gate can be about, and in which unit its limit is written.

use crate::metrics::Measure;
use crate::metrics::ServiceLevelDefinition;
use crate::outcome::Human;
use crate::outcome::Outcome;
use crate::time::Duration;
use crate::units::Period;

/// A figure that a gate can judge.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// A ratio of counts, with an interval.
    Ratio(Measure),
    /// Answered within the threshold, by one of the definitions in use.
    ServiceLevel {
        threshold: Duration,
        definition: ServiceLevelDefinition,
    },
    /// The loss that `needed` of `of` consecutive windows each show with confidence: "systemic", not a spike.
    SystemicLoss {
        needed: u32,
        of: u32,
        window: Duration,
    },
    /// Share of those who asked to be called back whose first call came within the time.
    CallbackInTime {
        within: Duration,
    },
    /// A percentile, mean or maximum of a delay on the wire, in milliseconds.
    Delay(Delay, Stat),
    /// Mean wait of answered callers, in seconds.
    Asa,
    /// Share of agents' time spent on calls.
    Occupancy,
    /// Most callers waiting at once.
    QueueLength,
    OfferedErlangs,
    CarriedErlangs,
    PeakConcurrent,
    /// Attempts in the figures.
    Calls,
    CallsPerSecond,
}

/// Which delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    PostDial,
    Answer,
    Disconnect,
    Lateness,
}

/// Which figure of a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stat {
    /// 0 to 100, exclusive.
    Percentile(f64),
    Max,
    Mean,
}

/// What a limit is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Ratio,
    Milliseconds,
    Seconds,
    Erlangs,
    Calls,
    CallsPerSecond,
}

impl Unit {
    /// The name in `result.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Erlangs => "erlangs",
            Self::Calls => "calls",
            Self::CallsPerSecond => "calls_per_second",
        }
    }
}

/// Every metric's name as written in a gate, for messages and completions.
pub const NAMES: [&str; 47] = [
    "technical_drop_rate",
    "blocking",
    "completed",
    "completed.agent",
    "completed.pbx",
    "completed.ivr",
    "completed.voicemail",
    "completed.callback",
    "human.busy",
    "human.no_answer",
    "human.declined",
    "human.abandoned",
    "human.queue_full",
    "human.queue_timeout",
    "technical.trunk",
    "technical.overload",
    "technical.timeout",
    "technical.failure",
    "technical.media",
    "technical.cut_off",
    "policy",
    "excluded",
    "generator",
    "asr",
    "ner",
    "ser",
    "seer",
    "isa",
    "scr",
    "abandoned_ratio",
    "customers_lost",
    "packet_loss",
    "service_level",
    "systemic_loss",
    "callback_in_time",
    "post_dial_delay",
    "answer_delay",
    "disconnect_delay",
    "lateness",
    "asa",
    "occupancy",
    "queue_length",
    "offered_erlangs",
    "carried_erlangs",
    "peak_concurrent",
    "calls",
    "calls_per_second",
];

impl Metric {
    /// The metric without arguments that is called `name`; delays get their percentile later.
    pub(super) fn plain(name: &str) -> Option<Self> {
        let ratio = match name {
            "technical_drop_rate" => Some(Measure::TechnicalDropRate),
            "blocking" => Some(Measure::Blocking),
            "completed" => Some(Measure::Completed),
            "asr" => Some(Measure::Asr),
            "ner" => Some(Measure::Ner),
            "ser" => Some(Measure::Ser),
            "seer" => Some(Measure::Seer),
            "isa" => Some(Measure::Isa),
            "scr" => Some(Measure::Scr),
            "abandoned_ratio" => Some(Measure::QueueAbandoned),
            "customers_lost" => Some(Measure::CustomersLost),
            "packet_loss" => Some(Measure::PacketLoss),
            _ => outcome(name).map(Measure::Outcome),
        };
        match name {
            "asa" => Some(Self::Asa),
            "occupancy" => Some(Self::Occupancy),
            "queue_length" => Some(Self::QueueLength),
            "offered_erlangs" => Some(Self::OfferedErlangs),
            "carried_erlangs" => Some(Self::CarriedErlangs),
            "peak_concurrent" => Some(Self::PeakConcurrent),
            "calls" => Some(Self::Calls),
            "calls_per_second" => Some(Self::CallsPerSecond),
            _ => ratio.map(Self::Ratio),
        }
    }

    /// The unit of its values and limits.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        match self {
            Self::Ratio(_)
            | Self::ServiceLevel { .. }
            | Self::SystemicLoss { .. }
            | Self::CallbackInTime { .. }
            | Self::Occupancy => Unit::Ratio,
            Self::Delay(..) => Unit::Milliseconds,
            Self::Asa => Unit::Seconds,
            Self::OfferedErlangs | Self::CarriedErlangs => Unit::Erlangs,
            Self::QueueLength | Self::PeakConcurrent | Self::Calls => Unit::Calls,
            Self::CallsPerSecond => Unit::CallsPerSecond,
        }
    }

    /// Whether it is a ratio of counts, for which windows and intervals exist.
    #[must_use]
    pub const fn is_ratio(&self) -> bool {
        matches!(self, Self::Ratio(_) | Self::ServiceLevel { .. })
    }

    /// The ratio of counts behind it, given the thresholds that were counted.
    #[must_use]
    pub fn measure(&self, thresholds: &[Duration]) -> Option<Measure> {
        match self {
            Self::Ratio(measure) => Some(*measure),
            Self::ServiceLevel { threshold, definition } => {
                let place = thresholds.iter().position(|counted| counted == threshold)?;
                Some(Measure::ServiceLevel { threshold: place, definition: *definition })
            }
            _ => None,
        }
    }

    /// Whether it can be known only where callers queue for agents.
    pub(super) const fn needs_queue(&self) -> bool {
        matches!(
            self,
            Self::ServiceLevel { .. }
                | Self::Asa
                | Self::Occupancy
                | Self::QueueLength
                | Self::Ratio(
                    Measure::QueueAbandoned
                        | Measure::Outcome(Outcome::Human(Human::QueueFull | Human::QueueTimeout))
                )
        )
    }
}

/// The outcome that a gate's word names: its full name, or its last word where that is unambiguous.
fn outcome(word: &str) -> Option<Outcome> {
    let named = |outcome: &Outcome| {
        let name = outcome.name();
        let last = name.split_once('.').filter(|(class, _)| *class != "completed").map(|(_, last)| last);
        name == word || last == Some(word)
    };
    Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::InProgress).find(named)
}

/// `20s` as users write it.
pub(super) fn period(duration: Duration) -> String {
    Period(duration).to_string()
}
