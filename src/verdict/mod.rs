//! Numbers to judgement: are the targets met, and may the run be trusted at all?
//!
//! A [`Gate`] is read once, checked against what the scenario can produce before any call is made, and judged
//! on a [`Summary`](crate::metrics::Summary). With a confidence a gate has three outcomes: an interval that
//! straddles the limit decides nothing. [`Monitor`] judges `stop` gates while the run goes on. [`validity`]
//! finds the generator's own faults, which outrank every gate: a run that measured itself says nothing.

pub use deviations::{DeviationLog, Spell, deviations};
pub use evaluate::{GateOutcome, judge_gate};
pub use gate::{Action, Capabilities, Gate, GateError, Operator, Window};
pub use metric::{Delay, Metric, Stat, Unit};
pub use monitor::Monitor;
pub use validity::{RunFacts, validity};

mod deviations;
mod evaluate;
pub mod gate;
mod metric;
mod monitor;
mod systemic;
#[cfg(test)]
mod tests;
mod validity;
mod windows;

use serde::{Deserialize, Serialize};

/// The gate that a scenario without gates gets.
pub const DEFAULT_GATE: &str = "technical_drop_rate < 1% @95%";

/// How a gate, or the whole run, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pass,
    Fail,
    Inconclusive,
    Invalid,
}

/// The run's status: invalid outranks failed, failed outranks inconclusive.
#[must_use]
pub fn overall(gates: &[GateOutcome], valid: bool) -> Status {
    let any = |status| gates.iter().any(|gate| gate.status == status);
    match () {
        () if !valid => Status::Invalid,
        () if any(Status::Fail) => Status::Fail,
        () if any(Status::Inconclusive) => Status::Inconclusive,
        () => Status::Pass,
    }
}
