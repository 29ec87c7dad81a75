//! So many new calls per second: a token bucket, kept as the moment at which it will be full.
//!
//! That is the virtual scheduling form of the generic cell rate algorithm (ITU-T I.371, annex A): the same
//! decisions as a bucket of `burst` tokens filled at `per_second`, in whole nanoseconds, so that a call
//! exactly on time is never refused by a rounding error. Refused calls take no token.

use crate::pbx::admission::{Limit, Refused};
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
    refused: Refused,
}

impl CallRate {
    pub(super) fn new(limit: RateLimit, refused: Refused) -> Self {
        let increment = Duration::try_from_secs_f64(1.0 / limit.per_second).unwrap_or(Duration::MAX);
        let tolerance = increment.mul_f64((limit.burst - 1.0).max(0.0));
        Self { increment, tolerance, full_at: Instant::ZERO, refused }
    }
}

impl Limit for CallRate {
    fn admits(&self, now: Instant) -> bool {
        self.full_at <= now + self.tolerance
    }

    fn seize(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.increment;
    }

    fn release(&mut self) {}

    fn refused(&self) -> Refused {
        self.refused.clone()
    }
}
