//! So many new calls per second: a token bucket, kept as the moment at which it will be full.
//!
//! That is the virtual scheduling form of the generic cell rate algorithm (ITU-T I.371, annex A): the same
//! decisions as a bucket of `burst` tokens filled at `per_second`, in whole nanoseconds, so that a call
//! exactly on time is never refused by a rounding error. Refused calls take no token.

use crate::pbx::admission::rate::time_of_one;
use crate::pbx::config::RateLimit;
use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct CallRate {
    /// Time in which one token grows.
    increment: Duration,
    /// How far ahead of now the bucket's full moment may lie: `burst` − 1 tokens.
    tolerance: Duration,
    /// When the bucket will be full again.
    full_at: Instant,
}

impl CallRate {
    pub(super) fn new(limit: RateLimit) -> Self {
        let increment = time_of_one(limit.per_second);
        let tolerance = increment.mul_f64((limit.burst - 1.0).max(0.0));
        Self { increment, tolerance, full_at: Instant::ZERO }
    }

    pub(super) fn admits(&self, now: Instant) -> bool {
        self.full_at <= now + self.tolerance
    }

    pub(super) fn seize(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.increment;
    }
}
