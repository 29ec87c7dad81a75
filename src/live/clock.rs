//! The one place that reads the operating system's clock.

use crate::time::Duration;
use crate::time::Instant;

/// A wall clock that shows [`Instant::ZERO`] when it is made. Copies show the same time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: std::time::Instant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn start() -> Self {
        Self { origin: std::time::Instant::now() }
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    /// The operating system's instant for `wall`, for those who wait for it.
    #[must_use]
    pub fn system(&self, wall: Instant) -> std::time::Instant {
        let far = Duration::from_hours(365 * 24);
        self.origin + wall.since(Instant::ZERO).min(far)
    }

    /// Time from the Unix epoch to [`Instant::ZERO`], by the system's calendar clock at this moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn epoch(&self) -> Duration {
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        now.saturating_sub(self.origin.elapsed())
    }
}
