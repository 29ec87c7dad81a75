//! Poisson's distribution, and Molina's blocking made of it: P(Poisson(A) ≥ N), calls that are "held" although no
//! circuit is free (Molina 1922).
//!
//! One probability comes from the saddle-point form √(2πn)⁻¹ e^{−δ(n) − D(n, A)}, whose exponent is small where
//! the probability is large, so that no digits go to n ln A − A − ln n! (Loader 2000); tails are sums of positive
//! terms relative to it.

use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, MOST_SERVERS, checked, positive};

/// P(Poisson(`erlangs`) ≥ `servers`): the share of time in which at least so many would be busy in an infinite
/// group. `erlangs` over 0, `servers` up to [`MOST_SERVERS`].
pub fn molina_blocking(servers: u32, erlangs: f64) -> Result<f64, ErlangError> {
    let erlangs = positive("erlangs", erlangs)?;
    let n = checked("servers", f64::from(servers), "from 0 to 10000000", |n| n <= f64::from(MOST_SERVERS))?;
    if servers == 0 {
        return Ok(1.0);
    }
    if n > erlangs {
        return Ok((probability(n, erlangs) * above(n, erlangs)).to_f64());
    }
    // P(≤ N − 1) = P(N − 1)·Σ (N−1)!/((N−1−j)! A^j) = P(N − 1)/B(N − 1, A).
    let inverse = crate::erlang::erlang_b::inverse_blocking(n - 1.0, erlangs);
    Ok(1.0 - (probability(n - 1.0, erlangs) * inverse).to_f64())
}

/// Σ_{j ≥ 0} A^j n!/(n + j)!, for n over A.
fn above(n: f64, erlangs: f64) -> Wide {
    let (mut term, mut sum, mut next) = (1.0, 1.0, n);
    loop {
        next += 1.0;
        let ratio = erlangs / next;
        term *= ratio;
        sum += term;
        if term * ratio < 1e-18 * sum * (1.0 - ratio) {
            return Wide::new(sum);
        }
    }
}

/// P(Poisson(A) = n) for a whole n.
fn probability(n: f64, erlangs: f64) -> Wide {
    if n < 1.0 {
        return Wide::exp(-erlangs);
    }
    let exponent = -stirling_error(n) - deviance(n, erlangs);
    Wide::exp(exponent) * (1.0 / libm::sqrt(2.0 * std::f64::consts::PI * n))
}

/// ln n! − ln(√(2πn)(n/e)^n).
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        let (mut factorial, mut k) = (1.0, 2.0);
        while k <= n {
            factorial *= k;
            k += 1.0;
        }
        // Both logarithms are below 31: no digits to speak of are lost.
        return libm::log(factorial)
            - (0.5 * libm::log(2.0 * std::f64::consts::PI * n) + n * libm::log(n) - n);
    }
    let square = n * n;
    let tail = 1.0 / 1260.0 - (1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / square) / square) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - tail / square) / square) / n
}

/// n ln(n/A) + A − n ≥ 0, by a series where n is near A.
fn deviance(n: f64, erlangs: f64) -> f64 {
    let (difference, sum) = (n - erlangs, n + erlangs);
    if difference.abs() >= 0.1 * sum {
        return n * libm::log(n / erlangs) - difference;
    }
    // With v = (n − A)/(n + A): n ln((1 + v)/(1 − v)) − (n − A) = (n − A)v + 2nv Σ_{j ≥ 1} v^{2j}/(2j + 1).
    let v = difference / sum;
    let (mut term, mut total, mut odd) = (2.0 * n * v, difference * v, 1.0);
    loop {
        term *= v * v;
        odd += 2.0;
        let next = total + term / odd;
        if next.to_bits() == total.to_bits() {
            return next;
        }
        total = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_on_both_sides() {
        for erlangs in [0.01, 3.0, 40.0, 1_000.0] {
            let mut sum = 0.0;
            for n in 0..3_000_u32 {
                sum += probability(f64::from(n), erlangs).to_f64();
                let tail = molina_blocking(n + 1, erlangs).unwrap();
                assert!((sum + tail - 1.0).abs() < 1e-12, "{n} {erlangs}: {sum} {tail}");
            }
        }
    }
}
