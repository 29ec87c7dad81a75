//! The classification, for many calls that end alike.
//!
//! Most calls of a simulation show one of a few pieces of evidence, so that the last ones judged are looked
//! through before the table is read from its top. The verdict is the table's.

use std::sync::Arc;

use crate::outcome::Outcome;
use crate::outcome::classify;
use crate::outcome::classify::Classifier;
use crate::outcome::classify::Evidence;
use crate::scenario::Scenario;

/// Pieces of evidence remembered.
const REMEMBERED: usize = 4;

/// The classifier of a scenario.
#[derive(Debug)]
pub(super) struct Judge {
    classifier: Classifier,
    /// The rules' names, shared by all records.
    names: Vec<Arc<str>>,
    /// Evidence as a number, and the place of its rule.
    remembered: [(u64, usize); REMEMBERED],
    forgotten_next: usize,
}

impl Judge {
    /// # Panics
    /// If `scenario.outcomes` names a rule that does not exist: the loader has refused such a scenario.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let changes = scenario.outcomes.iter().map(|change| (&*change.rule, change.outcome));
        Self {
            classifier: Classifier::new(changes).expect("the loader refuses unknown rules"),
            names: classify::rules().iter().map(|rule| Arc::from(rule.name)).collect(),
            remembered: [(u64::MAX, 0); REMEMBERED],
            forgotten_next: 0,
        }
    }

    /// The outcome, and the place of the rule that decided.
    pub(super) fn judge(&mut self, evidence: &Evidence<'static>) -> (Outcome, usize) {
        let row = match evidence.number() {
            Some(number) => self.row(number, evidence),
            None => self.classifier.row(evidence),
        };
        (self.classifier.outcome(row), row)
    }

    fn row(&mut self, number: u64, evidence: &Evidence<'static>) -> usize {
        if let Some((_, row)) = self.remembered.iter().find(|(seen, _)| *seen == number) {
            return *row;
        }
        let row = self.classifier.row(evidence);
        self.remembered[self.forgotten_next] = (number, row);
        self.forgotten_next = (self.forgotten_next + 1) % REMEMBERED;
        row
    }

    /// The name of the rule at this place.
    pub(super) fn name(&self, row: usize) -> &Arc<str> {
        &self.names[row]
    }
}
