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

/// How many circuits or agents to have.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Advice {
    pub now: u32,
    pub needed: u32,
    /// Highest loss, or lowest service level, 0 to 1.
    pub target: f64,
    /// `blocking` or `service_level`.
    pub measure: String,
    /// `erlang_b`, `extended_erlang_b`, `erlang_c`, `erlang_a` or `mmnk`.
    pub model: String,
    /// Load that the advice rests on, and where it comes from: `measured` or `scenario`.
    pub erlangs: f64,
    pub basis: String,
    /// Around the optimum, for the chart.
    pub curve: Vec<CurvePoint>,
    /// What growth will ask for.
    pub growth: Vec<GrowthStep>,
}

/// One point of loss against circuits, or service level against agents.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Circuits or agents.
    pub n: u32,
    /// Blocking or service level, 0 to 1.
    pub value: f64,
    /// Agents only.
    pub asa_s: Option<f64>,
    pub occupancy: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct GrowthStep {
    /// 1.0, 1.2, 1.5, 2.0, 3.0.
    pub growth: f64,
    pub erlangs: f64,
    /// Blocking (or service level) with what there is now.
    pub value_now: f64,
    pub needed: u32,
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
