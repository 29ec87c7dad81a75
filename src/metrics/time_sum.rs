//! Time that adds up.

use std::ops::{AddAssign, SubAssign};

use crate::time::Duration;

/// A sum of lengths of time, in whole nanoseconds: exact, and so the same in whatever order they are added. Holds any
/// number of calls of any length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSum(i128);

impl TimeSum {
    /// The sum in seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "rounded once, when all is summed")]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Adds `nanos` nanoseconds.
    #[inline]
    pub(super) fn add_nanos(&mut self, nanos: u64) {
        self.0 += i128::from(nanos);
    }

    /// Adds `nanos` nanoseconds for each of `count` things that lasted through them.
    #[inline]
    pub(super) fn add_for_each(&mut self, count: u32, nanos: u64) {
        self.0 += i128::from(nanos) * i128::from(count);
    }
}

impl AddAssign for TimeSum {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl AddAssign<Duration> for TimeSum {
    fn add_assign(&mut self, lasting: Duration) {
        self.0 += nanos(lasting);
    }
}

impl SubAssign<Duration> for TimeSum {
    fn sub_assign(&mut self, lasting: Duration) {
        self.0 -= nanos(lasting);
    }
}

fn nanos(lasting: Duration) -> i128 {
    i128::try_from(lasting.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In doubles the small ones would be lost beside the large one.
    #[test]
    fn no_nanosecond_is_lost() {
        let mut sum = TimeSum::default();
        sum += Duration::from_secs(1 << 53);
        (0..1_000).for_each(|_| sum.add_nanos(1));
        sum -= Duration::from_secs(1 << 53);
        assert_eq!(sum.seconds().to_bits(), 1e-6_f64.to_bits());
        sum.add_for_each(3, 500);
        assert_eq!(sum, TimeSum(2_500));
    }
}
