//! What a PBX's processor spends on a set-up and on a call in progress, from what it used second by second.
//!
//! Processor time of each second = a × set-ups + b × call-seconds + c × seconds, by least squares, without the terms that
//! can't be told from nothing. A set-up is all that a call costs whatever it lasts, its end included.

use serde::Deserialize;
use serde::Serialize;

use crate::metrics::ratio::normal_quantile;

/// Seconds that are kept: the first two hours.
const SECONDS_MAX: usize = 7_200;
/// Below this many seconds with set-ups in them there is nothing to fit.
const SECONDS_MIN: usize = 5;
/// And below this many set-ups.
const SETUPS_MIN: u64 = 30;

/// Processor time and calls, second by second of wall time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProcessorMeter {
    /// Wall time and processor time used by then, in seconds.
    used: Vec<(f64, f64)>,
    setups: Vec<f64>,
    call_seconds: Vec<f64>,
}

/// A figure with its interval at 95 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessorEstimate {
    pub value: f64,
    pub ci95: [f64; 2],
}

/// What a processor spends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessorCost {
    /// Processor milliseconds that a call takes whatever it lasts.
    pub setup_ms: ProcessorEstimate,
    /// Share of one core that a call in progress takes, 0 to 1; absent where none could be measured.
    pub core_per_call: Option<ProcessorEstimate>,
    /// Share of one core that is used without any call.
    pub core_idle: f64,
    /// Cores that the measured program can use.
    pub cores: u32,
    /// What these carry, by the values above: set-ups a second alone, and calls at once alone.
    pub calls_per_second: f64,
    pub concurrent_calls: Option<f64>,
    /// What the figures rest on: seconds of wall time, set-ups, mean calls at once, processor seconds.
    pub seconds: u64,
    pub setups: u64,
    pub mean_calls: f64,
    pub used_s: f64,
}

impl ProcessorMeter {
    /// So much processor time had been used at `at_s`, later than what was told before.
    pub fn used(&mut self, at_s: f64, used_s: f64) {
        // A thread that has ended has taken its time with it: what comes after its end tells nothing.
        let goes_on = self.used.last().is_none_or(|(last, before)| at_s > *last && used_s >= *before);
        if self.used.len() <= SECONDS_MAX && goes_on {
            self.used.push((at_s, used_s));
        }
    }

    /// A call that was let in, from its start to its end.
    pub fn call(&mut self, start_s: f64, end_s: f64) {
        let Some(first) = second(start_s) else { return };
        let last = second(end_s).unwrap_or(SECONDS_MAX - 1).max(first);
        for list in [&mut self.setups, &mut self.call_seconds] {
            list.resize(list.len().max(last + 1), 0.0);
        }
        self.setups[first] += 1.0;
        for (place, seconds) in self.call_seconds.iter_mut().enumerate().take(last + 1).skip(first) {
            let begin = real(place);
            *seconds += (end_s.min(begin + 1.0) - start_s.max(begin)).max(0.0);
        }
    }

    /// What it costs, on a program that can use `cores`.
    ///
    /// # Errors
    /// Why it can't be told, in a sentence.
    pub fn cost(&self, cores: u32) -> Result<ProcessorCost, String> {
        let rows = self.rows();
        let busy = rows.iter().filter(|row| row.terms[0] > 0.0).count();
        let sums = rows.iter().fold([0.0; 4], |sums, row| {
            [sums[0] + row.terms[0], sums[1] + row.terms[1], sums[2] + row.terms[2], sums[3] + row.used]
        });
        let setups = whole(sums[0]);
        if busy < SECONDS_MIN || setups < SETUPS_MIN {
            return Err(format!(
                "{setups} set-ups in {busy} seconds with any are too few: {SETUPS_MIN} in {SECONDS_MIN} are the least"
            ));
        }
        let Some(fit) = fit(&rows) else {
            return Err(
                "processor time does not grow with set-ups: the load was too even or too light".to_owned()
            );
        };
        let [setup, call, idle] = fit;
        let Some(setup) = setup.filter(|setup| setup.value > 0.0) else {
            return Err(
                "processor time does not grow with set-ups: the load was too even or too light".to_owned()
            );
        };
        let call = call.filter(|call| call.value > 0.0 && call.ci95[0] > 0.0);
        let all = f64::from(cores);
        Ok(ProcessorCost {
            setup_ms: ProcessorEstimate { value: setup.value * 1e3, ci95: setup.ci95.map(|end| end * 1e3) },
            core_per_call: call,
            core_idle: idle.map_or(0.0, |idle| idle.value),
            cores,
            calls_per_second: all / setup.value,
            concurrent_calls: call.map(|call| all / call.value),
            seconds: whole(sums[2]),
            setups,
            mean_calls: sums[1] / sums[2],
            used_s: sums[3],
        })
    }

    /// Whole seconds between the first and the last look.
    fn rows(&self) -> Vec<Row> {
        let (Some((first, _)), Some((last, _))) = (self.used.first(), self.used.last()) else {
            return Vec::new();
        };
        let (from, to) = (whole(first.ceil()), whole(last.floor()).min(SECONDS_MAX as u64));
        let count = |list: &[f64], place: u64| {
            usize::try_from(place).ok().and_then(|place| list.get(place)).copied().unwrap_or(0.0)
        };
        let row = |place: u64| Row {
            terms: [count(&self.setups, place), count(&self.call_seconds, place), 1.0],
            used: self.used_by(real_of(place + 1)) - self.used_by(real_of(place)),
        };
        (from..to).map(row).collect()
    }

    /// Processor time used by then, between two looks in proportion.
    fn used_by(&self, at_s: f64) -> f64 {
        let after = self.used.partition_point(|(at, _)| *at < at_s);
        match (after.checked_sub(1).and_then(|before| self.used.get(before)), self.used.get(after)) {
            (Some((t0, u0)), Some((t1, u1))) => u0 + (u1 - u0) * (at_s - t0) / (t1 - t0),
            (None, Some((_, used))) | (Some((_, used)), None) => *used,
            (None, None) => 0.0,
        }
    }
}

/// One second: set-ups, call-seconds, 1; and what was used.
#[derive(Debug, Clone, Copy)]
struct Row {
    terms: [f64; 3],
    used: f64,
}

/// The coefficients. A term that would be negative, or that can't be told from nothing or from the set-ups, is left out;
/// of calls in progress and what is used without any call the one that explains less. Set-ups stay.
fn fit(rows: &[Row]) -> Option<[Option<ProcessorEstimate>; 3]> {
    for candidates in [&[&[0, 1, 2][..]][..], &[&[0, 1], &[0, 2]], &[&[0]]] {
        let sound = candidates.iter().filter_map(|places| {
            let (estimates, variance) = least_squares(rows, places)?;
            let tells = places.len() == 1 || estimates.iter().all(|estimate| estimate.ci95[0] > 0.0);
            tells.then_some((variance, places, estimates))
        });
        let best = sound.min_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((_, places, estimates)) = best {
            let mut all = [None; 3];
            places.iter().zip(estimates).for_each(|(place, estimate)| all[*place] = Some(estimate));
            return Some(all);
        }
    }
    None
}

/// Least squares in these terms with intervals, and the variance that they leave; `None` where they can't be told apart.
fn least_squares(rows: &[Row], places: &[usize]) -> Option<(Vec<ProcessorEstimate>, f64)> {
    let count = places.len();
    // Normal equations with the unit matrix beside them: what is left of it is the inverse.
    let mut matrix = vec![vec![0.0; 2 * count + 1]; count];
    for row in rows {
        for (i, one) in places.iter().enumerate() {
            for (j, other) in places.iter().enumerate() {
                matrix[i][j] += row.terms[*one] * row.terms[*other];
            }
            matrix[i][2 * count] += row.terms[*one] * row.used;
        }
    }
    let scale: Vec<f64> = (0..count).map(|i| matrix[i][i]).collect();
    for (i, line) in matrix.iter_mut().enumerate() {
        line[count + i] = 1.0;
    }
    for pivot in 0..count {
        if matrix[pivot][pivot] <= 1e-9 * scale[pivot] {
            return None;
        }
        let divisor = matrix[pivot][pivot];
        matrix[pivot].iter_mut().for_each(|entry| *entry /= divisor);
        let line = matrix[pivot].clone();
        for (_, other) in matrix.iter_mut().enumerate().filter(|(place, _)| *place != pivot) {
            let factor = other[pivot];
            other.iter_mut().zip(&line).for_each(|(entry, above)| *entry -= factor * above);
        }
    }
    let values: Vec<f64> = matrix.iter().map(|line| line[2 * count]).collect();
    let residual = |row: &Row| {
        let fitted: f64 = places.iter().zip(&values).map(|(place, value)| row.terms[*place] * value).sum();
        (row.used - fitted) * (row.used - fitted)
    };
    let free = real(rows.len().saturating_sub(count).max(1));
    let variance = rows.iter().map(residual).sum::<f64>() / free;
    let half =
        |place: usize| normal_quantile(0.95) * (variance * matrix[place][count + place]).max(0.0).sqrt();
    let estimate = |(place, value): (usize, &f64)| ProcessorEstimate {
        value: *value,
        ci95: [value - half(place), value + half(place)],
    };
    Some((values.iter().enumerate().map(estimate).collect(), variance))
}

/// The second in which an instant lies, if it is kept.
fn second(at_s: f64) -> Option<usize> {
    usize::try_from(whole(at_s)).ok().filter(|place| at_s >= 0.0 && *place < SECONDS_MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and seconds of a run, not negative"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0) as u64
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand seconds")]
const fn real(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand seconds")]
const fn real_of(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Seed};

    /// A PBX that takes 2 ms a set-up, 0.1 % of a core a call and 3 % of a core for itself, under a load that rises and
    /// falls; looked at once a second, with noise of a millisecond.
    fn planted(call: f64, rate: impl Fn(u32) -> u32) -> ProcessorMeter {
        let mut meter = ProcessorMeter::default();
        let mut stream = Seed(4).stream(Purpose::Pbx, 0);
        let mut calls = Vec::new();
        for second in 0..120_u32 {
            let count = rate(second);
            for place in 0..count {
                let start = f64::from(second) + f64::from(place) / f64::from(count);
                calls.push((start, start + 10.0));
            }
        }
        let used = |until: f64| {
            let setups = calls.iter().filter(|(start, _)| *start < until).count();
            let lasted: f64 = calls.iter().map(|(start, end)| (end.min(until) - start).max(0.0)).sum();
            0.002 * real(setups) + call * lasted + 0.03 * until
        };
        for second in 0..=120_u32 {
            let at = f64::from(second);
            meter.used(at, used(at) + 0.001 * stream.unit());
        }
        for (start, end) in &calls {
            meter.call(*start, *end);
        }
        meter
    }

    #[test]
    fn planted_costs_are_found_within_their_intervals() {
        let cost = planted(0.001, |second| 5 + second % 40).cost(1).unwrap();
        for (what, estimate, truth) in
            [("set-up", cost.setup_ms, 2.0), ("call", cost.core_per_call.unwrap(), 0.001)]
        {
            assert!((estimate.ci95[0]..=estimate.ci95[1]).contains(&truth), "{what}: {estimate:?}");
            assert!((estimate.value / truth - 1.0).abs() < 0.05, "{what}: {estimate:?}");
        }
        assert!((cost.core_idle - 0.03).abs() < 0.003, "{cost:?}");
        assert!(
            (cost.calls_per_second - 500.0).abs() < 25.0 && (cost.seconds, cost.setups) == (120, 2_940),
            "{cost:?}"
        );
        let twice = planted(0.001, |second| 5 + second % 40).cost(2).unwrap();
        assert!((twice.calls_per_second / cost.calls_per_second - 2.0).abs() < 1e-9);
    }

    #[test]
    fn calls_that_cost_nothing_have_no_figure_and_too_few_set_ups_a_reason() {
        let cost = planted(0.0, |second| 5 + second % 40).cost(1).unwrap();
        assert_eq!((cost.core_per_call, cost.concurrent_calls), (None, None));
        assert!((cost.setup_ms.value - 2.0).abs() < 0.1, "{cost:?}");
        let few = planted(0.001, |second| u32::from(second < 4) * 5).cost(1).unwrap_err();
        assert!(few.contains("20 set-ups in 4 seconds"), "{few}");
        assert!(ProcessorMeter::default().cost(1).is_err());
    }
}
