//! RFC 3261's timers (table 4): three durations, and every timer made of them.

use crate::time::Duration;

/// The durations that all transaction timers are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// Estimate of the round trip: the first retransmission comes after it.
    pub t1: Duration,
    /// Longest interval between retransmissions of anything but an INVITE request.
    pub t2: Duration,
    /// How long a message may linger in the network.
    pub t4: Duration,
}

impl Default for Timers {
    /// RFC 3261's: 500 ms, 4 s, 5 s.
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

impl Timers {
    /// 64·T1: timers B, F, H, J, L, M, and D, which RFC 3261 17.1.1.2 wants to be at least 32 s with the default T1.
    #[must_use]
    pub const fn transaction(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// The interval after `interval` for timers E and G and for a 2xx (RFC 3261 17.1.2.2, 17.2.1, 13.3.1.4).
    #[must_use]
    pub fn doubled(&self, interval: Duration) -> Duration {
        interval.saturating_mul(2).min(self.t2)
    }
}
