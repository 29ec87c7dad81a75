//! Figures of each class of callers, and how sure their shares are.

use crate::metrics::TimeSum;
use crate::metrics::facts::Facts;
use crate::metrics::ratio::{normal_quantile, wilson};
use crate::outcome::CallRecord;

/// One class of callers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClassCounts {
    /// Attempts, whatever their end.
    pub offered: u64,
    /// First attempts: what the mix is counted in.
    pub first_attempts: u64,
    pub completed: u64,
    pub technical: u64,
    /// Busy, gone, sent away: counted, and neither completed nor technical.
    pub human: u64,
    /// Attempts of callers who had been served before.
    pub repeats: u64,
    /// Callers whose last attempt was seen, and those of them who were never served.
    pub customers: u64,
    pub customers_lost: u64,
    pub queue_answered: u64,
    pub wait_answered: TimeSum,
    pub admitted: u64,
    pub holding: TimeSum,
    pub talks: u64,
    pub talk: TimeSum,
}

impl ClassCounts {
    #[inline]
    pub(super) fn add(&mut self, record: &CallRecord, facts: &Facts) {
        let human = record.outcome.is_counted() && !facts.completed && !facts.technical;
        self.offered += 1;
        self.first_attempts += u64::from(facts.first_attempt);
        self.completed += u64::from(facts.completed);
        self.technical += u64::from(facts.technical);
        self.human += u64::from(human);
        self.repeats += u64::from(facts.repeat);
        if facts.ends_customer {
            self.customers += 1;
            self.customers_lost += u64::from(facts.loses_customer);
        }
        if facts.served_from_queue {
            self.queue_answered += 1;
            self.wait_answered.add_nanos(facts.wait.nanos);
        }
        if let Some(held) = facts.held {
            self.admitted += 1;
            self.holding.add_nanos(held.nanos);
        }
        if let Some(talk) = facts.talk {
            self.talks += 1;
            self.talk.add_nanos(talk.nanos);
        }
    }

    /// The same attempt, its times left out, `times` over.
    pub(super) fn times(&self, times: u64) -> Self {
        let Self {
            offered,
            first_attempts,
            completed,
            technical,
            human,
            repeats,
            customers,
            customers_lost,
            queue_answered,
            wait_answered: _,
            admitted,
            holding: _,
            talks,
            talk: _,
        } = *self;
        Self {
            offered: offered * times,
            first_attempts: first_attempts * times,
            completed: completed * times,
            technical: technical * times,
            human: human * times,
            repeats: repeats * times,
            customers: customers * times,
            customers_lost: customers_lost * times,
            queue_answered: queue_answered * times,
            admitted: admitted * times,
            talks: talks * times,
            ..Self::default()
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.first_attempts += other.first_attempts;
        self.completed += other.completed;
        self.technical += other.technical;
        self.human += other.human;
        self.repeats += other.repeats;
        self.customers += other.customers;
        self.customers_lost += other.customers_lost;
        self.queue_answered += other.queue_answered;
        self.wait_answered += other.wait_answered;
        self.admitted += other.admitted;
        self.holding += other.holding;
        self.talks += other.talks;
        self.talk += other.talk;
    }
}

/// The share of each class with simultaneous 95 % intervals (Goodman, Technometrics 7 (1965) 247): all of
/// them contain the truth at once with that confidence. Empty where nothing was counted.
#[must_use]
pub fn mix(counts: &[u64]) -> Vec<(f64, [f64; 2])> {
    let all: u64 = counts.iter().sum();
    if all == 0 {
        return Vec::new();
    }
    // Goodman's interval is Wilson's at the confidence that Bonferroni leaves to each class.
    let z = normal_quantile(1.0 - 0.05 / real(counts.len() as u64));
    let share = |count: &u64| {
        let share = real(*count) / real(all);
        (share, wilson(share, real(all), z))
    };
    counts.iter().map(share).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three cells of 91, 49 and 37 in 177: Goodman's interval worked out by hand with χ²(1; 1 − 0.05/3) = 5.7311,
    /// (χ² + 2n ± √(χ²(χ² + 4n(N − n)/N))) / 2(N + χ²).
    #[test]
    fn shares_have_goodmans_intervals() {
        let mix = mix(&[91, 49, 37]);
        let by_hand = |n: f64| {
            let (chi, all) = (5.731_1_f64, 177.0);
            let root = (chi * (chi + 4.0 * n * (all - n) / all)).sqrt();
            [(chi + 2.0 * n - root) / (2.0 * (all + chi)), (chi + 2.0 * n + root) / (2.0 * (all + chi))]
        };
        for ((_, [low, high]), n) in mix.iter().zip([91.0, 49.0, 37.0]) {
            let exact = by_hand(n);
            assert!(
                (low - exact[0]).abs() < 1e-4 && (high - exact[1]).abs() < 1e-4,
                "{low} {high} {exact:?}"
            );
        }
        assert!(super::mix(&[0, 0]).is_empty());
    }
}
