//! Delays as HDR histograms: every value kept to three digits, however long the run.

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2Serializer};

use crate::outcome::CallRecord;
use crate::time::Duration;

/// Longest delay told apart from longer ones: an hour.
const HIGHEST_MICROS: u64 = 3_600_000_000;

/// Percentiles drawn on the curve.
const CURVE: [f64; 15] =
    [0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.95, 99.99, 99.999, 100.0];

/// A distribution of delays with microsecond resolution and three significant digits.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution(Histogram<u64>);

impl Default for Distribution {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, HIGHEST_MICROS, 3);
        Self(histogram.expect("1 µs to 1 h with 3 digits are valid bounds"))
    }
}

impl Distribution {
    pub(crate) fn record(&mut self, delay: Duration) {
        self.0.saturating_record(u64::try_from(delay.as_micros()).unwrap_or(HIGHEST_MICROS));
    }

    /// Records the same delay `count` times.
    pub(crate) fn record_many(&mut self, delay: Duration, count: u64) {
        let micros = u64::try_from(delay.as_micros()).unwrap_or(HIGHEST_MICROS);
        self.0.saturating_record_n(micros, count);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("both histograms have the same bounds");
    }

    /// Number of delays.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The delay in milliseconds that `percentile` (0 to 100) of all stay within; `None` without delays.
    #[must_use]
    pub fn percentile_ms(&self, percentile: f64) -> Option<f64> {
        (self.count() > 0).then(|| millis(self.0.value_at_quantile(percentile / 100.0)))
    }

    /// The longest delay in milliseconds.
    #[must_use]
    pub fn max_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| millis(self.0.max()))
    }

    /// The mean in milliseconds.
    #[must_use]
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.0.mean() / 1e3)
    }

    /// Distribution-free confidence limits of a percentile in milliseconds, from the order statistics
    /// (normal approximation of the binomial rank; Conover, Practical Nonparametric Statistics, 3.2).
    /// Delays of one busy spell are taken as independent, which flatters: it is a lower bound of the width.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 delays outlast the machine")]
    pub fn percentile_ci_ms(&self, percentile: f64, z: f64) -> Option<[f64; 2]> {
        let n = self.count() as f64;
        let p = percentile / 100.0;
        let spread = z * (p * (1.0 - p) / n).sqrt();
        let limit = |quantile: f64| self.percentile_ms(100.0 * quantile.clamp(0.0, 1.0));
        Some([limit(p - spread)?, limit(p + spread)?])
    }

    /// Points of the percentile curve: (percentile, milliseconds).
    #[must_use]
    pub fn curve(&self) -> Vec<(f64, f64)> {
        CURVE.into_iter().filter_map(|p| Some((p, self.percentile_ms(p)?))).collect()
    }

    /// The whole histogram, `HdrHistogram` V2 format, base64, in microseconds.
    ///
    /// # Panics
    /// Never: memory takes every byte.
    #[must_use]
    pub fn to_base64(&self) -> String {
        let mut bytes = Vec::new();
        let written = V2Serializer::new().serialize(&self.0, &mut bytes);
        written.expect("a vector takes any number of bytes");
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }
}

/// Post-dial delays of one slice of time, in a few hundred bytes: buckets a sixth of an octave wide (12 %).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DelayBuckets(Vec<u32>);

/// Buckets per doubling, and doublings from 64 µs to 67 s.
const PER_OCTAVE: f64 = 6.0;
const BUCKETS: usize = 121;
const LOWEST_MS: f64 = 0.064;

impl DelayBuckets {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, which is the wish"
    )]
    pub(crate) fn record(&mut self, delay: Duration) {
        let octaves = (delay.as_secs_f64() * 1e3 / LOWEST_MS).max(1.0).log2();
        let bucket = ((octaves * PER_OCTAVE) as usize).min(BUCKETS - 1);
        if self.0.len() <= bucket {
            self.0.resize(bucket + 1, 0);
        }
        self.0[bucket] = self.0[bucket].saturating_add(1);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// The middle of the bucket that holds the percentile, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "bucket numbers and counts are small")]
    pub(crate) fn percentile_ms(&self, percentile: f64) -> Option<f64> {
        let count: u64 = self.0.iter().map(|&n| u64::from(n)).sum();
        let rank = count as f64 * percentile / 100.0;
        let mut seen = 0.0;
        let bucket = self.0.iter().position(|&n| {
            seen += f64::from(n);
            n > 0 && seen >= rank
        })?;
        Some(LOWEST_MS * ((bucket as f64 + 0.5) / PER_OCTAVE).exp2())
    }
}

/// Every delay that the wire shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latencies {
    /// How far behind its intended start an attempt left.
    pub lateness: Distribution,
    /// To the first ringing or answer; refused attempts apart, as RFC 6076, 4.3 demands.
    pub post_dial_delay: Distribution,
    /// To the refusal.
    pub refusal_delay: Distribution,
    pub answer_delay: Distribution,
    pub disconnect_delay: Distribution,
}

impl Latencies {
    pub(crate) fn add(&mut self, record: &CallRecord) {
        let Some(latency) = record.latency else { return };
        self.lateness.record(latency.lateness);
        if let Some(delay) = latency.post_dial_delay {
            if is_refused(record) {
                self.refusal_delay.record(delay);
            } else {
                self.post_dial_delay.record(delay);
            }
        }
        if let Some(delay) = latency.answer_delay {
            self.answer_delay.record(delay);
        }
        if let Some(delay) = latency.disconnect_delay {
            self.disconnect_delay.record(delay);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.lateness.merge(&other.lateness);
        self.post_dial_delay.merge(&other.post_dial_delay);
        self.refusal_delay.merge(&other.refusal_delay);
        self.answer_delay.merge(&other.answer_delay);
        self.disconnect_delay.merge(&other.disconnect_delay);
    }
}

/// The post-dial delay of an attempt that got through to a phone (RFC 6076, 4.3 keeps refusals apart).
pub(crate) fn post_dial_delay(record: &CallRecord) -> Option<Duration> {
    record.latency.filter(|_| !is_refused(record))?.post_dial_delay
}

const fn is_refused(record: &CallRecord) -> bool {
    record.ringing.is_none() && record.answered.is_none()
}

#[expect(clippy::cast_precision_loss, reason = "an hour of microseconds is exact")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_keep_three_digits_and_survive_base64() {
        let mut delays = Distribution::default();
        for ms in 1..=1000 {
            delays.record(Duration::from_millis(ms));
        }
        let p95 = delays.percentile_ms(95.0).unwrap();
        assert!((p95 - 950.0).abs() < 1.0, "{p95}");
        let bytes = base64::engine::general_purpose::STANDARD.decode(delays.to_base64()).unwrap();
        let mut reader = hdrhistogram::serialization::Deserializer::new();
        let back: Histogram<u64> = reader.deserialize(&mut bytes.as_slice()).unwrap();
        assert_eq!(back.len(), 1000);
        assert_eq!(back.value_at_quantile(0.5), delays.0.value_at_quantile(0.5));
    }

    #[test]
    fn no_delay_has_no_percentile() {
        assert_eq!(Distribution::default().percentile_ms(50.0), None);
        assert_eq!(Distribution::default().percentile_ci_ms(50.0, 1.96), None);
    }

    #[test]
    fn the_interval_of_a_median_comes_from_its_neighbours_in_rank() {
        let mut delays = Distribution::default();
        for ms in 1..=100 {
            delays.record(Duration::from_millis(ms));
        }
        let [low, high] = delays.percentile_ci_ms(50.0, 1.96).unwrap();
        assert!((40.0..42.0).contains(&low) && (59.0..61.0).contains(&high), "{low} {high}");
    }
}
