//! A run that would never end: events follow each other, and no call begins or ends.
//!
//! Phones that nobody answers ring for a caller of endless patience; a menu leads to itself. Such a run is stopped, and
//! says so: it would only repeat itself.

use crate::time::{Duration, Instant};

/// No firm has so many events between two calls: a day of 50 000 agents with a break each half hour has fewer.
const EVENTS_MAX: u64 = 5_000_000;

/// When all have called who will, fewer are enough, if they take as long as this.
const EVENTS_AFTER_TRAFFIC: u64 = 100_000;

/// A long weekend passes without a call; a week is more than that.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// What has happened since the last beginning or end of a call.
#[derive(Debug)]
pub(super) struct Quiet {
    since: Instant,
    events: u64,
    everybody_has_called: bool,
    endless: bool,
}

impl Quiet {
    pub(super) const fn new() -> Self {
        Self { since: Instant::ZERO, events: 0, everybody_has_called: false, endless: false }
    }

    /// A call begins or ends.
    pub(super) const fn ends(&mut self, now: Instant) {
        (self.since, self.events) = (now, 0);
    }

    /// No first attempt is to come.
    pub(super) const fn everybody_has_called(&mut self) {
        self.everybody_has_called = true;
    }

    /// Another event; says whether there have been enough.
    pub(super) fn is_too_long(&mut self, now: Instant, redials_to_come: u64) -> bool {
        self.events += 1;
        let nobody_calls = self.everybody_has_called && redials_to_come == 0;
        let waits = self.events >= EVENTS_AFTER_TRAFFIC && now - self.since >= LONGEST;
        self.endless |= self.events >= EVENTS_MAX || (waits && nobody_calls);
        self.endless
    }

    /// Whether there have ever been enough.
    pub(super) const fn is_endless(&self) -> bool {
        self.endless
    }
}
