//! Where callers are lost on the way from dialling to a finished talk.

use crate::metrics::counts::is_admitted;
use crate::outcome::CallRecord;
use crate::outcome::Human;
use crate::outcome::Outcome;
use crate::outcome::Technical;

/// Names of the stages, first to last.
pub(crate) const STAGES: [&str; 5] = ["dialled", "admitted", "reached", "answered", "completed"];

/// How many attempts got as far as each stage; never grows from one stage to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Funnel([u64; STAGES.len()]);

impl Funnel {
    pub(crate) fn add(&mut self, record: &CallRecord) {
        self.add_many(depth(record), 1);
    }

    /// Counts `count` attempts that got as far as the stage at `depth`.
    pub(super) fn add_many(&mut self, depth: usize, count: u64) {
        for stage in &mut self.0[..=depth] {
            *stage += count;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// (stage, attempts that got there, attempts lost on the way to it).
    pub(crate) fn stages(&self) -> Vec<(&'static str, u64, u64)> {
        let before = |stage: usize| if stage == 0 { self.0[0] } else { self.0[stage - 1] };
        STAGES.iter().enumerate().map(|(i, name)| (*name, self.0[i], before(i) - self.0[i])).collect()
    }
}

/// The place in [`STAGES`] of the last stage that an attempt got to.
pub(super) fn depth(record: &CallRecord) -> usize {
    match record.outcome {
        Outcome::Completed(_) => 4,
        Outcome::Technical(Technical::CutOff | Technical::Media) => 3,
        Outcome::Human(Human::QueueFull) => 1,
        // Whoever leaves in a menu has reached nobody.
        Outcome::Human(Human::Abandoned) if record.answered.is_some() && record.queue.is_none() => 1,
        _ if !is_admitted(record) => 0,
        _ => 2,
    }
}
