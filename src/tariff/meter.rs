//! From the length of a call to what is charged for it.

use rust_decimal::Decimal;

use crate::time::Duration;

/// How calls of one direction are billed.
#[derive(Debug, Clone, PartialEq)]
pub struct Meter {
    /// Minutes a month that cost nothing.
    pub included: Decimal,
    /// Price of a minute beyond them.
    pub price: Decimal,
    /// The first charging unit, above 0.
    pub first: Duration,
    /// Every further unit, above 0.
    pub next: Duration,
    pub free: Option<Free>,
    /// Charged at least, once anything is.
    pub minimum: Duration,
    /// Added for each charged call.
    pub per_call: Decimal,
    /// Included minutes that were not used serve one more month; otherwise they expire.
    pub roll_over: bool,
    pub fair_use: Option<FairUse>,
}

impl Default for Meter {
    /// Per second, at no price.
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            included: Decimal::ZERO,
            price: Decimal::ZERO,
            first: second,
            next: second,
            free: None,
            minimum: Duration::ZERO,
            per_call: Decimal::ZERO,
            roll_over: false,
            fair_use: None,
        }
    }
}

/// Calls too short to be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    /// No longer than this.
    UpTo(Duration),
    /// Shorter than this.
    Below(Duration),
}

/// A soft limit: what lies beyond is not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairUse {
    /// Minutes a month for each channel.
    pub minutes_per_channel: Decimal,
    /// Price of a minute beyond; absent: the provider will want to talk.
    pub price: Option<Decimal>,
}

/// Calls of one direction, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metered {
    /// Calls that are charged.
    pub calls: Decimal,
    /// Minutes that are charged.
    pub minutes: Decimal,
}

impl Meter {
    /// What is charged for one call: whole units, in nanoseconds.
    #[must_use]
    pub fn billed(&self, call: Duration) -> Duration {
        let free = match self.free {
            Some(Free::UpTo(limit)) => call <= limit,
            Some(Free::Below(limit)) => call < limit,
            None => call.is_zero(),
        };
        if free {
            return Duration::ZERO;
        }
        let call = call.max(self.minimum);
        if call <= self.first {
            return self.first;
        }
        let next = self.next.as_nanos().max(1);
        let units = call.saturating_sub(self.first).as_nanos().div_ceil(next);
        let rest = u64::try_from(units.saturating_mul(next)).unwrap_or(u64::MAX);
        self.first.saturating_add(Duration::from_nanos(rest))
    }

    /// All calls, added up.
    #[must_use]
    pub fn total(&self, calls: impl IntoIterator<Item = Duration>) -> Metered {
        let (mut count, mut nanos) = (0_u64, 0_u128);
        for billed in calls.into_iter().map(|call| self.billed(call)).filter(|billed| !billed.is_zero()) {
            count += 1;
            nanos += billed.as_nanos();
        }
        Metered::of(count, nanos)
    }
}

impl Metered {
    /// So many charged calls of so many nanoseconds together.
    #[must_use]
    pub fn of(calls: u64, nanos: u128) -> Self {
        Self { calls: calls.into(), minutes: minutes(nanos) }
    }

    /// So many times as many calls; `None` beyond the 28 digits of a decimal.
    #[must_use]
    pub fn times(self, factor: Decimal) -> Option<Self> {
        Some(Self { calls: self.calls.checked_mul(factor)?, minutes: self.minutes.checked_mul(factor)? })
    }

    /// As an invoice states them where they come of a share: whole calls, tenths of minutes.
    #[must_use]
    pub fn rounded(self) -> Self {
        Self { calls: self.calls.round_dp(0), minutes: self.minutes.round_dp(1) }
    }
}

/// A factor that a user has typed, exact to twelve digits.
#[must_use]
pub fn exact(factor: f64) -> Decimal {
    Decimal::try_from((factor * 1e12).round() / 1e12).unwrap_or_default()
}

/// Exact minutes, to a nanosecond.
pub(super) fn minutes(nanos: u128) -> Decimal {
    let nanos = i128::try_from(nanos).unwrap_or(i128::MAX);
    let seconds = Decimal::try_from_i128_with_scale(nanos, 9).unwrap_or(Decimal::MAX);
    (seconds / Decimal::from(60)).normalize()
}
