//! So many new calls a second on the average of a long period: a single second may see more.
//!
//! Calls let in are counted by sixtieths of the period, so that memory does not grow with the limit: a call counts
//! until the sixtieth in which it came is a whole period old.

use crate::time::{Duration, Instant};

const PARTS: usize = 60;

#[derive(Debug)]
pub(super) struct Average {
    period: Duration,
    /// Calls that a period lets in.
    most: f64,
    counts: [u64; PARTS],
    total: u64,
    /// Number, from the start of the run, of the part of `now`.
    newest: u64,
}

impl Average {
    pub(super) fn new(per_second: f64, period: Duration) -> Self {
        let most = per_second * period.as_secs_f64();
        Self { period, most, counts: [0; PARTS], total: 0, newest: 0 }
    }

    /// Lets the parts that are a period old pass out of the count.
    pub(super) fn forget_before(&mut self, now: Instant) {
        let part = (self.period.as_nanos() / PARTS as u128).max(1);
        let number = u64::try_from((now - Instant::ZERO).as_nanos() / part).unwrap_or(u64::MAX);
        let passed = number.saturating_sub(self.newest).min(PARTS as u64);
        for back in 0..passed {
            let count = std::mem::take(&mut self.counts[place(number - back)]);
            self.total -= count;
        }
        self.newest = number;
    }

    #[expect(clippy::cast_precision_loss, reason = "fewer calls than 2^53")]
    pub(super) fn admits(&self) -> bool {
        self.total as f64 + 1.0 <= self.most + 1e-9
    }

    pub(super) fn seize(&mut self) {
        self.counts[place(self.newest)] += 1;
        self.total += 1;
    }
}

/// Where a part is counted.
#[expect(clippy::cast_possible_truncation, reason = "below 60")]
const fn place(number: u64) -> usize {
    (number % PARTS as u64) as usize
}
