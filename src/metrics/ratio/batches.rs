//! Parts of one run that may be taken for independent: batches, checked for correlation between neighbours.
//!
//! Calls that wait or are lost together make neighbouring batches alike, and batches that are alike understate the
//! spread of the whole. So von Neumann's ratio is tested (J. von Neumann, Annals of Mathematical Statistics 12
//! (1941) 367), neighbours are merged while it is significant and enough batches remain, and what correlation is
//! left widens the interval as that of a first-order autoregression would (the remedies of Skart: Tafazzoli, Wilson,
//! Lada and Steiger, INFORMS Journal on Computing 23 (2011) 416).

/// Neighbours are merged only while at least so many batches remain.
pub(in crate::metrics) const FEWEST: usize = 10;

/// One-sided normal quantile of the test for correlation, at 5 %.
const SIGNIFICANT: f64 = 1.644_853_627;

/// A ratio of sums over batches, as (numerator, denominator) of each.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::metrics) struct Batches {
    pub(in crate::metrics) parts: Vec<(f64, f64)>,
    /// Correlation of neighbours' deviations from the ratio of the totals, −1 to 1; 0 where nothing deviates.
    pub(in crate::metrics) lag1: f64,
}

impl Batches {
    /// The batches, merged in pairs while neighbours are significantly alike.
    pub(in crate::metrics) fn settled(mut parts: Vec<(f64, f64)>) -> Self {
        while parts.len() / 2 >= FEWEST && von_neumann(&parts) > threshold(parts.len()) {
            parts = in_pairs(&parts);
        }
        let lag1 = lag1(&parts);
        Self { parts, lag1 }
    }

    /// Variance of the ratio of the totals: that of independent parts, times (1 + ρ)/(1 − ρ) for a positive lag-1
    /// correlation ρ of no more than what the test lets pass. (Beyond that the batches follow a load that changes
    /// through the run, and their spread is an overestimate already.)
    pub(in crate::metrics) fn variance(&self) -> f64 {
        let rho = self.lag1.clamp(0.0, threshold(self.parts.len()).min(0.9));
        variance(&self.parts) * (1.0 + rho) / (1.0 - rho)
    }
}

/// Variance of the ratio of the totals of independent parts (Cochran, Sampling Techniques, 6.3).
pub(in crate::metrics) fn variance(parts: &[(f64, f64)]) -> f64 {
    let (ratio, weight) = totals(parts);
    let squares: f64 = deviations(parts, ratio).map(|deviation| deviation * deviation).sum();
    squares * real(parts.len()) / (real(parts.len()) - 1.0) / (weight * weight)
}

/// Σxᵢxᵢ₊₁ / Σxᵢ² of the deviations.
fn lag1(parts: &[(f64, f64)]) -> f64 {
    over_squares(parts, |x| x.windows(2).map(|pair| pair[0] * pair[1]).sum())
}

/// 1 − Σ(xᵢ₊₁ − xᵢ)² / 2Σxᵢ²: 0 in the mean of independent parts, 1 where neighbours are the same.
fn von_neumann(parts: &[(f64, f64)]) -> f64 {
    let half = |pair: &[f64]| (pair[1] - pair[0]) * (pair[1] - pair[0]) / 2.0;
    let differences =
        over_squares(parts, |x| x.iter().map(|x| x * x).sum::<f64>() - x.windows(2).map(half).sum::<f64>());
    differences.clamp(-1.0, 1.0)
}

/// Where von Neumann's statistic of `count` independent normal parts lies one time in twenty.
fn threshold(count: usize) -> f64 {
    let count = real(count);
    SIGNIFICANT * ((count - 2.0) / (count * count - 1.0)).max(0.0).sqrt()
}

/// Neighbours two by two; an odd one at the end joins the last pair.
fn in_pairs(parts: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let pairs = parts.len() / 2;
    let sum = |place: usize| {
        let end = if place + 1 == pairs { parts.len() } else { 2 * place + 2 };
        parts[2 * place..end].iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y))
    };
    (0..pairs).map(sum).collect()
}

fn over_squares(parts: &[(f64, f64)], of: impl Fn(&[f64]) -> f64) -> f64 {
    let (ratio, _) = totals(parts);
    let deviations: Vec<f64> = deviations(parts, ratio).collect();
    let squares: f64 = deviations.iter().map(|x| x * x).sum();
    if squares > 0.0 { of(&deviations) / squares } else { 0.0 }
}

/// The ratio of the totals, and the total below.
fn totals(parts: &[(f64, f64)]) -> (f64, f64) {
    let (above, below) = parts.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    (above / below, below)
}

fn deviations(parts: &[(f64, f64)], ratio: f64) -> impl Iterator<Item = f64> {
    parts.iter().map(move |(above, below)| above - ratio * below)
}

#[expect(clippy::cast_precision_loss, reason = "a few dozen batches")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Seed};

    /// Deviations +1 +1 −1 −1 …: Σxᵢxᵢ₊₁ is 10 products of +1 and 9 of −1 over 20 squares, and 9 differences of 2
    /// make 1 − 9·4/40 = 0.1.
    #[test]
    fn the_two_statistics_by_hand() {
        let parts: Vec<(f64, f64)> =
            (0..20).map(|i| (if i / 2 % 2 == 0 { 11.0 } else { 9.0 }, 100.0)).collect();
        assert!((lag1(&parts) - 0.05).abs() < 1e-12, "{}", lag1(&parts));
        assert!((von_neumann(&parts) - 0.1).abs() < 1e-12, "{}", von_neumann(&parts));
        assert!(variance(&in_pairs(&parts)) > 1.9 * variance(&parts), "pairs vary as one");
        let constant = Batches::settled(vec![(1.0, 10.0); 20]).lag1;
        assert!(constant.abs() < 1e-12, "what never varies has no correlation, not {constant}");
    }

    /// Deviates of a first-order autoregression with ρ = 0.6: neighbours are merged, and the variance is near that
    /// of the mean of so many, σ²/n · (1 + ρ)/(1 − ρ); without the remedies it would be a fifth of it.
    #[test]
    fn neighbours_that_are_alike_are_merged_and_widen_the_interval() {
        let (rho, runs, count) = (0.6, 400, 30_usize);
        let (mut merged, mut widened, mut naive) = (0, 0.0, 0.0);
        for run in 0..runs {
            let mut stream = Seed(run).stream(Purpose::Arrivals, 0);
            let mut normal = || stream.normal();
            let mut state = normal();
            let parts: Vec<(f64, f64)> = (0..count)
                .map(|_| {
                    state = rho * state + (1.0 - rho * rho).sqrt() * normal();
                    (100.0 + state, 1.0)
                })
                .collect();
            naive += variance(&parts) / 400.0;
            let batches = Batches::settled(parts);
            merged += u32::from(batches.parts.len() < count);
            widened += batches.variance() / 400.0;
        }
        let truth = (1.0 + rho) / (1.0 - rho) / 30.0;
        assert!(merged > 350, "merged in {merged} of {runs}");
        assert!((0.6..1.2).contains(&(widened / truth)), "{widened} against {truth}");
        assert!(naive < 0.3 * truth, "{naive} against {truth}");
    }

    /// Independent batches are merged one time in twenty.
    #[test]
    fn the_test_cries_wolf_one_time_in_twenty() {
        let merged = (0..2_000).filter(|run| {
            let mut stream = Seed(*run).stream(Purpose::Arrivals, 1);
            let parts: Vec<(f64, f64)> = (0..30).map(|_| (stream.unit(), 1.0)).collect();
            Batches::settled(parts).parts.len() < 30
        });
        let merged = merged.count();
        assert!((60..=145).contains(&merged), "{merged} of 2000");
    }
}
