//! The parts of a result that exist for its charts and tables.

use serde::{Deserialize, Serialize};

/// One slice of time, people's seconds from the start.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Interval {
    pub start_s: f64,
    pub offered: u64,
    /// Planned first attempts in this slice: the integral of the profile.
    pub planned: Option<f64>,
    pub completed: u64,
    pub human: u64,
    pub technical: u64,
    /// Policy, excluded and generator.
    pub other: u64,
    pub concurrency: Concurrency,
    pub queue_length_max: u32,
    /// Callers waiting, time average.
    #[serde(default)]
    pub queue_length_mean: f64,
    /// Median post-dial delay of calls that started in this slice.
    pub post_dial_delay_ms_p50: Option<f64>,
    pub post_dial_delay_ms_p95: Option<f64>,
}

/// Circuits in use during a slice.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Concurrency {
    /// Time average.
    pub mean: f64,
    pub peak: u32,
}

/// A point of a percentile curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PercentilePoint {
    /// 0 to 100.
    pub percentile: f64,
    pub ms: f64,
}

/// The messages of one call, both directions, as its own side saw them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    pub cause: String,
    pub outcome: String,
    pub call_id: String,
    pub messages: Vec<LadderMessage>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LadderMessage {
    /// Wall milliseconds from the call's intended start.
    pub at_ms: f64,
    /// Sent by the generator.
    pub sent: bool,
    /// `INVITE sip:100@127.0.0.1` or `503 Service Unavailable`.
    pub line: String,
    /// Worth showing beside it: `Reason: Q.850;cause=34`, `Retry-After: 5`.
    pub detail: Option<String>,
}
