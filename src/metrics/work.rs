//! What one agent does in the measured time.

use crate::metrics::TimeSum;
use crate::time::{Duration, Instant};

/// A shorter pause between calls, in nanoseconds, is no rest for an agent: half a minute.
const REST_NANOS: u64 = 30_000_000_000;

/// One agent's calls.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct AgentData {
    pub(super) calls: u64,
    /// Of these, to customers whom the firm had called.
    pub(super) called_back: u64,
    pub(super) not_answered: u64,
    /// In the measured time, as `wrapping` and `contacts`.
    pub(super) talk: TimeSum,
    pub(super) wait: TimeSum,
    /// Wrap-up after all calls.
    pub(super) wrapping: TimeSum,
    /// Wrap-up after each call, in seconds, as the scenario has it on average.
    pub(super) wrap_up_s: f64,
    /// With mail or chats in hand.
    pub(super) contacts: TimeSum,
    stretch_from: Instant,
    busy_until: Instant,
    /// Longest time without a pause of at least half a minute.
    pub(super) longest_busy: Duration,
}

impl AgentData {
    /// Seconds of the measured time with calls, after them, and with mail and chats.
    pub(super) fn at_work_s(&self) -> f64 {
        self.talk.seconds() + self.wrapping.seconds() + self.contacts.seconds()
    }

    /// What of a talk and the wrap-up after it, which began, changed and ended at these instants, lies in the `window`. Says
    /// whether any does.
    #[inline]
    pub(super) fn add_work(&mut self, window: [Instant; 2], [began, ended, wrapped]: [Instant; 3]) -> bool {
        let nanos = |from, to| part_within(window, from, to).map_or(0, |[from, to]| nanos(from, to));
        self.talk.add_nanos(nanos(began, ended));
        self.wrapping.add_nanos(nanos(ended, wrapped));
        let part = part_within(window, began, wrapped);
        if let Some([from, to]) = part {
            self.was_busy(from, to);
        }
        part.is_some()
    }

    /// A talk with its wrap-up, or a time at mail and chats. One agent's work ends in order.
    #[inline]
    pub(super) fn was_busy(&mut self, began: Instant, ended: Instant) {
        let is_first = self.busy_until == Instant::ZERO;
        if is_first || began.as_nanos().saturating_sub(self.busy_until.as_nanos()) >= REST_NANOS {
            self.stretch_from = began;
        }
        self.busy_until = ended;
        self.longest_busy = self.longest_busy.max(self.busy_until.since(self.stretch_from));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.called_back += other.called_back;
        self.not_answered += other.not_answered;
        self.talk += other.talk;
        self.wrapping += other.wrapping;
        self.contacts += other.contacts;
        self.wait += other.wait;
        self.longest_busy = self.longest_busy.max(other.longest_busy);
    }
}

/// The part of a stretch of time that lies in the window.
#[inline]
pub(super) fn part_within([start, end]: [Instant; 2], from: Instant, to: Instant) -> Option<[Instant; 2]> {
    let part = [from.max(start), to.min(end)];
    (part[0] < part[1]).then_some(part)
}

#[inline]
const fn nanos(from: Instant, to: Instant) -> u64 {
    to.as_nanos() - from.as_nanos()
}
