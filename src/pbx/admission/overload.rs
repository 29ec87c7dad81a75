//! Loss-based overload control: the sender is told which share of its calls to hold back (RFC 7339, 5.1).
//!
//! Every so often the PBX compares what was offered with its limit; until the next time, each call is held back with
//! the probability that would have brought the last period down to the limit. Held back calls never leave the sender
//! in truth; here they are offered and refused, so that they are seen and counted. What is not modelled is the way of
//! the feedback: the sender knows at once.

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct OverloadControl {
    per_second: f64,
    every: Duration,
    /// Calls offered since the beginning of this period.
    offered: f64,
    period: u128,
    /// Held back in this period, 0 to 1.
    share: f64,
    stream: Stream,
    /// Whether the call at the door is held back.
    held_back: bool,
}

impl OverloadControl {
    pub(super) fn new(per_second: f64, every: Duration, seed: Seed, stream: u64) -> Self {
        let stream = seed.stream(Purpose::Pbx, stream);
        Self { per_second, every, offered: 0.0, period: 0, share: 0.0, stream, held_back: false }
    }

    /// One draw a call, held back or not.
    pub(super) fn offered(&mut self, now: Instant) {
        let period = (now - Instant::ZERO).as_nanos() / self.every.as_nanos().max(1);
        if period > self.period {
            let last = if period == self.period + 1 { self.offered } else { 0.0 };
            let limit = self.per_second * self.every.as_secs_f64();
            self.share = if last > limit { 1.0 - limit / last } else { 0.0 };
            (self.period, self.offered) = (period, 0.0);
        }
        self.offered += 1.0;
        self.held_back = self.stream.unit() < self.share;
    }

    pub(super) const fn admits(&self) -> bool {
        !self.held_back
    }
}
