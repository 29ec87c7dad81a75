//! What a contract says about time: part months, changes, commitments.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Terms of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// When a larger plan begins.
    pub upgrade: Notice,
    /// When a smaller one begins.
    pub downgrade: Notice,
    pub pro_rata: ProRata,
    /// Months that are paid in any case.
    pub commitment_months: u32,
}

/// From which day a change holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notice {
    #[default]
    Immediately,
    /// The first day of the next month.
    NextMonth,
    /// So many days later.
    Days(u32),
}

impl Notice {
    /// The day from which a change asked for on `date` holds.
    #[must_use]
    pub fn effective(self, date: Date) -> Date {
        match self {
            Self::Immediately => date,
            Self::NextMonth => date.last_of_month().saturating_add(1.day()),
            Self::Days(days) => date.saturating_add(i64::from(days).days()),
        }
    }
}

/// What is paid for a part of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProRata {
    /// All of it.
    #[default]
    FullMonth,
    /// The days' share, of the calendar month's own length.
    ByDay,
}

impl Terms {
    /// The share of a month's charge that `from` to `to`, both included and in one month, is billed for:
    /// numerator and denominator in days.
    #[must_use]
    pub fn share(&self, from: Date, to: Date) -> (u32, u32) {
        let month = u32::from(from.days_in_month().unsigned_abs());
        let days = u32::from((to.day() - from.day() + 1).max(0).unsigned_abs());
        match self.pro_rata {
            ProRata::FullMonth => (month, month),
            ProRata::ByDay => (days.min(month), month),
        }
    }

    /// What leaving after `months` still costs, at this charge a month; `None` beyond 28 digits.
    #[must_use]
    pub fn leaving(&self, months: u32, monthly: Decimal) -> Option<Decimal> {
        monthly.checked_mul(self.commitment_months.saturating_sub(months).into())
    }
}
