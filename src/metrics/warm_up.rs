//! How much of the beginning to cut off, so that a system that starts empty is judged as it settles.
//!
//! MSER-5: of all cuts, the one after which the marginal standard error of the mean is smallest. Cutting early leaves
//! the transient in the variance, cutting late leaves too little to average. Not here: what is observed (`sim`).

/// Observations that make one batch: the 5 of MSER-5.
pub const BATCH: usize = 5;

/// Fewest batches that a cut is looked for in.
pub const FEWEST_BATCHES: usize = 10;

/// Where to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Observations to drop, a multiple of [`BATCH`].
    pub observations: usize,
    /// Whole batches that were looked at.
    pub batches: usize,
    /// The best cut is the longest allowed, half of the data: the system may not have settled at all.
    pub at_limit: bool,
}

/// The MSER-5 cut of equally spaced `observations`: with n batch means Y of five, the d ≤ n/2 that minimises
/// Σ_{j>d}(Y_j − mean)²/(n − d)² (K. P. White, Simulation 69 (1997) 323; batches of 5 by White, Cobb and Spratt, Winter
/// Simulation Conference 2000). Of equal ones the shortest; `None` with fewer than [`FEWEST_BATCHES`] batches.
#[must_use]
pub fn mser5(observations: &[f64]) -> Option<Cut> {
    let means: Vec<f64> =
        observations.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / real(BATCH)).collect();
    let batches = means.len();
    if batches < FEWEST_BATCHES {
        return None;
    }
    let longest = batches / 2;
    let statistics = (0..=longest).map(|cut| marginal_error(&means[cut..]));
    let best = statistics.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b))?.0;
    Some(Cut { observations: best * BATCH, batches, at_limit: best == longest })
}

/// Sum of squared deviations from the mean, over the square of the count.
fn marginal_error(means: &[f64]) -> f64 {
    let count = real(means.len());
    let mean = means.iter().sum::<f64>() / count;
    means.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count * count)
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred batches")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every observation of a batch is its mean.
    fn series(means: &[f64]) -> Vec<f64> {
        means.iter().flat_map(|mean| [*mean; BATCH]).collect()
    }

    /// Batch means 0 6 9 11 9 11 9 11 9 11. By hand, sum of squares over square of count: all ten 844 − 86²/10 =
    /// 104.4, /100 = 1.044; without the first 844 − 86²/9 = 22.22, /81 = 0.274; without two 8/64 = 0.125; without three
    /// 7 of them about 71/7, 48/7/49 = 0.140; without four 6/36 = 0.167; without five 4.8/25 = 0.192.
    #[test]
    fn a_series_made_by_hand_is_cut_after_its_second_batch() {
        let means = [0.0, 6.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0];
        let by_hand = [1.044, 0.274_35, 0.125, 0.139_94, 0.166_67, 0.192];
        for (cut, expected) in by_hand.into_iter().enumerate() {
            let found = marginal_error(&means[cut..]);
            assert!((found - expected).abs() < 1e-5, "cut {cut}: {found} instead of {expected}");
        }
        let cut = mser5(&series(&means)).unwrap();
        assert_eq!(cut, Cut { observations: 10, batches: 10, at_limit: false });
        let odd_end: Vec<f64> = series(&means).into_iter().chain([900.0; 4]).collect();
        assert_eq!(mser5(&odd_end), Some(cut), "less than a batch says nothing");
    }

    #[test]
    fn what_never_settles_is_cut_at_half_and_says_so() {
        let rising: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(mser5(&rising), Some(Cut { observations: 50, batches: 20, at_limit: true }));
        assert_eq!(mser5(&series(&[3.0; 12])).unwrap().observations, 0, "nothing to cut");
        assert_eq!(mser5(&series(&[3.0; 9])), None);
    }
}
