//! Means and their intervals: waits, loads, occupancy. What `ratio` is for counts.
//!
//! A mean is a ratio of sums (seconds waited over callers answered, seconds held over seconds passed), so its
//! spread comes from independent parts of the evidence: replications where there are several, else the same
//! batches that `ratio` makes of a single run, merged while neighbours are alike. The interval is Student's, around the ratio of the totals
//! (Law, Simulation Modeling and Analysis, 9.5.3). A run too short for batches has a value and no interval.

use crate::metrics::Counts;
use crate::metrics::Summary;
use crate::metrics::ratio::batches;
use crate::metrics::ratio::batches::Batches;
use crate::metrics::ratio::{BATCHES, HOLDING_TIMES, student_quantile};

/// What is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Mean wait of answered callers, in seconds.
    AnswerWait,
    /// Talk and wrap-up over agents' time, 0 to 1.
    Occupancy,
    /// Erlangs that callers asked for: attempts times the mean holding time.
    OfferedErlangs,
    /// Circuits in use, time average.
    CarriedErlangs,
}

/// A value and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// Absent where the run is too short to say.
    pub interval: Option<[f64; 2]>,
}

/// One independent part of the evidence: its counts, how long it lasted, and circuit-seconds used in it.
struct Part {
    counts: Counts,
    seconds: f64,
    used_s: f64,
}

impl Summary {
    /// A mean with its interval; `None` where nothing of the kind was measured.
    #[must_use]
    pub fn mean(&self, figure: Figure) -> Option<Estimate> {
        let value = match figure {
            Figure::AnswerWait => self.queue?.asa_s?,
            Figure::Occupancy => self.queue?.occupancy?,
            Figure::OfferedErlangs => self.traffic.offered_erlangs?,
            Figure::CarriedErlangs => self.traffic.carried_erlangs,
        };
        let interval =
            self.parts().and_then(|(kind, parts)| half_width(figure, (kind, &parts), value)).map(|half| {
                let most = if figure == Figure::Occupancy { 1.0 } else { f64::INFINITY };
                [(value - half).max(0.0), (value + half).min(most)]
            });
        Some(Estimate { value, interval })
    }

    /// Replications where there are several, else batches of the run; `None` if it is too short for them.
    fn parts(&self) -> Option<(Kind, Vec<Part>)> {
        let seconds = self.measured_s();
        if self.replications.len() >= 2 {
            let part = |(place, counts): (usize, &Counts)| Part {
                used_s: counts.holding_us as f64 / 1e6,
                counts: counts.clone(),
                seconds: self.own_lengths_s.get(place).copied().unwrap_or(seconds),
            };
            return Some((Kind::Replications, self.replications.iter().enumerate().map(part).collect()));
        }
        let slices = self.measured_slices();
        let holding_times = self.slice_s / self.traffic.mean_holding_s.filter(|mean| *mean > 0.0)?;
        let fits = |count: usize| {
            let shortest = slices.len() / count;
            shortest > 0 && shortest as f64 * holding_times >= HOLDING_TIMES
        };
        let count = BATCHES.rev().find(|&count| fits(count))?;
        let batch = |i: usize| {
            let slices = &slices[i * slices.len() / count..(i + 1) * slices.len() / count];
            let mut part = Part { counts: Counts::default(), seconds: 0.0, used_s: 0.0 };
            for slice in slices {
                part.counts.merge(&slice.counts);
                part.seconds += self.slice_s;
                part.used_s += slice.concurrency_mean * self.slice_s;
            }
            part
        };
        Some((Kind::Batches, (0..count).map(batch).collect()))
    }
}

/// Half the 95 % interval of `figure`, scaled to its `value`: wrap-up and the ends of the measured time are in
/// the value only.
fn half_width(figure: Figure, (kind, parts): (Kind, &[Part]), value: f64) -> Option<f64> {
    let seconds = |micros: u64| micros as f64 / 1e6;
    let relative = |of: &dyn Fn(&Part) -> (f64, f64)| {
        let parts: Vec<(f64, f64)> = parts.iter().map(of).collect();
        relative_half_width(kind, parts)
    };
    let relative = match figure {
        Figure::AnswerWait => {
            relative(&|part| (seconds(part.counts.queue_wait_us), part.counts.queue_answered as f64))?
        }
        Figure::Occupancy => relative(&|part| (seconds(part.counts.queue_talk_us), part.seconds))?,
        Figure::CarriedErlangs => relative(&|part| (part.used_s, part.seconds))?,
        // A product: how many asked, and how long those admitted held their circuits.
        Figure::OfferedErlangs => {
            let asked = relative(&|part| (part.counts.counted() as f64, part.seconds))?;
            let held = relative(&|part| (seconds(part.counts.holding_us), part.counts.admitted as f64))?;
            asked.hypot(held)
        }
    };
    Some(relative * value)
}

/// What the evidence is cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Replications,
    Batches,
}

/// Half-width of the 95 % interval of a ratio of sums, as a share of the ratio.
fn relative_half_width(kind: Kind, parts: Vec<(f64, f64)>) -> Option<f64> {
    let (sum, weight) = parts.iter().fold((0.0, 0.0), |(a, b), (x, w)| (a + x, b + w));
    if sum <= 0.0 || weight <= 0.0 || parts.len() < 2 {
        return None;
    }
    let (count, variance) = match kind {
        Kind::Replications => (parts.len(), batches::variance(&parts)),
        Kind::Batches => {
            let batches = Batches::settled(parts);
            (batches.parts.len(), batches.variance())
        }
    };
    Some(student_quantile(0.95, count as f64 - 1.0) * variance.sqrt() * weight / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::fixture::*;

    /// Twenty parts alternate between 9 and 11: standard deviation √(20/19), Student's t(19) = 2.0930.
    #[test]
    fn the_interval_of_a_mean_is_students() {
        let parts: Vec<(f64, f64)> = (0..20).map(|i| (if i % 2 == 0 { 9.0 } else { 11.0 }, 1.0)).collect();
        let half = relative_half_width(Kind::Replications, parts).unwrap() * 10.0;
        let exact = 2.093_024 * (20.0_f64 / 19.0 / 20.0).sqrt();
        assert!((half - exact).abs() < 1e-5, "{half} instead of {exact}");
        assert_eq!(
            relative_half_width(Kind::Replications, vec![(0.0, 1.0), (0.0, 1.0)]),
            None,
            "nobody waited at all"
        );
    }

    #[test]
    fn a_run_too_short_for_batches_has_a_value_and_no_interval() {
        let summary = collected(two_agents(), &twelve_calls()).finish();
        let wait = summary.mean(Figure::AnswerWait).unwrap();
        assert!(wait.value > 0.0 && wait.interval.is_none());
    }

    /// Two hundred answered calls in a row, each waiting 5 s or 15 s in turn: the mean lies within its interval,
    /// and the interval is no wider than waits can be.
    #[test]
    fn a_long_run_has_an_interval_around_its_mean() {
        let calls: Vec<_> = (0..200_u32)
            .map(|i| {
                let wait = if i % 2 == 0 { 5.0 } else { 15.0 };
                served(u64::from(i), 60.0 + 30.0 * f64::from(i), "anna", wait, 10.0)
            })
            .collect();
        let mut settings = two_agents();
        settings.duration = Some(seconds(6_000.0));
        let summary = collected(settings, &calls).finish();
        let wait = summary.mean(Figure::AnswerWait).unwrap();
        let [low, high] = wait.interval.unwrap();
        assert!((wait.value - 10.0).abs() < 1e-9 && low < 10.0 && high > 10.0 && high - low < 4.0);
        let carried = summary.mean(Figure::CarriedErlangs).unwrap();
        assert!(carried.interval.is_some());
    }
}
