//! Time as an argument: instants counted in nanoseconds from the start of a run.
//!
//! `std::time::Instant` has no zero and cannot be written down, so the core has its own. Durations are
//! the standard library's. Nothing here reads a clock; only `live::clock` does.
//!
//! An [`Instant`] is in *people's time* in scenarios, plans, decisions and records, and in *wall time* in
//! the SIP and RTP machines. The two differ by the scenario's `time_scale`; [`TimeScale`] converts.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

pub use std::time::Duration;

const NANOS_PER_SECOND: f64 = 1e9;

/// The duration of so many seconds, to the nearest nanosecond; what is negative, no number or too long becomes
/// [`Duration::MAX`]. The same as `Duration::try_from_secs_f64`, and quicker for durations that people know.
#[must_use]
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be small and positive"
)]
pub fn duration(seconds: f64) -> Duration {
    const LONGEST: f64 = 4e9;
    if (0.0..LONGEST).contains(&seconds) {
        let whole = seconds as u32;
        let nanos = (seconds - f64::from(whole)) * NANOS_PER_SECOND;
        let below = nanos as u32;
        // The product is right to a ten-millionth of a nanosecond: only beside a half does that not decide.
        let beyond_half = nanos - f64::from(below) - 0.5;
        if beyond_half.abs() > 1e-6 {
            return Duration::new(whole.into(), below + u32::from(beyond_half > 0.0));
        }
    }
    duration_beside_half(seconds)
}

#[cold]
fn duration_beside_half(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// A moment, in nanoseconds since the run began. Covers 584 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Instant(u64);

impl Instant {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const FAR_FUTURE: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start of the run.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The instant `seconds` after the start of the run; negative and NaN become [`Instant::ZERO`].
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "`as` saturates, which is the wish, and whole doubles come back whole"
    )]
    pub fn from_secs_f64(seconds: f64) -> Self {
        let nanos = seconds * NANOS_PER_SECOND;
        let whole = nanos as u64;
        // `round` is a call of a function on processors that can't be told to have an instruction for it.
        Self(whole.saturating_add(u64::from(nanos - whole as f64 >= 0.5)))
    }

    /// Nanoseconds since the start of the run.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start of the run.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact up to 104 days, good to a microsecond over centuries"
    )]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND
    }

    /// Time passed since `earlier`; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6} s", self.as_secs_f64())
    }
}

/// How many times faster than the wall clock people live: 600 turns ten hours into a minute.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct TimeScale(f64);

impl TimeScale {
    /// People's time is wall time.
    pub const REAL: Self = Self(1.0);

    /// A scale of `factor`, which must be finite and greater than zero.
    #[must_use]
    pub fn new(factor: f64) -> Option<Self> {
        (factor.is_finite() && factor > 0.0).then_some(Self(factor))
    }

    /// People's seconds per wall second.
    #[must_use]
    pub const fn factor(self) -> f64 {
        self.0
    }

    /// The people's moment at which the wall clock shows `wall`.
    #[must_use]
    pub fn people(self, wall: Instant) -> Instant {
        if self == Self::REAL { wall } else { Instant::from_nanos(scale(wall.as_nanos(), self.0)) }
    }

    /// The wall clock's moment for the people's moment `people`.
    #[must_use]
    pub fn wall(self, people: Instant) -> Instant {
        if self == Self::REAL {
            people
        } else {
            Instant::from_nanos(scale(people.as_nanos(), self.0.recip()))
        }
    }

    /// The first moment of the wall clock by which people's time has come to `people`: when an alarm must ring.
    /// [`TimeScale::wall`] may be a nanosecond before it.
    #[must_use]
    pub fn wall_reaching(self, people: Instant) -> Instant {
        let mut wall = self.wall(people);
        while self.people(wall) < people {
            wall += Duration::from_nanos(1);
        }
        wall
    }

    /// How much of people's time passes during `wall`.
    #[must_use]
    pub fn people_duration(self, wall: Duration) -> Duration {
        if self == Self::REAL { wall } else { wall.mul_f64(self.0) }
    }

    /// How long `people` lasts on the wall clock.
    #[must_use]
    pub fn wall_duration(self, people: Duration) -> Duration {
        if self == Self::REAL { people } else { people.div_f64(self.0) }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "`as` saturates; a scaled instant needs no more than 53 bits"
)]
fn scale(nanos: u64, factor: f64) -> u64 {
    (nanos as f64 * factor).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_saturate_instead_of_wrapping() {
        assert_eq!(Instant::FAR_FUTURE + Duration::from_secs(1), Instant::FAR_FUTURE);
        assert_eq!(Instant::ZERO - Instant::from_secs_f64(1.0), Duration::ZERO);
        assert_eq!(Instant::from_secs_f64(-3.0), Instant::ZERO);
    }

    #[test]
    fn ten_hours_pass_in_a_minute_at_scale_600() {
        let scale = TimeScale::new(600.0).unwrap();
        let wall = Instant::from_secs_f64(60.0);
        assert_eq!(scale.people(wall), Instant::from_secs_f64(36_000.0));
        assert_eq!(scale.wall(scale.people(wall)), wall);
    }

    #[test]
    fn an_alarm_never_rings_before_its_time_and_hardly_after() {
        for factor in [0.1, 1.0, 7.0, 60.0, 600.0, 3_601.5] {
            let scale = TimeScale::new(factor).unwrap();
            for people in (0..10_000).map(|step| Instant::from_nanos(step * 36_000_000_007 + step % 601)) {
                let alarm = scale.wall_reaching(people);
                assert!(scale.people(alarm) >= people, "{factor}: {people}");
                assert!(alarm - scale.wall(people) <= Duration::from_nanos(1), "{factor}: {people}");
            }
        }
    }

    #[test]
    fn a_scale_of_zero_is_refused() {
        assert!(TimeScale::new(0.0).is_none());
        assert!(TimeScale::new(f64::NAN).is_none());
    }
}
