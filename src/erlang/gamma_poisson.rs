//! Calls on a day whose busyness is uncertain: N ~ Poisson(m·G), G gamma with mean 1 (Jongbloed and Koole, ASMB 17
//! (2001) 307), which is the negative binomial law with size 1/cv².

use crate::erlang::{ErlangError, not_negative, positive, proportion};

/// A count of calls with an uncertain mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaPoisson {
    mean: f64,
    cv: f64,
}

/// Most counts that are looked at.
const MOST_COUNTS: f64 = 1e8;

/// A sum that comes so near to a share has reached it: sizes and means of one value meet it exactly.
const TIE: f64 = 1.0 - 1e-13;

impl GammaPoisson {
    /// `mean_calls` over 0; `busyness_cv`, the factor's coefficient of variation, 0 (plain Poisson) or more. The law
    /// must end below 10⁸ calls.
    pub fn new(mean_calls: f64, busyness_cv: f64) -> Result<Self, ErlangError> {
        let mean = positive("mean_calls", mean_calls)?;
        let cv = not_negative("busyness_cv", busyness_cv)?;
        let law = Self { mean, cv };
        let far = mean + 100.0 * law.variance().sqrt().max(mean * cv * cv);
        if far.is_nan() || far >= MOST_COUNTS {
            let what = "counts of calls with any probability";
            return Err(ErlangError::TooLarge { what, size: far, limit: MOST_COUNTS });
        }
        Ok(law)
    }

    /// m + m²cv².
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.mean * self.dispersion_index()
    }

    /// Variance over mean: 1 + m·cv².
    #[must_use]
    pub fn dispersion_index(&self) -> f64 {
        1.0 + self.mean * self.cv * self.cv
    }

    /// P(N = 0).
    #[must_use]
    pub fn p_zero(&self) -> f64 {
        let square = self.cv * self.cv;
        if square <= 0.0 {
            return libm::exp(-self.mean);
        }
        libm::exp(-libm::log1p(self.mean * square) / square)
    }

    /// P(N ≤ `calls`), 0 to 1.
    #[must_use]
    pub fn cdf(&self, calls: u32) -> f64 {
        let (low, high) = self.range();
        let (mut below, mut total) = (0.0, 0.0);
        self.walk(low, high, |count, weight| {
            total += weight;
            if count <= f64::from(calls) {
                below += weight;
            }
            true
        });
        below / total
    }

    /// The smallest k with P(N ≤ k) ≥ `share` (0 to 1, both excluded), for each share.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers below 10⁸")]
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Result<[u32; N], ErlangError> {
        for share in shares {
            proportion("quantile", share)?;
        }
        let (low, high) = self.range();
        let mut total = 0.0;
        self.walk(low, high, |_, weight| {
            total += weight;
            true
        });
        let mut found = shares.map(|_| high as u32);
        let (mut below, mut missing) = (0.0, N);
        let mut reached = [false; N];
        self.walk(low, high, |count, weight| {
            below += weight;
            for place in 0..N {
                if !reached[place] && below >= shares[place] * total * TIE {
                    (reached[place], found[place]) = (true, count as u32);
                    missing -= 1;
                }
            }
            missing > 0
        });
        Ok(found)
    }

    /// P(k)/P(k − 1) = (k − 1 + 1/cv²)/k · m·cv²/(1 + m·cv²).
    fn ratio(&self, count: f64) -> f64 {
        let square = self.cv * self.cv;
        self.mean * (1.0 + (count - 1.0) * square) / (count * (1.0 + self.mean * square))
    }

    /// Counts outside weigh less than 10⁻²⁵ of the most probable one.
    fn range(&self) -> (f64, f64) {
        let mode = self.mode();
        let (mut low, mut weight) = (mode, 1.0);
        while low > 0.0 && weight > 1e-25 {
            weight /= self.ratio(low);
            low -= 1.0;
        }
        let (mut high, mut weight) = (mode, 1.0);
        // Beyond the mode ratios fall or stay below 1; the rest counts with its own length.
        while high < MOST_COUNTS && weight > 1e-25 * (1.0 - self.ratio(high + 1.0)) {
            high += 1.0;
            weight *= self.ratio(high);
        }
        (low, high)
    }

    fn mode(&self) -> f64 {
        (self.mean * (1.0 - self.cv * self.cv)).floor().max(0.0)
    }

    /// Calls `each` with every count from `low` to `high` and its weight relative to the mode's, until it says stop.
    fn walk(&self, low: f64, high: f64, mut each: impl FnMut(f64, f64) -> bool) {
        let mut weight = 1.0;
        let mut count = self.mode();
        while count > low {
            weight /= self.ratio(count);
            count -= 1.0;
        }
        while each(count, weight) && count < high {
            count += 1.0;
            weight *= self.ratio(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_uncertainty_it_is_poisson() {
        let law = GammaPoisson::new(24.0, 0.0).unwrap();
        for calls in [10, 24, 40] {
            let beyond = crate::erlang::poisson::molina_blocking(calls + 1, 24.0).unwrap();
            assert!((law.cdf(calls) + beyond - 1.0).abs() < 1e-13);
        }
        assert!((law.p_zero() / (-24.0_f64).exp() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn quantiles_are_where_the_distribution_crosses() {
        for (mean, cv) in [(0.3, 0.2), (5.0, 0.3), (2_000.0, 0.1), (100.0, 2.0)] {
            let law = GammaPoisson::new(mean, cv).unwrap();
            for share in [0.5, 0.99, 1e-9] {
                let [k] = law.quantiles([share]).unwrap();
                assert!(law.cdf(k) >= share, "{mean} {cv} {share}");
                assert!(k == 0 || law.cdf(k - 1) < share, "{mean} {cv} {share}");
            }
        }
        assert!(GammaPoisson::new(1e12, 0.1).is_err());
    }
}
