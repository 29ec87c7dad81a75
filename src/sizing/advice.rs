//! Advice as it stands in the result and on the page.

use serde::{Deserialize, Serialize};

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
