//! A system whose figures are known, and what one replication of it observes.

use std::fmt;

use crate::random::Seed;
use crate::scenario::Scenario;
use crate::validation::Plant;
use crate::validation::reference::Reference;
use crate::validation::statistic::Figure;
use crate::validation::statistic::Statistic;

/// Sums of one replication; every replication of a case observes the same ones.
pub(super) type Observer = Box<dyn Fn(Seed) -> Vec<f64> + Send + Sync>;

/// A system, how often it is played, and the figures that it must show.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) replications: u64,
    pub(super) statistics: Vec<Statistic>,
    observer: Box<dyn Fn(&Plant) -> Observer + Send + Sync>,
}

impl Case {
    /// A case that simulates `scenario`, with whatever is planted in it, and looks with `observe`.
    pub(super) fn new(
        name: &str,
        replications: u64,
        scenario: Scenario,
        observe: impl Fn(&Scenario, Seed) -> Vec<f64> + Clone + Send + Sync + 'static,
    ) -> Self {
        let observer = move |plant: &Plant| {
            let (planted, observe) = (plant.applied(&scenario), observe.clone());
            Box::new(move |seed| observe(&planted, seed)) as Observer
        };
        Self { name: name.to_owned(), replications, statistics: Vec::new(), observer: Box::new(observer) }
    }

    /// Adds a figure.
    #[must_use]
    pub(super) fn shows(mut self, name: &str, reference: Reference, figure: Figure) -> Self {
        self.statistics.push(Statistic { name: name.to_owned(), reference, figure });
        self
    }

    /// What observes one replication.
    pub(super) fn observer(&self, plant: &Plant) -> Observer {
        (self.observer)(plant)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("name", &self.name)
            .field("replications", &self.replications)
            .finish_non_exhaustive()
    }
}
