//! So many new calls in each window: counted anew from every whole one.
//!
//! Two windows may let twice the limit through within a moment, which a token bucket never does; refused calls are
//! not counted. FreeSWITCH's `sessions-per-second` takes one from what is left before it looks whether something is
//! left, so that one call fewer passes.

use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Window {
    length: Duration,
    /// Calls that one window lets in.
    most: f64,
    /// End of the window of the last call, and the calls that it let in.
    ends: Instant,
    taken: f64,
}

impl Window {
    /// `per_second` calls, and `fewer`, in windows of a second, or as long as one call takes where the limit is below
    /// one a second.
    pub(super) fn of_a_second(per_second: f64, fewer: f64) -> Self {
        let seconds = libm::fmax(1.0, 1.0 / per_second);
        let length = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Self::new(length, most(per_second, length) - fewer)
    }

    /// `most` calls in windows of `length`.
    pub(super) const fn new(length: Duration, most: f64) -> Self {
        Self { length, most, ends: Instant::ZERO, taken: 0.0 }
    }

    pub(super) fn admits(&self, now: Instant) -> bool {
        let taken = if now >= self.ends { 0.0 } else { self.taken };
        taken < self.most
    }

    pub(super) fn seize(&mut self, now: Instant) {
        if now >= self.ends {
            let since = (now - Instant::ZERO).as_nanos();
            let windows = since / self.length.as_nanos().max(1) + 1;
            let end = u64::try_from(windows.saturating_mul(self.length.as_nanos())).unwrap_or(u64::MAX);
            self.ends = Instant::ZERO + Duration::from_nanos(end);
            self.taken = 0.0;
        }
        self.taken += 1.0;
    }
}

/// Whole calls of `per_second` in a window.
pub(super) fn most(per_second: f64, length: Duration) -> f64 {
    libm::floor(per_second * length.as_secs_f64() + 1e-9)
}
