//! How often the interval of one run, as a user reads it, holds the truth.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::metrics::Measure;
use crate::metrics::Settings;
use crate::metrics::ratio::wilson;
use crate::random::Seed;
use crate::sim;
use crate::sim::replications;
use crate::time::Duration;
use crate::traffic::Extent;
use crate::validation::real;
use crate::validation::system::System;

const CHANNELS: u32 = 30;
const TALK_MEAN_S: f64 = 180.0;
/// As `scenarios/the-same-load-poisson.yaml` has it.
const WARM_UP_S: f64 = 3_600.0;
const CALLS: u64 = 10_000;
/// (erlangs, B(30, erlangs)): 20 from `erlang_b.csv`; 24, which that table leaves out, by its recursion
/// B(n) = aB(n−1) / (n + aB(n−1)) in exact fractions.
const TRUTHS: [(f64, f64); 2] = [(20.0, 0.008_457_498_340_194_704), (24.0, 0.040_120_686_579_417_6)];

/// Intervals of many runs against the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    pub erlangs: f64,
    pub truth: f64,
    pub runs: u64,
    /// Runs whose 95 % interval of `technical_drop_rate` holds the truth.
    pub covered: u64,
    /// Runs whose interval lies wholly below the truth, and above it.
    pub below: u64,
    pub above: u64,
    pub mean_half_width: f64,
}

impl Coverage {
    /// The share of intervals that hold the truth, 0 to 1.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        real(self.covered) / real(self.runs.max(1))
    }

    /// Whether 93 to 97 % of the intervals hold the truth, as far as so many runs can tell: the interval of the
    /// share itself at 99.9 % reaches into that range.
    #[must_use]
    pub fn holds(&self) -> bool {
        let [low, high] = wilson(self.ratio(), real(self.runs.max(1)), 3.29);
        high >= 0.93 && low <= 0.97
    }
}

/// Simulates the 30-channel system at 20 and at 24 erlangs `runs` times each, every run as long as the shipped
/// scenario, with a seed of its own. None if `progress` breaks.
pub fn coverage(
    seed: Seed,
    runs: u64,
    threads: usize,
    mut progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Option<Vec<Coverage>> {
    let mut done = 0;
    let mut found = Vec::with_capacity(TRUTHS.len());
    for (stream, (erlangs, truth)) in (1_u64..).zip(TRUTHS) {
        let mut coverage =
            Coverage { erlangs, truth, runs, covered: 0, below: 0, above: 0, mean_half_width: 0.0 };
        let one = |index| interval(erlangs, seed.replication(stream << 48 | (index + 1)));
        replications::in_order(runs, threads, one, |_, [low, high]| {
            coverage.covered += u64::from(low <= truth && truth <= high);
            coverage.below += u64::from(high < truth);
            coverage.above += u64::from(low > truth);
            coverage.mean_half_width += (high - low) / 2.0 / real(runs);
            done += 1;
            progress(done)
        });
        found.push(coverage);
    }
    (done == runs * TRUTHS.len() as u64).then_some(found)
}

/// The 95 % interval that a user reads after one run.
fn interval(erlangs: f64, seed: Seed) -> [f64; 2] {
    let mut system = System::poisson(erlangs / TALK_MEAN_S, TALK_MEAN_S);
    system.channels = Some(CHANNELS);
    let mut scenario = system.scenario(WARM_UP_S, 1.0);
    scenario.extent = Extent::Calls(CALLS);
    let settings = Settings {
        warm_up: Duration::from_secs_f64(WARM_UP_S),
        circuits: scenario.pbx.channels,
        ..Settings::default()
    };
    let summary = sim::gather(&scenario, seed, settings).collector.finish();
    summary.ratio(Measure::TechnicalDropRate, 0.95).interval.unwrap_or([f64::NAN; 2])
}
