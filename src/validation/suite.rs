//! All cases, played and judged together.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::random::Seed;
use crate::sim::replications;
use crate::validation::Finding;
use crate::validation::Plant;
use crate::validation::case::Case;
use crate::validation::case::Observer;
use crate::validation::cases;
use crate::validation::statistic::limit;

/// A run of the whole suite gives a false alarm with this probability at most.
pub const FALSE_ALARMS: f64 = 0.001;

/// What of it is given to the normal law; the rest is kept for the skewness of waits and variances, which the
/// normal law does not know.
const SPENT: f64 = 0.5;

/// Fewest replications of a case: below, a standard error is no good.
const REPLICATIONS_MIN: u64 = 20;

/// The built-in systems.
#[derive(Debug)]
pub struct Suite {
    /// With their places in the whole list, which name their random numbers.
    cases: Vec<(u64, Case)>,
    limit: f64,
}

/// One run of the suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub seed: u64,
    /// Largest |z| that holds.
    pub limit: f64,
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether every figure holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.holds)
    }
}

impl Default for Suite {
    fn default() -> Self {
        Self::new()
    }
}

impl Suite {
    /// Every case, at full length.
    #[must_use]
    pub fn new() -> Self {
        let cases: Vec<(u64, Case)> = (0..).zip(cases::all()).collect();
        let figures = cases.iter().map(|(_, case)| case.statistics.len()).sum();
        Self { cases, limit: limit(figures, FALSE_ALARMS * SPENT) }
    }

    /// Only the cases whose names contain `part`; the limit stays that of the whole suite.
    #[must_use]
    pub fn only(mut self, part: &str) -> Self {
        self.cases.retain(|(_, case)| case.name.contains(part));
        self
    }

    /// This case instead of the built-in ones; the limit stays that of the whole suite.
    #[cfg(test)]
    pub(super) fn of(mut self, case: Case) -> Self {
        self.cases = vec![(0, case)];
        self
    }

    /// One replication in `factor`, for a first look; at least twenty of each case.
    #[must_use]
    pub fn thinned(mut self, factor: u64) -> Self {
        for (_, case) in &mut self.cases {
            case.replications = (case.replications / factor.max(1)).max(REPLICATIONS_MIN);
        }
        self
    }

    /// Replications of all cases together.
    #[must_use]
    pub fn replications(&self) -> u64 {
        self.cases.iter().map(|(_, case)| case.replications).sum()
    }

    /// Plays and judges every case. The figures follow from `seed` and `plant` alone, whatever the number of
    /// threads. `progress` is told how many replications are done.
    #[must_use]
    pub fn run(
        &self,
        seed: Seed,
        threads: usize,
        plant: &Plant,
        mut progress: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Option<Report> {
        let observers: Vec<Observer> = self.cases.iter().map(|(_, case)| case.observer(plant)).collect();
        let mut observed: Vec<Vec<Vec<f64>>> = self.cases.iter().map(|_| Vec::new()).collect();
        let mut done = 0;
        let work = |index| {
            let (place, replication) = self.place_of(index);
            let stream = (self.cases[place].0 + 1) << 32 | (replication + 1);
            (place, observers[place](seed.replication(stream)))
        };
        replications::in_order(self.replications(), threads, work, |_, (place, row)| {
            observed[place].push(row);
            done += 1;
            progress(done)
        });
        (done == self.replications()).then(|| self.judge(seed, &observed))
    }

    fn judge(&self, seed: Seed, observed: &[Vec<Vec<f64>>]) -> Report {
        let mut findings = Vec::new();
        for ((_, case), rows) in self.cases.iter().zip(observed) {
            let judged =
                case.statistics.iter().map(|statistic| statistic.judge(&case.name, rows, self.limit));
            findings.extend(judged);
        }
        Report { seed: seed.0, limit: self.limit, findings }
    }

    /// The case that the replication with this index, counted over all cases, belongs to, and its number there.
    fn place_of(&self, mut index: u64) -> (usize, u64) {
        for (place, (_, case)) in self.cases.iter().enumerate() {
            if index < case.replications {
                return (place, index);
            }
            index -= case.replications;
        }
        unreachable!("an index below the number of all replications")
    }
}
