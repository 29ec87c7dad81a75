//! RFC 3261's timers (table 4): three durations, and every timer made of them, over each kind of transport.

use super::TimerChange;
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

/// The timers of one transaction: over a reliable transport no message need be sent again, and none lingers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    pub timers: Timers,
    pub reliable: bool,
}

impl Pace {
    /// 64·T1, whatever the transport: timers B, F, H, L and M.
    pub const fn transaction(&self) -> Duration {
        self.timers.transaction()
    }

    /// See [`Timers::doubled`].
    pub fn doubled(&self, interval: Duration) -> Duration {
        self.timers.doubled(interval)
    }

    /// The start of timers A, E and G, which a reliable transport does without.
    pub const fn retransmission(&self) -> TimerChange {
        if self.reliable { TimerChange::Keep } else { TimerChange::Start(self.timers.t1) }
    }

    /// Timers D, I, J and K: how long repetitions are waited for; `after` where messages may be repeated.
    pub const fn repetitions(&self, after: Duration) -> TimerChange {
        TimerChange::Start(if self.reliable { Duration::ZERO } else { after })
    }
}
