//! Square-root staffing in the limit of many agents: n ≈ R + β√R. For explanation and as a start, never the answer.
//!
//! Halfin and Whitt, Operations Research 29 (1981) 567: α(β) = 1/(1 + βΦ(β)/φ(β)). With impatience, Garnett,
//! Mandelbaum and Reiman, M&SOM 4 (2002) 208: α = 1/(1 + √(θ/μ)·h(β√(μ/θ))/h(−β)), h the normal hazard rate.

use crate::erlang::{ErlangError, checked, not_negative};

/// Limit of P(wait) with endless patience; `beta` 0 or more (0 gives 1).
pub fn halfin_whitt(beta: f64) -> Result<f64, ErlangError> {
    let beta = not_negative("beta", beta)?;
    Ok(1.0 / (1.0 + beta / hazard(-beta)))
}

/// Limit of P(wait) with exponential patience; any `beta`, `theta_over_mu` = mean service time over mean patience, 0 or
/// more. At 0 it is Halfin and Whitt's, so that `beta` may not be negative.
pub fn garnett(beta: f64, theta_over_mu: f64) -> Result<f64, ErlangError> {
    let beta = checked("beta", beta, "a number", |_| true)?;
    let ratio = not_negative("theta_over_mu", theta_over_mu)?;
    if ratio <= 0.0 {
        return halfin_whitt(beta);
    }
    let root = libm::sqrt(ratio);
    let waiting = hazard(-beta);
    // As w/(w + …), which stands even where the hazard rates are below the smallest double on one side.
    let free = root * hazard(beta / root);
    if waiting <= 0.0 {
        return Ok(0.0);
    }
    Ok(1.0 / (1.0 + free / waiting))
}

/// h(x) = φ(x)/(1 − Φ(x)).
fn hazard(x: f64) -> f64 {
    if x > 5.0 {
        return 1.0 / mills(x);
    }
    let density = libm::exp(-0.5 * x * x) / libm::sqrt(2.0 * std::f64::consts::PI);
    density / (0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2))
}

/// Mills' ratio (1 − Φ(x))/φ(x) = 1/(x + 1/(x + 2/(x + 3/(x + …)))), from the far end (Laplace).
fn mills(x: f64) -> f64 {
    let mut tail = x;
    for k in (1..=120_u32).rev() {
        tail = x + f64::from(k) / tail;
    }
    1.0 / tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hazard_rate_has_no_seam() {
        let at = |x: f64| hazard(x);
        assert!((at(5.0 + 1e-12) / at(5.0) - 1.0).abs() < 2e-12);
        assert!((at(0.0) - libm::sqrt(2.0 / std::f64::consts::PI)).abs() < 1e-15);
        assert!((at(1e6) / 1e6 - 1.0).abs() < 1e-11);
    }

    #[test]
    fn without_impatience_garnett_is_halfin_and_whitt() {
        for beta in [0.1, 1.0, 2.5] {
            let patient = halfin_whitt(beta).unwrap();
            assert!((garnett(beta, 1e-14).unwrap() / patient - 1.0).abs() < 1e-9);
            assert!((garnett(beta, 0.0).unwrap() / patient - 1.0).abs() < 1e-15);
        }
        assert!(halfin_whitt(-0.5).is_err() && garnett(-0.5, 0.0).is_err());
    }

    /// With θ = μ the number in the system is Poisson, so that the limit is the normal tail 1 − Φ(β).
    #[test]
    fn equal_rates_give_the_normal_tail() {
        for beta in [-2.0, 0.0, 3.0] {
            let tail = 0.5 * libm::erfc(beta / std::f64::consts::SQRT_2);
            assert!((garnett(beta, 1.0).unwrap() / tail - 1.0).abs() < 1e-13);
        }
    }
}
