//! Is the simulator right? Systems whose figures are known, simulated and compared.
//!
//! A [`Suite`] is a list of cases. Each is a system of the literature, played through the same `sim::run` as a
//! user's scenario (or, where it is about arrivals alone, through the same traffic generators), many independent
//! replications of it; what came out is set against published or high-precision figures, which stand here as
//! rows copied from tables ([`reference`](mod@reference)). Nothing here knows the formulas: a formula of ours
//! and a simulator of ours could be wrong together.
//!
//! A run of the suite judges each figure by its own standard error, with a limit that lets a correct simulator
//! fail at most once in a thousand runs ([`FALSE_ALARMS`]); that it still sees small errors is shown by planting
//! them ([`Plant`]). [`coverage`] asks the other question: do the intervals that users read hold the truth as
//! often as they say?
//!
//! Not here: sockets (the wire is compared with the simulation elsewhere) and printing.

pub use coverage::Coverage;
pub use coverage::coverage;
pub use plant::Plant;
pub use statistic::Finding;
pub use suite::FALSE_ALARMS;
pub use suite::Report;
pub use suite::Suite;

mod case;
mod cases;
mod coverage;
mod plant;
mod reference;
mod statistic;
mod suite;
mod system;
#[cfg(test)]
mod tests;

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}
