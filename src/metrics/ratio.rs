//! k of n, with an interval that is honest about calls sharing a busy period.
//!
//! Calls that find every circuit busy come in clusters, so the binomial interval is far too narrow near
//! saturation (more than twice at 80 % load on 30 circuits). Three remedies, by how much there is to go on:
//!
//! * `replications`: independent runs, ratio of sums, Student's t;
//! * `batch_means`: the run cut into 20 to 30 batches of at least 5 mean holding times each; neighbours that are alike
//!   are merged and what correlation is left widens ([`batches`]); the variance of the ratio of sums over batches gives
//!   the design effect (variance over the binomial one, never below 1);
//! * `wilson_inflated`: too short for batches: the design effect of the loss model, [`loss_variance`].
//!
//! Losses come k in n, but in k/D clusters only, and the spread of batches is no better known than by so many of them.
//! Where these are fewer than the batches' degrees of freedom, the model's design effect stands in for those that
//! are missing: without it intervals of few losses are too short just when the losses were few, and lie below the
//! truth (5 in 100 instead of 2.5, at 26 losses in 10 000 calls).
//!
//! Each design effect D enters as an effective sample size n/D into Wilson's score interval (Korn and
//! Graubard, Survey Methodology 24 (1998) 193), which stays inside [0, 1] and keeps its coverage when losses
//! are few, where the symmetric interval of batch means does not. D ≥ 1: never narrower than Wilson.

pub(super) mod batches;

use statrs::distribution::{Beta, ContinuousCDF, Normal, StudentsT};

use crate::metrics::ratio::batches::Batches;

/// Fewest and most batches.
pub(super) const BATCHES: std::ops::RangeInclusive<usize> = 20..=30;

/// Shortest batch, in mean holding times.
pub(super) const HOLDING_TIMES: f64 = 5.0;

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CiMethod {
    Replications,
    BatchMeans,
    WilsonInflated,
    Wilson,
}

impl CiMethod {
    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replications => "replications",
            Self::BatchMeans => "batch_means",
            Self::WilsonInflated => "wilson_inflated",
            Self::Wilson => "wilson",
        }
    }
}

/// k of n, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    pub k: u64,
    pub n: u64,
    /// Absent when n is 0.
    pub interval: Option<[f64; 2]>,
    pub method: CiMethod,
    /// Batches that the interval rests on, and the lag-1 correlation left between them; absent of other methods.
    pub batches: Option<(usize, f64)>,
}

impl Ratio {
    /// k / n; `None` when n is 0.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.n > 0).then(|| real(self.k) / real(self.n))
    }
}

/// What there is to judge the spread of a ratio by.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// (k, n) of each independent replication; fewer than two say nothing.
    pub replications: &'a [(u64, u64)],
    /// (k, n) of each slice of the measured time, in order.
    pub slices: &'a [(u64, u64)],
    /// Length of a slice in mean holding times.
    pub slice_holding_times: Option<f64>,
    /// Design effect by the model of the system, where one applies.
    pub model: Option<f64>,
}

/// The interval of k of n at `confidence` (0 to 1, exclusive).
#[must_use]
pub fn ratio(k: u64, n: u64, confidence: f64, evidence: &Evidence<'_>) -> Ratio {
    let unknown = Spread {
        method: CiMethod::Wilson,
        effect: 1.0,
        quantile: normal_quantile(confidence),
        batches: None,
    };
    if n == 0 {
        return Ratio { k, n, interval: None, method: unknown.method, batches: None };
    }
    let none_or_all = k == 0 || k == n;
    let spread = if evidence.replications.len() >= 2 && !none_or_all {
        of_replications(evidence.replications, confidence)
    } else if let Some(parts) = batches(evidence).filter(|_| !none_or_all) {
        of_batches(parts, evidence.model, confidence)
    } else if let Some(effect) = evidence.model {
        Spread { method: CiMethod::WilsonInflated, effect, ..unknown }
    } else {
        unknown
    };
    let interval = wilson(real(k) / real(n), real(n) / spread.effect.max(1.0), spread.quantile);
    Ratio { k, n, interval: Some(interval), method: spread.method, batches: spread.batches }
}

/// How far a ratio may lie from the truth.
struct Spread {
    method: CiMethod,
    effect: f64,
    quantile: f64,
    batches: Option<(usize, f64)>,
}

/// Wilson's score interval for a ratio `p` seen in `n` (possibly fractional) independent trials.
#[must_use]
pub fn wilson(p: f64, n: f64, z: f64) -> [f64; 2] {
    let square = z * z;
    let centre = (p + square / (2.0 * n)) / (1.0 + square / n);
    let half = z / (1.0 + square / n) * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    [(centre - half).clamp(0.0, p), (centre + half).clamp(p, 1.0)]
}

/// The exact lower limit of a ratio of `k` in `n` (possibly fractional) independent trials, at a two-sided
/// `confidence` (0 to 1, exclusive): never above the truth more often than (1 − confidence)/2, however few the
/// trials, where Wilson's is (Clopper and Pearson, Biometrika 26 (1934) 404).
///
/// # Panics
/// If `k` is greater than `n`.
#[must_use]
pub fn exact_lower(k: f64, n: f64, confidence: f64) -> f64 {
    if k <= 0.0 {
        return 0.0;
    }
    let beta = Beta::new(k, n - k + 1.0).expect("k is positive and at most n");
    beta.inverse_cdf((1.0 - confidence) / 2.0)
}

/// Two-sided normal quantile: 1.96 for 0.95.
#[must_use]
pub fn normal_quantile(confidence: f64) -> f64 {
    Normal::standard().inverse_cdf(f64::midpoint(1.0, confidence))
}

/// Two-sided quantile of Student's t.
///
/// # Panics
/// If `freedom` is not positive.
#[must_use]
pub fn student_quantile(confidence: f64, freedom: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, freedom).expect("freedom is positive");
    student.inverse_cdf(f64::midpoint(1.0, confidence))
}

/// Design effect of the blocking ratio of `servers` circuits offered `erlangs` (M/M/n/n): the asymptotic
/// variance of losses over attempts, divided by the binomial B(1 − B).
///
/// With π the stationary law, B = B_n(A) and h the solution of Poisson's equation for the excess of losses,
/// whose increments are h(x+1) − h(x) = B_n(A)/B_x(A), the variance per attempt is
/// Σ_x π_x [e_x² + 2 e_x h(x⁺)], where e_x = 1{x = n} − B and x⁺ is the state that the attempt leaves behind
/// (martingale central limit theorem: Glynn and Meyn, Annals of Probability 24 (1996) 916). Exponential
/// holding times; `None` unless both arguments are positive.
#[must_use]
pub fn loss_variance(servers: u32, erlangs: f64) -> Option<f64> {
    if servers == 0 || !(erlangs.is_finite() && erlangs > 0.0) {
        return None;
    }
    let blocking = erlang_b_up_to(servers, erlangs);
    let loss = blocking[servers as usize];
    if loss < 1e-100 {
        return Some(1.0);
    }
    let mut weight = 1.0; // π_x relative to π_n, going down
    let mut excess = 0.0; // h(x⁺), with h(n) = 0
    let mut variance = (1.0 - loss) * (1.0 - loss);
    let mut mass = 1.0;
    for state in (0..servers).rev() {
        weight *= f64::from(state + 1) / erlangs;
        variance += weight * (loss * loss - 2.0 * loss * excess);
        mass += weight;
        excess -= loss / blocking[state as usize];
    }
    Some((variance / mass / (loss * (1.0 - loss))).max(1.0))
}

/// B_0(A) to B_n(A) by Erlang's recursion.
fn erlang_b_up_to(servers: u32, erlangs: f64) -> Vec<f64> {
    let mut blocking = Vec::with_capacity(servers as usize + 1);
    blocking.push(1.0);
    for k in 1..=servers {
        let before = blocking[k as usize - 1];
        blocking.push(erlangs * before / (f64::from(k) + erlangs * before));
    }
    blocking
}

fn of_replications(runs: &[(u64, u64)], confidence: f64) -> Spread {
    let parts: Vec<(f64, f64)> = runs.iter().map(|(k, n)| (real(*k), real(*n))).collect();
    Spread {
        method: CiMethod::Replications,
        effect: design_effect(&parts, batches::variance(&parts)),
        quantile: student_quantile(confidence, freedom(&parts)),
        batches: None,
    }
}

fn of_batches(parts: Vec<(f64, f64)>, model: Option<f64>, confidence: f64) -> Spread {
    let batches = Batches::settled(parts);
    let freedom = freedom(&batches.parts);
    let (k, n) = batches.parts.iter().fold((0.0, 0.0), |(a, b), (k, n)| (a + k, b + n));
    let seen = design_effect(&batches.parts, batches.variance());
    let known = (k.min(n - k) / seen.max(1.0) / freedom).min(1.0);
    Spread {
        method: CiMethod::BatchMeans,
        effect: known * seen + (1.0 - known) * model.unwrap_or(seen),
        quantile: student_quantile(confidence, freedom),
        batches: Some((batches.parts.len(), batches.lag1)),
    }
}

/// `variance` of the ratio of the totals over the binomial one.
fn design_effect(parts: &[(f64, f64)], variance: f64) -> f64 {
    let (k, n) = parts.iter().fold((0.0, 0.0), |(a, b), (k, n)| (a + k, b + n));
    let p = k / n;
    variance / (p * (1.0 - p) / n)
}

fn freedom(parts: &[(f64, f64)]) -> f64 {
    real(parts.len() as u64 - 1)
}

/// The slices grouped into batches; `None` if the run is too short for them.
fn batches(evidence: &Evidence<'_>) -> Option<Vec<(f64, f64)>> {
    let slices = evidence.slices;
    let holding_times = evidence.slice_holding_times?;
    let fits = |count: usize| {
        let shortest = slices.len() / count;
        shortest > 0 && real(shortest as u64) * holding_times >= HOLDING_TIMES
    };
    let count = BATCHES.rev().find(|&count| fits(count))?;
    let batch = |i: usize| &slices[i * slices.len() / count..(i + 1) * slices.len() / count];
    let sum =
        |part: &[(u64, u64)]| part.iter().fold((0.0, 0.0), |sum, x| (sum.0 + real(x.0), sum.1 + real(x.1)));
    Some((0..count).map(|i| sum(batch(i))).collect())
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
