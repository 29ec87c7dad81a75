//! So many new calls in each window: counted anew from every whole second, as FreeSWITCH's
//! `sessions-per-second` does. Two windows may let twice the limit through within a moment, which a token
//! bucket never does; refused calls are not counted.

use crate::pbx::admission::{Limit, Refused};
use crate::pbx::config::RateLimit;
use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Window {
    /// A second, or as long as one call takes where the limit is below one a second.
    length: Duration,
    /// Calls that one window lets in.
    most: f64,
    /// End of the window of the last call, and the calls that it let in.
    ends: Instant,
    taken: f64,
    refused: Refused,
}

impl Window {
    pub(super) fn new(limit: RateLimit, refused: Refused) -> Self {
        let seconds = libm::fmax(1.0, 1.0 / limit.per_second);
        let length = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        let most = libm::floor(limit.per_second * seconds + 1e-9);
        Self { length, most, ends: Instant::ZERO, taken: 0.0, refused }
    }
}

impl Limit for Window {
    fn admits(&self, now: Instant) -> bool {
        now >= self.ends || self.taken < self.most
    }

    fn seize(&mut self, now: Instant) {
        if now >= self.ends {
            let since = (now - Instant::ZERO).as_nanos();
            let windows = since / self.length.as_nanos().max(1) + 1;
            let end = u64::try_from(windows.saturating_mul(self.length.as_nanos())).unwrap_or(u64::MAX);
            self.ends = Instant::ZERO + Duration::from_nanos(end);
            self.taken = 0.0;
        }
        self.taken += 1.0;
    }

    fn release(&mut self) {}

    fn refused(&self) -> Refused {
        self.refused.clone()
    }
}
