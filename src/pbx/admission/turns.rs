//! Calls that come too fast wait for their turn, as with interfaces that queue what they are asked.
//!
//! One call goes on every 1 ⁄ limit. A caller who gives up leaves the turn unused.

use crate::pbx::admission::rate::time_of_one;
use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Turns {
    increment: Duration,
    max_delay: Duration,
    next: Instant,
}

impl Turns {
    pub(super) fn new(per_second: f64, max_delay: Duration) -> Self {
        Self { increment: time_of_one(per_second), max_delay, next: Instant::ZERO }
    }

    pub(super) fn admits(&self, now: Instant) -> bool {
        self.next <= now + self.max_delay
    }

    /// The call's turn.
    pub(super) fn seize(&mut self, now: Instant) -> Instant {
        let turn = self.next.max(now);
        self.next = turn + self.increment;
        turn
    }
}
