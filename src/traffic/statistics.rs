//! Were the calls really started as a Poisson process would have them?
//!
//! The times of actual starts are changed by the planned intensity (Brown et al., JASA 100 (2005) 36): if the
//! process is Poisson, the steps are exponential with mean 1, whatever the profile. Their coefficient of
//! variation is 1 and the Kolmogorov–Smirnov test against the exponential gives a p-value that is not small.
//! A generator that spaces calls evenly, or slips behind, shows at once.

use crate::time::Instant;
use crate::traffic::profile::Intensity;

/// Most steps kept for the Kolmogorov–Smirnov test: beyond it every second one is dropped, again and again.
const SAMPLE: usize = 1 << 16;

/// Starts that are judged together: step by step each waits for the division of the one before, and the caller for all.
const TOGETHER: usize = 64;

/// How well starts fit a Poisson process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonFit {
    /// Steps between starts.
    pub n: u64,
    /// Coefficient of variation of the time-changed steps: 1 for Poisson, 0 for even spacing.
    pub interarrival_cv: f64,
    /// p-value of the Kolmogorov–Smirnov test of the steps against the exponential law.
    pub ks_p: f64,
}

/// Judges starts, which come in order of time. Constant memory.
#[derive(Debug)]
pub struct PoissonCheck<'a> {
    intensity: &'a Intensity,
    previous: Option<f64>,
    n: u64,
    mean: f64,
    squares: f64,
    sample: Vec<f64>,
    stride: u64,
    /// Starts not judged yet.
    starts: Vec<Instant>,
}

impl<'a> PoissonCheck<'a> {
    /// A check against `intensity`.
    #[must_use]
    pub const fn new(intensity: &'a Intensity) -> Self {
        Self {
            intensity,
            previous: None,
            n: 0,
            mean: 0.0,
            squares: 0.0,
            sample: Vec::new(),
            stride: 1,
            starts: Vec::new(),
        }
    }

    /// Adds the next start. One that lies before its predecessor counts as simultaneous.
    #[inline]
    pub fn push(&mut self, start: Instant) {
        self.starts.push(start);
        if self.starts.len() == TOGETHER {
            self.judge();
        }
    }

    #[inline(never)]
    fn judge(&mut self) {
        let starts = std::mem::take(&mut self.starts);
        let mut expected = starts.iter().map(|start| self.intensity.cumulative(start.as_secs_f64()));
        let Some(mut previous) = self.previous.or_else(|| expected.next()) else { return };
        let mut steps = [0.0; TOGETHER];
        let mut count = 0;
        for (step, expected) in steps.iter_mut().zip(expected) {
            *step = (expected - previous).max(0.0);
            previous = previous.max(expected);
            count += 1;
        }
        self.previous = Some(previous);
        self.add(&steps[..count]);
        self.starts = starts;
        self.starts.clear();
    }

    /// Adds some steps at once (Chan, Golub and LeVeque, The American Statistician 37 (1983) 242, eq. 2.1).
    #[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 calls")]
    fn add(&mut self, steps: &[f64]) {
        if steps.is_empty() {
            return;
        }
        self.keep_some(steps);
        let (before, more) = (self.n as f64, steps.len() as f64);
        let mean = sum(steps.iter().copied()) / more;
        let squares = sum(steps.iter().map(|step| (step - mean) * (step - mean)));
        let (all, distance) = (before + more, mean - self.mean);
        self.n += steps.len() as u64;
        self.mean += distance * more / all;
        self.squares += squares + distance * distance * before * more / all;
    }

    /// Keeps every step whose number is a multiple of the stride.
    fn keep_some(&mut self, steps: &[f64]) {
        let mut place = self.n.next_multiple_of(self.stride);
        while let Some(step) = usize::try_from(place - self.n).ok().and_then(|at| steps.get(at)) {
            if self.sample.len() == SAMPLE {
                let mut kept = 0;
                self.sample.retain(|_| {
                    kept += 1;
                    kept % 2 == 1
                });
                self.stride *= 2;
            }
            if place.is_multiple_of(self.stride) {
                self.sample.push(*step);
            }
            place = (place + 1).next_multiple_of(self.stride);
        }
    }

    /// The verdict; none from fewer than two steps.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 calls")]
    pub fn finish(mut self) -> Option<PoissonFit> {
        self.judge();
        if self.n < 2 || self.mean <= 0.0 {
            return None;
        }
        let variance = self.squares / (self.n - 1) as f64;
        let interarrival_cv = variance.sqrt() / self.mean;
        for step in &mut self.sample {
            *step = -libm::expm1(-*step);
        }
        Some(PoissonFit { n: self.n, interarrival_cv, ks_p: ks_uniform_p(&mut self.sample) })
    }
}

/// The sum, in four parts that do not wait for each other.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut parts = [0.0; 4];
    for (place, value) in values.enumerate() {
        parts[place % 4] += value;
    }
    parts.iter().sum()
}

/// p-value of the Kolmogorov–Smirnov test of `values` against the uniform law on 0 to 1; sorts them.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples have far fewer than 2^53 values")]
pub fn ks_uniform_p(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let mut distance = 0.0_f64;
    for (place, value) in values.iter().enumerate() {
        let place = place as f64;
        distance = distance.max(value - place / n).max((place + 1.0) / n - value);
    }
    let root = n.sqrt();
    // Stephens's correction (JRSS B 32 (1970) 115) makes the asymptotic law good from n = 5 on.
    kolmogorov_tail((root + 0.12 + 0.11 / root) * distance)
}

/// P(K > x) of Kolmogorov's distribution.
fn kolmogorov_tail(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x < 1e-3 {
        return 1.0;
    }
    if x < 1.0 {
        // The theta function's other expansion, which converges fast for small x.
        let terms =
            (1..=5).map(|k| libm::exp(-f64::from((2 * k - 1) * (2 * k - 1)) * PI * PI / (8.0 * x * x)));
        let below = (2.0 * PI).sqrt() / x * terms.sum::<f64>();
        return (1.0 - below).clamp(0.0, 1.0);
    }
    let terms = (1..=10).map(|k: i32| {
        let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
        sign * libm::exp(-2.0 * f64::from(k * k) * x * x)
    });
    (2.0 * terms.sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::random::Seed;
    use crate::traffic::arrivals::ArrivalTimes;
    use crate::traffic::arrivals::Arrivals;
    use crate::traffic::burst::Burst;
    use crate::traffic::profile::Profile;

    fn fit(arrivals: &Arrivals, seed: u64, calls: usize) -> PoissonFit {
        let profile = Profile::through(&[(0.0, 1.0), (500.0, 9.0), (1_000.0, 2.0)]);
        let intensity = Arc::new(Intensity::new(&profile, Seed(seed)));
        let mut check = PoissonCheck::new(&intensity);
        for time in ArrivalTimes::new(arrivals, Arc::clone(&intensity), Seed(seed)).take(calls) {
            check.push(Instant::from_secs_f64(time));
        }
        check.finish().unwrap()
    }

    #[test]
    fn a_time_varying_poisson_process_has_cv_1_and_passes_the_test() {
        let n = 20_000_u32;
        // The standard deviation of the CV of n exponential steps is 1/√n.
        let tolerance = 4.0 / f64::from(n).sqrt();
        for seed in 1..=5 {
            let fit = fit(&Arrivals::Poisson, seed, n as usize);
            assert!((fit.interarrival_cv - 1.0).abs() < tolerance, "seed {seed}: {fit:?}");
            assert!(fit.ks_p > 0.001, "seed {seed}: {fit:?}");
        }
    }

    #[test]
    fn even_and_bursty_arrivals_are_found_out() {
        let even = fit(&Arrivals::Even, 1, 5_000);
        assert!(even.interarrival_cv < 0.01 && even.ks_p < 1e-6, "{even:?}");
        // Clusters a good deal shorter than the mean gap between them, or they blur into one another.
        let burst = Arrivals::Bursty(Burst::Hawkes { branching: 0.6, decay: 0.1 });
        let bursty = fit(&burst, 1, 5_000);
        assert!(bursty.interarrival_cv > 1.1 && bursty.ks_p < 1e-6, "{bursty:?}");
    }

    #[test]
    fn kolmogorovs_law_has_its_tabulated_quantiles() {
        // Smirnov's table: 10 %, 5 %, 1 %, 0.1 %.
        for (x, p) in [(1.2238, 0.10), (1.3581, 0.05), (1.6276, 0.01), (1.9495, 0.001)] {
            assert!((kolmogorov_tail(x) - p).abs() < 2e-5 + p * 1e-3, "{x}: {}", kolmogorov_tail(x));
        }
        assert!((kolmogorov_tail(0.999_999_9) - kolmogorov_tail(1.0)).abs() < 1e-6);
        assert!((kolmogorov_tail(0.828) - 0.4999).abs() < 1e-3, "the median is 0.8276");
    }

    #[test]
    fn a_long_run_keeps_a_bounded_sample() {
        let fit = fit(&Arrivals::Poisson, 3, 200_000);
        assert_eq!(fit.n, 199_999);
        assert!(fit.ks_p > 0.001);
    }

    #[test]
    fn too_few_calls_give_no_verdict() {
        let intensity = Intensity::new(&Profile::Flat { per_second: 1.0 }, Seed(1));
        let mut check = PoissonCheck::new(&intensity);
        check.push(Instant::ZERO);
        check.push(Instant::from_secs_f64(1.0));
        assert!(check.finish().is_none());
    }
}
