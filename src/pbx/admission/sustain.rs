//! Two windows, one for bursts and one for what is sustained; whoever exceeds either closes the door for a while.
//!
//! As Oracle's session border controllers do: the whole interface is closed until its time to resume has passed, so
//! that one call too many costs all that come in that time.

use crate::pbx::admission::window::Window;
use crate::pbx::admission::window::most;
use crate::pbx::config::Algorithm;
use crate::pbx::config::RateLimit;
use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Sustain {
    burst: Window,
    sustained: Window,
    resume_after: Duration,
    closed_until: Instant,
}

impl Sustain {
    /// # Panics
    /// If the limit is kept otherwise.
    pub(super) fn new(limit: RateLimit) -> Self {
        let Algorithm::BurstAndSustain { window, sustained, sustain_window, resume_after } = limit.algorithm
        else {
            unreachable!("the caller has looked at the algorithm")
        };
        Self {
            burst: Window::new(window, most(limit.per_second, window)),
            sustained: Window::new(sustain_window, most(sustained, sustain_window)),
            resume_after,
            closed_until: Instant::ZERO,
        }
    }

    /// A call that is one too many closes the door.
    pub(super) fn offered(&mut self, now: Instant) {
        if now >= self.closed_until && !(self.burst.admits(now) && self.sustained.admits(now)) {
            self.closed_until = now + self.resume_after;
        }
    }

    pub(super) fn admits(&self, now: Instant) -> bool {
        now >= self.closed_until && self.burst.admits(now) && self.sustained.admits(now)
    }

    pub(super) fn seize(&mut self, now: Instant) {
        self.burst.seize(now);
        self.sustained.seize(now);
    }
}
