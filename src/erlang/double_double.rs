//! Numbers of twice a double's precision, where a root is so flat that a double's last digits move it.
//!
//! An unevaluated sum of two doubles (Dekker, Numerische Mathematik 18 (1971) 224); relative error about 2⁻¹⁰⁰.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `high` + `low`, with |`low`| at most half the last place of `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DoubleDouble {
    high: f64,
    low: f64,
}

impl DoubleDouble {
    pub(super) const ZERO: Self = Self { high: 0.0, low: 0.0 };
    pub(super) const ONE: Self = Self { high: 1.0, low: 0.0 };

    pub(super) const fn to_f64(self) -> f64 {
        self.high + self.low
    }
}

impl From<f64> for DoubleDouble {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

/// a + b exactly, for |a| ≥ |b|.
fn quick_sum(a: f64, b: f64) -> DoubleDouble {
    let high = a + b;
    DoubleDouble { high, low: b - (high - a) }
}

/// a + b exactly (Knuth).
fn sum(a: f64, b: f64) -> DoubleDouble {
    let high = a + b;
    let other = high - a;
    DoubleDouble { high, low: (a - (high - other)) + (b - other) }
}

/// The upper 26 bits of `a`, and the rest (Veltkamp).
fn split(a: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * a;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// a·b exactly (Dekker).
fn product(a: f64, b: f64) -> DoubleDouble {
    let high = a * b;
    let ((a_high, a_low), (b_high, b_low)) = (split(a), split(b));
    let low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low;
    DoubleDouble { high, low }
}

impl Add for DoubleDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (sum(self.high, other.high), sum(self.low, other.low));
        let carried = quick_sum(high.high, high.low + low.high);
        quick_sum(carried.high, carried.low + low.low)
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let exact = product(self.high, other.high);
        quick_sum(exact.high, exact.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for DoubleDouble {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::from(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::from(second);
        quick_sum(first, second) + Self::from(rest.high / other.high)
    }
}

#[cfg(test)]
mod tests {
    use super::DoubleDouble;

    #[test]
    fn digits_beyond_a_double_are_kept() {
        let tiny = DoubleDouble::from(1e-25);
        let sum = DoubleDouble::ONE + tiny;
        assert!(((sum - DoubleDouble::ONE).to_f64() / 1e-25 - 1.0).abs() < 1e-6);
        let third = DoubleDouble::ONE / DoubleDouble::from(3.0);
        let left = DoubleDouble::ONE - third * DoubleDouble::from(3.0);
        assert!(left.to_f64().abs() < 1e-31, "{left:?}");
        let square = (DoubleDouble::from(1.0) + tiny) * (DoubleDouble::from(1.0) - tiny);
        assert!((square - DoubleDouble::ONE).to_f64().abs() < 1e-31);
    }
}
