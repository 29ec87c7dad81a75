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
    /// `erlang_b`, `extended_erlang_b`, `erlang_c`, `erlang_a`, `mmnk`, `queue_with_wrap_up`, `shared_lines` or `simulation`.
    pub model: String,
    /// Load that the advice rests on, and where it comes from: `measured` or `scenario`.
    pub erlangs: f64,
    pub basis: String,
    /// Around the optimum, for the chart.
    pub curve: Vec<CurvePoint>,
    /// What growth will ask for.
    pub growth: Vec<GrowthStep>,
    /// Seconds of the measured time in which people are served, and all of them, where they differ: the load is that of
    /// the former.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_s: Option<[f64; 2]>,
    /// Those are the seconds in which nobody is served: a voicemail is busier than people are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Agents behind the circuits: those that are needed, by the advice on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_agents: Option<u32>,
    /// Erlangs that hold circuits beside that load, with nobody who waits for an agent or talks with one: menus, other
    /// numbers, messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside_erlangs: Option<f64>,
    /// The load of agents has those in it who found no circuit: with the circuits that are needed they come through.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_blocked: bool,
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
    /// Factor on the calls.
    pub growth: f64,
    pub erlangs: f64,
    /// Blocking (or service level) with what there is now.
    pub value_now: f64,
    pub needed: u32,
}

/// Growth that a firm plans for, where nothing else is asked.
pub const GROWTH: [f64; 5] = [1.0, 1.2, 1.5, 2.0, 3.0];

/// Most points of a curve.
const POINTS: u32 = 120;

/// Numbers to draw a curve over: from well below to well above what there is and what is needed, both included.
pub(super) fn around(now: u32, needed: u32) -> Vec<u32> {
    let low = (now.min(needed) / 2).max(1);
    let top = now.max(needed);
    let high = top.saturating_add(top / 4).saturating_add(3);
    let step = ((high - low) / POINTS).max(1);
    let mut numbers: Vec<u32> = (low..=high).step_by(step as usize).collect();
    let neighbours = |n: u32| [n.saturating_sub(1), n, n.saturating_add(1)];
    numbers.extend(neighbours(now).into_iter().chain(neighbours(needed)).filter(|n| *n > 0));
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
