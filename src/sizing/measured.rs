//! What a finished run tells about its callers: how many ask for the queue, how long they are patient, and how they
//! bunch.

use crate::metrics::ratio::student_quantile;
use crate::scenario::Scenario;
use crate::sizing::load;
use crate::sizing::served;
use crate::sizing::staff::StaffModel;

/// Figures of a result that its queue is known by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueFigures {
    /// Of all calls, in the mean.
    pub calls_per_second: f64,
    pub calls: u64,
    /// Callers, however often each dialled.
    pub callers: u64,
    /// Customers who asked for the queue and were not promised a call instead, and those who were called.
    pub queue_offered: u64,
    pub abandoned: u64,
    /// Seconds that all callers together waited.
    pub waiting_total_s: f64,
    pub mean_handle_s: Option<f64>,
    /// Beginning and end of what was measured, in seconds from the start.
    pub measured_s: [f64; 2],
}

/// The staff model that a result implies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredStaff {
    pub model: StaffModel,
    /// The busiest planned rate over the mean one: the load is for the former.
    pub peak: f64,
    pub waited_s: f64,
    pub abandoned: u64,
}

/// The load of a queue as it was measured, raised to the busiest planned rate. Patience is estimated
/// from who gave up: abandonments over seconds waited, the maximum-likelihood rate of exponential patience that is
/// censored by service (Brown et al., Journal of the American Statistical Association 100 (2005) 36). `None` where no
/// call was answered from a queue. Where those who give up dial again, the load is that of callers, and redials come on top by the
/// formula: with agents enough few are made. Ask [`no_pool`](crate::sizing::no_pool) first.
#[must_use]
pub fn staff(figures: &QueueFigures, scenario: &Scenario) -> Option<MeasuredStaff> {
    let handle_s = figures.mean_handle_s.filter(|handle| *handle > 0.0)? + load::mean_pick_up_s(scenario);
    let asked = real(figures.queue_offered) / real(figures.calls.max(1));
    let peak = served::busy(scenario, figures.measured_s)?.factor;
    let lambda = figures.calls_per_second * asked * peak;
    let waited_s = figures.waiting_total_s;
    let theta = if waited_s > 0.0 { real(figures.abandoned) / waited_s } else { 0.0 };
    let redial = if theta > 0.0 { load::queue_recall(scenario) } else { 0.0 };
    let fresh =
        if redial > 0.0 { (real(figures.callers) / real(figures.calls.max(1))).min(1.0) } else { 1.0 };
    let model = StaffModel { lambda: lambda * fresh, handle_s, theta, redial };
    (lambda > 0.0).then_some(MeasuredStaff { model, peak, waited_s, abandoned: figures.abandoned })
}

/// Parts of the run that the interval of a peakedness rests on.
const PARTS: usize = 20;
/// Fewest calls of a part.
const CALLS_PER_PART: usize = 50;
/// Mean holding times after which an empty start is forgotten.
const SETTLED: f64 = 5.0;

/// A peakedness seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peakedness {
    pub z: f64,
    pub ci95: [f64; 2],
    pub calls: usize,
}

/// The peakedness of calls at `starts` (ascending seconds) for exponential holding times of mean `holding_s`: variance
/// over mean of the calls in progress on a group without end. Given the starts, calls still in progress are
/// independent, so that with S(t) = Σ exp(−(t − tᵢ)/holding) it is ½ + Var S / E S, averaged over time (law of total
/// variance; Eckberg, IEEE Transactions on Communications 31 (1983)). Interval by Student over 20 parts; `None` for
/// fewer than 1 000 calls. A rate that changes shows as peakedness too.
#[must_use]
pub fn peakedness(starts: &[f64], holding_s: f64) -> Option<Peakedness> {
    let settled = starts.first()? + SETTLED * holding_s;
    let measured = starts.partition_point(|start| *start < settled);
    let calls = starts.len() - measured;
    if calls < PARTS * CALLS_PER_PART || holding_s <= 0.0 {
        return None;
    }
    let (begin, end) = (starts[measured], *starts.last()?);
    let length_s = (end - begin) / real(PARTS as u64);
    let mut parts = [[0.0; 3]; PARTS];
    let mut level = starts[..measured].iter().map(|start| (-(begin - start) / holding_s).exp()).sum::<f64>();
    for pair in starts[measured..].windows(2) {
        level += 1.0;
        let gap = pair[1] - pair[0];
        let kept = (-gap / holding_s).exp();
        let part = &mut parts[place((pair[0] - begin) / length_s)];
        part[0] += gap;
        part[1] += level * (1.0 - kept) * holding_s;
        part[2] += level * level * (1.0 - kept * kept) * holding_s / 2.0;
        level *= kept;
    }
    let total: [f64; 3] = [0, 1, 2].map(|column: usize| parts.iter().map(|part| part[column]).sum());
    let mean = total[1] / total[0];
    let z = 0.5 + (total[2] / total[0] - mean * mean) / mean;
    // Around the mean of the whole, each part says how far its own squares are from what z promises.
    let off = |part: &[f64; 3]| part[2] - 2.0 * mean * part[1] + mean * mean * part[0] - (z - 0.5) * part[1];
    let squares: f64 = parts.iter().map(|part| off(part).powi(2)).sum();
    let count = real(PARTS as u64);
    let half = student_quantile(0.95, count - 1.0) * (squares * count / (count - 1.0)).sqrt() / total[1];
    Some(Peakedness { z, ci95: [(z - half).max(0.0), z + half], calls })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 20")]
fn place(part: f64) -> usize {
    (part.max(0.0) as usize).min(PARTS - 1)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Seed};

    /// Poisson calls have peakedness 1. Evenly spaced ones, by hand: S falls from 1/(1 − q) to q/(1 − q) in each gap,
    /// q = exp(−gap/holding), so E S = holding/gap and E S² = holding(1 + q)/(2 gap (1 − q)): with gap = holding
    /// z = ½ + 1.0820 − 1 = 0.5820.
    #[test]
    fn poisson_calls_have_peakedness_1_and_even_ones_that_of_the_closed_form() {
        let mut stream = Seed(5).stream(Purpose::Arrivals, 0);
        let mut now = 0.0;
        let starts: Vec<f64> = (0..20_000)
            .map(|_| {
                now += stream.exponential();
                now
            })
            .collect();
        let found = peakedness(&starts, 10.0).unwrap();
        // Its standard error is 0.015.
        let width = found.ci95[1] - found.ci95[0];
        assert!((found.z - 1.0).abs() < 0.06 && (0.02..0.12).contains(&width), "{found:?}");
        let even: Vec<f64> = (0..2_000).map(f64::from).collect();
        let q = (-1.0_f64).exp();
        let exact = 0.5 + (1.0 + q) / (2.0 * (1.0 - q)) - 1.0;
        assert!((exact - 0.5820).abs() < 1e-4);
        assert!((peakedness(&even, 1.0).unwrap().z - exact).abs() < 1e-3);
        assert_eq!(peakedness(&even[..1_000], 1.0), None, "too few once settled");
    }

    /// Calls in pairs at one moment: each moment brings a batch of 2, z = (1 + 2 + …)/… = 1.5 for exponential holding
    /// (M^[2]/M/∞: z = 1 + (E X² − E X)/(2 E X) = 1 + (4 − 2)/4).
    #[test]
    fn calls_in_pairs_are_half_as_peaked_again() {
        let mut stream = Seed(6).stream(Purpose::Arrivals, 0);
        let mut now = 0.0;
        let mut starts = Vec::new();
        for _ in 0..20_000 {
            now += 2.0 * stream.exponential();
            starts.extend([now, now]);
        }
        let found = peakedness(&starts, 10.0).unwrap();
        assert!(found.ci95[0] < 1.5 && found.ci95[1] > 1.5 && found.ci95[0] > 1.1, "{found:?}");
    }
}
