//! What one agent does in the measured time.

use crate::metrics::TimeSum;
use crate::time::{Duration, Instant};

/// A shorter pause between calls, in nanoseconds, is no rest for an agent: half a minute.
const REST_NANOS: u64 = 30_000_000_000;

/// One agent's calls.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct AgentData {
    pub(super) work: Work,
    /// Of these, to customers whom the firm had called.
    pub(super) called_back: u64,
    pub(super) not_answered: u64,
    pub(super) wait: TimeSum,
    /// Wrap-up after each call, in seconds, as the scenario has it on average.
    pub(super) wrap_up_s: f64,
    /// With mail or chats in hand, in the measured time.
    pub(super) contacts: TimeSum,
}

/// What every call of an agent changes. In one line of the processor's cache: of a hundred agents each has one, and
/// together they have room beside the calls.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(align(64))]
pub(super) struct Work {
    pub(super) calls: u64,
    /// In the measured time.
    pub(super) talk: TimeSum,
    /// Wrap-up after all calls, in the measured time.
    pub(super) wrapping: TimeSum,
    stretch_from: Instant,
    busy_until: Instant,
    /// Longest time without a pause of at least half a minute.
    longest_busy_nanos: u64,
}

impl AgentData {
    /// Seconds of the measured time with calls, after them, and with mail and chats.
    pub(super) fn at_work_s(&self) -> f64 {
        self.work.talk.seconds() + self.work.wrapping.seconds() + self.contacts.seconds()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.work.merge(&other.work);
        self.called_back += other.called_back;
        self.not_answered += other.not_answered;
        self.contacts += other.contacts;
        self.wait += other.wait;
    }
}

impl Work {
    /// There is some in the measured time, or a call of it.
    pub(super) fn is_any(&self) -> bool {
        self.calls > 0 || self.busy_until > Instant::ZERO
    }

    pub(super) const fn longest_busy(&self) -> Duration {
        Duration::from_nanos(self.longest_busy_nanos)
    }

    /// What of a talk and the wrap-up after it, which began, changed and ended at these instants, lies in the `window`.
    #[inline]
    pub(super) fn add_work(&mut self, window: [Instant; 2], [began, ended, wrapped]: [Instant; 3]) {
        if window[0] <= began && began < wrapped && wrapped <= window[1] {
            self.talk.add_nanos(nanos(began, ended));
            self.wrapping.add_nanos(nanos(ended, wrapped));
            return self.was_busy(began, wrapped);
        }
        let nanos = |from, to| part_within(window, from, to).map_or(0, |[from, to]| nanos(from, to));
        self.talk.add_nanos(nanos(began, ended));
        self.wrapping.add_nanos(nanos(ended, wrapped));
        if let Some([from, to]) = part_within(window, began, wrapped) {
            self.was_busy(from, to);
        }
    }

    /// A talk with its wrap-up, or a time at mail and chats. One agent's work ends in order.
    #[inline]
    pub(super) fn was_busy(&mut self, began: Instant, ended: Instant) {
        let is_first = self.busy_until == Instant::ZERO;
        if is_first || began.as_nanos().saturating_sub(self.busy_until.as_nanos()) >= REST_NANOS {
            self.stretch_from = began;
        }
        self.busy_until = ended;
        let busy_nanos = ended.as_nanos().saturating_sub(self.stretch_from.as_nanos());
        self.longest_busy_nanos = self.longest_busy_nanos.max(busy_nanos);
    }

    fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.talk += other.talk;
        self.wrapping += other.wrapping;
        self.longest_busy_nanos = self.longest_busy_nanos.max(other.longest_busy_nanos);
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
