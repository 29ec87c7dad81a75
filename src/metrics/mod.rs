//! Figures from records: one pass, constant memory, the same for the wire, the simulation and a call log.
//!
//! A [`Collector`] takes [`Observation`](crate::outcome::Observation)s in the order of time and gives a
//! [`Summary`]: counts, ratios with honest intervals, delays, concurrency, queue and agents, and slices of
//! time for charts and windowed gates. It never keeps a record: slices are merged pairwise when the run
//! grows beyond them. Only attempts of [`Phase::Measured`](crate::outcome::Phase::Measured) count.
//!
//! Not here: what the figures mean for a gate (`verdict`), for sizing (`sizing`) or in money (`cost`).

pub(crate) use alike::{Alike, Ended};
pub use calendar::{BusyHour, Calendar, HourOfWeek, ShiftHint};
pub use classes::{ClassCounts, mix};
pub use collector::{AgentSetting, Collector, Settings};
pub use counts::{Counts, ServiceLevelDefinition, THRESHOLDS};
pub(crate) use counts::{asked_for_queue, was_served_from_queue};
pub(crate) use facts::Span;
pub use latency::{Distribution, Latencies};
pub use mean::{Estimate, Figure};
pub use measure::Measure;
pub use menus::{MenuCounts, Menus};
pub use notes::{CallbackCounts, ContactCounts, ContractorCounts, FlowCounts, Notes, OwnerCounts};
pub use passed::{PassedCounts, VisitCounts, WaitCounts};
pub use processor::{ProcessorCost, ProcessorEstimate, ProcessorMeter};
pub use ratio::{CiMethod, Ratio};
pub use summary::{AgentSummary, MediaSummary, QueueSummary, Slice, Summary, TrafficSummary};
pub use time_sum::TimeSum;
pub use topics::{Topics, Trend};

mod alike;
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "cells of a week and counts of calls: small numbers"
)]
mod calendar;
mod classes;
mod collector;
mod counts;
mod facts;
#[cfg(test)]
pub(crate) mod fixture;
mod funnel;
mod latency;
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
mod mean;
mod measure;
mod measured_time;
mod menus;
mod names;
mod notes;
pub mod paired;
mod passed;
mod processor;
pub mod ratio;
mod slices;
mod summary;
#[cfg(test)]
mod tests;
mod time_sum;
mod topics;
pub mod warm_up;
mod work;
