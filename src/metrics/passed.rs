//! Callers whom agents send on, and the waits of queues to which they come.

use std::collections::BTreeMap;

use crate::outcome::note::Passed;
use crate::outcome::note::Visit;

/// What the agents of one queue do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedCounts {
    /// Times that an agent picked up.
    pub conversations: u64,
    /// By the queue's way, as the scenario lists them.
    pub sent_on: BTreeMap<usize, u64>,
}

/// Callers of one queue whose wait there is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitCounts {
    pub answered: u64,
    /// Not let in, given up, or sent elsewhere by the queue.
    pub unanswered: u64,
    /// Of those answered.
    pub waited_ns: u128,
    /// Seconds until pick-up, begun ones in full → callers.
    pub waits: BTreeMap<u64, u64>,
}

/// Callers of one queue, and of them those whom agents have sent there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitCounts {
    pub all: WaitCounts,
    pub sent_here: WaitCounts,
}

impl PassedCounts {
    pub(super) fn add(&mut self, passed: Passed) {
        match passed {
            Passed::Conversation => self.conversations += 1,
            Passed::SentOn { way } => *self.sent_on.entry(way).or_default() += 1,
            // Of agents, not of queues: the collector's.
            Passed::Talked { .. } | Passed::Others { .. } => {}
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.conversations += other.conversations;
        for (way, callers) in &other.sent_on {
            *self.sent_on.entry(*way).or_default() += callers;
        }
    }
}

impl WaitCounts {
    /// Callers who have come.
    #[must_use]
    pub const fn callers(&self) -> u64 {
        self.answered + self.unanswered
    }

    /// Answered within whole seconds, the last one included.
    #[must_use]
    pub fn answered_within(&self, seconds: u64) -> u64 {
        self.waits.range(..=seconds).map(|(_, callers)| callers).sum()
    }

    fn add(&mut self, visit: Visit) {
        if !visit.answered {
            self.unanswered += 1;
            return;
        }
        self.answered += 1;
        self.waited_ns += visit.wait.as_nanos();
        let seconds = visit.wait.as_secs() + u64::from(visit.wait.subsec_nanos() > 0);
        *self.waits.entry(seconds).or_default() += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.answered += other.answered;
        self.unanswered += other.unanswered;
        self.waited_ns += other.waited_ns;
        for (seconds, callers) in &other.waits {
            *self.waits.entry(*seconds).or_default() += callers;
        }
    }
}

impl VisitCounts {
    pub(super) fn add(&mut self, visit: Visit) {
        self.all.add(visit);
        if visit.sent_here {
            self.sent_here.add(visit);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.all.merge(&other.all);
        self.sent_here.merge(&other.sent_here);
    }
}
