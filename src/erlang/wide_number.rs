//! Positive numbers with the precision of a double and an exponent that never overflows.

use std::ops::{Add, Div, Mul};

/// A number ≥ 0: `mantissa` · 2^`exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wide {
    mantissa: f64,
    exponent: i64,
}

/// Exponents move in steps of this, so that scaling is exact and rare.
const STEP: i64 = 256;

impl Wide {
    pub(super) const ZERO: Self = Self { mantissa: 0.0, exponent: 0 };
    pub(super) const ONE: Self = Self { mantissa: 1.0, exponent: 0 };

    pub(super) fn new(value: f64) -> Self {
        Self { mantissa: value, exponent: 0 }.scaled()
    }

    /// e^`power`.
    #[expect(clippy::cast_possible_truncation, reason = "powers stay far below 2^63")]
    pub(super) fn exp(power: f64) -> Self {
        let binary = (power * std::f64::consts::LOG2_E).round();
        // ln 2 in two parts, so that the difference keeps its digits (Cody and Waite).
        let high = binary * 0.693_145_751_953_125;
        let low = binary * 1.428_606_820_309_417_2e-6;
        let rest = (power - high) - low;
        Self { mantissa: rest.exp(), exponent: binary as i64 }.aligned()
    }

    #[expect(clippy::cast_precision_loss, reason = "exponents stay far below 2^53")]
    pub(super) fn log10(self) -> f64 {
        self.mantissa.log10() + self.exponent as f64 * std::f64::consts::LOG10_2
    }

    #[expect(clippy::cast_precision_loss, reason = "exponents stay far below 2^53")]
    pub(super) fn ln(self) -> f64 {
        libm::log(self.mantissa) + self.exponent as f64 * std::f64::consts::LN_2
    }

    /// As a double: 0 below and infinity above its range.
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
    pub(super) fn to_f64(self) -> f64 {
        let exponent = self.exponent.clamp(-4_000, 4_000) as i32;
        // In two steps: 2^exponent itself may lie outside the range.
        self.mantissa * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2)
    }

    /// Whether adding this to `sum` can't change it.
    pub(super) fn is_negligible_beside(self, sum: Self) -> bool {
        if self.exponent == sum.exponent {
            return self.mantissa < 1e-18 * sum.mantissa;
        }
        (self / sum).to_f64() < 1e-18
    }

    fn scaled(mut self) -> Self {
        debug_assert!(self.mantissa.is_finite(), "a sum of finite positive terms is finite");
        let (big, small) = (2_f64.powi(256), 2_f64.powi(-256));
        while self.mantissa >= big && self.mantissa.is_finite() {
            self.mantissa *= small;
            self.exponent += STEP;
        }
        while self.mantissa > 0.0 && self.mantissa < small {
            self.mantissa *= big;
            self.exponent -= STEP;
        }
        self
    }

    /// With an exponent that is a multiple of [`STEP`].
    #[expect(clippy::cast_possible_truncation, reason = "a remainder below 256")]
    fn aligned(self) -> Self {
        let off = self.exponent.rem_euclid(STEP);
        Self { mantissa: self.mantissa * 2_f64.powi(off as i32), exponent: self.exponent - off }.scaled()
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        if self.exponent == other.exponent {
            return Self { mantissa: self.mantissa + other.mantissa, exponent: self.exponent }.scaled();
        }
        let (large, little) = if self.exponent > other.exponent { (self, other) } else { (other, self) };
        if large.mantissa == 0.0 {
            return little;
        }
        let shift = large.exponent - little.exponent;
        if shift > 3 * STEP {
            return large;
        }
        let mut mantissa = little.mantissa;
        for _ in 0..shift / STEP {
            mantissa *= 2_f64.powi(-256);
        }
        Self { mantissa: large.mantissa + mantissa, exponent: large.exponent }.scaled()
    }
}

impl Mul<f64> for Wide {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self { mantissa: self.mantissa * factor, exponent: self.exponent }.scaled()
    }
}

impl Mul for Wide {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let exponent = self.exponent + other.exponent;
        Self { mantissa: self.mantissa * other.mantissa, exponent }.scaled()
    }
}

impl Div for Wide {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let exponent = self.exponent - other.exponent;
        Self { mantissa: self.mantissa / other.mantissa, exponent }.scaled()
    }
}

#[cfg(test)]
mod tests {
    use super::Wide;

    #[test]
    fn powers_far_beyond_a_double_come_back() {
        for power in [-5_000.0, -745.5, -1.0, 0.0, 3.5, 709.0, 5_000.0] {
            let there_and_back = Wide::exp(power) * Wide::exp(-power);
            assert!((there_and_back.to_f64() - 1.0).abs() < 1e-12, "e^{power}");
            let log10 = Wide::exp(power).log10();
            assert!((log10 - power * std::f64::consts::LOG10_E).abs() < 1e-11, "log e^{power}: {log10}");
        }
    }

    #[test]
    fn sums_of_unlike_sizes_keep_the_larger() {
        let sum = Wide::exp(1_000.0) + Wide::ONE;
        assert_eq!(sum, Wide::exp(1_000.0));
        assert_eq!(Wide::ZERO + Wide::ONE, Wide::ONE);
        assert!((Wide::new(1e-300) + Wide::new(1e-300)).to_f64() > 1.9e-300);
    }
}
